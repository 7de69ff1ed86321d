"""Commands by which a person decides: what he can do in the mail client as well."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mailbot.adapters.register import open_register
from mailbot.cli.options import config_option, json_option, print_json, reference_argument
from mailbot.config.settings import find_settings, load_settings
from mailbot.core.cases import (
    EXTENSION_GROUNDS,
    Case,
    Ground,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Resolution,
    Status,
    Task,
)
from mailbot.core.choices import Choice
from mailbot.core.errors import ConfigurationError, NeedsPerson
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Right
from mailbot.service import commands
from mailbot.service.office import Office
from mailbot.wiring import connections_of, open_workshop, working_office


@contextmanager
def open_office(config: Path | None, command: str) -> Iterator[Office]:
    """An office for one command, with the register's lock; connections are closed at the end."""
    workshop = open_workshop(config)
    connections = connections_of(workshop.settings)
    try:
        with working_office(workshop, connections, command) as office:
            yield office
    finally:
        connections.close()


def _decision(command: str, decide: Callable[[Office], Case], config: Path | None) -> None:
    """Carry out a decision and say where the case stands now."""
    with open_office(config, command) as office:
        case = decide(office)
    waiting = f" ({case.waiting_for})" if case.waiting_for and status_of(case) is Status.WAITING else ""
    click.echo(f"{case.reference}: {status_of(case).value}{waiting}")


@click.command()
@config_option
@reference_argument
def approve(config: Path | None, reference: str) -> None:
    """Approve the draft of a case and send it, exactly as it lies in Drafts.

    The same checks hold as for a draft moved to the approved folder; a finding returns it with the reason on top.
    """
    with open_office(config, "approve") as office:
        case = commands.approve(office, reference)
    status, last = status_of(case), case.events[-1]
    if status is Status.REVIEW:
        raise NeedsPerson(f"{case.reference}: held back ({last.note}); the draft lies in the held-back folder")
    if status is Status.SENDING:
        raise NeedsPerson(f"{case.reference}: not sent yet ({last.kind.value}); see 'mailbot show {case.reference}'")
    click.echo(f"{case.reference}: sent; now {status.value}")


@click.command()
@config_option
@reference_argument
def reject(config: Path | None, reference: str) -> None:
    """Throw the draft of a case away; for a mail in triage: it is not a request."""
    _decision("reject", lambda office: commands.reject(office, reference), config)


@click.command()
@config_option
@reference_argument
@click.option(
    "--reply",
    type=click.Choice([kind.value for kind in ReplyKind]),
    default=None,
    help="Which letter. Default: the one whose turn it is.",
)
@click.option(
    "--outcome",
    type=click.Choice([outcome.value for outcome in Outcome]),
    default=None,
    help="What the answer says: done, done in part, refused, or nothing found.",
)
@click.option(
    "--ground",
    type=click.Choice([ground.value for ground in Ground]),
    default=None,
    help="Why it is refused, in whole or in part, or takes longer; filled in in the letter.",
)
def draft(config: Path | None, reference: str, reply: str | None, outcome: str | None, ground: str | None) -> None:
    """Lay a draft in Drafts: again after one was thrown away, or another letter instead of the present one.

    The same choice is there in the mail client, on a phone too: move the draft to a folder under "Ander antwoord"
    (in English "Another answer").
    """
    choice = None
    if reply or outcome or ground:
        kind = ReplyKind(reply) if reply else ReplyKind.ANSWER
        if outcome and kind is not ReplyKind.ANSWER:
            raise ConfigurationError(f"--outcome: only an answer has one, not {kind.value}; leave --reply out")
        choice = Choice(kind, Outcome(outcome) if outcome else None, Ground(ground) if ground else None)
    _decision("draft", lambda office: commands.lay_draft(office, reference, choice), config)


@click.command()
@config_option
@reference_argument
@click.option(
    "--ground",
    type=click.Choice([ground.value for ground in Ground if ground in EXTENSION_GROUNDS]),
    required=True,
    help="The law knows two: the request is complex, or there are many.",
)
def extend(config: Path | None, reference: str, ground: str) -> None:
    """Lay the notice that the answer takes up to two months longer (GDPR art. 12(3)).

    Only before the binding date, and the date does not move before the notice has gone out. A refusal is never
    extended.
    """
    _decision("extend", lambda office: commands.extend(office, reference, Ground(ground)), config)


@click.command()
@config_option
@reference_argument
@click.option(
    "--ground",
    type=click.Choice([ground.value for ground in Ground if ground not in EXTENSION_GROUNDS]),
    required=True,
    help="Why; the letter explains it, and you add what it means here.",
)
@click.option("--partly", is_flag=True, help="The rest was done.")
@click.option("--late", is_flag=True, help="The term for a refusal has passed, and I want it all the same.")
def refuse(config: Path | None, reference: str, ground: str, partly: bool, late: bool) -> None:
    """Lay a refusal with reasons, the complaint and the court: without all three it cannot be approved."""
    _decision(
        "refuse",
        lambda office: commands.refuse(office, reference, Ground(ground), partly=partly, late=late),
        config,
    )


@click.command()
@config_option
@reference_argument
@click.option(
    "--level",
    type=click.Choice([level.value for level in IdentityLevel if level is not IdentityLevel.L0]),
    required=True,
    help="L2: an answer from the address or telephone on file. L3: facts only the customer knows, or a document shown.",
)
@click.option("--how", required=True, help="By what, e.g. 'called back', 'two order numbers', 'mandate'. No names.")
def identify(config: Path | None, reference: str, level: str, how: str) -> None:
    """Say that you are sure who asks, and how you know. Never keep a copy of a document."""
    _without_address("--how", how)
    _decision("identify", lambda office: commands.identify(office, reference, IdentityLevel(level), how), config)


@click.command()
@config_option
@json_option
@click.argument("reference", required=False)
def tasks(config: Path | None, as_json: bool, reference: str | None) -> None:
    """List what is still to be done in the company's systems, for one case or for all. Tick with 'mailbot done'."""
    register = open_register(load_settings(find_settings(config)).register_.path)
    wanted = reference.strip("[] ").upper() if reference else None
    listed = [case for case in register.cases() if wanted in {None, case.reference}]
    if wanted and not listed:
        raise NeedsPerson(f"there is no open case {reference}; 'mailbot cases' lists them")
    rows = [(case, task) for case in listed for task in case.tasks if wanted or not task.done]
    if as_json:
        print_json([_task_record(case, task) for case, task in rows])
        return
    for case, task in rows:
        mark = "x" if task.done else " "
        role = f" ({task.role})" if task.role else ""
        click.echo(f"[{mark}] {case.reference} {task.id}  {task.system}: {task.right}{role}, by {case.work_by}")
    if not rows:
        click.echo("no tasks")


def _task_record(case: Case, task: Task) -> dict[str, str | None]:
    return {
        "reference": case.reference,
        "task": task.id,
        "system": task.system,
        "role": task.role,
        "right": task.right.value,
        "work_by": case.work_by.isoformat(),
        "done": task.done.isoformat() if task.done else None,
    }


@click.command()
@config_option
@reference_argument
@click.argument("numbers", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All tasks of the case that are open.")
def done(config: Path | None, reference: str, numbers: tuple[str, ...], everything: bool) -> None:
    """Tick tasks of a case; NUMBERS as 'mailbot tasks' shows them.

    In the mail client: move the task's mail from the folder of tasks to the folder "Gedaan" (in English "Done").
    """
    if bool(numbers) == everything:
        raise ConfigurationError("name the numbers of the tasks, or say --all")
    _decision("done", lambda office: commands.finish_tasks(office, reference, numbers), config)


@click.command("assign-right")
@config_option
@reference_argument
@click.argument("rights", nargs=-1, required=True, type=click.Choice([right.value for right in Right]))
def assign_right(config: Path | None, reference: str, rights: tuple[str, ...]) -> None:
    """Say what a case is about, when the bot did not see it or saw it wrong."""
    chosen = tuple(right for right in Right if right.value in rights)
    _decision("assign-right", lambda office: commands.assign_rights(office, reference, chosen), config)


@click.command()
@config_option
@reference_argument
@click.option(
    "--resolution",
    type=click.Choice([resolution.value for resolution in Resolution]),
    default=Resolution.FULFILLED.value,
    show_default=True,
    help="How it ended.",
)
@click.option("--how", default="", help="How it was answered when not by the bot, e.g. phone. No names, no addresses.")
def close(config: Path | None, reference: str, resolution: str, how: str) -> None:
    """Close a case."""
    _without_address("--how", how)
    _decision("close", lambda office: commands.close(office, reference, Resolution(resolution), how), config)


def _without_address(option: str, text: str) -> None:
    if "@" in text:
        raise ConfigurationError(
            f"{option}: an address does not belong in the register; say e.g. phone, letter, counter"
        )


@click.command()
@config_option
@reference_argument
def reopen(config: Path | None, reference: str) -> None:
    """Open a closed case again. Its clock never stopped."""
    _decision("reopen", lambda office: commands.reopen(office, reference), config)


@click.command()
@config_option
@reference_argument
@click.option("--sent/--not-sent", "sent", required=True, help="What you found out about the uncertain mail.")
def settle(config: Path | None, reference: str, sent: bool) -> None:
    """Say whether a mail whose sending was interrupted arrived. The bot never sends it a second time by itself."""
    _decision("settle", lambda office: commands.settle_uncertain(office, reference, sent=sent), config)
