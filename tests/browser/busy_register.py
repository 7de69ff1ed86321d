"""A register as busy as wanted: open cases in every state, and a year of closed ones. The same every time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Final

from case_files import a_case, after

from mailbot.core.cases import (
    Case,
    DraftRecord,
    DraftState,
    EventKind,
    Ground,
    Outcome,
    ReplyKind,
    Resolution,
    WaitingFor,
)
from mailbot.core.rights import Right, Topic

NOW: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ZONE: Final = "Europe/Amsterdam"
_AGES: Final = (12, 0, 33, 25, 4, 28, 9, 41, 30, 2, 20, 14)  # days; the term is thirty
_RIGHTS: Final = (
    (Right.ACCESS,),
    (Right.ERASURE,),
    (Right.OBJECTION, Right.AUTOMATED_DECISION),
    (Right.RECTIFICATION,),
    (Right.CONSENT_WITHDRAWAL, Right.PORTABILITY, Right.RECTIFICATION, Right.ERASURE),
)
_LETTERS: Final = "2346789CDFGHJKMNPQRTVWXZ"


def open_cases(number: int) -> list[Case]:
    """As many open requests, and the notices of one of them to processors."""
    ages, rights, turns = cycle(_AGES), cycle(_RIGHTS), cycle(_TURNS)
    made = [
        turn(_received(_reference(place), age, asked))
        for place, age, asked, turn in islice(zip(range(number), ages, rights, turns, strict=False), number)
    ]
    return made + ([_notice(made[1], 5), _notice(made[2], 12)] if number > 2 else [])


def closed_cases(number: int) -> list[Case]:
    """As many requests that ended within the last year, most of them in time."""
    ends = cycle((3, 9, 12, 18, 22, 26, 29, 30, 34))
    outcomes = cycle((Outcome.GRANTED, Outcome.GRANTED, Outcome.PARTLY, Outcome.GRANTED, Outcome.REFUSED))
    rights = cycle(_RIGHTS[:-1])
    return [
        _closed(_received(_reference(5000 + place), 45 + place * 5 % 330, asked), days, outcome)
        for place, days, outcome, asked in zip(range(number), ends, outcomes, rights, strict=False)
    ]


def _reference(number: int) -> str:
    number = number * 7_919_317 % len(_LETTERS) ** 6
    signs = []
    for _ in range(6):
        number, place = divmod(number, len(_LETTERS))
        signs.append(_LETTERS[place])
    return "P-" + "".join(signs)


def _received(reference: str, age: int, rights: tuple[Right, ...]) -> Case:
    received = NOW - timedelta(days=age)
    due = received.date() + timedelta(days=30)
    return replace(
        a_case(reference),
        rights=rights,
        received=received,
        policy_due=due,
        month_due=due,
        binding=due,
        work_by=due - timedelta(days=age % 3),
        extension_due=received.date() + timedelta(days=91),
        events=after(replace(a_case(reference), events=()), EventKind.RECOGNISED, at=received).events,
    )


def _waits(case: Case) -> Case:
    return replace(after(case, EventKind.QUESTION_SENT, at=NOW), waiting_for=WaitingFor.IDENTITY)


def _extended(case: Case) -> Case:
    return replace(after(case, EventKind.EXTENDED, at=NOW), extended=case.extension_due)


def _held(case: Case) -> Case:
    return after(case, EventKind.HOLD_SET, at=NOW)


def _answered(case: Case) -> Case:
    return after(case, EventKind.ANSWER_SENT, at=NOW - timedelta(hours=2))


def _breach(case: Case) -> Case:
    return replace(case, rights=(), topics=(Topic.BREACH,), breach_due=case.received + timedelta(hours=72))


def _unclear(case: Case) -> Case:
    return after(replace(case, events=()), EventKind.DOUBTED, at=case.received)


def _as_it_is(case: Case) -> Case:
    return case


_TURNS: Final = (_as_it_is, _waits, _extended, _held, _answered, _breach, _unclear)


def _notice(parent: Case, days_ago: int) -> Case:
    notice = replace(_received(f"{parent.reference[:-2]}22", days_ago, (Right.ERASURE,)), parent=parent.reference)
    told = after(notice, EventKind.NOTICE_SENT, at=notice.received)
    return replace(told, addressee="Voorbeeldpost", waiting_for=WaitingFor.CONFIRMATION)


def _closed(case: Case, days: int, outcome: Outcome) -> Case:
    ground = None if outcome is Outcome.GRANTED else (Ground.LEGAL_DUTY, Ground.EXCESSIVE)[days % 2]
    letter = DraftRecord("d", "<d@example.com>", ReplyKind.ANSWER, "", DraftState.SENT, outcome=outcome, ground=ground)
    resolution = {Outcome.PARTLY: Resolution.PARTLY, Outcome.REFUSED: Resolution.REFUSED}.get(outcome)
    end = case.received + timedelta(days=days)
    case = after(case.with_draft(letter), EventKind.ANSWER_SENT, EventKind.CLOSED, at=end)
    return replace(case, resolution=resolution or Resolution.FULFILLED)
