"""Rules and a `Mail` in, a `Classification` out: rights, decision, and the evidence for it."""

from dataclasses import dataclass

from mailbot.core.rights import Decision, Right, Topic


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule that spoke: a hit, a guard that took weight away, or a near miss (weight 0)."""

    rule: str
    text: str  # what was found, at most 120 characters; a mail's text, so never logged
    weight: float


@dataclass(frozen=True, slots=True)
class Classification:
    """What a mail is taken to be, and why. `rights` and `topics` have the primary one first."""

    decision: Decision
    rights: tuple[Right, ...]
    topics: tuple[Topic, ...]
    language: str  # ISO 639-1, of the new text
    score: float  # 0 to 1, of the strongest right or topic
    evidence: tuple[Evidence, ...]  # hits, strongest first
    guards: tuple[Evidence, ...] = ()  # words that only look like privacy
    misses: tuple[Evidence, ...] = ()  # rules that nearly fired, for the person who must look
    automatic: bool = False
    external_reference: str = ""
