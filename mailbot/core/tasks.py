"""What is to be done in the company's own systems: which tasks a case asks for, and in what order.

Hold first, then copies, then changes, erasure last (legal-facts.md § 7.16): what is erased cannot be copied any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mailbot.core.cases import Case, EventKind, Status
from mailbot.core.identity import REQUIRED_LEVEL, is_plausible
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Circumstance, Right

EXECUTED: Final = frozenset(
    {Right.OBJECTION, Right.RESTRICTION, Right.CONSENT_WITHDRAWAL, Right.RECTIFICATION, Right.ERASURE}
)
"""Rights whose answer says that something was done; it may not leave before it was."""

_HOLDS: Final = frozenset({Right.OBJECTION, Right.RESTRICTION})
_NO_TASKS: Final = frozenset({Circumstance.DECEASED, Circumstance.EMPLOYEE, Circumstance.CLAIM, Circumstance.LIFTING})
_WORKED_ON: Final = frozenset({Status.OPEN, Status.WAITING, Status.REVIEW, Status.ANSWERED})


@dataclass(frozen=True, slots=True)
class System:
    """A place where the company keeps personal data, and the role that works in it."""

    name: str
    role: str
    rights: frozenset[Right] = frozenset(Right)  # for which something is to be done there


def missing_tasks(case: Case, systems: Sequence[System]) -> tuple[tuple[System, Right], ...]:
    """What is to be planned now. Each stage comes when the tasks of the stages before it are done.

    Of a notice: to read what the processor answered, since only a person can tell whether it is a confirmation.
    """
    if case.addressee:
        return ((System(case.addressee, ""), case.rights[0]),) if _has_unread_answer(case) else ()
    if status_of(case) not in _WORKED_ON or not _NO_TASKS.isdisjoint(case.circumstances):
        return ()
    if case.is_withdrawn:
        return ()
    planned = {(task.system, task.right) for task in case.tasks if not task.dropped}
    executable = frozenset(_executable(case))
    for stage in _STAGES:
        wanted = [
            (system, right) for right in stage if right in executable for system in systems if right in system.rights
        ]
        if found := tuple((system, right) for system, right in wanted if (system.name, right) not in planned):
            return found
        if any(task.right in stage for task in case.open_tasks):
            return ()
    return ()


_STAGES: Final = (
    (Right.OBJECTION, Right.RESTRICTION, Right.CONSENT_WITHDRAWAL),
    (Right.ACCESS, Right.PORTABILITY),
    (Right.RECTIFICATION,),
    (Right.ERASURE,),
)


def _has_unread_answer(notice: Case) -> bool:
    answers = sum(event.kind is EventKind.MAIL_JOINED for event in notice.events)
    return answers > 0 and status_of(notice) is Status.OPEN and not notice.tasks


def _executable(case: Case) -> Iterator[Right]:
    """The rights that may be carried out now: the identity suffices, or it is harmless and reversible (§ 5.2)."""
    for right in case.rights:
        if right is Right.ERASURE and case.account_only:
            continue
        if REQUIRED_LEVEL[right] <= case.identity or (right in _HOLDS and is_plausible(case)):
            yield right


def is_carried_out(case: Case, right: Right, systems: Sequence[System]) -> bool:
    """Whether nothing is left to be done for this right in any system."""
    wanted = {system.name for system in systems if right in system.rights}
    done = {task.system for task in case.tasks if task.right is right and task.done}
    return wanted <= done


def undone(case: Case, systems: Sequence[System]) -> tuple[str, ...]:
    """The systems in which something is still to be done that the answer says was done; planned or not."""
    if case.addressee or not _NO_TASKS.isdisjoint(case.circumstances):
        return ()
    claimed = EXECUTED.intersection(_executable(case))
    done = {(task.system, task.right) for task in case.tasks if task.done}
    wanted = (
        system.name for system in systems for right in system.rights & claimed if (system.name, right) not in done
    )
    return tuple(dict.fromkeys(wanted))
