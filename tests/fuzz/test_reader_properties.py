"""Whatever octets come in, a read mail keeps the promises, and reading twice gives the same."""

from datetime import UTC, datetime

from fuzz.promises import keep
from hypothesis import given
from hypothesis import strategies as st
from torture.building import a_text, an_odd_mail, in_parts
from torture.odd_mails import ODD_MAILS

from mailbot.config.reading import load_reading_words
from mailbot.core.mail import Mail
from mailbot.core.reading import Reader, split

RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
READER = Reader(load_reading_words(None, frozenset()))

NAMES = st.sampled_from(
    [
        b"From",
        b"To",
        b"Subject",
        b"Date",
        b"Message-ID",
        b"References",
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"X-A",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [
            b"=?utf-8?q?=0D=0ABcc:_x@example.org?=",
            b"a@example.org, <b@example.org>",
            b"multipart/mixed; boundary=b",
            b"text/html; charset=utf-7",
            b"message/rfc822",
            b"base64",
            b"Fri, 31 Feb 99999 25:61:61 +9999",
        ]
    ),
)
FIELDS = st.lists(st.tuples(NAMES, VALUES).map(b": ".join), max_size=12)
BODIES = st.one_of(
    st.binary(max_size=300), st.lists(st.binary(max_size=80), max_size=5).map(lambda parts: in_parts(*parts))
)


def within(parts: list[bytes], boundary: bytes, kind: bytes) -> bytes:
    """These parts as one part that holds them."""
    return a_text(b"Content-Type: " + kind + b"; boundary=" + boundary, body=in_parts(*parts, boundary=boundary))


LEAVES = st.tuples(FIELDS, BODIES).map(lambda leaf: a_text(*leaf[0], body=leaf[1]))
STRUCTURES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(
            within,
            st.lists(parts, max_size=4),
            st.sampled_from([b"b", b"bb", b"c", b'"b b"', b""]),  # also those of the parts around
            st.sampled_from([b"multipart/mixed", b"multipart/alternative", b"multipart/report"]),
        ),
        parts.map(lambda part: a_text(b"Content-Type: message/rfc822", body=part)),
    ),
    max_leaves=12,
)


def read(raw: bytes) -> Mail:
    return READER.read(split(raw, RECEIVED))


@given(st.binary(max_size=2000))
def test_any_octets_are_read(raw: bytes) -> None:
    keep(read(raw))


@given(FIELDS, BODIES)
def test_any_fields_and_parts_are_read_and_twice_the_same(fields: list[bytes], body: bytes) -> None:
    raw = an_odd_mail(*fields, body=body)
    mail = read(raw)
    keep(mail)
    assert read(raw) == mail


@given(STRUCTURES)
def test_parts_within_parts_are_read_and_twice_the_same(raw: bytes) -> None:
    mail = read(raw)
    keep(mail)
    assert read(raw) == mail


@given(st.sampled_from([name for name in ODD_MAILS if len(ODD_MAILS[name]()) < 20_000]), st.data())
def test_an_odd_mail_that_is_cut_or_spoiled_is_read(name: str, data: st.DataObject) -> None:
    raw = ODD_MAILS[name]()
    at = data.draw(st.integers(0, len(raw)))
    keep(read(raw[:at] + data.draw(st.binary(max_size=5)) + raw[at + data.draw(st.integers(0, 40)) :]))
