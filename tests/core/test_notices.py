"""Whom to tell, once everything is done in our own systems, and when a case has nothing left to do."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from case_files import MORNING, a_case, after, closed, tick

from mailbot.core.cases import (
    Actor,
    Case,
    DraftRecord,
    DraftState,
    Event,
    EventKind,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Resolution,
    Status,
    Task,
)
from mailbot.core.lifecycle import advance, status_of
from mailbot.core.notices import (
    Addressee,
    Operation,
    ending,
    missing_notices,
    open_notice,
    operation_of,
    still_to_tell,
    told,
)
from mailbot.core.rights import Circumstance, Right, Topic
from mailbot.core.tasks import System
from mailbot.core.turns import Pace

HOST = Addressee("Host", "privacy@example.net")
POST = Addressee("Post", "avg@example.com", frozenset({Right.ERASURE}))
SHOP = System("shop", "site")
PACE = Pace()
DAY = date(2026, 11, 23)
ERASURE = replace(a_case(), rights=(Right.ERASURE,))


def a_notice(parent: Case = ERASURE, to: Addressee = HOST, right: Right = Right.ERASURE) -> Case:
    return open_notice(parent, to, right, reference="P-3K7Q9X", language="nl", now=MORNING)


def letter(case: Case, reply: ReplyKind, state: DraftState = DraftState.SENT, outcome: Outcome | None = None) -> Case:
    number = len(case.drafts)
    return case.with_draft(DraftRecord(f"d{number}", f"<t{number}>", reply, case.answer_to, state, outcome=outcome))


def answered(case: Case, outcome: Outcome | None = None) -> Case:
    return letter(after(case, EventKind.ANSWER_SENT), ReplyKind.ANSWER, outcome=outcome)


# --- whom to tell ---------------------------------------------------------------------------------------------------


def test_every_processor_is_told_of_what_concerns_it() -> None:
    assert missing_notices(ERASURE, (), (HOST, POST), ()) == ((HOST, Right.ERASURE), (POST, Right.ERASURE))
    corrected = replace(a_case(), rights=(Right.RECTIFICATION,))
    assert missing_notices(corrected, (), (HOST, POST), ()) == ((HOST, Right.RECTIFICATION),)


def test_nobody_is_told_twice() -> None:
    assert missing_notices(ERASURE, (a_notice(),), (HOST,), ()) == ()


def test_nobody_is_told_before_it_is_done_here() -> None:
    case = replace(ERASURE, tasks=(Task("1", "<t>", "shop", "site", Right.ERASURE),))
    assert missing_notices(case, (), (HOST,), (SHOP,)) == ()
    assert missing_notices(tick(case, ["1"], MORNING), (), (HOST,), (SHOP,))


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.OBJECTION, Right.AUTOMATED_DECISION])
def test_other_rights_concern_no_processor(right: Right) -> None:
    assert missing_notices(replace(a_case(), rights=(right,)), (), (HOST,), ()) == ()


@pytest.mark.parametrize(
    "case",
    [
        replace(ERASURE, identity=IdentityLevel.L0),
        after(ERASURE, EventKind.WITHDREW),
        closed(ERASURE),
        replace(ERASURE, circumstances=(Circumstance.DECEASED,)),
        a_notice(),
    ],
)
def test_some_cases_tell_nobody(case: Case) -> None:
    assert missing_notices(case, (), (HOST,), ()) == ()


def test_a_lifted_restriction_is_told_once_it_is_lifted() -> None:
    lifting = replace(a_case(), rights=(Right.RESTRICTION,), circumstances=(Circumstance.LIFTING,))
    assert missing_notices(lifting, (), (HOST,), ()) == ()
    ((host, right),) = missing_notices(after(lifting, EventKind.HOLD_LIFTED), (), (HOST,), ())
    assert operation_of(a_notice(lifting, host, right)) is Operation.LIFT


def test_a_notice_is_a_case_of_its_own() -> None:
    notice = a_notice()
    assert status_of(notice) is Status.OPEN
    assert (notice.parent, notice.addressee, notice.answer_to) == (ERASURE.reference, "Host", HOST.email)
    assert operation_of(notice) is Operation.ERASE
    assert notice.mails == ()
    assert notice.due == ERASURE.due


def test_a_case_that_is_no_notice_has_no_operation() -> None:
    with pytest.raises(ValueError, match="is no notice"):
        operation_of(a_case())


def test_told_are_those_whose_notice_went_out() -> None:
    sent, laid = after(a_notice(), EventKind.NOTICE_SENT), a_notice(to=POST)
    assert told((sent, laid)) == ("Host",)
    assert still_to_tell((sent, laid)) == ("Post",)
    assert still_to_tell((closed(laid),)) == ()


# --- the end --------------------------------------------------------------------------------------------------------


def end(case: Case, *notices: Case, days: int = 14) -> Resolution | None:
    return ending(case, notices, DAY + timedelta(days=days), PACE)


@pytest.mark.parametrize(
    ("outcome", "resolution"),
    [
        (None, Resolution.FULFILLED),
        (Outcome.GRANTED, Resolution.FULFILLED),
        (Outcome.PARTLY, Resolution.PARTLY),
        (Outcome.REFUSED, Resolution.REFUSED),
        (Outcome.NO_DATA, Resolution.NO_DATA),
    ],
)
def test_a_case_ends_as_it_was_answered(outcome: Outcome | None, resolution: Resolution) -> None:
    assert end(answered(a_case(), outcome)) is resolution


def test_a_bounce_gets_its_time() -> None:
    assert end(answered(a_case()), days=13) is None


def test_a_request_that_was_taken_back_ends_as_that() -> None:
    case = letter(after(a_case(), EventKind.WITHDREW, EventKind.ANSWER_SENT), ReplyKind.WITHDRAWAL)
    assert end(case) is Resolution.WITHDRAWN


def test_a_person_who_was_never_identified_ends_as_that() -> None:
    assert end(answered(replace(a_case(), identity=IdentityLevel.L0))) is Resolution.UNIDENTIFIED


@pytest.mark.parametrize(
    "case",
    [
        a_case(),
        after(answered(a_case()), EventKind.MAIL_JOINED),
        after(answered(a_case()), EventKind.MAIL_BOUNCED),
        after(answered(replace(a_case(), rights=(Right.RESTRICTION,))), EventKind.HOLD_SET),
        replace(answered(a_case()), breach_due=MORNING),
        replace(answered(a_case()), topics=(Topic.AUTHORITY,)),
        replace(answered(a_case()), tasks=(Task("1", "<t>", "shop", "", Right.ACCESS),)),
    ],
)
def test_what_is_not_done_does_not_end(case: Case) -> None:
    assert end(case) is None


def test_a_question_that_was_answered_by_hand_keeps_no_case_open() -> None:
    case = after(answered(a_case()), EventKind.MAIL_JOINED, EventKind.PERSON_WROTE)
    assert end(case) is Resolution.FULFILLED


def test_a_request_that_is_taken_back_ends_whatever_was_still_to_do() -> None:
    case = replace(a_case(), tasks=(Task("1", "<t>", "shop", "", Right.ACCESS),))
    case = letter(after(case, EventKind.WITHDREW, EventKind.ANSWER_SENT), ReplyKind.WITHDRAWAL)
    assert end(case) is Resolution.WITHDRAWN


def test_thanks_keep_no_case_open() -> None:
    case = advance(answered(a_case()), Event(MORNING, EventKind.MAIL_JOINED, Actor.DATA_SUBJECT, note="thanks"))
    assert end(case) is Resolution.FULFILLED


def test_a_case_waits_for_its_notices() -> None:
    case, notice = answered(ERASURE), after(a_notice(), EventKind.NOTICE_SENT)
    assert end(case, notice) is None
    assert end(case, closed(notice)) is Resolution.FULFILLED


def test_a_restriction_that_was_lifted_ends() -> None:
    case = answered(after(replace(a_case(), rights=(Right.RESTRICTION,)), EventKind.HOLD_SET, EventKind.HOLD_LIFTED))
    assert end(case) is Resolution.FULFILLED


def test_a_notice_that_the_person_throws_away_says_that_nothing_is_held_there() -> None:
    assert end(letter(a_notice(), ReplyKind.NOTICE, DraftState.DISCARDED), days=0) is Resolution.NO_DATA
    assert end(a_notice(), days=99) is None


def test_a_notice_ends_when_the_person_read_the_confirmation() -> None:
    notice = after(letter(a_notice(), ReplyKind.NOTICE), EventKind.NOTICE_SENT, EventKind.MAIL_JOINED)
    notice = replace(notice, tasks=(Task("1", "<t>", "Host", "", Right.ERASURE),))
    assert end(notice) is None
    assert end(tick(notice, ["1"], MORNING)) is Resolution.FULFILLED


def test_a_notice_that_was_chased_twice_in_vain_ends() -> None:
    notice = letter(a_notice(), ReplyKind.NOTICE)
    notice = letter(letter(after(notice, EventKind.NOTICE_SENT), ReplyKind.CHASER), ReplyKind.CHASER)
    assert end(notice, days=6) is None
    assert end(notice, days=7) is Resolution.PARTLY
