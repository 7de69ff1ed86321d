"""What counts as a flood, and what never does."""

from dataclasses import replace
from datetime import timedelta

from case_files import MORNING, a_case, after

from mailbot.core.cases import Actor, Case, Event, EventKind, IdentityLevel
from mailbot.core.flood import Limits, flooded
from mailbot.core.lifecycle import advance

LIMITS = Limits(sends_per_hour=20, drafts_per_sender=3, strangers_per_hour=5)


def a_strangers_case(number: int, *, sender: str = "", minutes: float = 0.0) -> Case:
    return replace(
        a_case(f"P-{number:03}"),
        identity=IdentityLevel.L0,
        sender=sender or f"stranger-{number}@example.net",
        received=MORNING + timedelta(minutes=minutes),
    )


def test_a_few_strangers_are_no_flood() -> None:
    assert flooded([a_strangers_case(number) for number in range(5)], LIMITS) == frozenset()


def test_more_strangers_than_allowed_within_an_hour_are_one_with_the_first_of_them() -> None:
    cases = [a_strangers_case(number, minutes=number) for number in range(6)]
    assert flooded(cases, LIMITS) == {case.reference for case in cases}


def test_the_same_number_over_a_longer_time_is_none() -> None:
    cases = [a_strangers_case(number, minutes=13 * number) for number in range(20)]
    assert flooded(cases, LIMITS) == frozenset()


def test_of_one_writer_the_first_few_of_a_day_are_spared() -> None:
    cases = [a_strangers_case(number, sender="x@example.net", minutes=80 * number) for number in range(5)]
    assert flooded(cases, LIMITS) == {"P-003", "P-004"}
    next_day = a_strangers_case(9, sender="x@example.net", minutes=24 * 60)
    assert next_day.reference not in flooded([*cases, next_day], LIMITS)


def test_a_verified_customer_never_drowns() -> None:
    forged = [a_strangers_case(number) for number in range(100)]
    real = a_case("P-REAL")
    assert real.reference not in flooded([*forged, real], LIMITS)


def test_what_a_person_touched_is_out_of_the_flood() -> None:
    forged = [a_strangers_case(number) for number in range(10)]
    confirmed = advance(forged[0], Event(MORNING, EventKind.RIGHTS_ASSIGNED, Actor.PERSON))
    assert confirmed.reference not in flooded([confirmed, *forged[1:]], LIMITS)
    assert after(forged[1], EventKind.MAIL_JOINED).reference in flooded(
        [after(forged[1], EventKind.MAIL_JOINED), *forged[2:]], LIMITS
    )


def test_cases_without_an_address_are_not_taken_for_one_writer() -> None:
    cases = [replace(a_strangers_case(number, minutes=80 * number), sender="") for number in range(4)]
    assert flooded(cases, LIMITS) == frozenset()


def test_notices_of_our_own_are_no_flood() -> None:
    notices = [replace(a_strangers_case(n, sender="privacy@example.net"), addressee="Host") for n in range(20)]
    assert flooded(notices, LIMITS) == frozenset()
