import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.cases import Actor, Case, DraftRecord, Event, EventKind, IdentityLevel, ReplyKind, Task
from mailbot.core.digest import (
    CaseLine,
    Digest,
    MailLine,
    Section,
    TroubleLine,
    build_digest,
    digest_due,
    digest_time_has_come,
    render,
)
from mailbot.core.lifecycle import advance
from mailbot.core.rendering import Texts
from mailbot.core.rights import Circumstance, Right, Topic

ZONE = "Europe/Amsterdam"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)  # 08:00 in Amsterdam
TODAY = date(2026, 11, 23)
AT = time(8, 0)
TEMPLATES = Path(__file__).parents[2] / "templates"
E, S = EventKind, Section

RECOGNISED = (E.RECOGNISED,)
LAID = (E.RECOGNISED, E.DRAFT_PLANNED, E.DRAFT_LAID)
ATTEMPTED = (*LAID, E.APPROVED, E.SEND_ATTEMPTED)
ANSWERED = (*ATTEMPTED, E.ANSWER_SENT)
DRAFT_EVENTS = {
    E.DRAFT_PLANNED,
    E.DRAFT_LAID,
    E.DRAFT_DISCARDED,
    E.HELD_BACK,
    E.APPROVED,
    E.SEND_ATTEMPTED,
    E.SEND_UNCERTAIN,
    E.SEND_REFUSED,
    E.ANSWER_SENT,
    E.QUESTION_SENT,
    E.ACKNOWLEDGEMENT_SENT,
    E.NOTICE_SENT,
}


def a_case(happened: Iterable[EventKind] = RECOGNISED, *, due: str = "2026-12-20", **more: Any) -> Case:
    known: dict[str, Any] = {
        "reference": "P-7K3Q9X",
        "mailbox": "info",
        "language": "nl",
        "sender": "anna@example.org",
        "answer_to": "Anna@Example.org",
        "known": True,
        "identity": IdentityLevel.L1,
        "rights": (Right.ACCESS,),
        "topics": (),
        "received": datetime(2026, 11, 1, 23, 30, tzinfo=UTC),  # 2 November in Amsterdam
        "zone": ZONE,
        "policy_due": date.fromisoformat(due),
        "month_due": date.fromisoformat(due),
        "binding": date.fromisoformat(due),
        "work_by": date.fromisoformat(due),
        "extension_due": date(2027, 2, 2),
    }
    case = Case(**known | more)
    for place, kind in enumerate(happened):
        draft = ""
        if kind in DRAFT_EVENTS:
            draft = f"draft-{[*happened][: place + 1].count(E.DRAFT_PLANNED)}"
            if kind is E.DRAFT_PLANNED:
                case = case.with_draft(DraftRecord(draft, f"<{draft}@example.com>", ReplyKind.ANSWER, case.answer_to))
        case = advance(case, Event(NOW - timedelta(days=1), kind, Actor.BOT, draft=draft))
    return case


def digest_of(*cases: Case, notes: dict[str, str] | None = None, now: datetime = NOW) -> Digest:
    return build_digest(cases, notes or {}, now, ZONE)


def sections_of(case: Case, now: datetime = NOW) -> set[Section]:
    return set(digest_of(case, now=now).counts)


@pytest.mark.parametrize(
    ("happened", "sections"),
    [
        ((E.DOUBTED,), {S.UNCLEAR}),
        (RECOGNISED, {S.NO_DRAFT}),
        (LAID, {S.TO_APPROVE}),
        ((*LAID, E.HELD_BACK), {S.HELD_BACK}),
        ((*LAID, E.APPROVED), set()),
        (ATTEMPTED, {S.UNCERTAIN}),
        ((*ATTEMPTED, E.SEND_UNCERTAIN), {S.UNCERTAIN}),
        ((*ATTEMPTED, E.SEND_REFUSED), {S.REFUSED}),
        ((*ATTEMPTED, E.SEND_REFUSED, E.HELD_BACK), {S.HELD_BACK}),
        ((*LAID, E.DRAFT_DISCARDED), {S.NO_DRAFT}),
        ((*LAID, E.DRAFT_DISCARDED, E.DRAFT_PLANNED, E.DRAFT_LAID), {S.TO_APPROVE}),
        ((*ATTEMPTED, E.ACKNOWLEDGEMENT_SENT), {S.NO_DRAFT}),
        ((*ATTEMPTED, E.QUESTION_SENT), {S.WAITING}),
        (ANSWERED, {S.ANSWERED}),
        ((*ANSWERED, E.MAIL_BOUNCED), {S.ANSWERED, S.BOUNCED}),
        ((*ANSWERED, E.MAIL_BOUNCED, E.DRAFT_PLANNED, E.DRAFT_LAID), {S.TO_APPROVE, S.BOUNCED}),
        ((*ANSWERED, E.MAIL_BOUNCED, E.CLOSED), set()),
        ((*ANSWERED, E.CLOSED), set()),
        ((*ANSWERED, E.CLOSED, E.MAIL_BOUNCED), {S.BOUNCED}),
        ((*ANSWERED, E.CLOSED, E.MAIL_BOUNCED, E.ANONYMISED), set()),
        ((*LAID, E.CLOSED), set()),
        ((*LAID, E.HELD_BACK, E.CLOSED), set()),
    ],
)
def test_every_case_stands_where_a_person_looks_for_it(happened: tuple[EventKind, ...], sections: set[Section]) -> None:
    assert sections_of(a_case(happened)) == sections


@pytest.mark.parametrize(
    ("due", "section"),
    [
        ("2026-11-22", S.OVERDUE),
        ("2026-11-23", S.DUE_SOON),  # until the end of that day
        ("2026-11-30", S.DUE_SOON),
        ("2026-12-01", None),
    ],
)
@pytest.mark.parametrize(
    "happened",
    [(E.DOUBTED,), RECOGNISED, LAID, (*ATTEMPTED, E.QUESTION_SENT), ATTEMPTED, (*ANSWERED, E.CLOSED, E.REOPENED)],
)
def test_the_clock_runs_until_the_answer_is_out(
    happened: tuple[EventKind, ...], due: str, section: Section | None
) -> None:
    late = {S.OVERDUE, S.DUE_SOON} & sections_of(a_case(happened, due=due))
    assert late == ({section} if section else set())


@pytest.mark.parametrize("happened", [ANSWERED, (*ANSWERED, E.CLOSED), (E.RECOGNISED, E.CLOSED)])
def test_what_is_answered_or_closed_is_never_overdue(happened: tuple[EventKind, ...]) -> None:
    digest = digest_of(a_case(happened, due="2026-11-01"))
    assert S.OVERDUE not in digest.counts
    assert all(line.days_left is None for lines in digest.cases.values() for line in lines)


@pytest.mark.parametrize(
    ("now", "overdue"), [("2026-11-22T22:59:59+00:00", False), ("2026-11-22T23:00:00+00:00", True)]
)
def test_a_day_ends_at_midnight_of_the_company_not_of_utc(now: str, overdue: bool) -> None:
    found = sections_of(a_case(due="2026-11-22"), datetime.fromisoformat(now))
    assert (S.OVERDUE in found) is overdue


def test_an_extension_moves_the_date() -> None:
    assert S.OVERDUE not in sections_of(a_case(due="2026-11-20", extended=date(2027, 1, 20)))


@pytest.mark.parametrize("happened", [RECOGNISED, LAID, ANSWERED])
@pytest.mark.parametrize(("hours", "section"), [(-1, S.OVERDUE), (1, S.DUE_SOON), (72, S.DUE_SOON)])
def test_a_breach_has_its_own_clock_that_an_answer_does_not_stop(
    happened: tuple[EventKind, ...], hours: int, section: Section
) -> None:
    case = a_case(happened, topics=(Topic.BREACH,), breach_due=NOW + timedelta(hours=hours))
    assert {S.OVERDUE, S.DUE_SOON} & sections_of(case) == {section}


def test_a_breach_that_is_closed_is_done() -> None:
    case = a_case((E.RECOGNISED, E.CLOSED), topics=(Topic.BREACH,), breach_due=NOW - timedelta(hours=1))
    assert sections_of(case) == set()


def test_a_section_is_ordered_by_what_is_due_first() -> None:
    dues = {"P-B": "2026-11-20", "P-C": "2026-11-01", "P-A": "2026-11-20"}
    digest = digest_of(*(a_case(reference=reference, due=due) for reference, due in dues.items()))
    assert [line.reference for line in digest.cases[S.OVERDUE]] == ["P-C", "P-A", "P-B"]
    assert digest.cases[S.OVERDUE][0] == CaseLine(
        "P-C", (Right.ACCESS,), (), date(2026, 11, 2), date(2026, 11, 1), None, -22
    )


def test_it_counts_what_is_open_and_each_section() -> None:
    digest = digest_of(a_case(LAID, due="2026-11-01"), a_case(LAID), a_case((*ANSWERED, E.CLOSED)))
    assert digest.open == 2
    assert digest.counts == {S.OVERDUE: 1, S.TO_APPROVE: 2}
    assert (digest.day, digest.zone) == (TODAY, ZONE)


def test_failing_mailboxes_and_mails_set_aside_are_named_without_their_cause() -> None:
    digest = digest_of(
        notes={
            "failing:info": "2026-11-22T07:00:00+00:00 info: anna@example.org is refused",
            "aside:info:INBOX:7:123": "2026-11-22T08:00:00+00:00 UnicodeDecodeError",
            "digest:settled": "2026-11-22",
        }
    )
    assert digest.troubles == {
        S.FAILING: (TroubleLine("info", datetime(2026, 11, 22, 7, tzinfo=UTC)),),
        S.SET_ASIDE: (TroubleLine("info/INBOX", datetime(2026, 11, 22, 8, tzinfo=UTC)),),
    }


def test_missed_mails_are_counted_by_folder_and_local_day() -> None:
    digest = digest_of(
        notes={
            "missed:info:INBOX:7:1": "2026-11-20T09:00:00+00:00",
            "missed:info:INBOX:7:2": "2026-11-20T22:59:00+00:00",
            "missed:info:INBOX:7:3": "2026-11-20T23:00:00+00:00",
            "missed:daan:Sub/Junk: mail:8:1": "2026-11-20T09:00:00+00:00",
        }
    )
    assert digest.mails == {
        S.MISSED: (
            MailLine("daan/Sub/Junk: mail", date(2026, 11, 20), 1),
            MailLine("info/INBOX", date(2026, 11, 20), 2),
            MailLine("info/INBOX", date(2026, 11, 21), 1),
        )
    }
    assert digest.counts == {S.MISSED: 4}


def test_an_answer_by_hand_and_mails_that_must_go_are_told_by_reference() -> None:
    notes = {
        "by-hand:P-7K3Q9X": "2026-11-22T23:30:00+00:00",
        "purged:P-GONE": "2026-11-19 3",
        "purged:P-DONE": "2026-11-19 0",
    }
    assert digest_of(notes=notes).mails == {
        S.BY_HAND: (MailLine("P-7K3Q9X", date(2026, 11, 23), 1),),
        S.TO_DELETE: (MailLine("P-GONE", date(2026, 11, 19), 3),),
    }


@pytest.mark.parametrize(
    ("digest", "quiet"),
    [
        (digest_of(), True),
        (digest_of(a_case(ANSWERED)), True),
        (digest_of(a_case((*ATTEMPTED, E.QUESTION_SENT))), True),
        (digest_of(a_case((*ATTEMPTED, E.QUESTION_SENT), due="2026-11-24")), False),
        (digest_of(a_case(LAID)), False),
        (digest_of(a_case()), False),
        (digest_of(notes={"failing:info": "2026-11-22T07:00:00+00:00 x"}), False),
        (digest_of(notes={"missed:info:INBOX:7:1": "2026-11-20T09:00:00+00:00"}), False),
        (digest_of(notes={"by-hand:P-7K3Q9X": "2026-11-20T09:00:00+00:00"}), False),
        (digest_of(notes={"purged:P-7K3Q9X": "2026-11-19 3"}), False),
        (digest_of(notes={"purged:P-7K3Q9X": "2026-11-19 0"}), True),
    ],
)
def test_it_is_quiet_when_nothing_asks_for_a_person(digest: Digest, quiet: bool) -> None:
    assert digest.is_quiet is quiet


# --- when it is sent -----------------------------------------------------------------------------------------------


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "settled", "has_come"),
    [
        ("2026-11-23T07:59", "2026-11-22", False),
        ("2026-11-23T08:00", "2026-11-22", True),
        ("2026-11-23T08:00", "2026-11-23", False),
        ("2026-11-23T23:59", "2026-11-23", False),
        ("2026-11-24T00:30", "2026-11-23", False),
        ("2026-11-23T06:00", "2026-11-21", True),  # yesterday was missed
        ("2026-11-23T08:00", "2026-11-01", True),
        ("2026-11-23T06:00", "2026-11-23", False),  # sent at six after a missed day: not again at eight
        ("2026-11-23T08:00", None, True),
        ("2026-11-23T08:00", "2031-01-01", True),  # a clock that once ran ahead does not silence it for years
    ],
)
def test_the_time_comes_once_a_day_and_at_once_after_a_missed_day(
    now: str, settled: str | None, has_come: bool
) -> None:
    day = date.fromisoformat(settled) if settled else None
    assert digest_time_has_come(local(now), ZONE, AT, day) is has_come


@pytest.mark.parametrize("at", [time(0, 0), time(2, 30), time(8, 0), time(23, 0)])
@pytest.mark.parametrize("first", [date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 30)])
def test_every_day_has_exactly_one_also_when_the_clocks_change(first: date, at: time) -> None:
    start, settled = local(f"{first}T00:00"), first - timedelta(days=1)
    days = []
    for minutes in range(0, 6 * 24 * 60 - 120, 10):
        now = start + timedelta(minutes=minutes)
        if digest_due(now, ZONE, at, settled, quiet=False):
            settled = build_digest((), {}, now, ZONE).day
            days.append(settled)
    assert days == [first + timedelta(days=n) for n in range(5 if at.hour == 23 else 6)]


@given(st.lists(st.integers(min_value=1, max_value=3000), max_size=60))
def test_however_irregular_the_passes_no_day_has_two(waits: list[int]) -> None:
    now, settled = local("2026-11-20T05:00"), None
    days: list[date] = []
    for minutes in waits:
        now += timedelta(minutes=minutes)
        if digest_due(now, ZONE, AT, settled, quiet=False):
            settled = build_digest((), {}, now, ZONE).day
            days.append(settled)
    assert len(days) == len(set(days))


@pytest.mark.parametrize(
    ("quiet", "sent", "due"),
    [
        (True, "2026-11-22", False),
        (True, "2026-11-17", False),
        (True, "2026-11-16", True),
        (True, None, True),
        (True, "2026-11-25", True),  # from a clock that ran ahead
        (False, "2026-11-22", True),
    ],
)
def test_a_quiet_digest_is_sent_once_a_week_only(quiet: bool, sent: str | None, due: bool) -> None:
    last = date.fromisoformat(sent) if sent else None
    assert digest_due(NOW, ZONE, AT, date(2026, 11, 22), quiet=quiet, sent=last) is due
    assert not digest_due(NOW, ZONE, AT, TODAY, quiet=quiet, sent=last)


# --- what is read --------------------------------------------------------------------------------------------------


def real_texts() -> Texts:
    names = [f"{language}/digest.{kind}" for language in ("nl", "en") for kind in ("txt", "html")]
    sources = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in names}
    words = {
        language: tomllib.loads((TEMPLATES / language / "words.toml").read_text(encoding="utf-8"))
        for language in ("nl", "en")
    }
    return Texts(sources, words)


A_TASK = Task("1", "<t>", "winkel", "", Right.ACCESS)


@pytest.mark.parametrize(("due", "section"), [("2026-12-03", S.COMING_UP), ("2026-11-30", S.DUE_SOON)])
def test_ten_days_before_the_end_the_person_is_reminded(due: str, section: Section) -> None:
    assert section in sections_of(a_case(due=due))
    assert S.COMING_UP not in sections_of(a_case(due="2026-12-04"))


def test_whoever_asks_again_comes_first() -> None:
    lines = digest_of(a_case(reference="P-FIRST"), a_case((*RECOGNISED, E.REMINDED), reference="P-LATER")).cases
    assert [(line.reference, line.urgent) for line in lines[S.NO_DRAFT]] == [("P-LATER", True), ("P-FIRST", False)]


def test_what_is_said_after_the_answer_is_looked_at() -> None:
    assert S.WROTE_AGAIN in sections_of(a_case((*ANSWERED, E.MAIL_JOINED)))
    assert S.WROTE_AGAIN not in sections_of(a_case((*ANSWERED, E.MAIL_JOINED, E.PERSON_WROTE)))


def test_whoever_did_not_ask_is_shown_until_that_is_settled() -> None:
    assert S.DENIED in sections_of(a_case((*RECOGNISED, E.DENIED)))
    assert S.DENIED not in sections_of(a_case((*RECOGNISED, E.DENIED, E.IDENTIFIED)))
    assert S.DENIED not in sections_of(a_case((*RECOGNISED, E.DENIED, E.CLOSED)))


def test_a_notice_to_a_processor_is_no_request() -> None:
    notice = a_case((*LAID, E.NOTICE_SENT), due="2026-11-20", parent="P-3K7Q9X", addressee="Host")
    digest = digest_of(notice)
    assert set(digest.counts) == {S.PROCESSORS}
    assert digest.open == 0
    assert digest.is_quiet


def a_full_digest() -> Digest:
    """One case or more in every section."""
    endings = {
        "P-DOUBT": (E.DOUBTED,),
        "P-OPEN": RECOGNISED,
        "P-LAID": LAID,
        "P-HELD": (*LAID, E.HELD_BACK),
        "P-SILENT": ATTEMPTED,
        "P-REFUSED": (*ATTEMPTED, E.SEND_REFUSED),
        "P-WAITING": (*ATTEMPTED, E.QUESTION_SENT),
        "P-ANSWERED": (*ANSWERED, E.MAIL_BOUNCED),
    }
    cases = [a_case(happened, reference=reference) for reference, happened in endings.items()]
    everything = replace(a_case(due="2026-11-20"), rights=tuple(Right), topics=tuple(Topic), reference="P-LATE")
    breach = a_case(topics=(Topic.BREACH,), rights=(), reference="P-BREACH", breach_due=NOW + timedelta(hours=5))
    unknown = a_case(due="2026-11-24", rights=(), reference="P-SOON")
    further = [
        a_case(due="2026-12-02", reference="P-COMING"),
        a_case((*RECOGNISED, E.DENIED), reference="P-DENIED"),
        a_case((*ANSWERED, E.MAIL_JOINED), reference="P-AGAIN"),
        a_case((*RECOGNISED, E.REMINDED), reference="P-TASKS", tasks=(A_TASK,)),
        a_case(reference="P-COPY", circumstances=(Circumstance.IDENTITY_COPY,)),
        a_case((*LAID, E.NOTICE_SENT), reference="P-HOST", parent="P-LATE", addressee="Host"),
    ]
    notes = {
        "failing:info": "2026-11-22T07:00:00+00:00 info: anna@example.org is refused",
        "aside:info:INBOX:7:123": "2026-11-22T08:00:00+00:00 UnicodeDecodeError",
        "paused:smtp": "2026-11-22T09:00:00+00:00",
        "missed:info:Junk:7:9": "2026-11-20T09:00:00+00:00",
        "by-hand:P-OPEN": "2026-11-22T09:00:00+00:00",
        "purged:P-GONE": "2026-11-19 2",
    }
    forged = [replace(a_case(reference=f"P-F{number}"), sender="x@example.net") for number in range(5)]
    forged = [replace(case, identity=IdentityLevel.L0) for case in forged]
    return digest_of(*cases, *further, everything, breach, unknown, *forged[:5], notes=notes)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_templates_show_every_section_every_case_and_every_kind(language: str) -> None:
    digest, texts = a_full_digest(), real_texts()
    assert set(digest.counts) == set(Section), "the sample must have every section"
    rendered = render(digest, texts, language)
    words = texts.words(language)
    kinds = [*words["right_folders"].values(), *words["topics"].values()]
    for text in (rendered.text, rendered.html):
        assert all(line.reference in text for lines in digest.cases.values() for line in lines)
        assert all(kind in text for kind in kinds)
        assert "info/INBOX" in text
    assert rendered.html.count("<table>") == rendered.html.count("<h2") == len(Section)
    headings = re.findall(r"^[^a-z\n]+ \((\d+)\)$", rendered.text, re.MULTILINE)
    assert [int(count) for count in headings] == list(digest.counts.values())


def test_the_dutch_lines_read_as_they_should() -> None:
    text = render(digest_of(a_case(due="2026-11-20"), a_case(due="2026-11-22")), real_texts(), "nl").text
    assert "- P-7K3Q9X  Inzage\n  ontvangen 2 november 2026, uiterlijk 20 november 2026 (3 dagen te laat)\n" in text
    assert "uiterlijk 22 november 2026 (1 dag te laat)\n" in text


@pytest.mark.parametrize(("language", "day"), [("nl", "20 november 2026"), ("en", "20 November 2026")])
def test_a_missed_mail_shows_its_folder_and_day(language: str, day: str) -> None:
    digest = digest_of(notes={"missed:info:Junk:7:1": "2026-11-20T09:00:00+00:00"})
    assert f"- info/Junk  1 mail, {day}\n" in render(digest, real_texts(), language).text


def test_a_breach_shows_the_hour() -> None:
    case = a_case(topics=(Topic.BREACH,), breach_due=NOW + timedelta(hours=5))
    assert "uiterlijk 23 november 2026 13:00 (vandaag)" in render(digest_of(case), real_texts(), "nl").text


@pytest.mark.parametrize("language", ["nl", "en", "de"])
def test_no_name_and_no_address_of_a_customer_is_in_it(language: str) -> None:
    rendered = render(a_full_digest(), real_texts(), language)
    for text in (rendered.subject, rendered.text, rendered.html):
        assert "@" not in re.sub(r"@media", "", text)
        assert "anna" not in text.casefold()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_needs_nothing_from_elsewhere(language: str) -> None:
    page = render(a_full_digest(), real_texts(), language).html
    assert not re.search(r"<script|<link|<img|<iframe|src=|href=|url\(|@import|https?:|\bon\w+=", page, re.IGNORECASE)
    assert page.startswith("<!DOCTYPE html>")
    assert f'<html lang="{language}">' in page
    assert "width=device-width" in page
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize(
    ("cases", "subject"),
    [
        ([], "Privacyverzoeken 23 november 2026: niets te doen"),
        ([a_case(LAID)], "Privacyverzoeken 23 november 2026: nog iets te doen"),
        ([a_case(due="2026-11-24")], "Privacyverzoeken 23 november 2026: 1 binnen een week"),
        ([a_case(due="2026-11-24"), a_case(due="2026-11-01")], "Privacyverzoeken 23 november 2026: 1 te laat"),
    ],
)
def test_the_subject_says_the_most_urgent_thing(cases: list[Case], subject: str) -> None:
    assert render(digest_of(*cases), real_texts(), "nl").subject == subject


def test_a_language_without_a_digest_gets_the_english_one() -> None:
    digest = a_full_digest()
    assert render(digest, real_texts(), "de") == render(digest, real_texts(), "en")


def test_names_of_folders_are_escaped_in_the_page() -> None:
    digest = digest_of(notes={"aside:info:<b>&:7:123": "2026-11-22T08:00:00+00:00 x"})
    assert "info/&lt;b&gt;&amp;" in render(digest, real_texts(), "en").html
