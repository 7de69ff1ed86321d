"""The daily list: exactly once a day, also after a missed one, and without a customer's name."""

import email
import email.policy

from company import Company

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


def test_the_digest_is_sent_once_a_day(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    for _ in range(3):
        company.mailbot_looks()
    assert len(company.digests) == 1
    company.time_passes(days=1)
    company.mailbot_looks()
    company.mailbot_looks()
    assert len(company.digests) == 2


def test_a_missed_day_is_caught_up_before_the_usual_time(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.time_passes(days=2, hours=-6)  # the machine was off all of Tuesday; it is Wednesday, 4 o'clock
    company.mailbot_looks()
    assert len(company.digests) == 2
    company.time_passes(hours=6)
    company.mailbot_looks()
    assert len(company.digests) == 2


def test_a_quiet_digest_comes_once_a_week(company: Company) -> None:
    for _ in range(15):
        company.mailbot_looks()
        company.time_passes(days=1)
    assert len(company.digests) == 3


def test_the_digest_names_the_overdue_case_and_no_person(company: Company) -> None:
    company.a_mail_arrives(ERASURE, subject="Anna wil weg")
    company.mailbot_looks()
    company.time_passes(days=31)
    company.mailbot_looks()
    digest = email.message_from_bytes(company.digests[-1].content, policy=email.policy.default)
    assert digest["Auto-Submitted"] == "auto-generated"
    text = digest.get_body(("plain",))
    html = digest.get_body(("html",))
    assert text is not None
    assert html is not None
    reference = company.the_case().reference
    for part in (text.get_content(), html.get_content(), digest["Subject"]):
        assert "anna" not in part.lower()
        assert "example.org" not in part
    assert reference in text.get_content()
    assert reference in html.get_content()


def test_a_failing_mailbox_keeps_the_others_going_and_shows_in_the_digest(company: Company) -> None:
    company.the_configuration_changes('user = "info@example.com"', 'user = "gone@example.com"')
    company.a_mail_arrives(ERASURE, to="daan@example.com")
    report = company.mailbot_looks()
    assert [type(error).__name__ for error in report.failures] == ["LoginRefused"]
    assert len(company.cases()) == 1
    assert b"info" in company.digests[-1].content
