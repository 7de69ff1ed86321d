"""A small learned scorer beside the rules: how much the words of a mail resemble those of requests seen before.

It is linear: a mail's score is the sum of what its words are worth, so every judgement can be taken apart into the
words behind it. What words are worth is data (rules/learned/, made by `mailbot rules learn`): nothing here knows a
language, and nothing here learns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from mailbot.core.rules import Concern
from mailbot.core.wording import Wording

_PIECE = 4  # letters: long enough to carry a stem, short enough to find it in a compound or beside a typing error
_SENTENCE_END = "."


@dataclass(frozen=True, slots=True)
class Scorer:
    """What words are worth. `weights` holds for each word, pair of words or piece of a word a worth per column."""

    concerns: tuple[Concern, ...]  # the columns; None is anything at all that a person must see
    biases: tuple[float, ...]  # log-odds of a mail without any known word, one per column
    weights: Mapping[str, Mapping[int, float]]

    def hear(self, text: Wording) -> "Opinion":
        """What the words of a text say; linear in its length."""
        tokens = text.row.decode().split()
        signs = signs_of(tokens)
        length = sqrt(len(signs)) or 1.0
        known = {sign: (place, self.weights[sign]) for sign, place in signs.items() if sign in self.weights}
        sums = [0.0] * len(self.concerns)
        for _, worth in known.values():
            for column, weight in worth.items():
                sums[column] += weight
        odds = {
            concern: bias + total / length
            for concern, bias, total in zip(self.concerns, self.biases, sums, strict=True)
        }
        return Opinion(odds, self.concerns, length, tokens, tuple(known.values()))


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the scorer makes of one text, with the words behind it."""

    odds: Mapping[Concern, float]  # log-odds: 0 is as likely as not
    _columns: tuple[Concern, ...]
    _length: float
    _tokens: Sequence[str]
    _known: tuple[tuple[int, Mapping[int, float]], ...]

    def words(self, concern: Concern, most: int) -> tuple[str, ...]:
        """The words that spoke most for a concern, strongest first, folded as in a row."""
        column = self._columns.index(concern)
        worth: dict[str, float] = {}
        for place, weights in self._known:
            word = self._tokens[place]
            worth[word] = worth.get(word, 0.0) + weights.get(column, 0.0)
        ranked = sorted(((total, word) for word, total in worth.items() if total > 0), reverse=True)
        return tuple(word for _, word in ranked[:most])


def signs_of(tokens: Sequence[str]) -> dict[str, int]:
    """Everything in a row of words that may be worth something, with the number of the word where it first stands.

    Words (`mijn`), pairs of neighbours (`mijn gegevens`) and pieces of words (`~wijd`; `~^ver` where a word begins).
    """
    signs: dict[str, int] = {}
    before = _SENTENCE_END
    for place, token in enumerate(tokens):
        if token != _SENTENCE_END:
            if token not in signs:
                signs[token] = place
                for piece in _pieces(token):
                    signs.setdefault(piece, place)
            if before != _SENTENCE_END:
                signs.setdefault(f"{before} {token}", place)
        before = token
    return signs


def _pieces(word: str) -> Iterator[str]:
    marked = f"^{word}$"
    return (f"~{marked[start : start + _PIECE]}" for start in range(len(marked) - _PIECE + 1))
