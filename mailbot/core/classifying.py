"""Rules and a `Mail` in, a `Classification` out: rights, decision, and the evidence for it.

What the rules say is data: nothing here knows a language. The weights of the rules that speak for one right add up as
independent signs do (noisy-or); a guard takes its share away first. Nothing is decided about the mail itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailbot.core.language import detect_language
from mailbot.core.mail import Mail
from mailbot.core.rights import Decision, Right, Topic
from mailbot.core.rules import Concern, Firing, Found, Ruleset, Sentences, Thresholds
from mailbot.core.weighing import weigh
from mailbot.core.wording import Wording, normalised, wording, words

_APART = "\n\n"  # a blank line ends a sentence
_REFERENCE = re.compile(r"[\s:#.]{0,5}([A-Za-z0-9][\w./-]{2,38}[A-Za-z0-9])")
_MISSES_SHOWN = 10


class Place(StrEnum):
    """Which text of the mail a piece of evidence comes from."""

    SUBJECT = "subject"
    TEXT = "text"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule that spoke: a hit, a guard that took weight away, or a near miss (weight 0)."""

    rule: str
    text: str  # what was found, at most 120 characters; a mail's text, so never logged
    weight: float
    place: Place = Place.TEXT


@dataclass(frozen=True, slots=True)
class Classification:
    """What a mail is taken to be, and why. `rights` and `topics` have the primary one first."""

    decision: Decision
    rights: tuple[Right, ...]
    topics: tuple[Topic, ...]
    language: str  # ISO 639-1, of the new text; "" when it cannot be told
    score: float  # 0 to 1, of the strongest right or topic
    evidence: tuple[Evidence, ...]  # hits, strongest first
    guards: tuple[Evidence, ...] = ()  # words that only look like privacy
    misses: tuple[Evidence, ...] = ()  # rules that nearly fired, for the person who must look
    automatic: bool = False
    external_reference: str = ""


def classify(mail: Mail, ruleset: Ruleset) -> Classification:
    """Say what a mail asks for. Only what this person wrote now counts, and what a colleague passed on; never quotes.

    Takes time linear in the length of the text, and raises nothing.
    """
    text = wording(_text(mail))
    found = ruleset.phrasebook.find(text)
    weighed = weigh(ruleset, Sentences(text, found))
    scores = weighed.scores(ruleset.thresholds)
    strong = weighed.strongest_first(
        (about for about, score in scores.items() if score >= ruleset.thresholds.request),
        subject_ends=len(wording(mail.subject).row),
    )
    shown = _Shown(mail, text)
    return Classification(
        decision=_decision(scores, bool(mail.automatic), ruleset.thresholds),
        rights=tuple(about for about in strong if isinstance(about, Right)),
        topics=tuple(about for about in strong if isinstance(about, Topic)),
        language=detect_language(words(_written(mail)), ruleset.profiles),
        score=_score(scores),
        evidence=tuple(shown.evidence(hit.rule.id, hit.firing, hit.weight) for hit in weighed.hits),
        guards=tuple(shown.evidence(one.guard.id, one.firing, one.guard.weight) for one in weighed.guards),
        misses=tuple(shown.evidence(hit.rule.id, hit.firing, 0.0) for hit in weighed.misses[:_MISSES_SHOWN]),
        automatic=bool(mail.automatic),
        external_reference=_external_reference(text, found, ruleset),
    )


def _written(mail: Mail) -> str:
    return f"{mail.subject}{_APART}{mail.new_text}"


def _text(mail: Mail) -> str:
    return f"{_written(mail)}{_APART}{mail.forwarded.text}" if mail.forwarded else _written(mail)


def _score(scores: Mapping[Concern, float]) -> float:
    return round(max((score for about, score in scores.items() if about is not None), default=0.0), 3)


def _decision(scores: Mapping[Concern, float], automatic: bool, thresholds: Thresholds) -> Decision:
    """RFC 3834: automatic messages ask nothing. A web form may look like one, so a very strong one goes to a person."""
    strongest = _score(scores)
    if automatic:
        return Decision.UNCLEAR if strongest >= thresholds.automatic else Decision.NONE
    if strongest >= thresholds.request:
        return Decision.REQUEST
    return Decision.UNCLEAR if max(strongest, scores.get(None, 0.0)) >= thresholds.unclear else Decision.NONE


def _external_reference(text: Wording, found: Found, ruleset: Ruleset) -> str:
    for number in ruleset.references:
        for finding in found.get(number, ()):
            named = _REFERENCE.match(text.text, text.text_end(finding.end))
            if named is not None and any(character.isdigit() for character in named[1]):
                return named[1]
    return ""


class _Shown:
    """What was found, in the mail's own words and with its place."""

    def __init__(self, mail: Mail, text: Wording) -> None:
        self._text = text
        self._subject_ends = len(normalised(mail.subject))
        self._forward_begins = len(normalised(_written(mail)))

    def evidence(self, rule: str, firing: Firing, weight: float) -> Evidence:
        return Evidence(rule, self._text.excerpt(firing.start, firing.end), weight, self._place(firing))

    def _place(self, firing: Firing) -> Place:
        position = self._text.position(firing.start)
        if position < self._subject_ends:
            return Place.SUBJECT
        return Place.TEXT if position <= self._forward_begins else Place.FORWARDED
