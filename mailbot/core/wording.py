"""A text as a row of folded words, the form in which phrases are looked for.

Case, accents, typographic quotes and punctuation disappear, so that a rule need not foresee them; where the sentences
end stays known, and so does where every word stood, so that evidence shows the mail's own words.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

ADDRESS = "@"  # stands for any e-mail address: its letters are no words of the customer
LINK = "://"  # the same for a web address
SENTENCE_END = b" . "
_EXCERPT_LENGTH = 120
_LONGEST_WORD = 100  # letters; one may fold to eighteen (U+FDFA), and no longer word says anything to a rule
_LONGEST_RUN = 8  # of combining marks on one letter: to sort a run takes the square of its length
# Bounded repeats: a megabyte without a space must not take quadratic time.
_TOKEN = re.compile(
    r"(?P<link>(?:https?://|www\.)[^\s<>\"]{1,2000})"
    r"|(?P<address>[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})"
    r"|[^\W_]+"
)
_BREAK = re.compile(r"[!?…]|\n[ \t>]*\n|[;:.][ \t]*\n|\n[ \t]*[-–—*•·☐☑☒✓✔\[]")
_FULL_STOP = re.compile(r"\.[\"'”’)\]]*\s")
# NFKD leaves these whole, and people type them without.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})
_SHORT_LINE = 45  # columns; no client wraps a running text this narrow


def fold(word: str) -> str:
    """A word without case and accents (`Privé` → `prive`); letters without a decomposition stay as they are."""
    folded = word.casefold()
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def normalised(text: str) -> str:
    """The text in the form in which positions are counted (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", _with_few_marks(text))


def _with_few_marks(text: str) -> str:
    """The text with at most `_LONGEST_RUN` combining marks in a row."""
    kept: list[str] = []
    run = 0
    for letter in text:
        run = run + 1 if unicodedata.combining(letter) else 0
        if run <= _LONGEST_RUN:
            kept.append(letter)
    return "".join(kept)


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text in order, split as in a row (`foto's` is two)."""
    return tuple(word for word, _ in _tokens(normalised(text)))


def unit(word: str) -> bytes:
    """One word as it stands in a row: with a space on both sides, so that units can simply be put one after another."""
    return f" {word} ".encode()


@dataclass(frozen=True, slots=True)
class Wording:
    """A text and its row. Offsets into `row` are octets, into `text` characters."""

    text: str  # NFC
    row: bytes  # b" verwijder  mijn  gegevens  . "
    starts: tuple[int, ...]  # offset in `row` of every word
    spans: tuple[tuple[int, int], ...]  # where that word stands in `text`
    sentences: tuple[int, ...]  # offset in `row` where every sentence begins

    def by_sentence(self) -> list[list[str]]:
        """The folded words of every sentence."""
        return [sentence.split() for sentence in self.row.decode().split(SENTENCE_END.decode())]

    def sentence_at(self, offset: int) -> int:
        """The number of the sentence that holds this offset of the row."""
        return bisect_right(self.sentences, offset) - 1

    def position(self, offset: int) -> int:
        """Where the word at this offset of the row begins in the text."""
        return self.spans[bisect_right(self.starts, offset) - 1][0]

    def text_end(self, offset: int) -> int:
        """Where the last word before this offset of the row ends in the text."""
        return self.spans[bisect_right(self.starts, offset - 1) - 1][1]

    def excerpt(self, start: int, end: int) -> str:
        """The words of the mail between two offsets of the row, on one line, at most 120 characters."""
        found = " ".join(self.text[self.position(start) : self.text_end(end)].split())
        return found if len(found) <= _EXCERPT_LENGTH else found[: _EXCERPT_LENGTH - 1] + "…"


def wording(text: str) -> Wording:
    """Take a text apart; linear in its length."""
    text = normalised(text)
    row = bytearray()
    starts: list[int] = []
    spans: list[tuple[int, int]] = []
    sentences = [0]
    for word, span in _tokens(text):
        if spans and _sentence_ends(text, spans[-1], span):
            row += SENTENCE_END
            sentences.append(len(row))
        starts.append(len(row))
        spans.append(span)
        row += unit(word)
    return Wording(text, bytes(row), tuple(starts), tuple(spans), tuple(sentences))


def _tokens(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup is not None:
            yield (LINK if found.lastgroup == "link" else ADDRESS), found.span()
        elif folded := "".join(fold(found.group()[:_LONGEST_WORD]).split()):
            yield folded, found.span()


def _sentence_ends(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    between = text[before[1] : after[0]]
    if between in {" ", ", "}:
        return False
    if _BREAK.search(between):
        return True
    if _FULL_STOP.search(between):
        return not _abbreviates(text, before, after)
    return "\n" in between and _new_line_begins(text, before, after)


def _abbreviates(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether the full stop belongs to a short word: `art. 15`, `a.u.b. mijn`."""
    following = text[after[0]]
    return before[1] - before[0] <= 3 and (following.isdigit() or following.islower())


def _new_line_begins(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether the writer, not his mail client, broke the line: it was short, and the next one opens with a capital."""
    line_start = text.rfind("\n", max(0, before[1] - _SHORT_LINE - 1), before[1])
    is_short = line_start >= 0 or before[1] <= _SHORT_LINE
    return is_short and not text[after[0]].islower()
