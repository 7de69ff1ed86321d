"""Rules and a `Mail` in, a `Classification` out: rights, decision, and the evidence for it.

What the rules say is data: nothing here knows a language. The weights of the rules that speak for one right add up as
independent signs do (noisy-or); a guard takes its share away first. A learned scorer is heard beside them (`hearing`).
Nothing is decided about the mail itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mailbot.core.experience import DeskLesson, Resemblance, leaning, resemblances
from mailbot.core.following import circumstances, speaking
from mailbot.core.forms import chosen
from mailbot.core.hearing import chance, decide, named, one_step, probability
from mailbot.core.language import written_language
from mailbot.core.mail import Mail
from mailbot.core.rights import Circumstance, Decision, FollowUp, Right, Topic
from mailbot.core.rules import Concern, Firing, Found, Ruleset, Sentences, Sign, Thresholds
from mailbot.core.scoring import Opinion
from mailbot.core.weighing import Weighed, weigh
from mailbot.core.wording import Wording, normalised, wording

_APART = "\n\n"  # a blank line ends a sentence
_REFERENCE = re.compile(r"[\s:#.]{0,5}([A-Za-z0-9][\w./-]{2,38}[A-Za-z0-9])")
_MISSES_SHOWN = 10
_WORDS_SHOWN = 5  # of the scorer's, for each right
_LESSONS_SHOWN = 3
_WORTH_SAYING = 0.05  # the scorer's chance below which its words explain nothing
_EXCERPT_LENGTH = 120


class Place(StrEnum):
    """Which text of the mail a piece of evidence comes from."""

    SUBJECT = "subject"
    TEXT = "text"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule that spoke: a hit, a guard that took weight away, or a near miss (weight 0).

    The learned scorer speaks as `learned/<right or topic>`: its weightiest words, and its chance as the weight. A
    decision of the privacy contact speaks as `desk/<id>`: what both mails share, and how alike they are as the weight.
    """

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
    circumstances: tuple[Circumstance, ...] = ()  # what changes what a careful answer is; decides nothing
    follow_ups: tuple[FollowUp, ...] = ()  # what the mail says if it is a further one in a thread (`following`)
    signs: tuple[str, ...] = ()  # ids of the signs that say so


def classify(mail: Mail, ruleset: Ruleset, lessons: Sequence[DeskLesson] = ()) -> Classification:
    """Say what a mail asks for. Only what this person wrote now counts, and what a colleague passed on; never quotes.

    `lessons` are the privacy contact's own decisions about mail to this mailbox (`experience`).

    Takes time linear in the length of the text, and raises nothing.
    """
    heard = _hear(mail, ruleset)
    judged = _judge(heard, ruleset.thresholds, lessons)
    shown, weighed = _Shown(heard.mail, heard.text), heard.weighed
    hits = [shown.evidence(hit.rule.id, hit.firing, hit.weight) for hit in weighed.hits]
    named_rights = tuple(about for about in judged.named if isinstance(about, Right))
    others = [*shown.learned(judged.opinion, judged.named), *_taught(judged.alike)]
    return Classification(
        decision=judged.decision,
        rights=named_rights,
        topics=tuple(about for about in judged.named if isinstance(about, Topic)),
        language=written_language(wording(_written(heard.mail)).by_sentence(), ruleset.profiles),
        score=round(chance(judged.scores, judged.opinion, ruleset.thresholds), 3),
        evidence=tuple(sorted([*hits, *others], key=lambda one: -one.weight)),
        guards=tuple(shown.evidence(one.guard.id, one.firing, one.guard.weight) for one in weighed.guards),
        misses=tuple(shown.evidence(hit.rule.id, hit.firing, 0.0) for hit in weighed.misses[:_MISSES_SHOWN]),
        automatic=bool(mail.automatic),
        external_reference=_external_reference(heard.text, heard.found, ruleset),
        circumstances=circumstances(heard.signs, heard.mail, named_rights, ruleset),
        follow_ups=tuple(one for one in FollowUp if any(sign.about is one for sign in heard.signs)),
        signs=tuple(sign.id for sign in heard.signs),
    )


def opinion_of(mail: Mail, ruleset: Ruleset) -> Opinion | None:
    """What the scorer alone makes of a mail; None where there is none."""
    return _hear(mail, ruleset).opinion


@dataclass(frozen=True, slots=True)
class _Heard:
    """What rules and scorer each say of a mail."""

    mail: Mail  # without the options of a form that were left open
    text: Wording
    found: Found
    weighed: Weighed
    opinion: Opinion | None
    signs: tuple[Sign, ...]


def _hear(mail: Mail, ruleset: Ruleset) -> _Heard:
    mail = replace(mail, new_text=chosen(mail.new_text, ruleset.forms))
    text = wording(_text(mail))
    found = ruleset.phrasebook.find(text)
    sentences = Sentences(text, found)
    opinion = None if ruleset.scorer is None else ruleset.scorer.hear(text, sentences.concepts(ruleset.concepts))
    return _Heard(mail, text, found, weigh(ruleset, sentences), opinion, speaking(ruleset.signs, sentences))


@dataclass(frozen=True, slots=True)
class _Judged:
    """What that comes to."""

    decision: Decision
    named: tuple[Concern, ...]  # rights and topics, the primary one first
    scores: Mapping[Concern, float]
    opinion: Opinion | None  # shifted by what the privacy contact decided before
    alike: tuple[Resemblance, ...]


def _judge(heard: _Heard, thresholds: Thresholds, lessons: Sequence[DeskLesson]) -> _Judged:
    weighed, opinion = heard.weighed, heard.opinion
    scores = weighed.scores(thresholds)

    def decided(by: Opinion | None) -> Decision:
        automatic, guarded = bool(heard.mail.automatic), bool(weighed.guards)
        return decide(scores, by, automatic=automatic, guarded=guarded, thresholds=thresholds)

    alike = resemblances(opinion, lessons, thresholds.learning) if opinion else ()
    decision = decided(opinion)
    if opinion and alike:
        opinion = opinion.shifted(leaning(alike, thresholds.learning))
        decision = one_step(decision, decided(opinion))
    if decision is Decision.NONE:
        return _Judged(decision, (), scores, opinion, alike)
    subject_ends = len(wording(heard.mail.subject).row)
    in_subject = weighed.named_before(subject_ends, thresholds.support)
    strengths = named(scores, opinion, thresholds, weighed.explained, in_subject)
    if decision is Decision.REQUEST and not strengths:
        decision = Decision.UNCLEAR  # about privacy, and nothing says what is asked: a person reads it
    if opinion is None:
        order = weighed.strongest_first(strengths, subject_ends)
    else:
        order = sorted(strengths, key=lambda about: -strengths[about])
    return _Judged(decision, tuple(order), scores, opinion, alike)


def _taught(alike: Sequence[Resemblance]) -> Iterator[Evidence]:
    for one in alike[:_LESSONS_SHOWN]:
        yield Evidence(f"desk/{one.lesson.id}", ", ".join(one.shared[:_WORDS_SHOWN])[:_EXCERPT_LENGTH], one.likeness)


def _written(mail: Mail) -> str:
    return f"{mail.subject}{_APART}{mail.new_text}"


def _text(mail: Mail) -> str:
    return f"{_written(mail)}{_APART}{mail.forwarded.text}" if mail.forwarded else _written(mail)


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
        place = self._place(self._text.position(firing.start))
        return Evidence(rule, self._text.excerpt(firing.start, firing.end), weight, place)

    def learned(self, opinion: Opinion | None, named: Sequence[Concern]) -> Iterator[Evidence]:
        """What the scorer has to say for what is named, with the words that weighed most."""
        if opinion is None or not named:
            return
        for about in (None, *named):
            spans = opinion.weightiest(about, _WORDS_SHOWN)
            weight = round(probability(opinion.odds(about)), 3)
            if spans and weight >= _WORTH_SAYING:
                text = ", ".join(self._text.text[start:end] for start, end in spans)[:_EXCERPT_LENGTH]
                yield Evidence(f"learned/{about or 'request'}", text, weight, self._place(spans[0][0]))

    def _place(self, position: int) -> Place:
        if position < self._subject_ends:
            return Place.SUBJECT
        return Place.TEXT if position <= self._forward_begins else Place.FORWARDED
