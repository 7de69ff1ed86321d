"""Another letter than the one that lies ready: what a person can exchange a draft for."""

from dataclasses import dataclass
from typing import Final

from mailbot.core.cases import Ground, Outcome, ReplyKind


@dataclass(frozen=True, slots=True)
class Choice:
    """A letter, and what it says."""

    reply: ReplyKind
    outcome: Outcome | None = None  # of an answer
    ground: Ground | None = None  # of a refusal or an extension


CHOICES: Final = {
    "granted": Choice(ReplyKind.ANSWER, Outcome.GRANTED),
    "partly": Choice(ReplyKind.ANSWER, Outcome.PARTLY),
    "refused": Choice(ReplyKind.ANSWER, Outcome.REFUSED),
    "no_data": Choice(ReplyKind.ANSWER, Outcome.NO_DATA),
    "extension": Choice(ReplyKind.EXTENSION),
    "identity": Choice(ReplyKind.IDENTITY),
    "clarification": Choice(ReplyKind.CLARIFICATION),
    "mandate": Choice(ReplyKind.MANDATE),
    "withdrawal": Choice(ReplyKind.WITHDRAWAL),
    "lifted": Choice(ReplyKind.LIFTED),
}
"""By the key in words.toml [choices] that names the folder on the desk."""
