"""Commands that write what the register holds: the report for the company, one case for an authority or a court."""

import csv
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final, TextIO

import click

from mailbot.adapters.register import open_register
from mailbot.cli.decisions import open_office
from mailbot.cli.options import config_option, json_option, print_json, reference_argument
from mailbot.config.settings import find_settings, load_settings
from mailbot.config.templates import load_texts
from mailbot.core.errors import ConfigurationError, MailbotError, WorldError
from mailbot.core.exporting import SUMS, Maker, sums
from mailbot.core.rendering import Texts
from mailbot.core.report_page import (
    Imprint,
    figures_record,
    render_report,
    render_year,
    report_record,
    spreadsheet,
)
from mailbot.core.reporting import build, of_year
from mailbot.core.retention import past_of
from mailbot.service.commands import find_case
from mailbot.service.exporting import File, export_row
from mailbot.service.exporting import export as files_of
from mailbot.wiring import now, retention_of

_PAGE: Final = Path("mailbot-report.html")
_FIRST_YEAR: Final = 2018  # the GDPR applies from 25 May 2018


@click.command()
@config_option
@json_option
@click.option("--year", type=int, default=None, metavar="YYYY", help="One year in totals, without any single case.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help=f"Where the page goes. Default: {_PAGE} in the current folder.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Also write one line a case, for a spreadsheet program.",
)
def report(config: Path | None, as_json: bool, year: int | None, out: Path | None, table: Path | None) -> None:
    """Write the register as one page: what is open, how each month went, what is kept and until when.

    The page needs no internet and no program but a browser; print it, or mail it to whoever must know. It names cases
    by their reference only: no names, no addresses, no text of mails. With --year there are no references either, and
    numbers that could point to one person are left out: that one may go into an annual report.

    \b
    mailbot report                   what is open now, and the last twelve months
    mailbot report --csv cases.csv   the same, and every case as a line
    mailbot report --year 2026       one year, in totals
    mailbot report --json            the figures for a program; a page only with --out

    Works while 'mailbot run' is running. An existing file of that name is replaced.
    """  # noqa: D301 - \b is click's sign for "as it stands"
    settings = load_settings(find_settings(config))
    at = now()
    if year is not None:
        _require_totals(year, table, at.astimezone(settings.zone).year)
    register = open_register(settings.register_.path)
    cases = [*register.cases(), *register.archived_cases()]
    past = [past_of(row) for row in register.rows()]
    zone, language = settings.controller.timezone, settings.controller.language
    imprint = Imprint(settings.controller.name, version("mailbot"), at, zone)
    # one of the two, as a page and as a record
    page: Callable[[Texts], str]
    if year is None:
        state = build(cases, past, at, zone, retention_of(settings))
        record, page = report_record(state), lambda texts: render_report(state, texts, language, imprint)
    else:
        totals = of_year(cases, past, year, at, zone)
        record, page = figures_record(totals), lambda texts: render_year(totals, texts, language, imprint)
    if table is not None:
        _write(table, lambda file: csv.writer(file).writerows(spreadsheet(cases, at, zone)))
        click.echo(f"lines written to {table.resolve()}", err=as_json)
    if out is not None or not as_json:
        html = page(load_texts(settings.paths.templates))
        _write(out or _PAGE, lambda file: file.write(html))
        click.echo(f"page written to {(out or _PAGE).resolve()}", err=as_json)
    if as_json:
        print_json(record)


def _require_totals(year: int, table: Path | None, this_year: int) -> None:
    if table is not None:
        raise ConfigurationError(
            "--csv writes a line for every case, --year shows no single case; leave one of them out"
        )
    if not _FIRST_YEAR <= year <= this_year:
        raise ConfigurationError(f"--year {year}: choose a year from {_FIRST_YEAR} to {this_year}")


def _write(path: Path, fill: Callable[[TextIO], object]) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises `WorldError`."""
    try:
        # mkstemp makes it 0600 from the first moment on
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WorldError(f"{path}: cannot be written: {error.strerror}; choose another place with an option") from error


@click.command()
@config_option
@reference_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The folder to write; it must not exist yet, or be empty. Default: mailbot-export-REF in the current folder.",
)
def export(config: Path | None, reference: str, out: Path | None) -> None:
    """Write one case as a folder, for the supervisory authority or a court.

    README.txt in it says what is what. Every mail of the case is fetched again from the mailbox, as it came; letters
    come from Sent, the present draft from Drafts. Messages to processors about the same request stand in subfolders.
    What is no longer in the mailbox is named in README.txt, and 'sha256sum -c SHA256SUMS' in the folder shows later
    that nothing was changed. No mail is marked as read.

    The folder holds personal data: only you can read it; delete it when it has served. Of an anonymised case only the
    line in the register is left. When a mailbox cannot be reached nothing is written.
    """
    with open_office(config, "export") as office:
        named = reference.strip("[] ").upper()
        maker = Maker(office.letters.controller.name, version("mailbot"), office.clock())
        if row := office.register.row(named):
            files = export_row(office, row, maker)
        else:
            case = find_case(office, named)
            files = files_of(office, case, [*office.register.cases(), *office.register.archived_cases()], maker)
        folder = out or Path(f"mailbot-export-{named}")
        _require_new(folder)
        with _new_folder(folder) as building:
            count = _write_all(files, building)
    click.echo(f"{named}: {count} files written to {folder.resolve()}")


def _require_new(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder}: is not empty; choose another folder with --out")


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder that only its owner can enter, and that is there whole or not at all. Raises `WorldError`."""
    try:
        building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))  # 0700
    except OSError as error:
        raise WorldError(f"{folder}: cannot be written: {error.strerror}; choose another place with --out") from error
    try:
        yield building
        building.rename(folder)
    except OSError as error:
        if isinstance(error, MailbotError):
            raise
        raise WorldError(f"{folder}: cannot be written: {error.strerror}; choose another place with --out") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_all(files: Iterable[File], folder: Path) -> int:
    digests: list[tuple[str, str]] = []
    for file in files:
        _write_file(folder / file.name, file.content)
        digests.append((file.name, hashlib.sha256(file.content).hexdigest()))
    _write_file(folder / SUMS, sums(digests).encode())
    return len(digests) + 1


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
