"""Odd bodies of one part: charsets and encodings that are none, octets that are no text, markup without end."""

import base64
import zlib

from torture.building import CRLF, MARKUP, REQUEST, Builder, Table, an_odd_mail, markup, typed

_MEGABYTE = 1024 * 1024
_CHARSETS = {
    "that is none": b"x-klingon",
    "of one megabyte": b"a" * _MEGABYTE,
    "of NULs": b"\0\0\0",
    "that is empty": b'""',
    "that is a quotation mark": b'"',
    "that is a path": b"../../../../etc/passwd",
    "that is a module": b"os.system",
    "of dots": b"...",
    "of no ASCII": "ütf-8".encode(),
    "that is base64": b"base64",
    "that is zlib": b"zlib",
    "that is bz2": b"bz2",
    "that is hex": b"hex",
    "that is uu": b"uu",
    "that is rot13": b"rot13",
    "that is punycode": b"punycode",
    "that is idna": b"idna",
    "that is undefined": b"undefined",
    "that is unicode_escape": b"unicode_escape",
    "that is raw_unicode_escape": b"raw-unicode-escape",
    "that is utf-7": b"utf-7",
    "that is utf-8-sig": b"utf-8-sig",
    "that is mbcs": b"mbcs",
    "that is oem": b"oem",
    "that is EBCDIC": b"cp037",
    "that is hz": b"hz",
    "that is iso-2022-kr": b"iso-2022-kr",
    "that is iso-2022-jp-ext": b"iso-2022-jp-ext",
    "that is utf-16": b"utf-16",
    "that is utf-32": b"utf-32",
    "that is big5hkscs": b"big5hkscs",
}
_ENCODINGS = {
    "that is none": b"x-none",
    "that is empty": b"",
    "that is uuencode": b"x-uuencode",
    "that is gzip": b"gzip",
    "of NULs": b"\0",
    "of one megabyte": b"a" * _MEGABYTE,
    "named twice": b"base64, base64",
    "that is quoted base64": b'"base64"',
}
_NOT_TEXT = bytes(range(256)) * 200


def _encoded(body: bytes, encoding: bytes = b"base64") -> Builder:
    return lambda: typed(b"text/plain; charset=utf-8", body, encoding)


def _of(html: bytes) -> Builder:
    return lambda: markup(html)


def _nested(tag: bytes, depth: int) -> Builder:
    return lambda: markup((b"<" + tag + b">") * depth + MARKUP + (b"</" + tag + b">") * depth)


def _written(line: bytes, times: int, *fields: bytes) -> Builder:
    return lambda: an_odd_mail(b"Content-Type: text/plain; charset=utf-8", *fields, body=line * times + REQUEST)


def _of_many_styles() -> bytes:
    return markup(b"".join(b'<span style="a%d:b;display:none%d">x</span>' % (at, at) for at in range(20_000)))


def _inflating() -> bytes:
    squeezed = zlib.compress(b"a" * 64 * _MEGABYTE, 9)
    return typed(b"text/plain; charset=zlib", base64.encodebytes(squeezed), b"base64")


TEXTS: Table = {
    **{
        f"a charset {said}": (lambda charset=charset: typed(b"text/plain; charset=" + charset, REQUEST + _NOT_TEXT))  # type: ignore[misc]
        for said, charset in _CHARSETS.items()
    },
    **{
        f"an encoding {said}": (lambda encoding=encoding: typed(b"text/plain", REQUEST, encoding))  # type: ignore[misc]
        for said, encoding in _ENCODINGS.items()
    },
    # --- transfer encodings
    "base64 of five characters": _encoded(b"SGFsb"),
    "base64 of one character": _encoded(b"S"),
    "base64 of padding": _encoded(b"=" * 100_000),
    "base64 with padding after every character": _encoded(b"S=" * 400_000),
    "base64 with padding in the middle": _encoded(base64.b64encode(REQUEST[:40]) + base64.b64encode(REQUEST[40:])),
    "base64 of foreign characters": _encoded(b"S!G*F s\0b\xff" * 100_000),
    "base64 of no line breaks": _encoded(base64.b64encode(REQUEST * 20_000)),
    "base64 that stops halfway": _encoded(base64.encodebytes(REQUEST * 100)[:-31]),
    "base64 of base64": _encoded(base64.b64encode(base64.b64encode(REQUEST))),
    "quoted-printable of equals signs": _encoded(b"=" * 1_000_000, b"quoted-printable"),
    "quoted-printable of soft breaks": _encoded(b"=\r\n" * 300_000 + REQUEST, b"quoted-printable"),
    "quoted-printable that ends in half an octet": _encoded(REQUEST + b"=4", b"quoted-printable"),
    "quoted-printable of NULs": _encoded(b"=00=0D=0A" * 50_000 + REQUEST, b"quoted-printable"),
    "zlib that inflates": _inflating,
    # --- octets
    "a text of NULs": lambda: an_odd_mail(body=b"\0" * _MEGABYTE + REQUEST),
    "a text with NULs between the letters": lambda: an_odd_mail(body=REQUEST.replace(b"", b"\0")),
    "a text with bare CR": lambda: an_odd_mail(body=REQUEST.replace(CRLF, b"\r")),
    "a text of all octets": lambda: an_odd_mail(body=_NOT_TEXT),
    "a text of lone surrogates": lambda: typed(b"text/plain; charset=utf-8", b"\xed\xa0\x80" * 100_000 + REQUEST),
    "a text of lone surrogates in UTF-16": lambda: typed(b"text/plain; charset=utf-16-le", b"\0\xd8" * 100_000),
    "a text of UTF-8 too long": lambda: typed(b"text/plain; charset=utf-8", b"\xc0\x80\xf8\x88\x80\x80\x80" * 50_000),
    "a text of combining marks": _written("a\u0301\u0323".encode() * 100, 1_000),
    "a text of zero-width spaces": _written("\u200bv\u200be\u200br".encode(), 50_000),
    "a text of ligatures that fold long": _written("\ufdfa".encode(), 100_000),
    "a text of mathematical letters": _written("\U0001d42f\U0001d41e\U0001d42b".encode(), 30_000),
    "a text of capital sharp s and dotted I": _written("\u1e9e\u0130".encode(), 50_000),
    # --- lines
    "one line of five megabytes": lambda: an_odd_mail(body=b"a" * 5 * _MEGABYTE + REQUEST),
    "one word of a megabyte": _written(b"verwijder", 120_000),
    "a million line feeds": _written(b"\n", 1_000_000),
    "200,000 quote marks": _written(b">", 200_000),
    "200,000 quoted lines": _written(b"> a\r\n", 200_000),
    "lines quoted 1,000 deep": _written(b">" * 1_000 + b" a\r\n", 190),
    "20,000 signatures": _written(b"-- \r\nAnna\r\n", 20_000),
    "20,000 closings": _written(b"Met vriendelijke groet\r\n", 20_000),
    "20,000 attributions": _written(b"On Mon, 2 Nov 2026 at 10:29, Anna <anna@example.org> wrote:\r\n", 3_000),
    "20,000 attributions without an end": _written(b"On Mon, 2 Nov 2026 at 10:29, Anna wrote\r\n", 4_800),
    "20,000 header blocks": _written(b"From: a@example.org\r\nSent: now\r\nTo: b\r\nSubject: c\r\n\r\n", 3_500),
    "20,000 forwards": _written(b"---------- Forwarded message ---------\r\n", 5_000, b"Subject: Fwd: x"),
    "20,000 separators": _written(b"-----Original Message-----\r\n", 7_000),
    "20,000 colons": _written(b"a:\r\n", 50_000),
    "20,000 sentences of request words": _written(b"Verwijder mijn gegevens. ", 8_000),
    "request words without a full stop": _written(b"verwijder inzage bezwaar gegevens ", 5_800),
    "200,000 full stops": _written(b".", 190_000),
    "a flowed text without an end": lambda: typed(b"text/plain; format=flowed; delsp=yes", b"a \r\n" * 200_000),
    "a flowed text of quote depths": lambda: typed(
        b"text/plain; format=flowed", b"".join(b">" * (at % 300) + b" a \r\n" for at in range(2_000))
    ),
    # --- markup
    "markup nested 10,000 deep": _nested(b"div", 10_000),
    "markup nested 10,000 deep in quotes": _nested(b"blockquote", 10_000),
    "markup nested 10,000 deep in bold": _nested(b"b", 10_000),
    "markup nested 10,000 deep in tables": _nested(b"table><tr><td", 10_000),
    "markup nested 100,000 deep": _nested(b"i", 100_000),
    "markup nested 3,900 deep": _nested(b"div", 1_900),
    "markup of paragraphs that never close": _of(b"<p>" * 300_000 + MARKUP),
    "markup of formatting that never closes": _of(b"<b><i><u>" * 1_300 + MARKUP * 10),
    "markup of misnested formatting": _of(b"<b><p></b>" * 1_300 + MARKUP),
    "markup of misnested anchors": _of(b"<a><table>" * 1_900 + MARKUP),
    "markup of lists in an open select": _of(b"<select>" + b"<option>" * 50_000 + MARKUP),
    "markup of open brackets": _of(b"<" * _MEGABYTE),
    "markup of open tags": _of(b"<a " * 300_000 + MARKUP),
    "markup with one tag of a megabyte": _of(b"<a " + b"b=c " * 250_000 + b">" + MARKUP),
    "markup with one attribute of a megabyte": _of(b'<a b="' + b"c" * _MEGABYTE + b'">' + MARKUP),
    "markup of 200,000 breaks": _of(b"<br>" * 200_000 + MARKUP),
    "markup of entities": _of(b"&amp;" * 200_000 + MARKUP),
    "markup of entities that are none": _of(b"&#99999999999;&#xD800;&#0;&nope" * 30_000 + MARKUP),
    "markup of styles": _of_many_styles,
    "markup in a comment that never closes": _of(b"<!--" + MARKUP * 1_000),
    "markup in a title that never closes": _of(b"<title>" + MARKUP * 1_000),
    "markup in plaintext": _of(b"<plaintext>" + MARKUP),
    "markup with NULs in its tags": _of(MARKUP.replace(b"p", b"p\0")),
    "markup of frames": _of(b"<frameset><frame>" * 1_000 + MARKUP),
    "markup of templates": _of(b"<template>" * 1_500 + MARKUP),
    "markup of drawings": _of(b"<svg><foreignObject>" * 1_500 + MARKUP),
    "markup in UTF-7": lambda: typed(b"text/html; charset=utf-7", b"+ADw-p+AD4-verwijder+ADw-/p+AD4-"),
}
