"""One case as files that a supervisory authority or a court can read without mailbot: which they are and what they say.

Values in, texts out. Where the mails lie and where the files go is no concern of this module.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mailbot.core.cases import Case, DraftRecord, DraftState, Event, EventKind, MailReference, Status
from mailbot.core.deadlines import Deadlines
from mailbot.core.lifecycle import status_of
from mailbot.core.records import record_of, record_of_row
from mailbot.core.rendering import FALLBACK_LANGUAGE, Texts, Words
from mailbot.core.retention import Row

FORMAT: Final = 1  # of case.json; grows when a field changes its meaning
README: Final = "README.txt"
FACTS: Final = "case.json"
TIMELINE: Final = "timeline.txt"
CHECKS: Final = "checks.txt"
SUMS: Final = "SHA256SUMS"
_HELD: Final = frozenset({EventKind.HELD_BACK, EventKind.SEND_REFUSED})
_NEVER_SENT: Final = frozenset({DraftState.DISCARDED, DraftState.REPLACED, DraftState.PLANNED})


class Found(StrEnum):
    """What became of a mail that the case names."""

    WHOLE = "whole"
    CUT = "cut"  # larger than what can be fetched: its beginning only
    GONE = "gone"  # neither where it lay nor in the folders that are looked through


@dataclass(frozen=True, slots=True)
class Piece:
    """A mail of the data subject, or a letter of ours."""

    file: str  # "mails/001.eml"; not written when gone
    found: Found
    letter: DraftRecord | None = None  # None: a mail that came in


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made the export, and when."""

    controller: str
    version: str  # of mailbot
    made: datetime  # aware


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case and what was found of it."""

    case: Case
    maker: Maker
    dates: Deadlines | None  # calculated again by the rules of today; None where the calendar ends
    pieces: tuple[Piece, ...]
    notices: tuple[str, ...]  # references of the processors' notices, each in its own subfolder


def mails_of(case: Case) -> tuple[tuple[str, MailReference], ...]:
    """The mails that came in, each with the file that it goes to; in the order in which they joined the case."""
    return tuple((f"mails/{number:03}.eml", mail) for number, mail in enumerate(case.mails, start=1))


def letters_of(case: Case) -> tuple[tuple[str, DraftRecord], ...]:
    """The letters that were sent, and the one that lies ready, each with its file. What was thrown away is not kept."""
    kept = [draft for draft in case.drafts if draft.state not in _NEVER_SENT]
    return tuple((f"drafts/{number:03}.eml", draft) for number, draft in enumerate(kept, start=1))


def facts(dossier: Dossier) -> str:
    """case.json: the case as the register has it, its status, and how its dates were calculated. Dates in ISO 8601."""
    case, dates = dossier.case, dossier.dates
    return _json(
        dossier.maker,
        status_of(case),
        {
            "due": case.due.isoformat(),
            "calculation": list(dates.explanation) if dates else [],
            "calculated_alike_today": _alike(case, dates) if dates else None,
            "notices": list(dossier.notices),
            "case": record_of(case),
        },
    )


def _json(maker: Maker, status: Status, told: Mapping[str, object]) -> str:
    made: dict[str, object] = {
        "format": FORMAT,
        "made": maker.made.isoformat(timespec="seconds"),
        "mailbot": maker.version,
        "controller": maker.controller,
        "status": status,
    }
    return json.dumps(made | {**told}, ensure_ascii=False, indent=2) + "\n"


def texts_of_row(row: Row, maker: Maker, zone: str, texts: Texts, language: str) -> Iterator[tuple[str, str]]:
    """The files of a case of which only the row is left, as (name, text). Raises `TemplateBroken`."""
    yield FACTS, _json(maker, Status.ANONYMISED, {"row": record_of_row(row)})
    yield README, texts.render(_spoken(texts, language), "export/row.txt", {"row": row, "maker": maker, "zone": zone})


def _spoken(texts: Texts, language: str) -> str:
    return language if texts.has(language, f"export/{README}") else FALLBACK_LANGUAGE


def _alike(case: Case, dates: Deadlines) -> bool:
    """Whether the rules of today give the dates that were recorded; the recorded ones are those that held."""
    return (case.policy_due, case.month_due, case.binding) == (dates.policy_due, dates.month_due, dates.binding)


def texts_of(dossier: Dossier, texts: Texts, language: str) -> Iterator[tuple[str, str]]:
    """The files for people, as (name, text), in a language or in English. Raises `TemplateBroken`."""
    spoken = _spoken(texts, language)
    words = texts.words(spoken)
    values = {
        "dossier": dossier,
        "case": dossier.case,
        "zone": dossier.case.zone,
        "status": status_of(dossier.case),
        "word": _words(words),
        "subject_of": _subjects(dossier.case, words),
        "held": held_back(dossier.case, words),
    }
    for name in (TIMELINE, CHECKS, README):
        yield name, texts.render(spoken, f"export/{name}", values)


@dataclass(frozen=True, slots=True)
class Held:
    """One time that a letter did not leave."""

    event: Event
    letter: str  # which kind, in words
    reasons: tuple[str, ...]  # in words


def held_back(case: Case, words: Words) -> tuple[Held, ...]:
    """What checks and the mail server held back, in order of time."""
    subjects = _subjects(case, words)
    return tuple(
        Held(event, subjects[place], tuple(words["checks"].get(code, code) for code in event.note.split(", ") if code))
        for place, event in enumerate(case.events)
        if event.kind in _HELD
    )


def _words(words: Words) -> Mapping[str, Mapping[str, str]]:
    """The words by section, where a code without a word stands for itself."""
    return {section: _OrCode(entries) for section, entries in words.items()}


class _OrCode(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


def _subjects(case: Case, words: Words) -> Mapping[int, str]:
    """What each event is about, by its place: the letter, or the system in which something was done."""
    letters = {draft.id: words["replies"].get(draft.reply, draft.reply) for draft in case.drafts}
    tasks = {task.id: f"{task.system}, {words['right_folders'].get(task.right, task.right)}" for task in case.tasks}
    return {
        place: letters.get(event.draft, "") or (tasks.get(event.note, "") if _is_task(event) else "")
        for place, event in enumerate(case.events)
    }


def _is_task(event: Event) -> bool:
    return event.kind in {EventKind.TASK_LAID, EventKind.TASK_DONE}


def sums(digests: Sequence[tuple[str, str]]) -> str:
    """SHA256SUMS, as `sha256sum -c` reads it: hex digest, two spaces, name; sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests))
