"""Which status follows which: the only file that knows.

`TRANSITIONS` is the whole state machine; a pair that is not in it is a bug in the caller and raises. Every edge into
`sending` is an approval and leaves `review`: nothing can be sent that no person approved (design.md promise 4).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from mailbot.core.cases import Case, DraftState, Event, ReplyKind, Status, Task
from mailbot.core.cases import EventKind as E

_WORKING: Final = (Status.OPEN, Status.WAITING, Status.REVIEW, Status.ANSWERED)
_LIVE: Final = (Status.TRIAGE, *_WORKING, Status.SENDING)
_ANY: Final = (*_LIVE, Status.CLOSED)
_TAKEN_BACK: Final = (E.DRAFT_DISCARDED, E.DRAFT_REPLACED)


def _stays(kinds: Iterable[E], statuses: Iterable[Status]) -> dict[tuple[Status | None, E], Status]:
    return {(status, kind): status for kind in kinds for status in statuses}


TRANSITIONS: Final[dict[tuple[Status | None, E], Status]] = {
    # intake
    (None, E.RECOGNISED): Status.OPEN,
    (None, E.DOUBTED): Status.TRIAGE,
    (Status.TRIAGE, E.COPY_LAID): Status.TRIAGE,
    (Status.TRIAGE, E.CONFIRMED): Status.OPEN,
    (Status.TRIAGE, E.DISMISSED): Status.CLOSED,
    # a mistaken request is dismissed before anything went out; one under way is first settled
    (Status.OPEN, E.DISMISSED): Status.CLOSED,
    (Status.WAITING, E.DISMISSED): Status.CLOSED,
    (Status.REVIEW, E.DISMISSED): Status.CLOSED,
    # what the data subject does
    **_stays([E.MAIL_JOINED, E.MAIL_BOUNCED, E.PERSON_WROTE], _ANY),
    (Status.WAITING, E.MAIL_JOINED): Status.OPEN,
    **_stays([E.DENIED, E.REMINDED], _ANY),
    **_stays([E.IDENTIFIED, E.RIGHTS_ASSIGNED], _WORKING),
    **{(status, kind): Status.OPEN for status in (Status.OPEN, Status.WAITING) for kind in (E.WITHDREW, E.NARROWED)},
    # beside the letters
    **_stays([E.HOLD_SET, E.TASKS_PLANNED, E.NOTICES_PLANNED], _WORKING),
    **_stays([E.HOLD_LIFTED, E.TASK_LAID, E.TASK_DONE], (*_WORKING, Status.SENDING, Status.CLOSED)),
    # drafts
    **_stays([E.DRAFT_PLANNED], (Status.OPEN, Status.WAITING, Status.ANSWERED)),
    (Status.OPEN, E.DRAFT_LAID): Status.REVIEW,
    (Status.WAITING, E.DRAFT_LAID): Status.REVIEW,
    (Status.ANSWERED, E.DRAFT_LAID): Status.REVIEW,
    **{(status, kind): Status.OPEN for status in (Status.OPEN, Status.REVIEW) for kind in _TAKEN_BACK},
    (Status.REVIEW, E.HELD_BACK): Status.REVIEW,
    # sending: the one way in is an approval
    (Status.REVIEW, E.APPROVED): Status.SENDING,
    **_stays([E.SEND_ATTEMPTED, E.SEND_DEFERRED, E.SEND_UNCERTAIN], (Status.SENDING,)),
    (Status.SENDING, E.SEND_REFUSED): Status.REVIEW,
    (Status.SENDING, E.ACKNOWLEDGEMENT_SENT): Status.OPEN,
    (Status.SENDING, E.QUESTION_SENT): Status.WAITING,
    (Status.SENDING, E.ANSWER_SENT): Status.ANSWERED,
    (Status.SENDING, E.EXTENDED): Status.OPEN,
    (Status.SENDING, E.NOTICE_SENT): Status.WAITING,
    # the person pressed Send in his own client: no sending of ours
    **{(status, E.ACKNOWLEDGEMENT_SENT): Status.OPEN for status in (Status.OPEN, Status.WAITING, Status.REVIEW)},
    **{(status, E.QUESTION_SENT): Status.WAITING for status in (Status.OPEN, Status.WAITING, Status.REVIEW)},
    **{(status, E.ANSWER_SENT): Status.ANSWERED for status in (Status.OPEN, Status.WAITING, Status.REVIEW)},
    **{(status, E.EXTENDED): Status.OPEN for status in (Status.OPEN, Status.WAITING, Status.REVIEW)},
    **{(status, E.NOTICE_SENT): Status.WAITING for status in (Status.OPEN, Status.WAITING, Status.REVIEW)},
    **_stays(
        [E.ACKNOWLEDGEMENT_SENT, E.QUESTION_SENT, E.EXTENDED, E.ANSWER_SENT, E.NOTICE_SENT],
        (Status.ANSWERED, Status.CLOSED),
    ),
    **_stays([E.COPY_FILED], (*_WORKING, Status.CLOSED)),
    # the end
    **{(status, E.CLOSED): Status.CLOSED for status in _WORKING},
    (Status.CLOSED, E.REOPENED): Status.OPEN,
    (Status.CLOSED, E.ANONYMISED): Status.ANONYMISED,
}

_DRAFT_STATE: Final[dict[E, DraftState]] = {
    E.DRAFT_PLANNED: DraftState.PLANNED,
    E.DRAFT_LAID: DraftState.LAID,
    E.DRAFT_DISCARDED: DraftState.DISCARDED,
    E.DRAFT_REPLACED: DraftState.REPLACED,
    E.HELD_BACK: DraftState.HELD,
    E.APPROVED: DraftState.CLAIMED,
    E.SEND_ATTEMPTED: DraftState.ATTEMPTED,
    E.SEND_DEFERRED: DraftState.CLAIMED,
    E.SEND_UNCERTAIN: DraftState.UNCERTAIN,
    E.SEND_REFUSED: DraftState.HELD,
    E.ACKNOWLEDGEMENT_SENT: DraftState.SENT,
    E.QUESTION_SENT: DraftState.SENT,
    E.ANSWER_SENT: DraftState.SENT,
    E.EXTENDED: DraftState.SENT,
    E.NOTICE_SENT: DraftState.SENT,
}

SENT_EVENT: Final[dict[ReplyKind, E]] = {
    ReplyKind.ACKNOWLEDGEMENT: E.ACKNOWLEDGEMENT_SENT,
    ReplyKind.IDENTITY: E.QUESTION_SENT,
    ReplyKind.CLARIFICATION: E.QUESTION_SENT,
    ReplyKind.MANDATE: E.QUESTION_SENT,
    ReplyKind.REMINDER: E.QUESTION_SENT,
    ReplyKind.EXTENSION: E.EXTENDED,
    ReplyKind.ANSWER: E.ANSWER_SENT,
    ReplyKind.WITHDRAWAL: E.ANSWER_SENT,
    ReplyKind.LIFTED: E.ANSWER_SENT,
    ReplyKind.NOTICE: E.NOTICE_SENT,
    ReplyKind.CHASER: E.NOTICE_SENT,
}
"""What has happened once a letter went out."""


_DROPS_TASKS: Final = frozenset({E.CLOSED, E.DISMISSED, E.WITHDREW})


class ForbiddenTransition(ValueError):
    """An event that the table does not allow in this status: a bug, or a register from elsewhere."""


def status_of(case: Case) -> Status:
    """The status that follows from the case's events. Raises `ForbiddenTransition`."""
    status: Status | None = None
    for event in case.events:
        status = status_after(status, event.kind)
    if status is None:
        raise ForbiddenTransition(f"case {case.reference} has no events")
    return status


def status_after(status: Status | None, kind: E) -> Status:
    """The status after one event; None is the status of a case that does not exist yet."""
    try:
        return TRANSITIONS[status, kind]
    except KeyError:
        where = status.value if status else "a new case"
        raise ForbiddenTransition(f"{kind.value} is not possible in {where}") from None


def allowed(case: Case, kind: E) -> bool:
    """Whether the table lets this happen now."""
    return (status_of(case), kind) in TRANSITIONS


def advance(case: Case, event: Event) -> Case:
    """The case after the event: appended, and the draft or task that it names moved to its new state.

    An event about a task has its id as the note; what is open when a case ends, or is taken back, is dropped.
    Raises `ForbiddenTransition`, and `KeyError` when the event names a draft that the case does not have.
    """
    status_after(status_of(case) if case.events else None, event.kind)
    case = replace(case, events=(*case.events, event))
    if event.draft and (state := _DRAFT_STATE.get(event.kind)):
        draft = {draft.id: draft for draft in case.drafts}[event.draft]
        case = replace(
            case, drafts=tuple(replace(draft, state=state) if old.id == draft.id else old for old in case.drafts)
        )
    return replace(case, tasks=tuple(_task_after(task, event) for task in case.tasks))


def _task_after(task: Task, event: Event) -> Task:
    match event.kind:
        case E.TASK_LAID if task.id == event.note:
            return replace(task, laid=True)
        case E.TASK_DONE if task.id == event.note:
            return replace(task, done=task.done or event.at)
        case kind if kind in _DROPS_TASKS and task.done is None:
            return replace(task, dropped=True)
        case _:
            return task
