"""What the privacy contact's decisions teach: a mail much like one that he judged is judged a little more as he did.

Of a judged mail only signs are kept that the scorer knew before: words, pairs and concepts that many mails share, in no
order and without the rest. It is heard beside rules and scorer (`hearing`), one step at most: a request may become
unclear, an unclear mail none; nothing that was a request becomes none, and a request that names the law stays one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from mailbot.core.rights import Right
from mailbot.core.scoring import Column, Opinion


@dataclass(frozen=True, slots=True)
class DeskLesson:
    """One decision of the privacy contact about a mail, as it is remembered."""

    id: str  # "L-7K3Q9X"; says nothing about the mail
    day: date  # local, of the decision
    mailbox: str  # configured name; only mail to that one is judged by it
    is_request: bool
    rights: tuple[Right, ...]  # that the person named; may be empty
    signs: tuple[str, ...]  # sorted


@dataclass(frozen=True, slots=True)
class Learning:
    """How far such decisions count; reasons in rules/settings.toml."""

    most_signs: int  # kept of one mail
    alike: float  # 0 to 1: from here on two mails resemble each other
    strength: float  # log-odds that a mail shifts which is the same in all its signs
    most: float  # log-odds that all lessons together shift at most


@dataclass(frozen=True, slots=True)
class Resemblance:
    """A lesson that a mail resembles."""

    lesson: DeskLesson
    likeness: float  # 0 to 1
    shared: tuple[str, ...]  # signs of both, the most telling first


def signs_to_keep(opinion: Opinion, learning: Learning) -> tuple[str, ...]:
    """What is remembered of a mail: its most telling signs, without order."""
    telling = opinion.telling()
    return tuple(sorted(sorted(telling, key=lambda sign: (-telling[sign], sign))[: learning.most_signs]))


def resemblances(opinion: Opinion, lessons: Sequence[DeskLesson], learning: Learning) -> tuple[Resemblance, ...]:
    """The lessons that a mail resembles, the most alike first; linear in the number of lessons."""
    telling = opinion.telling()
    kept = {sign: telling[sign] for sign in signs_to_keep(opinion, learning)}
    found = []
    for lesson in lessons:
        shared = sorted(kept.keys() & set(lesson.signs), key=lambda sign: (-kept[sign], sign))
        likeness = _likeness(shared, kept, lesson.signs)
        if likeness >= learning.alike:
            found.append(Resemblance(lesson, round(likeness, 3), tuple(shared)))
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.lesson.id)))


def _likeness(shared: Collection[str], kept: Mapping[str, float], others: Collection[str]) -> float:
    """What both say as a part of what either says; what tells more counts more."""
    if not shared:
        return 0.0
    both = sum(kept[sign] for sign in shared)
    # What the other mail has and this one lacks is worth what a sign is worth on average.
    average = sum(kept.values()) / len(kept)
    theirs = both + average * (len(others) - len(shared))
    return both / sqrt(sum(kept.values()) * theirs)


def leaning(found: Sequence[Resemblance], learning: Learning) -> dict[Column, float]:
    """By how much the log-odds of each column shift, at most `learning.most` either way."""
    shifts: dict[Column, float] = {}
    for one in found:
        weight = learning.strength * one.likeness
        shifts[None] = shifts.get(None, 0.0) + (weight if one.lesson.is_request else -weight)
        for right in Right if one.lesson.rights else ():
            shifts[right] = shifts.get(right, 0.0) + (weight if right in one.lesson.rights else -weight)
    return {column: max(-learning.most, min(learning.most, shift)) for column, shift in shifts.items()}
