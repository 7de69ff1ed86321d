import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.adapters.calendar import working_calendar
from mailbot.config.calendar import load_holiday_rules
from mailbot.core.deadlines import (
    Deadlines,
    OutsideCalendar,
    Rule,
    Terms,
    WorkingCalendar,
    breach_deadline,
    days_left,
    deadlines,
    is_overdue,
    may_extend,
)

ZONE = "Europe/Amsterdam"
AMSTERDAM = ZoneInfo(ZONE)
EXPECTED = list(csv.DictReader(Path(__file__).with_name("deadlines.csv").read_text(encoding="utf-8").splitlines()))
FIRST, LAST = date(2026, 1, 1), date(2029, 12, 31)
RECEIPTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2029, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@cache
def calendar(*, good_friday: bool = True, equated_days: bool = True) -> WorkingCalendar:
    return working_calendar(
        load_holiday_rules("NL"),
        count_good_friday=good_friday,
        count_equated_days=equated_days,
        years=range(2020, 2036),
    )


def dates_of(local: str, **switches: bool) -> Deadlines:
    received = datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM)
    return deadlines(received, ZONE, Terms(), calendar(**switches))


def every_day() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def of_day(day: date, **switches: bool) -> Deadlines:
    return dates_of(f"{day}T12:00", **switches)


@pytest.mark.parametrize("row", EXPECTED, ids=[row["received_local"] for row in EXPECTED])
def test_the_dates_are_those_of_the_legal_table(row: dict[str, str]) -> None:
    dates = dates_of(row["received_local"])
    assert {
        "received_local": row["received_local"],
        "policy_due": str(dates.policy_due),
        "month_raw": str(dates.month_raw),
        "month_due": str(dates.month_due),
        "binding": str(dates.binding),
        "work_by": str(dates.work_by),
        "ext_raw": str(dates.extension_raw),
        "ext_due": str(dates.extension_due),
    } == row
    assert dates.refusal_due == dates.extension_notice_due == dates.binding


@pytest.mark.parametrize(
    ("instant", "day0", "policy_due", "month_due"),
    [
        ("2026-03-28T23:30", "2026-03-29", "2026-04-28", "2026-04-29"),
        ("2026-03-29T01:30", "2026-03-29", "2026-04-28", "2026-04-29"),
        ("2026-10-24T22:30", "2026-10-25", "2026-11-24", "2026-11-25"),
        ("2026-10-25T00:30", "2026-10-25", "2026-11-24", "2026-11-25"),
        ("2026-10-25T01:30", "2026-10-25", "2026-11-24", "2026-11-25"),
        ("2026-10-25T23:30", "2026-10-26", "2026-11-25", "2026-11-26"),
    ],
)
def test_a_change_of_the_clocks_moves_no_date(instant: str, day0: str, policy_due: str, month_due: str) -> None:
    dates = deadlines(datetime.fromisoformat(instant).replace(tzinfo=UTC), ZONE, Terms(), calendar())
    assert [str(dates.day0), str(dates.policy_due), str(dates.month_due)] == [day0, policy_due, month_due]


def test_the_day_is_that_of_the_company_not_that_of_utc() -> None:
    instant = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert deadlines(instant, ZONE, Terms(), calendar()).day0 == date(2026, 2, 1)
    assert deadlines(instant, "America/New_York", Terms(), calendar()).day0 == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("switches", "binding", "month_due"),
    [
        ({}, "2027-03-28", "2027-03-30"),
        ({"good_friday": False}, "2027-03-26", "2027-03-26"),
    ],
)
def test_good_friday_decides_the_one_date_on_which_it_matters(
    switches: dict[str, bool], binding: str, month_due: str
) -> None:
    dates = dates_of("2027-02-26T09:00", **switches)
    assert (str(dates.binding), str(dates.month_due)) == (binding, month_due)


def test_the_careful_date_to_plan_with_is_the_last_working_day_before_good_friday() -> None:
    assert dates_of("2027-02-26T09:00").work_by == date(2027, 3, 25)


def test_good_friday_changes_the_binding_date_of_exactly_one_day_and_decree_days_of_none() -> None:
    changed = {day for day in every_day() if of_day(day).binding != of_day(day, good_friday=False).binding}
    assert changed == {date(2027, 2, 26)}
    assert not [day for day in every_day() if of_day(day).binding != of_day(day, equated_days=False).binding]


def test_a_decree_day_only_moves_the_month() -> None:
    assert dates_of("2026-04-14T09:00").month_due == date(2026, 5, 18)
    assert dates_of("2026-04-14T09:00", equated_days=False).month_due == date(2026, 5, 15)


def test_over_four_years_the_policy_is_earlier_on_1011_days_the_law_on_95_both_alike_on_355() -> None:
    assert Counter(of_day(day).binds for day in every_day()) == {Rule.POLICY: 1011, Rule.LAW: 95, Rule.BOTH: 355}


def test_over_four_years_all_dates_only_grow_and_keep_their_order() -> None:
    before = of_day(FIRST)
    for day in every_day():
        now = of_day(day)
        for name in ("policy_due", "month_raw", "month_due", "binding", "work_by", "extension_raw", "extension_due"):
            assert getattr(now, name) >= getattr(before, name), (day, name)
        before = now


@given(RECEIPTS)
def test_the_binding_date_is_never_after_the_policy_nor_after_the_law(received: datetime) -> None:
    dates = deadlines(received, ZONE, Terms(), calendar())
    assert dates.binding <= dates.policy_due
    assert dates.binding <= dates.month_due
    assert dates.binding in {dates.policy_due, dates.month_due}
    assert dates.month_due - dates.policy_due <= timedelta(days=5)


@given(RECEIPTS)
def test_work_by_and_the_month_end_on_working_days(received: datetime) -> None:
    dates = deadlines(received, ZONE, Terms(), calendar())
    assert dates.day0 < dates.work_by <= dates.binding
    assert all(calendar().is_working_day(day) for day in (dates.work_by, dates.month_due, dates.extension_due))


@given(RECEIPTS, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40)))
def test_a_later_mail_is_never_due_earlier(received: datetime, later: timedelta) -> None:
    one, other = (deadlines(moment, ZONE, Terms(), calendar()) for moment in (received, received + later))
    assert one.binding <= other.binding
    assert one.work_by <= other.work_by
    assert one.extension_due <= other.extension_due


def test_another_policy_has_other_dates() -> None:
    dates = deadlines(datetime(2026, 11, 2, 8, tzinfo=UTC), ZONE, Terms(days=14), calendar())
    assert (dates.policy_due, dates.binding, dates.binds) == (date(2026, 11, 16), date(2026, 11, 16), Rule.POLICY)


def test_a_naive_time_starts_no_clock() -> None:
    naive = datetime(2026, 11, 2, 9)  # noqa: DTZ001 - the point of this test
    for attempt in (
        lambda: deadlines(naive, ZONE, Terms(), calendar()),
        lambda: breach_deadline(naive),
        lambda: days_left(date(2026, 11, 2), naive, ZONE),
    ):
        with pytest.raises(ValueError, match="zone"):
            attempt()


def test_a_year_without_known_holidays_is_refused() -> None:
    with pytest.raises(OutsideCalendar, match="2020 to 2035"):
        dates_of("2036-02-01T09:00")


def test_the_explanation_says_how_each_date_was_found() -> None:
    assert dates_of("2026-11-02T09:00").explanation == (
        "Received Mon 2 Nov 2026 09:00 (Europe/Amsterdam); the day of receipt does not count (Reg. 1182/71 art. 3(1)).",
        "Policy: 30 days after that day is Wed 2 Dec 2026; a promise in days is not moved.",
        "Law: 1 month after that day is Wed 2 Dec 2026 (GDPR art. 12(3), Reg. 1182/71 art. 3(2)(c)).",
        "Binding: the end of Wed 2 Dec 2026, the policy's promise and the law alike.",
        "Work by Wed 2 Dec 2026, the binding date itself.",
        (
            "Extended, if the notice with reasons leaves by Wed 2 Dec 2026: 3 months after the day of receipt is "
            "Tue 2 Feb 2027 (GDPR art. 12(3))."
        ),
        "A refusal must leave by Wed 2 Dec 2026, extended or not (GDPR art. 12(4)).",
    )


@pytest.mark.parametrize(
    ("local", "sentence"),
    [
        ("2026-03-06T09:00", "no working day, so the period ends on Tue 7 Apr 2026 (Reg. 1182/71 art. 3(4))."),
        (
            "2026-03-06T09:00",
            "Binding: the end of Sun 5 Apr 2026, the policy's promise, which is earlier than the law.",
        ),
        (
            "2026-02-26T09:00",
            "Binding: the end of Thu 26 Mar 2026, the law, which is earlier than the policy's promise.",
        ),
        ("2026-03-06T09:00", "Work by Thu 2 Apr 2026, the last working day before the binding date."),
    ],
)
def test_the_explanation_names_the_rule_that_binds_and_every_move(local: str, sentence: str) -> None:
    assert any(line.endswith(sentence) for line in dates_of(local).explanation)


@pytest.mark.parametrize(
    ("notice", "allowed"),
    [("2026-01-30", False), ("2026-01-31", True), ("2026-03-02", True), ("2026-03-03", False)],
)
def test_an_extension_needs_its_notice_within_the_first_term(notice: str, allowed: bool) -> None:
    dates = dates_of("2026-01-31T23:30")
    assert may_extend(date.fromisoformat(notice), dates) is allowed
    assert dates.extension_due == date(2026, 4, 30)


def test_an_extension_counts_three_months_from_receipt_not_month_by_month() -> None:
    assert dates_of("2027-01-31T10:00").extension_raw == date(2027, 4, 30)


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-03-27T15:20", "2026-03-30T16:20+02:00"),  # an hour later on the wall: the clocks went forward
        ("2026-10-23T15:20", "2026-10-26T14:20+01:00"),
        ("2026-12-24T17:00", "2026-12-27T17:00+01:00"),  # Christmas and Sunday do not stop it
        ("2026-04-30T09:10", "2026-05-03T09:10+02:00"),
    ],
)
def test_a_breach_has_72_elapsed_hours(aware: str, due: str) -> None:
    deadline = breach_deadline(datetime.fromisoformat(aware).replace(tzinfo=AMSTERDAM))
    assert deadline.astimezone(AMSTERDAM).isoformat() == datetime.fromisoformat(due).isoformat()
    assert deadline.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("now", "left"),
    [("2026-11-30T23:59", 2), ("2026-12-02T00:00", 0), ("2026-12-02T23:59:59", 0), ("2026-12-03T00:00", -1)],
)
def test_a_due_date_lasts_until_the_end_of_its_day_in_the_zone(now: str, left: int) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM).astimezone(UTC)
    assert days_left(date(2026, 12, 2), moment, ZONE) == left
    assert is_overdue(date(2026, 12, 2), moment, ZONE) is (left < 0)
