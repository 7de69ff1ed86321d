"""What a person left in his mail client, and the bytes that go out for it."""

from base64 import b64encode
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import COMPANY

from mailbot.config.templates import load_texts
from mailbot.core.draft_text import UNREADABLE, parse_draft
from mailbot.core.drafting import Letter, draft_message, new_token
from mailbot.core.headers import parse
from mailbot.core.mail import Address
from mailbot.core.outgoing import NotAsPlanned, automatic_message, freeze, with_reason, without_reason

WORDS = load_texts().words("nl")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOKEN = new_token("P-7K3Q9X", "0f" * 16, "example.com")
SENT_ID = "<sent@example.com>"

THREAD = f"In-Reply-To: <2@example.org>\r\nReferences: <1@example.org> <2@example.org>\r\n {TOKEN}\r\n"
HEAD = f"From: privacy@example.com\r\nTo: anna@example.org\r\nSubject: Uw privacyverzoek [P-7K3Q9X]\r\n{THREAD}"
PDF = b"%PDF-1.7 \x00\xff data\n"


def saved(body: str, content_type: str = "text/plain; charset=utf-8", more: str = "") -> bytes:
    """A draft as a mail client saves it."""
    return f"{HEAD}{more}Content-Type: {content_type}\r\n\r\n{body}".encode()


def multipart(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return saved(body, f'multipart/{kind}; boundary="b"')


def a_pdf(name: str = "gegevens.pdf") -> str:
    encoded = b64encode(PDF).decode()
    disposition = f'Content-Disposition: attachment; filename="{name}"'
    return f"Content-Type: application/pdf\r\n{disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"


def frozen(raw: bytes, **changes: object) -> bytes:
    usual = {"sender": COMPANY, "recipient": "anna@example.org", "message_id": SENT_ID, "date": NOON}
    return freeze(raw, **{**usual, **changes})  # type: ignore[arg-type]


def names(raw: bytes) -> list[str]:
    return [name for name, _ in parse(raw.partition(b"\r\n\r\n")[0]).fields]


# --- what goes out -------------------------------------------------------------------------------------------------


def test_only_planned_headers_go_out() -> None:
    expected = ["from", "to", "subject", "date", "message-id", "in-reply-to", "references"]
    mime = ["content-type", "content-transfer-encoding", "mime-version"]
    assert names(frozen(saved("Tekst"))) == expected + mime


ADDED_BY_CLIENTS = [
    "Bcc: eve@example.net",
    "Cc: eve@example.net",
    "Fcc: imap://daan/Sent",
    "X-Identity-Key: id1",
    "X-Mozilla-Draft-Info: internal/draft; vcard=0",
    "X-Mozilla-Status: 0001",
    "Reply-To: eve@example.net",
    "Return-Path: <eve@example.net>",
    "Resent-To: eve@example.net",
    "Disposition-Notification-To: eve@example.net",
    "To: eve@example.net",
    "From: eve@example.net",
    "Sender: eve@example.net",
    "Autocrypt: addr=eve@example.net",
]


@pytest.mark.parametrize("added", ADDED_BY_CLIENTS)
def test_a_header_of_a_mail_client_never_goes_out(added: str) -> None:
    assert frozen(saved("Tekst", more=f"{added}\r\n")) == frozen(saved("Tekst"))


def test_the_recipient_comes_from_the_plan_and_never_from_the_draft() -> None:
    out = frozen(saved("Tekst").replace(b"To: anna@example.org", b"To: eve@example.net"))
    assert b"eve@" not in out
    assert parse(out).all("to") == ("anna@example.org",)


@pytest.mark.parametrize(
    "recipient", ["anna@example.org\r\nBcc: eve@example.net", "", "anna@example.org, b@c.de", "é@x.nl"]
)
def test_a_recipient_that_is_not_one_address_never_goes_out(recipient: str) -> None:
    with pytest.raises(NotAsPlanned, match="cannot be rebuilt"):
        frozen(saved("Tekst"), recipient=recipient)


INJECTED_SUBJECTS = [
    "=?utf-8?q?x=0D=0ABcc:_eve@example.net?= [P-7K3Q9X]",
    "=?utf-8?b?eA0KQmNjOiBlDQo=?=",
    "x\r\n y\x00z",
]


@pytest.mark.parametrize("subject", INJECTED_SUBJECTS)
def test_a_subject_never_opens_another_header(subject: str) -> None:
    out = frozen(saved("Tekst").replace(b"Uw privacyverzoek [P-7K3Q9X]", subject.encode()))
    assert "bcc" not in names(out)
    assert b"\x00" not in out


@given(st.text(max_size=300), st.text(max_size=600), st.text(max_size=40))
def test_the_same_draft_always_gives_the_same_bytes_and_only_crlf(subject: str, text: str, name: str) -> None:
    letter = Letter("".join(filter(str.isprintable, subject)), text.replace("\r", "") + "\n")
    raw = draft_message(
        letter,
        reference="P-7K3Q9X",
        sender=COMPANY,
        recipient="anna@example.org",
        token=TOKEN,
        in_reply_to="<2@example.org>",
        references=(),
        message_id="<draft@example.com>",
        date=NOON,
    )
    sender = Address("privacy@example.com", name)
    out = frozen(raw, sender=sender)
    assert out == frozen(raw, sender=sender)
    assert b"\n" not in out.replace(b"\r\n", b"")
    assert max(map(len, out.split(b"\r\n"))) <= 998
    assert parse_draft(out).text == parse_draft(raw).text
    assert parse_draft(out).subject == parse_draft(raw).subject


def test_bytes_with_attachments_are_the_same_every_time() -> None:
    raw = multipart("Content-Type: text/plain\r\n\r\nTekst", a_pdf())
    assert frozen(raw) == frozen(raw)


@given(st.binary(max_size=2000))
def test_no_bytes_at_all_make_reading_a_draft_raise(raw: bytes) -> None:
    assert parse_draft(raw) == parse_draft(raw)
    assert parse_draft(HEAD.encode() + raw).in_reply_to[:1] == ("<2@example.org>",)


# --- what a person wrote, in whatever client -----------------------------------------------------------------------


def test_the_copy_of_the_data_goes_along_unchanged() -> None:
    out = frozen(multipart("Content-Type: text/plain\r\n\r\nTekst", a_pdf("gegévens.pdf")))
    attachments = list(message_from_bytes(out, policy=default).iter_attachments())
    assert [part.get_content() for part in attachments] == [PDF]
    assert [part.get_content_type() for part in attachments] == ["application/pdf"]
    assert parse_draft(out).attachments == parse_draft(frozen(out)).attachments


def test_a_mail_that_was_attached_goes_along() -> None:
    inner = "Subject: Bestelling\r\nFrom: anna@example.org\r\n\r\nGraag een bord.\r\n"
    out = frozen(multipart("Content-Type: text/plain\r\n\r\nTekst", f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    [attached] = parse_draft(out).attachments
    assert attached.content_type == "message/rfc822"
    assert b"Subject: Bestelling" in attached.content
    assert b"Graag een bord." in attached.content


def test_an_attached_mail_without_a_boundary_gives_the_same_bytes_every_time() -> None:
    inner = 'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nEen bord\r\n----\r\n'
    raw = multipart("Content-Type: text/plain\r\n\r\nTekst", f"Content-Type: message/rfc822\r\n\r\n{inner}")
    assert frozen(raw) == frozen(raw)
    assert b"Een bord" in frozen(raw)


def test_an_attachment_with_a_broken_type_goes_along_as_bytes() -> None:
    raw = saved("inhoud", 'text/plain\r\n   charset="iso-2022-jp"')
    [attachment] = parse_draft(frozen(raw)).attachments
    assert (attachment.content_type, attachment.content) == ("application/octet-stream", b"inhoud")


def test_a_delivery_report_that_was_attached_goes_along_as_bytes() -> None:
    report = "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: failed\r\n"
    [attachment] = parse_draft(frozen(multipart("Content-Type: text/plain\r\n\r\nTekst", report))).attachments
    assert attachment.content_type == "application/octet-stream"
    assert b"Action: failed" in attachment.content


def test_html_beside_the_text_stays_behind() -> None:
    plain, html = "Content-Type: text/plain\r\n\r\nTekst", "Content-Type: text/html\r\n\r\n<p>Iets anders</p>"
    raw = multipart(plain, html, kind="alternative")
    assert parse_draft(raw).has_html
    assert parse_draft(raw).text == "Tekst"
    assert b"text/html" not in frozen(raw)


def test_a_draft_with_only_html_goes_out_as_its_text() -> None:
    raw = saved(
        "<html><body><p>Beste Anna,</p><p>Op [[datum]]</p><blockquote>oud</blockquote></body></html>", "text/html"
    )
    assert parse_draft(raw).text == "Beste Anna,\n\nOp [[datum]]\n\n> oud"
    assert b"<p>" not in frozen(raw)


def test_text_around_an_attachment_is_all_kept() -> None:
    first, second = "Content-Type: text/plain\r\n\r\nVoor", "Content-Type: text/plain\r\n\r\nNa"
    draft = parse_draft(multipart(first, a_pdf(), second))
    assert draft.text == "Voor\nNa"
    assert len(draft.attachments) == 1


FLOWED = {
    "soft breaks": ("Een lange \r\nalinea.\r\n\r\nNog een.", "", "Een lange alinea.\n\nNog een."),
    "deleted spaces": ("samen \r\ngesteld", "; delsp=yes", "samengesteld"),
    "a stuffed line": (" From hier", "", "From hier"),
    "a quote": (">een \r\n>twee\r\n>>drie", "", "> een twee\n>> drie"),
    "a signature": ("Groet\r\n-- \r\nKim", "", "Groet\n-- \nKim"),
    "a quote that stops": (">een \r\ntwee", "", "> een\ntwee"),
}


@pytest.mark.parametrize("written", FLOWED)
def test_format_flowed_is_made_whole(written: str) -> None:
    body, parameter, text = FLOWED[written]
    assert parse_draft(saved(body, f"text/plain; charset=utf-8; format=flowed{parameter}")).text == text


@pytest.mark.parametrize(
    ("charset", "octets"), [("iso-8859-1", b"caf\xe9"), ("utf-8", b"caf\xc3\xa9"), ("x-no", b"caf\xe9")]
)
def test_letters_of_other_charsets_arrive(charset: str, octets: bytes) -> None:
    raw = f"{HEAD}Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + octets
    assert parse_draft(raw).text == "café"


def test_every_recipient_field_is_read() -> None:
    raw = saved(
        "Tekst", more="To: b@example.org\r\nCc: A <c@example.org>, d@example.org\r\nBcc: Groep: e@example.org;\r\n"
    )
    draft = parse_draft(raw)
    assert [address.email for address in draft.to] == ["anna@example.org", "b@example.org"]
    assert [address.email for address in draft.cc] == ["c@example.org", "d@example.org"]
    assert [address.email for address in draft.bcc] == ["e@example.org"]


def test_an_encrypted_draft_has_no_text() -> None:
    raw = multipart("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", kind="encrypted")
    assert parse_draft(raw).text == ""


def test_a_draft_nested_beyond_reason_is_unreadable_and_still_comes_back_with_the_reason() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    raw = HEAD.encode() + nested
    assert parse_draft(raw).problems == (UNREADABLE,)
    returned = parse_draft(with_reason(raw, ["Onleesbaar."], WORDS))
    assert "Onleesbaar." in returned.text
    assert returned.attachments[0].content == raw


# --- held back -----------------------------------------------------------------------------------------------------


def test_a_held_back_draft_keeps_everything_and_says_why() -> None:
    raw = saved(
        "Tekst", more="Cc: eve@example.net\r\nMessage-ID: <d@example.com>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
    )
    before, held = parse_draft(raw), parse_draft(with_reason(raw, ["Iemand staat bij Cc."], WORDS))
    assert held.text.startswith(f"[[ {WORDS['reply']['held']}\n- Iemand staat bij Cc.\n")
    assert held.text.endswith("]]\n\nTekst")
    assert (held.to, held.cc, held.subject, held.references) == (
        before.to,
        before.cc,
        before.subject,
        before.references,
    )
    assert (held.message_id, held.date) == (before.message_id, before.date)


def test_the_reason_goes_when_only_the_text_below_was_corrected() -> None:
    raw = multipart("Content-Type: text/plain\r\n\r\nOp [[datum]]", a_pdf())
    cleaned = parse_draft(without_reason(with_reason(raw, ["Vul in."], WORDS), WORDS))
    assert cleaned.text == "Op [[datum]]"
    assert cleaned.attachments == parse_draft(raw).attachments


def test_the_reason_is_recognised_after_a_client_wrapped_it() -> None:
    text = parse_draft(with_reason(saved("Tekst"), ["Een reden."], WORDS)).text
    assert parse_draft(without_reason(saved(text.replace(" ", "\r\n", 8)), WORDS)).text == "Tekst"


def test_a_second_reason_replaces_the_first() -> None:
    twice = with_reason(with_reason(saved("Tekst"), ["Een."], WORDS), ["Twee."], WORDS)
    assert parse_draft(twice).text.count("[[") == 1
    assert "Een." not in parse_draft(twice).text


@pytest.mark.parametrize("removed", ["[[ ", "]]", "Deze mail is "])
def test_a_half_removed_reason_still_counts_as_a_place_to_fill_in(removed: str) -> None:
    text = parse_draft(with_reason(saved("Tekst"), ["Een reden."], WORDS)).text.replace(removed, "", 1)
    left = parse_draft(without_reason(saved(text), WORDS)).text
    assert "[[" in left or "]]" in left


@pytest.mark.parametrize("text", ["Tekst", "[[datum]] Tekst", "Tekst\n[[ Deze mail is niet verzonden. ]]", ""])
def test_a_draft_without_a_reason_on_top_keeps_its_bytes(text: str) -> None:
    assert without_reason(saved(text), WORDS) == saved(text)


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=3))
def test_a_reason_put_on_and_taken_off_leaves_the_text(text: str, sentences: list[str]) -> None:
    raw = frozen(saved(text))
    returned = without_reason(with_reason(raw, sentences, WORDS), WORDS)
    assert parse_draft(returned).text.strip() == parse_draft(raw).text.strip()


# --- the digest ----------------------------------------------------------------------------------------------------


def test_a_digest_says_that_a_program_wrote_it_and_has_both_texts() -> None:
    def written() -> bytes:
        return automatic_message(
            "Privacyverzoeken 23 november\r\nBcc: x",
            "Één te laat.\n",
            "<p>Één te laat.</p>",
            sender=COMPANY,
            recipient="kim@example.com",
            message_id="<digest@example.com>",
            date=NOON,
        )

    message = message_from_bytes(written(), policy=default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Bcc"] is None
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert written() == written()
