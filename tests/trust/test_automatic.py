"""Automatic mail (RFC 3834, RFC 3464, RFC 8098): one row for every signal, and what must never be taken for one.

Each row is a mail as it arrives, read from raw bytes. Automatic mail is never answered, whatever it asks for and
whatever a person makes of it; a report about a mail of ours becomes an event of its case and a line of the digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest
from mails import COMPANY, WRITTEN, a_bounce, a_mail
from read_mails import vouched
from trust.small_office import MONDAY, ZONE, Classify, SmallOffice, an_erasure, found, the_reader, the_texts

from mailbot.core.cases import EventKind, IdentityLevel, ReplyKind, Status
from mailbot.core.classifying import Classification
from mailbot.core.digest import Section, build_digest, render
from mailbot.core.draft_text import parse_draft
from mailbot.core.experience import DeskLesson
from mailbot.core.lifecycle import status_of
from mailbot.core.mail import Automatic, Mail
from mailbot.core.reading import split
from mailbot.core.rights import Decision, Right
from mailbot.core.sender import Contact
from mailbot.core.turns import next_reply
from mailbot.service.desk import confirm

A = Automatic
T = TypeVar("T")
ANNA = Contact("anna@example.org", "Anna de Wit")


@dataclass(frozen=True)
class Row:
    """One mail: the field that makes the difference, and the signals that it gives."""

    field: str
    value: str
    signals: tuple[A, ...] = ()
    where: str = ""  # what writes it

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"

    @property
    def raw(self) -> bytes:
        return a_mail(headers={self.field: self.value}, text="Ik wil graag dat u al mijn gegevens verwijdert.\n")


AUTOMATIC = [
    # --- the envelope (RFC 5321 § 4.5.5, RFC 3834 § 4)
    Row("Return-Path", "<>", (A.NULL_RETURN_PATH,)),
    Row("return-path", " < > ", (A.NULL_RETURN_PATH,)),
    # --- RFC 3834 § 5
    Row("Auto-Submitted", "auto-replied", (A.AUTO_SUBMITTED,), "vacation"),
    Row("Auto-Submitted", "auto-replied (vacation)", (A.AUTO_SUBMITTED,)),
    Row("Auto-Submitted", "auto-replied; owner-email=anna@example.org", (A.AUTO_SUBMITTED,), "RFC 5230 § 4.7"),
    Row("AUTO-SUBMITTED", "Auto-Generated", (A.AUTO_SUBMITTED,), "cron"),
    Row("Auto-Submitted", "auto-notified", (A.AUTO_SUBMITTED,), "RFC 5436 § 2.7.1"),
    Row("Auto-Submitted", "a-word-of-later-years", (A.AUTO_SUBMITTED,), "§ 5: anything but no"),
    # --- Precedence, discouraged by RFC 2076 § 3.9 and everywhere
    Row("Precedence", "bulk", (A.PRECEDENCE,)),
    Row("Precedence", "List", (A.PRECEDENCE,)),
    Row("Precedence", "junk", (A.PRECEDENCE,)),
    Row("Precedence", "auto_reply", (A.PRECEDENCE,), "procmail recipes"),
    Row("precedence", "bulk (newsletter)", (A.PRECEDENCE,)),
    # --- lists: RFC 2369, RFC 2919, RFC 8058
    Row("List-Id", "Bewoners <bewoners.example.org>", (A.LIST,)),
    Row("List-Unsubscribe", "<mailto:off@example.org>", (A.LIST,)),
    Row("List-Unsubscribe-Post", "List-Unsubscribe=One-Click", (A.LIST,)),
    Row("List-Post", "NO", (A.LIST,)),
    Row("list-help", "<https://example.org/help>", (A.LIST,)),
    # --- what programs agreed on among themselves
    Row("X-Auto-Response-Suppress", "All", (A.RESPONSE_SUPPRESSED,), "Exchange"),
    Row("X-Auto-Response-Suppress", "DR, OOF, AutoReply", (A.RESPONSE_SUPPRESSED,), "Exchange"),
    Row("X-Autoreply", "yes", (A.AUTORESPONDER,)),
    Row("X-Auto-Reply", "1", (A.AUTORESPONDER,)),
    Row("X-Autorespond", "Re: uw vraag", (A.AUTORESPONDER,)),
    Row("X-AutoResponder", "cPanel", (A.AUTORESPONDER,)),
    Row("X-Autoreply-From", "anna@example.org", (A.AUTORESPONDER,)),
    Row("X-Mail-Autoreply", "vacation", (A.AUTORESPONDER,)),
    Row("X-Loop", "desk@example.org", (A.LOOP,), "help desks"),
    Row("Feedback-ID", "1:campaign:mailer", (A.FEEDBACK,), "bulk mailers"),
    # --- reports by their form: RFC 6522, whatever the report type
    Row("Content-Type", "multipart/report; report-type=delivery-status; boundary=b", (A.REPORT,), "RFC 3464"),
    Row("Content-Type", "Multipart/Report; report-type=disposition-notification; boundary=b", (A.REPORT,), "RFC 8098"),
    Row("Content-Type", "multipart/report; report-type=feedback-report; boundary=b", (A.REPORT,), "RFC 5965"),
    # --- who sent it
    Row("From", "MAILER-DAEMON@mx.example.org (Mail Delivery System)", (A.ROBOT_SENDER,), "Postfix"),
    Row("From", "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", (A.ROBOT_SENDER,), "Gmail"),
    Row("From", "postmaster@example.org", (A.ROBOT_SENDER,), "Exchange"),
    Row("From", "No Reply <no-reply@example.org>", (A.ROBOT_SENDER,)),
    Row("From", "noreply-orders@example.org", (A.ROBOT_SENDER,)),
    Row("From", "donotreply@example.org", (A.ROBOT_SENDER,)),
    Row("From", "shop.noreply@example.org", (A.ROBOT_SENDER,)),
    Row("From", "bounces+12=info@mail.example.org", (A.ROBOT_SENDER,), "VERP"),
    Row("From", "auto-confirm@example.org", (A.ROBOT_SENDER,)),
    Row("From", "listserv@example.org", (A.ROBOT_SENDER,)),
    Row("From", "owner-buurt@example.org", (A.ROBOT_SENDER,)),
    Row("From", "niet-beantwoorden@example.org", (A.ROBOT_SENDER,), "nl"),
    Row("From", "geen.antwoord@example.org", (A.ROBOT_SENDER,), "nl"),
    Row("From", "keine-antwort@example.org", (A.ROBOT_SENDER,), "de"),
    Row("From", "nicht_antworten@example.org", (A.ROBOT_SENDER,), "de"),
    Row("From", "ne-pas-repondre@example.org", (A.ROBOT_SENDER,), "fr"),
    Row("From", "Wij zelf <INFO@example.com>", (A.OWN_ADDRESS,), "a loop"),
    # --- subjects, nl
    Row("Subject", "Automatisch antwoord: afwezig", (A.SUBJECT,)),
    Row("Subject", "Afwezig: tot 9 november", (A.SUBJECT,)),
    Row("Subject", "Afwezigheidsmelding", (A.SUBJECT,)),
    Row("Subject", "Onbestelbaar: Uw privacyverzoek", (A.SUBJECT,), "Outlook"),
    Row("Subject", "Niet bestelbaar: Uw privacyverzoek", (A.SUBJECT,)),
    Row("Subject", "Gelezen: Uw privacyverzoek", (A.SUBJECT,), "Outlook"),
    Row("Subject", "Leesbevestiging: Uw privacyverzoek", (A.SUBJECT,)),
    # --- subjects, en
    Row("Subject", "Automatic reply: your request", (A.SUBJECT,), "Exchange"),
    Row("Subject", "Auto-reply: your request", (A.SUBJECT,)),
    Row("Subject", "Out of Office Re: your request", (A.SUBJECT,)),
    Row("Subject", "Undeliverable: your request", (A.SUBJECT,), "Exchange"),
    Row("Subject", "Undelivered Mail Returned to Sender", (A.SUBJECT,), "Postfix"),
    Row("Subject", "Delivery Status Notification (Failure)", (A.SUBJECT,), "Gmail"),
    Row("Subject", "Mail delivery failed: returning message to sender", (A.SUBJECT,), "Exim"),
    Row("Subject", "failure notice", (A.SUBJECT,), "qmail"),
    Row("Subject", "Returned mail: see transcript for details", (A.SUBJECT,), "sendmail"),
    Row("Subject", "Warning: message 1kZ delayed 24 hours", (A.SUBJECT,), "Exim"),
    Row("Subject", "Read: your request", (A.SUBJECT,), "Outlook"),
    # --- subjects, de
    Row("Subject", "Automatische Antwort: Ihre Anfrage", (A.SUBJECT,)),
    Row("Subject", "Abwesenheitsnotiz: Urlaub bis 9.11.", (A.SUBJECT,)),
    Row("Subject", "Unzustellbar: Ihre Anfrage", (A.SUBJECT,)),
    Row("Subject", "Gelesen: Ihre Anfrage", (A.SUBJECT,)),
    Row("Subject", "Lesebestätigung: Ihre Anfrage", (A.SUBJECT,)),
    # --- subjects, fr
    Row("Subject", "Réponse automatique : absence", (A.SUBJECT,)),
    Row("Subject", "Absence du bureau", (A.SUBJECT,)),
    Row("Subject", "Non remis : votre demande", (A.SUBJECT,), "Outlook"),
    Row("Subject", "Échec de la remise", (A.SUBJECT,)),
    Row("Subject", "Lu : votre demande", (A.SUBJECT,)),
    Row("Subject", "Accusé de réception : votre demande", (A.SUBJECT,)),
]

WRITTEN_BY_A_PERSON = [
    Row("Auto-Submitted", "no"),
    Row("Auto-Submitted", "No (a person typed this)"),
    Row("Auto-Submitted", "no; typed=yes"),
    Row("Auto-Submitted", ""),
    Row("Precedence", "normal"),
    Row("Precedence", "first-class"),
    Row("Precedence", "urgent"),
    Row("Return-Path", "<anna@example.org>"),
    Row("Return-Path", "<bounces+anna@example.org>", where="a provider's envelope, not the writer"),
    Row("X-Auto-Response-Suppress", "None"),
    Row("X-Autoreply", "no"),
    Row("X-Listed", "yes"),
    Row("Listening", "yes"),
    Row("X-Priority", "1"),
    Row("Sender", "no-reply@webmail.example.org", where="a web form that a person filled in"),
    Row("Reply-To", "noreply@example.org"),
    Row("Disposition-Notification-To", "anna@example.org", where="asks for a receipt, is none"),
    Row("Content-Type", "multipart/mixed; report-type=delivery-status; boundary=b"),
    Row("Content-Type", "text/plain; name=multipart/report"),
    # --- people with names like that
    Row("From", "Bounce <anna@example.org>"),
    Row("From", "Jan Bounce <jan.bounce@example.org>"),
    Row("From", '"Mailer-Daemon" <anna@example.org>'),
    Row("From", '"no-reply@example.org" <anna@example.org>', where="the name proves nothing either way"),
    Row("From", "Postmaster Jansen <jansen.postmaster@example.org>"),
    Row("From", "Norep Ly <norep.ly@example.org>"),
    Row("From", "anna@noreply.example.org", where="the domain says nothing of the writer"),
    Row("From", "anna@bounce.example.org"),
    Row("From", "robotica@example.org"),
    Row("From", "notificatie.anna@example.org"),
    Row("From", "info@example.com.example.org", where="only looks like our own"),
    Row("From", "info+x@example.com.example.net"),
    # --- subjects about such mail
    Row("Subject", "Re: Automatisch antwoord van gisteren, klopt dat?", where="nl"),
    Row("Subject", "Vraag over mijn automatisch antwoord", where="nl"),
    Row("Subject", "Ik ben afwezig op maandag, kan het later?", where="nl"),
    Row("Subject", "Mijn pakket is onbestelbaar", where="nl"),
    Row("Subject", "Antw: Onbestelbaar: mijn pakket", where="nl"),
    Row("Subject", "Verzoek gelezen?", where="nl"),
    Row("Subject", "Re: Out of office: I was away, here is my answer", where="en"),
    Row("Subject", "My mail was returned: what went wrong", where="en"),
    Row("Subject", "Undelivered order 4711", where="en"),
    Row("Subject", "Read this please", where="en"),
    Row("Subject", "Warning: you still have my data", where="en"),
    Row("Subject", "Re: delivery of my order", where="en"),
    Row("Subject", "AW: Abwesenheitsnotiz", where="de"),
    Row("Subject", "Mein Paket war unzustellbar", where="de"),
    Row("Subject", "Haben Sie das gelesen: Auskunft", where="de"),
    Row("Subject", "Re: Absence du bureau", where="fr"),
    Row("Subject", "Votre accusé de réception", where="fr"),
    Row("Subject", "Bien lu, mais je ne suis pas d'accord", where="fr"),
]

SEEN_BY_THEIR_WORDS = [
    Row("From", "do_not_reply@example.org", (A.ROBOT_SENDER,), "the pattern knows do-not and donot only"),
    Row("Subject", "Nicht zustellbar: Ihre Anfrage", (A.SUBJECT,), "the pattern allows no space"),
    Row("Subject", "Abwesend bis 9.11.", (A.SUBJECT,)),
    Row("Subject", "Afwezigheidsassistent: tot 9 november", (A.SUBJECT,)),
    Row("Subject", "Message d'absence", (A.SUBJECT,)),
    Row("Subject", "Delayed Mail (still being retried)", (A.SUBJECT,), "Postfix"),
]
NOT_TAKEN_FOR_AUTOMATIC = [
    Row("Subject", "Out of office hours, when are you open?"),
    Row("Subject", "Delivery failure: my parcel never came"),
    Row("Subject", "Onbestelbaar pakket, wat nu?"),
    Row("Subject", "Automatisch antwoord gekregen, wie leest dit?"),
    Row("Subject", "Ich bin abwesend am Montag, bitte später liefern"),
    Row("Subject", "Réponse automatique reçue hier, qui me lit ?"),
]


def signals(raw: bytes) -> tuple[A, ...]:
    return the_reader().read(split(raw, MONDAY)).automatic


# --- the table -----------------------------------------------------------------------------------------------------


def test_the_table_is_long_and_has_a_row_for_every_signal() -> None:
    rows = [*AUTOMATIC, *WRITTEN_BY_A_PERSON]
    assert len({str(row) for row in rows}) == len(rows) >= 60
    assert {signal for row in AUTOMATIC for signal in row.signals} == set(Automatic)


@pytest.mark.parametrize("row", AUTOMATIC, ids=str)
def test_a_machine_is_known_by_exactly_its_signal(row: Row) -> None:
    assert signals(row.raw) == row.signals


@pytest.mark.parametrize("row", WRITTEN_BY_A_PERSON, ids=str)
def test_a_person_is_never_taken_for_a_machine(row: Row) -> None:
    assert signals(row.raw) == ()


@pytest.mark.parametrize("row", SEEN_BY_THEIR_WORDS, ids=str)
def test_a_machine_is_known_by_its_own_words(row: Row) -> None:
    assert signals(row.raw) == row.signals


@pytest.mark.parametrize("row", NOT_TAKEN_FOR_AUTOMATIC, ids=str)
def test_a_person_whose_subject_starts_like_a_notice_is_not_taken_for_a_machine(row: Row) -> None:
    assert signals(row.raw) == ()


def test_signals_add_up_and_a_no_takes_none_away() -> None:
    raw = a_mail(headers={"Auto-Submitted": "no", "Precedence": "bulk", "List-Id": "<x.example.org>"})
    assert signals(raw) == (A.PRECEDENCE, A.LIST)


@pytest.mark.parametrize("values", [("no", "auto-replied"), ("auto-replied", "no")])
def test_of_two_fields_that_differ_the_machine_counts(values: tuple[str, str]) -> None:
    assert signals(a_mail(headers={"Auto-Submitted": values})) == (A.AUTO_SUBMITTED,)


# --- never answered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("row", AUTOMATIC, ids=str)
def test_automatic_mail_gets_no_address_to_answer_and_no_letter(row: Row, decision: Decision) -> None:
    office = SmallOffice([ANNA], classify=lambda *_: found(decision, Right.ERASURE))
    office.takes_in(row.raw)
    assert len(office.cases) == (decision is not Decision.NONE), "what may be a request is put before a person"
    for case in office.cases:
        assert status_of(case) is Status.TRIAGE
        assert case.answer_to == ""
        assert next_reply(case, office.office.today) is None
        confirmed = confirm(office.office, case, (Right.ERASURE,))
        assert status_of(confirmed) is Status.OPEN
        assert next_reply(confirmed, office.office.today) is None, "not even when the person says that it is a request"


@pytest.mark.parametrize("decision", [Decision.REQUEST, Decision.UNCLEAR])
@pytest.mark.parametrize("row", WRITTEN_BY_A_PERSON, ids=str)
def test_a_person_is_answered_at_the_writing_address(row: Row, decision: Decision) -> None:
    office = SmallOffice([ANNA], classify=lambda *_: found(decision, Right.ERASURE))
    office.takes_in(row.raw)
    assert office.case.answer_to == office.case.sender != ""
    assert next_reply(confirm(office.office, office.case, ()), office.office.today) is ReplyKind.IDENTITY


# --- what answers our letters --------------------------------------------------------------------------------------


def an_erasure_by_a_person(mail: Mail, lessons: Sequence[DeskLesson] = ()) -> Classification:
    """What people write asks for erasure, what machines write for nothing."""
    return found(Decision.NONE) if mail.automatic else an_erasure(mail, lessons)


def a_case_with_a_sent_letter(classify: Classify = an_erasure_by_a_person) -> tuple[SmallOffice, str]:
    """Anna, vouched for, asked for erasure; the acknowledgement went out under the token that comes back."""
    office = SmallOffice([ANNA], classify)
    office.takes_in(from_anna("Verwijder al mijn gegevens.\n"))
    assert office.case.identity is IdentityLevel.L1
    return office, office.sends(office.case, ReplyKind.ACKNOWLEDGEMENT).token


def from_anna(text: str) -> bytes:
    return a_mail(text=text, message_id="<anna-1@example.org>", headers=dict(vouched()))


@pytest.mark.parametrize("row", [row for row in AUTOMATIC if A.REPORT not in row.signals], ids=str)
def test_an_automatic_reply_to_our_letter_changes_nothing_of_its_case(row: Row) -> None:
    office, token = a_case_with_a_sent_letter()
    before = office.case
    thread = {row.field: row.value, "References": token, "In-Reply-To": token}
    office.takes_in(a_mail(headers=thread, text="Ik ben er niet.\n"))
    assert office.cases == (before,)


@pytest.mark.parametrize("field", ["X-Loop", "List-Unsubscribe", "Feedback-ID"])
def test_a_request_in_an_automatic_reply_to_our_letter_is_put_before_a_person(field: str) -> None:
    office, token = a_case_with_a_sent_letter(classify=an_erasure)
    before = office.case
    office.takes_in(a_mail(headers={field: "x", "References": token}, text="Wis ook de gegevens van mijn man.\n"))
    assert office.cases != (before,)


# --- a mail of ours that came back ---------------------------------------------------------------------------------


FAILED = "Final-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.1.1\n"


@dataclass(frozen=True)
class Report:
    """A report of a server or a mail client about a mail of ours; "{reference}" stands for the case's."""

    name: str
    kind: str = "delivery-status"
    says: str = "Your message could not be delivered."
    fields: str = FAILED
    returned: str = "message/rfc822"  # content type of the part that returns our mail; "" for none
    sender: str = "Mail Delivery System <mailer-daemon@mx.example.org>"
    subject: str = "Undelivered Mail Returned to Sender"
    domain: str = ""  # that our server vouches for

    def __str__(self) -> str:
        return self.name

    def raw(self, token: str, reference: str) -> bytes:
        head = [
            *(f"{name}: {value}" for name, value in (vouched(self.domain) if self.domain else ())),
            "Return-Path: <>",
            f"From: {self.sender}",
            f"To: {COMPANY}",
            f"Subject: {self.subject.format(reference=reference)}",
            f"Date: {WRITTEN}",
            "Message-ID: <report@mx.example.org>",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            f"Content-Type: multipart/report; report-type={self.kind}; boundary=b7",
        ]
        parts = [
            f"Content-Type: text/plain\r\n\r\n{self.says.format(reference=reference)}".encode(),
            f"Content-Type: message/{self.kind}\r\n\r\n{self.fields}".encode(),
        ]
        if self.returned:
            ours = our_mail(token, reference)
            whole = ours.partition(b"\r\n\r\n")[0] if self.returned.endswith("headers") else ours
            parts.append(f"Content-Type: {self.returned}\r\n\r\n".encode() + whole)
        body = b"".join(b"--b7\r\n" + part + b"\r\n" for part in parts)
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body + b"--b7--\r\n"


def our_mail(token: str, reference: str) -> bytes:
    """What went out, as it is returned."""
    return a_mail(
        sender=COMPANY,
        to="anna@example.org",
        subject=f"Uw privacyverzoek [{reference}]",
        message_id=f"<{reference}.{'9' * 32}@example.com>",
        headers={"References": token},
        text="Wij hebben uw verzoek ontvangen.\n",
    )


CAME_BACK = [
    Report("the whole mail returned (Postfix, Gmail)"),
    Report("the whole mail returned, with addresses in UTF-8 (RFC 6533)", returned="message/global"),
    Report("the tag in the words of the report (Exchange)", says="Niet bezorgd: [{reference}]", returned=""),
    Report("the tag in the subject of the report (Outlook)", subject="Onbestelbaar: [{reference}]", returned=""),
    Report("from somebody else's postmaster", sender="postmaster@example.org", subject="Returned mail"),
]
VOUCHED_FOR = [
    Report("with a DMARC pass", sender="Mail <mailer-daemon@googlemail.com>", domain="googlemail.com"),
    Report("forged by a stranger with a domain of his own", sender="Eve <eve@example.net>", domain="example.net"),
]
# RFC 6522 § 4: the third part may be the header alone. Postfix does so for large mails, Exim and Exchange by setting.
HEADERS_ONLY = [
    Report("only the header returned", returned="text/rfc822-headers"),
    Report("only the header returned, in UTF-8 (RFC 6533)", returned="message/global-headers"),
]
DID_NOT_COME_BACK = [
    Report(
        "a read receipt (RFC 8098)",
        kind="disposition-notification",
        says="Your message was displayed.",
        fields="Disposition: manual-action/MDN-sent-manually; displayed\n",
        sender="Anna <anna@example.org>",
        subject="Gelezen: Uw privacyverzoek",
    ),
    Report(
        "a receipt of delivery (RFC 3464 § 2.3.3)",
        says="Your message was delivered.",
        fields=FAILED.replace("failed", "delivered").replace("5.1.1", "2.0.0"),
    ),
    Report(
        "a warning that it is still being tried (RFC 3464 § 2.3.3)",
        says="Delivery is delayed; still trying.",
        fields=FAILED.replace("failed", "delayed").replace("5.1.1", "4.4.1"),
    ),
]


def after_the_report(report: Report) -> SmallOffice:
    office, token = a_case_with_a_sent_letter()
    office.takes_in(report.raw(token, office.case.reference))
    return office


@pytest.mark.parametrize("report", [*CAME_BACK, *VOUCHED_FOR, *HEADERS_ONLY], ids=str)
def test_a_mail_of_ours_that_came_back_is_an_event_of_its_case_and_a_line_of_the_digest(report: Report) -> None:
    office = after_the_report(report)
    assert office.case.has(EventKind.MAIL_BOUNCED)
    digest = build_digest(office.cases, {}, office.now, ZONE)
    assert [line.reference for line in digest.cases[Section.BOUNCED]] == [office.case.reference]
    rendered = render(digest, the_texts(), "nl")
    for text in (rendered.text, rendered.html):
        assert "niet aangekomen" in text.lower()
        assert office.case.reference in text
        assert "example.org" not in text


@pytest.mark.parametrize("report", DID_NOT_COME_BACK, ids=str)
def test_a_receipt_or_a_warning_is_no_mail_that_came_back(report: Report) -> None:
    assert not after_the_report(report).case.has(EventKind.MAIL_BOUNCED)


@pytest.mark.parametrize("report", [*CAME_BACK, *VOUCHED_FOR, *HEADERS_ONLY, *DID_NOT_COME_BACK], ids=str)
def test_no_report_joins_a_case_opens_one_or_changes_whom_it_answers(report: Report) -> None:
    office = after_the_report(report)
    assert (office.case.answer_to, office.case.identity) == ("anna@example.org", IdentityLevel.L1)
    assert {event.kind for event in office.case.events}.isdisjoint({EventKind.MAIL_JOINED, EventKind.IDENTIFIED})


@pytest.mark.parametrize("report", [*CAME_BACK, *VOUCHED_FOR], ids=str)
def test_the_next_letter_answers_the_person_and_never_the_report(report: Report) -> None:
    office = after_the_report(report)
    _, raw = office.letter(office.case, ReplyKind.ANSWER)
    draft = parse_draft(raw)
    assert draft.in_reply_to == ("<anna-1@example.org>",)
    assert "could not be delivered" not in draft.text


def test_a_report_about_somebody_elses_mail_changes_no_case() -> None:
    office, _ = a_case_with_a_sent_letter()
    before = office.case
    office.takes_in(a_bounce())
    assert office.cases == (before,)
