"""Cases let go when their term is over: from the customer's mail to a row without a person, over real servers."""

import email
import email.policy
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from case_files import a_case, closed
from company import INFO, Company, configure, mailbot
from servers import Dovecot

from mailbot.adapters.register import open_register
from mailbot.config.settings import load_settings
from mailbot.core.cases import Case, Resolution
from mailbot.core.errors import ConfigurationError, MailboxError, NeedsPerson
from mailbot.core.retention import Part, Row, row_of
from mailbot.core.rights import Right
from mailbot.demo.servers import EmbeddedServers
from mailbot.service import commands
from mailbot.service.office import Office
from mailbot.service.retention import Lying, keep_terms, left_for_a_person
from mailbot.wiring import connections_of

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"
ACCESS = "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n"
ORDER = "Kunnen jullie volgende week nog twee borden snijden? Wat kost dat?\n"
JAN = "Jan Jansen <jan@example.net>"


@pytest.fixture
def state(company: Company) -> Path:
    """The register's own folder, away from the customer list, which is the company's to clean."""
    company.the_configuration_changes("[digest]", '[register]\npath = "state/register.json"\n\n[digest]')
    folder = company.config.parent / "state"
    folder.mkdir()
    return folder


def answers_follow(company: Company, text: str, sender: str) -> None:
    last = email.message_from_bytes(company.sent[-1].content, policy=email.policy.default)
    headers = {"In-Reply-To": str(last["Message-ID"]), "References": f"{last['References']} {last['Message-ID']}"}
    company.a_mail_arrives(text, sender, subject=f"Re: {last['Subject']}", headers=headers)
    company.mailbot_looks()


def an_erasure_is_answered(company: Company) -> str:
    """Acknowledged, done in two systems, told to the processor, confirmed, answered."""
    company.systems_are_configured()
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_letter_is_finished_and_sent()
    company.the_tasks_are_done()
    notice = company.the_notice().reference
    company.the_letter_is_finished_and_sent(notice)
    answers_follow(company, "Wij hebben de gegevens verwijderd.\n", "Pakketdienst <privacy@parcels.example.net>")
    company.the_tasks_are_done()
    company.the_letter_is_finished_and_sent()
    assert company.the_status_of_the_request() == "answered"
    return company.the_request().reference


def an_access_is_closed(company: Company) -> Case:
    company.a_mail_arrives(ACCESS)
    company.mailbot_looks()
    company.the_letter_is_finished_and_sent()
    company.the_letter_is_finished_and_sent()
    reference = company.the_request().reference
    with company.office() as office:
        return commands.close(office, reference, Resolution.FULFILLED, "Anna de Vries belde")


def an_erasure_is_closed(company: Company, reference: str) -> None:
    """Acknowledged, answered and closed by a person, without systems or processors."""
    company.the_letter_is_finished_and_sent(reference)
    company.the_letter_is_finished_and_sent(reference)
    with company.office() as office:
        commands.close(office, reference, Resolution.FULFILLED, "")


def left(company: Company) -> tuple[Lying, ...]:
    with company.office() as office:
        return left_for_a_person(office)


def the_row(company: Company, reference: str) -> Row | None:
    with company.office() as office:
        return office.register.row(reference)


def traces(case: Case) -> list[str]:
    """Every word of a case that leads to its person or to his mails, and the ids of what went out."""
    words = ["anna", "Vries", case.sender, case.answer_to]
    words += [word for draft in case.drafts for word in (draft.token, draft.message_id, draft.id, draft.frozen)]
    words += [task.token for task in case.tasks]
    words += [word for mail in case.mails for word in (mail.fingerprint, mail.message_id)]
    return [word.strip("<>") for word in words if word]


def files_with(folder: Path, words: list[str]) -> dict[str, list[str]]:
    """Which files under a folder hold which of these words, compared as octets and without case."""
    found = {}
    for file in folder.rglob("*"):
        content = file.read_bytes().lower() if file.is_file() else b""
        if held := [word for word in words if word.lower().encode() in content]:
            found[file.name] = held
    return found


def test_an_erasure_leaves_a_row_and_no_octet_of_the_person(company: Company, state: Path) -> None:
    reference = an_erasure_is_answered(company)
    case, notice = company.the_request(), company.the_notice()
    words = traces(case) + traces(notice)
    assert "register.json" in files_with(state, words)
    company.days_pass(14)
    assert the_row(company, reference) == Row(
        reference=reference,
        month="2026-11",
        rights=(Right.ERASURE,),
        topics=(),
        language="",
        resolution=Resolution.FULFILLED,
        ground=None,
        identity=case.identity,
        days=0,
        in_time=True,
        extended=False,
        systems=(Part("winkel", True), Part("boekhouding", True)),
        recipients=(Part("Pakketdienst Voorbeeld", True),),
        kept="",
        kept_until=None,
        complaint=False,
        version="0.1.0",
    )
    assert files_with(state, words) == {}
    with company.office() as office:
        assert office.register.cases() == ()
        assert list(office.register.archived_cases()) == []
        assert office.register.is_taken(reference)
        assert office.register.is_taken(notice.reference)


def test_nothing_of_ours_about_an_erased_person_lies_on_the_desk(company: Company) -> None:
    an_erasure_is_answered(company)
    tokens = {draft.token for case in company.cases() for draft in case.drafts}
    tokens |= {task.token for case in company.cases() for task in case.tasks}
    desk = company.desk
    company.days_pass(14)
    for folder in (*desk.with_drafts, desk.unclear, desk.tasks, desk.done, desk.trash):
        for message in company.messages(folder).values():
            assert tokens.isdisjoint(str(message["References"]).split()), folder


def test_the_digest_says_that_mails_are_left_and_the_command_says_where(company: Company) -> None:
    reference = an_erasure_is_answered(company)
    company.days_pass(14)
    company.days_pass(1)
    digest = email.message_from_bytes(company.digests[-1].content, policy=email.policy.default)
    text = digest.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"- {reference}  3 mails" in text
    assert "anna" not in text.lower()
    lying = left(company)
    assert {(one.mailbox, one.folder) for one in lying} == {("info", "INBOX"), ("daan", company.desk.sent)}
    assert any(one.subject == "vraag" for one in lying), "the first mail, which our letter answers"


def test_the_list_is_empty_once_the_person_deleted_them_and_forgotten_after_the_backups(company: Company) -> None:
    reference = an_erasure_is_answered(company)
    company.days_pass(14)
    for user, folder in (("info@example.com", "INBOX"), ("daan@example.com", company.desk.sent)):
        with company.client(user) as client:
            client.select_folder(folder)
            client.delete_messages(client.search())
            client.expunge()
    company.days_pass(1)
    with company.office() as office:
        assert left_for_a_person(office) == ()
        assert office.register.note(f"purged:{reference}") == "2026-11-16 0"
    company.days_pass(30)
    with company.office() as office:
        assert office.register.notes("purged:") == {}


def test_with_expunge_the_mails_and_our_letters_go_and_nobody_elses(company: Company) -> None:
    company.the_configuration_changes("[digest]", "[retention]\nexpunge = true\n\n[digest]")
    reference = an_erasure_is_answered(company)
    company.a_mail_arrives("Mijn kenmerk is zeker dit?\n", JAN, subject=f"[{reference}]")
    company.days_pass(14)
    assert [message["From"] for message in company.messages("INBOX", "info@example.com").values()] == [JAN]
    assert not any(f"[{reference}]" in str(one["Subject"]) for one in company.messages(company.desk.sent).values())
    assert the_row(company, reference) is not None


def test_an_ordinary_case_loses_its_person_after_a_quarter_and_becomes_a_row_after_years(
    company: Company, state: Path
) -> None:
    case = an_access_is_closed(company)
    # what was sent stays known by its hash, and the events by the draft that they are about
    kept = {word for draft in case.drafts for word in (draft.id, draft.frozen)}
    words = [word for word in traces(case) if word not in kept]
    company.time_passes(days=92)
    company.mailbot_looks()
    assert company.the_case_of(case.reference).sender == "anna@example.org"
    company.time_passes(days=1)
    company.mailbot_looks()
    forgotten = company.the_case_of(case.reference)
    assert (forgotten.sender, forgotten.mails, forgotten.received) == ("", (), case.received)
    assert files_with(state, words) == {}
    company.time_passes(days=5 * 366)
    company.mailbot_looks()
    row = the_row(company, case.reference)
    assert row is not None
    assert (row.rights, row.month) == ((Right.ACCESS,), "2026-11")


def test_a_case_that_is_open_is_never_let_go(company: Company) -> None:
    company.a_mail_arrives(ACCESS)
    company.mailbot_looks()
    company.time_passes(days=4000)
    company.mailbot_looks()
    assert company.the_case().sender == "anna@example.org"


def test_lessons_of_an_erased_person_go_and_others_stay(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    reference = company.the_request().reference
    company.a_mail_arrives(ORDER, JAN, to="daan@example.com")
    company.mailbot_looks()
    company.the_person_moves("INBOX", company.desk.no)
    company.mailbot_looks()
    with company.office() as office:
        (of_the_order,) = office.register.lessons()
        commands.assign_rights(office, reference, (Right.ERASURE,))
        assert len(office.register.lessons()) == 2
    an_erasure_is_closed(company, reference)
    company.days_pass(1)
    with company.office() as office:
        assert office.register.row(reference) is not None
        assert office.register.lessons() == (of_the_order,)


def test_the_copy_of_an_unclear_mail_goes_wherever_it_was_moved_on_the_desk(company: Company) -> None:
    company.requests_are_doubted()
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    folder = next(folder for folder, right in company.desk.rights.items() if right is Right.ERASURE)
    company.the_person_moves(company.desk.unclear, folder)
    company.mailbot_looks()
    assert len(company.messages(folder)) == 1
    an_erasure_is_closed(company, company.the_request().reference)
    company.days_pass(1)
    assert company.messages(folder) == {}
    assert len(company.messages("INBOX", "info@example.com")) == 1, "the mail itself is for the person to delete"


def test_a_kill_between_register_and_archive_leaves_nothing_behind(company: Company, state: Path) -> None:
    """The row is committed, the other files are not written yet: the next pass finishes."""
    case = an_access_is_closed(company)
    with company.office() as office:
        office.register.anonymise(row_of(case, (), (), (), "0.1.0"))
        office.register.set_note("retention:rewrite", "1")
        office.register._live.write()  # type: ignore[attr-defined]
    assert "register-2026.json" in files_with(state, ["anna@example.org"])
    company.mailbot_looks()
    assert files_with(state, ["anna@example.org"]) == {}
    assert the_row(company, case.reference) is not None


def test_a_case_that_is_gone_is_never_written_again_and_its_reference_never_given_out(tmp_path: Path) -> None:
    register = open_register(tmp_path / "register.json", create=True)
    case, notice = closed(a_case("P-CCCCCC")), closed(replace(a_case("P-DDDDDD"), parent="P-CCCCCC"))
    register.save(case)
    register.save(notice)
    register.commit()
    register.anonymise(row_of(case, (notice,), (), (), "0.1.0"), ["P-DDDDDD"])
    register.rewrite_generations()
    for opened in (register, open_register(tmp_path / "register.json")):
        assert [row.reference for row in opened.rows()] == ["P-CCCCCC"]
        assert opened.case("P-CCCCCC") is None
        assert opened.row("P-DDDDDD") is None
        assert opened.row("p-cccccc") == opened.rows()[0]
        assert [opened.is_taken(name) for name in ("p-cccccc", "P-DDDDDD", "P-FFFFFF")] == [True, True, False]
        assert opened.case_of_mail("mail-of-P-CCCCCC") is None
        with pytest.raises(ValueError, match="P-CCCCCC is anonymous"):
            opened.save(case)


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches SIGKILL."""


@dataclass
class Fuse:
    """Kills in place of the call number `at`, counted from 0."""

    at: int
    burnt: int = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            self.burnt += 1
            if self.burnt > self.at:
                raise Killed
            return call(*arguments)

        return step


class Fused:
    """A real mailbox or register whose changes burn the fuse."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._fuse.around(found) if name in {"remove", "commit", "rewrite_generations"} else found


def fused(office: Office, fuse: Fuse) -> Office:
    watched = {name: replace(one, mailbox=Fused(one.mailbox, fuse)) for name, one in office.watched.items()}
    both = {"review": Fused(office.review, fuse), "register": Fused(office.register, fuse)}
    return replace(office, watched=watched, **both)  # type: ignore[arg-type]


@pytest.mark.parametrize("at", range(8))
def test_killed_before_any_change_it_is_finished_by_the_next_pass(
    tmp_path: Path, pymap: EmbeddedServers, at: int
) -> None:
    company = Company(tmp_path, pymap, pymap.smtp_port, pymap.sink.sent)
    company.the_configuration_changes(
        "[digest]", '[register]\npath = "state/register.json"\n\n[retention]\nexpunge = true\n\n[digest]'
    )
    (tmp_path / "state").mkdir()
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    case = company.the_case()
    an_erasure_is_closed(company, case.reference)
    company.time_passes(days=1)
    fuse = Fuse(at)
    with suppress(Killed), company.office("run") as office:
        keep_terms(fused(office, fuse))
    assert fuse.burnt == at + 1, "so many changes there are"
    company.mailbot_looks()
    assert the_row(company, case.reference) is not None
    assert files_with(tmp_path / "state", ["anna@example.org", *traces(case)]) == {}
    assert company.messages("INBOX", "info@example.com") == {}
    assert not any(f"[{case.reference}]" in str(one["Subject"]) for one in company.messages("Sent").values())
    company.connections.close()


def test_a_mailbox_that_is_down_keeps_the_case_until_it_is_up(company_on_dovecot: Company) -> None:
    company = company_on_dovecot
    case = an_access_is_closed(company)
    server = company.imap
    assert isinstance(server, Dovecot)
    company.time_passes(days=93)
    server.kill()
    report = company.mailbot_looks()
    assert report.failures
    assert all(isinstance(error, MailboxError) for error in report.failures)
    assert company_reads(company, case.reference).sender == "anna@example.org"
    server.start()
    company.connections = connections_of(company.workshop.settings)  # or the next pass would still hold off
    assert company.mailbot_looks().failures == []
    assert company_reads(company, case.reference).sender == ""


def company_reads(company: Company, reference: str) -> Case:
    """The case as the register has it, with every mailbox down."""
    case = open_register(company.workshop.settings.register_.path).case(reference)
    assert case is not None
    return case


def test_a_mail_that_quotes_a_case_that_is_gone_is_read_like_any_other(company: Company) -> None:
    reference = an_erasure_is_answered(company)
    company.days_pass(14)
    answers_follow(company, "Bedankt voor jullie hulp.\n", "Anna de Vries <anna@example.org>")
    assert company.cases() == ()
    answers_follow(company, ACCESS, "Anna de Vries <anna@example.org>")
    assert company.the_case().reference != reference


def test_a_mail_of_an_erased_person_that_is_read_again_opens_no_case_and_a_new_one_does(company: Company) -> None:
    came = company.now
    an_erasure_is_answered(company)
    company.days_pass(14)
    assert company.cases() == ()
    first = next(iter(company.messages("INBOX", INFO).values())).as_bytes(policy=email.policy.SMTP)
    company.imap.deliver(INFO, first, received=came)  # moved back into the inbox: a new UID, the old time of receipt
    assert company.mailbot_looks().intake.mails == 1
    assert company.cases() == ()
    company.time_passes(days=1)
    company.imap.deliver(INFO, first, received=company.now)  # the same words, and a mail that comes now
    company.mailbot_looks()
    assert len(company.cases()) == 1


@pytest.mark.parametrize("line", ["mail_days = 41", "row_years = 0", "backup_days = -1", "days = 9"])
def test_terms_that_cannot_be_are_refused_by_name(tmp_path: Path, line: str) -> None:
    config = configure(tmp_path, 1, 2)
    config.write_text(f"{config.read_text()}\n[retention]\n{line}\n")
    with pytest.raises(ConfigurationError, match=rf"retention\.{line.partition(' ')[0]}: "):
        load_settings(config)


# --- by command -----------------------------------------------------------------------------------------------------


def test_the_command_anonymises_the_case_it_is_given_and_lists_its_mails(company: Company, state: Path) -> None:
    case = an_access_is_closed(company)
    plan = json.loads(mailbot(company, "anonymise", case.reference, "--dry-run", "--json").stdout)
    assert plan == {"anonymised": [case.reference], "forgotten": []}
    assert company.the_case_of(case.reference) == case
    result = mailbot(company, "anonymise", case.reference, "--json", expect=NeedsPerson)
    told = json.loads(result.stdout)
    assert told["anonymised"] == [case.reference]
    assert {(one["mailbox"], one["folder"]) for one in told["left"]} == {
        ("info", "INBOX"),
        ("daan", company.desk.sent),
    }
    assert files_with(state, ["anna@example.org"]) == {}


def test_after_a_restore_the_command_lists_what_came_back(company: Company) -> None:
    case = an_access_is_closed(company)
    mailbot(company, "anonymise", case.reference, expect=NeedsPerson)
    result = mailbot(company, "anonymise", case.reference, expect=NeedsPerson)
    assert f"{case.reference}  to delete: info/INBOX" in result.stdout
    assert "vraag" in result.stdout


def test_a_register_from_a_backup_is_anonymised_again(company: Company, state: Path) -> None:
    reference = an_erasure_is_answered(company)
    company.days_pass(13)
    backup = {file.name: file.read_bytes() for file in state.iterdir()}
    company.days_pass(1)
    assert the_row(company, reference) is not None
    for file in state.iterdir():
        file.unlink()
    for name, content in backup.items():
        (state / name).write_bytes(content)
    company.days_pass(1)
    assert the_row(company, reference) is not None
    assert files_with(state, ["anna@example.org"]) == {}


def test_the_command_refuses_what_is_open_and_what_is_unknown(company: Company) -> None:
    company.a_mail_arrives(ACCESS)
    company.mailbot_looks()
    reference = company.the_case().reference
    refused = mailbot(company, "anonymise", reference, expect=NeedsPerson)
    assert "still to be done" in str(refused.exception)
    unknown = mailbot(company, "anonymise", "P-CCCCCC", expect=NeedsPerson)
    assert "mailbot cases" in str(unknown.exception)


def test_without_anything_due_the_command_says_so(company: Company) -> None:
    company.mailbot_looks()
    assert mailbot(company, "anonymise").stdout == "cases: 0; mails deleted: 0; left to delete: 0\n"
