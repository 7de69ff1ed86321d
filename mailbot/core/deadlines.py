"""When an answer must be out, and why: the policy's days and the law's month (legal-facts.md § 4).

Periods follow Reg. (EEC, Euratom) 1182/71. Days and months are calendar arithmetic on local dates, so that a change of
the clocks never moves a due date; hours are elapsed time. Every due date means the end of that day, local time.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from dateutil.relativedelta import relativedelta

_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)
_BREACH_TERM: Final = timedelta(hours=72)  # GDPR art. 33(1)


class OutsideCalendar(ValueError):
    """A date of a year whose holidays are not known."""


@dataclass(frozen=True, slots=True)
class HolidayRules:
    """What `rules/calendar/<country>.toml` adds to the published holidays of a country."""

    country: str  # ISO 3166-1 alpha-2
    fixed: tuple[tuple[int, int], ...] = ()  # (month, day) that are holidays every year
    good_friday_equated: bool = False  # Good Friday is no holiday by itself but equated with one
    equated_days: frozenset[date] = frozenset()  # single days equated by decree


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked; knows the years in `years` only. All methods raise `OutsideCalendar` for others."""

    holidays: frozenset[date]
    years: range

    def is_working_day(self, day: date) -> bool:
        """Neither Saturday, Sunday nor public holiday (Reg. 1182/71 art. 2)."""
        if day.year not in self.years:
            raise OutsideCalendar(
                f"{day}: the calendar knows the years {self.years.start} to {self.years.stop - 1} only; "
                "check the date that the mail server gives"
            )
        return day.weekday() < _SATURDAY and day not in self.holidays

    def roll_forward(self, day: date) -> date:
        """The day itself, or the next working day."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def roll_back(self, day: date) -> date:
        """The day itself, or the last working day before it."""
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day


@dataclass(frozen=True, slots=True)
class Terms:
    """The periods that apply; both count from the day of receipt."""

    days: int = 30  # what the company's policy promises, in calendar days
    months: int = 1  # GDPR art. 12(3)
    extension_months: int = 3  # art. 12(3): two further months, three in all


class Rule(StrEnum):
    """Which rule gives the binding date."""

    POLICY = "policy"
    LAW = "law"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All dates of one request, and how they were found."""

    received: datetime  # aware, in the zone of the company
    day0: date  # its calendar day
    policy_due: date
    month_raw: date
    month_due: date
    binding: date
    binds: Rule
    work_by: date  # what the person in charge is shown
    extension_raw: date
    extension_due: date
    refusal_due: date
    extension_notice_due: date
    explanation: tuple[str, ...]  # English sentences


def deadlines(received: datetime, zone: str, terms: Terms, calendar: WorkingCalendar) -> Deadlines:
    """The dates for a mail that reached a mailbox at `received` (aware), for a company in `zone` (IANA name).

    Raises `ValueError` for a naive `received` and `OutsideCalendar` for a year that the calendar does not know.
    """
    local = _aware(received).astimezone(ZoneInfo(zone))
    # Reg. 1182/71 art. 3(1): the day of the event is not counted, whatever its hour and whether it is worked
    day0 = local.date()
    # A promise in days is kept as it stands: weekends count and it is never rolled forward
    policy_due = day0 + timedelta(days=terms.days)
    # Art. 3(2)(c): the same date number, or the last day of that month; always counted from day0
    month_raw = day0 + relativedelta(months=terms.months)
    extension_raw = day0 + relativedelta(months=terms.extension_months)
    # Art. 3(4): a period that ends on a holiday, Saturday or Sunday ends with the next working day
    month_due = calendar.roll_forward(month_raw)
    binding = min(policy_due, month_due)
    bare = Deadlines(
        received=local,
        day0=day0,
        policy_due=policy_due,
        month_raw=month_raw,
        month_due=month_due,
        binding=binding,
        binds=_binding_rule(policy_due, month_due),
        work_by=calendar.roll_back(binding),
        extension_raw=extension_raw,
        extension_due=calendar.roll_forward(extension_raw),
        # GDPR art. 12(4) and (3): a refusal, and the notice of an extension, must leave within the first term
        refusal_due=binding,
        extension_notice_due=binding,
        explanation=(),
    )
    return replace(bare, explanation=_explanation(bare, zone, terms))


def may_extend(notice_on: date, dates: Deadlines) -> bool:
    """Whether a notice with reasons sent on this local day still extends the term (GDPR art. 12(3))."""
    return dates.day0 <= notice_on <= dates.extension_notice_due


def breach_deadline(received: datetime) -> datetime:
    """72 elapsed hours after the reporting mail came in, in UTC (GDPR art. 33(1)).

    Hours run through weekends, holidays and changes of the clocks (Reg. 1182/71 art. 3(4) excepts periods in hours).
    Raises `ValueError` for a naive `received`.
    """
    return _aware(received).astimezone(UTC) + _BREACH_TERM


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of an aware moment, in a zone (IANA name)."""
    return moment.astimezone(ZoneInfo(zone)).date()


def days_left(due: date, now: datetime, zone: str) -> int:
    """Whole days until the due date: 0 on that day itself, negative after it. Raises `ValueError` when naive."""
    return (due - _aware(now).astimezone(ZoneInfo(zone)).date()).days


def is_overdue(due: date, now: datetime, zone: str) -> bool:
    """Whether the end of the due date has passed in the company's zone."""
    return days_left(due, now, zone) < 0


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a time without a zone starts no clock: give an aware datetime")
    return moment


def _binding_rule(policy_due: date, month_due: date) -> Rule:
    if policy_due == month_due:
        return Rule.BOTH
    return Rule.POLICY if policy_due < month_due else Rule.LAW


_WHY_BINDING: Final = {
    Rule.POLICY: "the policy's promise, which is earlier than the law",
    Rule.LAW: "the law, which is earlier than the policy's promise",
    Rule.BOTH: "the policy's promise and the law alike",
}


def _explanation(dates: Deadlines, zone: str, terms: Terms) -> tuple[str, ...]:
    moment = f"{_day(dates.day0)} {dates.received:%H:%M}"
    month = f"{terms.months} month" + "s" * (terms.months > 1)
    return (
        f"Received {moment} ({zone}); the day of receipt does not count (Reg. 1182/71 art. 3(1)).",
        f"Policy: {terms.days} days after that day is {_day(dates.policy_due)}; a promise in days is not moved.",
        f"Law: {month} after that day is {_day(dates.month_raw)} (GDPR art. 12(3), Reg. 1182/71 art. 3(2)(c))"
        + _moved(dates.month_raw, dates.month_due),
        f"Binding: the end of {_day(dates.binding)}, {_WHY_BINDING[dates.binds]}.",
        f"Work by {_day(dates.work_by)}, {_worked(dates)}.",
        f"Extended, if the notice with reasons leaves by {_day(dates.extension_notice_due)}: {terms.extension_months} "
        f"months after the day of receipt is {_day(dates.extension_raw)} (GDPR art. 12(3))"
        + _moved(dates.extension_raw, dates.extension_due),
        f"A refusal must leave by {_day(dates.refusal_due)}, extended or not (GDPR art. 12(4)).",
    )


def _moved(raw: date, due: date) -> str:
    if raw == due:
        return "."
    return f"; no working day, so the period ends on {_day(due)} (Reg. 1182/71 art. 3(4))."


def _worked(dates: Deadlines) -> str:
    if dates.work_by == dates.binding:
        return "the binding date itself"
    return "the last working day before the binding date"


def _day(day: date) -> str:
    return format_date(day, format="EEE d MMM y", locale="en")
