"""Odd mails that are cheap to write and were dear to read: each takes one loop or one list to its worst case."""

from torture.building import Builder, Table, a_multipart, a_text, an_odd_mail, in_parts, markup, typed

_PLAIN = b"text/plain; charset=utf-8"
_TEXT = b"Content-Type: " + _PLAIN
_MARKS = "\u0301\u0323".encode()  # an accent above and a dot below: sorted when a text is normalised
_LIGATURE = "\ufdfa".encode()  # one character that folds to eighteen


def _of(content_type: bytes, body: bytes) -> Builder:
    return lambda: typed(content_type, body)


def _doubled(line: bytes, times: int) -> Builder:
    """The same text as a reply and as the message attached to it: both are taken apart."""

    def build() -> bytes:
        answers = (b"Subject: Re: vraag", b"In-Reply-To: <a@example.org>")
        inner = an_odd_mail(_TEXT, *answers, body=line * times)
        parts = in_parts(a_text(_TEXT, body=line * times), a_text(b"Content-Type: message/rfc822", body=inner))
        return an_odd_mail(b"Content-Type: multipart/mixed; boundary=b", *answers, body=parts)

    return build


def _parts_too_deep() -> bytes:
    """Parts just below the deepest level that is read: nothing counts them."""
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(29))
    return an_odd_mail(opened + b"Content-Type: multipart/mixed; boundary=z", body=b"--z\n" * 3_000_000)


def _boundaries_alike(lines: int) -> Builder:
    """Every line begins with the boundaries of all levels and is none of them."""

    def build() -> bytes:
        opened = b"".join(
            b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n" % (b"b" * at, b"b" * at)
            for at in range(1, 29)
        )
        return an_odd_mail(opened + b"X: y", body=(b"--" + b"b" * 30 + b"\n") * lines)

    return build


COSTS: Table = {
    "100,000 lines of one space": _of(_PLAIN, b" \n" * 100_000 + b"einde"),
    "100,000 line feeds below a quote": _of(_PLAIN, b"> vraag\n" + b"\n" * 100_000 + b"einde"),
    "200,000 combining marks on one letter": _of(_PLAIN, b"a" + _MARKS * 100_000),
    "60,000 combining marks in a subject": lambda: an_odd_mail(b"Subject: a" + _MARKS * 30_000),
    "markup closed by other tags": lambda: markup(b"<i></b>" * 149_000),
    "markup closed in comments": lambda: markup(b"<i><!--</i>-->" * 74_000),
    "markup closed in attributes": lambda: markup(b"<i a='</i>'>" * 87_000),
    "markup with brackets in its attributes": lambda: markup(b"<ul a=<>" * 125_000),
    "markup closed by the beginnings of names": lambda: markup(b"<x-y></x>" * 110_000),
    "markup of a tag that never closes": lambda: markup(b"<" * 4_001 + b"<" + b"a" * 300_000),
    "30 parts of markup": lambda: a_multipart(*[a_text(b"Content-Type: text/html", body=b"<p>a" * 250_000)] * 30),
    "200 parts of text": lambda: a_multipart(*[a_text(_TEXT, body=b"a\n" * 50_000)] * 200),
    "parts that are too deep to be read": _parts_too_deep,
    "boundaries that all begin alike": _boundaries_alike(120_000),
    "200,000 ligatures": _of(_PLAIN, _LIGATURE * 200_000),
    "colons in a reply and in what it forwards": _doubled(b"a:\n", 66_000),
    "writers in a reply and in what it forwards": _doubled(b"van:\n", 40_000),
    "words in a reply and in what it forwards": _doubled(b"verwijder mijn gegevens. \n", 7_600),
}
