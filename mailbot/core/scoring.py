"""A small learned scorer beside the rules: how much the words of a mail resemble those of requests seen before.

It is linear: a mail's score is the sum of what its signs are worth, so every judgement can be taken apart into the
words behind it. Whether it is a request at all is asked twice with the same weights, of the whole mail and of its
strongest passage: people bury what they want in one sentence of a long letter. What signs are worth is data
(rules/learned/, made by `mailbot rules learn`): nothing here knows a language, and nothing here learns.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from mailbot.core.rights import Right, Topic
from mailbot.core.wording import Wording

Column = Right | Topic | None
"""What the scorer has an opinion about; None is anything at all that a person must see."""

ConceptsFound = Mapping[int, Mapping[str, int]]
"""By sentence: the concepts of rules/*/concepts.toml that occur in it, with their offset into the row."""

Weights = tuple[tuple[int, float], ...]
"""What one sign is worth: the number of a column, and its weight there."""

Signs = dict[str, int]
"""What may be worth something in a text, with the number of the word where it first stands."""

# Signs of a mail of some ninety words. By the root alone ever longer mails would seem ever more certain, which nothing
# in the training texts bears out: few of them are longer.
_LONG = 500
_PASSAGE = 3  # sentences: what somebody wants, with what leads to it
PIECE_COUNTS = 0.5
_PIECE_MARK = "~"
_PIECE = 4  # letters: enough to carry a stem, few enough to find it in a compound or beside a typing error


@dataclass(frozen=True, slots=True)
class Scorer:
    """What signs are worth, by column."""

    columns: tuple[Column, ...]
    biases: tuple[float, ...]  # the log-odds of a mail without any known sign
    worth: Mapping[str, Weights]

    def hear(self, text: Wording, concepts: ConceptsFound) -> "Opinion":
        """What the words of a text say; linear in its length."""
        sentences = sentence_signs(text, concepts)
        signs, worth = merged(sentences), self.worth
        known = [(sign, place, worth[sign]) for sign, place in signs.items() if sign in worth]
        sums = [0.0] * len(self.columns)
        for _, _, weights in known:
            for column, weight in weights:
                sums[column] += weight
        length = length_of(signs)
        odds = [bias + total / length for bias, total in zip(self.biases, sums, strict=True)]
        asked = self.columns.index(None)
        odds[asked] = (odds[asked] + max(self._asked(passage) for passage in passages(sentences))) / 2
        return Opinion(text, self.columns, tuple(odds), known)

    def _asked(self, signs: Signs) -> float:
        """The log-odds that this passage holds a request of any kind."""
        asked, worth = self.columns.index(None), self.worth
        total = sum(weight for sign in signs if sign in worth for column, weight in worth[sign] if column == asked)
        return self.biases[asked] + total / length_of(signs)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the scorer makes of one text, and the words behind it."""

    _text: Wording
    _columns: tuple[Column, ...]
    _odds: tuple[float, ...]
    _known: list[tuple[str, int, Weights]]

    def odds(self, column: Column) -> float:
        """The natural logarithm of the odds; 0 is as likely as not."""
        return self._odds[self._columns.index(column)]

    def each(self) -> Iterator[tuple[Column, float]]:
        """Every column with its log-odds."""
        return zip(self._columns, self._odds, strict=True)

    def shifted(self, shifts: Mapping[Column, float]) -> "Opinion":
        """The same opinion with these log-odds added by column."""
        odds = tuple(value + shifts.get(column, 0.0) for column, value in self.each())
        return replace(self, _odds=odds)

    def telling(self) -> dict[str, float]:
        """How much each known sign says about whether it is a request, either way; pieces of words left out."""
        asked = self._columns.index(None)
        return {
            sign: abs(weight)
            for sign, _, weights in self._known
            for column, weight in weights
            if column == asked and not is_piece(sign)
        }

    def weightiest(self, column: Column, most: int) -> tuple[tuple[int, int], ...]:
        """The words that spoke most for a column, strongest first, as spans of the text."""
        wanted = self._columns.index(column)
        totals: dict[int, float] = {}
        for _, place, weights in self._known:
            for number, weight in weights:
                if number == wanted:
                    totals[place] = totals.get(place, 0.0) + weight
        ranked = sorted((place for place, total in totals.items() if total > 0), key=lambda place: -totals[place])
        return tuple(self._text.spans[place] for place in ranked[:most])


def sentence_signs(text: Wording, concepts: ConceptsFound) -> list[Signs]:
    """The signs of every sentence of a text; each counts once, however often it occurs.

    Words (`mijn`), neighbours (`mijn gegevens`), pieces of words (`~wijd`, `~^ver` where a word begins), and concepts
    (`<remove>`): these carry over from wording to wording and from language to language.
    """
    found: list[Signs] = []
    place = 0
    for number, words in enumerate(text.by_sentence()):
        signs = Signs()
        _add_words(signs, words, place)
        _add_concepts(signs, concepts.get(number, {}), text)
        found.append(signs)
        place += len(words)
    return found


def merged(sentences: Iterable[Signs]) -> Signs:
    """The signs of several sentences together, each where it first stands."""
    together: Signs = {}
    for signs in sentences:
        for sign, place in signs.items():
            together.setdefault(sign, place)
    return together


def passages(sentences: Sequence[Signs]) -> Iterator[Signs]:
    """The signs of every run of `_PASSAGE` sentences; of a shorter text, those of the whole."""
    for start in range(max(1, len(sentences) - _PASSAGE + 1)):
        yield merged(sentences[start : start + _PASSAGE])


def is_piece(sign: str) -> bool:
    """Whether a sign is a piece of a word. A piece counts for half: it says again what its word says already."""
    return sign.startswith(_PIECE_MARK)


def length_of(signs: Signs) -> float:
    """What sums are divided by, so that a long mail does not speak louder than a short one."""
    count = sum(PIECE_COUNTS if is_piece(sign) else 1 for sign in signs) or 1
    return sqrt(count) if count <= _LONG else count / sqrt(_LONG)


def _add_words(signs: Signs, words: list[str], place: int) -> None:
    before = ""
    for number, word in enumerate(words, start=place):
        if word not in signs:
            signs[word] = number
            for piece in _pieces(word):
                signs.setdefault(piece, number)
        if before:
            signs.setdefault(f"{before} {word}", number)
        before = word


def _pieces(word: str) -> Iterator[str]:
    marked = f"^{word}$"
    return (f"{_PIECE_MARK}{marked[start : start + _PIECE]}" for start in range(len(marked) - _PIECE + 1))


def _add_concepts(signs: Signs, found: Mapping[str, int], text: Wording) -> None:
    for name, offset in sorted(found.items()):
        signs.setdefault(f"<{name}>", bisect_right(text.starts, offset) - 1)
