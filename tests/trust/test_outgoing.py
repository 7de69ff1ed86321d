"""From a hostile mail as it arrives to the bytes of the draft, of the mail that goes out, and of the digest.

Whatever a mail holds, what is written has exactly the planned headers and the planned recipient, is text/plain, and
shows no control character, no markup and no filename of that mail. It is taken apart again without a line of the
program's own reading.
"""

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import compat32, default
from email.utils import getaddresses

import pytest
from letters import COMPANY as US
from mails import a_bounce, a_mail
from read_mails import vouched
from trust.small_office import MONDAY, ZONE, SmallOffice, the_texts

from mailbot.core.cases import TO_PROCESSOR, Case, EventKind, IdentityLevel, ReplyKind
from mailbot.core.checking import check_draft
from mailbot.core.digest import build_digest, digest_id, render
from mailbot.core.draft_text import parse_draft
from mailbot.core.outgoing import automatic_message, freeze
from mailbot.core.sender import Contact
from mailbot.core.turns import next_reply

ANNA = Contact("anna@example.org", "Anna de Wit")
EVE = "eve@evil.example"
SENT_ID = "<sent@example.com>"
PLANNED = ("from", "to", "subject", "date", "message-id", "in-reply-to", "references")
MIME = ("content-type", "content-transfer-encoding", "mime-version")
KEPT_OUT = re.compile(rb"evil\.example|kwaad", re.IGNORECASE)  # stands in every hostile place, and nowhere else


@dataclass(frozen=True)
class Hostile:
    """One mail of Anna with something hostile in one place."""

    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    text: str | None = "Verwijder al mijn gegevens.\n"
    html: str | None = None
    attachments: Sequence[tuple[str, str, bytes]] = ()
    forwarding: bytes | None = None
    inject: tuple[bytes, bytes] | None = None  # replaces raw octets, for what no library writes

    def raw(self, *, verified: bool) -> bytes:
        trace = dict(vouched()) if verified else {}
        usual = {"From": "Anna <anna@example.org>", "Message-ID": "<anna-1@example.org>"}
        raw = a_mail(
            headers={**trace, **usual, **self.headers},
            text=self.text,
            html=self.html,
            attachments=self.attachments,
            forwarding=self.forwarding,
        )
        if self.inject:
            assert self.inject[0] in raw
            raw = raw.replace(*self.inject)
        return raw


def subject(value: str) -> Hostile:
    return Hostile({"Subject": value})


def named(name: str) -> Hostile:
    return Hostile({"From": f"{name} <anna@example.org>"})


def attached(filename: str, content_type: str = "application/pdf", content: bytes = b"kwaad") -> Hostile:
    return Hostile(attachments=[(filename, content_type, content)])


def markup(html: str) -> Hostile:
    return Hostile(text=None, html=f"<p>Verwijder al mijn gegevens.</p>{html}")


HOSTILE: dict[str, Hostile] = {
    "nothing hostile": Hostile(),
    # --- subjects
    "a subject with an encoded line break": subject(f"=?utf-8?q?x=0D=0ABcc:_{EVE}?="),
    "a subject with an encoded line feed only": subject(f"=?utf-8?q?x=0ABcc:_{EVE}?="),
    "a subject whose encoded word ends in a line feed": subject("=?utf-8?b?a3dhYWQK?="),
    "a subject in base64 with a whole header": subject("=?utf-8?b?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxlDQoNCmt3YWFk?="),
    "a subject with NUL": subject("kwaad=?utf-8?q?=00=00kwaad?="),
    "a subject with escape sequences": subject("=?utf-8?q?=1B[2Jkwaad=07?="),
    "a subject that reads from right to left": subject("=?utf-8?q?=E2=80=AEkwaad?="),
    "a subject with line and paragraph separators": subject(f"=?utf-8?q?x=E2=80=A8Bcc:_{EVE}=E2=80=A9=C2=85?="),
    "a subject with overlong UTF-8 line breaks": subject(f"=?utf-8?q?x=C0=8D=C0=8ABcc:_{EVE}?="),
    "a subject in UTF-7": subject("=?utf-7?q?+AA0ACg-Bcc:_eve+AEA-evil.example?="),
    "a subject in UTF-16": subject("=?utf-16?b?AAANAAoAQgBjAGMAOgAgAGsAdwBhAGEAZA==?="),
    "a subject of 30,000 characters": subject("kwaad" * 6000),
    "a subject that is markup": subject("<script>kwaad()</script>"),
    "a subject that is a template": subject("{{ controller.kwaad }}{% include 'kwaad' %}"),
    "a subject with a place to fill in": subject("[[kwaad]]"),
    "a subject with the tag of another case": subject("Re: [P-9KWAAD]"),
    "a bare carriage return in the subject": Hostile(
        {"Subject": "marker"}, inject=(b"Subject: marker", b"Subject: x\rBcc: eve@evil.example")
    ),
    "a bare line feed in the subject": Hostile(
        {"Subject": "marker"}, inject=(b"Subject: marker", b"Subject: x\nBcc: eve@evil.example")
    ),
    "a folded line that looks like a header": Hostile(
        {"Subject": "marker"}, inject=(b"Subject: marker", b"Subject: x\r\n Bcc: eve@evil.example")
    ),
    # --- names
    "a name with an encoded line break": named(f"=?utf-8?q?Anna=0D=0ABcc:_{EVE}?="),
    "a name that is an address": named(f'"{EVE}"'),
    "a name that is a list of addresses": named(f'"Anna <anna@example.org>, {EVE}"'),
    "a name that closes its bracket": named(f'"Anna> <{EVE}"'),
    "a name with a quote left open, encoded": named(f"=?utf-8?q?=22Anna=22_=3C{EVE}=3E?="),
    "a comment that is an address": named(f"Anna ({EVE})"),
    "a name that is markup": named('"<img src=kwaad>"'),
    "a name that is a template": named('"{{ kwaad }}"'),
    # --- who else is named
    "a Reply-To": Hostile({"Reply-To": EVE}),
    "a Reply-To with a line break": Hostile({"Reply-To": f"=?utf-8?q?x=0D=0A?= <{EVE}>"}),
    "a Sender": Hostile({"Sender": EVE}),
    "a Cc and a Bcc": Hostile({"Cc": EVE, "Bcc": EVE}),
    "more recipients in To": Hostile({"To": f"info@example.com, {EVE}"}),
    "a Return-Path, Errors-To and Resent-From": Hostile({"Return-Path": EVE, "Errors-To": EVE, "Resent-From": EVE}),
    "a Mail-Followup-To and Mail-Reply-To": Hostile({"Mail-Followup-To": EVE, "Mail-Reply-To": EVE}),
    "a wish for receipts": Hostile({"Disposition-Notification-To": EVE, "Return-Receipt-To": EVE}),
    "a mailto link to unsubscribe by": Hostile({"X-List-Unsubscribe": f"<mailto:{EVE}>", "Autocrypt": f"addr={EVE}"}),
    # --- ids: one that is well formed is repeated, so these are not
    "a Message-ID with an encoded line break": Hostile({"Message-ID": f"=?utf-8?q?<x=0D=0ABcc:_{EVE}>?="}),
    "a Message-ID with a space": Hostile({"Message-ID": f"<x Bcc: {EVE}>"}),
    "a Message-ID that is two": Hostile({"Message-ID": f"<x@y><{EVE}>"}),
    "a Message-ID with words behind it": Hostile({"Message-ID": f"<x@y> Bcc: {EVE}"}),
    "a Message-ID with a colon before it": Hostile({"Message-ID": f"Bcc: <{EVE}>"}),
    "a Message-ID of 5,000 characters": Hostile({"Message-ID": f"<{'kwaad' * 1000}@evil.example>"}),
    "a Message-ID with letters that are not ASCII": Hostile(
        {"Message-ID": "<marker@x>"}, inject=(b"<marker@x>", "<kwáad@evil.example>".encode())
    ),
    "a Message-ID with NUL": Hostile({"Message-ID": "<m@x>"}, inject=(b"<m@x>", b"<kwaad\0@evil.example x>")),
    "a Message-ID with a bare carriage return": Hostile(
        {"Message-ID": "<m@x>"}, inject=(b"<m@x>", b"<kwaad@\rBcc: eve@evil.example>")
    ),
    "References with an encoded line break": Hostile({"References": f"=?utf-8?q?<x=0D=0ABcc: {EVE}>?="}),
    "References that are words": Hostile({"References": f"Bcc: {EVE}"}),
    "an In-Reply-To that is words": Hostile({"In-Reply-To": f"your mail of today, {EVE}"}),
    # --- attachments
    "a filename with a line break": attached("=?utf-8?q?x=0D=0ABcc:_kwaad?="),
    "a filename with a path": attached("../../kwaad.sh"),
    "a filename that is markup": attached("<script>kwaad.html"),
    "a filename with a place to fill in": attached("[[kwaad]].pdf"),
    "a filename that reads from right to left": attached("=?utf-8?q?kwaad=E2=80=AEfdp.exe?="),
    "an attached text": attached("kwaad.txt", "text/plain", b"kwaad kwaad"),
    "an attached page": attached("kwaad.html", "text/html", b"<script>kwaad</script>"),
    "an attached calendar": attached("kwaad.ics", "text/calendar", b"ATTENDEE:mailto:eve@evil.example"),
    "an attached mail": Hostile(forwarding=a_mail(sender=EVE, subject="kwaad", text="kwaad", message_id="<kwaad@x>")),
    "an attached report": Hostile(forwarding=a_bounce(recipient=EVE)),
    # --- markup
    "a script": markup("<script>kwaad()</script>"),
    "a style": markup("<style>p { background: url(http://evil.example/) }</style>"),
    "an image that tells": markup('<img src="http://evil.example/p.gif" alt="">'),
    "a form": markup('<form action="http://evil.example/"><input name=kwaad value=kwaad></form>'),
    "hidden words": markup('<div style="display:none">kwaad</div>'),
    "a comment": markup("<!-- kwaad --><!--[if mso]>kwaad<![endif]-->"),
    "a link that hides where it goes": markup('<a href="http://evil.example/">privacy</a>'),
    "a base, a link and a refresh": markup('<base href="//evil.example"><meta http-equiv=refresh content="0;//kwaad">'),
    "an embedded page": markup('<iframe srcdoc="kwaad" src="//evil.example"></iframe><object data="//evil.example">'),
    "attributes with events": markup('<p onclick="kwaad()" title="kwaad">.</p><svg onload="kwaad()">'),
    "a title": markup("<title>kwaad</title>"),
}  # fmt: skip


def taken_in(hostile: Hostile, *, verified: bool) -> tuple[SmallOffice, Case]:
    office = SmallOffice([ANNA])
    office.takes_in(hostile.raw(verified=verified))
    case = office.case
    assert case.answer_to == ANNA.email
    assert case.identity is (IdentityLevel.L1 if verified else IdentityLevel.L0)
    return office, case


def without_line_breaks_of_ours(raw: bytes) -> bytes:
    """The header block with CRLF line ends and the spaces that fold taken out."""
    block, end, _ = raw.partition(b"\r\n\r\n")
    assert end
    return re.sub(rb"\r\n[ \t]?", b"", block)


def require_planned(raw: bytes, recipient: str, planned: Sequence[str]) -> Message:
    """What was written holds exactly the planned headers, one recipient and no control character; returns it parsed."""
    assert not re.search(rb"[\x00-\x1f\x7f-\xff]", without_line_breaks_of_ours(raw)), (
        "a control character in the header"
    )
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b""), "a bare line feed"
    assert b"\r" not in raw.replace(b"\r\n", b""), "a bare carriage return"
    parsed = message_from_bytes(raw, policy=compat32)
    names = [name.lower() for name in parsed.keys()]  # noqa: SIM118 - a Message is no dict
    assert sorted(names) == sorted([*planned, *MIME])
    everybody = [value for name in ("To", "Cc", "Bcc", "Resent-To") for value in parsed.get_all(name, [])]
    assert getaddresses(everybody) == [("", recipient)]
    assert getaddresses(parsed.get_all("From", [])) == [(US.name, US.email)]
    return parsed


def require_plain(parsed: Message) -> str:
    """One part of plain text, no control character in it; returns the text."""
    assert not parsed.is_multipart()
    assert (parsed.get_content_type(), parsed.get_filename()) == ("text/plain", None)
    payload = parsed.get_payload(decode=True)
    assert isinstance(payload, bytes)
    text = payload.decode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    return text


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "unverified"])
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_a_hostile_mail_gets_into_a_draft_or_into_what_goes_out(hostile: Hostile, verified: bool) -> None:
    office, case = taken_in(hostile, verified=verified)
    reply = next_reply(case, office.office.today)
    assert reply is (ReplyKind.ACKNOWLEDGEMENT if verified else ReplyKind.IDENTITY)
    for kind in (reply, ReplyKind.ANSWER):
        plan, draft = office.letter(case, kind)
        sent = freeze(draft, sender=US, recipient=plan.recipient, message_id=SENT_ID, date=MONDAY)
        for raw in (draft, sent):
            has_reply_to = b"\r\nIn-Reply-To:" in raw.partition(b"\r\n\r\n")[0]
            planned = [name for name in PLANNED if name != "in-reply-to" or has_reply_to]
            parsed = require_planned(raw, ANNA.email, planned)
            text = require_plain(parsed)
            assert not KEPT_OUT.search(raw)
            assert not KEPT_OUT.search(text.encode())
            assert not re.search(r"<\s*/?\s*[a-z]", text, re.IGNORECASE), "markup"
            assert str(parsed["Subject"]) == f"{office.office.texts.words('nl')['reply']['subject']} [{case.reference}]"
            assert str(parsed["References"]).split()[-1] == plan.token


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_a_hostile_mail_gets_into_the_digest(hostile: Hostile) -> None:
    office, case = taken_in(hostile, verified=True)
    rendered = render(build_digest(office.cases, {}, office.now, ZONE), the_texts(), "nl")
    raw = automatic_message(
        rendered.subject,
        rendered.text,
        rendered.html,
        sender=US,
        recipient=US.email,
        message_id=digest_id(MONDAY.date(), "example.com"),
        date=MONDAY,
    )
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    names = sorted(name.lower() for name in parsed.keys())  # noqa: SIM118 - a Message is no dict
    assert names == sorted(["from", "to", "subject", "date", "message-id", "auto-submitted", *MIME[::2]])
    parts = list(parsed.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part in parts:
        assert isinstance(part, EmailMessage)
        content = part.get_content()
        assert case.reference in content
        assert not KEPT_OUT.search(content.encode())
        assert "anna" not in content.lower()
        assert "gegevens." not in content, "the words of the mail"


def unencoded(raw: bytes) -> bytes:
    """The octets of a mail and of everything in it that is written in base64, whatever the charset."""
    words = re.findall(rb"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", raw)
    return (raw + b"".join(map(b64decode, words))).replace(b"\0", b"")


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "nothing hostile"])
def test_every_hostile_mail_holds_the_mark_that_is_looked_for(name: str) -> None:
    assert KEPT_OUT.search(unencoded(HOSTILE[name].raw(verified=True)))


# --- words that may be repeated ------------------------------------------------------------------------------------


CONTROLS = "a\x00b\x07c\x1b[31md\x7fe\x85f\u202eg\u2066h\u2028i\r\nBcc: x\r\n.\r\nQUIT\r\n"


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_control_characters_of_a_quoted_mail_stay_behind(encoding: str) -> None:
    office = SmallOffice([ANNA])
    office.takes_in(a_mail(text=CONTROLS, encoding=encoding, headers=dict(vouched())))
    plan, draft = office.letter(office.case, ReplyKind.ACKNOWLEDGEMENT)
    sent = freeze(draft, sender=US, recipient=plan.recipient, message_id=SENT_ID, date=MONDAY)
    for raw in (draft, sent):
        text = require_plain(require_planned(raw, ANNA.email, PLANNED))
        quoted = [line for line in text.splitlines() if line.startswith(">")]
        assert "> Bcc: x" in quoted, "the words are quoted, so that this shows something"
        assert "\nBcc:" not in text
        assert "." not in text.splitlines(), "a lone dot"


def test_the_words_of_an_unverified_mail_are_never_repeated() -> None:
    office, case = taken_in(Hostile(text="Verwijder alles. Betaal op kwaad.\n"), verified=False)
    for reply in set(ReplyKind) - TO_PROCESSOR:
        _, draft = office.letter(case, reply)
        assert not KEPT_OUT.search(require_plain(message_from_bytes(draft, policy=compat32)).encode())


REFERENCES_THAT_ARE_LINKS = ["evil.example/pay1", "www.evil.example/1", "evil.example:8080/x1", "http://evil.example/1"]


@pytest.mark.parametrize("link", REFERENCES_THAT_ARE_LINKS)
def test_a_reference_that_a_mail_chose_is_no_link(link: str) -> None:
    office, case = taken_in(Hostile(), verified=False)
    _, draft = office.letter(replace(case, external_reference=link), ReplyKind.IDENTITY)
    assert not KEPT_OUT.search(require_plain(message_from_bytes(draft, policy=compat32)).encode())


# --- files that the person added -----------------------------------------------------------------------------------


FILENAMES = {
    "a line break, encoded": 'filename="=?utf-8?q?x=0D=0ABcc:_eve@evil.example?="',
    "a line break, as RFC 2231 has it": "filename*=utf-8''x%0D%0ABcc:%20eve@evil.example",
    "NUL, as RFC 2231 has it": "filename*=utf-8''x%00y.pdf",
    "a continuation with a line break": "filename*0*=utf-8''x%0D%0A; filename*1*=Bcc:%20eve@evil.example",
    "quotes and backslashes": 'filename="a\\"; filename=\\"b.exe"',
    "a path": 'filename="../../etc/passwd"',
    "a path of Windows": 'filename="..\\\\..\\\\x.exe"',
    "letters from right to left": "filename*=utf-8''x%E2%80%AEfdp.exe",
    "no charset": "filename*=x%0D%0ABcc:y",
    "an unknown charset": "filename*=x-no''x%0D%0ABcc:y",
    "2,000 letters": f'filename="{"a" * 2000}.pdf"',
    "nothing": 'filename=""',
}


@pytest.mark.parametrize("filename", FILENAMES.values(), ids=FILENAMES)
def test_the_name_of_a_file_never_opens_a_header(filename: str) -> None:
    draft = (
        f"From: {US.email}\r\nTo: anna@example.org\r\nSubject: Uw privacyverzoek [P-7K3Q9X]\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nTekst\r\n"
        f"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; {filename}\r\n\r\nPDF\r\n--b--\r\n"
    ).encode()
    sent = freeze(draft, sender=US, recipient="anna@example.org", message_id=SENT_ID, date=MONDAY)
    assert sent == freeze(draft, sender=US, recipient="anna@example.org", message_id=SENT_ID, date=MONDAY)
    parsed = message_from_bytes(sent, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Bcc"] is None
    (attachment,) = parsed.iter_attachments()
    names = {name.lower() for name in attachment.keys()}  # noqa: SIM118 - a Message is no dict
    assert names <= {"content-type", "content-transfer-encoding", "content-disposition", "mime-version"}
    shown = attachment.get_filename() or ""
    assert not re.search(r"[\x00-\x1f\x7f/\u202e]", shown)
    assert max(len(line) for line in sent.split(b"\r\n")) <= 998


# --- what a mail client changed in the draft -----------------------------------------------------------------------


CHANGED = {
    "another recipient": (b"To: anna@example.org", b"To: eve@evil.example"),
    "a second recipient": (b"To: anna@example.org", b"To: anna@example.org, eve@evil.example"),
    "a name that hides another": (b"To: anna@example.org", b'To: "anna@example.org" <eve@evil.example>'),
    "an encoded address": (b"To: anna@example.org", b"To: =?utf-8?q?eve=40evil.example?="),
    "a group": (b"To: anna@example.org", b"To: anna@example.org: eve@evil.example;"),
    "a copy": (b"To: anna@example.org", b"To: anna@example.org\r\nCc: eve@evil.example"),
    "a blind copy": (b"To: anna@example.org", b"To: anna@example.org\r\nBcc: eve@evil.example"),
    "a blind copy behind a bare line feed": (b"To: anna@example.org", b"To: anna@example.org\nBcc: eve@evil.example"),
    "a second To": (b"To: anna@example.org", b"To: anna@example.org\r\nTo: eve@evil.example"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_draft_with_other_recipients_is_held_back_and_could_not_reach_them_anyhow(
    change: tuple[bytes, bytes],
) -> None:
    office, case = taken_in(Hostile(), verified=True)
    plan, draft = office.letter(case, ReplyKind.ACKNOWLEDGEMENT)
    changed = draft.replace(*change)
    assert changed != draft
    words, spoken = the_texts().words("nl"), the_texts().words(case.language)
    found = check_draft(case, plan, parse_draft(changed), words, spoken=spoken, ours=[US.email])
    assert {"recipient-changed", "extra-recipients"} & {finding.code for finding in found}
    sent = freeze(changed, sender=US, recipient=plan.recipient, message_id=SENT_ID, date=MONDAY)
    require_planned(sent, ANNA.email, PLANNED)
    assert b"evil" not in sent


def test_an_event_never_keeps_words_of_a_mail() -> None:
    _, case = taken_in(Hostile({"Subject": "kwaad"}, text="kwaad"), verified=True)
    assert [event.kind for event in case.events] == [EventKind.RECOGNISED]
    assert "kwaad" not in repr(case)
