"""The working calendar of a country, from the `holidays` package and what `rules/calendar/` adds to it."""

from datetime import date, timedelta
from typing import Final

import holidays
from dateutil.easter import easter

from mailbot.core.deadlines import HolidayRules, WorkingCalendar
from mailbot.core.errors import ConfigurationError

# From the epoch, which servers without a clock give as a mail's arrival, to half a century ahead.
YEARS: Final = range(1970, 2076)


def working_calendar(
    rules: HolidayRules, *, count_good_friday: bool = True, count_equated_days: bool = True, years: range = YEARS
) -> WorkingCalendar:
    """The calendar of `rules.country` for `years`.

    The switches only concern days that the rules call equated with a holiday. Raises `ConfigurationError` for a country
    that the package does not know.
    """
    days = _published(rules.country, years) | _fixed(rules, years)
    if rules.good_friday_equated:
        good_fridays = {easter(year) - timedelta(days=2) for year in years}
        days = days | good_fridays if count_good_friday else days - good_fridays
    if count_equated_days:
        days |= rules.equated_days
    return WorkingCalendar(frozenset(days), years)


def _published(country: str, years: range) -> set[date]:
    try:
        return set(holidays.country_holidays(country, years=years))
    except NotImplementedError as error:
        raise ConfigurationError(
            f"[controller] country = {country!r}: no holidays are known for it; write its ISO code, for example 'NL'"
        ) from error


def _fixed(rules: HolidayRules, years: range) -> set[date]:
    return {date(year, month, day) for year in years for month, day in rules.fixed}
