"""Bytes of the mails that leave, and of the drafts that lie on the desk. Nothing is sent here.

A mail that goes out is built anew from its text, its attachments and a list of allowed headers: whatever a mail client
added to the draft (Bcc, Fcc, Reply-To, X-Mozilla-*) stays behind. It is text/plain only, also when the draft was
written as HTML: what was checked is then exactly what is sent, and no second part can say something else.
The same input always gives the same bytes, so that a restart after a crash finds the SHA-256 that was approved.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address as AddressValue
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import EmailPolicy, compat32
from typing import Final

from mailbot.core.addresses import mailboxes
from mailbot.core.decoding import one_line
from mailbot.core.draft_text import Attachment, DraftText, parse_draft
from mailbot.core.errors import NeedsPerson
from mailbot.core.headers import message_ids, parse
from mailbot.core.mail import Address
from mailbot.core.rendering import Words

_AS_IS: Final = frozenset({"message-id", "in-reply-to", "references", "from", "to", "cc", "bcc", "date"})
_REFERENCES_KEPT: Final = 20  # the first and the latest: RFC 5322 § 3.6.4 wants all, relays refuse endless fields
_LONGEST_ID: Final = 900  # characters; leaves room for the name of the field
_BARE_BREAK: Final = re.compile(rb"\0|\r(?!\n)|(?<!\r)\n")
_MIME_FIELDS: Final = ("content-type", "content-transfer-encoding", "mime-version")

HeaderValue = str | datetime | AddressValue


class NotAsPlanned(NeedsPerson):
    """The bytes that were built do not hold exactly the planned headers: nothing is sent."""


class _WrittenAsIs(EmailPolicy):
    """Ids and addresses go out as they came in.

    Python 3.11 makes an encoded word of an id longer than a line, which breaks threads, and quotes or refuses addresses
    that exist ("a..b@example.org").
    """

    def header_store_parse(self, name: str, value: HeaderValue) -> tuple[str, str]:
        """The field as it is kept; only fields with words of a person are parsed."""
        if name.lower() in _AS_IS and isinstance(value, str):
            return name, " ".join(value.split())
        stored: tuple[str, str] = super().header_store_parse(name, value)
        return stored

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header field as bytes, folded between ids, never within one (RFC 5322 § 2.2.3)."""
        if name.lower() not in _AS_IS or hasattr(value, "fold"):
            return super().fold_binary(name, value)
        return f"{name}: {f'{self.linesep} '.join(value.split())}{self.linesep}".encode("ascii", "replace")


# refold_source: a mail that the person attached keeps its own header lines
_POLICY: Final = _WrittenAsIs(linesep="\r\n", refold_source="none")


def freeze(raw: bytes, *, sender: Address, recipient: str, message_id: str, date: datetime) -> bytes:
    """What goes out for an approved draft; the same arguments always give the same bytes.

    Subject, thread and attachments come from the draft; From, To, Date and Message-ID only from the arguments.
    Raises `NotAsPlanned` when the result does not hold exactly that.
    """
    draft = parse_draft(raw)
    headers: dict[str, HeaderValue] = {
        "From": address_value(sender),
        "To": recipient,
        "Subject": one_line(draft.subject),
        "Date": date,
        "Message-ID": message_id,
        "In-Reply-To": " ".join(kept_references(draft.in_reply_to[:1])),
        "References": " ".join(kept_references(draft.references)),
    }
    frozen = write_message(headers, draft.text, draft.attachments)
    _require_as_planned(frozen, {name.lower() for name, value in headers.items() if value}, recipient, message_id)
    return frozen


def _require_as_planned(frozen: bytes, names: set[str], recipient: str, message_id: str) -> None:
    block_bytes = frozen.partition(b"\r\n\r\n")[0]
    block = parse(block_bytes)
    found = sorted(name for name, _ in block.fields if name not in _MIME_FIELDS)
    as_planned = (
        not _BARE_BREAK.search(block_bytes)
        and found == sorted(names)
        and block.all("to") == (recipient,)
        and [address.email for address in mailboxes(recipient)] == [recipient]
        and message_ids(block.all("message-id")) == (message_id,)
    )
    if not as_planned:
        raise NotAsPlanned("the approved draft cannot be rebuilt as a safe mail; write the answer again from the draft")


def kept_references(ids: Sequence[str]) -> tuple[str, ...]:
    """The ids of a thread, each once; of a long one the first and the latest (RFC 5322 § 3.6.4)."""
    unique = tuple(dict.fromkeys(filter(fits_a_line, ids)))
    return unique if len(unique) <= _REFERENCES_KEPT else (unique[0], *unique[1 - _REFERENCES_KEPT :])


def fits_a_line(message_id: str) -> bool:
    """Whether an id can stand in a header: a line has at most 998 octets and an id cannot be folded (§ 2.1.1)."""
    return 0 < len(message_id) <= _LONGEST_ID


def address_value(address: Address) -> AddressValue:
    """A configured address as a header value; its name may hold any letters."""
    return AddressValue(display_name=one_line(address.name), addr_spec=address.email)


def write_message(
    headers: Mapping[str, HeaderValue], text: str, attachments: Sequence[Attachment] = (), *, html: str = ""
) -> bytes:
    """A mail with CRLF line ends: text/plain in UTF-8, an HTML alternative if given, then the attachments.

    Quoted-printable keeps long paragraphs whole, so that clients wrap them and a person can edit them; 8-bit lines of
    that length break on the way (RFC 5322 § 2.1.1). Empty headers are left out.
    """
    message = EmailMessage(policy=_POLICY)
    for name, value in headers.items():
        if value:
            message[name] = value
    message.set_content(text, cte="quoted-printable")
    if html:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    for attachment in attachments:
        _attach(message, attachment)
    if message.is_multipart():
        message.set_boundary(_boundary(text, html, attachments))
    return message.as_bytes()


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    filename = attachment.filename or None
    if attachment.content_type == "message/rfc822":
        # RFC 2046 § 5.2.1: a mail inside a mail is never base64
        inner: Message = BytesParser(policy=compat32).parsebytes(attachment.content)
        message.add_attachment(inner, filename=filename)
        return
    maintype, _, subtype = attachment.content_type.partition("/")
    message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=filename)


def _boundary(text: str, html: str, attachments: Sequence[Attachment]) -> str:
    """From the content, where the library would draw lots; "=_" stands in no quoted-printable or base64 line."""
    digest = hashlib.sha256(f"{text}\0{html}".encode())
    for attachment in attachments:
        digest.update(hashlib.sha256(attachment.content).digest())
    return f"=_{digest.hexdigest()[:40]}"


# --- held-back drafts ----------------------------------------------------------------------------------------------


def with_reason(raw: bytes, sentences: Sequence[str], words: Words) -> bytes:
    """The draft with the reasons on top, between "[[" and "]]": half removed, it still counts as a placeholder."""
    listed = "\n".join(f"- {_without_brackets(sentence)}" for sentence in sentences)
    block = f"[[ {words['reply']['held']}\n{listed}\n{words['reply']['held_remedy']} ]]"
    draft = parse_draft(without_reason(raw, words))
    unread = (Attachment("application/octet-stream", "draft.eml", raw),) if draft.problems else ()
    return _redrafted(draft, f"{block}\n\n{draft.text}", (*draft.attachments, *unread))


def without_reason(raw: bytes, words: Words) -> bytes:
    """The draft without the block of `with_reason`; the very same bytes when there is none on top.

    Clients wrap lines anew, so the block is recognised by its first sentence, spaces aside.
    """
    draft = parse_draft(raw)
    opening = r"\s+".join(map(re.escape, words["reply"]["held"].split()))
    block = re.match(rf"\s*\[\[\s*{opening}[^\[\]]*\]\]\s*", draft.text)
    return _redrafted(draft, draft.text[block.end() :], draft.attachments) if block else raw


def _without_brackets(sentence: str) -> str:
    return sentence.replace("[", "(").replace("]", ")")


def _redrafted(draft: DraftText, text: str, attachments: Sequence[Attachment]) -> bytes:
    """The draft as the person has it, with another text: his recipients stay, so that he sees what he changed."""
    headers = {
        "From": _list(draft.sender),
        "To": _list(draft.to),
        "Cc": _list(draft.cc),
        "Bcc": _list(draft.bcc),
        "Subject": one_line(draft.subject),
        "Date": one_line(draft.date),
        "Message-ID": draft.message_id,
        "In-Reply-To": " ".join(draft.in_reply_to),
        "References": " ".join(draft.references),
    }
    return write_message(headers, text, attachments)


def _list(addresses: Sequence[Address]) -> str:
    return ", ".join(address.email for address in addresses if address.email.isascii())


# --- digests and alarms ----------------------------------------------------------------------------------------------


def automatic_message(
    subject: str, text: str, html: str = "", *, sender: Address, recipient: str, message_id: str, date: datetime
) -> bytes:
    """A mail as text, and HTML if given. It says that a program wrote it, so that no other program answers it."""
    headers: dict[str, HeaderValue] = {
        "From": address_value(sender),
        "To": recipient,
        "Subject": one_line(subject),
        "Date": date,
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",  # RFC 3834 § 5
    }
    return write_message(headers, text, html=html)
