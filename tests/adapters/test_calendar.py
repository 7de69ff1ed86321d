from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from mailbot.adapters.calendar import YEARS, working_calendar
from mailbot.config.calendar import load_holiday_rules, read_holiday_rules
from mailbot.core.deadlines import HolidayRules, OutsideCalendar, WorkingCalendar
from mailbot.core.errors import ConfigurationError

# legal-facts.md § 4.2: the days from Monday to Friday that are off
DAYS_OFF = {
    2026: "01-01 01-02 04-03 04-06 04-27 05-05 05-14 05-15 05-25 12-25",
    2027: "01-01 03-26 03-29 04-27 05-05 05-06 05-07 05-17",
    2028: "04-14 04-17 04-27 04-28 05-05 05-25 05-26 06-05 12-25 12-26",
    2029: "01-01 03-30 04-02 04-27 05-10 05-21 12-25 12-26",
}
DECREE_DAYS = ["2026-01-02", "2026-05-15", "2027-05-07", "2028-04-28", "2028-05-26"]


@cache
def dutch(*, good_friday: bool = True, equated_days: bool = True) -> WorkingCalendar:
    return working_calendar(
        load_holiday_rules("NL"),
        count_good_friday=good_friday,
        count_equated_days=equated_days,
        years=range(2020, 2036),
    )


def days_off(calendar: WorkingCalendar, year: int) -> str:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return " ".join(f"{day:%m-%d}" for day in days if day.weekday() < 5 and not calendar.is_working_day(day))


@pytest.mark.parametrize("year", DAYS_OFF)
def test_the_dutch_days_off_are_those_of_the_law(year: int) -> None:
    assert days_off(dutch(), year) == DAYS_OFF[year]


def test_liberation_day_is_off_every_year_also_between_lustrum_years() -> None:
    assert all(date(year, 5, 5) in dutch().holidays for year in range(2020, 2036))


@pytest.mark.parametrize(("day", "off"), [("2025-04-26", True), ("2031-04-26", True), ("2026-04-27", True)])
def test_kings_day_moves_to_saturday_when_it_is_a_sunday(day: str, off: bool) -> None:
    assert (date.fromisoformat(day) in dutch().holidays) is off
    assert date(2031, 4, 27) not in dutch().holidays


@pytest.mark.parametrize("day", ["2026-12-24", "2026-12-31"])
def test_the_days_before_christmas_and_new_year_are_worked(day: str) -> None:
    assert dutch().is_working_day(date.fromisoformat(day))


def test_good_friday_has_its_own_switch() -> None:
    good_friday = date(2027, 3, 26)
    assert not dutch().is_working_day(good_friday)
    assert dutch(good_friday=False).is_working_day(good_friday)
    assert not dutch(good_friday=False).is_working_day(date(2027, 3, 29)), "Easter Monday stays"


@pytest.mark.parametrize("day", DECREE_DAYS)
def test_decree_days_have_their_own_switch(day: str) -> None:
    assert not dutch().is_working_day(date.fromisoformat(day))
    assert dutch(equated_days=False).is_working_day(date.fromisoformat(day))


def test_a_country_without_a_file_has_its_published_holidays_only() -> None:
    rules = load_holiday_rules("DE")
    assert rules == HolidayRules("DE")
    german = working_calendar(rules, count_good_friday=False, years=range(2026, 2028))
    assert not german.is_working_day(date(2026, 4, 3)), "Good Friday is a holiday of its own there"
    assert not german.is_working_day(date(2026, 5, 1))


def test_a_country_that_nobody_knows_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"'XQ'.*ISO code") as caught:
        working_calendar(HolidayRules("XQ"))
    assert "\n" not in str(caught.value)


def test_the_calendar_reaches_from_the_epoch_far_enough_ahead() -> None:
    calendar = working_calendar(HolidayRules("NL"))
    assert calendar.years == YEARS
    assert calendar.is_working_day(date(1970, 1, 2))
    with pytest.raises(OutsideCalendar, match="1970 to 2075"):
        calendar.is_working_day(date(2076, 1, 1))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("country = ", "mend that line"),
        ('country = "Nederland"', "country"),
        ('country = "NL"\nholidays = 1', "holidays"),
        ('country = "NL"\n[[fixed]]\nname = "x"\nmonth = 2\nday = 30\nsource = "y"', "fixed"),
        ('country = "NL"\n[[fixed]]\nname = "x"\nmonth = 13\nday = 1\nsource = "y"', "fixed[1].month"),
        ('country = "NL"\n[[equated]]\ndays = ["someday"]\nsource = "y"', "equated[1].days[1]"),
    ],
)
def test_a_wrong_calendar_file_names_file_and_key(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "NL.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_holiday_rules(path)
    assert str(path) in str(caught.value)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_the_company_replaces_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "NL.toml").write_text(
        'country = "NL"\n[[equated]]\ndays = [2029-05-11]\nsource = "decree"', encoding="utf-8"
    )
    rules = load_holiday_rules("NL", tmp_path)
    assert rules == HolidayRules("NL", equated_days=frozenset({date(2029, 5, 11)}))
