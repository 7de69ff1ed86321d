"""What this person wrote now, apart from quotes, signature and disclaimer. Line by line, linear.

When in doubt a line stays written text: what a classifier reads too much costs less than a request it never sees.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import re2

from mailbot.core.mail import ReadingWords
from mailbot.core.quote_blocks import BLOCK_LINES, STRIPPED, Lines, QuoteBlocks

_ATTRIBUTION_LINES: Final = 4  # clients wrap "On … wrote:" at 72 columns
_SIGNATURE_LINES: Final = 10
_SIGNATURE_WIDTH: Final = 90


@dataclass(frozen=True, slots=True)
class Separated:
    """The three parts of a text; blank lines at the ends are gone."""

    new_text: str
    quoted_text: str = ""
    signature: str = ""


def line_pattern(patterns: Sequence[str]) -> Callable[[str], Any]:
    """A test whether a whole line, stripped, is one of these."""
    return re2.compile(joined(patterns)).fullmatch if patterns else _never


def joined(patterns: Sequence[str]) -> str:
    """One RE2 expression that matches whatever one of these matches, without case."""
    return "(?i)(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + ")"


class Quoting:
    """Separates texts with the words of all languages, compiled once."""

    def __init__(self, words: ReadingWords) -> None:
        self._attribution = line_pattern(words.attribution)
        self._separator = line_pattern(words.separator)
        self._forward_separator = line_pattern(words.forward_separator)
        self._disclaimer = line_pattern(words.disclaimer)
        self._sent_from = line_pattern(words.sent_from)
        self._postscript = line_pattern(words.postscript)
        self._closing: Callable[[str], Any] = re2.compile(joined(words.closing)).match if words.closing else _never
        self.blocks = QuoteBlocks(words)

    def separate(self, text: str, *, is_reply: bool) -> Separated:
        """Take a text apart. A text that is no reply never vanishes into its quotes."""
        lines = text.split("\n")
        quoted = self._quoted(lines, is_reply=is_reply)
        written: list[str] = []
        signed: list[str] = []
        for run in _runs(lines, quoted):
            own, signature = self._unsigned(run)
            written += own
            signed += signature
        separated = Separated(
            _without_rule(_stripped(written), quoted),
            _stripped([line for at, line in enumerate(lines) if at in quoted]),
            _stripped(signed),
        )
        return self._kept(separated, text, is_reply=is_reply)

    def forward_start(self, lines: Lines, *, subject_says_so: bool) -> int | None:
        """Index of the line that opens a forwarded message; any quote block does when the subject announces one."""
        for at, line in enumerate(lines):
            bare = line.lstrip("> ").strip()
            if bare and self._forward_separator(bare) and (subject_says_so or not line.startswith(">")):
                return at
            if subject_says_so and (self._separator(bare) or self.blocks.at(lines, at, is_reply=True)):
                return at
        return None

    def _kept(self, separated: Separated, text: str, *, is_reply: bool) -> Separated:
        if separated.new_text:
            return separated
        if separated.quoted_text and not is_reply:
            return Separated(text.strip("\n"))
        return Separated(separated.signature, separated.quoted_text)

    def _quoted(self, lines: Lines, *, is_reply: bool) -> frozenset[int]:
        """Indexes of the lines that somebody else wrote before."""
        quoted = {at for at, line in enumerate(lines) if _is_marked(line)}
        for at, line in enumerate(lines):
            if at in quoted or not line.strip():
                continue
            opening = self._opening_at(lines, at, is_reply=is_reply)
            if opening is None:
                continue
            start, end = opening
            following = _next_line(lines, end)
            quoted |= set(range(start, end))
            if following is not None and not _is_marked(lines[following]):
                # No marks: everything below is older
                return frozenset(quoted | set(range(start, len(lines))))
        return frozenset(quoted)

    def _opening_at(self, lines: Lines, at: int, *, is_reply: bool) -> tuple[int, int] | None:
        """The lines that open a quote here: a separator, a header block, or an attribution that ends here."""
        line = lines[at].strip()
        if self._separator(line) or self._forward_separator(line):
            return at, at + 1 + self.blocks.fields_below(lines[at + 1 : at + 1 + BLOCK_LINES])
        if block := self.blocks.at(lines, at, is_reply=is_reply):
            return at, block.end
        start = self._attribution_start(lines, at)
        return (start, at + 1) if start is not None and self._opens_quote(lines, start, at, is_reply) else None

    def _attribution_start(self, lines: Lines, end: int) -> int | None:
        """Where the attribution starts whose last line is `end`; the shortest one that is complete."""
        if not lines[end].rstrip(STRIPPED).endswith(":"):
            return None
        text = ""
        for start in range(end, max(-1, end - _ATTRIBUTION_LINES), -1):
            line = lines[start].strip(STRIPPED)
            if not line or _is_marked(line) or len(text) > 500:
                return None
            text = f"{line} {text}".strip()
            if self._attribution(text):
                return start
        return None

    def _opens_quote(self, lines: Lines, start: int, end: int, is_reply: bool) -> bool:
        """People write "on 3 March you wrote:" themselves: without marks below, only a reply with more above counts."""
        following = _next_line(lines, end + 1)
        if following is None or _is_marked(lines[following]):
            return True
        attribution = " ".join(lines[start : end + 1])
        return is_reply and "@" in attribution and any(line.strip() for line in lines[:start])

    def _unsigned(self, run: Lines) -> tuple[list[str], list[str]]:
        """What was written, and the signature, disclaimers and "sent from" lines in a run of lines."""
        own: list[str] = []
        signature: list[str] = []
        at, has_text = 0, False
        while at < len(run):
            end = self._signature_end(run, at, has_text)
            (signature if end > at else own).extend(run[at : max(end, at + 1)])
            has_text = has_text or (end <= at and bool(run[at].strip()))
            at = max(end, at + 1)
        return own, signature

    def _signature_end(self, run: Lines, at: int, has_text: bool) -> int:
        """Where the signature ends that starts here; `at` itself when none does."""
        line = run[at].strip()
        if not line:
            return at
        if run[at].lstrip() == "-- ":  # RFC 3676 § 4.3: everything below is signature
            return next((end for end in range(at + 1, len(run)) if self._postscript(run[end].strip())), len(run))
        if line == "--" or self._closes(line):
            return self._short_end(run, at + 1)
        if self._sent_from(line):
            return at + 1
        if has_text and self._disclaimer(line):
            return next((end for end in range(at, len(run)) if not run[end].strip()), len(run))
        return at

    def _closes(self, line: str) -> bool:
        """Whether this is a closing line, perhaps with a name behind it; a sentence behind it is no name."""
        match = self._closing(line)
        if not match:
            return False
        rest = line[match.end() :].split()
        return len(rest) <= 4 and sum(word.islower() for word in rest) <= 1

    def _short_end(self, run: Lines, start: int) -> int:
        """The first line from `start` that nobody puts in a signature: a postscript, a sentence, or one too many."""
        filled = 0
        for at in range(start, len(run)):
            line = run[at].strip()
            filled += bool(line)
            if filled > _SIGNATURE_LINES or len(line) > _SIGNATURE_WIDTH:
                return at
            if line and not self._sent_from(line) and (self._postscript(line) or _is_sentence(line)):
                return at
        return len(run)


def _never(_: str) -> None:
    return None


def _is_marked(line: str) -> bool:
    stripped = line.lstrip()
    # mbox escapes "From " with the same mark (RFC 4155)
    return stripped.startswith(">") and not stripped.startswith(">From ")


def _is_sentence(line: str) -> bool:
    """Three words in small letters, or a question: names, places and job titles rarely have as many."""
    small = sum(word.strip(".,!?'\"").isalpha() and word.islower() for word in line.split())
    return small >= 3 or (small >= 2 and line.endswith((".", "!", "?")))


def _next_line(lines: Lines, start: int) -> int | None:
    return next((at for at in range(start, len(lines)) if lines[at].strip()), None)


def _runs(lines: Lines, quoted: frozenset[int]) -> Iterator[list[str]]:
    """The runs of lines that are not quoted, each followed by a blank line where a quote stood between."""
    run: list[str] = []
    for at, line in enumerate(lines):
        if at not in quoted:
            run.append(line)
        elif run:
            yield [*run, ""]
            run = []
    if run:
        yield run


def _without_rule(text: str, quoted: frozenset[int]) -> str:
    """Outlook draws a line of its own above the quote."""
    above, _, last = text.rpartition("\n")
    return above.rstrip("\n ") if quoted and len(last) >= 5 and not last.strip("_- ") else text


def _stripped(lines: Lines) -> str:
    return "\n".join(lines).strip("\n ")
