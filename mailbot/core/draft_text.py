"""A draft as a person left it in his mail client: Thunderbird, neomutt, Outlook, a phone.

Reads bytes into a value and never raises: what cannot be read shows in `problems`. It decides nothing; `checking` does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

from mailbot.core.addresses import mailboxes
from mailbot.core.decoding import clean_text, one_line, text_of
from mailbot.core.headers import decoded, message_ids, parameters, parse
from mailbot.core.mail import Address
from mailbot.core.markup import seen_text

UNREADABLE: Final = "unreadable"

_END_OF_HEADER: Final = re.compile(rb"\r?\n\r?\n")
# What the standard parser raises on odd mail (mail-facts.md, measured on 12,032 of them)
_PARSER_TROUBLE: Final = (LookupError, ValueError, AttributeError, TypeError, RecursionError, OverflowError)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the person added, decoded; a whole mail (message/rfc822) as its own bytes."""

    content_type: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DraftText:
    """What stands in a draft. `text` has LF line ends and is what goes out, whatever the draft was written in."""

    subject: str = ""
    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    message_id: str = ""
    date: str = ""  # as written
    text: str = ""
    has_html: bool = False
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()  # codes


@dataclass(frozen=True, slots=True)
class _Content:
    plain: tuple[str, ...] = ()
    html: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def parse_draft(raw: bytes) -> DraftText:
    """Read a draft. The plain text counts; only a draft without any is read from its HTML."""
    block = parse(_END_OF_HEADER.split(raw, maxsplit=1)[0])
    content, problems = _read_content(raw)
    plain = clean_text("\n".join(content.plain))
    text = plain if plain.strip() else clean_text("\n\n".join(map(seen_text, content.html)))

    def addresses(name: str) -> tuple[Address, ...]:
        return tuple(address for value in block.all(name) for address in mailboxes(value))

    return DraftText(
        subject=" ".join(decoded(value) for value in block.all("subject")),
        sender=addresses("from"),
        to=addresses("to"),
        cc=addresses("cc"),
        bcc=addresses("bcc"),
        in_reply_to=message_ids(block.all("in-reply-to")),
        references=message_ids(block.all("references")),
        message_id="".join(message_ids(block.all("message-id"))[:1]),
        date=block.first("date"),
        text=text.strip("\n"),
        has_html=bool(content.html),
        attachments=content.attachments,
        problems=problems,
    )


def _read_content(raw: bytes) -> tuple[_Content, tuple[str, ...]]:
    try:
        return _content(_leaves(BytesParser(policy=compat32).parsebytes(raw))), ()
    except _PARSER_TROUBLE:
        return _Content(), (UNREADABLE,)


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that hold something; a mail that was attached is one of them."""
    if part.get_content_maintype() != "multipart":
        yield part
        return
    for child in part.get_payload():
        if isinstance(child, Message):
            yield from _leaves(child)


def _content(leaves: Iterable[Message]) -> _Content:
    plain, html, attachments = [], [], []
    for leaf in leaves:
        kind = leaf.get_content_type()
        if leaf.get_content_disposition() == "attachment" or leaf.get_filename() or kind not in _TEXTS:
            attachments.append(_attachment(leaf))
        elif kind == "text/plain":
            plain.append(_plain_text(leaf))
        else:
            html.append(_decoded_text(leaf))
    return _Content(tuple(plain), tuple(html), tuple(attachments))


_TEXTS: Final = frozenset({"text/plain", "text/html"})
_CONTENT_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+_-]+")
_UNKNOWN_TYPE: Final = "application/octet-stream"


def _attachment(leaf: Message) -> Attachment:
    kind = leaf.get_content_type()
    keeps_type = _CONTENT_TYPE.fullmatch(kind) and (kind == "message/rfc822" or not kind.startswith("message/"))
    return Attachment(kind if keeps_type else _UNKNOWN_TYPE, _filename(leaf), _octets(leaf))


def _filename(leaf: Message) -> str:
    return decoded(one_line(str(leaf.get_filename("")))).replace("/", "_")


def _octets(leaf: Message) -> bytes:
    inner = leaf.get_payload()
    if isinstance(inner, list):  # a mail within the mail
        return b"\n".join(_whole(part) for part in inner if isinstance(part, Message))
    payload = leaf.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _whole(message: Message) -> bytes:
    # For a multipart without a boundary the library would draw lots: no two readings would give the same bytes
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and not part.get_boundary() and part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_part_{number}")
    return message.as_bytes()


def _decoded_text(leaf: Message) -> str:
    return text_of(_octets(leaf), leaf.get_content_charset("") or "")[0].replace("\r\n", "\n")


def _plain_text(leaf: Message) -> str:
    text = _decoded_text(leaf)
    _, given = parameters(str(leaf.get("Content-Type", "")))
    if given.get("format", "").lower() == "flowed":
        return _unflowed(text, delete_space=given.get("delsp", "").lower() == "yes")
    return text


_FLOWED_LINE: Final = re.compile(r"(>*) ?(.*)", re.DOTALL)


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Paragraphs made whole again: a space at the end of a line is a soft break (RFC 3676 § 4)."""
    lines: list[str] = []
    open_depth = ""  # quote marks of a line that goes on
    goes_on = False
    for raw_line in text.split("\n"):
        marks, line = _FLOWED_LINE.fullmatch(raw_line).groups()  # type: ignore[union-attr]  # matches anything
        soft = line.endswith(" ") and line != "-- "  # § 4.3: a signature separator is never flowed
        kept = line[:-1] if soft and delete_space else line
        if goes_on and marks == open_depth:
            lines[-1] += kept
        else:
            lines.append(f"{marks} {kept}" if marks else kept)
        goes_on, open_depth = soft, marks
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)
