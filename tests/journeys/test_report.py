"""`mailbot report`, as a person types it, on a register that real mail filled."""

import csv
import json
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from company import Company

from mailbot.adapters.register import register_lock
from mailbot.cli.main import cli
from mailbot.core.errors import ConfigurationError, MailbotError, WorldError

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"
ACCESS = "Graag ontvang ik een overzicht van alle persoonsgegevens die u van mij heeft.\n"


@pytest.fixture
def busy(company: Company) -> Company:
    """Two requests came in, one of them from a stranger."""
    company.now = datetime.now(UTC)
    company.a_mail_arrives(ERASURE)
    company.a_mail_arrives(ACCESS, "Bob Bos <bob@example.net>")
    company.mailbot_looks()
    return company


def report(company: Company, *options: str, expect: type[MailbotError] | None = None) -> Result:
    result = CliRunner().invoke(cli, ["report", *options, "--config", str(company.config)])
    if expect is None:
        assert result.exception is None, result.exception
    else:
        assert isinstance(result.exception, expect), result.exception
    return result


def test_the_page_lies_in_the_current_folder_for_its_owner_only(
    busy: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mailbot-report.html"
    assert str(path) in report(busy).stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    page = path.read_text(encoding="utf-8")
    assert "Werkplaats Voorbeeld" in page
    for case in busy.cases():
        assert case.reference in page
    for personal in ("anna", "bob", "@example"):
        assert personal not in page.lower()


def test_a_page_of_the_same_name_is_replaced_and_nothing_else_is_left(busy: Company, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    path = folder / "page.html"
    path.write_text("old")
    path.chmod(0o644)
    report(busy, "--out", str(path))
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [path]


def test_it_works_while_another_instance_works(busy: Company, tmp_path: Path) -> None:
    with register_lock(busy.workshop.settings.register_.path, "run"):
        report(busy, "--out", str(tmp_path / "page.html"))


def test_the_page_of_a_year_holds_no_reference_and_no_single_number(busy: Company, tmp_path: Path) -> None:
    path = tmp_path / "year.html"
    report(busy, "--year", str(busy.now.year), "--out", str(path))
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"P-[0-9A-Z]{6}", page)
    assert "minder dan 3" in page


def test_the_lines_for_a_spreadsheet(busy: Company, tmp_path: Path) -> None:
    path, page = tmp_path / "cases.csv", tmp_path / "page.html"
    report(busy, "--csv", str(path), "--out", str(page))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        lines = {line["reference"]: line for line in csv.DictReader(file)}
    assert lines.keys() == {case.reference for case in busy.cases()}
    for case in busy.cases():
        assert datetime.fromisoformat(lines[case.reference]["binding"]).date() == case.binding
    assert "@" not in path.read_text(encoding="utf-8")


def test_the_figures_for_a_program(busy: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = json.loads(report(busy, "--json").stdout)
    assert {line["reference"] for line in found["open"]} == {case.reference for case in busy.cases()}
    assert found["figures"]["received"] == 2
    assert not (tmp_path / "mailbot-report.html").exists()
    year = json.loads(report(busy, "--json", "--year", str(busy.now.year)).stdout)
    assert year["received"] == "<3"


def test_closed_cases_count_too_also_out_of_the_archive(busy: Company, tmp_path: Path) -> None:
    reference = busy.cases()[0].reference
    closing = CliRunner().invoke(cli, ["close", reference, "--how", "phone", "--config", str(busy.config)])
    assert closing.exception is None, closing.exception
    assert [case.reference for case in busy.cases()] == [busy.cases()[0].reference] != [reference]
    found = json.loads(report(busy, "--json").stdout)
    assert (found["figures"]["received"], found["figures"]["ended"], found["figures"]["in_time"]) == (2, 1, 1)
    assert len(found["open"]) == 1
    path = tmp_path / "cases.csv"
    report(busy, "--csv", str(path), "--out", str(tmp_path / "page.html"))
    assert reference in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [["--year", "2017"], ["--year", "9999"], ["--year", "2026", "--csv", "x.csv"]])
def test_what_makes_no_sense_is_one_line_with_a_remedy(company: Company, options: list[str]) -> None:
    result = report(company, *options, expect=ConfigurationError)
    assert "\n" not in str(result.exception)


def test_a_place_that_cannot_be_written_is_one_line(busy: Company, tmp_path: Path) -> None:
    result = report(busy, "--out", str(tmp_path / "no such folder" / "page.html"), expect=WorldError)
    assert "cannot be written" in str(result.exception)
