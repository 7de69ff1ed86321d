"""`mailbot export`, as a person types it, from real mailboxes."""

import email
import email.policy
import json
import re
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from company import DAAN, INFO, Company

from mailbot.cli.main import cli
from mailbot.config.data import builtin
from mailbot.core.cases import Actor, Case, EventKind, Resolution
from mailbot.core.errors import ConfigurationError, MailbotError, MailboxError, NeedsPerson, WorldError
from mailbot.core.notices import Addressee, open_notice
from mailbot.core.rights import Right
from mailbot.service import commands
from mailbot.service.retention import anonymise_due

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


def export(company: Company, reference: str, folder: Path | None, expect: type[MailbotError] | None = None) -> Result:
    options = ["--out", str(folder)] if folder else []
    result = CliRunner().invoke(cli, ["export", reference, *options, "--config", str(company.config)])
    if expect is None:
        assert result.exception is None, result.exception
    else:
        assert isinstance(result.exception, expect), result.exception
    return result


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_case_becomes_a_folder_that_explains_itself(company: Company, tmp_path: Path) -> None:
    raw = company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    case = company.the_case()
    folder = tmp_path / "dossier"
    assert str(folder) in export(company, case.reference.lower(), folder).stdout

    assert names(folder) == {
        "README.txt", "SHA256SUMS", "case.json", "checks.txt", "timeline.txt", "mails/001.eml", "drafts/001.eml",
    }  # fmt: skip
    assert (folder / "mails/001.eml").read_bytes() == raw
    draft = email.message_from_bytes((folder / "drafts/001.eml").read_bytes(), policy=email.policy.default)
    assert case.reference in draft["Subject"]
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert case.reference in readme
    assert "Ontvangen: 2 november 2026 10:00" in readme
    assert "ontvangstbevestiging, nog niet verzonden" in readme
    assert "ligt niet meer" not in readme
    timeline = (folder / "timeline.txt").read_text(encoding="utf-8")
    assert "2 november 2026 10:00  herkend als verzoek" in timeline
    assert "concept neergelegd: ontvangstbevestiging" in timeline
    assert "Niets." in (folder / "checks.txt").read_text(encoding="utf-8")
    record = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    assert record["case"]["reference"] == case.reference
    assert record["calculated_alike_today"] is True
    assert any("Reg. 1182/71" in line for line in record["calculation"])
    assert [event["kind"] for event in record["case"]["events"]] == [event.kind for event in case.events]


def test_only_the_owner_can_read_it_and_the_sums_are_right(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    folder = tmp_path / "dossier"
    export(company, company.the_case().reference, folder)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in names(folder)} == {0o600}
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count(": OK") == len(names(folder)) - 1


def test_no_mail_is_marked_as_read(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    before = _flags(company, INFO, "INBOX"), _flags(company, DAAN, company.desk.drafts)
    export(company, company.the_case().reference, tmp_path / "dossier")
    assert (_flags(company, INFO, "INBOX"), _flags(company, DAAN, company.desk.drafts)) == before
    assert b"\\Seen" not in before[0]


def _flags(company: Company, user: str, folder: str) -> set[bytes]:
    with company.client(user) as client:
        client.select_folder(folder, readonly=True)
        return {flag for flags in client.get_flags(client.search()).values() for flag in flags} - {b"\\Recent"}


def test_a_sent_letter_comes_from_sent_and_what_a_check_held_back_is_told(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_person_edits_the_draft("Beste", "[[naam]] Beste")
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    company.the_person_edits_the_draft("[[naam]] Beste", "Beste", company.desk.held)
    company.the_person_moves(company.desk.held, company.desk.approved)
    company.mailbot_looks()
    (sent,) = company.sent
    case = company.the_case()
    assert case.has(EventKind.ACKNOWLEDGEMENT_SENT)

    folder = tmp_path / "dossier"
    export(company, case.reference, folder)
    letter = email.message_from_bytes((folder / "drafts/001.eml").read_bytes(), policy=email.policy.default)
    assert letter["Message-ID"] == email.message_from_bytes(sent.content, policy=email.policy.default)["Message-ID"]
    assert "dubbele vierkante haken" in (folder / "checks.txt").read_text(encoding="utf-8")
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert "ontvangstbevestiging, verzonden op 2 november 2026" in readme
    assert "ontvangst bevestigd: ontvangstbevestiging" in (folder / "timeline.txt").read_text(encoding="utf-8")


def test_a_mail_that_was_moved_within_reach_is_found_and_one_that_is_gone_is_named(
    company: Company, tmp_path: Path
) -> None:
    raw = company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    reference = company.the_case().reference
    with company.client(INFO) as client:
        client.select_folder("INBOX")
        (uid,) = client.search()
        client.copy([uid], "INBOX")  # a restore from a backup numbers it anew
        client.delete_messages([uid])
        client.expunge()
    export(company, reference, tmp_path / "moved")
    assert (tmp_path / "moved/mails/001.eml").read_bytes() == raw
    with company.client(INFO) as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
    export(company, reference, tmp_path / "gone")
    assert not (tmp_path / "gone/mails").exists()
    assert re.search(r"mails/001\.eml .*ligt niet meer in de mailbox", (tmp_path / "gone/README.txt").read_text())


def test_another_mail_in_its_place_is_never_taken_for_it(company: Company, tmp_path: Path) -> None:
    raw = company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    reference = company.the_case().reference
    with company.client(INFO) as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
    # the same Message-ID, which anybody can write, and other words
    company.imap.deliver(INFO, raw.replace(b"Verwijder alsjeblieft", b"Betaal nu meteen"), received=company.now)
    export(company, reference, tmp_path / "dossier")
    assert not (tmp_path / "dossier/mails").exists()


def test_a_folder_with_something_in_it_is_left_alone(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    folder = tmp_path / "dossier"
    folder.mkdir()
    export(company, company.the_case().reference, folder)  # empty: fine
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    result = export(company, company.the_case().reference, folder, ConfigurationError)
    assert "--out" in str(result.exception)
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before


def test_when_a_mailbox_cannot_be_read_nothing_is_written(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    reference = company.the_case().reference
    company.the_configuration_changes(f"port = {company.imap.imap_port}", "port = 1")
    result = export(company, reference, tmp_path / "new" / "dossier", WorldError)
    assert "\n" not in str(result.exception)
    (tmp_path / "new").mkdir()
    export(company, reference, tmp_path / "new" / "dossier", MailboxError)
    assert list((tmp_path / "new").iterdir()) == []


def test_an_unknown_case_is_one_line(company: Company, tmp_path: Path) -> None:
    company.mailbot_looks()
    result = export(company, "P-000000", tmp_path / "dossier", NeedsPerson)
    assert "mailbot cases" in str(result.exception)
    assert not (tmp_path / "dossier").exists()


def test_the_folder_is_named_after_the_case(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    monkeypatch.chdir(tmp_path)
    reference = company.the_case().reference
    export(company, reference, None)
    assert (tmp_path / f"mailbot-export-{reference}" / "README.txt").is_file()


def test_messages_to_processors_stand_in_subfolders(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    case = company.the_case()
    processor = Addressee("Pakketdienst Voorbeeld", "avg@example.net")
    for number, parent in enumerate((case, replace(case, reference="P-222222"))):
        notice = open_notice(
            parent, processor, Right.ERASURE, reference=f"P-33333{number + 2}", language="nl", now=company.now
        )
        with company.office() as office:
            office.register.save(notice)
            office.register.commit()
    folder = tmp_path / "dossier"
    export(company, case.reference, folder)
    within = {name for name in names(folder) if name.startswith("notices/")}
    assert {name.split("/")[1] for name in within} == {"P-333332"}  # and not the one of another request
    assert "notices/P-333332/README.txt" in within
    assert "Pakketdienst Voorbeeld" in (folder / "notices/P-333332/README.txt").read_text(encoding="utf-8")
    assert "notices/P-333332" in (folder / "README.txt").read_text(encoding="utf-8")
    assert within <= {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}


def test_of_an_anonymised_case_only_the_row_is_left(company: Company, tmp_path: Path) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    with company.office() as office:
        case = commands.close(office, the_reference(office.register.cases()), Resolution.FULFILLED, "")
        anonymise_due(office, case.reference)
    folder = tmp_path / "dossier"
    export(company, case.reference, folder)
    assert names(folder) == {"README.txt", "SHA256SUMS", "case.json"}
    assert json.loads((folder / "case.json").read_text(encoding="utf-8"))["row"]["reference"] == case.reference
    assert "verwijderd" in (folder / "README.txt").read_text(encoding="utf-8")
    assert "anna" not in "".join((folder / name).read_text(encoding="utf-8") for name in names(folder)).lower()


def the_reference(cases: tuple[Case, ...]) -> str:
    (case,) = cases
    return case.reference


@pytest.mark.parametrize("language", ["nl", "en"])
def test_there_are_words_for_everything_that_can_happen(language: str) -> None:
    text = (builtin("templates") / language / "export" / "timeline.txt").read_text(encoding="utf-8")
    for code in (*EventKind, *Actor):
        assert f'"{code}": "' in text, code
