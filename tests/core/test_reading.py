"""Mail as it comes: encodings, addresses, parts, forwards, automatic mail, and mail that is broken on purpose."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mails import CUSTOMER, RECEIVED, a_bounce, a_mail, a_newsletter, a_reply, an_out_of_office

from mailbot.config.reading import load_reading_words
from mailbot.core.addresses import mailboxes
from mailbot.core.errors import ConfigurationError
from mailbot.core.headers import decoded, message_id
from mailbot.core.mail import Address, Automatic, Mail, MailSource, PartSource
from mailbot.core.reading import Reader, read, split

READER = Reader(load_reading_words(own_addresses=["info@example.com"]))


def reading(raw: bytes) -> Mail:
    return READER.read(split(raw, RECEIVED))


# --- texts


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_a_text_is_decoded_from_its_charset_and_encoding(charset: str, encoding: str) -> None:
    if (charset, encoding) == ("utf-16", "8bit"):
        encoding = "base64"  # RFC 2781: UTF-16 never travels bare
    assert reading(a_mail(text="Één café, s'il vous plaît", charset=charset, encoding=encoding)).new_text.startswith(
        "Één café"
    )


@pytest.mark.parametrize(
    ("octets", "charset", "problem"),
    [
        ("één".encode(), b"x-unknown", "charset-unknown"),
        ("één".encode("cp1252"), b"x-unknown", "charset-unknown"),
        ("één".encode("cp1252"), b"utf-8", "charset-wrong"),
        ("één".encode(), b"base64", "charset-unknown"),
        ("één".encode(), b"us-ascii", None),
    ],
)
def test_a_wrong_charset_still_gives_the_text(octets: bytes, charset: bytes, problem: str | None) -> None:
    mail = reading(b"From: a@example.org\nContent-Type: text/plain; charset=" + charset + b"\n\n" + octets)
    assert mail.new_text == "één"
    assert problem is None or problem in mail.problems


@pytest.mark.parametrize("body", [b"SGFsbG8", b"SGFs\n bG8=", b"SGFsbG8=\n=====", b"SGFs!bG8*", b"SGFsbG8AA"])
def test_damaged_base64_gives_what_can_be_read(body: bytes) -> None:
    assert reading(b"Content-Transfer-Encoding: base64\n\n" + body).new_text.startswith("Hallo")


def test_plain_text_wins_from_markup_that_says_the_same() -> None:
    mail = reading(a_mail(text="Graag alles wissen a.u.b.", html="<p><b>Graag</b> alles wissen a.u.b.</p>"))
    assert mail.new_text == "Graag alles wissen a.u.b."


@pytest.mark.parametrize("stub", ["", "\n \n", "Your mail program does not support HTML."])
def test_markup_wins_from_a_stub(stub: str) -> None:
    html = "<p>Graag zou ik weten welke gegevens de werkplaats van mij bewaart.</p>"
    assert (
        reading(a_mail(text=stub, html=html)).new_text
        == "Graag zou ik weten welke gegevens de werkplaats van mij bewaart."
    )


def test_two_texts_that_differ_are_both_kept() -> None:
    new_text = reading(a_mail(text="Bijgaand een tekening van mijn huis.", html="<p>Wis alles over mij.</p>")).new_text
    assert "tekening" in new_text
    assert "Wis alles" in new_text


def test_markup_becomes_what_its_reader_sees() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body>Hoi,<br>een<div>twee</div><p>drie</p>"
        '<div style="display: none">verborgen</div><script>x()</script>'
        "<blockquote><div>oud</div></blockquote></body></html>"
    )
    mail = reading(a_mail(text=None, html=html, subject="Re: x"))
    assert [line for line in mail.new_text.split("\n") if line] == ["Hoi,", "een", "twee", "drie"]
    assert mail.quoted_text == "> oud"


def test_flowed_paragraphs_are_joined() -> None:
    text = "Graag alles \r\nwissen.\r\n-- \r\nAnna\r\n"
    assert reading(a_mail(text=text, parameters="; format=flowed")).new_text == "Graag alles wissen."
    assert reading(a_mail(text="ver \r\nwijder", parameters="; format=flowed; delsp=yes")).new_text == "verwijder"


def test_an_attached_text_is_not_the_text_of_a_letter() -> None:
    mail = reading(a_mail(text="Zie bijlage", attachments=[("brief.txt", "text/plain", b"Wis alles")]))
    assert mail.new_text == "Zie bijlage"
    assert mail.attachments == ("text/plain",)


# --- header fields


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("=?utf-8?q?=C3=A9=C3=A9n?=", "één"),
        ("=?UTF-8?B?w6nDqW4=?= vraag", "één vraag"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
        ("=?bogus?q?a_b?=", "a b"),
        ("=?utf-8?b?!!?=", ""),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("=?utf-8?q?a=0D=0ABcc:_x@example.org?=", "aBcc: x@example.org"),
    ],
)
def test_encoded_words_are_decoded_on_one_clean_line(written: str, read_as: str) -> None:
    assert decoded(written) == read_as


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("anna@example.org", [("anna@example.org", "")]),
        ("Anna de Wit <anna@example.org>", [("anna@example.org", "Anna de Wit")]),
        ('"Wit, Anna" <anna@example.org>', [("anna@example.org", "Wit, Anna")]),
        ('"boss@example.com" <anna@example.org>', [("anna@example.org", "boss@example.com")]),
        ("anna@example.org (Anna (de) Wit)", [("anna@example.org", "Anna de Wit")]),
        ('"anna wit"@example.org', [('"anna wit"@example.org', "")]),
        ("Team: a@example.org, b@example.org;", [("a@example.org", ""), ("b@example.org", "")]),
        ("<@relay.example:anna@example.org>", [("anna@example.org", "")]),
        ("a@example.org, b@example.org", [("a@example.org", ""), ("b@example.org", "")]),
        ("<a@example.org> <b@example.org>", [("a@example.org", ""), ("b@example.org", "")]),
        ("<a@example.org> b@example.org", [("a@example.org", ""), ("b@example.org", "")]),
        ("=?utf-8?q?boss=40example.com?= <a@example.org>", [("a@example.org", "boss@example.com")]),
        ("=?utf-8?q?a=40example.org?=", [("", "a@example.org")]),
        ('"open <a@example.org>', [("", "")]),
        ("<a@example.org", [("", "")]),
        ("(open a@example.org", [("", "")]),
        ("anna wit@example.org", [("", "anna wit@example.org")]),
        ("<a@b@example.org>", [("", "")]),
        ("ａnna@example.org", [("ａnna@example.org", "")]),
        ("undisclosed-recipients:;", []),
        ("", []),
    ],
)
def test_addresses_are_read_as_written_or_not_at_all(written: str, read_as: list[tuple[str, str]]) -> None:
    assert [(address.email, address.name) for address in mailboxes(written)] == read_as


@given(st.text(alphabet=st.sampled_from('ab@.<>"(),;:\\[] =?é\u202e'), max_size=60))
def test_whatever_is_written_an_address_is_empty_or_one_addr_spec(written: str) -> None:
    for address in mailboxes(written):
        assert address.email == "" or re.fullmatch(r'("[^"]*(\\.[^"]*)*"|[^\s<>,;"]+)@[^\s<>,;"]+', address.email)
        assert address.email in written.replace("(", "").replace(")", "") or "(" in written


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "a@example.org, b@example.org"},
        {"From": ["a@example.org", "b@example.org"]},
        {"From": None},
        {"From": "nobody"},
        {"From": "a@example.org" + " " * 40_000 + ", b@example.org"},
    ],
)
def test_without_exactly_one_from_mailbox_there_is_no_sender(headers: dict[str, str | list[str] | None]) -> None:
    assert reading(a_mail(headers=headers)).sender == Address("", reading(a_mail(headers=headers)).sender.name)


@pytest.mark.parametrize(
    ("written", "usable"),
    [
        ("<a.b$c@example.org>", True),
        (" <a@b> ", True),
        ("a@example.org", False),
        ("<a b@example.org>", False),
        ("<a@b> (added)", False),
        ("<a@b><c@d>", False),
        ("<é@example.org>", False),
        ("<" + "a" * 998 + "@b>", False),
        ("", False),
    ],
)
def test_a_message_id_is_clean_or_not_used(written: str, usable: bool) -> None:
    assert message_id(written) == (written.strip() if usable else "")


def test_references_keep_their_order_and_drop_what_is_unusable() -> None:
    mail = reading(a_mail(headers={"References": "<1@a> <broken id@a>\r\n\t<2@b>", "In-Reply-To": "<2@b> from Anna"}))
    assert (mail.references, mail.in_reply_to) == (("<1@a>", "<2@b>"), ("<2@b>",))


@given(st.binary(max_size=400))
def test_no_value_of_a_header_holds_a_control_character(octets: bytes) -> None:
    mail = reading(b"Subject: " + octets + b"\nFrom: " + octets + b"\n\ntext")
    values = [mail.subject, mail.date, mail.message_id, *(value for _, value in mail.headers)]
    values += [part for address in mail.senders for part in (address.email, address.name)]
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", "".join(values))


# --- parts, and the same mail by another way


def by_parts(raw: bytes) -> MailSource:
    """What an IMAP server tells of the same mail: other trace fields, parts fetched one by one."""
    whole = split(raw, RECEIVED)
    header = b"Delivered-To: other@example.com\r\nReceived: by mx.example.com\r\n" + whole.header
    parts = tuple(replace(part, size=part.size + 2) for part in whole.parts)
    return MailSource(header, parts, datetime(2026, 11, 3, tzinfo=UTC), forwarded_header=whole.forwarded_header)


@pytest.mark.parametrize(
    "raw",
    [
        a_mail(),
        a_mail(html="<p>Hallo, ik heb een vraag.</p>", attachments=[("a.pdf", "application/pdf", b"%PDF")]),
        a_mail(forwarding=a_mail(text="binnenin"), encoding="base64"),
    ],
)
def test_the_fingerprint_is_the_same_in_every_folder_and_by_every_way(raw: bytes) -> None:
    assert READER.read(by_parts(raw)).fingerprint == reading(raw).fingerprint


def test_a_header_and_a_part_as_a_server_gives_them_read_as_the_whole_mail_does() -> None:
    header = b"From: a@example.org\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    part = PartSource("1", "text/plain", "UTF-8", "7bit", size=5, body=b"Hallo")
    assert READER.read(MailSource(header, (part,), RECEIVED)) == reading(header + b"Hallo")


@pytest.mark.parametrize(
    "change", [{"subject": "Anders"}, {"text": "Anders"}, {"message_id": "<2@x>"}, {"sender": "b@x"}]
)
def test_another_mail_has_another_fingerprint(change: dict[str, str]) -> None:
    assert reading(a_mail(**change)).fingerprint != reading(a_mail()).fingerprint  # type: ignore[arg-type]


def test_sections_are_numbered_as_imap_numbers_them() -> None:
    raw = a_mail(html="<p>x", attachments=[("a.pdf", "application/pdf", b"x")], forwarding=a_mail(html="<p>y"))
    parts = [(part.section, part.content_type, part.body is not None) for part in split(raw, RECEIVED).parts]
    assert parts == [
        ("1.1", "text/plain", True),
        ("1.2", "text/html", True),
        ("2", "application/pdf", False),
        ("3", "message/rfc822", False),
        ("3.1", "text/plain", True),
        ("3.2", "text/html", True),
    ]


# --- forwards


FORWARDS = {
    "Gmail": (
        "Fwd: vraag",
        (
            "---------- Forwarded message ---------\nVan: Bob Bos <bob@example.net>\nDate: ma 2 nov 2026 om 09:00\n"
            "Subject: vraag\nTo: <info@example.com>\n\n\nWat weet u van mij?\n"
        ),
    ),
    "Outlook": (
        "Doorst: vraag",
        (
            "Van: Bob Bos <bob@example.net>\nVerzonden: maandag 2 november 2026 09:00\nAan: info\nOnderwerp: vraag\n\n"
            "Wat weet u van mij?\n"
        ),
    ),
    "Outlook de": (
        "WG: Frage",
        (
            "Von: Bob Bos [mailto:bob@example.net]\nGesendet: Montag, 2. November 2026\nAn: info\nBetreff: Frage\n\n"
            "Wat weet u van mij?\n"
        ),
    ),
    "Apple": (
        "Fwd: vraag",
        (
            "Begin doorgestuurd bericht:\n\n> Van: Bob Bos <bob@example.net>\n> Onderwerp: vraag\n"
            "> Datum: 2 november 2026\n> Aan: info@example.com\n> \n> Wat weet u van mij?\n"
        ),
    ),
    "Thunderbird": (
        "Fwd: vraag",
        (
            "-------- Doorgestuurd bericht --------\nOnderwerp: vraag\nDatum: Mon, 2 Nov 2026 09:00:00 +0100\n"
            "Van: Bob Bos <bob@example.net>\nAan: info@example.com\n\nWat weet u van mij?\n"
        ),
    ),
    "French": (
        "TR: question",
        (
            "De : Bob Bos <bob@example.net>\nEnvoyé : lundi 2 novembre 2026\nÀ : info\nObjet : question\n\n"
            "Wat weet u van mij?\n"
        ),
    ),
}


@pytest.mark.parametrize(("subject", "below"), FORWARDS.values(), ids=FORWARDS)
@pytest.mark.parametrize("above", ["", "Wil jij dit oppakken?"])
def test_a_forwarded_message_tells_who_wrote_it_and_what(above: str, subject: str, below: str) -> None:
    mail = reading(a_mail(subject=subject, text=f"{above}\n\n{below}"))
    assert mail.new_text == above
    assert mail.forwarded is not None
    assert mail.forwarded.sender.email == "bob@example.net"
    assert mail.forwarded.text == "Wat weet u van mij?"
    assert "2" in mail.forwarded.date


def test_an_attached_message_is_forwarded_too() -> None:
    inside = a_mail(sender="Bob <bob@example.net>", text="Wat weet u van mij?", date="Mon, 02 Nov 2026 09:00:00 +0100")
    mail = reading(a_mail(text="Zie bijlage", forwarding=inside))
    assert mail.new_text == "Zie bijlage"
    assert mail.forwarded is not None
    assert (mail.forwarded.sender.email, mail.forwarded.text) == ("bob@example.net", "Wat weet u van mij?")


@pytest.mark.parametrize(
    "raw", [a_mail(), a_reply("Ja\n\n> Wat?"), a_mail(subject="Fwd: x", text="Zonder origineel"), a_bounce()]
)
def test_nothing_else_is_forwarded(raw: bytes) -> None:
    assert reading(raw).forwarded is None


# --- automatic mail


@pytest.mark.parametrize(
    ("headers", "signal"),
    [
        ({"Return-Path": "<>"}, Automatic.NULL_RETURN_PATH),
        ({"Auto-Submitted": "auto-replied (vacation)"}, Automatic.AUTO_SUBMITTED),
        ({"AUTO-SUBMITTED": "Auto-Generated"}, Automatic.AUTO_SUBMITTED),
        ({"Precedence": "Bulk"}, Automatic.PRECEDENCE),
        ({"Precedence": "list"}, Automatic.PRECEDENCE),
        ({"Precedence": "junk"}, Automatic.PRECEDENCE),
        ({"List-Id": "<a.example.org>"}, Automatic.LIST),
        ({"List-Unsubscribe": "<mailto:u@example.org>"}, Automatic.LIST),
        ({"X-Auto-Response-Suppress": "All"}, Automatic.RESPONSE_SUPPRESSED),
        ({"X-Autoreply": "yes"}, Automatic.AUTORESPONDER),
        ({"X-Autorespond": "Re: x"}, Automatic.AUTORESPONDER),
        ({"X-Loop": "desk@example.org"}, Automatic.LOOP),
        ({"Feedback-ID": "1:2:3"}, Automatic.FEEDBACK),
        ({"From": "MAILER-DAEMON@example.org"}, Automatic.ROBOT_SENDER),
        ({"From": "No-Reply <no-reply@example.org>"}, Automatic.ROBOT_SENDER),
        ({"From": "nepasrepondre@example.org"}, Automatic.ROBOT_SENDER),
        ({"From": "Wij <INFO@example.com>"}, Automatic.OWN_ADDRESS),
        ({"Subject": "Automatisch antwoord: afwezig"}, Automatic.SUBJECT),
        ({"Subject": "Out of office: back on Monday"}, Automatic.SUBJECT),
        ({"Subject": "Abwesenheitsnotiz: Urlaub"}, Automatic.SUBJECT),
        ({"Subject": "Réponse automatique : absence"}, Automatic.SUBJECT),
        ({"Subject": "Undelivered Mail Returned to Sender"}, Automatic.SUBJECT),
    ],
)
def test_every_signal_of_automatic_mail_is_seen(headers: dict[str, str], signal: Automatic) -> None:
    assert reading(a_mail(headers=headers)).automatic == (signal,)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "no"},
        {"Auto-Submitted": "No (a person)"},
        {"Precedence": "normal"},
        {"Precedence": "first-class"},
        {"Return-Path": "<anna@example.org>"},
        {"X-Auto-Response-Suppress": "None"},
        {"X-Autoreply": "no"},
        {"From": "Reply Anna <anna.reply@example.org>"},
        {"From": "info@example.com.example.org"},
        {"Subject": "Vraag over mijn automatisch antwoord"},
        {"Subject": "Re: delivery of my order"},
    ],
)
def test_what_a_person_sends_is_not_automatic(headers: dict[str, str]) -> None:
    assert reading(a_mail(headers=headers)).automatic == ()


def test_a_report_is_automatic_by_its_form() -> None:
    assert Automatic.REPORT in reading(a_bounce()).automatic


@pytest.mark.parametrize("raw", [a_newsletter(), an_out_of_office(), a_bounce()])
def test_machines_are_recognised(raw: bytes) -> None:
    assert reading(raw).automatic


# --- mail that is broken on purpose


HEAD = b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
MARKUP = HEAD + b"Content-Type: text/html\r\n\r\n"
HORRORS = {
    "nothing": b"",
    "multiparts 10,000 deep": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(10_000)),
    "messages 10,000 deep": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 10_000,
    "a subject of a megabyte": b"Subject: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "20,000 encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\n",
    "50,000 commas": b"From: " + b"," * 50_000 + b"\r\n\r\n",
    "50,000 quotes": b"From: " + b'"\\' * 50_000 + b"\r\n\r\n",
    "NUL": HEAD + b"\r\n" + b"\0" * 100_000,
    "bare CR": b"From: a@example.org\rSubject: x\r\rHallo\r",
    "five characters of base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nSGFsb",
    "blocks 100,000 deep": MARKUP + b"<div>" * 100_000,
    "a megabyte of <": MARKUP + b"<" * 1_000_000,
    "a thousand parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 1_000,
    "no boundary": HEAD + b"Content-Type: multipart/mixed\r\n\r\nHallo",
    "parameters": HEAD + b"Content-Type: text/plain" + b'; a*0="x' * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("raw", HORRORS.values(), ids=HORRORS)
def test_a_horror_is_read_with_a_problem_code_instead_of_an_exception(raw: bytes) -> None:
    assert reading(raw).problems


@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", HEAD, MARKUP, HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"]),
)
def test_no_octets_raise(octets: bytes, head: bytes) -> None:
    reading(head + octets).fingerprint.encode("ascii")


def test_a_text_without_a_header_is_all_text() -> None:
    assert reading(b"Graag alles wissen.\n\nAnna").new_text == "Graag alles wissen.\n\nAnna"


# --- the words


def test_a_reader_without_words_reads_all_the_same() -> None:
    mail = read(
        split(a_reply("Ja\n\n> Wat?"), RECEIVED), replace(load_reading_words(), reply_prefix=(), attribution=())
    )
    assert (mail.new_text, mail.sender) == ("Ja", Address("anna@example.org", CUSTOMER.partition(" <")[0]))


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('closing = ["("]', "closing"),
        ('unknown = ["x"]', "unknown"),
        ('forward_prefix = ["FW:"]', "forward_prefix"),
        ("closing = [", "TOML"),
    ],
)
def test_a_broken_file_of_words_is_an_error_of_one_line(tmp_path: Path, content: str, names: str) -> None:
    (tmp_path / "reading").mkdir()
    (tmp_path / "reading" / "nl.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_reading_words(tmp_path)
    message = str(raised.value)
    assert "nl.toml" in message
    assert names in message
    assert "\n" not in message
