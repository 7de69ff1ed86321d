"""The message that a colleague passed on: attached as message/rfc822, or written out below his own words."""

import re
from collections.abc import Sequence
from typing import Final

from mailbot.core.addresses import mailboxes
from mailbot.core.bodies import body_of
from mailbot.core.headers import decoded, parse
from mailbot.core.mail import Address, Forwarded, PartSource, ReadingWords
from mailbot.core.quoting import Quoting

# Clients write the sender's address between brackets, behind "mailto:", or bare
_ADDRESS: Final = re.compile(r"[^\s\"'<>()\[\]:;,]{1,64}@[^\s\"'<>()\[\]:;,]{1,255}")


def attached(header: bytes, parts: Sequence[PartSource], quoting: Quoting) -> Forwarded:
    """A message/rfc822 part as a forwarded message: its header and the parts inside it."""
    block = parse(header)
    senders = mailboxes(block.first("from"))
    is_reply = bool(block.first("in-reply-to"))
    return Forwarded(
        sender=senders[0] if len(senders) == 1 else Address(""),
        text=quoting.separate(body_of(parts).text, is_reply=is_reply).new_text,
        date=decoded(block.first("date")),
    )


def written_out(
    text: str, words: ReadingWords, quoting: Quoting, *, subject_says_so: bool
) -> tuple[str, Forwarded] | None:
    """The text above a forwarded message, and that message; None when there is none."""
    lines = text.split("\n")
    start = quoting.forward_start(lines, subject_says_so=subject_says_so)
    if start is None:
        return None
    below = _unmarked(lines[start:])
    block = quoting.blocks.near(below)
    values = block.values if block else {}
    original = "\n".join(below[block.end if block else 1 :])
    return "\n".join(lines[:start]), Forwarded(
        sender=_sender(_first(values, words.quote_sender)),
        text=quoting.separate(original.strip("\n"), is_reply=True).new_text or original.strip("\n"),
        date=_first(values, words.quote_date),
    )


def _unmarked(lines: Sequence[str]) -> list[str]:
    """Lines without their first quote mark, where the client quotes what it forwards (Apple Mail)."""
    filled = [line for line in lines[1:] if line.strip()]
    if not filled or sum(line.startswith(">") for line in filled) * 2 < len(filled):
        return list(lines)
    return [line.removeprefix(">").removeprefix(" ") for line in lines]


def _first(values: dict[str, str], names: Sequence[str]) -> str:
    return next((values[name] for name in values if name in names), "")


def _sender(value: str) -> Address:
    written = mailboxes(value)
    if len(written) == 1 and written[0].email:
        return written[0]
    found = _ADDRESS.search(value)
    name = re.split(r"[<\[(]", value, maxsplit=1)[0].strip(" \"'*")
    return Address(found[0], name) if found else Address("", name)
