"""Odd structures: parts within parts, messages within messages, boundaries that are none, and what is no text."""

import base64

from torture.building import (
    CRLF,
    MARKUP,
    REQUEST,
    Builder,
    Table,
    a_multipart,
    a_text,
    an_odd_mail,
    in_parts,
    typed,
)

_MEGABYTE = 1024 * 1024
_TEXT = b"Content-Type: text/plain; charset=utf-8"
_HTML = b"Content-Type: text/html; charset=utf-8"
_MESSAGE = b"Content-Type: message/rfc822"


def _multiparts_within(depth: int) -> Builder:
    """Each with a boundary of its own, never closed."""

    def build() -> bytes:
        opened = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(depth)
        )
        return an_odd_mail(opened + _TEXT)

    return build


def _multiparts_of_one_boundary(depth: int) -> Builder:
    return lambda: an_odd_mail(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * depth + _TEXT)


def _messages_within(depth: int) -> Builder:
    return lambda: an_odd_mail(_MESSAGE, body=(_MESSAGE + CRLF + CRLF) * depth + an_odd_mail())


def _message_bomb(levels: int, width: int) -> Builder:
    """Each message holds `width` messages, each of which holds `width` more."""

    def build() -> bytes:
        inner = an_odd_mail()
        for level in range(levels):
            inner = a_multipart(*([a_text(_MESSAGE, body=inner)] * width), boundary=b"b%d" % level)
        return inner

    return build


def _prefix_boundaries(depth: int) -> Builder:
    """Each boundary begins with the one around it: a reader that compares beginnings closes too early."""

    def build() -> bytes:
        body = a_text(_TEXT)
        for at in range(depth, 0, -1):
            boundary = b"b" * at
            head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"'
            body = a_text(head, body=in_parts(body, boundary=boundary))
        return an_odd_mail().partition(CRLF + CRLF)[0] + CRLF + body

    return build


def _parts(number: int, part: bytes) -> Builder:
    return lambda: a_multipart(*([part] * number))


def _delimiters(number: int, line: bytes) -> Builder:
    return lambda: an_odd_mail(b"Content-Type: multipart/mixed; boundary=b", body=line * number + REQUEST)


def _bounded(boundary: bytes) -> Builder:
    return lambda: an_odd_mail(
        b"Content-Type: multipart/mixed; boundary=" + boundary, body=in_parts(a_text(_TEXT), boundary=boundary)
    )


def _attached(content_type: bytes, content: bytes, filename: bytes) -> bytes:
    return a_text(
        b"Content-Type: " + content_type + b'; name="' + filename + b'"',
        b'Content-Disposition: attachment; filename="' + filename + b'"',
        b"Content-Transfer-Encoding: base64",
        body=base64.encodebytes(content),
    )


def _tnef() -> bytes:
    """Outlook's winmail.dat: its signature, a key, and attributes of absurd lengths."""
    content = b"\x78\x9f\x3e\x22\x01\x00" + b"\x01\x06\x90\x08\x00\xff\xff\xff\xff" * 1_000
    return a_multipart(a_text(_TEXT), _attached(b"application/ms-tnef", content, b"winmail.dat"))


def _only_tnef() -> bytes:
    content = base64.encodebytes(b"\x78\x9f\x3e\x22\x01\x00" + b"\xff" * 100_000)
    return typed(b'application/ms-tnef; name="winmail.dat"', content, b"base64")


def _smime_signed() -> bytes:
    signature = _attached(b"application/pkcs7-signature", b"\x30\x82\xff\xff" * 1_000, b"smime.p7s")
    return a_multipart(a_text(_TEXT), signature, kind=b'signed; protocol="application/pkcs7-signature"; micalg=none')


def _smime_encrypted() -> bytes:
    kind = b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
    return typed(kind, base64.encodebytes(b"\x30\x80" * 100_000), b"base64")


def _smime_opaque() -> bytes:
    kind = b"application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m"
    return typed(kind, base64.encodebytes(b"\x30\x80\x06\x09" + a_text(_TEXT)), b"base64")


def _pgp_encrypted() -> bytes:
    version = a_text(b"Content-Type: application/pgp-encrypted", body=b"Version: 1\r\n")
    armour = (
        b"-----BEGIN PGP MESSAGE-----\r\n\r\n"
        + base64.encodebytes(bytes(range(256)) * 40)
        + b"-----END PGP MESSAGE-----"
    )
    secret = a_text(b"Content-Type: application/octet-stream; name=encrypted.asc", body=armour)
    return a_multipart(version, secret, kind=b'encrypted; protocol="application/pgp-encrypted"')


def _pgp_inline() -> bytes:
    signed = b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\n" + REQUEST
    return an_odd_mail(body=signed + b"-----BEGIN PGP SIGNATURE-----\r\n\r\n" + b"iQ==\r\n" * 2_000)


def _pgp_mangled() -> bytes:
    """As Exchange leaves it: mixed instead of encrypted, an empty text in front."""
    version = _attached(b"application/pgp-encrypted", b"Version: 1", b"PGPMIME version identification")
    return a_multipart(a_text(_TEXT, body=b""), version, _attached(b"application/octet-stream", b"x", b"encrypted.asc"))


def _report_of_nothing() -> bytes:
    status = a_text(b"Content-Type: message/delivery-status", body=b"Final-Recipient: \0\r\n\r\n" * 5_000)
    return a_multipart(a_text(_TEXT), status, kind=b"report; report-type=delivery-status")


def _external() -> bytes:
    head = b'Content-Type: message/external-body; access-type=local-file; name="/etc/passwd"'
    return an_odd_mail(head, body=a_text(_TEXT))


def _partial() -> bytes:
    return an_odd_mail(b'Content-Type: message/partial; id="a@example.org"; number=2; total=99999999999')


def _zip_bomb() -> bytes:
    return a_multipart(a_text(_TEXT), _attached(b"application/zip", b"PK\x03\x04" + b"\0" * _MEGABYTE, b"../../a.zip"))


def _invitation() -> bytes:
    calendar = b"BEGIN:VCALENDAR\r\n" * 5_000
    return a_multipart(a_text(_TEXT), a_text(b"Content-Type: text/calendar; method=REQUEST", body=calendar))


def _uuencoded() -> bytes:
    return an_odd_mail(body=REQUEST + b"begin 644 ../../a.exe\r\n" + b"M" * 61 + b"\r\n`\r\nend\r\n")


def _alternatives() -> bytes:
    return a_multipart(*(a_text(_HTML, body=MARKUP * at) for at in range(1, 190)), kind=b"alternative")


def _wide_message() -> bytes:
    """An attached message whose own header claims to be a multipart of the boundary around it."""
    inner = an_odd_mail(b"Content-Type: multipart/mixed; boundary=b", body=b"--b--\r\n" + REQUEST)
    return a_multipart(a_text(_MESSAGE, body=inner), a_text(_TEXT))


STRUCTURES: Table = {
    # --- nesting
    "multiparts nested 10,000 deep": _multiparts_within(10_000),
    "multiparts nested 10,000 deep in one boundary": _multiparts_of_one_boundary(10_000),
    "multiparts nested 29 deep": _multiparts_within(29),
    "multiparts whose boundaries begin alike": _prefix_boundaries(60),
    "messages nested 10,000 deep": _messages_within(10_000),
    "messages nested 29 deep": _messages_within(29),
    "a bomb of messages, wide": _message_bomb(2, 100),
    "a bomb of messages, deep": _message_bomb(12, 2),
    "a bomb of messages, narrow and deeper than is read": _message_bomb(40, 1),
    "a message that claims the boundary around it": _wide_message,
    "an attached message without a header": lambda: an_odd_mail(_MESSAGE, body=REQUEST),
    "an attached message of nothing": lambda: a_multipart(a_text(_TEXT), a_text(_MESSAGE, body=b"")),
    "an attached message in base64": lambda: typed(b"message/rfc822", base64.encodebytes(an_odd_mail()), b"base64"),
    # --- many
    "20,000 parts": _parts(20_000, a_text(_TEXT, body=b"a")),
    "20,000 parts of nothing": _parts(20_000, b""),
    "200 parts of markup": _alternatives,
    "100,000 delimiters": _delimiters(100_000, b"--b\r\n"),
    "100,000 delimiters that close": _delimiters(100_000, b"--b--\r\n"),
    "100,000 delimiters that nearly are": _delimiters(100_000, b"--bb\r\n"),
    "100,000 delimiters in the middle of lines": _delimiters(100_000, b"a--b\r\n"),
    "a delimiter without line ends": _delimiters(200_000, b"--b"),
    # --- boundaries
    "a boundary that is empty": _bounded(b""),
    "a boundary of one megabyte": _bounded(b"b" * _MEGABYTE),
    "a boundary of spaces": _bounded(b'"   "'),
    "a boundary of NULs": _bounded(b"\0\0"),
    "a boundary of no ASCII": _bounded("grenß".encode()),
    "a boundary in Latin-1": _bounded("grenß".encode("latin-1")),
    "a boundary of two hyphens": _bounded(b"--"),
    "a boundary of regular expressions": _bounded(b"(.*)*[a"),
    "a boundary that never comes": lambda: an_odd_mail(b"Content-Type: multipart/mixed; boundary=never"),
    "no boundary": lambda: an_odd_mail(b"Content-Type: multipart/mixed", body=in_parts(a_text(_TEXT))),
    "a multipart in base64": lambda: an_odd_mail(
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Transfer-Encoding: base64",
        body=base64.encodebytes(in_parts(a_text(_TEXT))),
    ),
    "a multipart of nothing": lambda: an_odd_mail(b"Content-Type: multipart/mixed; boundary=b", body=b""),
    "a multipart that only closes": lambda: an_odd_mail(b"Content-Type: multipart/mixed; boundary=b", body=b"--b--"),
    "a part without an end to its header": lambda: a_multipart(_TEXT),
    "a part with a header of one megabyte": lambda: a_multipart(a_text(b"X: " + b"a" * _MEGABYTE, _TEXT)),
    "a type that is empty": lambda: typed(b"", REQUEST),
    "a type of one word": lambda: typed(b"text", REQUEST),
    "a type of one word and a charset": lambda: typed(b"text; charset=us-ascii", REQUEST),
    "a type that ends in a slash": lambda: typed(b"text/", REQUEST),
    "a type of three words": lambda: typed(b"text/plain/html", REQUEST),
    "a type that is a star": lambda: typed(b"*/*", REQUEST),
    # --- no text
    "TNEF beside a text": _tnef,
    "TNEF alone": _only_tnef,
    "S/MIME, signed": _smime_signed,
    "S/MIME, encrypted": _smime_encrypted,
    "S/MIME, signed and opaque": _smime_opaque,
    "PGP, encrypted": _pgp_encrypted,
    "PGP, signed within the text": _pgp_inline,
    "PGP, mangled by a server": _pgp_mangled,
    "a delivery report of nothing": _report_of_nothing,
    "a body that lies elsewhere": _external,
    "a message in pieces": _partial,
    "an archive that inflates": _zip_bomb,
    "an invitation": _invitation,
    "a uuencoded program": _uuencoded,
    "an attachment whose name is a path of NULs": lambda: a_multipart(
        a_text(_TEXT), _attached(b"application/pdf", b"%PDF", b"..\0/" * 1_000)
    ),
}
