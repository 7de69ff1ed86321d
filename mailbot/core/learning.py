"""How the scorer learns what words are worth: logistic regression, one yes-or-no question per column.

Plain Python and without chance: the same texts always give the same model. Shipped mailbots only read the outcome;
`mailbot rules learn` makes it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp

from mailbot.core.rights import Right, Topic
from mailbot.core.rules import Ruleset, Sentences
from mailbot.core.scoring import Column, Scorer, Signs, length_of, signs_of
from mailbot.core.wording import wording

COLUMNS: tuple[Column, ...] = (None, *Right, *Topic)
_PASSES = 10  # over all texts; further ones no longer change the judgement of any
_STEPS = 30  # of Newton's method for one text; some five are needed
_EXACT = 1e-3  # of log-odds
_FLAT = -40.0  # log-odds below which a text no longer pulls
_DECIMALS = 1  # of a weight: a tenth of log-odds is divided by the length of the mail yet


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text written for training, and what a person says it is."""

    language: str
    concerns: tuple[Right | Topic, ...]  # the primary one first; empty for ordinary mail
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Diligence:
    """How closely to follow the texts, and how much of what was learned to keep (rules/settings.toml)."""

    cost: float  # of a text that is judged wrong, against simple weights
    seen: int  # in how many texts a sign must occur to be worth anything
    lightest: float  # weights below this are dropped, but for the question whether it is a request at all


def learn(lessons: Iterable[Lesson], ruleset: Ruleset, diligence: Diligence) -> Scorer:
    """What signs are worth, judging by these texts; the order of the texts does not matter."""
    ordered = sorted(lessons, key=_shuffled)
    spoken = [_signs(lesson, ruleset) for lesson in ordered]
    seen = Counter(sign for signs in spoken for sign in signs)
    known = sorted(sign for sign, count in seen.items() if count >= diligence.seen)
    numbers = {sign: number for number, sign in enumerate(known)}
    rows = [_Row(tuple(numbers[sign] for sign in signs if sign in numbers), 1 / length_of(signs)) for signs in spoken]
    biases: list[float] = []
    worth: dict[str, list[tuple[int, float]]] = {}
    for column, concern in enumerate(COLUMNS):
        bias, weights = _regress(rows, [_is_about(one, concern) for one in ordered], len(known), diligence.cost)
        biases.append(round(bias, _DECIMALS))
        lightest = 0.0 if concern is None else diligence.lightest
        for sign, weight in zip(known, weights, strict=True):
            if (rounded := round(weight, _DECIMALS)) and abs(weight) >= lightest:
                worth.setdefault(sign, []).append((column, rounded))
    return Scorer(COLUMNS, tuple(biases), {sign: tuple(weights) for sign, weights in worth.items()})


def share_of(lesson: Lesson, shares: int) -> int:
    """Which of so many equal shares a text belongs to, by chance but always the same one."""
    return int.from_bytes(_shuffled(lesson)[-4:]) % shares


def _shuffled(lesson: Lesson) -> bytes:
    # Texts about one thing stand together in the files; learned in that order, the last of them would weigh most.
    return sha256(f"{lesson.subject}\n{lesson.text}".encode()).digest()


def _signs(lesson: Lesson, ruleset: Ruleset) -> Signs:
    text = wording(f"{lesson.subject}\n\n{lesson.text}")
    return signs_of(text, Sentences(text, ruleset.phrasebook.find(text)).concepts(ruleset.concepts))


def _is_about(lesson: Lesson, concern: Column) -> bool:
    return bool(lesson.concerns) if concern is None else concern in lesson.concerns


@dataclass(frozen=True, slots=True)
class _Row:
    """One text: the numbers of its known signs, each worth `value`."""

    numbers: tuple[int, ...]
    value: float


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
    """The pull p = cost·σ(t) of one text that solves t + curvature·(p − before) + margin = 0.

    The left side rises with t: Newton's method, halving the bracket where that leaps out of it.
    """
    low, high = -margin - curvature * (cost - before), -margin + curvature * before
    solution = min(max(0.0, low), high)
    pull = before
    for _ in range(_STEPS):
        share = 1 / (1 + exp(-solution)) if solution > _FLAT else 0.0
        pull = cost * share
        excess = solution + curvature * (pull - before) + margin
        if abs(excess) < _EXACT:
            break
        low, high = (low, solution) if excess > 0 else (solution, high)
        solution -= excess / (1 + curvature * pull * (1 - share))
        if not low < solution < high:
            solution = (low + high) / 2
    return pull
