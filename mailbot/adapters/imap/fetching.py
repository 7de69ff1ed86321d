"""Messages as `MailSource`s: structure first, then headers and texts, so that a 40 MB drawing stays on the server.

All fetches are BODY.PEEK. UIDs that need the same sections share a FETCH: a batch of plain mails takes two. Where a
server's structure cannot be relied on, the message is fetched whole up to `WHOLE_LIMIT` and split by the reader.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError

from mailbot.adapters.imap.connection import Session
from mailbot.adapters.imap.structure import TEXTS, OddStructure, Outline, outline
from mailbot.core.mail import MailSource, PartSource, Placement

log = logging.getLogger("mailbot.imap")

Split = Callable[[bytes, datetime, Placement], MailSource]
Answer = dict[bytes, Any]

HEADER_LIMIT = 262_144  # octets; real headers are a few kB, and parsing longer ones takes quadratic time
TEXT_LIMIT = 1_048_576  # of one text part, still encoded
WHOLE_LIMIT = 4 * TEXT_LIMIT
_ANSWER_LIMIT = 16 * TEXT_LIMIT  # of one FETCH
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # overdue at once: a person will look

_DESCRIPTION = ("INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE")
_HEADER = f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"
_WHOLE = f"BODY.PEEK[]<0.{WHOLE_LIMIT}>"
# What imapclient's parser raises on descriptions that it does not foresee; the answer was read to its end by then.
_UNREADABLE = (ProtocolError, RecursionError, ValueError, IndexError, TypeError, AttributeError)

_BODY_KEY = re.compile(rb"BODY\[([^\]]*)\](?:<\d+>)?")


@dataclass(frozen=True, slots=True)
class _Described:
    """A message of which the server told what is in it."""

    placement: Placement
    received: datetime
    size: int
    outline: Outline | None  # None: fetch it whole

    @property
    def items(self) -> tuple[str, ...]:
        """What to fetch."""
        if self.outline is None:
            return (_WHOLE,)
        forwarded = (f"BODY.PEEK[{self.outline.forwarded}.HEADER]<0.{HEADER_LIMIT}>",) if self.outline.forwarded else ()
        return (_HEADER, *forwarded, *(f"BODY.PEEK[{section}]<0.{TEXT_LIMIT}>" for section in self.outline.wanted))

    @property
    def weight(self) -> int:
        """At most this many octets will come."""
        return min(self.size, WHOLE_LIMIT if self.outline is None else len(self.items) * TEXT_LIMIT)


def fetch_sources(session: Session, placements: Sequence[Placement], split: Split) -> Iterator[MailSource]:
    """Fetch messages of the open folder, in this order; those that vanished are left out."""
    client = session.client
    described = _describe(client, placements)
    sources = dict(_fetch_parts(client, [message for message in described if message.outline is not None]))
    odd = [replace(message, outline=None) for message in described if message.placement.uid not in sources]
    sources |= dict(_fetch_whole(client, odd, split))
    yield from (sources[placement.uid] for placement in placements if placement.uid in sources)


def _describe(client: IMAPClient, placements: Sequence[Placement]) -> list[_Described]:
    answers = _ask(client, [placement.uid for placement in placements], _DESCRIPTION)
    if answers is None:
        answers = {placement.uid: _describe_alone(client, placement.uid) for placement in placements}
    # An answer without its size is an unsolicited FETCH about another message (RFC 3501 § 7.4.2).
    return [
        _Described(placement, _received(answer), answer[b"RFC822.SIZE"], _outline(answer))
        for placement in placements
        if b"RFC822.SIZE" in (answer := answers.get(placement.uid, {}))
    ]


def _describe_alone(client: IMAPClient, uid: int) -> Answer:
    """One odd structure makes the answer for all unreadable; without it, a refusal is about the folder: raised."""
    answers = _ask(client, [uid], _DESCRIPTION) or client.fetch([uid], _DESCRIPTION[:2])
    return answers.get(uid, {})


def _ask(client: IMAPClient, uids: list[int], items: Sequence[str]) -> dict[int, Answer] | None:
    """FETCH; None when the server says no or its answer cannot be read. A dead connection raises."""
    try:
        return client.fetch(uids, items)  # type: ignore[no-any-return]
    except (IMAPClient.AbortError, OSError):
        raise
    except (IMAPClient.Error, *_UNREADABLE) as error:
        log.info("FETCH of %d messages: %s", len(uids), type(error).__name__)
        return None


def _outline(answer: Answer) -> Outline | None:
    try:
        return outline(answer[b"BODYSTRUCTURE"])
    except (KeyError, OddStructure):
        return None


def _received(answer: Answer) -> datetime:
    told = answer.get(b"INTERNALDATE")
    try:
        return told.astimezone(UTC) if isinstance(told, datetime) and told.tzinfo else UNKNOWN_TIME
    except OverflowError:  # year 1 or 9999
        return UNKNOWN_TIME


def _fetch_parts(client: IMAPClient, messages: Iterable[_Described]) -> Iterator[tuple[int, MailSource]]:
    for group in _alike(messages):
        answers = _ask(client, [message.placement.uid for message in group], group[0].items) or {}
        for message in group:
            source = _assembled(message, answers.get(message.placement.uid, {}))
            if source is not None:
                yield message.placement.uid, source


def _alike(messages: Iterable[_Described]) -> Iterator[list[_Described]]:
    """Messages of which the same sections are wanted, so many that the answer stays within its limit."""
    groups: dict[tuple[str, ...], list[_Described]] = {}
    for message in messages:
        group = groups.setdefault(message.items, [])
        if group and sum(one.weight for one in group) + message.weight > _ANSWER_LIMIT:
            yield group
            group = groups[message.items] = []
        group.append(message)
    yield from groups.values()


def _assembled(message: _Described, answer: Answer) -> MailSource | None:
    """None when something is missing, or lies elsewhere than RFC 3501 § 6.4.5 says: then it is fetched whole."""
    sections = {
        section: value
        for key, value in answer.items()
        if isinstance(value, bytes) and (section := _section(key)) is not None
    }
    shape = message.outline
    if shape is None or not _holds_all(shape, sections):
        return None
    parts = tuple(_with_body(part, sections) for part in shape.parts)
    header = sections["HEADER"]
    return MailSource(
        header=header,
        parts=parts,
        received=message.received,
        size=message.size,
        placement=message.placement,
        forwarded_header=sections.get(f"{shape.forwarded}.HEADER", b""),
        problems=tuple(_problems(message, header, parts)),
    )


def _holds_all(shape: Outline, sections: dict[str, bytes]) -> bool:
    if "HEADER" not in sections or (shape.forwarded and not sections.get(f"{shape.forwarded}.HEADER")):
        return False
    # pymap counts the multipart of a forwarded message as a part of its own: the "text" is then the whole multipart.
    return all(
        section in sections and not (mark and sections[section].startswith(mark))
        for section in shape.wanted
        for mark in (shape.delimiters.get(section, b""),)
    )


def _with_body(part: PartSource, sections: dict[str, bytes]) -> PartSource:
    if part.content_type in TEXTS and not part.size:
        return replace(part, body=b"")
    body = sections.get(part.section)
    return part if body is None else replace(part, body=body, truncated=len(body) >= TEXT_LIMIT)


def _problems(message: _Described, header: bytes, parts: Sequence[PartSource]) -> Iterator[str]:
    if message.received == UNKNOWN_TIME:
        yield "received-unknown"
    if len(header) >= HEADER_LIMIT:
        yield "header-truncated"
    if any(part.content_type in TEXTS and part.body is None and not part.attachment for part in parts):
        yield "text-left-out"


def _fetch_whole(client: IMAPClient, messages: Iterable[_Described], split: Split) -> Iterator[tuple[int, MailSource]]:
    for message in messages:
        uid = message.placement.uid
        answers = _ask(client, [uid], message.items)
        if answers is None:
            yield uid, _unfetchable(message)
            continue
        for raw in (value or b"" for key, value in answers.get(uid, {}).items() if _section(key) == ""):
            source = split(raw, message.received, message.placement)
            cut = ("mail-truncated",) if len(raw) >= WHOLE_LIMIT else ()
            problems = (*source.problems, *cut, *_problems(message, b"", ()))
            yield uid, replace(source, size=message.size, problems=problems)


def _unfetchable(message: _Described) -> MailSource:
    """It is there and cannot be read: handed on empty, so that a person hears of it instead of nobody."""
    return MailSource(
        b"", (), message.received, size=message.size, placement=message.placement, problems=("unfetchable",)
    )


def _section(key: bytes) -> str | None:
    """The section of an answer's key, BODY[1.2]<0> -> "1.2"; None for other keys."""
    found = _BODY_KEY.fullmatch(key)
    return found[1].decode("ascii", "replace") if found else None
