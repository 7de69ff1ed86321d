from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import pytest
from case_files import a_case, after
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.cases import Actor, DraftRecord, DraftState, Event, EventKind, ReplyKind, Status
from mailbot.core.lifecycle import TRANSITIONS, ForbiddenTransition, advance, allowed, status_after, status_of

Pair = tuple[Status | None, EventKind]
EVERY_PAIR = list(product([None, *Status], EventKind))


def test_every_way_into_sending_is_an_approval_that_leaves_review() -> None:
    ways_in = {(before, kind) for (before, kind), then in TRANSITIONS.items() if then is Status.SENDING != before}
    assert ways_in == {(Status.REVIEW, EventKind.APPROVED)}


def test_no_case_ever_reaches_sending_without_an_approval() -> None:
    assert Status.SENDING in _reachable(TRANSITIONS)
    assert Status.SENDING not in _reachable(pair for pair in TRANSITIONS if pair[1] is not EventKind.APPROVED)


def test_an_approval_leads_nowhere_but_into_sending() -> None:
    assert {pair for pair in TRANSITIONS if pair[1] is EventKind.APPROVED} == {(Status.REVIEW, EventKind.APPROVED)}


def test_an_attempt_to_send_is_only_possible_while_sending() -> None:
    attempts = {before for before, kind in TRANSITIONS if kind is EventKind.SEND_ATTEMPTED}
    assert attempts == {Status.SENDING}


def test_every_status_can_be_reached() -> None:
    assert _reachable(TRANSITIONS) == {None, *Status}


def test_every_kind_of_event_can_happen() -> None:
    assert {kind for _, kind in TRANSITIONS} == set(EventKind)


def test_from_every_status_but_the_last_a_case_can_end() -> None:
    for status in set(Status) - {Status.ANONYMISED}:
        assert Status.CLOSED in _reachable(TRANSITIONS, start=status), status


def test_nothing_follows_anonymised() -> None:
    assert not [pair for pair in TRANSITIONS if pair[0] is Status.ANONYMISED]


@pytest.mark.parametrize(
    ("status", "kind"), [pair for pair in EVERY_PAIR if pair not in TRANSITIONS], ids=lambda part: part or "new"
)
def test_a_pair_that_is_not_in_the_table_raises(status: Status | None, kind: EventKind) -> None:
    with pytest.raises(ForbiddenTransition, match=kind.value):
        status_after(status, kind)


def test_a_case_without_events_has_no_status() -> None:
    with pytest.raises(ForbiddenTransition, match="P-EMPTY"):
        status_of(replace(a_case("P-EMPTY"), events=()))


@given(st.lists(st.sampled_from(EventKind), max_size=40))
def test_on_any_walk_sending_follows_only_from_an_approval_in_review(kinds: list[EventKind]) -> None:
    case = after(a_case(), *(EventKind.DRAFT_PLANNED, EventKind.DRAFT_LAID))
    for kind in kinds:
        before = status_of(case)
        assert allowed(case, kind) is ((before, kind) in TRANSITIONS)
        if not allowed(case, kind):
            with pytest.raises(ForbiddenTransition):
                after(case, kind)
            continue
        case = after(case, kind)
        assert status_of(case) is TRANSITIONS[before, kind]
        if status_of(case) is Status.SENDING and before is not Status.SENDING:
            assert (before, kind) == (Status.REVIEW, EventKind.APPROVED)


def test_an_event_moves_the_draft_that_it_names_and_no_other() -> None:
    case = a_case().with_draft(_draft("old", DraftState.DISCARDED)).with_draft(_draft("new", DraftState.PLANNED))
    laid = advance(case, _event(EventKind.DRAFT_LAID, "new"))
    assert [draft.state for draft in laid.drafts] == [DraftState.DISCARDED, DraftState.LAID]


def test_an_event_on_a_draft_that_the_case_does_not_have_raises() -> None:
    with pytest.raises(KeyError):
        advance(a_case(), _event(EventKind.DRAFT_LAID, "nobody"))


def test_a_forbidden_event_leaves_no_trace() -> None:
    case = a_case()
    with pytest.raises(ForbiddenTransition):
        advance(case, _event(EventKind.APPROVED, ""))
    assert case == a_case()


def _reachable(pairs: Iterable[Pair], start: Status | None = None) -> set[Status | None]:
    edges = list(pairs)
    found: set[Status | None] = {start}
    while new := {TRANSITIONS[pair] for pair in edges if pair[0] in found} - found:
        found |= new
    return found


def _draft(name: str, state: DraftState) -> DraftRecord:
    return DraftRecord(name, f"<{name}@example.org>", ReplyKind.ANSWER, "jan@example.org", state)


def _event(kind: EventKind, draft: str) -> Event:
    return Event(a_case().received, kind, Actor.BOT, draft=draft)
