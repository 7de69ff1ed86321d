"""The shapes of the TOML files in rules/; unknown keys are refused. rules/README.md explains each key."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Conditional(_Strict):
    """When a rule or guard speaks, and the sample mails that show it (tests/test_rules.py runs them)."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    excluded: tuple[str, ...] = Field(default=(), alias="not")
    matches: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


class RuleTable(Conditional):
    """One rule; `about` only in a file that holds rules about several things."""

    weight: Annotated[float, Field(gt=0, lt=1)]  # below 1: no words prove an intention
    about: str = ""


class SignTable(Conditional):
    """One sign of a circumstance or of what a further mail does; it has no weight, since it decides nothing."""

    about: Annotated[str, Field(min_length=1)]


class GuardTable(Conditional):
    """One guard; a weight of 1 takes everything away."""

    takes_from: Annotated[tuple[str, ...], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, le=1)]
    whole_mail: bool = False


class RuleFile(_Strict):
    """rules/<language>/<right or topic>.toml."""

    about: str = ""
    rule: dict[str, RuleTable]


class SignFile(_Strict):
    """rules/<language>/circumstances.toml and follow_ups.toml."""

    sign: dict[str, SignTable]


class ServiceFile(_Strict):
    """rules/any/services.toml."""

    domains: tuple[str, ...]


class GuardFile(_Strict):
    """rules/<language>/guards.toml."""

    guard: dict[str, GuardTable]


class ConceptFile(_Strict):
    """rules/<language>/concepts.toml."""

    concept: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]


class LanguageFile(_Strict):
    """rules/<language>/language.toml."""

    name: str
    words: tuple[str, ...]
    yields: Annotated[float, Field(gt=0, le=1)] = 1.0


class ReferenceFile(_Strict):
    """rules/any/references.toml."""

    before_the_reference: tuple[str, ...]


class FormFile(_Strict):
    """rules/any/forms.toml."""

    ticked: tuple[str, ...]
    open: tuple[str, ...]
    yes: frozenset[str]
    no: frozenset[str]


LogOdds = Annotated[float, Field(ge=-20, le=20)]


class ScorerTable(_Strict):
    """How far the learned scorer is heard; part of rules/settings.toml."""

    heard: bool
    trust: Annotated[float, Field(ge=0, le=20)]
    request: LogOdds
    unclear: LogOdds
    alone_request: LogOdds
    alone_unclear: LogOdds
    naming: Annotated[float, Field(ge=0, le=20)]
    guesses: LogOdds
    names: LogOdds
    passing: LogOdds
    beside_subject: LogOdds
    topics: LogOdds
    alarms: LogOdds
    cost: Annotated[float, Field(gt=0, le=1000)]
    seen: Annotated[int, Field(ge=1)]
    lightest: Annotated[float, Field(ge=0)]


class DeskTable(_Strict):
    """How far the privacy contact's own decisions count; part of rules/settings.toml."""

    most_signs: Annotated[int, Field(ge=1, le=500)]
    alike: Annotated[float, Field(gt=0, le=1)]
    strength: Annotated[float, Field(ge=0, le=20)]
    most: Annotated[float, Field(ge=0, le=20)]


class ScorerFile(_Strict):
    """rules/learned/scorer.json: per column its bias, and by weight the signs that are worth so much."""

    texts: int
    columns: dict[str, "ColumnTable"]


class ColumnTable(_Strict):
    """What the signs of one column are worth; the keys of `worth` are weights, the signs stand apart by a bar."""

    bias: float
    worth: dict[float, str]


class SettingsFile(_Strict):
    """rules/settings.toml."""

    request: Share
    unclear: Share
    automatic: Share
    support: Share
    short_gap: Annotated[int, Field(ge=1, le=5)]
    long_gap: Annotated[int, Field(ge=1, le=15)]
    scorer: ScorerTable
    desk: DeskTable
