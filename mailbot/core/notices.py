"""Who else must be told (GDPR art. 19), and when a case has nothing left to do.

A notice to a processor is a case of its own: one clock, one recipient, one draft at a time, and its answers join it by
the same rules as a customer's. Its `parent` is the request that it is about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from mailbot.core.cases import (
    Actor,
    Case,
    DraftState,
    Event,
    EventKind,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Resolution,
    Status,
)
from mailbot.core.deadlines import local_day
from mailbot.core.identity import REQUIRED_LEVEL
from mailbot.core.lifecycle import advance, status_of
from mailbot.core.rights import Circumstance, Right, Topic
from mailbot.core.standing import is_bounced, wrote_again
from mailbot.core.tasks import System, is_carried_out
from mailbot.core.turns import Pace


class Operation(StrEnum):
    """What a processor is asked to do."""

    ERASE = "erase"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    LIFT = "lift"


_OPERATIONS: Final = {
    Right.ERASURE: Operation.ERASE,
    Right.RECTIFICATION: Operation.RECTIFY,
    Right.RESTRICTION: Operation.RESTRICT,
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """A processor or recipient that is told by mail."""

    name: str
    email: str
    rights: frozenset[Right] = frozenset(_OPERATIONS)


def operation_of(notice: Case) -> Operation:
    """What this notice asks. Raises `ValueError` for a case that is no notice."""
    right = next((right for right in notice.rights if right in _OPERATIONS), None)
    if right is None:
        raise ValueError(f"{notice.reference} is no notice")
    return Operation.LIFT if Circumstance.LIFTING in notice.circumstances else _OPERATIONS[right]


def missing_notices(
    case: Case, notices: Iterable[Case], addressees: Sequence[Addressee], systems: Sequence[System]
) -> tuple[tuple[Addressee, Right], ...]:
    """Whom to tell what now: when it is done in our own systems, and each once (legal-facts.md § 7.3: execute, notify).

    `notices` are the ones of this case so far.
    """
    if case.addressee or status_of(case) not in {Status.OPEN, Status.REVIEW, Status.ANSWERED}:
        return ()
    if case.is_withdrawn or not _NO_NOTICES.isdisjoint(case.circumstances):
        return ()
    lifted = Circumstance.LIFTING in case.circumstances
    if lifted and not case.has(EventKind.HOLD_LIFTED):
        return ()
    told = {(notice.addressee, right) for notice in notices for right in notice.rights}
    return tuple(
        (addressee, right)
        for right in _OPERATIONS
        if right in case.rights and REQUIRED_LEVEL[right] <= case.identity and is_carried_out(case, right, systems)
        for addressee in addressees
        if right in addressee.rights and (addressee.name, right) not in told
    )


_NO_NOTICES: Final = frozenset({Circumstance.DECEASED, Circumstance.EMPLOYEE, Circumstance.CLAIM})


def open_notice(
    parent: Case, addressee: Addressee, right: Right, *, reference: str, language: str, now: datetime
) -> Case:
    """The notice as a case. It is due when its parent is: the processor is told at the latest when the person is."""
    lifting = (Circumstance.LIFTING,) if Circumstance.LIFTING in parent.circumstances else ()
    notice = Case(
        reference=reference,
        mailbox=parent.mailbox,
        language=language,
        sender=addressee.email,
        answer_to=addressee.email,
        known=True,
        identity=IdentityLevel.L0,
        rights=(right,),
        topics=(),
        received=now,
        zone=parent.zone,
        policy_due=parent.policy_due,
        month_due=parent.month_due,
        binding=parent.binding,
        work_by=parent.work_by,
        extension_due=parent.extension_due,
        extended=parent.extended,
        circumstances=lifting,
        parent=parent.reference,
        addressee=addressee.name,
    )
    return advance(notice, Event(at=now, kind=EventKind.RECOGNISED, by=Actor.BOT, note=f"notice of {parent.reference}"))


def notices_by_request(cases: Iterable[Case]) -> dict[str, tuple[Case, ...]]:
    """The notices among these cases, by the reference of the request that they are about."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        if case.parent:
            found.setdefault(case.parent, []).append(case)
    return {reference: tuple(notices) for reference, notices in found.items()}


def told(notices: Iterable[Case]) -> tuple[str, ...]:
    """The processors who were told."""
    return tuple(dict.fromkeys(notice.addressee for notice in notices if notice.has(EventKind.NOTICE_SENT)))


def still_to_tell(notices: Iterable[Case]) -> tuple[str, ...]:
    """The processors for whom a notice lies ready and did not go out."""
    waiting = (one for one in notices if not one.has(EventKind.NOTICE_SENT) and status_of(one) is not Status.CLOSED)
    return tuple(dict.fromkeys(notice.addressee for notice in waiting))


def ending(case: Case, notices: Sequence[Case], today: date, pace: Pace) -> Resolution | None:
    """How the case ends now, or None when something is still to be done (legal-facts.md § 7, "closes when").

    `today` is the calendar day in the case's zone; `notices` are the case's own.
    """
    if case.addressee:
        return _ending_of_a_notice(case, today, pace)
    if status_of(case) is not Status.ANSWERED or case.open_tasks or case.breach_due:
        return None
    if any(status_of(notice) is not Status.CLOSED for notice in notices) or Topic.AUTHORITY in case.topics:
        return None
    if Right.RESTRICTION in case.rights and case.hold_since:
        return None  # it lasts until the person lifts it (§ 3, row 11)
    if (
        wrote_again(case)
        or is_bounced(case)
        or today < local_day(_sent(case), case.zone) + timedelta(days=pace.closing)
    ):
        return None  # somebody looks before it closes, and a bounce gets its time
    return _resolution(case)


def _sent(case: Case) -> datetime:
    last = case.last(EventKind.ANSWER_SENT)
    return last.at if last else case.received


def _resolution(case: Case) -> Resolution:
    sent = [draft for draft in case.drafts if draft.state is DraftState.SENT]
    if any(draft.reply is ReplyKind.WITHDRAWAL for draft in sent):
        return Resolution.WITHDRAWN
    if case.rights and all(REQUIRED_LEVEL[right] > case.identity for right in case.rights):
        return Resolution.UNIDENTIFIED
    outcome = case.answer.outcome if case.answer else None
    return _RESOLUTIONS[outcome or Outcome.GRANTED]


_RESOLUTIONS: Final = {
    Outcome.GRANTED: Resolution.FULFILLED,
    Outcome.PARTLY: Resolution.PARTLY,
    Outcome.REFUSED: Resolution.REFUSED,
    Outcome.NO_DATA: Resolution.NO_DATA,
}


def _ending_of_a_notice(notice: Case, today: date, pace: Pace) -> Resolution | None:
    status = status_of(notice)
    if status not in {Status.OPEN, Status.WAITING}:
        return None
    thrown_away = [one for one in notice.drafts if one.reply is ReplyKind.NOTICE and one.state is DraftState.DISCARDED]
    if thrown_away and not notice.has(EventKind.NOTICE_SENT):
        return Resolution.NO_DATA  # the person says: this one holds nothing of theirs
    confirmed = [task for task in notice.tasks if task.done]
    if confirmed and not notice.open_tasks:
        return Resolution.FULFILLED
    chasers = [one for one in notice.drafts if one.reply is ReplyKind.CHASER and one.state is DraftState.SENT]
    last = notice.last(EventKind.NOTICE_SENT)
    step = pace.chasers[0] if pace.chasers else pace.closing
    was_chased = status is Status.WAITING and last is not None and len(chasers) >= len(pace.chasers)
    if was_chased and last and today >= local_day(last.at, notice.zone) + timedelta(days=step):
        return Resolution.PARTLY  # told and chased, and never confirmed: all that art. 19 asks of us
    return None
