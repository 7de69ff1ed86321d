"""Commands that show cases: the list, one case with its dates and history, and the clock by itself."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from mailbot.adapters.register import open_register
from mailbot.cli.options import config_option, json_option, print_json, reference_argument
from mailbot.config.settings import find_settings, load_settings
from mailbot.core.cases import Case, Status
from mailbot.core.deadlines import Deadlines
from mailbot.core.errors import ConfigurationError, NeedsPerson
from mailbot.core.lifecycle import status_of
from mailbot.core.records import record_of_row
from mailbot.core.retention import described
from mailbot.core.standing import standing
from mailbot.wiring import clock_rules, now

_LIVE_COLUMNS: Final = ("reference", "status", "due", "work by", "identity", "asks for")


@click.command()
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Closed cases of the archives too.")
def cases(config: Path | None, as_json: bool, everything: bool) -> None:
    """List the cases: what is open, until when, and for whom it waits.

    Works while 'mailbot run' is running. The addresses of customers only show with --json.
    """
    settings = load_settings(find_settings(config))
    register = open_register(settings.register_.path)
    listed = [*register.cases(), *(register.archived_cases() if everything else ())]
    if as_json:
        print_json([summary(case, now()) for case in listed])
        return
    if not listed:
        click.echo("no cases")
        return
    rows = [_row(case, now()) for case in sorted(listed, key=lambda case: case.due)]
    widths = [max(len(row[column]) for row in (_LIVE_COLUMNS, *rows)) for column in range(len(_LIVE_COLUMNS))]
    for row in (_LIVE_COLUMNS, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def summary(case: Case, at: datetime) -> dict[str, Any]:
    """One case as the JSON contract of design.md § 7 has it; dates as ISO 8601."""
    return {
        "reference": case.reference,
        "status": status_of(case).value,
        "waiting_for": case.waiting_for,
        "resolution": case.resolution,
        "rights": list(case.rights),
        "topics": list(case.topics),
        "sender": case.sender,
        "identity": case.identity,
        "received": case.received.astimezone(ZoneInfo(case.zone)).isoformat(),
        "binding": case.binding.isoformat(),
        "work_by": case.work_by.isoformat(),
        "overdue": standing(case, at, case.zone).is_overdue,
        "language": case.language,
        "mailbox": case.mailbox,
    }


def _row(case: Case, at: datetime) -> tuple[str, ...]:
    status = status_of(case)
    shown = f"{status.value}: {case.waiting_for}" if status is Status.WAITING and case.waiting_for else status.value
    due = f"{case.due}{' OVERDUE' if standing(case, at, case.zone).is_overdue else ''}"
    asks = ", ".join([*case.rights, *case.topics]) or "-"
    return (case.reference, shown, due, str(case.work_by), case.identity, asks)


@click.command()
@config_option
@json_option
@reference_argument
def show(config: Path | None, as_json: bool, reference: str) -> None:
    """Show one case: dates and how they were calculated, identity and why, drafts, and all that happened."""
    settings = load_settings(find_settings(config))
    register, named = open_register(settings.register_.path), reference.strip("[] ").upper()
    case = register.case(named)
    if case is None and (row := register.row(named)):
        if as_json:
            print_json(record_of_row(row))
        else:
            click.echo("\n".join(described(row)))
        return
    if case is None:
        raise NeedsPerson(f"there is no case {reference}; 'mailbot cases' lists them")
    dates = clock_rules(settings)(case.received)
    if as_json:
        print_json(summary(case, now()) | {"explanation": list(dates.explanation), "events": _events(case)})
        return
    for line in _story(case, dates):
        click.echo(line)


def _events(case: Case) -> list[dict[str, str]]:
    return [
        {"at": event.at.isoformat(), "kind": event.kind.value, "by": event.by.value, "note": event.note}
        for event in case.events
    ]


def _story(case: Case, dates: Deadlines) -> Iterator[str]:
    yield f"{case.reference}  {status_of(case).value}  {', '.join([*case.rights, *case.topics]) or 'no right named'}"
    yield f"from {case.sender or '(nobody)'}, answers to {case.answer_to or '(nobody)'}"
    yield f"identity {case.identity}: {', '.join(case.identity_reasons) or '-'}"
    if case.warnings:
        yield f"look twice: {', '.join(case.warnings)}"
    if case.resembles:
        yield f"it looks like {case.resembles}, which is on file, and is another address"
    if case.circumstances:
        yield f"it also says: {', '.join(case.circumstances)}"
    if case.parent:
        yield f"notice to {case.addressee}, about {case.parent}"
    if case.hold_since:
        yield f"on hold since {case.hold_since.astimezone(ZoneInfo(case.zone)):%Y-%m-%d}"
    yield f"answer by {case.due}, work by {case.work_by}{_extended(case)}"
    yield from (f"  {line}" for line in dates.explanation)
    if case.evidence:
        yield f"recognised by {', '.join(case.evidence)}"
    for task in case.tasks:
        yield f"[{'x' if task.done else ' '}] task {task.id}: {task.system}, {task.right}"
    yield "what happened"
    zone = ZoneInfo(case.zone)
    for event in case.events:
        note = f": {event.note}" if event.note else ""
        yield f"  {event.at.astimezone(zone):%Y-%m-%d %H:%M}  {event.kind.value} by {event.by.value}{note}"


def _extended(case: Case) -> str:
    return f" (extended; a refusal had to leave by {case.binding})" if case.extended else ""


_WHEN: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?")


@click.command()
@config_option
@json_option
@click.argument("when")
def deadline(config: Path | None, as_json: bool, when: str) -> None:
    """Calculate the dates for a mail received WHEN, and explain them.

    WHEN is local time of the company, such as 2026-11-02T09:00, or with a zone: 2026-11-02T08:00Z.
    """
    settings = load_settings(find_settings(config))
    dates = clock_rules(settings)(_moment(when, settings.zone))
    if as_json:
        print_json(
            {
                "received": dates.received.isoformat(),
                "policy_due": dates.policy_due.isoformat(),
                "month_due": dates.month_due.isoformat(),
                "binding": dates.binding.isoformat(),
                "work_by": dates.work_by.isoformat(),
                "extended": dates.extension_due.isoformat(),
                "explanation": list(dates.explanation),
            }
        )
        return
    for line in dates.explanation:
        click.echo(line)


def _moment(when: str, zone: ZoneInfo) -> datetime:
    unreadable = ConfigurationError(f"{when!r} is no time; write it as 2026-11-02T09:00")
    if not _WHEN.fullmatch(when):
        raise unreadable
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        raise unreadable from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
