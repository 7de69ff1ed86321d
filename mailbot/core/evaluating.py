"""How well the rules do on labelled mails: labels and classifications in, measures out. Reads no files."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailbot.core.classifying import Classification
from mailbot.core.rights import Decision, Right, Topic

NO_REQUEST = "none"
OTHER = "other_privacy"  # about privacy, but no right or topic of ours: must only be noticed
AMBIGUOUS = "ambiguous"  # reasonable people differ: not scored
LABELS = frozenset({NO_REQUEST, OTHER, *map(str, Right), *map(str, Topic)})


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says a mail is."""

    file: str
    language: str
    labels: tuple[str, ...]  # of LABELS, the primary one first
    difficulty: str = ""

    @property
    def is_request(self) -> bool:
        """Whether a person must see this mail."""
        return NO_REQUEST not in self.labels

    @property
    def rights(self) -> tuple[str, ...]:
        """The rights among the labels, the primary one first."""
        return tuple(label for label in self.labels if label in set(Right))

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics among the labels."""
        return tuple(label for label in self.labels if label in set(Topic))


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled mail with what the rules made of it."""

    label: Label
    found: Classification


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `value` is None of nothing."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1, in three decimals."""
        return round(self.hits / self.of, 3) if self.of else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well one right, or all of them together, was named."""

    right: int  # named and labelled
    wrong: int  # named, not labelled
    missed: int  # labelled, not named

    @property
    def precision(self) -> Share:
        """Of what was named, the part that was labelled."""
        return Share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Share:
        """Of what was labelled, the part that was named."""
        return Share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; summed over rights this is micro-F1."""
        return Share(2 * self.right, 2 * self.right + self.wrong + self.missed).value


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures for one set of mails."""

    mails: int
    caught: Share  # requests that were not called none
    decided: Share  # requests that were called request
    false_request: Share  # ordinary mails that were called request
    false_unclear: Share  # ordinary mails that were left to a person
    left_to_a_person: Share  # mails of any kind called unclear
    primary_right: Share  # mails with a right whose primary one is among those named
    primary_first: Share  # and is named first
    language: Share
    all_rights: Agreement
    rights: dict[Right, Agreement]
    topics: dict[Topic, Share]  # recall
    confusion: dict[str, dict[str, int]]  # primary label -> what was named first instead or rightly, how often


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures, the same per language, and the mails that went wrong."""

    overall: Measures
    languages: dict[str, Measures]
    errors: tuple[Judged, ...]
    not_scored: int


def evaluate(judged: Iterable[Judged], *, later_labels_optional: bool = False) -> Evaluation:
    """Compare. With `later_labels_optional` only the primary right need be named; the others neither count nor harm."""
    given = tuple(judged)
    scored = tuple(one for one in given if one.label.difficulty != AMBIGUOUS)
    languages = sorted({one.label.language for one in scored})
    return Evaluation(
        overall=_measure(scored, later_labels_optional),
        languages={
            language: _measure([one for one in scored if one.label.language == language], later_labels_optional)
            for language in languages
        },
        errors=tuple(one for one in scored if _is_wrong(one, later_labels_optional)),
        not_scored=len(given) - len(scored),
    )


def _measure(judged: Sequence[Judged], later_optional: bool) -> Measures:
    requests = [one for one in judged if one.label.is_request]
    ordinary = [one for one in judged if not one.label.is_request]
    with_right = [one for one in requests if one.label.rights]
    rights = _agreements(judged, later_optional)
    return Measures(
        mails=len(judged),
        caught=_share(one.found.decision is not Decision.NONE for one in requests),
        decided=_share(one.found.decision is Decision.REQUEST for one in requests),
        false_request=_share(one.found.decision is Decision.REQUEST for one in ordinary),
        false_unclear=_share(one.found.decision is Decision.UNCLEAR for one in ordinary),
        left_to_a_person=_share(one.found.decision is Decision.UNCLEAR for one in judged),
        primary_right=_share(one.label.rights[0] in one.found.rights for one in with_right),
        primary_first=_share(one.found.rights[:1] == one.label.rights[:1] for one in with_right),
        language=_share(one.found.language == one.label.language for one in judged),
        all_rights=Agreement(
            sum(one.right for one in rights.values()),
            sum(one.wrong for one in rights.values()),
            sum(one.missed for one in rights.values()),
        ),
        rights=rights,
        topics={
            topic: _share(topic in one.found.topics for one in requests if topic in one.label.labels)
            for topic in Topic
        },
        confusion=_confusion(judged),
    )  # fmt: skip


def _confusion(judged: Iterable[Judged]) -> dict[str, dict[str, int]]:
    """For every primary right, and for mail that names none, what was named first ("none": nothing)."""
    counted: dict[str, Counter[str]] = {}
    for one in judged:
        wanted = one.label.rights[0] if one.label.rights else NO_REQUEST
        counted.setdefault(wanted, Counter())[one.found.rights[0] if one.found.rights else NO_REQUEST] += 1
    return {wanted: dict(counted[wanted].most_common()) for wanted in sorted(counted)}


def _share(answers: Iterable[bool]) -> Share:
    counted = Counter(answers)
    return Share(counted[True], counted.total())


def _agreements(judged: Sequence[Judged], later_optional: bool) -> dict[Right, Agreement]:
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for one in judged:
        named, wanted, allowed = set(one.found.rights), _wanted(one.label, later_optional), set(one.label.rights)
        right.update(named & wanted)
        wrong.update(named - allowed)
        missed.update(wanted - named)
    return {each: Agreement(right[each], wrong[each], missed[each]) for each in Right}


def _wanted(label: Label, later_optional: bool) -> set[str]:
    return set(label.rights[:1] if later_optional else label.rights)


def _is_wrong(one: Judged, later_optional: bool) -> bool:
    if not one.label.is_request:
        return one.found.decision is not Decision.NONE
    named = set(one.found.rights)
    return (
        one.found.decision is not Decision.REQUEST
        or one.found.rights[:1] != one.label.rights[:1]
        or not _wanted(one.label, later_optional) <= named <= set(one.label.rights)
        or not set(one.label.topics) <= set(one.found.topics)
    )
