"""The phrase language of rules: what a person writes in a TOML file, and the RE2 expression it stands for.

    verwijder*            a word that begins so; *antrag ends so; every other word is meant whole
    (haal|halen)          one of these, each of one or more words
    [al|alle]             one of these, or nothing
    <my_data>             a concept: phrases from concepts.toml of the same language
    *                     any one word; @ is any e-mail address
    ..                    at most a few words between, within the sentence
    ...                   more of them

Case, accents and punctuation do not matter: both sides are folded as in `wording`. RE2 matches in linear time, whatever
a rule or a mail holds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import re2

from mailbot.core.wording import ADDRESS, Wording, unit, words

_LEXEME = re.compile(r"\s*(<[^<>]*>|\.{2,}|[()\[\]|]|[^\s()\[\]|<>]+|[<>])")
_NAME = re.compile(r"<[a-z][a-z0-9_]*>")
_ANY_WORD = b"(?: [^ .]+ )"
_REST_OF_WORD = b"[^ ]*"
_MANY = 200  # findings of one phrase in one mail; a person reads far fewer, and a hostile mail could hold thousands


class PhraseError(ValueError):
    """A phrase that cannot be understood; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """How many words `..` and `...` may skip at most."""

    short: int
    long: int


class PhraseCompiler:
    """Turns the phrases of one language into RE2 expressions over the row of a `Wording`."""

    def __init__(self, concepts: Mapping[str, Sequence[str]], gaps: Gaps) -> None:
        self._concepts = concepts
        self._gaps = gaps
        self._compiled: dict[str, bytes] = {}

    def expression(self, phrase: str) -> bytes:
        """The expression of one phrase. Raises `PhraseError`."""
        return self._expression(phrase, ())

    def _expression(self, phrase: str, inside: tuple[str, ...]) -> bytes:
        parts = _Parts(phrase)
        expression = self._choice(parts, inside, "")
        if not _needs_a_word(expression):
            raise PhraseError(f"phrase {phrase!r} would match everything: give it at least one word")
        return expression

    def _choice(self, parts: "_Parts", inside: tuple[str, ...], closing: str) -> bytes:
        options = [self._row(parts, inside, closing)]
        while parts.next == "|":
            parts.take()
            options.append(self._row(parts, inside, closing))
        if parts.next != closing:
            raise parts.error(f"{closing or 'the end'} expected")
        return options[0] if len(options) == 1 else b"(?:" + b"|".join(options) + b")"

    def _row(self, parts: "_Parts", inside: tuple[str, ...], closing: str) -> bytes:
        row = b""
        while parts.next not in {"|", closing}:
            row += self._part(parts, inside)
        if not row:
            raise parts.error("a word is missing")
        return row

    def _part(self, parts: "_Parts", inside: tuple[str, ...]) -> bytes:
        part = parts.take()
        match part[0]:
            case "(":
                return self._bracketed(parts, inside, ")")
            case "[":
                return b"(?:" + self._bracketed(parts, inside, "]") + b")?"
            case "<":
                return self._concept(part, inside)
            case "." if set(part) == {"."}:
                return self._gap(part)
            case ")" | "]" | ">":
                raise parts.error(f"{part} has no beginning")
        return _word(part)

    def _bracketed(self, parts: "_Parts", inside: tuple[str, ...], closing: str) -> bytes:
        choice = self._choice(parts, inside, closing)
        parts.take()
        return choice

    def _gap(self, part: str) -> bytes:
        longest = self._gaps.short if part == ".." else self._gaps.long
        return _ANY_WORD + b"{0,%d}" % longest

    def _concept(self, part: str, inside: tuple[str, ...]) -> bytes:
        name = part[1:-1]
        if not _NAME.fullmatch(part) or name not in self._concepts:
            raise PhraseError(f"{part} is not in concepts.toml: add it there or correct the name")
        if name in inside:
            raise PhraseError(f"{part} is explained by itself in concepts.toml")
        if name not in self._compiled:
            options = [self._expression(phrase, (*inside, name)) for phrase in self._concepts[name]]
            self._compiled[name] = b"(?:" + b"|".join(options) + b")"
        return self._compiled[name]


class _Parts:
    """The parts of a phrase, taken one by one; `next` is "" at the end."""

    def __init__(self, phrase: str) -> None:
        self._phrase = phrase
        self._parts: Iterator[str] = iter(_LEXEME.findall(phrase))
        self.next = next(self._parts, "")

    def take(self) -> str:
        part, self.next = self.next, next(self._parts, "")
        if not part:
            raise self.error("it ends too early")
        return part

    def error(self, complaint: str) -> PhraseError:
        return PhraseError(f"phrase {self._phrase!r}: {complaint}")


def _word(part: str) -> bytes:
    if part == "*":
        return _ANY_WORD
    if part == ADDRESS:
        return unit(ADDRESS)
    found = words(part.strip("*"))
    if not found:
        raise PhraseError(f"{part!r} holds no word: write .. or ... for words between")
    row = b"".join(unit(re.escape(word)) for word in found)
    if part.startswith("*"):
        row = b" " + _REST_OF_WORD + row[1:]
    return row[:-1] + _REST_OF_WORD + b" " if part.endswith("*") else row


def _needs_a_word(expression: bytes) -> bool:
    return not any(re2.fullmatch(expression, unit("?") * count) for count in range(3))


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a phrase was found: offsets into the row of the wording."""

    start: int
    end: int


class Phrasebook:
    """All expressions of a ruleset, compiled once. Immutable after construction; may be shared between threads."""

    def __init__(self, expressions: Sequence[bytes]) -> None:
        options = re2.Options()
        # Rows are octets with ASCII separators, so octets are all that RE2 need know of.
        options.encoding = re2.Options.Encoding.LATIN1
        self._filter = re2.Filter()
        for expression in expressions:
            self._filter.Add(expression, options)
        if expressions:
            self._filter.Compile()
        self._expressions = tuple(re2.compile(expression, options) for expression in expressions)

    def find(self, text: Wording) -> dict[int, tuple[Finding, ...]]:
        """The number of every expression that occurs, with where; one scan finds the few worth a closer look."""
        if not self._expressions:
            return {}
        candidates = self._filter.Match(text.row, True) or ()
        found = ((number, self._findings(number, text)) for number in sorted(candidates))
        return {number: findings for number, findings in found if findings}

    def _findings(self, number: int, text: Wording) -> tuple[Finding, ...]:
        matches = islice(self._expressions[number].finditer(text.row), _MANY)
        return tuple(Finding(match.start(), match.end()) for match in matches)
