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
from mailbot.core.cases import Case, IdentityLevel, ReplyKind, Resolution, Status, WaitingFor
from mailbot.core.checking import Check
from mailbot.core.drafting import Controller, LetterContext, Processor, compose
from mailbot.core.errors import ConfigurationError
from mailbot.core.mail import Address
from mailbot.core.rendering import Texts, Words
from mailbot.core.rights import Right, Topic
from mailbot.core.sender import SenderReason, SenderWarning

_WORDS_FILE: Final = "words.toml"
EXPLANATION: Final = "explanation.txt"
"""What `mailbot rules explain` says of one mail."""


def _keys(*kinds: type[StrEnum]) -> frozenset[str]:
    return frozenset(str(member) for kind in kinds for member in kind)


_NEEDED_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "rights": _keys(Right),
    "topics": _keys(Topic),
    "statuses": _keys(Status),
    "waiting_for": _keys(WaitingFor),
    "replies": _keys(ReplyKind),
    "resolutions": _keys(Resolution),
    "reasons": _keys(Authentication, SenderReason),
    "warnings": _keys(SenderWarning),
    "checks": _keys(Check),
    "folders": frozenset({"root", "approved", "unclear", "yes", "no", "held", "sending"}),
    "right_folders": _keys(Right),
    "fallback_folders": frozenset({"drafts", "sent", "trash"}),
    "reply": frozenset({"locale", "subject", "subject_without_right", "quoted", "held", "held_remedy"}),
    "required": frozenset({"complaint", "court"}),
}
_FOLDER_SECTIONS: Final = ("folders", "right_folders")

# The authority gets no letter, so there is no block for it
_ANSWERED_TOPICS: Final = tuple(topic for topic in Topic if topic is not Topic.AUTHORITY)
_NEEDED_TEMPLATES: Final = (
    *(f"{reply}.txt" for reply in ReplyKind),
    *(f"answer/{right}.txt" for right in Right),
    *(f"answer/{topic}.txt" for topic in _ANSWERED_TOPICS),
    "answer/unidentified.txt",
    "digest.txt",
    "digest.html",
    EXPLANATION,
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
    sections = read_toml(path)
    for section, needed in _NEEDED_WORDS.items():
        _require_words(path, section, sections.get(section), needed)
    for section in _FOLDER_SECTIONS:
        _require_folder_names(path, section, sections[section])
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
    for name in _NEEDED_TEMPLATES:
        if not texts.has(language, name):
            raise ConfigurationError(f"templates/{language}/{name}: missing; copy and translate the one in nl or en")


# --- the rehearsal -------------------------------------------------------------------------------------------------


def _rehearse(texts: Texts, language: str) -> None:
    """Write every letter once, so that a variable that does not exist shows now. Raises `TemplateBroken`."""
    for case in _invented_cases(language):
        for reply in ReplyKind:
            body = compose(case, reply, _INVENTED_CONTEXT, texts).body
            if reply is ReplyKind.ANSWER:
                _require_markers(body, texts.words(language)["required"], language)


def _require_markers(body: str, required: Mapping[str, str], language: str) -> None:
    """An answer as it comes out of the templates must pass the check that looks for these words."""
    for key, marker in required.items():
        if marker.lower() not in body.lower():
            raise ConfigurationError(
                f"templates/{language}/answer.txt: an answer must hold {marker!r} ([required] {key} in words.toml); "
                "put the sentence back"
            )


def _invented_cases(language: str) -> Iterable[Case]:
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
    )
    return known, replace(known, known=False, identity=IdentityLevel.L0, external_reference="")


_INVENTED_CONTEXT: Final = LetterContext(
    controller=Controller(
        "Example", Address("privacy@example.com", "Kim"), "complaints.example", "example.com/privacy"
    ),
    processors=(Processor("Host", "hosting", "mail"),),
    salutation="Anna",
    quote="Text.",
)
