"""How the scorer learns what words are worth: logistic regression, one yes-or-no question per column.

Plain Python and without chance: the same texts always give the same model. Shipped mailbots only read the outcome;
`mailbot rules learn` makes it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp, sqrt

from mailbot.core.rights import Right, Topic
from mailbot.core.rules import Concern
from mailbot.core.scoring import Scorer, signs_of
from mailbot.core.wording import wording

COLUMNS: tuple[Concern, ...] = (None, *Right, *Topic)
_PASSES = 12  # over all texts; the weights no longer move in the second decimal
_STEPS = 6  # of Newton's method for one text
_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text written for training, and what a person says it is."""

    language: str
    concerns: tuple[Concern, ...]  # empty for ordinary mail; the primary one first
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Diligence:
    """How closely to follow the texts, and how much of what was learned to keep."""

    cost: float  # of one wrong text against a simple model
    seen: int  # in how many texts a sign must occur to be worth anything
    kept: int  # how many signs of each column are kept, the heaviest first


def learn(lessons: Iterable[Lesson], diligence: Diligence) -> Scorer:
    """What words are worth, judging by these texts; the order of the texts does not matter."""
    ordered = sorted(lessons, key=lambda lesson: sha256(f"{lesson.subject}\n{lesson.text}".encode()).digest())
    spoken = [signs_of(wording(f"{one.subject}\n\n{one.text}").row.decode().split()) for one in ordered]
    seen = Counter(sign for signs in spoken for sign in signs)
    signs = sorted(sign for sign, count in seen.items() if count >= diligence.seen)
    numbers = {sign: number for number, sign in enumerate(signs)}
    rows = [_Row.of(one, numbers) for one in spoken]
    biases: list[float] = []
    weights: dict[str, dict[int, float]] = {}
    for column, concern in enumerate(COLUMNS):
        wanted = [_is_about(lesson, concern) for lesson in ordered]
        bias, learned = _regress(rows, wanted, len(signs), diligence.cost)
        biases.append(round(bias, _DECIMALS))
        heaviest = sorted(range(len(signs)), key=lambda number: -abs(learned[number]))[: diligence.kept]
        for number in heaviest:
            if worth := round(learned[number], _DECIMALS):
                weights.setdefault(signs[number], {})[column] = worth
    return Scorer(COLUMNS, tuple(biases), weights)


def _is_about(lesson: Lesson, concern: Concern) -> bool:
    return bool(lesson.concerns) if concern is None else concern in lesson.concerns


@dataclass(frozen=True, slots=True)
class _Row:
    """One text: the numbers of its known signs, each worth `value`, so that a long text is as long as a short one."""

    numbers: tuple[int, ...]
    value: float

    @classmethod
    def of(cls, signs: Iterable[str], numbers: dict[str, int]) -> "_Row":
        every = tuple(signs)
        return cls(tuple(numbers[sign] for sign in every if sign in numbers), 1 / sqrt(len(every) or 1))


def _regress(rows: Sequence[_Row], wanted: Sequence[bool], width: int, cost: float) -> tuple[float, list[float]]:
    """Bias and weights of L2-regularised logistic regression by coordinate descent in the dual (Yu, Huang, Lin 2011).

    One text at a time: how hard it pulls (between 0 and `cost`) is solved exactly, and the weights move along.
    """
    weights = [0.0] * width
    bias = 0.0
    pulls = [0.0] * len(rows)
    for _ in range(_PASSES):
        for number, (row, yes) in enumerate(zip(rows, wanted, strict=True)):
            sign = 1.0 if yes else -1.0
            margin = sign * (row.value * sum([weights[one] for one in row.numbers]) + bias)
            curvature = row.value * row.value * len(row.numbers) + 1.0
            pull = _pull(margin, pulls[number], curvature, cost)
            change = sign * (pull - pulls[number])
            pulls[number] = pull
            bias += change
            step = change * row.value
            for one in row.numbers:
                weights[one] += step
    return bias, weights


def _pull(margin: float, before: float, curvature: float, cost: float) -> float:
    """The pull p = cost·σ(t) of one text that solves t + curvature·(p − before) + margin = 0, by Newton's method."""
    # Where the text is judged right by a wide margin it hardly pulls: begin there.
    solution = max(-30.0, min(30.0, -margin))
    for _ in range(_STEPS):
        share = 1 / (1 + exp(-solution))
        slope = 1 + curvature * cost * share * (1 - share)
        solution -= (solution + curvature * (cost * share - before) + margin) / slope
        solution = max(-30.0, min(30.0, solution))
    return cost / (1 + exp(-solution))
