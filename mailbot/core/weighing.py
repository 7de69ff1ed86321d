"""How much each right and topic is spoken for, after the guards have taken their share."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log1p, prod

from mailbot.core.rights import Topic
from mailbot.core.rules import Concern, Firing, Guard, Rule, Ruleset, Sentences, Thresholds


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired, with what the guards left of its weight; weight 0 is a near miss."""

    rule: Rule
    firing: Firing
    weight: float


@dataclass(frozen=True, slots=True)
class Guarded:
    """A guard that spoke."""

    guard: Guard
    firing: Firing


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that spoke in one mail, strongest first; of each rule the strongest hit only."""

    hits: tuple[Hit, ...]
    misses: tuple[Hit, ...]
    guards: tuple[Guarded, ...]

    def scores(self, thresholds: Thresholds) -> dict[Concern, float]:
        """0 to 1 for everything that was spoken for: independent signs add up as chances do (noisy-or).

        Signs of privacy in general strengthen a right that has some support of its own.
        """
        concerns = {hit.rule.about for hit in self.hits}
        own = {concern: self._score(concern) for concern in concerns}
        general = own.get(None, 0.0)
        return {
            concern: 1 - (1 - score) * (1 - general) if concern is not None and score >= thresholds.support else score
            for concern, score in own.items()
        }

    @property
    def explained(self) -> frozenset[Concern]:
        """What the guards explain: rights by guards over the whole mail, topics by any, since those come in passing."""
        return frozenset(
            concern
            for one in self.guards
            for concern in one.guard.takes_from
            if one.guard.whole_mail or isinstance(concern, Topic)
        )

    def named_before(self, offset: int, support: float) -> frozenset[Concern]:
        """What a rule of at least this weight names before an offset into the row: in the subject, say."""
        return frozenset(hit.rule.about for hit in self.hits if hit.firing.start < offset and hit.weight >= support)

    def strongest_first(self, concerns: Iterable[Concern], subject_ends: int) -> list[Concern]:
        """What the subject names, then by the weight that speaks for it; of equals the one that is named first.

        `subject_ends` is an offset into the row. People put what they want above all into the subject.
        """

        def rank(concern: Concern) -> tuple[bool, float, int]:
            named = self._first_named(concern)
            return (named >= subject_ends, -self._strength(concern), named)

        return sorted(concerns, key=rank)

    def _of(self, concern: Concern) -> list[Hit]:
        return [hit for hit in self.hits if hit.rule.about == concern]

    def _score(self, concern: Concern) -> float:
        return 1 - prod(1 - hit.weight for hit in self._of(concern))

    def _strength(self, concern: Concern) -> float:
        # The same sum as the score, but it still tells apart what is nearly certain.
        return round(-sum(log1p(-hit.weight) for hit in self._of(concern)), 6)

    def _first_named(self, concern: Concern) -> int:
        return min(hit.firing.start for hit in self._of(concern))


def weigh(ruleset: Ruleset, sentences: Sentences) -> Weighed:
    """Let every rule and guard speak; linear in the number of sentences."""
    heard = [(rule, firing) for rule in ruleset.rules for firing in sentences.firings(rule.condition)]
    guards = _guards(ruleset, sentences, heard)
    guarding = _Guarding(guards)
    strongest: dict[str, Hit] = {}
    for rule, firing in heard:
        hit = Hit(rule, firing, _weight(rule, firing, guarding))
        if rule.id not in strongest or hit.weight > strongest[rule.id].weight:
            strongest[rule.id] = hit
    hits = sorted(strongest.values(), key=lambda hit: (-hit.weight, hit.firing.start))
    return Weighed(
        hits=tuple(hit for hit in hits if hit.weight > 0),
        misses=tuple(hit for hit in hits if hit.weight == 0),
        guards=tuple(guards),
    )


def _guards(ruleset: Ruleset, sentences: Sentences, heard: Iterable[tuple[Rule, Firing]]) -> list[Guarded]:
    """The guards that spoke where there was something to take."""
    concerns: dict[int | None, set[Concern]] = {None: set()}
    for rule, firing in heard:
        concerns[None].add(rule.about)
        concerns.setdefault(firing.sentence, set()).add(rule.about)
    return [
        Guarded(guard, firing)
        for guard in ruleset.guards
        for firing in sentences.firings(guard.condition)
        if not firing.missed
        and guard.takes_from & concerns.get(None if guard.whole_mail else firing.sentence, frozenset())
    ]


class _Guarding:
    def __init__(self, guards: Iterable[Guarded]) -> None:
        self._whole_mail: dict[str, Guard] = {}
        self._by_sentence: dict[int, dict[str, Guard]] = {}
        for guarded in guards:
            guard = guarded.guard
            place = self._whole_mail if guard.whole_mail else self._by_sentence.setdefault(guarded.firing.sentence, {})
            place[guard.id] = guard

    def leaves(self, concern: Concern, sentence: int) -> float:
        """The share of a rule's weight that stays."""
        here = self._whole_mail | self._by_sentence.get(sentence, {})
        return prod(1 - guard.weight for guard in here.values() if concern in guard.takes_from)


def _weight(rule: Rule, firing: Firing, guarding: _Guarding) -> float:
    return 0.0 if firing.missed else round(rule.weight * guarding.leaves(rule.about, firing.sentence), 3)
