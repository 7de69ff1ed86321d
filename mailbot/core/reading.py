"""Message bytes or parts to a `Mail`. Odd mail yields problem codes, never an exception; nothing is decided here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import re2

from mailbot.core import automatic, forwarding
from mailbot.core.addresses import mailboxes
from mailbot.core.bodies import Body, body_of, own_and_forwarded
from mailbot.core.decoding import transfer_decoded
from mailbot.core.headers import HeaderBlock, decoded, message_id, message_ids, parse
from mailbot.core.mail import (
    HEADER_TYPES,
    STATUS_TYPES,
    Address,
    Automatic,
    Forwarded,
    Mail,
    MailSource,
    PartSource,
    ReadingWords,
)
from mailbot.core.quoting import Quoting, Separated, joined, line_pattern
from mailbot.core.splitting import split

__all__ = ["Reader", "read", "split"]

_NOBODY: Final = Address("")
_NOTHING: Final = r"[^\s\S]"  # an alternative that never matches, for a reader without words


def read(source: MailSource, words: ReadingWords) -> Mail:
    """One mail read; for many mails build a `Reader` once, which compiles the words."""
    return Reader(words).read(source)


@dataclass(frozen=True, slots=True)
class _Text:
    """A message's text taken apart."""

    separated: Separated
    forwarded: Forwarded | None = None


_ACTION: Final = re.compile(rb"(?im)^action:[ \t]{0,9}([a-z-]{1,20})")


class Reader:
    """Reads mails with the words of all languages; keeps nothing between two mails."""

    def __init__(self, words: ReadingWords) -> None:
        self._words = words
        self._quoting = Quoting(words)
        self._patterns = automatic.Patterns(
            line_pattern(words.robot_sender),
            line_pattern(words.automatic_subject),
            frozenset(address.lower() for address in words.own_addresses),
        )
        self._forward_prefixes = frozenset(words.forward_prefix)
        self._prefix = re2.compile(
            joined((*words.forward_prefix, *words.reply_prefix, _NOTHING)) + r"(?:\[\d+\]|\(\d+\))?\s*:\s*"
        )

    def read(self, source: MailSource) -> Mail:
        """What we know of one message. Never raises; what was odd stands in `problems`."""
        header = parse(source.header)
        own, inside = own_and_forwarded(source.parts)
        body = body_of(own)
        senders = _mailboxes(header, "from")
        subject = decoded(header.first("subject"))
        signals = automatic.signals(header.fields, senders, subject, self._patterns)
        text = self._taken_apart(body.text, header, subject)
        # A report returns a mail of ours: nobody passed that on
        is_report = Automatic.REPORT in signals
        is_carrier = bool(source.forwarded_header) and not is_report
        return Mail(
            received=source.received,
            fingerprint=_fingerprint(header, senders, subject, (body, body_of(inside))),
            message_id=message_id(header.first("message-id")),
            sender=_only(senders, header),
            senders=senders,
            recipients=_mailboxes(header, "to") + _mailboxes(header, "cc"),
            subject=subject,
            new_text=text.separated.new_text,
            quoted_text=text.separated.quoted_text,
            signature=text.separated.signature,
            in_reply_to=message_ids(header.all("in-reply-to")),
            references=message_ids(header.all("references")),
            reply_to=_mailboxes(header, "reply-to"),
            headers=header.fields,
            automatic=signals,
            forwarded=forwarding.attached(source.forwarded_header, inside, self._quoting)
            if is_carrier
            else text.forwarded,
            returned=_returned(source) if is_report else (),
            outcomes=_outcomes(source.parts) if is_report else (),
            attachments=body.attachments,
            date=decoded(header.first("date")),
            problems=_problems(source, header, body, senders),
            placement=source.placement,
        )

    def _taken_apart(self, text: str, header: HeaderBlock, subject: str) -> _Text:
        prefix = self._first_prefix(subject)
        is_forward = prefix in self._forward_prefixes
        is_reply = bool(prefix and not is_forward) or bool(header.first("in-reply-to") or header.first("references"))
        found = forwarding.written_out(text, self._words, self._quoting, subject_says_so=is_forward)
        if found is None or not found[1].text:
            return _Text(self._quoting.separate(text, is_reply=is_reply))
        above, forwarded = found
        separated = self._quoting.separate(above, is_reply=True)
        below = text[len(above) :].strip("\n")
        quoted = "\n".join(filter(None, (separated.quoted_text, below)))
        return _Text(Separated(separated.new_text, quoted, separated.signature), forwarded)

    def _first_prefix(self, subject: str) -> str:
        match = self._prefix.match(subject)
        return match[0].partition(":")[0].rstrip("0123456789[]() ").lower() if match else ""


def _mailboxes(header: HeaderBlock, name: str) -> tuple[Address, ...]:
    return tuple(mailbox for value in header.all(name) for mailbox in mailboxes(value))


def _returned(source: MailSource) -> tuple[str, ...]:
    """The ids in the header of the mail that came back: whole, or with its header alone (RFC 6522 § 4)."""
    headers = (_body(part) for part in source.parts if part.content_type in HEADER_TYPES)
    return tuple(found for header in (source.forwarded_header, *headers) for found in _ids(header))


def _outcomes(parts: Sequence[PartSource]) -> tuple[str, ...]:
    bodies = (_body(part) for part in parts if part.content_type in STATUS_TYPES)
    return tuple(found.decode("ascii").lower() for body in bodies for found in _ACTION.findall(body))


def _body(part: PartSource) -> bytes:
    return transfer_decoded(part.body or b"", part.encoding)[0]


def _ids(returned_header: bytes) -> tuple[str, ...]:
    header = parse(returned_header)
    return message_ids((*header.all("message-id"), *header.all("references")))


def _only(senders: Sequence[Address], header: HeaderBlock) -> Address:
    """The one mailbox of From (RFC 5322 § 3.6.2); a field that was cut may have held more."""
    whole = header.cut.isdisjoint({"from", ""})
    return senders[0] if len(senders) == 1 and whole else _NOBODY


def _problems(source: MailSource, header: HeaderBlock, body: Body, senders: Sequence[Address]) -> tuple[str, ...]:
    problems = [*source.problems, *body.problems]
    problems += ["header-truncated"] if header.cut else []
    problems += ["from-missing"] if not senders else []
    problems += ["from-several"] if len(senders) > 1 else []
    problems += ["from-unreadable"] if len(senders) == 1 and not senders[0].email else []
    problems += ["message-id-missing"] if not message_id(header.first("message-id")) else []
    problems += ["text-missing"] if not body.text.strip() else []
    return tuple(dict.fromkeys(problems))


def _fingerprint(header: HeaderBlock, senders: Sequence[Address], subject: str, bodies: Sequence[Body]) -> str:
    """What a mail says of itself, not what servers add on its way; runs of spaces may differ between servers."""
    written = [f"{address.name} <{address.email}>" for address in senders]
    values = [header.first("message-id"), header.first("date"), subject, *written, *(body.text for body in bodies)]
    # No value holds a NUL: joined by it, no two different lists are the same
    return sha256("\0".join(" ".join(value.split()) for value in values).encode("utf-8")).hexdigest()
