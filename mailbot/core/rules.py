"""What a rule is, and where in a text it fires. The rules themselves are data (`rules/`, read by `config.rules`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailbot.core.experience import Learning
from mailbot.core.forms import FormMarks
from mailbot.core.language import Profile
from mailbot.core.phrases import Finding, Phrasebook
from mailbot.core.rights import Circumstance, FollowUp, Right, Topic
from mailbot.core.scoring import ConceptsFound, Scorer
from mailbot.core.wording import Wording

Concern = Right | Topic | None
"""What a rule speaks for; None is privacy in general, which alone never makes a request."""

Found = Mapping[int, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule fires, in numbers of phrases of the phrasebook; tested for each sentence."""

    any: tuple[int, ...] = ()  # one of these
    all: tuple[int, ...] = ()  # and each of these, in any order
    near: tuple[int, ...] = ()  # and each of these, here or in the sentence before or after
    excluded: tuple[int, ...] = ()  # and none of these


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of a right or topic."""

    id: str  # file and name, "nl/erasure/my_data"
    about: Concern
    weight: float  # 0 to 1: how sure this sign alone makes
    condition: Condition


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a circumstance, or of what a further mail in a thread does; it decides nothing about a request."""

    id: str
    about: Circumstance | FollowUp
    condition: Condition


@dataclass(frozen=True, slots=True)
class Guard:
    """Words that only look like privacy: the share `weight` of what `takes_from` found there is taken away."""

    id: str
    takes_from: frozenset[Concern]
    weight: float
    condition: Condition
    whole_mail: bool = False  # else only in the sentence where it was found


@dataclass(frozen=True, slots=True)
class Hearing:
    """How far the learned scorer is heard beside the rules, in log-odds; reasons in rules/settings.toml."""

    trust: float  # what a score of 1 by the rules adds to the scorer's log-odds
    request: float  # the sum from which on a mail is a request
    unclear: float  # and from which on a person must look
    alone_request: float  # the same where the rules are as good as silent
    alone_unclear: float
    naming: float  # what a score of 1 by the rules adds to a right or topic when it comes to naming them
    guesses: float  # the sum from which on the likeliest right is named
    names: float  # and any further one
    passing: float  # how far below the likeliest one a further right lies that is only mentioned in passing
    beside_subject: float  # the sum from which on a right is named when the subject names only another
    topics: float  # the sum from which on a topic is named
    alarms: float  # the same for a breach and for an authority's letter, which change what happens next


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From rules/settings.toml, where each has its reason."""

    request: float  # from here on a right or topic counts
    unclear: float  # from here on a person must look
    automatic: float  # what an automatic message must reach before a person looks at it
    support: float  # what a right must have of its own before signs of privacy in general strengthen it
    hearing: Hearing
    learning: Learning  # what the privacy contact's own decisions count for


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Everything that the classification knows, compiled once; never changes."""

    rules: tuple[Rule, ...]
    guards: tuple[Guard, ...]
    references: tuple[int, ...]  # phrases after which a requester tool's own reference stands
    phrasebook: Phrasebook
    thresholds: Thresholds
    profiles: Mapping[str, Profile]  # what each language is recognised by
    forms: FormMarks = field(default_factory=FormMarks)  # how options of a form are marked
    concepts: Mapping[int, str] = field(default_factory=dict)  # phrases that are one concept; the scorer's signs
    signs: tuple[Sign, ...] = ()
    services: frozenset[str] = frozenset()  # domains of requester services, lower case
    scorer: Scorer | None = None  # None: the rules decide alone


@dataclass(frozen=True, slots=True)
class Firing:
    """A condition that holds, or but for one thing holds (`missed`), in one sentence."""

    sentence: int
    start: int  # offsets into the row
    end: int
    missed: bool = False


class Sentences:
    """What was found in one text, by sentence; answers where a condition holds."""

    def __init__(self, text: Wording, found: Found) -> None:
        self._by_phrase = {number: _by_sentence(text, findings) for number, findings in found.items()}

    def firings(self, condition: Condition) -> Iterator[Firing]:
        """Every sentence where the condition holds or is a near miss, in the order of the text."""
        for sentence in sorted(self._sentences(condition)):
            firing = self._firing(condition, sentence)
            if firing is not None:
                yield firing

    def concepts(self, names: Mapping[int, str]) -> ConceptsFound:
        """The concepts (by number of their phrase) of every sentence, with their offset into the row."""
        found: dict[int, dict[str, int]] = {}
        for number in names.keys() & self._by_phrase.keys():
            for sentence, finding in self._by_phrase[number].items():
                found.setdefault(sentence, {}).setdefault(names[number], finding.start)
        return found

    def _sentences(self, condition: Condition) -> set[int]:
        # What belongs to `all` is often a plain "my": alone it is no near miss.
        return {sentence for number in condition.any or condition.all for sentence in self._by_phrase.get(number, ())}

    def _firing(self, condition: Condition, sentence: int) -> Firing | None:
        here = [self._here(number, sentence) for number in condition.all]
        if condition.any:
            here.append(next((found for number in condition.any if (found := self._here(number, sentence))), None))
        nearby = [self._nearby(number, sentence) for number in condition.near]
        lacking = here.count(None) + nearby.count(False)
        present = [finding for finding in here if finding is not None]
        if not present or lacking > min(1, len(here) + len(nearby) - 1):
            return None
        missed = lacking > 0 or any(self._here(number, sentence) for number in condition.excluded)
        return Firing(sentence, min(one.start for one in present), max(one.end for one in present), missed)

    def _here(self, number: int, sentence: int) -> Finding | None:
        return self._by_phrase.get(number, {}).get(sentence)

    def _nearby(self, number: int, sentence: int) -> bool:
        return any(self._here(number, neighbour) for neighbour in (sentence - 1, sentence, sentence + 1))


def _by_sentence(text: Wording, findings: tuple[Finding, ...]) -> dict[int, Finding]:
    first: dict[int, Finding] = {}
    for finding in findings:
        first.setdefault(text.sentence_at(finding.start), finding)
    return first
