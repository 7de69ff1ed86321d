"""Commands that compare and clean up: what was missed, and what is not to be kept any longer."""

from collections.abc import Sequence
from pathlib import Path

import click

from mailbot.cli.decisions import open_office
from mailbot.cli.options import config_option, json_option, print_json
from mailbot.core.errors import NeedsPerson
from mailbot.core.retention import Step
from mailbot.core.sweeping import SWEEP_DAYS
from mailbot.service.office import Office
from mailbot.service.retention import Anonymised, Lying, again, anonymise_due, left_for_a_person, lying_about, planned
from mailbot.service.sweeping import sweep as sweep_all


@click.command()
@config_option
@json_option
@click.option("--days", type=click.IntRange(1, 3650), default=SWEEP_DAYS, show_default=True, help="How far back.")
def sweep(config: Path | None, as_json: bool, days: int) -> None:
    """Compare the mailboxes with the register, for requests that were missed or answered by hand.

    Reads every mail of the last days in all watched folders, in the spam folder and in Sent. Nothing is marked as
    read, moved or opened as a case. To make a case of a missed mail, move it to the inbox, or to the folder for
    requests ("Wel een verzoek"). 'mailbot run' does the same every night with what is new. Exit code 1 when something
    was missed.
    """
    with open_office(config, "sweep") as office:
        found = sweep_all(office, days)
    if as_json:
        print_json(
            {
                "mails": found.mails,
                "missed": [
                    {"mailbox": one.mailbox, "folder": one.folder, "received": one.received.isoformat()}
                    for one in found.missed
                ],
                "answered_by_hand": list(found.by_hand),
            }
        )
    else:
        for one in found.missed:
            click.echo(f"{one.mailbox}/{one.folder}  received {one.received}: perhaps a request, not in the register")
        for reference in found.by_hand:
            click.echo(f"{reference}  looks answered by hand: close it with 'mailbot close {reference}'")
        click.echo(f"mails read: {found.mails}; missed: {len(found.missed)}; answered by hand: {len(found.by_hand)}")
    if found.missed:
        raise NeedsPerson(
            f"mails that may be a request and are not in the register: {len(found.missed)}; move them to the inbox, or "
            "to the folder for requests"
        )


@click.command()
@config_option
@json_option
@click.argument("reference", metavar="[REF]", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def anonymise(config: Path | None, as_json: bool, reference: str, dry_run: bool) -> None:
    """Forget the persons of cases whose term is over, and list the mails that are left to delete.

    'mailbot run' does this once a day: an erasure is forgotten when its case closes; of any other case the person and
    the mails go after [retention] mail_days, and only a row without a person is left after row_years. With REF that
    case is made anonymous now, whatever its term. This cannot be undone.

    Drafts and copies of the bot are deleted. The mails themselves are deleted only with expunge = true in [retention];
    else they are listed here for you: the reference stands in their subject, and what those answer is listed too. Empty
    the trash as well. Files from 'mailbot export' and your own customer lists are yours to delete.

    After a restore from a backup, of the mailboxes or of the register: 'mailbot anonymise' again. What is in the
    register again is forgotten again; for a case that is gone from it, name its REF, and the mails that came back are
    listed. The references to repeat are kept for backup_days.
    """
    reference = reference.strip("[] ").upper()
    with open_office(config, "anonymise") as office:
        if dry_run:
            _show_plan(office, reference, as_json=as_json)
            return
        done, left = _anonymise(office, reference)
    if as_json:
        print_json(_record(done, left))
    else:
        _show(done, left)
    if left:
        raise NeedsPerson(f"mails that are left for you to delete: {len(left)}")


def _anonymise(office: Office, reference: str) -> tuple[Anonymised, tuple[Lying, ...]]:
    if reference and office.register.case(reference) is None and office.register.is_taken(reference):
        return Anonymised((), (), 0), again(office, reference)
    done = anonymise_due(office, reference)
    return done, lying_about(office, reference) if reference else left_for_a_person(office)


def _show(done: Anonymised, left: Sequence[Lying]) -> None:
    for reference in done.anonymised:
        click.echo(f"{reference}: anonymous; 'mailbot show {reference}' prints what is left")
    for reference in done.forgotten:
        click.echo(f"{reference}: the person is forgotten")
    for one in left:
        click.echo(f"{one.reference}  to delete: {one.mailbox}/{one.folder}  {one.received}  {one.subject}")
    cases = len(done.anonymised) + len(done.forgotten)
    click.echo(f"cases: {cases}; mails deleted: {done.removed}; left to delete: {len(left)}")


def _record(done: Anonymised, left: Sequence[Lying]) -> dict[str, object]:
    return {
        "anonymised": list(done.anonymised),
        "forgotten": list(done.forgotten),
        "deleted": done.removed,
        "left": [
            {
                "reference": one.reference,
                "mailbox": one.mailbox,
                "folder": one.folder,
                "received": one.received.isoformat(),
                "subject": one.subject,
            }
            for one in left
        ],
    }


def _show_plan(office: Office, reference: str, *, as_json: bool) -> None:
    steps = [(family.case.reference, step) for family, step in planned(office, reference)]
    if as_json:
        by_step = {step: [reference for reference, which in steps if which is step] for step in Step}
        print_json({"anonymised": by_step[Step.ANONYMISE], "forgotten": by_step[Step.FORGET_PERSON]})
        return
    for name, step in steps:
        click.echo(f"{name}: would become anonymous" if step is Step.ANONYMISE else f"{name}: would lose its person")
    click.echo(f"cases: {len(steps)}; nothing was changed")
