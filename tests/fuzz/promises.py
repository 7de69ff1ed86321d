"""What holds for every read mail, whatever came in; kept by the property tests and by the fuzz target."""

import re
from collections.abc import Iterator

from mailbot.core.bodies import LENGTH_CAP
from mailbot.core.classifying import Classification
from mailbot.core.headers import ID_CAP, message_id
from mailbot.core.mail import Address, Mail

# Control characters but tab and line feed, separators of lines and paragraphs, and what turns a line around
_NOT_IN_A_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ADDRESS_LENGTH = 64 + 1 + 255  # RFC 5321 § 4.5.3.1


class PromiseBroken(AssertionError):
    """A read mail holds what no read mail may hold."""


def keep(mail: Mail) -> None:
    """Raise `PromiseBroken` when this mail does not hold what is promised of every mail."""
    for place, text in _texts(mail):
        _demand(not _NOT_IN_A_TEXT.search(text), f"{place} holds a control character")
        _demand(len(text) <= LENGTH_CAP + 1, f"{place} is {len(text)} characters long")
    for place, line in _lines(mail):
        _demand(not _NOT_IN_A_LINE.search(line), f"{place} is no clean line")
    for address in _addresses(mail):
        _demand(not _NOT_IN_A_LINE.search(address.email + address.name), "an address is no clean line")
        _demand(len(address.email) <= _ADDRESS_LENGTH, f"an address is {len(address.email)} characters long")
        _demand(not address.email or "@" in address.email, "an address has no domain")
    for identifier in (*mail.references, *mail.in_reply_to, *mail.returned, *filter(None, [mail.message_id])):
        _demand(message_id(identifier) == identifier, "an id cannot be referred to")
    _demand(max(len(mail.references), len(mail.in_reply_to), len(mail.returned)) <= ID_CAP, "ids without end")
    _demand(mail.sender in mail.senders if mail.sender.email else True, "the sender is none of From's mailboxes")
    _demand(re.fullmatch("[0-9a-f]{64}", mail.fingerprint) is not None, "the fingerprint is none")


def keep_classified(found: Classification) -> None:
    """The same for what a mail is taken to be."""
    _demand(0 <= found.score <= 1, f"the score is {found.score}")
    _demand(bool(found.decision), "no decision")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise PromiseBroken(otherwise)


def _texts(mail: Mail) -> Iterator[tuple[str, str]]:
    yield from (("new_text", mail.new_text), ("quoted_text", mail.quoted_text), ("signature", mail.signature))
    if mail.forwarded:
        yield "the forwarded text", mail.forwarded.text


def _lines(mail: Mail) -> Iterator[tuple[str, str]]:
    yield from (("subject", mail.subject), ("date", mail.date), ("message_id", mail.message_id))
    yield from ((f"the field {name}", value) for name, value in mail.headers)
    yield from (("a problem", problem) for problem in mail.problems)
    yield from (("an attachment's type", kind) for kind in mail.attachments)
    if mail.forwarded:
        yield "the forwarded date", mail.forwarded.date


def _addresses(mail: Mail) -> Iterator[Address]:
    yield from (mail.sender, *mail.senders, *mail.recipients, *mail.reply_to)
    if mail.forwarded:
        yield mail.forwarded.sender
