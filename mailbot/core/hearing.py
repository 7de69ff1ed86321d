"""The rules and the learned scorer together: what a mail comes to, and which rights and topics it names.

The rules lead, for a person can read and mend them: where they are sure the scorer is not asked. Elsewhere both are
added up as log-odds; where they disagree the sum falls in between, and a person looks.
"""

from collections.abc import Collection, Mapping
from math import exp

from mailbot.core.rights import Decision, Right, Topic
from mailbot.core.rules import Concern, Thresholds
from mailbot.core.scoring import Opinion

Scores = Mapping[Concern, float]

_ALARMS = frozenset({Topic.BREACH, Topic.AUTHORITY})


def strongest(scores: Scores) -> float:
    """The score of the strongest right or topic, 0 to 1; privacy in general is neither."""
    # Rounded, so that 0.5 and 0.2 make 0.6 and not a hair less.
    return round(max((score for about, score in scores.items() if about is not None), default=0.0), 3)


def decide(
    scores: Scores, opinion: Opinion | None, *, automatic: bool, guarded: bool, thresholds: Thresholds
) -> Decision:
    """What a mail comes to, by the scores of the rules and what the scorer makes of it.

    `guarded`: the rules know a reason why the words only look like a request, so the scorer alone makes none of it.
    """
    ruled = strongest(scores)
    if automatic:
        # RFC 3834: automatic messages ask nothing. A web form may look like one, so a very strong one goes to a person.
        return Decision.UNCLEAR if ruled >= thresholds.automatic else Decision.NONE
    by_rules = _by_rules(ruled, scores.get(None, 0.0), thresholds)
    return by_rules if opinion is None else _together(by_rules, scores, opinion, guarded, thresholds)


def one_step(before: Decision, after: Decision) -> Decision:
    """What the privacy contact's earlier decisions may make of a decision: nothing further away than its neighbour."""
    order = (Decision.NONE, Decision.UNCLEAR, Decision.REQUEST)
    start, end = order.index(before), order.index(after)
    return order[max(start - 1, min(start + 1, end))]


def _by_rules(ruled: float, general: float, thresholds: Thresholds) -> Decision:
    if ruled >= thresholds.request:
        return Decision.REQUEST
    return Decision.UNCLEAR if max(ruled, general) >= thresholds.unclear else Decision.NONE


def _together(by_rules: Decision, scores: Scores, opinion: Opinion, guarded: bool, thresholds: Thresholds) -> Decision:
    if _is_settled(scores, thresholds):
        return Decision.REQUEST
    hearing, spoken = thresholds.hearing, max(scores.values(), default=0.0)
    odds = opinion.odds(None) + hearing.trust * spoken
    # A law that is named says that it is about privacy, and nothing about what is wanted.
    silent = strongest(scores) < thresholds.support
    if odds >= (hearing.alone_request if silent else hearing.request) and not (silent and guarded):
        return Decision.REQUEST
    if odds >= (hearing.alone_unclear if silent else hearing.unclear):
        return Decision.UNCLEAR
    # What the rules call a request, or a law that is named, is never dropped on the scorer's word.
    return Decision.UNCLEAR if by_rules is Decision.REQUEST or _names_the_law(scores, thresholds) else Decision.NONE


def named(
    scores: Scores,
    opinion: Opinion | None,
    thresholds: Thresholds,
    guarded: Collection[Concern] = (),
    in_subject: frozenset[Concern] = frozenset(),
) -> dict[Concern, float]:
    """The rights and topics that a mail is taken to be about, each with its strength; for comparing only.

    The rules' own when there is no scorer. Else the likeliest right, for there is nearly always one; further ones when
    both together are sure, or when the rules name them and nothing else in the mail is much stronger: a letter about
    one right mentions others in passing, above all one whose subject says what it is about (`in_subject`). A topic
    stands beside the rights, and is named by itself. What a guard explains (`guarded`) is not named on the word of the
    scorer alone.
    """
    if opinion is None:
        return {about: score for about, score in scores.items() if about and score >= thresholds.request}
    hearing = thresholds.hearing
    strengths: dict[Concern, float] = {
        about: odds + hearing.naming * scores.get(about, 0.0)
        for about, odds in opinion.each()
        if about is not None and (about not in guarded or scores.get(about, 0.0) >= thresholds.support)
    }
    strongest_right = max((strength for about, strength in strengths.items() if isinstance(about, Right)), default=0.0)

    def is_named(about: Concern, strength: float) -> bool:
        by_rules = scores.get(about, 0.0) >= thresholds.request
        if isinstance(about, Topic):
            return by_rules or strength >= (hearing.alarms if about in _ALARMS else hearing.topics)
        if strength == strongest_right:
            return by_rules or strength >= hearing.guesses
        if about not in in_subject and not in_subject.isdisjoint(Right):
            return strength >= hearing.beside_subject
        return strength >= hearing.names or (by_rules and strength >= strongest_right - hearing.passing)

    return {about: strength for about, strength in strengths.items() if is_named(about, strength)}


def chance(scores: Scores, opinion: Opinion | None, thresholds: Thresholds) -> float:
    """How sure rules and scorer together are that a person must see the mail, 0 to 1; never less than the rules."""
    ruled = strongest(scores)
    if opinion is None:
        return ruled
    return max(ruled, probability(opinion.odds(None) + thresholds.hearing.trust * ruled))


def probability(odds: float) -> float:
    """0 to 1, of log-odds."""
    return 1 / (1 + exp(-odds))


def _is_settled(scores: Scores, thresholds: Thresholds) -> bool:
    # A request that names the law needs no scorer: nobody does that by accident.
    return strongest(scores) >= thresholds.request and _names_the_law(scores, thresholds)


def _names_the_law(scores: Scores, thresholds: Thresholds) -> bool:
    return scores.get(None, 0.0) >= thresholds.unclear
