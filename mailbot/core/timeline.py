"""Where open cases stand on a line of days, as a picture needs it: everything in percent of the whole width.

Percent, not pixels: the same picture is drawn on a phone, a screen and paper without its words becoming smaller.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from mailbot.core.cases import Status
from mailbot.core.standing import Standing

_MOST_TICKS: Final = 6  # more dates than this run into each other on a telephone
_STEPS: Final = (
    relativedelta(days=7),
    relativedelta(days=14),
    *(relativedelta(months=months) for months in (1, 2, 3, 6, 12, 24, 60)),
)
_MONTHS_FROM: Final = 85  # days: fewer are told by week or fortnight
_EDGE: Final = 0.03  # of the span, so that nothing touches the border
_LONGEST_BACK: Final = 400  # days; what is older begins at the border


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of days; `start` and `width` in percent."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """One open case. Dates are local days; a bar or mark that does not apply is None."""

    each: Standing
    received: date
    answered: date | None  # the clock stopped there
    cut_off: bool  # it began before the picture does
    term: Bar  # from receipt to the first due date, or to the answer
    extension: Bar | None  # from there to the extended date
    late: Bar | None  # from the due date to today
    work_by: float | None
    due: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the line."""

    day: date
    at: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """All rows on the same line of days."""

    first: date
    last: date
    today: float
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]

    @property
    def long(self) -> bool:
        """Whether its dates want a year beside them: the ticks are months, not weeks."""
        return any(tick.day.day == 1 for tick in self.ticks) and (self.last - self.first).days > _MONTHS_FROM


def draw(each_open: Sequence[Standing], today: date, answered: Sequence[date | None]) -> Timeline:
    """The open cases in the given order; `answered` gives for each the local day of its answer, where there is one."""
    days = [today, *(day for each in each_open for day in _days_of(each))]
    first = max(min(days), today - timedelta(days=_LONGEST_BACK))
    last = max(days)
    margin = timedelta(days=max(2, round((last - first).days * _EDGE)))
    scale = _Scale(first - margin, last + margin)
    return Timeline(
        first=scale.first,
        last=scale.last,
        today=scale.at(today),
        ticks=tuple(Tick(day, scale.at(day)) for day in _ticks(scale.first, scale.last)),
        rows=tuple(_row(each, day, today, scale) for each, day in zip(each_open, answered, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    last: date

    def at(self, day: date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def bar(self, start: date, end: date) -> Bar:
        return Bar(self.at(start), round(self.at(end) - self.at(start), 2))


def _days_of(each: Standing) -> Iterator[date]:
    yield each.local(each.case.received)
    yield each.due


def _row(each: Standing, answered: date | None, today: date, scale: _Scale) -> Row:
    case = each.case
    received = each.local(case.received)
    stopped = answered if not each.clock_runs else None
    first_due = each.due if case.breach_due else case.binding
    return Row(
        each=each,
        received=received,
        answered=stopped,
        cut_off=received < scale.first,
        term=scale.bar(received, stopped or first_due),
        extension=scale.bar(first_due, each.due) if each.due > first_due and not stopped else None,
        late=scale.bar(each.due, today) if each.is_overdue else None,
        # a breach has hours, and no day to work by; what was answered or only waits for a look has none any more
        work_by=scale.at(case.work_by) if each.clock_runs and not case.breach_due and not case.extended else None,
        due=scale.at(each.due),
    )


def _ticks(first: date, last: date) -> Iterable[date]:
    for step in _STEPS:
        days = list(_every(step, first, last))
        if len(days) <= _MOST_TICKS:
            return days
    return ()


def _every(step: relativedelta, first: date, last: date) -> Iterator[date]:
    """Mondays for steps in days, first days of a month for steps in months, first days of a year for whole years."""
    if step.days:
        start = first + timedelta(days=-first.weekday() % 7)
    elif step.years:
        start = first.replace(month=1, day=1) + relativedelta(years=1)
    else:
        start = first.replace(day=1) + relativedelta(months=1)
    number = 0
    while (day := start + number * step) <= last:
        yield day
        number += 1


def states_of(row: Row) -> tuple[str, ...]:
    """What is to be said of a case beside its dates, the most pressing first."""
    each = row.each
    found: Iterable[tuple[str, bool]] = (
        ("overdue", each.is_overdue),
        ("breach", each.case.breach_due is not None),
        ("triage", each.status is Status.TRIAGE),
        ("waiting", each.status is Status.WAITING),
        ("hold", each.case.hold_since is not None),
        ("extended", each.case.extended is not None),
        ("answered", not each.clock_runs),
    )
    return tuple(name for name, holds in found if holds)
