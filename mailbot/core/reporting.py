"""The register in figures: what is open now, how each month went, what is kept and until when (legal-facts.md § 10.5).

Nothing here holds a name, an address or a mail text; the figures (`figures`) hold no reference either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from mailbot.core.cases import Case, EventKind, Outcome, Resolution, Status, WaitingFor
from mailbot.core.figures import ONE_MONTH, Figures, PastCase, figures, without_singles
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Right
from mailbot.core.standing import Standing, standing

MONTHS_SHOWN: Final = 12  # of the page that is made every day; `of_year` goes further back
_ENDS: Final = frozenset({EventKind.CLOSED, EventKind.DISMISSED})
_REFUSALS: Final = frozenset({Outcome.REFUSED, Outcome.PARTLY})


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A processor that was or is to be told, and did not confirm."""

    reference: str
    parent: str
    told: date | None  # local day of the first notice; None: it did not go out
    days: int | None  # since then


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long a closed case stays (legal-facts.md § 10.4)."""

    mail_months: int = 3  # the mails: six weeks to go to court, and margin
    row_years: int = 5  # the register row, after which it becomes anonymous


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


_KEEPING: Final = Keeping()


def build(
    cases: Iterable[Case], past: Iterable[PastCase], now: datetime, zone: str, keeping: Keeping = _KEEPING
) -> Report:
    """The report of `now` (aware), with days and months counted in `zone`.

    `cases` are those of the register and its archives, notices among them; `past` is what is left of older ones.
    """
    cases, past = tuple(cases), tuple(past)
    each_open = [each for each in (standing(case, now, zone) for case in cases) if each.is_open]
    this_month = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return Report(
        now=now,
        zone=zone,
        open=tuple(sorted((each for each in each_open if not each.case.parent), key=_urgency)),
        notices=tuple(sorted(_notices(each_open), key=lambda notice: (-(notice.days or 0), notice.reference))),
        figures=figures((*past_cases(cases, zone), *past), this_month - (MONTHS_SHOWN - 1) * ONE_MONTH, this_month),
        kept=_kept(cases, len(past), now, zone, keeping),
    )


def _urgency(each: Standing) -> tuple[bool, date, str]:
    """What is due first comes first; what was answered needs nobody in a hurry."""
    return (not each.clock_runs, each.due, each.case.reference)


def of_year(cases: Iterable[Case], past: Iterable[PastCase], year: int, now: datetime, zone: str) -> Figures:
    """One year in totals that point to nobody; of the running year up to this month."""
    last = min(date(year, 12, 1), now.astimezone(ZoneInfo(zone)).date().replace(day=1))
    return without_singles(figures((*past_cases(cases, zone), *past), date(year, 1, 1), last))


def past_cases(cases: Iterable[Case], zone: str) -> tuple[PastCase, ...]:
    """The requests among these cases, as the figures see them; a notice to a processor is none."""
    return tuple(_past(case, ZoneInfo(zone)) for case in cases if not case.parent)


def end_of(case: Case) -> datetime | None:
    """When the answer went out, or the case was closed without one; of a breach, when it was closed. None while open.

    What happened before a case was reopened does not count.
    """
    reopened = max((place for place, event in enumerate(case.events) if event.kind is EventKind.REOPENED), default=0)
    since = case.events[reopened:]
    answered = next((event.at for event in since if event.kind is EventKind.ANSWER_SENT), None)
    closed = next((event.at for event in since if event.kind in _ENDS), None)
    return closed if case.breach_due else answered or closed


def _past(case: Case, zone: ZoneInfo) -> PastCase:
    received = case.received.astimezone(zone).date()
    end = end_of(case)
    ended = end.astimezone(zone).date() if end else None
    answer = case.answer
    return PastCase(
        received=received.replace(day=1),
        ended=ended.replace(day=1) if ended else None,
        days=(ended - received).days if ended else None,
        in_time=_in_time(case, end, zone) if end else None,
        kinds=(*case.rights, *case.topics),
        resolution=case.resolution if status_of(case) in {Status.CLOSED, Status.ANONYMISED} else None,
        refused=case.resolution is Resolution.REFUSED or (answer is not None and answer.outcome in _REFUSALS),
        ground=answer.ground if answer and answer.outcome in _REFUSALS else None,
        extended=case.extended is not None,
        by_person=case.has(EventKind.DOUBTED),
        breach=case.breach_due is not None,
    )


def _in_time(case: Case, end: datetime, zone: ZoneInfo) -> bool:
    return end <= case.breach_due if case.breach_due else end.astimezone(zone).date() <= case.due


# --- now -----------------------------------------------------------------------------------------------------------


def _notices(each_open: Iterable[Standing]) -> Iterable[OpenNotice]:
    for each in each_open:
        if each.case.parent:
            told = next((event.at for event in each.case.events if event.kind is EventKind.NOTICE_SENT), None)
            day = each.local(told) if told else None
            days = (each.local(each.now) - day).days if day else None
            yield OpenNotice(each.case.reference, each.case.parent, day, days)


def _kept(cases: Sequence[Case], anonymous: int, now: datetime, zone: str, keeping: Keeping) -> Kept:
    today = now.astimezone(ZoneInfo(zone)).date()
    mails: Counter[date] = Counter()
    rows: Counter[int] = Counter()
    overdue = 0
    for case in cases:
        if (closed := _closed_on(case, ZoneInfo(zone))) is None:
            continue
        # an erased person is kept nowhere, the register included (legal-facts.md § 10.4)
        erased = Right.ERASURE in case.rights and case.resolution is Resolution.FULFILLED
        mails_until = closed if erased else closed + relativedelta(months=keeping.mail_months)
        row_until = closed if erased else closed + relativedelta(years=keeping.row_years)
        overdue += row_until < today
        if mails_until >= today:
            mails[mails_until.replace(day=1)] += 1
        if row_until >= today:
            rows[row_until.year] += 1
    return Kept(tuple(sorted(mails.items())), tuple(sorted(rows.items())), overdue, anonymous + _anonymised(cases))


def _closed_on(case: Case, zone: ZoneInfo) -> date | None:
    if status_of(case) is not Status.CLOSED:
        return None
    closed = next((event.at for event in reversed(case.events) if event.kind in _ENDS), case.received)
    return closed.astimezone(zone).date()


def _anonymised(cases: Iterable[Case]) -> int:
    return sum(status_of(case) is Status.ANONYMISED for case in cases)
