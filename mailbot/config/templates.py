"""Reply templates and words: read, checked for completeness, and tried once on an invented case.

A language is complete or refused, at the start and not on the day when a letter is due.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from mailbot.config.data import files, read_text
from mailbot.config.tables import read_toml
from mailbot.core.authentication import Authentication
from mailbot.core.cases import (
    TO_PROCESSOR,
    Actor,
    Case,
    Event,
    EventKind,
    Ground,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Resolution,
    Status,
    Task,
    WaitingFor,
)
from mailbot.core.checking import Check
from mailbot.core.choices import CHOICES
from mailbot.core.drafting import Controller, LetterContext, Processor, compose
from mailbot.core.errors import ConfigurationError
from mailbot.core.mail import Address
from mailbot.core.notices import Operation
from mailbot.core.rendering import Texts, Words
from mailbot.core.rights import Circumstance, Right, Topic
from mailbot.core.sender import SenderReason, SenderWarning

_WORDS_FILE: Final = "words.toml"
EXPLANATION: Final = "explanation.txt"
"""What `mailbot rules explain` says of one mail."""


def _keys(*kinds: type[StrEnum]) -> frozenset[str]:
    return frozenset(str(member) for kind in kinds for member in kind)


_LETTER_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "rights": _keys(Right),
    "topics": _keys(Topic),
    "grounds": _keys(Ground),
    "outcomes": _keys(Outcome),
    "operations": _keys(Operation),
    "reply": frozenset(
        {"locale", "subject", "subject_without_right", "subject_notice", "quoted", "held", "held_remedy"}
    ),
    "required": frozenset({"complaint", "court", "reason"}),
    "recognised": frozenset({"everything_deleted", "kept", "identity_document"}),
}
_DESK_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "statuses": _keys(Status),
    "waiting_for": _keys(WaitingFor),
    "replies": _keys(ReplyKind),
    "resolutions": _keys(Resolution),
    "circumstances": _keys(Circumstance),
    "reasons": _keys(Authentication, SenderReason),
    "warnings": _keys(SenderWarning),
    "checks": _keys(Check),
    "folders": frozenset({"root", "approved", "choose", "unclear", "yes", "no", "held", "tasks", "done", "sending"}),
    "right_folders": _keys(Right),
    "choices": frozenset(CHOICES),
    "tasks": frozenset({*_keys(Right), "confirm", "subject", "done_hint"}),
    "fallback_folders": frozenset({"drafts", "sent", "trash"}),
}
_FOLDER_SECTIONS: Final = ("folders", "right_folders", "choices")

# The authority gets no letter, so there is no block for it
_ANSWERED_TOPICS: Final = tuple(topic for topic in Topic if topic is not Topic.AUTHORITY)
_LETTERS: Final = (
    *(f"{reply}.txt" for reply in ReplyKind),
    *(f"answer/{right}.txt" for right in Right),
    *(f"answer/{topic}.txt" for topic in _ANSWERED_TOPICS),
    *(f"answer/{block}.txt" for block in ("unidentified", "refused", "partly", "no_data", "deceased", "account")),
)
_DESK_TEXTS: Final = (
    *("digest.txt", "digest.html", "task.txt", "alarm.txt", EXPLANATION),
    *("report.html", "export/README.txt", "export/row.txt", "export/timeline.txt", "export/checks.txt"),
)


def load_texts(override: Path | None = None) -> Texts:
    """All templates and words, those in `override` in place of the built-in ones of the same name.

    Raises `ConfigurationError`, one line with file, key or line, and remedy.
    """
    paths = {
        name: path
        for suffix in (".txt", ".html", _WORDS_FILE)
        for name, path in files("templates", suffix, override)
        if "/" in name  # "<language>/…"
    }
    words = {name.split("/")[0]: _words(path) for name, path in paths.items() if name.endswith(f"/{_WORDS_FILE}")}
    texts = Texts({name: read_text(path) for name, path in paths.items() if not name.endswith(".toml")}, words)
    for language in sorted({name.split("/")[0] for name in paths}):
        _require_complete(texts, language)
        _rehearse(texts, language)
    return texts


def _words(path: Path) -> Words:
    """One language's words. Those for the privacy contact are all there, or none is: a language of letters only."""
    sections = read_toml(path)
    needed = {**_LETTER_WORDS, **_DESK_WORDS} if _DESK_WORDS.keys() & sections.keys() else _LETTER_WORDS
    for section, keys in needed.items():
        _require_words(path, section, sections.get(section), keys)
    for section in _FOLDER_SECTIONS:
        _require_folder_names(path, section, sections.get(section, {}))
    return sections


def _require_words(path: Path, section: str, words: object, needed: frozenset[str]) -> None:
    if not isinstance(words, dict):
        raise ConfigurationError(f"{path}: [{section}] is missing; copy it from the words.toml that came with mailbot")
    for key in sorted(needed - words.keys()):
        raise ConfigurationError(f"{path}: [{section}] {key}: missing; add it")
    for key, word in words.items():
        if not isinstance(word, str) or not word.strip():
            raise ConfigurationError(f'{path}: [{section}] {key}: not a text; write it as {key} = "…"')


def _require_folder_names(path: Path, section: str, names: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for key, name in names.items():
        if "/" in name:
            raise ConfigurationError(f"{path}: [{section}] {key}: a folder name holds no '/'; leave it out")
        if other := seen.get(name.casefold()):
            raise ConfigurationError(f"{path}: [{section}] {key}: the same folder as {other}; give it another name")
        seen[name.casefold()] = key


def _require_complete(texts: Texts, language: str) -> None:
    if language not in texts.languages:
        raise ConfigurationError(f"templates/{language}/{_WORDS_FILE}: missing; copy and translate the one in nl or en")
    is_desk = "folders" in texts.words(language)
    for name in (*_LETTERS, *_DESK_TEXTS) if is_desk else _LETTERS:
        if not texts.has(language, name):
            raise ConfigurationError(f"templates/{language}/{name}: missing; copy and translate the one in nl or en")


# --- the rehearsal -------------------------------------------------------------------------------------------------


def _rehearse(texts: Texts, language: str) -> None:
    """Write every letter once, so that a variable that does not exist shows now. Raises `TemplateBroken`."""
    for case, context in _invented(language):
        for reply in TO_PROCESSOR if case.addressee else set(ReplyKind) - TO_PROCESSOR:
            body = compose(case, reply, context, texts).body
            if reply is ReplyKind.ANSWER and Circumstance.DECEASED not in case.circumstances and not case.addressee:
                _require_markers(body, texts.words(language)["required"], language, context.outcome)


def _require_markers(body: str, required: Mapping[str, str], language: str, outcome: Outcome) -> None:
    """An answer as it comes out of the templates must pass the check that looks for these words."""
    refuses = outcome in {Outcome.REFUSED, Outcome.PARTLY}
    for key in ("complaint", "court", "reason") if refuses else ("complaint", "court"):
        marker = required[key]
        if marker.lower() not in body.lower():
            raise ConfigurationError(
                f"templates/{language}/answer.txt: an answer must hold {marker!r} ([required] {key} in words.toml); "
                "put the sentence back"
            )


def _invented(language: str) -> Iterable[tuple[Case, LetterContext]]:
    """Cases that reach every branch of the letters."""
    known, unknown = _invented_cases(language)
    for outcome, ground in zip(Outcome, (None, Ground.LEGAL_DUTY, Ground.UNFOUNDED, Ground.MANY), strict=True):
        context = replace(_INVENTED_CONTEXT, outcome=outcome, ground=ground)
        yield from ((known, context), (unknown, context))
    for circumstance in Circumstance:
        yield replace(known, circumstances=(circumstance,)), _INVENTED_CONTEXT
    yield replace(known, circumstances=tuple(Circumstance)), replace(_INVENTED_CONTEXT, told=(), still_to_tell=())
    narrowed = Event(known.received, EventKind.NARROWED, Actor.DATA_SUBJECT)
    yield replace(known, circumstances=(Circumstance.LEAVING,), events=(narrowed,)), _INVENTED_CONTEXT
    for right in (Right.ERASURE, Right.RECTIFICATION, Right.RESTRICTION):
        notice = replace(known, rights=(right,), topics=(), parent="P-3K7Q9X", addressee="Host")
        yield notice, _INVENTED_CONTEXT
        yield replace(notice, circumstances=(Circumstance.LIFTING,)), _INVENTED_CONTEXT


def _invented_cases(language: str) -> tuple[Case, Case]:
    received = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    known = Case(
        reference="P-7K3Q9X",
        mailbox="",
        language=language,
        sender="anna@example.org",
        answer_to="anna@example.org",
        known=True,
        identity=IdentityLevel.L1,
        rights=tuple(Right),
        topics=_ANSWERED_TOPICS,
        received=received,
        zone="UTC",
        policy_due=date(2026, 12, 2),
        month_due=date(2026, 12, 2),
        binding=date(2026, 12, 2),
        work_by=date(2026, 11, 30),
        extension_due=date(2027, 2, 2),
        external_reference="A-1",
        events=(
            Event(received, EventKind.HOLD_SET, Actor.BOT),
            Event(received, EventKind.QUESTION_SENT, Actor.BOT),
            Event(received, EventKind.ANSWER_SENT, Actor.BOT),
        ),
        tasks=(Task("1", "", "Shop", "shop", Right.ERASURE, laid=True, done=received),),
    )
    return known, replace(known, known=False, identity=IdentityLevel.L0, external_reference="", events=(), tasks=())


_INVENTED_CONTEXT: Final = LetterContext(
    controller=Controller(
        "Example", Address("privacy@example.com", "Kim"), "complaints.example", "example.com/privacy"
    ),
    processors=(Processor("Host", "hosting", "mail"),),
    salutation="Anna",
    quote="Text.",
    today=date(2026, 12, 20),
    told=("Host",),
    still_to_tell=("Post",),
)
