"""What servers and clocks do on a bad day: nothing lost, nothing doubled."""

import pytest
from company import DAAN, INFO, Company, a_letter
from servers import Dovecot

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"
ORDINARY = "Mag ik nog drie onderzetters bijbestellen?\n"
MAILS, REQUESTS = 10_000, 20


def test_ten_thousand_mails_that_get_new_numbers_are_the_same_mails(
    company_on_dovecot: Company, dovecot: Dovecot
) -> None:
    """A restored backup gives folders a new UIDVALIDITY (RFC 3501 § 2.3.1.1): all is read again, nothing is new."""
    company = company_on_dovecot
    for number in range(MAILS):
        text = ERASURE if number % (MAILS // REQUESTS) == 0 else ORDINARY
        # verified: strangers in such numbers would count as a flood
        writer = f"Klant <klant{number}@example.net>"
        dovecot.deliver(INFO, a_letter(text, writer, number=number), received=company.now)
    company.the_configuration_changes("[digest]", "[limits]\nstrangers_per_hour = 100\n\n[digest]")
    first = company.mailbot_looks()
    before = ([case.reference for case in company.cases()], len(company.messages(company.desk.drafts)))
    assert (first.intake.mails, len(before[0])) == (MAILS, REQUESTS)
    company.connections.close()
    dovecot.lose_uids(INFO)
    dovecot.lose_uids(DAAN)
    again = company.mailbot_looks()
    assert again.intake.mails == MAILS
    assert again.intake.requests == 0
    assert ([case.reference for case in company.cases()], len(company.messages(company.desk.drafts))) == before


@pytest.mark.parametrize("days", [-400, 400, 8000])
def test_a_clock_that_jumps_doubles_nothing_and_loses_nothing(company: Company, days: int) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    before = company.the_case()
    company.time_passes(days=days)
    company.mailbot_looks()
    company.mailbot_looks()
    company.time_passes(days=-days)
    company.mailbot_looks()
    after = company.the_case()
    assert (after.reference, after.drafts, after.due) == (before.reference, before.drafts, before.due)
    assert len(company.messages(company.desk.drafts)) == 1
    assert company.sent == []
    assert len(company.digests) <= 3  # at most one a day, by whatever the clock says the day is
