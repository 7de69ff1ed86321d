"""The register in figures: what is open now, how each month went, what is kept and until when (legal-facts.md § 10.5).

Nothing here holds a name, an address or a mail text; the figures (`figures`) hold no reference either.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from mailbot.core.cases import Case, EventKind, Status, WaitingFor
from mailbot.core.deadlines import local_day
from mailbot.core.figures import ONE_MONTH, Figures, PastCase, figures, past_cases, without_singles
from mailbot.core.lifecycle import status_of
from mailbot.core.retention import Retention, kept_until
from mailbot.core.standing import Standing, standing

MONTHS_SHOWN: Final = 12  # of the page that is made every day; `of_year` goes further back


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A processor that was or is to be told, and did not confirm."""

    reference: str
    parent: str
    told: date | None  # local day of the first notice; None: it did not go out
    days: int | None  # since then


@dataclass(frozen=True, slots=True)
class Kept:
    """How many closed cases keep their mails, and their row, until when. Erasure keeps nothing longer than its end."""

    mails: tuple[tuple[date, int], ...]  # by month (first day)
    rows: tuple[tuple[int, int], ...]  # by year
    overdue: int  # whose mails or row should be gone
    anonymous: int  # rows that hold no person; they stay


@dataclass(frozen=True, slots=True)
class Report:
    """The state of one moment and the figures of the last twelve months."""

    now: datetime
    zone: str
    open: tuple[Standing, ...]  # requests that are not closed, in the order in which they are due
    notices: tuple[OpenNotice, ...]
    figures: Figures
    kept: Kept

    @property
    def overdue(self) -> int:
        """How many clocks have run out."""
        return sum(each.is_overdue for each in self.open)

    @property
    def due_soon(self) -> int:
        """How many run out within a week."""
        return sum(each.is_due_soon for each in self.open)

    @property
    def triage(self) -> int:
        """How many mails a person must look at."""
        return sum(each.status is Status.TRIAGE for each in self.open)

    @property
    def waiting_for_identity(self) -> int:
        """How many wait for the data subject to show who he is."""
        return sum(each.status is Status.WAITING and each.case.waiting_for is WaitingFor.IDENTITY for each in self.open)


_TERMS: Final = Retention()


def build(
    cases: Iterable[Case], past: Iterable[PastCase], now: datetime, zone: str, terms: Retention = _TERMS
) -> Report:
    """The report of `now` (aware), with days and months counted in `zone`.

    `cases` are those of the register and its archives, notices among them; `past` is what is left of older ones.
    """
    cases, past = tuple(cases), tuple(past)
    each_open = [each for each in (standing(case, now, zone) for case in cases) if each.is_open]
    this_month = local_day(now, zone).replace(day=1)
    return Report(
        now=now,
        zone=zone,
        open=tuple(sorted((each for each in each_open if not each.case.parent), key=_urgency)),
        notices=tuple(sorted(_notices(each_open), key=lambda notice: (-(notice.days or 0), notice.reference))),
        figures=figures((*past_cases(cases, zone), *past), this_month - (MONTHS_SHOWN - 1) * ONE_MONTH, this_month),
        kept=_kept(cases, len(past), now, zone, terms),
    )


def _urgency(each: Standing) -> tuple[bool, date, str]:
    """What is due first comes first; what was answered needs nobody in a hurry."""
    return (not each.clock_runs, each.due, each.case.reference)


def of_year(cases: Iterable[Case], past: Iterable[PastCase], year: int, now: datetime, zone: str) -> Figures:
    """One year in totals that point to nobody; of the running year up to this month."""
    last = min(date(year, 12, 1), local_day(now, zone).replace(day=1))
    return without_singles(figures((*past_cases(cases, zone), *past), date(year, 1, 1), last))


# --- now -----------------------------------------------------------------------------------------------------------


def _notices(each_open: Iterable[Standing]) -> Iterable[OpenNotice]:
    for each in each_open:
        if each.case.parent:
            told = next((event.at for event in each.case.events if event.kind is EventKind.NOTICE_SENT), None)
            day = each.local(told) if told else None
            days = (each.local(each.now) - day).days if day else None
            yield OpenNotice(each.case.reference, each.case.parent, day, days)


def _kept(cases: Iterable[Case], anonymous: int, now: datetime, zone: str, terms: Retention) -> Kept:
    today = local_day(now, zone)
    mails: Counter[date] = Counter()
    rows: Counter[int] = Counter()
    overdue = 0
    for case in cases:
        if case.parent or status_of(case) is not Status.CLOSED:
            continue  # a notice goes with its request
        until = kept_until(case, zone, terms)
        overdue += until.row < today
        if until.person >= today:
            mails[until.person.replace(day=1)] += 1
        if until.row >= today:
            rows[until.row.year] += 1
    anonymous += sum(status_of(case) is Status.ANONYMISED for case in cases)
    return Kept(tuple(sorted(mails.items())), tuple(sorted(rows.items())), overdue, anonymous)
