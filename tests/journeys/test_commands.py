"""The commands, as a person types them, on real servers."""

import json
from asyncio import WriteTransport
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner
from company import SECRETS, Company, mailbot

from mailbot.cli.main import cli
from mailbot.core.cases import EventKind, ReplyKind
from mailbot.core.errors import MailbotError, NeedsPerson
from mailbot.demo.servers import EmbeddedServers, MailSink, Sent

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


def listed(company: Company, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(mailbot(company, "cases", "--json", *options).stdout)
    return found


@pytest.fixture
def reference(company: Company) -> str:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    return company.the_case().reference


def test_cases_as_json_hold_the_contract(company: Company, reference: str) -> None:
    (case,) = listed(company)
    assert case == {
        "reference": reference, "status": "review", "waiting_for": None, "resolution": None, "rights": ["erasure"],
        "topics": [], "sender": "anna@example.org", "identity": "L1", "received": "2026-11-02T10:00:00+01:00",
        "binding": "2026-12-02", "work_by": "2026-12-02", "overdue": case["overdue"], "language": "nl",
        "mailbox": "info",
    }  # fmt: skip
    assert isinstance(case["overdue"], bool)


def test_cases_for_people_show_no_address(company: Company, reference: str) -> None:
    shown = mailbot(company, "cases").stdout
    assert reference in shown
    assert "anna" not in shown


def test_show_explains_dates_and_what_happened(company: Company, reference: str) -> None:
    shown = mailbot(company, "show", reference.lower()).stdout
    for expected in ("answer by 2026-12-02", "Reg. 1182/71", "recognised by", "dmarc-pass", "draft_laid by mailbot"):
        assert expected in shown
    assert json.loads(mailbot(company, "show", reference, "--json").stdout)["events"][0]["kind"] == "recognised"


def test_approve_sends_once(company: Company, reference: str) -> None:
    assert "sent" in mailbot(company, "approve", reference).stdout
    assert len(company.sent) == 1


def test_approve_says_why_a_draft_is_held_back(company: Company, reference: str) -> None:
    ((_, draft),) = company.messages(company.desk.drafts).items()
    company.the_person_edits_the_draft(draft.get_content(), draft.get_content() + "[[nog invullen]]\n")
    result = mailbot(company, "approve", reference, expect=NeedsPerson)
    assert "placeholder-left" in str(result.exception)
    assert company.sent == []


def test_approve_without_a_draft_says_what_to_do(company: Company, reference: str) -> None:
    mailbot(company, "reject", reference)
    result = mailbot(company, "approve", reference, expect=NeedsPerson)
    assert "mailbot draft" in str(result.exception)


def test_reject_takes_the_draft_from_the_desk_and_draft_lays_one_again(company: Company, reference: str) -> None:
    assert mailbot(company, "reject", reference).stdout == f"{reference}: open\n"
    assert company.messages(company.desk.drafts) == {}
    mailbot(company, "draft", reference, "--reply", "acknowledgement")
    assert len(company.messages(company.desk.drafts)) == 1


def test_draft_of_another_kind_replaces_the_present_one(company: Company, reference: str) -> None:
    mailbot(company, "draft", reference, "--reply", "answer")
    (draft,) = company.messages(company.desk.drafts).values()
    assert "[[" in draft.get_content()
    current = company.the_case().draft
    assert current is not None
    assert current.reply is ReplyKind.ANSWER


def test_assign_right_changes_what_the_letter_says(company: Company, reference: str) -> None:
    mailbot(company, "assign-right", reference, "access", "portability")
    company.mailbot_looks()
    assert listed(company)[0]["rights"] == ["access", "portability"]
    (draft,) = company.messages(company.desk.drafts).values()
    assert "inzage" in draft.get_content()


def test_close_by_hand_and_reopen(company: Company, reference: str) -> None:
    mailbot(company, "close", reference, "--how", "phone")
    assert listed(company) == []
    (closed,) = listed(company, "--all")
    assert (closed["status"], closed["resolution"]) == ("closed", "fulfilled")
    assert company.messages(company.desk.drafts) == {}
    mailbot(company, "reopen", reference)
    assert listed(company)[0]["status"] == "open"


def test_close_refuses_an_address_in_the_register(company: Company, reference: str) -> None:
    result = mailbot(company, "close", reference, "--how", "mail to anna@example.org", expect=MailbotError)
    assert "does not belong in the register" in str(result.exception)


def test_reopen_of_an_open_case_says_why_not(company: Company, reference: str) -> None:
    mailbot(company, "reopen", reference, expect=NeedsPerson)


class HangsUp(MailSink):
    """Takes the mail and hangs up before it says so: nobody knows whether it went out."""

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's
        self.sent.append(Sent(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.original_content or b""))
        assert isinstance(server.transport, WriteTransport)
        server.transport.abort()
        return "250 never heard"


def the_answer_to_the_final_dot_gets_lost(company: Company) -> list[Sent]:
    """Approve the draft while the way out hangs up; what that server took all the same."""
    working = company.workshop.settings.smtp.port
    with EmbeddedServers(SECRETS, HangsUp()) as servers:
        company.the_configuration_changes(f"port = {working}", f"port = {servers.smtp_port}")
        company.the_draft_is_approved_by_moving()
        for _ in range(3):
            company.mailbot_looks()
            company.time_passes(minutes=11)
        company.the_configuration_changes(f"port = {servers.smtp_port}", f"port = {working}")
        return [mail for mail in servers.sink.sent if "anna@example.org" in mail.recipients]


def test_silence_after_the_final_dot_is_uncertain_and_never_sent_again(company: Company, reference: str) -> None:
    assert len(the_answer_to_the_final_dot_gets_lost(company)) == 1
    assert company.the_case().has(EventKind.SEND_UNCERTAIN)
    company.mailbot_looks()
    assert company.sent == []
    mailbot(company, "approve", reference, expect=NeedsPerson)
    assert reference in mailbot(company, "digest").stdout


def test_an_uncertain_mail_that_arrived_counts_as_sent(company: Company, reference: str) -> None:
    the_answer_to_the_final_dot_gets_lost(company)
    mailbot(company, "settle", reference, "--sent")
    company.mailbot_looks()
    case = company.the_case()
    assert case.has(EventKind.ACKNOWLEDGEMENT_SENT)
    assert company.sent == []
    assert len(company.messages(company.desk.sent)) == 1
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.ANSWER


def test_an_uncertain_mail_that_did_not_arrive_waits_for_a_new_approval(company: Company, reference: str) -> None:
    the_answer_to_the_final_dot_gets_lost(company)
    mailbot(company, "settle", reference, "--not-sent")
    company.mailbot_looks()
    assert company.sent == []
    assert company.the_status() == "review"
    mailbot(company, "approve", reference)
    assert len(company.sent) == 1


def test_deadline_as_json_holds_the_contract(company: Company) -> None:
    found = json.loads(mailbot(company, "deadline", "2026-02-26T09:00", "--json").stdout)
    assert found.keys() == {"received", "policy_due", "month_due", "binding", "work_by", "extended", "explanation"}
    assert (found["policy_due"], found["month_due"], found["binding"]) == ("2026-03-28", "2026-03-26", "2026-03-26")
    assert mailbot(company, "deadline", "2026-01-31T23:30Z").stdout.startswith("Received Sun 1 Feb 2026 00:30")


def test_digest_shows_and_sends(company: Company, reference: str) -> None:
    before = len(company.digests)
    assert reference in mailbot(company, "digest").stdout
    assert len(company.digests) == before
    mailbot(company, "digest", "--send")
    assert len(company.digests) == before + 1


def test_contacts_import_makes_a_person_known(company: Company, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("Naam;E-mail\nBob Bos;Bob@Example.net\nzonder adres;\n")
    result = CliRunner().invoke(cli, ["contacts", "import", str(export), "--config", str(company.config), "--json"])
    assert json.loads(result.stdout) == {"added": 1, "already": 0, "skipped": 1, "column": "E-mail"}
    assert "anna" not in (tmp_path / "contacts.csv").read_text()


def test_check_logs_in_everywhere(company: Company) -> None:
    company.mailbot_looks()
    shown = mailbot(company, "check").stdout
    for expected in ("info/INBOX: fine", "daan/INBOX: fine", "review: drafts in Drafts", "smtp: logged in"):
        assert expected in shown


def test_check_says_whose_word_about_senders_there_is(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_configuration_changes('trusted_authserv_id = "mx.example.com"', 'received_by = "mx.example.com"')
    company.now = datetime.now(UTC)
    company.a_mail_arrives(ERASURE)
    shown = mailbot(company, "check").stdout
    assert "info: who wrote: nobody is ever verified" in shown
    assert "recent mail has the word of mx.example.com" in shown


def test_check_names_what_does_not_work(company: Company) -> None:
    company.mailbot_looks()
    company.the_configuration_changes(
        'addresses = ["info@example.com"]', 'addresses = ["info@example.com"]\nfolders = ["INBOX", "Spam"]'
    )
    result = mailbot(company, "check", expect=MailbotError)
    assert "info/Spam: FAILED" in result.output
    assert "Spam" in str(result.exception)


def test_init_asks_and_writes_a_valid_configuration(tmp_path: Path) -> None:
    config = tmp_path / "mailbot.toml"
    answers = 'daan@example.com\nDaan Voorbeeld\nWerkplaats "De Vijl"\n\n\n\n\n\n\n'
    result = CliRunner().invoke(cli, ["init", "--config", str(config)], input=answers)
    assert result.exception is None, result.output
    assert config.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "register.json").exists()
    again = CliRunner().invoke(cli, ["init", "--config", str(config)])
    assert "stays as it is" in again.output
