"""Mails for tests, built with verbs: `a_mail(subject="…")`. All texts and people are invented."""

from base64 import encodebytes
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.header import Header
from quopri import encodestring

CRLF = b"\r\n"
CUSTOMER = "Anna de Wit <anna@example.org>"
COMPANY = "info@example.com"
RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
WRITTEN = "Mon, 02 Nov 2026 10:29:00 +0100"

Headers = Mapping[str, str | Sequence[str] | None]


def a_mail(
    *,
    subject: str | None = "Een vraag",
    text: str | None = "Hallo, ik heb een vraag.\n",
    html: str | None = None,
    sender: str | None = CUSTOMER,
    to: str | None = COMPANY,
    date: str | None = WRITTEN,
    message_id: str | None = "<1@example.org>",
    headers: Headers | None = None,
    charset: str = "utf-8",
    encoding: str = "8bit",
    parameters: str = "",
    attachments: Sequence[tuple[str, str, bytes]] = (),
    forwarding: bytes | None = None,
) -> bytes:
    """One mail as raw bytes with CRLF line ends.

    `text` and `html` together become multipart/alternative. `headers` come on top in the order given, a sequence gives
    one field per value; a name that the mail has anyhow replaces it, None leaves it out. `attachments` are (filename,
    content type, content); `forwarding` is a whole mail attached as message/rfc822. `encoding` is 8bit,
    quoted-printable or base64, `parameters` joins the text's Content-Type ('; format=flowed').
    """
    usual = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": date,
        "Message-ID": message_id,
        "MIME-Version": "1.0",
    }
    extra = dict(headers or {})
    named = {name.lower() for name in extra}
    fields = [*extra.items(), *((name, value) for name, value in usual.items() if name.lower() not in named)]
    head = b"".join(_field(name, value) for name, values in fields for value in _each(values))
    body = _body(text, html, charset, encoding, parameters)
    pieces = [_attached(*attachment) for attachment in attachments]
    if forwarding is not None:
        pieces.append(b"Content-Type: message/rfc822\r\n\r\n" + forwarding)
    return head + (_multipart("mixed", [body, *pieces]) if pieces else body)


def a_reply(text: str, *, subject: str = "Re: Een vraag", to_message: str = "<0@example.com>", **more: object) -> bytes:
    """An answer in a thread; `text` holds whatever the client quotes."""
    headers = {"In-Reply-To": to_message, "References": to_message}
    return a_mail(text=text, subject=subject, headers=headers, **more)  # type: ignore[arg-type]


def a_newsletter(**more: object) -> bytes:
    """A mail to a list of people."""
    headers = {"List-Unsubscribe": "<https://news.example.net/u/1>", "Precedence": "bulk"}
    return a_mail(
        **{"subject": "Nieuws", "sender": "Nieuws <news@example.net>", "headers": headers, **more}  # type: ignore[arg-type]
    )


def an_out_of_office(**more: object) -> bytes:
    """The automatic answer of somebody on holiday (RFC 3834)."""
    headers = {"Auto-Submitted": "auto-replied"}
    return a_mail(**{"subject": "Automatisch antwoord: afwezig", "headers": headers, **more})  # type: ignore[arg-type]


def a_bounce(*, recipient: str = "anna@example.org", of: bytes | None = None, status: str = "5.1.1") -> bytes:
    """A delivery status notification (RFC 3464) about a mail of ours to `recipient`."""
    report = (
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n"
    )
    pieces = [
        b"Content-Type: text/plain; charset=us-ascii\r\n\r\nYour message could not be delivered.\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n" + _crlf(report.encode()),
        b"Content-Type: message/rfc822\r\n\r\n"
        + (of or a_mail(sender=COMPANY, to=recipient, message_id="<0@example.com>")),
    ]
    fields = {
        "Return-Path": "<>",
        "Auto-Submitted": "auto-replied",
        "From": "Mail Delivery System <mailer-daemon@mx.example.org>",
        "To": COMPANY,
        "Subject": "Undelivered Mail Returned to Sender",
        "Date": WRITTEN,
        "Message-ID": "<bounce-1@mx.example.org>",
        "MIME-Version": "1.0",
    }
    head = b"".join(_field(name, value) for name, value in fields.items())
    return head + _multipart("report; report-type=delivery-status", pieces)


def _each(values: str | Sequence[str] | None) -> Sequence[str]:
    if values is None:
        return ()
    return (values,) if isinstance(values, str) else values


def _field(name: str, value: str) -> bytes:
    text = value if value.isascii() else Header(value, "utf-8", maxlinelen=900).encode()
    return f"{name}: {text}".encode("ascii") + CRLF


def _crlf(content: bytes) -> bytes:
    return content.replace(CRLF, b"\n").replace(b"\n", CRLF)


def _body(text: str | None, html: str | None, charset: str, encoding: str, parameters: str) -> bytes:
    leaves = [
        _leaf(f"text/{kind}; charset={charset}{parameters}", content.encode(charset), encoding)
        for kind, content in (("plain", text), ("html", html))
        if content is not None
    ]
    return leaves[0] if len(leaves) == 1 else _multipart("alternative", leaves)


def _leaf(content_type: str, content: bytes, encoding: str) -> bytes:
    encoded = {
        "base64": lambda: encodebytes(content),
        "quoted-printable": lambda: encodestring(content),
    }.get(encoding, lambda: content)()
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + _crlf(encoded)


def _attached(filename: str, content_type: str, content: bytes) -> bytes:
    head = (
        f'Content-Type: {content_type}; name="{filename}"\r\nContent-Disposition: attachment; filename="{filename}"\r\n'
    )
    return head.encode("ascii") + b"Content-Transfer-Encoding: base64\r\n\r\n" + _crlf(encodebytes(content))


def _multipart(subtype: str, pieces: Sequence[bytes]) -> bytes:
    boundary = f"=_{subtype.partition(';')[0]}_1"
    body = b"".join(b"--" + boundary.encode() + CRLF + piece + CRLF for piece in pieces)
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'
    return head.encode("ascii") + body + b"--" + boundary.encode() + b"--" + CRLF
