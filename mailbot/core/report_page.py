"""The report as one HTML page and as lines of a spreadsheet. No person stands in either; see `reporting`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from mailbot.core.cases import Case
from mailbot.core.figures import FEW, Count, Figures, Hidden, end_of
from mailbot.core.lifecycle import status_of
from mailbot.core.rendering import FALLBACK_LANGUAGE, Texts, Words
from mailbot.core.reporting import Report
from mailbot.core.rights import Right
from mailbot.core.standing import standing
from mailbot.core.timeline import draw, states_of

TEMPLATE: Final = "report.html"


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands at the foot of the page."""

    controller: str  # the company
    version: str  # of mailbot
    made: datetime  # aware
    zone: str  # IANA name


def render_report(report: Report, texts: Texts, language: str, imprint: Imprint) -> str:
    """The page of today, in a language or in English where that has no template. Raises `TemplateBroken`."""
    zone = ZoneInfo(report.zone)
    ends = [end_of(each.case) for each in report.open]
    timeline = draw(
        report.open,
        report.now.astimezone(zone).date(),
        [end.astimezone(zone).date() if end else None for end in ends],
    )
    return _render(texts, language, imprint, {"report": report, "figures": report.figures, "timeline": timeline})


def render_year(figures: Figures, texts: Texts, language: str, imprint: Imprint) -> str:
    """The page of a year: totals only, no case and no reference. Raises `TemplateBroken`."""
    return _render(texts, language, imprint, {"report": None, "figures": figures, "timeline": None})


def _render(texts: Texts, language: str, imprint: Imprint, values: Mapping[str, object]) -> str:
    spoken = language if texts.has(language, TEMPLATE) else FALLBACK_LANGUAGE
    words = texts.words(spoken)
    return texts.render(spoken, TEMPLATE, {**values, **_helpers(words), "imprint": imprint, "zone": imprint.zone})


def _helpers(words: Words) -> dict[str, Callable[..., object]]:
    locale = words["reply"]["locale"]

    def name(code: StrEnum, *sections: str) -> str:
        """The word for a code; the code itself in a language that has no word for it."""
        found = (words[section][code] for section in sections if code in words.get(section, {}))
        return next(found, str(code))

    return {
        "states_of": states_of,
        "kind_name": lambda kind: name(kind, "right_folders" if isinstance(kind, Right) else "topics"),
        "name": name,
        "is_hidden": lambda count: isinstance(count, Hidden),
        "month": lambda day: format_date(day, format="LLLL y", locale=locale),
        "short_month": lambda day: format_date(day, format="LLL y", locale=locale),
        "short": lambda day: format_date(day, format="d MMM", locale=locale),
        "short_year": lambda day: format_date(day, format="d MMM y", locale=locale),
        "number": lambda value: format_decimal(round(value, 1), locale=locale),
        "percent": lambda share: format_percent(share, locale=locale),
    }


# --- for programs --------------------------------------------------------------------------------------------------


def figures_record(figures: Figures) -> dict[str, Any]:
    """The figures as a JSON object. A hidden number is "<3", a withheld one null; a month is "2026-11"."""
    return {
        "first": _month(figures.first),
        "last": _month(figures.last),
        "received": _count(figures.received),
        "ended": _count(figures.ended),
        "in_time": _count(figures.in_time),
        "late": _count(figures.late),
        "share_in_time": figures.share_in_time,
        "median_days": figures.days,
        "left_to_a_person": _count(figures.by_person),
        "extended": _count(figures.extended),
        "breaches": _count(figures.breaches),
        "no_request": _count(figures.no_request),
        "kinds": {kind: _count(count) for kind, count in figures.kinds},
        "resolutions": {resolution: _count(count) for resolution, count in figures.endings},
        "refusal_grounds": {ground or "none_recorded": _count(count) for ground, count in figures.grounds},
        "months": [
            {
                "month": _month(month.first),
                "received": _count(month.received),
                "ended": _count(month.ended),
                "in_time": _count(month.in_time),
                "late": _count(month.late),
                "median_days": month.days,
            }
            for month in figures.months
        ],
    }


def report_record(report: Report) -> dict[str, Any]:
    """The report as a JSON object: what is open now, by reference, and the figures."""
    return {
        "at": report.now.astimezone(ZoneInfo(report.zone)).isoformat(),
        "open": [
            {
                "reference": each.case.reference,
                "status": each.status,
                "due": each.due.isoformat(),
                "days_left": each.days_left if each.clock_runs else None,
                "overdue": each.is_overdue,
            }
            for each in report.open
        ],
        "overdue": report.overdue,
        "due_soon": report.due_soon,
        "triage": report.triage,
        "waiting_for_identity": report.waiting_for_identity,
        "notices_outstanding": [
            {"reference": notice.reference, "about": notice.parent, "told": _iso(notice.told)}
            for notice in report.notices
        ],
        "kept": {
            "mails_by_month": {_month(month): count for month, count in report.kept.mails},
            "rows_by_year": {str(year): count for year, count in report.kept.rows},
            "overdue": report.kept.overdue,
            "anonymous": report.kept.anonymous,
        },
        "figures": figures_record(report.figures),
    }


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _count(count: Count) -> int | str | None:
    if isinstance(count, Hidden):
        return f"<{FEW}" if count is Hidden.FEW else None
    return count


# --- for a spreadsheet ---------------------------------------------------------------------------------------------

COLUMNS: Final = (
    "reference", "about", "status", "waiting_for", "resolution", "rights", "topics", "identity", "left_to_a_person",
    "received", "work_by", "binding", "extended", "due", "breach_due", "on_hold_since", "overdue", "ended",
    "days_used", "refusal_ground",
)  # fmt: skip
"""One column each; dates are local, in ISO 8601."""

# The full-width signs are read like the others by some programs
_FORMULA: Final = re.compile("[\\s\"'‘’“”]*[=+\\-@\\t\\r＝＋－＠]")


def spreadsheet(cases: Iterable[Case], now: datetime, zone: str) -> Iterator[tuple[str, ...]]:
    """A heading and one line a case, in the order of receipt; every cell is safe to open in a spreadsheet program."""
    yield COLUMNS
    for case in sorted(cases, key=lambda case: (case.received, case.reference)):
        yield tuple(defused(cell) for cell in _line(case, now, zone))


def defused(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet program would take it for a formula.

    Such programs pass over quotes and white space in front of the sign (OWASP, "CSV Injection").
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _line(case: Case, now: datetime, zone: str) -> Iterator[str]:
    each = standing(case, now, zone)
    end = end_of(case)
    ended = each.local(end) if end else None
    answer = case.answer
    yield case.reference
    yield case.parent
    yield status_of(case)
    yield case.waiting_for or ""
    yield case.resolution or ""
    yield " ".join(case.rights)
    yield " ".join(case.topics)
    yield case.identity
    yield _yes("doubted" in {event.kind for event in case.events})
    yield _iso(each.local(case.received)) or ""
    yield case.work_by.isoformat()
    yield case.binding.isoformat()
    yield _iso(case.extended) or ""
    yield each.due.isoformat()
    yield case.breach_due.astimezone(ZoneInfo(zone)).isoformat() if case.breach_due else ""
    yield _iso(each.local(case.hold_since)) or "" if case.hold_since else ""
    yield _yes(each.is_overdue)
    yield _iso(ended) or ""
    yield str((ended - each.local(case.received)).days) if ended else ""
    yield (answer.ground or "") if answer else ""


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
