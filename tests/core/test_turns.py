"""Whose turn it is: a table of cases and the letter that is laid next, and what is said again as days pass."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from case_files import a_case as a_request

from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, Event, EventKind, IdentityLevel, ReplyKind
from mailbot.core.lifecycle import advance
from mailbot.core.rights import Circumstance, Right, Topic
from mailbot.core.turns import next_reply

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 2)
K = ReplyKind
L0, L1, L2 = IdentityLevel.L0, IdentityLevel.L1, IdentityLevel.L2


def a_case(*happened: EventKind, **facts: object) -> Case:
    """A request for access of 2 November, due on 2 December."""
    day = date(2026, 12, 2)
    case = replace(a_request(), received=NOW, policy_due=day, month_due=day, binding=day, events=(), **facts)  # type: ignore[arg-type]
    for kind in (EventKind.RECOGNISED, *happened):
        case = advance(case, Event(NOW, kind, Actor.BOT))
    return case


def letter(case: Case, reply: ReplyKind, state: DraftState = DraftState.SENT) -> Case:
    number = len(case.drafts)
    return case.with_draft(DraftRecord(f"d{number}", f"<t{number}>", reply, case.answer_to, state=state))


def about(*circumstances: Circumstance, **facts: object) -> Case:
    return a_case(circumstances=circumstances, **facts)


def notice(*happened: EventKind) -> Case:
    return a_case(*happened, rights=(Right.ERASURE,), identity=L0, parent="P-3K7Q9X", addressee="Host")


C = Circumstance


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (a_case(), K.ACKNOWLEDGEMENT),
        (a_case(identity=L0), K.IDENTITY),
        (a_case(rights=(Right.OBJECTION,), identity=L0), K.ACKNOWLEDGEMENT),
        (a_case(rights=(Right.CONSENT_WITHDRAWAL,), identity=L0), K.ACKNOWLEDGEMENT),
        (a_case(rights=(Right.OBJECTION, Right.ERASURE), identity=L0), K.IDENTITY),
        (a_case(rights=()), K.CLARIFICATION),
        (a_case(rights=(), topics=(Topic.PRIVACY_QUESTION,)), K.ANSWER),
        (a_case(rights=(), topics=(Topic.COMPLAINT,)), K.ACKNOWLEDGEMENT),
        (a_case(rights=(), topics=(Topic.BREACH,)), K.ACKNOWLEDGEMENT),
        (a_case(topics=(Topic.AUTHORITY,)), None),
        (a_case(answer_to=""), None),
        (letter(a_case(), K.ACKNOWLEDGEMENT), K.ANSWER),
        (letter(a_case(), K.ACKNOWLEDGEMENT, DraftState.DISCARDED), K.ANSWER),
        (letter(a_case(), K.ACKNOWLEDGEMENT, DraftState.LAID), None),
        (letter(a_case(), K.ACKNOWLEDGEMENT, DraftState.UNCERTAIN), None),
        (letter(a_case(rights=(), topics=(Topic.BREACH,)), K.ACKNOWLEDGEMENT), None),
        (letter(a_case(), K.ANSWER, DraftState.DISCARDED), K.ACKNOWLEDGEMENT),
        (letter(a_case(identity=L0), K.IDENTITY), None),
        (letter(a_case(identity=L2), K.IDENTITY), K.ANSWER),
        (letter(a_case(), K.EXTENSION), K.ANSWER),
        (letter(a_case(rights=()), K.CLARIFICATION), None),
        (a_case(EventKind.QUESTION_SENT), None),
        (a_case(EventKind.ANSWER_SENT), None),
        (a_case(EventKind.CLOSED), None),
        # legal-facts.md § 7
        (about(C.MARKETING, rights=(Right.OBJECTION,), identity=L0), K.ANSWER),
        (about(C.MARKETING, rights=(Right.OBJECTION, Right.ACCESS)), K.ACKNOWLEDGEMENT),
        (about(C.REPRESENTATIVE), K.MANDATE),
        (about(C.SERVICE, identity=L0), K.MANDATE),
        (letter(about(C.REPRESENTATIVE, identity=L0), K.MANDATE), K.ANSWER),
        (about(C.REPRESENTATIVE, identity=L2), K.ACKNOWLEDGEMENT),
        (about(C.DECEASED, rights=(Right.ERASURE,), identity=L0), K.ANSWER),
        (about(C.EMPLOYEE), K.ACKNOWLEDGEMENT),
        (letter(about(C.EMPLOYEE), K.ACKNOWLEDGEMENT), None),
        (about(C.CLAIM), K.ACKNOWLEDGEMENT),
        (letter(about(C.CLAIM), K.ACKNOWLEDGEMENT), None),
        (about(C.LIFTING, rights=(Right.RESTRICTION,)), K.LIFTED),
        (about(C.LIFTING, rights=(Right.RESTRICTION,), identity=L0), K.IDENTITY),
        (about(C.LEAVING, rights=(Right.ERASURE,)), K.ACKNOWLEDGEMENT),
        (a_case(EventKind.WITHDREW), K.WITHDRAWAL),
        (letter(a_case(EventKind.WITHDREW), K.WITHDRAWAL), None),
        (notice(), K.NOTICE),
        (letter(notice(), K.NOTICE, DraftState.DISCARDED), None),
    ],
)
def test_which_letter_is_next(case: Case, expected: ReplyKind | None) -> None:
    assert next_reply(case, TODAY) is expected


def on_day(case: Case, day: int) -> ReplyKind | None:
    return next_reply(case, TODAY + timedelta(days=day))


def test_a_question_is_repeated_once_and_then_answered_as_far_as_it_can_be() -> None:
    waiting = letter(a_case(EventKind.QUESTION_SENT, identity=L0), K.IDENTITY)
    assert [on_day(waiting, day) for day in (13, 14, 24)] == [None, K.REMINDER, K.REMINDER]
    reminded = letter(waiting, K.REMINDER)
    assert [on_day(reminded, day) for day in (24, 25, 40)] == [None, K.ANSWER, K.ANSWER]
    assert on_day(letter(reminded, K.ANSWER), 40) is None


def test_the_last_word_comes_before_the_due_date_also_when_the_question_was_asked_late() -> None:
    late = a_case(identity=L0)
    late = advance(late, Event(NOW + timedelta(days=20), EventKind.QUESTION_SENT, Actor.BOT))
    assert [on_day(late, day) for day in (21, 24, 25)] == [None, None, K.ANSWER]


def test_a_processor_that_is_silent_is_asked_twice_more() -> None:
    told = letter(notice(EventKind.NOTICE_SENT), K.NOTICE)
    assert [on_day(told, day) for day in (6, 7)] == [None, K.CHASER]
    once = letter(told, K.CHASER)
    assert [on_day(once, day) for day in (13, 14)] == [None, K.CHASER]
    assert on_day(letter(once, K.CHASER), 60) is None


def test_a_processor_that_answered_is_not_chased() -> None:
    answered = letter(notice(EventKind.NOTICE_SENT, EventKind.MAIL_JOINED), K.NOTICE)
    assert on_day(answered, 60) is None
