"""Odd header blocks: fields that flood, dates that are none, addresses that are many or no addresses."""

from torture.building import CRLF, REQUEST, Builder, Table, an_odd_mail

_MEGABYTE = 1024 * 1024


def _with(*fields: bytes) -> Builder:
    return lambda: an_odd_mail(*fields)


def _subject_of_encoded_words(
    number: int, word: bytes = b"=?utf-8?q?=C3=A9?=", between: bytes = CRLF + b" "
) -> Builder:
    return lambda: an_odd_mail(b"Subject: " + between.join([word] * number))


def _many_fields() -> bytes:
    return an_odd_mail(*(b"X-Field-%d: %d" % (number, number) for number in range(20_000)))


def _many_froms() -> bytes:
    return an_odd_mail(*(b"From: writer%d@example.org" % number for number in range(500)))


def _many_received() -> bytes:
    hop = b"Received: from mx%d.example.net by mx%d.example.net with ESMTP id %d; Mon, 2 Nov 2026 09:00:00 +0100"
    return an_odd_mail(*(hop % (number, number + 1, number) for number in range(3_000)))


def _many_verdicts() -> bytes:
    verdict = b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.org"
    return an_odd_mail(*([verdict] * 2_000))


def _verdict_of_a_version(version: bytes) -> Builder:
    """As our own server would write it: above its own Received."""
    verdict = b"Authentication-Results: mx.example.com " + version + b"; dmarc=pass header.from=example.org"
    return lambda: an_odd_mail(verdict, b"Received: from mail.example.org by mx.example.com with ESMTPS id 1")


def _references() -> bytes:
    ids = (CRLF + b" ").join(b"<%d@example.org>" % number for number in range(30_000))
    return an_odd_mail(b"References: " + ids, b"In-Reply-To: " + ids)


def _parameters(joined: bytes) -> Builder:
    return lambda: an_odd_mail(b"Content-Type: text/plain; " + joined)


def _numbered_sections() -> bytes:
    sections = b"; ".join(b"name*%d*=utf-8''%%C3%%A9" % number for number in range(3_000))
    return an_odd_mail(b"Content-Type: text/plain; " + sections)


def _all_in_the_header() -> bytes:
    return b"From: anna@example.org\r\nSubject: Een vraag\r\n" + b"X-Long: " + b"a" * 2 * _MEGABYTE


def _folded_deep() -> bytes:
    return an_odd_mail(b"Subject: Een" + (CRLF + b" vraag") * 50_000)


HEADERS: Table = {
    # --- size
    "a subject of one megabyte": _with(b"Subject: " + b"a" * _MEGABYTE),
    "a subject of one megabyte of spaces": _with(b"Subject: " + b" " * _MEGABYTE + b"a"),
    "a subject folded 50,000 times": _folded_deep,
    "a subject of 20,000 encoded words": _subject_of_encoded_words(20_000),
    "a subject of 20,000 encoded words on one line": _subject_of_encoded_words(20_000, between=b" "),
    "a subject of 20,000 encoded words without a space": _subject_of_encoded_words(20_000, between=b""),
    "a subject of 20,000 openings of encoded words": _subject_of_encoded_words(20_000, b"=?utf-8?q?"),
    "a subject of 100,000 question marks": _with(b"Subject: =" + b"?" * 100_000 + b"="),
    "20,000 fields": _many_fields,
    "a name of a field of one megabyte": _with(b"X" * _MEGABYTE + b": 1"),
    "3,000 Received fields": _many_received,
    "2,000 verdicts": _many_verdicts,
    "a verdict of a version of 5,000 digits": _verdict_of_a_version(b"9" * 5_000),
    "30,000 references": _references,
    "a header of two megabytes and no body": _all_in_the_header,
    # --- encoded words
    "an encoded word in a charset that is none": _with(b"Subject: =?x-klingon?q?verzoek_om_inzage?="),
    "an encoded word in rot13": _with(b"Subject: =?rot13?q?irefbrx?="),
    "an encoded word in the codec idna": _with(b"Subject: =?idna?q?xn--verzoek?="),
    "an encoded word in the codec undefined": _with(b"Subject: =?undefined?q?verzoek?="),
    "an encoded word in the codec unicode_escape": _with(b"Subject: =?unicode_escape?q?=5Cud800?="),
    "an encoded word in UTF-7": _with(b"Subject: =?utf-7?q?+AOkA6Q-?= =?utf-7?q?+2D0?="),
    "an encoded word in an encoding that is none": _with(b"Subject: =?utf-8?x?verzoek?="),
    "an encoded word of five characters of base64": _with(b"Subject: =?utf-8?b?dmVye?="),
    "an encoded word of half a character": _with(b"Subject: =?utf-8?b?w?= =?utf-8?b?6Q==?="),
    "an encoded word that ends in a line feed": _with(b"Subject: =?utf-8?q?verzoek=0A?="),
    "an encoded word that adds a recipient": _with(b"Subject: =?utf-8?q?x=0D=0ABcc:_eve@example.net=0D=0A=0D=0A?="),
    "an encoded word with NULs": _with(b"Subject: =?utf-8?q?ver=00zoek?="),
    "an encoded word that turns the line around": _with(b"Subject: =?utf-8?q?=E2=80=AEkeozrev?="),
    "an encoded word in UTF-16 of odd length": _with(b"Subject: =?utf-16?b?AAEC?="),
    "an encoded word in UTF-16 of lone surrogates": _with(b"Subject: =?utf-16-le?b?ANgA2A==?="),
    "encoded words around an address": _with(b"From: =?utf-8?q?Anna_=3Canna=40example=2Eorg=3E?="),
    # --- addresses
    "50,000 commas": _with(b"From: " + b"," * 50_000),
    "50,000 commas in To": _with(b"To: " + b"," * 50_000, b"Cc: " + b"a@example.org," * 50_000),
    "50,000 open parentheses": _with(b"From: " + b"(" * 50_000 + b"anna@example.org"),
    "50,000 open brackets": _with(b"From: " + b"<" * 50_000 + b"anna@example.org"),
    "50,000 quotation marks": _with(b"From: " + b'"' * 49_999 + b" <anna@example.org>"),
    "50,000 backslashes": _with(b'From: "' + b"\\" * 49_999 + b'" <anna@example.org>'),
    "50,000 groups": _with(b"From: " + b"a:;" * 50_000),
    "50,000 routes": _with(b"From: <" + b"@a," * 50_000 + b":anna@example.org>"),
    "50,000 at signs": _with(b"From: " + b"@" * 50_000),
    "50,000 dots in an address": _with(b"From: anna@" + b"." * 50_000),
    "500 From fields": _many_froms,
    "no From": lambda: an_odd_mail(without=[b"From"]),
    "an empty From": _with(b"From:"),
    "a From of one NUL": _with(b"From: \0"),
    "a From in Latin-1 bare": _with("From: André Müller <andré@example.org>".encode("latin-1")),
    "a From with two addresses in one bracket": _with(b"From: <anna@example.org eve@example.net>"),
    "a From with bare CR": _with(b"From: Anna <anna@example.org>\rBcc: eve@example.net"),
    "a From in fullwidth letters": _with("From: ａｎｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ".encode()),
    "an address literal": _with(b"From: anna@[IPv6:2001:db8::1]"),
    "an address that is a surrogate": _with(b"From: \xed\xa0\x80@example.org"),
    # --- dates
    "a date in the year 99999": _with(b"Date: Fri, 31 Dec 99999 23:59:59 +0000"),
    "a date in the year 0": _with(b"Date: Sat, 01 Jan 0000 00:00:00 +0000"),
    "a date in the year 1 ahead of UTC": _with(b"Date: Mon, 01 Jan 0001 00:00:00 +2359"),
    "a date on 31 February": _with(b"Date: Sun, 31 Feb 2026 10:00:00 +0100"),
    "a date at 99:99": _with(b"Date: Mon, 02 Nov 2026 99:99:99 +9999"),
    "a date in a zone of 20 digits": _with(b"Date: Mon, 02 Nov 2026 10:00:00 +" + b"9" * 20),
    "a date of 10,000 digits": _with(b"Date: " + b"9" * 10_000),
    "a date in Arabic digits": _with("Date: ٠٢ Nov ٢٠٢٦ ١٠:٢٩:٠٠ +0100".encode()),
    # --- ids
    "a Message-ID of one megabyte": _with(b"Message-ID: <" + b"a" * _MEGABYTE + b"@example.org>"),
    "a Message-ID that is a bracket": _with(b"Message-ID: <"),
    "a Message-ID with a line break": _with(b"Message-ID: =?utf-8?q?<a=0D=0A@example.org>?="),
    "50,000 Message-IDs in one field": _with(b"Message-ID: " + b"<a@b>" * 50_000),
    "50,000 open references": _with(b"References: " + b"<" * 50_000),
    # --- parameters
    "50,000 parameters": _parameters(b"a=b;" * 50_000),
    "50,000 semicolons": _parameters(b";" * 50_000),
    "50,000 equals signs": _parameters(b"=" * 50_000),
    "50,000 parameters of one name": _parameters(b"charset=utf-8;" * 50_000),
    "3,000 sections of one parameter": _numbered_sections,
    "a section number of 10,000 digits": _parameters(b"name*" + b"9" * 10_000 + b"*=utf-8''a"),
    "a parameter that is never closed": _parameters(b'name="' + b"a" * 50_000),
    "a parameter of backslashes": _parameters(b'name="' + b"\\" * 50_001 + b'"'),
    "a parameter in a charset that is none": _parameters(b"name*=x-klingon''%E9%00%0D%0A; charset*=''"),
    "a type of 50,000 slashes": _with(b"Content-Type: " + b"/" * 50_000),
    # --- lines
    "no header": lambda: REQUEST,
    "no body": lambda: an_odd_mail(body=b""),
    "nothing at all": lambda: b"",
    "one NUL": lambda: b"\0",
    "one line feed": lambda: b"\n",
    "only line feeds": lambda: b"\r\n" * 100_000,
    "only CR as line ends": lambda: an_odd_mail().replace(CRLF, b"\r"),
    "LF and CR the wrong way round": lambda: an_odd_mail().replace(CRLF, b"\n\r"),
    "CR CR LF as line ends": lambda: an_odd_mail().replace(CRLF, b"\r\r\n"),
    "a header of bare CR in a mail of LF": _with(b"Subject: a\rFrom: eve@example.net\rX: b"),
    "a header of NULs": _with(b"Subject: \0ver\0zoek\0", b"X\0Y: 1"),
    "a header that begins with a space": lambda: b" Subject: verzoek\r\n" + an_odd_mail(),
    "a header with lines that are no fields": _with(b"not a field", b":", b": x", b"\xff\xfe: x", b"a b: c"),
    "a mail in an mbox": lambda: b"From anna@example.org Mon Nov  2 10:29:00 2026\n" + an_odd_mail(),
    "a mail of UTF-16": lambda: an_odd_mail().decode().encode("utf-16"),
    "a mail with a byte order mark": lambda: b"\xef\xbb\xbf" + an_odd_mail(),
    "a mail that is an image": lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 400,
}
