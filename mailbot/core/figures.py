"""Totals of a period, also so that they point to nobody (legal-facts.md § 10.3, 10.5).

They are made of `PastCase` values, which hold no person, no reference and no day: a case that is still in the register
and the anonymous row that is left of one count alike.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from statistics import median
from typing import Final, TypeVar

from dateutil.relativedelta import relativedelta

from mailbot.core.cases import ENDS, Case, EventKind, Ground, Outcome, Resolution, Status
from mailbot.core.deadlines import local_day
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Right, Topic

FEW: Final = 3  # fewer than this, and one person could be told from the others (legal-facts.md § 10.3)
ONE_MONTH: Final = relativedelta(months=1)
_NO_REQUEST: Final = frozenset({Resolution.NOT_A_REQUEST, Resolution.DUPLICATE})

_Key = TypeVar("_Key")
Kind = Right | Topic


@dataclass(frozen=True, slots=True)
class PastCase:
    """What the figures need of one request. Months are the first day of a month, in the company's zone."""

    received: date  # month
    ended: date | None = None  # month in which the answer went out, or the case was closed without one
    days: int | None = None  # calendar days from receipt to that end; None while open, or when not known
    in_time: bool | None = None
    kinds: tuple[Kind, ...] = ()
    resolution: Resolution | None = None
    refused: bool = False  # in whole or in part
    ground: Ground | None = None  # of that refusal
    extended: bool = False
    by_person: bool = False  # the bot was not sure, a person looked
    breach: bool = False


class Hidden(StrEnum):
    """What stands in place of a number that would point to one person."""

    FEW = "few"  # fewer than `FEW`, and not 0
    WITHHELD = "withheld"  # larger, but the hidden ones could be worked out from it


Count = int | Hidden


@dataclass(frozen=True, slots=True)
class Month:
    """How one month went."""

    first: date
    received: Count
    ended: Count
    in_time: Count
    late: Count
    days: float | None  # median of the cases that ended in it


@dataclass(frozen=True, slots=True)
class Figures:
    """Totals of a period of whole months. What came in counts by month of receipt, what ended by month of its end."""

    first: date
    last: date
    months: tuple[Month, ...]
    received: Count
    ended: Count
    in_time: Count
    late: Count
    days: float | None  # median
    by_person: Count
    extended: Count
    breaches: Count
    no_request: Count  # was no request after all, or one that was counted already; in no other figure
    kinds: tuple[tuple[Kind, Count], ...]  # a request for two rights counts twice
    endings: tuple[tuple[Resolution, Count], ...]
    grounds: tuple[tuple[Ground | None, Count], ...]  # of refusals; None: no ground was recorded

    @property
    def share_in_time(self) -> float | None:
        """0 to 1; None when nothing ended or numbers are hidden."""
        return _share(self.in_time, self.ended)

    @property
    def share_by_person(self) -> float | None:
        """0 to 1, of everything that was received."""
        return _share(self.by_person, self.received)


def figures(past: Iterable[PastCase], first: date, last: date) -> Figures:
    """The totals of the months `first` to `last`, both included and each given by its first day."""
    seen = tuple(past)
    came = [one for one in seen if first <= one.received <= last]
    received = [one for one in came if one.resolution not in _NO_REQUEST]
    ended = [one for one in seen if one.ended and first <= one.ended <= last and one.resolution not in _NO_REQUEST]
    return Figures(
        first=first,
        last=last,
        months=tuple(_month(month, received, ended) for month in _months(first, last)),
        received=len(received),
        ended=len(ended),
        in_time=sum(one.in_time is True for one in ended),
        late=sum(one.in_time is False for one in ended),
        days=_median_days(ended),
        by_person=sum(one.by_person for one in received),
        extended=sum(one.extended for one in received),
        breaches=sum(one.breach for one in received),
        no_request=len(came) - len(received),
        kinds=_ordered((kind for one in received for kind in one.kinds), (*Right, *Topic)),
        endings=_ordered((one.resolution for one in ended if one.resolution), tuple(Resolution)),
        grounds=_ordered((one.ground for one in ended if one.refused), (*Ground, None)),
    )


def _month(first: date, received: Sequence[PastCase], ended: Sequence[PastCase]) -> Month:
    of_month = [one for one in ended if one.ended == first]
    return Month(
        first=first,
        received=sum(one.received == first for one in received),
        ended=len(of_month),
        in_time=sum(one.in_time is True for one in of_month),
        late=sum(one.in_time is False for one in of_month),
        days=_median_days(of_month),
    )


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [first + number * ONE_MONTH for number in range(count)]


def _median_days(past: Iterable[PastCase]) -> float | None:
    days = [one.days for one in past if one.days is not None]
    return float(median(days)) if days else None


def _ordered(found: Iterable[_Key], order: Sequence[_Key]) -> tuple[tuple[_Key, Count], ...]:
    """Counts of what occurs, the largest first and otherwise in the given order."""
    counts = Counter(found)
    return tuple(sorted(((key, counts[key]) for key in order if counts[key]), key=lambda pair: -pair[1]))


def _share(part: Count, whole: Count) -> float | None:
    if isinstance(part, Hidden) or isinstance(whole, Hidden) or not whole:
        return None
    return part / whole


# --- totals that point to nobody -----------------------------------------------------------------------------------


def without_singles(figures: Figures) -> Figures:
    """The same with every number of 1 or 2 hidden, and what would give one away by subtraction.

    How many were in time stays exact where at least three ended: it says something of the company and of nobody else.
    """
    enough = _number(figures.ended) >= FEW
    months = figures.months
    received = hide_small([month.received for month in months])
    ended = hide_small([month.ended for month in months])
    return replace(
        figures,
        received=_hidden(figures.received),
        ended=_hidden(figures.ended),
        in_time=figures.in_time if enough else _hidden(figures.in_time),
        late=figures.late if enough else _hidden(figures.late),
        days=figures.days if enough else None,
        by_person=_hidden(figures.by_person),
        extended=_hidden(figures.extended),
        breaches=_hidden(figures.breaches),
        no_request=_hidden(figures.no_request),
        kinds=_hide_counts(figures.kinds),
        endings=_hide_counts(figures.endings),
        grounds=_hide_counts(figures.grounds),
        months=tuple(
            # in time and late add up to what ended, so that by month they would tell each other
            Month(
                first=month.first,
                received=came,
                ended=went,
                in_time=Hidden.WITHHELD,
                late=Hidden.WITHHELD,
                days=month.days if _number(month.ended) >= FEW and went is month.ended else None,
            )
            for month, came, went in zip(months, received, ended, strict=True)
        ),
    )


def hide_small(counts: Sequence[Count]) -> tuple[Count, ...]:
    """These numbers, whose sum is known, with 1 and 2 hidden, and as many others as keep those from being worked out.

    Where no other is large enough to hide behind, all are withheld: only the sum is told.
    """
    shown = [_hidden(count) for count in counts]
    small = [_number(count) for count, seen in zip(counts, shown, strict=True) if seen is Hidden.FEW]
    if not small or len(small) < sum(small) < 2 * len(small):
        return tuple(shown)
    # what is withheld is known to be no small one: with all ones, it needs room to be one less
    least = FEW if sum(small) > len(small) else FEW + 1
    others = [place for place, seen in enumerate(shown) if isinstance(seen, int) and seen >= least]
    if not others:
        return tuple(Hidden.WITHHELD for _ in shown)
    shown[min(others, key=lambda place: _number(counts[place]))] = Hidden.WITHHELD
    return tuple(shown)


def _hide_counts(counts: Sequence[tuple[_Key, Count]]) -> tuple[tuple[_Key, Count], ...]:
    hidden = hide_small([count for _, count in counts])
    return tuple((key, count) for (key, _), count in zip(counts, hidden, strict=True))


def _hidden(count: Count) -> Count:
    return Hidden.FEW if 0 < _number(count) < FEW else count


def _number(count: Count) -> int:
    return 0 if isinstance(count, Hidden) else count


# --- from a case to the figures ---------------------------------------------------------------------------------------


def past_cases(cases: Iterable[Case], zone: str) -> tuple[PastCase, ...]:
    """The requests among these cases, as the figures see them; a notice to a processor is none."""
    return tuple(_past(case, zone) for case in cases if not case.parent)


def end_of(case: Case) -> datetime | None:
    """When the answer went out, or the case was closed without one; of a breach, when it was closed. None while open.

    What happened before a case was reopened does not count.
    """
    reopened = max((place for place, event in enumerate(case.events) if event.kind is EventKind.REOPENED), default=0)
    since = case.events[reopened:]
    answered = next((event.at for event in since if event.kind is EventKind.ANSWER_SENT), None)
    closed = next((event.at for event in since if event.kind in ENDS), None)
    return closed if case.breach_due else answered or closed


def _past(case: Case, zone: str) -> PastCase:
    received = local_day(case.received, zone)
    end = end_of(case)
    ended = local_day(end, zone) if end else None
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


def _in_time(case: Case, end: datetime, zone: str) -> bool:
    return end <= case.breach_due if case.breach_due else local_day(end, zone) <= case.due


_REFUSALS: Final = frozenset({Outcome.REFUSED, Outcome.PARTLY})
