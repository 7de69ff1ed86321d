"""The commands by which a person decides how a case goes on, as he types them, on real servers."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from company import INFO as INFO_ADDRESS
from company import Company, a_letter, mailbot

from mailbot.core.cases import EventKind, IdentityLevel, ReplyKind
from mailbot.core.digest import SET_ASIDE_PREFIX
from mailbot.core.errors import ConfigurationError, NeedsPerson

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


@pytest.fixture
def reference(company: Company) -> str:
    """An erasure that was acknowledged."""
    company.systems_are_configured()
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_letter_is_finished_and_sent()
    return company.the_request().reference


def test_another_outcome_is_another_letter(company: Company, reference: str) -> None:
    mailbot(company, "draft", reference, "--outcome", "no_data")
    assert "geen gegevens gevonden" in company.the_letter()
    mailbot(company, "draft", reference, "--outcome", "partly", "--ground", "claims")
    assert "een eis die nog loopt" in company.the_letter()


def test_only_an_answer_has_an_outcome(company: Company, reference: str) -> None:
    result = mailbot(
        company, "draft", reference, "--reply", "identity", "--outcome", "refused", expect=ConfigurationError
    )
    assert "only an answer has one" in str(result.exception)


def test_a_letter_to_a_processor_does_not_go_to_a_person(company: Company, reference: str) -> None:
    result = mailbot(company, "draft", reference, "--reply", "notice", expect=NeedsPerson)
    assert "does not go with it" in str(result.exception)


def test_a_refusal_is_laid_with_its_reason(company: Company, reference: str) -> None:
    mailbot(company, "refuse", reference, "--ground", "legal_duty")
    assert "De wet verplicht ons" in company.the_letter()


def test_a_late_refusal_is_refused_and_says_how_to_insist(company: Company, reference: str) -> None:
    # The commands read the real clock, so the case gets a term that is over by any clock.
    with company.office() as office:
        case = office.register.case(reference)
        assert case is not None
        office.register.save(replace(case, binding=date(2026, 1, 5)))
        office.register.commit()
    result = mailbot(company, "refuse", reference, "--ground", "claims", expect=NeedsPerson)
    assert "--late" in str(result.exception)
    mailbot(company, "refuse", reference, "--ground", "claims", "--late")
    result = mailbot(company, "extend", reference, "--ground", "complex", expect=NeedsPerson)
    assert "no longer possible" in str(result.exception)


def test_an_extension_is_laid_once(company: Company, reference: str) -> None:
    mailbot(company, "extend", reference, "--ground", "complex")
    assert "Uw verzoek is ingewikkeld." in company.the_letter()
    company.the_letter_is_finished_and_sent()
    result = mailbot(company, "extend", reference, "--ground", "many", expect=NeedsPerson)
    assert "there is no second extension" in str(result.exception)
    assert "extended" in mailbot(company, "show", reference).stdout


def test_tasks_are_listed_and_ticked(company: Company, reference: str) -> None:
    listed = mailbot(company, "tasks").stdout
    assert f"[ ] {reference} 1  winkel: erasure (beheer)" in listed
    assert json.loads(mailbot(company, "tasks", reference, "--json").stdout)[0]["role"] == "beheer"
    mailbot(company, "done", reference, "1")
    assert len(company.the_request().open_tasks) == 1
    assert len(company.messages(company.desk.tasks)) == 1
    mailbot(company, "done", reference, "--all")
    assert company.messages(company.desk.tasks) == {}
    assert mailbot(company, "tasks").stdout == "no tasks\n"


def test_a_task_that_does_not_exist_is_named(company: Company, reference: str) -> None:
    assert "has no task 9" in str(mailbot(company, "done", reference, "9", expect=NeedsPerson).exception)
    mailbot(company, "done", reference, expect=ConfigurationError)
    mailbot(company, "tasks", "P-XXXXXX", expect=NeedsPerson)


def test_a_person_says_that_he_is_sure_who_asks(company: Company) -> None:
    company.a_mail_arrives(ERASURE, verified=False)
    company.mailbot_looks()
    reference = company.the_request().reference
    draft = company.the_request().draft
    assert draft is not None
    assert draft.reply is ReplyKind.IDENTITY
    mailbot(company, "identify", reference, "--level", "L2", "--how", "called back on the number on file")
    case = company.the_request()
    assert case.identity is IdentityLevel.L2
    assert case.has(EventKind.IDENTIFIED)
    company.mailbot_looks()
    draft = company.the_request().draft
    assert draft is not None
    assert draft.reply is ReplyKind.ACKNOWLEDGEMENT
    mailbot(company, "identify", reference, "--level", "L3", "--how", "a@example.org", expect=ConfigurationError)


def test_a_mail_that_was_set_aside_can_be_saved_and_done_with(company: Company, tmp_path: Path) -> None:
    raw = a_letter("Een gewone mail.\n", number=77)
    company.imap.deliver(INFO_ADDRESS, raw, received=company.now)
    with company.office() as office:
        listing = office.watched["info"].mailbox.new_messages("INBOX", None, company.now.date())
        key = f"{SET_ASIDE_PREFIX}info:INBOX:{listing.uidvalidity}:{listing.uids[-1]}"
        office.register.set_note(key, f"{company.now.isoformat()} UnicodeDecodeError")
        office.register.commit()
    assert "1  info/INBOX" in mailbot(company, "aside").stdout
    assert json.loads(mailbot(company, "aside", "--json").stdout)[0]["reason"] == "UnicodeDecodeError"
    target = tmp_path / "look.eml"
    mailbot(company, "aside", "1", "--out", str(target))
    assert b"Een gewone mail." in target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600
    mailbot(company, "aside", "1", "--out", str(target), expect=ConfigurationError)
    mailbot(company, "aside", "1", "--done")
    assert mailbot(company, "aside").stdout == "no mail was set aside\n"
    mailbot(company, "aside", "1", expect=NeedsPerson)
