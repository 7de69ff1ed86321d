"""Loops and floods: what machines do to a mailbox must not become what the bot does to people."""

import email
import email.policy

from company import ANNA, DAAN, INFO, Company, a_letter

from mailbot.core.cases import EventKind
from mailbot.core.lifecycle import status_of
from mailbot.service import commands

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


def test_a_thousand_forged_requests_are_one_line_in_the_digest_and_a_real_one_is_still_seen(company: Company) -> None:
    for number in range(1000):
        forged = a_letter(ERASURE, f"x{number}@evil.example", verified=False, number=number + 10)
        company.imap.deliver(INFO, forged, received=company.now)
    company.a_mail_arrives("Ik wil graag inzage in al mijn persoonsgegevens.\n", ANNA)
    company.mailbot_looks()
    assert len(company.cases()) == 1001  # no request is missed
    (draft,) = company.messages(company.desk.drafts).values()
    assert draft["To"] == "anna@example.org"
    assert company.sent == []
    (digest,) = company.digests
    body = email.message_from_bytes(digest.content, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    text = body.get_content()
    real = next(case for case in company.cases() if case.known)
    assert real.reference in text
    assert text.count("P-") == 1
    assert "- 1000  sinds" in text


def test_a_person_can_take_any_request_out_of_a_flood(company: Company) -> None:
    company.the_configuration_changes("[digest]", "[limits]\nstrangers_per_hour = 2\n\n[digest]")
    for number in range(4):
        company.a_mail_arrives(ERASURE, f"x{number}@example.net", verified=False)
    company.mailbot_looks()
    assert company.messages(company.desk.drafts) == {}
    reference = company.cases()[0].reference
    with company.office() as office:
        commands.lay_draft(office, reference, None)
    assert len(company.messages(company.desk.drafts)) == 1


def test_no_more_mails_leave_within_an_hour_than_allowed_and_the_rest_follows(company: Company) -> None:
    company.the_configuration_changes("[digest]", "[limits]\nsends_per_hour = 2\n\n[digest]")
    for text in (ERASURE, "Ik wil inzage in mijn persoonsgegevens.\n", "Ik wil mijn gegevens in een csv bestand.\n"):
        company.a_mail_arrives(text)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert len(company.sent) == 2
    waiting = [case for case in company.cases() if status_of(case).value == "sending"]
    assert len(waiting) == 1
    company.time_passes(days=1)  # the digest of the next morning still says so, since it is composed before
    with company.office() as office:
        office.register.set_note("digest:settled", None)
    company.mailbot_looks()
    assert len(company.sent) == 3


def test_two_bots_that_answer_each_other_send_one_mail_each_at_most(company: Company) -> None:
    """The other side is a mailbot as well: whatever we send comes back as its own letter, a thousand times."""
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    (first,) = company.sent
    ours = email.message_from_bytes(first.content, policy=email.policy.default)
    for round_number in range(1000):
        echo = a_letter(
            ours.get_content(),
            ANNA,
            "Uw privacyverzoek [P-QQQQQQ]",
            number=round_number + 50,
            headers={"In-Reply-To": ours["Message-ID"], "References": ours["Message-ID"]},
        )
        company.imap.deliver(INFO, echo, received=company.now)
        if round_number % 100 == 0:
            company.mailbot_looks()
            if company.messages(company.desk.drafts):
                company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    company.mailbot_looks()
    assert len(company.sent) == 1


def test_an_automatic_answer_never_gets_a_draft(company: Company) -> None:
    company.a_mail_arrives(ERASURE, headers={"Auto-Submitted": "auto-replied"})
    company.mailbot_looks()
    assert company.messages(company.desk.drafts) == {}
    assert company.the_case().has(EventKind.DOUBTED)
    assert company.messages(company.desk.unclear, DAAN) != {}
