from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from case_files import MORNING, a_case, after

from mailbot.core.cases import Case, EventKind, IdentityLevel
from mailbot.core.deciding import Intent, JoinCase, NoteBounce, OpenCase, PassOver
from mailbot.core.folders import FolderEntry
from mailbot.core.mail import Placement, placed
from mailbot.core.rights import FollowUp
from mailbot.core.sweeping import (
    SentMail,
    answered_by_hand,
    is_missed,
    sent_mail,
    sweep_due,
)

ZONE = "Europe/Amsterdam"
LATER = MORNING + timedelta(days=2)
JAN = frozenset({"jan@example.org"})


@pytest.mark.parametrize(
    ("now", "settled", "is_due"),
    [
        ("2026-11-23T01:59", "2026-11-22", False),
        ("2026-11-23T02:00", "2026-11-22", True),
        ("2026-11-23T02:00", "2026-11-23", False),
        ("2026-11-23T23:59", "2026-11-23", False),
        ("2026-11-24T00:30", "2026-11-23", False),
        ("2026-11-23T15:00", None, True),  # the bot first runs in the afternoon
        ("2026-11-23T15:00", "2026-11-20", True),
        ("2026-11-23T15:00", "2031-01-01", True),  # a clock that once ran ahead
    ],
)
def test_the_mailboxes_are_swept_once_a_night(now: str, settled: str | None, is_due: bool) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    assert sweep_due(moment, ZONE, date.fromisoformat(settled) if settled else None) is is_due


@pytest.mark.parametrize("folder", ["INBOX", "INBOX/Junk", "Post: oud", "a:b:1:2"])
def test_the_place_of_a_missed_mail_comes_back_from_its_note(folder: str) -> None:
    place = Placement("info", folder, 7, 123)
    assert placed(place.key) == place


@pytest.mark.parametrize(
    ("intent", "missed"),
    [
        (OpenCase(EventKind.RECOGNISED, (), (), ""), True),
        (OpenCase(EventKind.DOUBTED, (), (), ""), True),
        (JoinCase("P-7K3Q9X", IdentityLevel.L1), True),  # an answer to our question, in the spam folder
        (JoinCase("P-7K3Q9X", IdentityLevel.L1, FollowUp.THANKS), False),
        (NoteBounce("P-7K3Q9X"), True),
        (PassOver(), False),
    ],
)
def test_what_would_have_changed_something_is_missed(intent: Intent, missed: bool) -> None:
    assert is_missed([intent]) is missed


def entry(**headers: str) -> FolderEntry:
    return FolderEntry(1, tuple((name.replace("_", "-"), value) for name, value in headers.items()), 100, LATER)


TOKEN = f"<P-7K3Q9X.{'0' * 32}@example.com>"


@pytest.mark.parametrize(
    "ours",
    [{"references": f"<a@example.org> {TOKEN}"}, {"in_reply_to": TOKEN}, {"message_id": TOKEN}],
)
def test_a_letter_of_the_bot_or_in_its_thread_is_no_answer_by_hand(ours: dict[str, str]) -> None:
    assert sent_mail(entry(**ours), ["jan@example.org"]) is None


def test_any_other_mail_in_sent_may_be_one() -> None:
    mail = sent_mail(entry(references="<a@example.org>", message_id="<b@example.com>"), ["Jan@Example.org", "", "odd"])
    assert mail == SentMail(LATER, JAN)


def waiting(*kinds: EventKind) -> Case:
    return after(a_case(), *kinds)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (waiting(), True),
        (waiting(EventKind.QUESTION_SENT), True),
        (waiting(EventKind.ANSWER_SENT), False),
        (waiting(EventKind.CLOSED), False),
        (replace(waiting(), parent="P-CCCCCC", addressee="Pakketdienst Voorbeeld"), False),
        (replace(waiting(), sender="other@example.org"), True),  # it went to the address on file
        (replace(waiting(), sender="other@example.org", answer_to=""), False),
    ],
)
def test_an_answer_by_hand_is_looked_for_where_one_is_owed(case: Case, found: bool) -> None:
    assert answered_by_hand([case], [SentMail(LATER, JAN)]) == ({"P-7K3Q9X": LATER} if found else {})


@pytest.mark.parametrize(
    ("sent", "found"),
    [(MORNING - timedelta(hours=1), False), (MORNING, False), (MORNING + timedelta(minutes=1), True)],
)
def test_only_a_mail_after_the_last_one_of_the_person_answers_it(sent: datetime, found: bool) -> None:
    assert bool(answered_by_hand([waiting()], [SentMail(sent, JAN)])) is found
    asks_again = after(waiting(), EventKind.MAIL_JOINED, at=MORNING + timedelta(hours=1))
    assert answered_by_hand([asks_again], [SentMail(sent, JAN)]) == {}


def test_the_latest_of_several_answers_counts() -> None:
    mails = [SentMail(LATER, JAN), SentMail(LATER + timedelta(days=1), JAN), SentMail(LATER, JAN)]
    assert answered_by_hand([waiting()], mails) == {"P-7K3Q9X": LATER + timedelta(days=1)}
