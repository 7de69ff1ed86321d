"""Verbs that build odd mails octet by octet: no mail library writes what these hold."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

Builder = Callable[[], bytes]
Table = Mapping[str, Builder]

CRLF = b"\r\n"
REQUEST = b"Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\r\nGroet, Anna\r\n"
MARKUP = b"<p>Verwijder alsjeblieft al mijn gegevens uit jullie systeem.</p>\r\n"
_USUAL = (
    (b"From", b"Anna de Wit <anna@example.org>"),
    (b"To", b"info@example.com"),
    (b"Subject", b"Een vraag"),
    (b"Date", b"Mon, 02 Nov 2026 10:29:00 +0100"),
    (b"MIME-Version", b"1.0"),
)


def an_odd_mail(*fields: bytes, body: bytes = REQUEST, without: Iterable[bytes] = ()) -> bytes:
    """A mail with these header lines, each in the place of the usual one of its name; `without` leaves those out."""
    given = {field.partition(b":")[0].strip().lower() for field in fields} | {name.lower() for name in without}
    own_id = b"<" + sha256(b"".join([*fields, body])).hexdigest().encode()[:16] + b"@example.org>"
    usual = [name + b": " + value for name, value in (*_USUAL, (b"Message-ID", own_id)) if name.lower() not in given]
    return CRLF.join([*usual, *fields]) + CRLF + CRLF + body


def a_text(*fields: bytes, body: bytes = REQUEST) -> bytes:
    """One part with its own header lines, for `in_parts` or after "Content-Type: message/rfc822"."""
    return CRLF.join([*fields, b""]) + CRLF + body


def in_parts(*parts: bytes, boundary: bytes = b"b") -> bytes:
    """The body of a multipart."""
    return b"".join(b"--" + boundary + CRLF + part + CRLF for part in parts) + b"--" + boundary + b"--" + CRLF


def a_multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b") -> bytes:
    """A mail of these parts."""
    content_type = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"'
    return an_odd_mail(content_type, body=in_parts(*parts, boundary=boundary))


def typed(content_type: bytes, body: bytes = REQUEST, encoding: bytes = b"8bit") -> bytes:
    """A mail of one part with this Content-Type and Content-Transfer-Encoding as they stand."""
    return an_odd_mail(b"Content-Type: " + content_type, b"Content-Transfer-Encoding: " + encoding, body=body)


def markup(html: bytes) -> bytes:
    """A mail of HTML only."""
    return typed(b"text/html; charset=utf-8", html)
