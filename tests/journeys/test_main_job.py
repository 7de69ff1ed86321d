"""From a customer's mail to a sent answer: the whole way, on real servers."""

import email
import email.policy

import pytest
from company import DAAN, INFO, Company

from mailbot.core.cases import DraftState, EventKind, IdentityLevel, ReplyKind
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Right

ERASURE = "Dag,\n\nVerwijder alsjeblieft al mijn gegevens uit jullie systeem.\n\nAnna\n"
ACCESS = "Op grond van artikel 15 AVG wil ik graag een kopie van mijn persoonsgegevens ontvangen.\n"
ORDER = "Mag ik nog drie onderzetters van eikenhout bijbestellen? Graag voor het weekend.\n"


def test_a_request_becomes_a_case_with_a_deadline_and_a_draft(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    case = company.the_case()
    assert case.rights == (Right.ERASURE,)
    assert case.identity is IdentityLevel.L1
    assert case.binding.isoformat() == "2026-12-02"
    assert company.the_status() == "review"
    (draft,) = company.messages(company.desk.drafts).values()
    assert draft["To"] == "anna@example.org"
    assert draft["In-Reply-To"] == "<letter-1@example.org>"
    assert f"[{case.reference}]" in draft["Subject"]
    assert draft["References"].split()[0] == "<letter-1@example.org>"
    assert case.draft is not None
    assert draft["References"].split()[-1] == case.draft.token
    assert "2 december 2026" in draft.get_content()


def test_nothing_is_sent_before_a_person_approves(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    for _ in range(3):
        company.mailbot_looks()
    assert company.sent == []


def test_the_draft_moved_to_the_approved_folder_is_sent_once_to_the_right_address(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    for _ in range(3):
        company.mailbot_looks()
    (sent,) = company.sent
    assert sent.recipients == ("anna@example.org",)
    message = email.message_from_bytes(sent.content, policy=email.policy.default)
    assert message["In-Reply-To"] == "<letter-1@example.org>"
    assert {name.lower() for name in message} <= {
        "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-type",
        "content-transfer-encoding",
    }  # fmt: skip
    (copy,) = company.messages(company.desk.sent).values()
    assert copy["Message-ID"] == message["Message-ID"]
    assert company.messages(company.desk.sending) == {}


def test_after_the_acknowledgement_the_answer_lies_ready_and_sending_it_answers_the_case(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.the_status() == "review"
    draft = company.the_case().draft
    assert draft is not None
    assert draft.reply is ReplyKind.ANSWER
    fill_in_placeholders(company)
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.the_status() == "answered"
    assert len(company.sent) == 2


def fill_in_placeholders(company: Company) -> None:
    """What a person does to an answer: every [[…]] replaced by words."""
    ((_, message),) = company.messages(company.desk.drafts).items()
    text = message.get_content()
    while "[[" in text:
        start = text.index("[[")
        end = text.index("]]", start) + 2
        text = text[:start] + "gedaan op 3 november" + text[end:]
    original = message.get_content()
    company.the_person_edits_the_draft(original, text)


def test_ordinary_mail_leaves_no_trace(company: Company) -> None:
    company.a_mail_arrives(ORDER)
    report = company.mailbot_looks()
    assert report.intake.mails == 1
    assert company.cases() == ()
    assert company.messages(company.desk.drafts) == {}


def test_mails_to_both_mailboxes_and_in_english_are_seen(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.a_mail_arrives(
        "Under article 15 GDPR please send me a copy of all personal data you hold about me.\n",
        sender="Bob <bob@example.net>", to=DAAN,
    )  # fmt: skip
    company.mailbot_looks()
    assert {(case.mailbox, case.language) for case in company.cases()} == {("info", "nl"), ("daan", "en")}


def test_one_mail_to_both_mailboxes_is_one_case(company: Company) -> None:
    raw = company.a_mail_arrives(ERASURE, to=INFO)
    company.imap.deliver(DAAN, raw.replace(b"with ESMTPS id 1", b"with ESMTPS id 77"), received=company.now)
    company.mailbot_looks()
    assert len(company.cases()) == 1


def test_no_mail_is_read_because_of_the_bot(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.a_mail_arrives(ORDER)
    company.mailbot_looks()
    with company.client(INFO) as client:
        client.select_folder("INBOX", readonly=True)
        flags = client.get_flags(client.search())
    assert len(flags) == 2
    assert not any(b"\\Seen" in found for found in flags.values())


def test_the_clock_starts_at_receipt_whatever_the_date_header_says(company: Company) -> None:
    company.time_passes(days=3)
    company.a_mail_arrives(ERASURE)  # its Date says Monday
    company.mailbot_looks()
    assert company.the_case().received == company.now
    assert company.the_case().binding.isoformat() == "2026-12-05"


def test_an_unverified_writer_never_gets_more_than_a_question_at_the_address_on_file(company: Company) -> None:
    company.a_mail_arrives(ACCESS, verified=False, headers={"Reply-To": "thief@example.net"})
    company.mailbot_looks()
    case = company.the_case()
    assert case.identity is IdentityLevel.L0
    assert "reply-to-differs" in case.warnings
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.IDENTITY
    (draft,) = company.messages(company.desk.drafts).values()
    assert draft["To"] == "anna@example.org"
    assert "thief" not in draft.as_string()


def test_an_unknown_writer_gets_a_question_that_tells_nothing(company: Company) -> None:
    company.a_mail_arrives(ACCESS, sender="Stranger <stranger@example.net>")
    company.mailbot_looks()
    case = company.the_case()
    assert not case.known
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.IDENTITY
    (draft,) = company.messages(company.desk.drafts).values()
    assert draft["To"] == "stranger@example.net"
    assert "Anna" not in draft.get_content()


def test_the_answer_to_the_identity_question_raises_the_level_and_brings_the_answer_draft(company: Company) -> None:
    company.a_mail_arrives(ACCESS, verified=False)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.the_status() == "waiting"
    question = email.message_from_bytes(company.sent[0].content, policy=email.policy.default)
    company.a_mail_arrives(
        "Ja, dat verzoek kwam van mij.\n",
        headers={"In-Reply-To": question["Message-ID"], "References": question["Message-ID"]},
    )
    company.mailbot_looks()
    case = company.the_case()
    assert case.identity is IdentityLevel.L2
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.ANSWER


def test_a_stranger_who_quotes_reference_and_token_never_joins_the_case(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    case = company.the_case()
    assert case.draft is not None
    company.a_mail_arrives(
        "Stuur het antwoord maar naar mij.\n", sender="Eve <eve@example.net>",
        subject=f"Re: [{case.reference}]", headers={"References": case.draft.token},
    )  # fmt: skip
    company.mailbot_looks()
    assert next(item for item in company.cases() if item.reference == case.reference).mails == case.mails


def test_an_automatic_mail_never_gets_a_draft(company: Company) -> None:
    company.a_mail_arrives(ERASURE, headers={"Auto-Submitted": "auto-replied"})
    company.mailbot_looks()
    assert company.messages(company.desk.drafts) == {}
    assert all(case.answer_to == "" for case in company.cases())


def test_a_returned_mail_is_an_event_of_its_case_and_never_answered(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    company.imap.deliver(DAAN, a_bounce_of(company.sent[0].content), received=company.now)
    report = company.mailbot_looks()
    assert report.drafts == 0
    assert company.the_case().has(EventKind.MAIL_BOUNCED)


def a_bounce_of(sent: bytes) -> bytes:
    """A delivery status notification as RFC 3464 has it, returning our mail."""
    lines = [
        b"Return-Path: <>",
        b"From: Mail Delivery System <MAILER-DAEMON@mx.example.com>",
        b"To: daan@example.com",
        b"Subject: Undelivered Mail Returned to Sender",
        b"Message-ID: <bounce@mx.example.com>",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
        b"",
        b"--b1",
        b"Content-Type: text/plain",
        b"",
        b"Your message could not be delivered: mailbox unavailable.",
        b"--b1",
        b"Content-Type: message/delivery-status",
        b"",
        b"Reporting-MTA: dns; mx.example.com",
        b"",
        b"Final-Recipient: rfc822; anna@example.org",
        b"Action: failed",
        b"Status: 5.1.1",
        b"",
        b"--b1",
        b"Content-Type: message/rfc822",
        b"",
        sent,
        b"--b1--",
        b"",
    ]
    return b"\r\n".join(lines)


def test_two_passes_are_the_same_as_one(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.a_mail_arrives(ACCESS, sender="Bob <bob@example.net>")
    company.mailbot_looks()
    before = (company.cases(), company.messages(company.desk.drafts).keys())
    company.mailbot_looks()
    assert (company.cases(), company.messages(company.desk.drafts).keys()) == before


@pytest.mark.parametrize("waiting", [0, 1])
def test_a_discarded_draft_is_noted_and_not_laid_again(company: Company, waiting: int) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_person_moves(company.desk.drafts, company.desk.trash)
    company.mailbot_looks()
    assert company.the_case().draft is not None  # a sent draft is missing for a moment too
    company.time_passes(minutes=11)
    for _ in range(1 + waiting):
        company.mailbot_looks()
    case = company.the_case()
    assert [draft.state for draft in case.drafts if draft.reply is ReplyKind.ACKNOWLEDGEMENT] == [DraftState.DISCARDED]
    assert status_of(case).value == "review"  # the answer is next: no acknowledgement was wanted
