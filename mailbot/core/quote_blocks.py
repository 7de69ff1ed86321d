"""The header lines that clients write above a message they quote or forward: "From: … Sent: … To: … Subject: …"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailbot.core.mail import ReadingWords

Lines = Sequence[str]

BLOCK_LINES: Final = 16  # of one block, with wrapped recipients
STRIPPED: Final = " \t*_"  # plain-text renderings of bold and italics around names


@dataclass(frozen=True, slots=True)
class Block:
    """The header lines of a quoted message ("From: … Sent: …"): lines `start` up to `end`, values by name."""

    start: int
    end: int
    values: dict[str, str]


class QuoteBlocks:
    """Finds such blocks, with the field names of all languages."""

    def __init__(self, words: ReadingWords) -> None:
        self._names = frozenset(words.quote_header)
        self._senders = frozenset(words.quote_sender)

    def near(self, lines: Lines) -> Block | None:
        """The header block within the first lines of a forwarded message."""
        return next(filter(None, (self.at(lines, at, is_reply=True) for at in range(min(6, len(lines))))), None)

    def fields_below(self, lines: Lines) -> int:
        """How many lines below a separator belong to its fields: any number will do there."""
        start = next((at for at, line in enumerate(lines) if line.strip()), 0)
        return self._values(lines, start)[1] if lines and self._field(lines[start])[0] else 0

    def at(self, lines: Lines, start: int, *, is_reply: bool) -> Block | None:
        """The block that starts here: three fields, one of them the writer; an address proves it outside a reply."""
        name = self._field(lines[start])[0]
        if not name:
            return None
        values, end = self._values(lines, start)
        has_sender = not self._senders.isdisjoint(values)
        proven = is_reply or any("@" in value for value in values.values())
        return Block(start, end, values) if len(values) >= 3 and has_sender and proven else None

    def _values(self, lines: Lines, start: int) -> tuple[dict[str, str], int]:
        values: dict[str, str] = {}
        end, last = start, ""
        for at in range(start, min(len(lines), start + BLOCK_LINES)):
            name, value = self._field(lines[at])
            if name and name not in values:
                values[name], last, end = value, name, at + 1
            elif not lines[at].strip():
                if at > end:  # HTML mail has a blank line between fields at most
                    break
            elif at == end and last:
                values[last] += f" {lines[at].strip()}"  # a wrapped list of recipients, if a field follows
            else:
                break
        return values, end

    def _field(self, line: str) -> tuple[str, str]:
        name, colon, value = line.lstrip("> ").partition(":")
        folded = name.strip(STRIPPED).lower()
        return (folded, value.strip(STRIPPED)) if colon and folded in self._names else ("", "")
