"""What is to be done in the company's systems, in what order, and what an answer may say before it is done."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from case_files import MORNING, a_case, after, tick

from mailbot.core.cases import Case, EventKind, IdentityLevel, Task
from mailbot.core.identity import needs_hold
from mailbot.core.rights import Circumstance, Right
from mailbot.core.tasks import System, is_carried_out, missing_tasks, undone

SHOP, BOOKS = System("shop", "site"), System("books", "bookkeeper", frozenset({Right.ACCESS, Right.ERASURE}))
SYSTEMS = (SHOP, BOOKS)
BOTH = (Right.ACCESS, Right.ERASURE)


def planned(case: Case, systems: Sequence[System] = SYSTEMS) -> Case:
    """The case with what is missing planned."""
    missing = missing_tasks(case, systems)
    tasks = (
        Task(str(number), f"<t{number}>", system.name, system.role, right)
        for number, (system, right) in enumerate(missing, start=len(case.tasks) + 1)
    )
    return replace(case, tasks=(*case.tasks, *tasks))


def test_every_system_gets_a_task_for_what_is_asked() -> None:
    assert missing_tasks(a_case(), SYSTEMS) == ((SHOP, Right.ACCESS), (BOOKS, Right.ACCESS))


def test_a_system_that_has_nothing_to_do_with_a_right_gets_none() -> None:
    case = replace(a_case(), rights=(Right.RECTIFICATION,))
    assert missing_tasks(case, SYSTEMS) == ((SHOP, Right.RECTIFICATION),)


def test_nothing_is_planned_twice() -> None:
    assert missing_tasks(planned(a_case()), SYSTEMS) == ()


def test_nothing_is_erased_before_the_copy_is_made() -> None:
    case = planned(replace(a_case(), rights=(Right.ERASURE, Right.ACCESS)))
    assert {task.right for task in case.tasks} == {Right.ACCESS}
    case = tick(case, ["1"], MORNING)
    assert missing_tasks(case, SYSTEMS) == ()
    case = tick(case, ["2"], MORNING)
    assert missing_tasks(case, SYSTEMS) == ((SHOP, Right.ERASURE), (BOOKS, Right.ERASURE))


def test_the_hold_comes_before_everything() -> None:
    case = replace(a_case(), rights=(Right.ERASURE, Right.RESTRICTION, Right.ACCESS))
    assert {right for _, right in missing_tasks(case, SYSTEMS)} == {Right.RESTRICTION}


@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE, Right.PORTABILITY, Right.RECTIFICATION])
def test_nothing_is_done_for_a_writer_who_is_not_sure(right: Right) -> None:
    case = replace(a_case(), rights=(right,), identity=IdentityLevel.L0)
    assert missing_tasks(case, SYSTEMS) == ()


def test_a_hold_is_harmless_and_comes_on_a_plausible_match() -> None:
    doubtful = replace(a_case(), rights=(Right.RESTRICTION,), identity=IdentityLevel.L0)
    assert needs_hold(doubtful)
    assert missing_tasks(doubtful, SYSTEMS)
    stranger = replace(doubtful, known=False)
    assert not needs_hold(stranger)
    assert missing_tasks(stranger, SYSTEMS) == ()


def test_a_hold_is_set_once() -> None:
    held = after(replace(a_case(), rights=(Right.OBJECTION,)), EventKind.HOLD_SET)
    assert not needs_hold(held)
    assert held.hold_since == MORNING
    assert after(held, EventKind.HOLD_LIFTED).hold_since is None


@pytest.mark.parametrize(
    "case",
    [
        after(a_case(), EventKind.CLOSED),
        after(a_case(), EventKind.WITHDREW),
        *(
            replace(a_case(), circumstances=(one,))
            for one in (Circumstance.DECEASED, Circumstance.EMPLOYEE, Circumstance.CLAIM, Circumstance.LIFTING)
        ),
    ],
)
def test_some_cases_have_no_tasks(case: Case) -> None:
    assert missing_tasks(case, SYSTEMS) == ()


def test_the_answer_of_a_processor_is_read_once() -> None:
    notice = replace(a_case(), addressee="Host", rights=(Right.ERASURE,))
    assert missing_tasks(notice, SYSTEMS) == ()
    told = after(notice, EventKind.NOTICE_SENT, EventKind.MAIL_JOINED)
    ((system, right),) = missing_tasks(told, SYSTEMS)
    assert (system.name, right) == ("Host", Right.ERASURE)
    assert missing_tasks(planned(told), SYSTEMS) == ()


def test_what_the_answer_says_was_done_is_done() -> None:
    case = planned(replace(a_case(), rights=(Right.ERASURE,)))
    assert undone(case, SYSTEMS) == ("shop", "books")
    assert undone(tick(case, ["1"], MORNING), SYSTEMS) == ("books",)
    assert undone(tick(case, ["1", "2"], MORNING), SYSTEMS) == ()
    assert undone(planned(a_case()), SYSTEMS) == ()  # a search that goes on is no false claim


def test_what_is_not_even_planned_is_not_done_either() -> None:
    case = planned(replace(a_case(), rights=BOTH))
    assert {task.right for task in case.tasks} == {Right.ACCESS}
    assert undone(case, SYSTEMS) == ("shop", "books")


def test_nothing_is_erased_of_whom_only_the_account_was_to_be_closed() -> None:
    case = replace(a_case(), rights=(Right.ERASURE,), circumstances=(Circumstance.LEAVING,))
    narrowed = after(case, EventKind.NARROWED)
    assert missing_tasks(narrowed, SYSTEMS) == ()
    assert undone(narrowed, SYSTEMS) == ()
    assert undone(case, SYSTEMS)


def test_a_right_is_carried_out_when_every_system_is_done() -> None:
    case = planned(replace(a_case(), rights=(Right.ERASURE,)))
    assert not is_carried_out(tick(case, ["1"], MORNING), Right.ERASURE, SYSTEMS)
    assert is_carried_out(tick(case, ["1", "2"], MORNING), Right.ERASURE, SYSTEMS)
    assert is_carried_out(a_case(), Right.ERASURE, ())


def test_a_task_that_was_done_keeps_its_time() -> None:
    case = tick(planned(a_case()), ["1"], MORNING)
    assert tick(case, ["1"], MORNING.replace(hour=20)).tasks == case.tasks


@pytest.mark.parametrize("end", [EventKind.WITHDREW, EventKind.CLOSED, EventKind.DISMISSED])
def test_when_a_case_ends_or_is_taken_back_nothing_is_left_to_do(end: EventKind) -> None:
    case = tick(planned(a_case()), ["1"], MORNING)
    ended = after(case, end)
    assert ended.open_tasks == ()
    assert [task.done is not None for task in ended.tasks] == [True, False]  # what was not done is not said to be


def test_a_case_that_is_opened_again_has_its_tasks_again() -> None:
    case = after(planned(a_case()), EventKind.CLOSED, EventKind.REOPENED)
    assert missing_tasks(case, SYSTEMS) == ((SHOP, Right.ACCESS), (BOOKS, Right.ACCESS))
    taken_back = after(a_case(), EventKind.WITHDREW, EventKind.CLOSED, EventKind.REOPENED)
    assert missing_tasks(taken_back, SYSTEMS)
