"""Odd mails on real servers, in one mailbox with a plain request: none keeps it waiting, and none vanishes."""

import email
import email.policy
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from company import INFO, Company
from servers import Dovecot
from torture.building import an_odd_mail
from torture.odd_mails import ODD_MAILS

from mailbot.core.cases import DraftState

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"
THE_REQUEST = "<letter-1@example.org>"

A_DOZEN: Final = (
    "a subject of one megabyte",
    "a From of one NUL",
    "a date in the year 99999",
    "50,000 parameters",
    "only CR as line ends",
    "nothing at all",
    "a charset that is zlib",
    "base64 of five characters",
    "a text with NULs between the letters",
    "markup nested 10,000 deep",
    "multiparts nested 29 deep",
    "messages nested 29 deep",
    "a delivery report of nothing",
    "TNEF alone",
    "S/MIME, encrypted",
    "PGP, mangled by a server",
)
REQUESTS_ALL_THE_SAME: Final = (
    "20,000 fields",
    "500 From fields",
    "a From in fullwidth letters",
    "a date on 31 February",
    "a Message-ID that is a bracket",
    "a charset that is undefined",
    "an encoding that is none",
    "a boundary of NULs",
    "an attached message of nothing",
    "S/MIME, signed",
)
TYPES_THAT_ARE_NONE: Final = (  # RFC 2045 § 5.2: read as text/plain
    "a type that is empty",
    "a type of one word",
    "a type of one word and a charset",
    "a type that ends in a slash",
)
DESCRIBED_AT_LENGTH: Final = (  # BODYSTRUCTURE answers of more than a million octets
    "a charset of one megabyte",
    "an encoding of one megabyte",
    "a boundary of one megabyte",
    "a bomb of messages, wide",
    "a bomb of messages, deep",
)


def arrives(company: Company, name: str) -> None:
    raw = ODD_MAILS[name]()
    number = list(ODD_MAILS).index(name)  # an id of its own: the same mail again would be no new one
    company.imap.deliver(INFO, raw.replace(b"<odd@", b"<odd-%d@" % number), received=company.now)


def the_plain_request_has_its_draft(company: Company) -> bool:
    cases = [case for case in company.cases() if THE_REQUEST in {mail.message_id for mail in case.mails}]
    return [case.draft.state for case in cases if case.draft] == [DraftState.LAID]


def the_digest_of_tomorrow(company: Company) -> str:
    company.time_passes(days=1)
    company.mailbot_looks()
    digest = email.message_from_bytes(company.digests[-1].content, policy=email.policy.default)
    text = digest.get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def test_a_plain_request_among_odd_mails_has_a_draft_after_the_same_pass(company: Company) -> None:
    for name in A_DOZEN[::2]:
        arrives(company, name)
    company.a_mail_arrives(ERASURE)
    for name in A_DOZEN[1::2]:
        arrives(company, name)
    report = company.mailbot_looks()
    assert not report.failures
    assert report.intake.mails == len(A_DOZEN) + 1
    assert the_plain_request_has_its_draft(company)


def test_odd_mails_are_looked_at_once_and_those_set_aside_are_in_the_digest(company: Company) -> None:
    for name in A_DOZEN:
        arrives(company, name)
    first, second = company.mailbot_looks(), company.mailbot_looks()
    assert (first.intake.mails, second.intake.mails) == (len(A_DOZEN), 0)
    assert len(company.cases()) == first.intake.requests + first.intake.unclear
    with company.office() as office:
        aside = office.register.notes("aside:")
    assert len(aside) == first.intake.set_aside
    assert the_digest_of_tomorrow(company).count("- info/INBOX") == len(aside)


def test_a_request_in_an_odd_mail_is_a_request_on_every_server(company: Company) -> None:
    for name in REQUESTS_ALL_THE_SAME:
        arrives(company, name)
    report = company.mailbot_looks()
    assert not report.failures
    # Who asks for the same a second time asks again: his mail joins the case that is open
    assert report.intake.requests + report.intake.joined == len(REQUESTS_ALL_THE_SAME)


@pytest.mark.parametrize("name", TYPES_THAT_ARE_NONE)
def test_a_mail_without_a_readable_type_is_read_as_text(company_on_dovecot: Company, name: str) -> None:
    arrives(company_on_dovecot, name)
    assert company_on_dovecot.mailbot_looks().intake.requests == 1


@pytest.mark.parametrize("name", DESCRIBED_AT_LENGTH)
def test_a_mail_that_is_described_at_length_delays_the_others_by_one_poll_at_most(
    company_on_dovecot: Company, name: str
) -> None:
    company = company_on_dovecot
    arrives(company, name)
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.mailbot_looks()
    assert the_plain_request_has_its_draft(company)


# --- mails that the server lists and cannot hand out


def locked(file: Path) -> None:
    """As after a restore by the wrong user. Dovecot ends the connection at every FETCH of it."""
    file.chmod(0)


def longer_than_its_name_says(file: Path) -> None:
    file.rename(file.with_name(f"{file.name},S=10,W=10"))


def shorter_than_its_name_says(file: Path) -> None:
    """As after a full disk."""
    file.rename(file.with_name(f"{file.name},S=99999,W=99999"))


SPOILED: Final = (locked, longer_than_its_name_says, shorter_than_its_name_says)


@pytest.fixture
def spoiled(company_on_dovecot: Company, dovecot: Dovecot, request: pytest.FixtureRequest) -> Company:
    """A mail that Dovecot cannot read, and above it a plain request."""
    spoil: Callable[[Path], None] = request.param
    company_on_dovecot.imap.deliver(INFO, an_odd_mail(), received=company_on_dovecot.now)
    (file,) = (dovecot.maildir(INFO) / "new").iterdir()
    spoil(file)
    company_on_dovecot.a_mail_arrives(ERASURE)
    return company_on_dovecot


@pytest.mark.parametrize("spoiled", SPOILED, indirect=True)
def test_a_mail_that_cannot_be_read_delays_the_others_by_one_poll_at_most(spoiled: Company) -> None:
    spoiled.mailbot_looks()
    spoiled.mailbot_looks()
    assert the_plain_request_has_its_draft(spoiled)


@pytest.mark.parametrize("spoiled", SPOILED, indirect=True)
def test_a_mail_that_cannot_be_read_is_set_aside_after_three_tries_and_in_the_digest(spoiled: Company) -> None:
    aside = [spoiled.mailbot_looks().intake.set_aside for _ in range(4)]
    assert aside == [0, 0, 1, 0]
    assert "- info/INBOX" in the_digest_of_tomorrow(spoiled)
