from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from case_files import MORNING, a_case, after
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.cases import (
    Actor,
    Case,
    DraftRecord,
    Event,
    EventKind,
    Ground,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Resolution,
    Task,
)
from mailbot.core.figures import PastCase
from mailbot.core.lifecycle import advance
from mailbot.core.records import record_of, record_of_row, row_of_record
from mailbot.core.retention import (
    INVOICES,
    Part,
    Retention,
    Row,
    Step,
    described,
    due,
    past_of,
    purged_notes,
    row_of,
    without_person,
)
from mailbot.core.rights import Circumstance, Right, Topic

ZONE = "Europe/Amsterdam"
TERMS = Retention()
E = EventKind
ANSWERED = datetime(2026, 12, 1, 9, tzinfo=UTC)
CLOSED = datetime(2026, 12, 15, 9, tzinfo=UTC)
ADDRESS = "jan@example.org"


def answered(*rights: Right, resolution: Resolution = Resolution.FULFILLED, **more: Any) -> Case:
    """A request that was answered with a letter of the bot on 1 December and closed on 15 December."""
    case = replace(a_case(**more), rights=rights or (Right.ACCESS,), external_reference="MINE-7", evidence=("my_data",))
    draft = DraftRecord("d1", f"<{case.reference}.{'0' * 32}@example.com>", ReplyKind.ANSWER, ADDRESS)
    case = case.with_draft(replace(draft, message_id="<sent-1@example.com>", frozen="f" * 64))
    for kind in (E.DRAFT_PLANNED, E.DRAFT_LAID, E.APPROVED, E.SEND_ATTEMPTED, E.ANSWER_SENT):
        case = advance(case, Event(ANSWERED, kind, Actor.BOT, draft="d1"))
    return replace(closed(case), resolution=resolution)


def closed(case: Case, at: datetime = CLOSED) -> Case:
    return after(case, E.CLOSED, at=at)


def a_notice(of: Case, *kinds: EventKind) -> Case:
    notice = replace(a_case("P-NNNNNN"), parent=of.reference, addressee="Pakketdienst Voorbeeld")
    return after(notice, *kinds)


def days_later(days: int) -> datetime:
    return CLOSED + timedelta(days=days)


def step(case: Case, now: datetime, *notices: Case, terms: Retention = TERMS) -> Step:
    return due(case, notices, now, ZONE, terms)


# --- when -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, Step.KEEP), (92, Step.KEEP), (93, Step.FORGET_PERSON), (5 * 365, Step.FORGET_PERSON), (1826, Step.ANONYMISE)],
)
def test_an_ordinary_case_loses_its_person_first_and_becomes_a_row_later(days: int, expected: Step) -> None:
    assert step(answered(Right.ACCESS), days_later(days)) is expected


def test_a_person_is_forgotten_once() -> None:
    assert step(without_person(answered()), days_later(100)) is Step.KEEP
    assert step(without_person(answered()), days_later(1826)) is Step.ANONYMISE


@pytest.mark.parametrize("resolution", [Resolution.FULFILLED, Resolution.PARTLY])
def test_an_erasure_is_anonymised_when_it_closes(resolution: Resolution) -> None:
    assert step(answered(Right.ACCESS, Right.ERASURE, resolution=resolution), CLOSED) is Step.ANONYMISE


@pytest.mark.parametrize(
    "case",
    [
        answered(Right.ERASURE, resolution=Resolution.REFUSED),
        answered(Right.ERASURE, resolution=Resolution.NO_DATA),
        answered(Right.ERASURE, resolution=Resolution.WITHDRAWN),
        replace(closed(replace(a_case(), rights=(Right.ERASURE,))), resolution=Resolution.FULFILLED),  # no answer left
    ],
)
def test_an_erasure_that_was_not_carried_out_is_kept_as_any_case(case: Case) -> None:
    assert step(case, CLOSED) is Step.KEEP
    assert step(case, days_later(93)) is Step.FORGET_PERSON


def test_a_closed_account_is_no_erasure() -> None:
    case = after(replace(a_case(), rights=(Right.ERASURE,)), E.NARROWED)
    case = replace(case, circumstances=(Circumstance.LEAVING,))
    assert step(replace(closed(after(case, E.ANSWER_SENT)), resolution=Resolution.FULFILLED), CLOSED) is Step.KEEP


OPEN = [
    ("recognised", a_case()),
    ("in triage", replace(a_case(), events=(Event(MORNING, E.DOUBTED, Actor.BOT),))),
    ("answered, not closed", after(a_case(), E.ANSWER_SENT)),
    ("waiting", after(a_case(), E.QUESTION_SENT)),
    ("reopened", after(closed(a_case()), E.REOPENED)),
]


@pytest.mark.parametrize("case", [case for _, case in OPEN], ids=[name for name, _ in OPEN])
@pytest.mark.parametrize("rights", [(Right.ACCESS,), (Right.ERASURE,)])
def test_an_open_case_is_never_let_go(case: Case, rights: tuple[Right, ...]) -> None:
    case = replace(case, rights=rights, resolution=Resolution.FULFILLED)
    assert step(case, days_later(10_000)) is Step.KEEP


@pytest.mark.parametrize("happened", [(), (E.NOTICE_SENT,)])
def test_a_processor_that_did_not_confirm_keeps_the_case(happened: tuple[EventKind, ...]) -> None:
    case = answered(Right.ERASURE)
    assert step(case, days_later(3000), a_notice(case, *happened)) is Step.KEEP
    assert step(case, days_later(3000), a_notice(case, *happened, E.CLOSED)) is Step.ANONYMISE


def test_a_task_that_is_not_done_keeps_the_case() -> None:
    task = Task("1", "<t@example.com>", "winkel", "beheer", Right.ERASURE)
    assert step(replace(answered(Right.ERASURE), tasks=(task,)), days_later(3000)) is Step.KEEP
    assert step(replace(answered(Right.ERASURE), tasks=(replace(task, done=ANSWERED),)), CLOSED) is Step.ANONYMISE


def test_a_restriction_that_stands_keeps_the_case() -> None:
    case = closed(after(replace(a_case(), rights=(Right.RESTRICTION,)), E.HOLD_SET))
    assert step(case, days_later(3000)) is Step.KEEP
    assert step(after(case, E.HOLD_LIFTED, at=CLOSED), days_later(3000)) is Step.ANONYMISE


def test_a_notice_goes_with_its_request_and_never_alone() -> None:
    assert step(a_notice(a_case(), E.CLOSED), days_later(10_000)) is Step.KEEP


def test_a_mail_after_the_end_starts_the_term_of_the_thread_again() -> None:
    case = after(answered(), E.MAIL_JOINED, at=days_later(60))
    assert step(case, days_later(93)) is Step.KEEP
    assert step(case, days_later(153)) is Step.FORGET_PERSON


@pytest.mark.parametrize("kind", [Topic.BREACH, Topic.COMPLAINT, Topic.AUTHORITY])
def test_a_case_about_something_else_than_a_right_is_kept_as_any(kind: Topic) -> None:
    case = replace(closed(a_case()), rights=(), topics=(kind,))
    assert step(case, days_later(92)) is Step.KEEP
    assert step(case, days_later(93)) is Step.FORGET_PERSON


@pytest.mark.parametrize(("hour", "expected"), [(22, Step.KEEP), (23, Step.FORGET_PERSON)])
def test_days_are_counted_where_the_company_is(hour: int, expected: Step) -> None:
    now = datetime(2027, 3, 17, hour, 30, tzinfo=UTC)  # 92 days after 15 December; midnight there is 23:00 UTC
    assert step(answered(), now) is expected


def test_the_owner_sets_the_terms() -> None:
    terms = Retention(mail_days=42, row_years=1)
    assert step(answered(), days_later(43), terms=terms) is Step.FORGET_PERSON
    assert step(answered(), days_later(365), terms=terms) is Step.ANONYMISE


# --- without the person ---------------------------------------------------------------------------------------------

PERSONAL = (ADDRESS, "mail-of-", "<sent-1@", "0" * 32, "MINE-7", "my_data", "bel", "INBOX")


def told_by_a_person(case: Case) -> Case:
    """Free text that a person typed."""
    for kind, note in ((E.REOPENED, ""), (E.IDENTIFIED, "L2: belde vanaf 015-1234567"), (E.CLOSED, "gebeld met Jan")):
        case = advance(case, Event(CLOSED, kind, Actor.PERSON, note=note))
    return case


def test_nothing_that_leads_to_the_person_stays() -> None:
    task = Task("1", f"<P-7K3Q9X.{'0' * 32}@example.com>", "winkel", "beheer", Right.ACCESS, done=ANSWERED)
    before = replace(told_by_a_person(answered()), tasks=(task,), resembles="jann@example.org")
    assert all(word in str(record_of(before)) for word in PERSONAL)
    forgotten = without_person(before)
    assert not any(word in str(record_of(forgotten)) for word in PERSONAL)
    assert without_person(forgotten) == forgotten


def test_what_was_decided_and_when_stays() -> None:
    before = told_by_a_person(answered())
    forgotten = without_person(before)
    kept = ("reference", "rights", "language", "received", "binding", "identity", "resolution", "extended", "mailbox")
    assert all(getattr(forgotten, name) == getattr(before, name) for name in kept)
    assert [(event.at, event.kind, event.by) for event in forgotten.events] == [
        (event.at, event.kind, event.by) for event in before.events
    ]
    assert [event.note for event in forgotten.events if event.kind is E.IDENTIFIED] == ["L2"]
    assert forgotten.answer is not None
    assert forgotten.answer.frozen == "f" * 64


@pytest.mark.parametrize(
    ("key", "value", "becomes"),
    [
        ("alarm:P-7K3Q9X:0", "2026-11-23T09:00:00+00:00", None),
        ("missing:d1", "2026-11-23T09:00:00+00:00", None),
        ("stale:other", f"<P-7K3Q9X.{'0' * 32}@example.com>", None),
        ("aside:info:INBOX:1:7", "2026-11-23T09:00:00+00:00 ValueError", None),
        ("missed:info:INBOX:1:7", "2026-11-23T09:00:00+00:00", None),
        ("failing:smtp", f"2026-11-23T09:00:00+00:00 550 <{ADDRESS}> unknown", "2026-11-23T09:00:00+00:00"),
        ("aside:info:INBOX:1:77", "2026-11-23T09:00:00+00:00 ValueError", "unchanged"),
        ("alarm:P-NNNNNN:0", "2026-11-23T09:00:00+00:00", "unchanged"),
        ("digest:settled", "2026-11-23", "unchanged"),
    ],
)
def test_notes_that_tell_of_the_case_go(key: str, value: str, becomes: str | None) -> None:
    assert purged_notes(answered(), {key: value}) == ({} if becomes == "unchanged" else {key: becomes})


# --- the row --------------------------------------------------------------------------------------------------------


def the_row(case: Case, *notices: Case, others: Iterable[Case] = (), rows: Iterable[Row] = ()) -> Row:
    return row_of(case, notices, others, rows, "0.1.0")


def test_the_row_of_an_erasure() -> None:
    done = Task("1", "<t@example.com>", "winkel", "beheer", Right.ERASURE, done=ANSWERED)
    case = replace(answered(Right.ERASURE, resolution=Resolution.PARTLY), tasks=(done,), topics=(Topic.COMPLAINT,))
    (draft,) = case.drafts
    case = case.with_draft(replace(draft, outcome=Outcome.PARTLY, ground=Ground.LEGAL_DUTY))
    row = the_row(case, a_notice(case, E.NOTICE_SENT, E.CLOSED))
    assert row == Row(
        reference="P-7K3Q9X",
        month="2026-11",
        rights=(Right.ERASURE,),
        topics=(),
        language="",
        resolution=Resolution.PARTLY,
        ground=Ground.LEGAL_DUTY,
        identity=IdentityLevel.L1,
        days=8,
        in_time=True,
        extended=False,
        systems=(Part("winkel", True),),
        recipients=(Part("Pakketdienst Voorbeeld", True),),
        kept=INVOICES,
        kept_until=2033,
        complaint=True,
        version="0.1.0",
    )


def test_a_row_holds_no_day_no_time_no_address_and_no_hash() -> None:
    record = str(record_of_row(the_row(told_by_a_person(answered(Right.ERASURE)))))
    assert "2026-11-" not in record
    assert "2026-12" not in record
    assert not any(word in record for word in (*PERSONAL, "example", "@", "ffff"))


def test_a_row_comes_back_from_json_as_it_was() -> None:
    row = the_row(answered(Right.ERASURE))
    assert row_of_record(record_of_row(row)) == row


@given(st.builds(Row))
def test_any_row_comes_back_from_json_as_it_was(row: Row) -> None:
    assert row_of_record(record_of_row(row)) == row


def test_topics_and_language_are_told_only_where_three_are_alike() -> None:
    cases = [replace(answered(reference=f"P-{name * 6}"), topics=(Topic.COMPLAINT,)) for name in "CDF"]
    assert (the_row(cases[0], others=cases).language, the_row(cases[0], others=cases).topics) == (
        "nl",
        (Topic.COMPLAINT,),
    )
    two = cases[:2]
    assert (the_row(cases[0], others=two).language, the_row(cases[0], others=two).topics) == ("", ())
    rows = [the_row(case, others=cases) for case in cases[:2]]
    assert the_row(cases[2], others=cases[2:], rows=rows).language == "nl"


@pytest.mark.parametrize(
    "change",
    [
        {"language": "en"},
        {"rights": (Right.PORTABILITY,)},
        {"topics": (Topic.MINOR,)},
        {"received": datetime(2026, 10, 30, tzinfo=UTC)},
        {"parent": "P-CCCCCC"},
    ],
)
def test_a_case_of_another_kind_does_not_count_as_alike(change: dict[str, Any]) -> None:
    cases = [answered(reference=f"P-{name * 6}") for name in "CDF"]
    assert the_row(cases[0], others=[*cases[:2], replace(cases[2], **change)]).language == ""


def test_a_row_counts_in_the_figures_by_its_months() -> None:
    past = past_of(the_row(answered(Right.ERASURE)))
    assert past == PastCase(
        received=date(2026, 11, 1),
        ended=date(2026, 11, 1),
        days=8,
        in_time=True,
        kinds=(Right.ERASURE,),
        resolution=Resolution.FULFILLED,
    )


def test_a_row_is_told_in_words() -> None:
    lines = "\n".join(described(the_row(answered(Right.ERASURE))))
    for expected in ("P-7K3Q9X  anonymised  erasure", "2026-11", "8 days, in time", "fulfilled", "L1", "0.1.0"):
        assert expected in lines


def test_a_case_that_ended_without_an_answer_has_a_row_too() -> None:
    case = replace(closed(replace(a_case(), rights=(), topics=())), resolution=Resolution.DUPLICATE)
    row = the_row(case)
    assert (row.days, row.resolution) == (22, Resolution.DUPLICATE)
    assert list(described(row))
