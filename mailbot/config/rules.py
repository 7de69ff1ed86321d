"""rules/ read and checked: TOML files in, a compiled `Ruleset` out.

One file per right or topic and language, beside it the concepts, guards and small words of the language; rules/any/ is
for law words that mean the same everywhere. rules/README.md explains the files to the people who edit them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from mailbot.config.data import files
from mailbot.config.rule_files import (
    ConceptFile,
    Conditional,
    FormFile,
    GuardFile,
    LanguageFile,
    ReferenceFile,
    RuleFile,
    ServiceFile,
    SettingsFile,
    SignFile,
)
from mailbot.config.tables import line_of, read_table
from mailbot.config.training import load_scorer
from mailbot.core.errors import ConfigurationError
from mailbot.core.experience import Learning
from mailbot.core.forms import FormMarks
from mailbot.core.language import Profile
from mailbot.core.learning import Diligence
from mailbot.core.phrases import Gaps, Phrasebook, PhraseCompiler, PhraseError
from mailbot.core.rights import Circumstance, FollowUp, Right, Topic
from mailbot.core.rules import Concern, Condition, Guard, Hearing, Rule, Ruleset, Sign, Thresholds
from mailbot.core.sampling import Sample
from mailbot.core.wording import words

ANY_LANGUAGE = "any"
GENERAL = "privacy"  # what a rule about privacy in general is about
_LANGUAGE, _CONCEPTS, _GUARDS = "language.toml", "concepts.toml", "guards.toml"
_SETTINGS, _REFERENCES, _FORMS = "settings.toml", "any/references.toml", "any/forms.toml"
_SERVICES = "any/services.toml"
_SIGNS = ("circumstances.toml", "follow_ups.toml")
_SIGN_OF: Mapping[str, Circumstance | FollowUp] = {str(one): one for one in (*Circumstance, *FollowUp)}
_ABOUT: Mapping[str, Concern] = {**{str(one): one for one in (*Right, *Topic)}, GENERAL: None}
_OF_A_LANGUAGE = frozenset({_LANGUAGE, _CONCEPTS, _GUARDS, *_SIGNS, *(f"{one}.toml" for one in (*Right, *Topic))})
_READ_ELSEWHERE = ("reading", "calendar")  # how mail and days look is not classification

_File = TypeVar("_File", bound=BaseModel)


def load_rules(override: Path | None = None, *, with_scorer: bool = True) -> Ruleset:
    """All rules, compiled, and what was learned; a file in `override` replaces or joins the built-in one of its name.

    Without the scorer, or where settings.toml does not want it heard, the rules decide alone.

    Raises `ConfigurationError` in one line that names the file, the rule and key, and the remedy.
    """
    found = _rule_files(override)
    _check_complete(found)
    settings = _read(_SETTINGS, found, SettingsFile)
    ruleset = _Compilation(found, settings).ruleset()
    return replace(ruleset, scorer=load_scorer(override)) if with_scorer and settings.scorer.heard else ruleset


def load_diligence(override: Path | None = None) -> Diligence:
    """How the scorer learns. Raises `ConfigurationError`."""
    scorer = _read(_SETTINGS, _rule_files(override), SettingsFile).scorer
    return Diligence(scorer.cost, scorer.seen, scorer.lightest)


def load_samples(override: Path | None = None) -> tuple[Sample, ...]:
    """The sample mails of every rule and guard, in the order of the files. Raises `ConfigurationError`."""
    found = _rule_files(override)
    return tuple(sample for relative in _with_samples(found) for sample in _samples(relative, found))


def language_of(relative: str) -> str:
    """The language folder of a rule file or rule id: `nl` of `nl/erasure.toml`."""
    return relative.partition("/")[0]


def _rule_files(override: Path | None) -> dict[str, Path]:
    return {
        relative: path
        for relative, path in files("rules", ".toml", override)
        if language_of(relative).removesuffix(".toml") not in _READ_ELSEWHERE
    }


def _check_complete(found: Mapping[str, Path]) -> None:
    for language in sorted({language_of(relative) for relative in found if "/" in relative} - {ANY_LANGUAGE}):
        present = {relative.partition("/")[2] for relative in found if language_of(relative) == language}
        missing = sorted(_OF_A_LANGUAGE - present)
        # A language that is only recognised has nothing but its small words.
        if missing and present != {_LANGUAGE}:
            raise ConfigurationError(f"rules/{language}/: {', '.join(missing)} missing; a language needs all its files")


def _read(relative: str, found: Mapping[str, Path], shape: type[_File]) -> _File:
    if relative not in found:
        raise ConfigurationError(f"rules/{relative} is missing: put it back or install mailbot again")
    return read_table(found[relative], shape)


def _with_samples(found: Mapping[str, Path]) -> Iterator[str]:
    others = {_LANGUAGE, _CONCEPTS, *(one.partition("/")[2] for one in (_REFERENCES, _FORMS, _SERVICES))}
    return (relative for relative in found if "/" in relative and relative.rpartition("/")[2] not in others)


def _tables(relative: str, found: Mapping[str, Path]) -> Mapping[str, Conditional]:
    if relative.endswith(f"/{_GUARDS}"):
        return _read(relative, found, GuardFile).guard
    if _holds_signs(relative):
        return _read(relative, found, SignFile).sign
    return _read(relative, found, RuleFile).rule


def _samples(relative: str, found: Mapping[str, Path]) -> Iterator[Sample]:
    for name, table in _tables(relative, found).items():
        for text in table.matches:
            yield Sample(_id(relative, name), text, speaks=True)
        for text in table.no_match:
            yield Sample(_id(relative, name), text, speaks=False)


def _holds_signs(relative: str) -> bool:
    return relative.rpartition("/")[2] in _SIGNS


def _id(relative: str, name: str) -> str:
    return f"{relative.removesuffix('.toml')}/{name}"


class _Compilation:
    """Gives every phrase its number while the files are read."""

    def __init__(self, found: Mapping[str, Path], settings: SettingsFile) -> None:
        self._found = found
        self._settings = settings
        self._gaps = Gaps(short=settings.short_gap, long=settings.long_gap)
        self._numbers: dict[bytes, int] = {}
        self._compilers: dict[str, PhraseCompiler] = {}

    def ruleset(self) -> Ruleset:
        rules = tuple(rule for relative in _with_samples(self._found) for rule in self._rules(relative))
        guards = tuple(guard for relative in _with_samples(self._found) for guard in self._guards(relative))
        signs = tuple(sign for relative in _with_samples(self._found) for sign in self._signs(relative))
        references = self._references()
        concepts = dict(self._concepts())
        return Ruleset(
            rules=rules,
            guards=guards,
            references=references,
            forms=FormMarks(**_read(_FORMS, self._found, FormFile).model_dump()),
            phrasebook=Phrasebook(tuple(self._numbers)),
            thresholds=self._thresholds(),
            profiles=self._profiles(),
            concepts=concepts,
            signs=signs,
            services=frozenset(map(str.lower, _read(_SERVICES, self._found, ServiceFile).domains)),
        )

    def _rules(self, relative: str) -> Iterator[Rule]:
        if relative.endswith(f"/{_GUARDS}") or _holds_signs(relative):
            return
        file = _read(relative, self._found, RuleFile)
        stem = relative.removesuffix(".toml").rpartition("/")[2]
        for name, table in file.rule.items():
            about = self._about(table.about or file.about or stem, relative, name)
            yield Rule(_id(relative, name), about, table.weight, self._condition(table, relative, name))

    def _guards(self, relative: str) -> Iterator[Guard]:
        if not relative.endswith(f"/{_GUARDS}"):
            return
        for name, table in _read(relative, self._found, GuardFile).guard.items():
            takes_from = frozenset(self._about(one, relative, name) for one in table.takes_from)
            condition = self._condition(table, relative, name)
            yield Guard(_id(relative, name), takes_from, table.weight, condition, table.whole_mail)

    def _signs(self, relative: str) -> Iterator[Sign]:
        for name, table in _read(relative, self._found, SignFile).sign.items() if _holds_signs(relative) else ():
            if table.about not in _SIGN_OF:
                known = ", ".join(sorted(_SIGN_OF))
                place = self._place(relative, name)
                raise ConfigurationError(f"{place}: {table.about!r} is no circumstance; choose from {known}")
            yield Sign(_id(relative, name), _SIGN_OF[table.about], self._condition(table, relative, name))

    def _about(self, name: str, relative: str, rule: str) -> Concern:
        if name not in _ABOUT:
            place = self._place(relative, rule)
            raise ConfigurationError(f"{place}: {name!r} is no right or topic; choose from {', '.join(sorted(_ABOUT))}")
        return _ABOUT[name]

    def _condition(self, table: Conditional, relative: str, name: str) -> Condition:
        if not (table.any or table.all):
            raise ConfigurationError(f"{self._place(relative, name)}: add phrases under the key any or all")
        written = (table.any, table.all, table.near, table.excluded)
        any_of, all_of, near, excluded = (
            tuple(self._number(phrase, relative, name) for phrase in phrases) for phrases in written
        )
        return Condition(any_of, all_of, near, excluded)

    def _place(self, relative: str, name: str) -> str:
        """File, line and name of a rule, guard or concept, for a message."""
        path = self._found[relative]
        lines = (line_of(path, (table, name)) for table in ("rule", "guard", "concept", "sign"))
        at = next((line for line in lines if line), None)
        return f"{path}: {f'line {at}: ' if at else ''}{name}"

    def _number(self, phrase: str, relative: str, name: str) -> int:
        try:
            expression = self._compiler(language_of(relative)).expression(phrase)
        except PhraseError as error:
            raise ConfigurationError(f"{self._place(relative, name)}: {error}") from error
        return self._numbers.setdefault(expression, len(self._numbers))

    def _compiler(self, language: str) -> PhraseCompiler:
        if language not in self._compilers:
            relative = f"{language}/{_CONCEPTS}"
            concepts = _read(relative, self._found, ConceptFile).concept
            self._compilers[language] = PhraseCompiler(concepts, self._gaps)
        return self._compilers[language]

    def _references(self) -> tuple[int, ...]:
        phrases = _read(_REFERENCES, self._found, ReferenceFile).before_the_reference
        return tuple(self._number(phrase, _REFERENCES, "before_the_reference") for phrase in phrases)

    def _concepts(self) -> Iterator[tuple[int, str]]:
        """Every concept as a phrase of its own; one that two languages share counts as the same."""
        for relative in self._found:
            if relative.endswith(f"/{_CONCEPTS}"):
                for name in _read(relative, self._found, ConceptFile).concept:
                    yield self._number(f"<{name}>", relative, name), name

    def _thresholds(self) -> Thresholds:
        one, scorer = self._settings, self._settings.scorer
        hearing = Hearing(
            trust=scorer.trust,
            request=scorer.request,
            unclear=scorer.unclear,
            alone_request=scorer.alone_request,
            alone_unclear=scorer.alone_unclear,
            naming=scorer.naming,
            guesses=scorer.guesses,
            names=scorer.names,
            passing=scorer.passing,
            beside_subject=scorer.beside_subject,
            topics=scorer.topics,
            alarms=scorer.alarms,
        )
        learning = Learning(**one.desk.model_dump())
        return Thresholds(one.request, one.unclear, one.automatic, one.support, hearing, learning)

    def _profiles(self) -> dict[str, Profile]:
        files = (relative for relative in self._found if relative.endswith(f"/{_LANGUAGE}"))
        return {language_of(relative): _profile(_read(relative, self._found, LanguageFile)) for relative in files}


def _profile(file: LanguageFile) -> Profile:
    return Profile(frozenset(words(" ".join(file.words))), file.yields)
