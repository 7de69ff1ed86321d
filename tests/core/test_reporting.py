import csv
import itertools
import re
import tomllib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from case_files import a_case, after, anonymous, closed
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.cases import Case, DraftRecord, DraftState, EventKind, Ground, Outcome, ReplyKind, Resolution
from mailbot.core.cases import WaitingFor as W
from mailbot.core.figures import FEW, Figures, Hidden, Month, PastCase, figures, hide_small, past_cases, without_singles
from mailbot.core.lifecycle import status_of
from mailbot.core.rendering import Texts
from mailbot.core.report_page import (
    COLUMNS,
    Imprint,
    defused,
    figures_record,
    render_report,
    render_year,
    report_record,
    spreadsheet,
)
from mailbot.core.reporting import build, of_year
from mailbot.core.retention import Retention
from mailbot.core.rights import Right, Topic
from mailbot.core.timeline import draw, states_of

ZONE = "Europe/Amsterdam"
RECEIVED = datetime(2026, 11, 23, 9, tzinfo=UTC)  # as `a_case` has it; due on 23 December
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
E = EventKind
TEMPLATES = Path(__file__).parents[2] / "templates"
DESK_LANGUAGES = ("nl", "en")
TEXTS = Texts(
    {
        path.relative_to(TEMPLATES).as_posix(): path.read_text(encoding="utf-8")
        for path in (*TEMPLATES.glob("*/report.html"), *TEMPLATES.glob("*/report/*.html"))
    },
    {lang: tomllib.loads((TEMPLATES / lang / "words.toml").read_text(encoding="utf-8")) for lang in DESK_LANGUAGES},
)
IMPRINT = Imprint("Werkplaats <Voorbeeld> & Zn", "0.1.0", NOW, ZONE)


def answered(case: Case, days: int, outcome: Outcome = Outcome.GRANTED, ground: Ground | None = None) -> Case:
    letter = DraftRecord(
        "d1", "<token@example.com>", ReplyKind.ANSWER, case.answer_to, DraftState.SENT, outcome=outcome, ground=ground
    )
    return after(case.with_draft(letter), E.ANSWER_SENT, at=case.received + timedelta(days=days))


def ended(case: Case, days: int, resolution: Resolution = Resolution.FULFILLED, **more: Any) -> Case:
    case = closed(answered(case, days, **more), at=case.received + timedelta(days=days, hours=1))
    return replace(case, resolution=resolution)


def the_past(case: Case) -> PastCase:
    (one,) = past_cases([case], ZONE)
    return one


# --- what counts ---------------------------------------------------------------------------------------------------


def test_an_answer_on_the_last_day_is_in_time_and_a_day_later_it_is_late() -> None:
    assert (the_past(answered(a_case(), 30)).in_time, the_past(answered(a_case(), 31)).in_time) == (True, False)


def test_an_extension_moves_the_last_day() -> None:
    extended = replace(a_case(), extended=date(2027, 2, 23))
    one = the_past(answered(extended, 80))
    assert (one.in_time, one.days, one.extended) == (True, 80, True)


def test_days_are_local_calendar_days() -> None:
    late_evening = replace(a_case(), received=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))  # 1 December in Amsterdam
    one = the_past(after(late_evening, E.ANSWER_SENT, at=datetime(2026, 12, 2, 8, tzinfo=UTC)))
    assert (one.received, one.days) == (DECEMBER, 1)


def test_a_case_closed_without_an_answer_ends_when_it_is_closed() -> None:
    one = the_past(replace(closed(a_case(), at=RECEIVED + timedelta(days=4)), resolution=Resolution.WITHDRAWN))
    assert (one.days, one.in_time, one.resolution) == (4, True, Resolution.WITHDRAWN)


def test_a_reopened_case_has_not_ended() -> None:
    one = the_past(after(ended(a_case(), 3), E.REOPENED))
    assert (one.ended, one.days, one.in_time) == (None, None, None)


def test_a_breach_ends_when_it_is_closed_and_has_72_hours() -> None:
    breach = replace(a_case(), rights=(), topics=(Topic.BREACH,), breach_due=RECEIVED + timedelta(hours=72))
    assert the_past(answered(breach, 1)).ended is None
    in_time = closed(breach, at=RECEIVED + timedelta(hours=72))
    late = closed(breach, at=RECEIVED + timedelta(hours=72, seconds=1))
    assert (the_past(in_time).in_time, the_past(late).in_time) == (True, False)


def test_a_notice_to_a_processor_is_no_request() -> None:
    assert past_cases([replace(a_case(), parent="P-2345CD", addressee="Voorbeeldpost")], ZONE) == ()


@pytest.mark.parametrize("resolution", [Resolution.NOT_A_REQUEST, Resolution.DUPLICATE])
def test_what_was_no_request_counts_nowhere_else(resolution: Resolution) -> None:
    nothing = replace(closed(a_case()), resolution=resolution)
    found = figures(past_cases([nothing, a_case()], ZONE), NOVEMBER, DECEMBER)
    assert (found.received, found.ended, found.no_request) == (1, 0, 1)


def test_a_partial_refusal_counts_by_its_ground() -> None:
    refused = ended(a_case(), 5, Resolution.PARTLY, outcome=Outcome.PARTLY, ground=Ground.LEGAL_DUTY)
    unsaid = ended(a_case(), 5, Resolution.REFUSED, outcome=Outcome.REFUSED)
    found = figures(past_cases([refused, unsaid, ended(a_case(), 5)], ZONE), NOVEMBER, DECEMBER)
    assert dict(found.grounds) == {Ground.LEGAL_DUTY: 1, None: 1}


def test_months_count_receipt_and_end_apart() -> None:
    cases = [ended(a_case(), 5), ended(a_case(), 20), ended(a_case(), 33), a_case()]
    november, december = figures(past_cases(cases, ZONE), NOVEMBER, DECEMBER).months
    assert (november.received, november.ended, november.days) == (4, 1, 5.0)
    assert (december.received, december.ended, december.in_time, december.late) == (0, 2, 1, 1)
    assert december.days == 26.5


def test_a_request_for_two_rights_counts_for_both() -> None:
    found = figures(past_cases([replace(a_case(), rights=(Right.ACCESS, Right.ERASURE))], ZONE), NOVEMBER, NOVEMBER)
    assert dict(found.kinds) == {Right.ACCESS: 1, Right.ERASURE: 1}
    assert found.received == 1


def test_what_a_person_had_to_judge_is_a_share_of_what_came_in() -> None:
    doubted = after(replace(a_case(), events=()), E.DOUBTED, E.CONFIRMED)
    found = figures(past_cases([doubted, a_case(), a_case(), a_case()], ZONE), NOVEMBER, NOVEMBER)
    assert found.share_by_person == 0.25


def test_an_anonymous_row_counts_as_the_case_did() -> None:
    cases = [ended(a_case(), days, Resolution.REFUSED, outcome=Outcome.REFUSED) for days in (3, 12, 40)]
    rows = past_cases(cases, ZONE)
    assert of_year(cases, (), 2026, NOW, ZONE) == of_year((), rows, 2026, NOW, ZONE)
    assert build(cases, (), NOW, ZONE).figures == build((), rows, NOW, ZONE).figures


def test_the_page_of_today_shows_twelve_months_and_a_year_ends_with_this_month() -> None:
    report = build((), (), NOW, ZONE)
    assert (report.figures.first, report.figures.last, len(report.figures.months)) == (date(2026, 1, 1), DECEMBER, 12)
    assert of_year((), (), 2025, NOW, ZONE).last == date(2025, 12, 1)
    assert of_year((), (), 2026, datetime(2026, 3, 31, 22, 30, tzinfo=UTC), ZONE).last == date(2026, 4, 1)


# --- now -----------------------------------------------------------------------------------------------------------


def test_now_names_what_waits_and_for_whom() -> None:
    waiting = replace(after(a_case("P-222222"), E.QUESTION_SENT), waiting_for=W.IDENTITY)
    unclear = after(replace(a_case("P-333333"), events=()), E.DOUBTED)
    told = after(replace(a_case("P-444444"), parent="P-222222"), E.NOTICE_SENT, at=NOW - timedelta(days=8))
    untold = replace(a_case("P-555555"), parent="P-222222")
    report = build([waiting, unclear, told, untold, ended(a_case(), 3)], (), NOW, ZONE)
    assert [each.case.reference for each in report.open] == ["P-222222", "P-333333"]
    assert (report.waiting_for_identity, report.triage, report.overdue) == (1, 1, 0)
    assert [(notice.reference, notice.days) for notice in report.notices] == [("P-444444", 8), ("P-555555", None)]


def test_what_is_due_first_stands_on_top_and_what_was_answered_at_the_bottom() -> None:
    late = replace(a_case("P-LATE22"), binding=date(2026, 11, 30))
    done = answered(replace(a_case("P-D2NE22"), binding=date(2026, 11, 25)), 1)
    report = build([done, a_case("P-SRED22"), late], (), NOW, ZONE)
    assert [each.case.reference for each in report.open] == ["P-LATE22", "P-SRED22", "P-D2NE22"]
    assert report.overdue == 1


def test_kept_says_until_when_and_erasure_keeps_nothing() -> None:
    ordinary = ended(a_case(), 3)
    erased = ended(replace(a_case(), rights=(Right.ERASURE,)), 3)
    kept = build([ordinary, erased, anonymous(ended(a_case(), 3)), a_case()], [PastCase(NOVEMBER)], NOW, ZONE).kept
    assert kept.mails == ((date(2027, 2, 1), 1),)
    assert kept.rows == ((2031, 1),)
    assert (kept.overdue, kept.anonymous) == (1, 2)


def test_kept_follows_the_terms_of_the_company() -> None:
    terms = Retention(mail_days=60, row_years=2)
    kept = build([ended(a_case(), 3)], (), NOW, ZONE, terms).kept
    assert (kept.mails, kept.rows) == (((date(2027, 1, 1), 1),), ((2028, 1),))


def test_an_erasure_in_part_keeps_nothing_either() -> None:
    partly = ended(replace(a_case(), rights=(Right.ERASURE,)), 3, Resolution.PARTLY)
    kept = build([partly], (), NOW, ZONE).kept
    assert (kept.mails, kept.overdue) == ((), 1)


# --- totals that point to nobody -----------------------------------------------------------------------------------

COUNTS = st.lists(st.integers(0, 9), max_size=7)


@given(COUNTS)
def test_no_hidden_number_can_be_worked_out_from_the_others_and_the_sum(counts: list[int]) -> None:
    shown = hide_small(counts)
    assert not any(isinstance(count, int) and 0 < count < FEW for count in shown)
    if Hidden.FEW not in shown:
        return
    ways = [
        way for way in itertools.product(*(_possible(count, sum(counts)) for count in shown)) if sum(way) == sum(counts)
    ]
    for place, count in enumerate(shown):
        assert count is not Hidden.FEW or len({way[place] for way in ways}) > 1


def _possible(count: object, total: int) -> range | list[int]:
    if count is Hidden.FEW:
        return range(1, FEW)
    return range(FEW, total + 1) if count is Hidden.WITHHELD else [int(str(count))]


@given(COUNTS)
def test_what_is_shown_is_true(counts: list[int]) -> None:
    assert all(seen == count for seen, count in zip(hide_small(counts), counts, strict=True) if isinstance(seen, int))


def test_a_year_with_one_case_says_next_to_nothing() -> None:
    year = of_year([ended(a_case(), 31, Resolution.REFUSED, outcome=Outcome.REFUSED)], (), 2026, NOW, ZONE)
    assert (year.received, year.ended, year.late, year.days) == (Hidden.FEW, Hidden.FEW, Hidden.FEW, None)
    assert all(month.days is None and month.received is Hidden.WITHHELD for month in year.months)
    assert year.share_in_time is None
    assert not re.search(r": [12]\b", str(figures_record(year)))


CASES = st.builds(
    PastCase,
    received=st.sampled_from([date(2026, month, 1) for month in range(1, 13)]),
    ended=st.sampled_from([None, *(date(2026, month, 1) for month in range(1, 13))]),
    days=st.integers(0, 90),
    in_time=st.booleans(),
    kinds=st.lists(st.sampled_from([*Right, *Topic]), max_size=2).map(tuple),
    resolution=st.sampled_from([None, *Resolution]),
    refused=st.booleans(),
    ground=st.sampled_from([None, *Ground]),
    extended=st.booleans(),
    by_person=st.booleans(),
    breach=st.booleans(),
)


@given(st.lists(CASES, max_size=20))
def test_the_yearly_view_never_shows_a_person_alone(past: list[PastCase]) -> None:
    year = without_singles(figures(past, date(2026, 1, 1), DECEMBER))
    performance = {"in_time", "late"}  # of the company; exact where at least three ended
    singles = [
        (where, count)
        for where, count in _counts(year)
        if count in (1, 2) and isinstance(count, int) and not (where in performance and _at_least_few(year.ended))
    ]
    assert singles == []


def _at_least_few(count: object) -> bool:
    return isinstance(count, int) and count >= FEW


def _counts(year: Figures) -> list[tuple[str, object]]:
    pairs = [*year.kinds, *year.endings, *year.grounds]
    names = [field.name for field in fields(Month) if field.name not in {"first", "days"}]
    return [
        *((str(key), count) for key, count in pairs),
        *((f"month {name}", getattr(month, name)) for month in year.months for name in names),
        *(
            (name, getattr(year, name))
            for name in ("received", "ended", "in_time", "late", "by_person", "extended", "breaches", "no_request")
        ),
    ]


# --- the picture ---------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(-900, 0), st.integers(-400, 400)), min_size=1, max_size=60))
def test_every_row_stays_within_the_picture(spans: list[tuple[int, int]]) -> None:
    today = NOW.astimezone(ZoneInfo(ZONE)).date()
    cases = [
        replace(
            a_case(),
            received=NOW + timedelta(days=start),
            binding=today + timedelta(days=max(start, end)),
            work_by=today + timedelta(days=max(start, end)),
        )
        for start, end in spans
    ]
    report = build(cases, (), NOW, ZONE)
    timeline = draw(report.open, today, [None] * len(report.open))
    assert len(timeline.ticks) <= 6
    for row in timeline.rows:
        for bar in (row.term, row.extension, row.late):
            assert bar is None or (bar.start >= 0 and bar.width >= 0 and bar.start + bar.width <= 100.01)
        assert row.due == pytest.approx(row.term.start + row.term.width, abs=0.02)
        assert (row.late is not None) == row.each.is_overdue


def test_the_bar_of_an_answered_case_ends_with_the_answer() -> None:
    report = build([answered(a_case(), 3)], (), NOW, ZONE)
    (row,) = draw(report.open, date(2026, 12, 1), [date(2026, 11, 26)]).rows
    assert row.term.start + row.term.width < row.due
    assert row.work_by is None
    assert states_of(row) == ("answered",)


# --- the page ------------------------------------------------------------------------------------------------------


def some_cases() -> list[Case]:
    waiting = replace(after(a_case("P-222222"), E.QUESTION_SENT), waiting_for=W.IDENTITY, binding=date(2026, 11, 29))
    told = after(replace(a_case("P-444444"), parent="P-222222"), E.NOTICE_SENT)
    extended = replace(after(a_case("P-666666"), E.HOLD_SET), extended=date(2027, 2, 23))
    breach = replace(a_case("P-777777"), rights=(), topics=(Topic.BREACH,), breach_due=RECEIVED + timedelta(hours=72))
    past = [ended(a_case(f"P-9999{n:02}"), n, outcome=Outcome.PARTLY, ground=Ground.CLAIMS) for n in range(12, 20)]
    return [waiting, told, extended, breach, answered(a_case("P-888888"), 2), *past]


@pytest.mark.parametrize("language", DESK_LANGUAGES)
def test_the_page_names_every_open_case_and_no_person(language: str) -> None:
    cases = some_cases()
    page = render_report(build(cases, (), NOW, ZONE), TEXTS, language, IMPRINT)
    for case in cases:
        assert (case.reference in page) == (status_of(case) != "closed"), case.reference
    assert "example.org" not in page
    assert "Werkplaats &lt;Voorbeeld&gt; &amp; Zn" in page


@pytest.mark.parametrize("language", DESK_LANGUAGES)
def test_the_page_stands_alone(language: str) -> None:
    page = render_report(build(some_cases(), (), NOW, ZONE), TEXTS, language, IMPRINT)
    assert not re.search(r"https?:|<script|<link(?![^>]*href=\"data:,\")|@import|\bsrc=", page)
    assert f'<html lang="{language}">' in page


@pytest.mark.parametrize("language", DESK_LANGUAGES)
def test_every_picture_says_in_words_what_it_shows(language: str) -> None:
    page = render_report(build(some_cases(), (), NOW, ZONE), TEXTS, language, IMPRINT)
    pictures = re.findall(r'<svg role="img" aria-labelledby="(\S+) (\S+)"', page)
    assert len(pictures) == 4
    for title, description in pictures:
        assert re.search(rf'<title id="{title}">[^<]+</title>', page)
        assert re.search(rf'<desc id="{description}">[^<]+</desc>', page)


@pytest.mark.parametrize("language", DESK_LANGUAGES)
def test_the_page_of_a_year_names_no_case(language: str) -> None:
    cases = [*some_cases(), *(replace(case, reference="P-22222D") for case in some_cases())]
    page = render_year(of_year(cases, (), 2026, NOW, ZONE), TEXTS, language, IMPRINT)
    assert not re.search(r"P-[0-9A-Z]{6}", page)
    assert "<svg" not in page
    assert {"nl": "minder dan 3", "en": "fewer than 3"}[language] in page


@pytest.mark.parametrize("language", DESK_LANGUAGES)
def test_an_empty_register_makes_a_page_too(language: str) -> None:
    assert "<svg" not in render_report(build((), (), NOW, ZONE), TEXTS, language, IMPRINT)
    render_year(of_year((), (), 2026, NOW, ZONE), TEXTS, language, IMPRINT)


def test_a_language_without_a_page_gets_the_english_one() -> None:
    assert "What is open now" in render_report(build((), (), NOW, ZONE), TEXTS, "fr", IMPRINT)


def test_both_languages_have_words_for_the_same_things() -> None:
    keys = [
        re.findall(r'"(\w+)": ["{]', (TEMPLATES / language / "report.html").read_text(encoding="utf-8"))
        for language in DESK_LANGUAGES
    ]
    assert keys[0] == keys[1]


def test_the_record_holds_references_and_figures_only() -> None:
    record = report_record(build(some_cases(), (), NOW, ZONE))
    assert [line["reference"] for line in record["open"]] == ["P-777777", "P-222222", "P-666666", "P-888888"]
    assert record["notices_outstanding"] == [{"reference": "P-444444", "about": "P-222222", "told": "2026-11-23"}]
    assert "@" not in str(record)


# --- the spreadsheet -----------------------------------------------------------------------------------------------


def test_the_spreadsheet_has_a_line_for_every_case() -> None:
    file = StringIO(newline="")
    csv.writer(file).writerows(spreadsheet(some_cases(), NOW, ZONE))
    assert file.getvalue().count("\r\n") == 1 + len(some_cases())
    lines = list(csv.DictReader(StringIO(file.getvalue(), newline="")))
    by_reference = {line["reference"]: line for line in lines}
    assert by_reference.keys() == {case.reference for case in some_cases()}
    assert (
        by_reference["P-222222"] | {"overdue": "yes", "due": "2026-11-29", "waiting_for": "identity"}
        == (by_reference["P-222222"])
    )
    assert by_reference["P-999915"]["days_used"] == "15"
    assert by_reference["P-999915"]["refusal_ground"] == "claims"
    assert by_reference["P-444444"]["about"] == "P-222222"
    assert "@" not in file.getvalue()
    assert all(None not in line and len(line) == len(COLUMNS) for line in lines)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+31", "-3", "@SUM(A1)", "\t=1", "\r=1", ' "=1', "'=1", "  \u00a0=1", "\n@x", "＝1", "“=1", '"\t', "' \r"],
)
def test_a_cell_that_a_spreadsheet_would_calculate_is_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@given(st.text())
def test_what_was_defused_reads_back_as_text(cell: str) -> None:
    file = StringIO(newline="")
    csv.writer(file).writerow([defused(cell), "x"])
    ((read, _),) = csv.reader(StringIO(file.getvalue(), newline=""))
    assert read in {cell, f"'{cell}"}
    assert cell[:1] not in set("=+-@\t\r") or read.startswith("'")
