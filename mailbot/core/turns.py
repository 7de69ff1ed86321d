"""Whose turn it is: which letter is laid ready next, and what is said again when nobody answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from mailbot.core.cases import Case, DraftState, EventKind, IdentityLevel, ReplyKind, Status
from mailbot.core.deadlines import local_day
from mailbot.core.identity import needs_identity
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Circumstance, Right, Topic


@dataclass(frozen=True, slots=True)
class Pace:
    """After how many days something is said again by itself (legal-facts.md §§ 4.5, 4.8)."""

    reminder: int = 14  # of a question that was not answered
    last_word: int = 5  # before the due date: what can be answered is answered, whatever was asked
    chasers: tuple[int, ...] = (7, 14)  # a processor that does not confirm, counted from the notice
    closing: int = 14  # after the answer: a bounce or a question would have come by then


_PACE: Final = Pace()


def next_reply(case: Case, today: date, pace: Pace = _PACE) -> ReplyKind | None:
    """The letter to lay ready now, or None when it is the turn of a person or of the data subject.

    `today` is the calendar day in the case's zone.
    """
    if case.draft or not case.answer_to:
        return None
    if Topic.AUTHORITY in case.topics:
        return None  # people only, no voluntary disclosure (legal-facts.md § 7.13)
    if case.addressee:
        return _next_to_processor(case, today, pace)
    match status_of(case):
        case Status.OPEN:
            return next((reply for reply in _wanted(case) if not _written(case, reply)), None)
        case Status.WAITING:
            return _unanswered(case, today, pace)
        case _:
            return None


def _wanted(case: Case) -> tuple[ReplyKind, ...]:
    """The letters of this case in order."""
    return next((letters for applies, letters in _LETTERS if applies(case)), _USUAL)


def _unanswered(case: Case, today: date, pace: Pace) -> ReplyKind | None:
    """What to do while the data subject does not answer our question: remind once, then answer what can be answered."""
    asked = _day_of(case, EventKind.QUESTION_SENT)
    if asked is None:
        return None
    if today >= case.due - timedelta(days=pace.last_word):
        return None if _written(case, ReplyKind.ANSWER) else ReplyKind.ANSWER
    if today >= asked + timedelta(days=pace.reminder) and not _written(case, ReplyKind.REMINDER):
        return ReplyKind.REMINDER
    return None


def _next_to_processor(case: Case, today: date, pace: Pace) -> ReplyKind | None:
    status = status_of(case)
    if status is Status.OPEN and not _written(case, ReplyKind.NOTICE):
        return ReplyKind.NOTICE
    first = next((event for event in case.events if event.kind is EventKind.NOTICE_SENT), None)
    if status is not Status.WAITING or first is None:
        return None
    chased = sum(draft.reply is ReplyKind.CHASER and draft.state in _DONE for draft in case.drafts)
    if chased >= len(pace.chasers):
        return None
    is_due = today >= local_day(first.at, case.zone) + timedelta(days=pace.chasers[chased])
    return ReplyKind.CHASER if is_due else None


def _day_of(case: Case, kind: EventKind) -> date | None:
    event = case.last(kind)
    return local_day(event.at, case.zone) if event else None


def _written(case: Case, reply: ReplyKind) -> bool:
    """Whether this letter went out, or the person threw it away: neither is laid again by itself."""
    return any(draft.reply is reply and draft.state in _DONE for draft in case.drafts)


_DONE: Final = frozenset({DraftState.SENT, DraftState.DISCARDED})


def _has(case: Case, *circumstances: Circumstance) -> bool:
    return not frozenset(circumstances).isdisjoint(case.circumstances)


def _is_only(case: Case, topic: Topic) -> bool:
    return not case.rights and case.topics == (topic,)


def _is_for_people_only(case: Case) -> bool:
    # A claim, staff, a reported breach: they get a receipt, and what follows is no letter (§§ 7.10, 7.15, 7.21)
    return _has(case, Circumstance.CLAIM, Circumstance.EMPLOYEE) or _is_only(case, Topic.BREACH)


def _is_lifting(case: Case) -> bool:
    return _has(case, Circumstance.LIFTING)


def _acts_for_another(case: Case) -> bool:
    has_mandate = case.identity >= IdentityLevel.L2
    return _has(case, Circumstance.REPRESENTATIVE, Circumstance.SERVICE) and not has_mandate


def _is_marketing_only(case: Case) -> bool:
    # Absolute, and at once (art. 21(3)): there is no later answer to promise
    asked = frozenset(case.rights)
    return bool(asked) and asked <= _STOPPED_AT_ONCE and _has(case, Circumstance.MARKETING)


_STOPPED_AT_ONCE: Final = frozenset({Right.OBJECTION, Right.CONSENT_WITHDRAWAL})


def _was_acknowledged(case: Case) -> bool:
    return any(_written(case, reply) for reply in _SERVES_AS_ACKNOWLEDGEMENT)


_SERVES_AS_ACKNOWLEDGEMENT: Final = (
    ReplyKind.IDENTITY,
    ReplyKind.CLARIFICATION,
    ReplyKind.MANDATE,
    ReplyKind.EXTENSION,
)
_USUAL: Final = (ReplyKind.ACKNOWLEDGEMENT, ReplyKind.ANSWER)
_LETTERS: Final[tuple[tuple[Callable[[Case], bool], tuple[ReplyKind, ...]], ...]] = (
    (lambda case: case.is_withdrawn, (ReplyKind.WITHDRAWAL,)),
    (_is_for_people_only, (ReplyKind.ACKNOWLEDGEMENT,)),
    (lambda case: _has(case, Circumstance.DECEASED), (ReplyKind.ANSWER,)),  # no GDPR, but courtesy (§ 7.14)
    (_acts_for_another, (ReplyKind.MANDATE, ReplyKind.ANSWER)),
    (lambda case: _is_lifting(case) and case.identity < IdentityLevel.L1, (ReplyKind.IDENTITY,)),
    (_is_lifting, (ReplyKind.LIFTED,)),
    (lambda case: not case.rights and not case.topics, (ReplyKind.CLARIFICATION,)),
    (needs_identity, (ReplyKind.IDENTITY,)),
    (lambda case: _is_only(case, Topic.PRIVACY_QUESTION), (ReplyKind.ANSWER,)),
    (_is_marketing_only, (ReplyKind.ANSWER,)),
    (_was_acknowledged, (ReplyKind.ANSWER,)),
)
"""The first that applies counts."""
