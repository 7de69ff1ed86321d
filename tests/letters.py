"""Letters for tests: one invented company, and every letter that it can be asked for."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from case_files import a_case

from mailbot.core.cases import Case, IdentityLevel, ReplyKind
from mailbot.core.drafting import Controller, LetterContext, Processor
from mailbot.core.mail import Address
from mailbot.core.rights import Right, Topic

GOLDEN = Path(__file__).parent / "golden"
UPDATE_GOLDEN = os.environ.get("UPDATE_GOLDEN") == "1"

COMPANY = Address("privacy@example.com", "Werkplaats Voorbeeld")
QUOTE = "Goedemorgen,\n\nWat hebben jullie van mij?\n\nGroet, Anna"
CONTEXT = LetterContext(
    controller=Controller(
        name="Werkplaats Voorbeeld",
        privacy_contact=Address("privacy@example.com", "Kim Voorbeeld"),
        complaint_url="klachten.example",
        privacy_policy_url="www.example.com/privacy",
    ),
    processors=(
        Processor("Voorbeeldpost", "bezorgen van pakketten", "naam en adres"),
        Processor("Voorbeeldhost", "website en mail", "bestellingen en mail"),
    ),
    salutation="Anna de Wit",
    quote=QUOTE,
)
ANSWERED_TOPICS = tuple(topic for topic in Topic if topic is not Topic.AUTHORITY)


def a_letter_case(language: str = "nl", **facts: object) -> Case:
    """A case of a verified customer, received on 2 November 2026 in Amsterdam and due on 2 December."""
    usual = {
        "language": language,
        "sender": "anna@example.org",
        "answer_to": "anna@example.org",
        "received": datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
        "binding": date(2026, 12, 2),
    }
    return replace(a_case(), **{**usual, **facts})  # type: ignore[arg-type]


def unknown(case: Case) -> Case:
    """The same, from an address that nobody knows."""
    return replace(case, known=False, identity=IdentityLevel.L0)


@dataclass(frozen=True)
class Sample:
    name: str
    case: Case
    reply: ReplyKind


def samples(language: str) -> Iterator[Sample]:
    """Every kind of letter, for every right and topic alone, for all together, and for unidentified people."""
    whole = a_letter_case(language, rights=tuple(Right), topics=ANSWERED_TOPICS)
    for right in Right:
        one = a_letter_case(language, rights=(right,))
        yield Sample(f"acknowledgement-{right}", one, ReplyKind.ACKNOWLEDGEMENT)
        yield Sample(f"answer-{right}", one, ReplyKind.ANSWER)
    for topic in ANSWERED_TOPICS:
        one = a_letter_case(language, rights=(), topics=(topic,))
        yield Sample(f"acknowledgement-{topic}", one, ReplyKind.ACKNOWLEDGEMENT)
        yield Sample(f"answer-{topic}", one, ReplyKind.ANSWER)
    for reply in ReplyKind:
        yield Sample(f"{reply}-everything", whole, reply)
        yield Sample(f"{reply}-everything-unknown-sender", unknown(whole), reply)
    unverified = a_letter_case(language, identity=IdentityLevel.L0)
    yield Sample("identity-unverified", unverified, ReplyKind.IDENTITY)
    yield Sample("answer-unverified", unverified, ReplyKind.ANSWER)
    yield Sample("clarification-nothing-recognised", a_letter_case(language, rights=()), ReplyKind.CLARIFICATION)
