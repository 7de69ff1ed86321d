"""How the scorer learns what words are worth: logistic regression, one yes-or-no question per column.

Plain Python and without chance: the same texts always give the same model. Shipped mailbots only read the outcome;
`mailbot rules learn` makes it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp

from mailbot.core.rights import Right, Topic
from mailbot.core.rules import Ruleset, Sentences
from mailbot.core.scoring import (
    PIECE_COUNTS,
    Column,
    Scorer,
    Signs,
    is_piece,
    length_of,
    merged,
    passages,
    sentence_signs,
)
from mailbot.core.wording import wording

COLUMNS: tuple[Column, ...] = (None, *Right, *Topic)
_TURNS = 3  # of choosing passages and learning from them; a fourth changes next to nothing
_MISLEADING = 2  # passages of an ordinary text: one may be all that resembles a request, two tell more
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
    spoken = [_sentences(lesson, ruleset) for lesson in ordered]
    wholes = [merged(sentences) for sentences in spoken]
    seen = Counter(sign for signs in wholes for sign in signs)
    known = sorted(sign for sign, count in seen.items() if count >= diligence.seen)
    numbers = {sign: number for number, sign in enumerate(known)}
    rows = [_row(signs, numbers) for signs in wholes]
    parts = [[_row(signs, numbers) for signs in passages(sentences)] for sentences in spoken]
    biases: list[float] = []
    worth: dict[str, list[tuple[int, float]]] = {}
    for column, concern in enumerate(COLUMNS):
        wanted = [_is_about(one, concern) for one in ordered]
        if concern is None:
            bias, weights = _listen(rows, parts, wanted, len(known), diligence.cost)
        else:
            bias, weights = _regress(rows, wanted, len(known), diligence.cost)
        biases.append(round(bias, _DECIMALS))
        lightest = 0.0 if concern is None else diligence.lightest
        counted = (
            PIECE_COUNTS * weight if is_piece(sign) else weight for sign, weight in zip(known, weights, strict=True)
        )
        for sign, weight in zip(known, counted, strict=True):
            if (rounded := round(weight, _DECIMALS)) and abs(weight) >= lightest:
                worth.setdefault(sign, []).append((column, rounded))
    return Scorer(COLUMNS, tuple(biases), {sign: tuple(weights) for sign, weights in worth.items()})


def share_of(lesson: Lesson, shares: int) -> int:
    """Which of so many equal shares a text belongs to, by chance but always the same one."""
    return int.from_bytes(_shuffled(lesson)[-4:]) % shares


def _shuffled(lesson: Lesson) -> bytes:
    # Texts about one thing stand together in the files; learned in that order, the last of them would weigh most.
    return sha256(f"{lesson.subject}\n{lesson.text}".encode()).digest()


def _sentences(lesson: Lesson, ruleset: Ruleset) -> list[Signs]:
    text = wording(f"{lesson.subject}\n\n{lesson.text}")
    return sentence_signs(text, Sentences(text, ruleset.phrasebook.find(text)).concepts(ruleset.concepts))


def _is_about(lesson: Lesson, concern: Column) -> bool:
    return bool(lesson.concerns) if concern is None else concern in lesson.concerns


@dataclass(frozen=True, slots=True)
class _Row:
    """One text or passage: the numbers of its known signs, each worth `value`; pieces of words a part of that."""

    whole: tuple[int, ...]
    pieces: tuple[int, ...]
    value: float

    def total(self, weights: Sequence[float]) -> float:
        """The sum of what its signs are worth, by its length."""
        pieces = PIECE_COUNTS * sum([weights[one] for one in self.pieces])
        return self.value * (sum([weights[one] for one in self.whole]) + pieces)

    @property
    def curvature(self) -> float:
        """How much the total moves when the text pulls: the sum of the squares of its values, and 1 for the bias."""
        return self.value * self.value * (len(self.whole) + PIECE_COUNTS * PIECE_COUNTS * len(self.pieces)) + 1.0

    def move(self, weights: list[float], change: float) -> None:
        """Move the weights of its signs along with a pull."""
        step = change * self.value
        for one in self.whole:
            weights[one] += step
        for one in self.pieces:
            weights[one] += PIECE_COUNTS * step


def _row(signs: Signs, numbers: Mapping[str, int]) -> _Row:
    known = [sign for sign in signs if sign in numbers]
    whole = tuple(numbers[sign] for sign in known if not is_piece(sign))
    return _Row(whole, tuple(numbers[sign] for sign in known if is_piece(sign)), 1 / length_of(signs))


def _listen(
    wholes: Sequence[_Row], parts: Sequence[Sequence[_Row]], wanted: Sequence[bool], width: int, cost: float
) -> tuple[float, list[float]]:
    """Learn from whole texts and from the passage of each that sounds most like a request, found by turns.

    Where the request stands nobody wrote down: the strongest passage is taken for it, and as the weights get better
    so does the choice (multiple-instance learning). Of an ordinary text the strongest ones are what misleads.
    """
    bias, weights = _regress(wholes, wanted, width, cost)
    for _ in range(_TURNS):
        rows, answers = list(wholes), list(wanted)
        for passages_of_one, yes in zip(parts, wanted, strict=True):
            strongest = sorted(passages_of_one, key=lambda row: -row.total(weights))
            chosen = strongest[: 1 if yes else _MISLEADING]
            rows += chosen
            answers += [yes] * len(chosen)
        bias, weights = _regress(rows, answers, width, cost)
    return bias, weights


def _regress(rows: Sequence[_Row], wanted: Sequence[bool], width: int, cost: float) -> tuple[float, list[float]]:
    """Bias and weights of L2-regularised logistic regression by coordinate descent in the dual (Yu, Huang, Lin 2011).

    One text at a time: how hard it pulls (between 0 and `cost`) is solved exactly, and the weights move along.
    """
    weights = [0.0] * width
    bias = 0.0
    pulls = [0.0] * len(rows)
    # As much weight for the texts with the answer yes as for those with no: a rare topic is not drowned, and how many
    # ordinary texts somebody wrote does not decide what counts as one.
    share = {yes: len(rows) / (2 * max(1, wanted.count(yes))) for yes in (True, False)}
    for _ in range(_PASSES):
        for number, (row, yes) in enumerate(zip(rows, wanted, strict=True)):
            sign = 1.0 if yes else -1.0
            margin = sign * (row.total(weights) + bias)
            pull = _pull(margin, pulls[number], row.curvature, cost * share[yes])
            change = sign * (pull - pulls[number])
            pulls[number] = pull
            bias += change
            row.move(weights, change)
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
