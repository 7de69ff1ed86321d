"""Letters for tests: one invented company, and every letter that it can be asked for."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from case_files import a_case

from mailbot.core.cases import (
    TO_PROCESSOR,
    Actor,
    Case,
    Event,
    EventKind,
    Ground,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Task,
)
from mailbot.core.drafting import Controller, LetterContext, Processor
from mailbot.core.mail import Address
from mailbot.core.rights import Circumstance, Right, Topic

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
    today=date(2026, 11, 23),
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
    outcome: Outcome = Outcome.GRANTED
    ground: Ground | None = None

    @property
    def context(self) -> LetterContext:
        return replace(CONTEXT, outcome=self.outcome, ground=self.ground)


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
    for reply in sorted(set(ReplyKind) - TO_PROCESSOR):
        yield Sample(f"{reply}-everything", whole, reply)
        yield Sample(f"{reply}-everything-unknown-sender", unknown(whole), reply)
    yield from _of_outcomes(language)
    yield from _of_circumstances(language)
    yield from _to_processors(language)
    unverified = a_letter_case(language, identity=IdentityLevel.L0)
    yield Sample("identity-unverified", unverified, ReplyKind.IDENTITY)
    yield Sample("answer-unverified", unverified, ReplyKind.ANSWER)
    yield Sample("clarification-nothing-recognised", a_letter_case(language, rights=()), ReplyKind.CLARIFICATION)


def _of_outcomes(language: str) -> Iterator[Sample]:
    case = a_letter_case(language, rights=(Right.ERASURE,))
    yield Sample("answer-refused", case, ReplyKind.ANSWER, Outcome.REFUSED, Ground.CLAIMS)
    yield Sample("answer-partly", case, ReplyKind.ANSWER, Outcome.PARTLY, Ground.LEGAL_DUTY)
    yield Sample("answer-no_data", a_letter_case(language), ReplyKind.ANSWER, Outcome.NO_DATA)
    yield Sample("extension-complex", case, ReplyKind.EXTENSION, ground=Ground.COMPLEX)
    yield Sample("answer-late", a_letter_case(language, binding=date(2026, 11, 20)), ReplyKind.ANSWER)
    done = Task("1", "", "Winkel", "", Right.ERASURE, done=datetime(2026, 11, 20, 9, tzinfo=UTC))
    yield Sample("answer-executed", replace(case, tasks=(done,)), ReplyKind.ANSWER)


def _of_circumstances(language: str) -> Iterator[Sample]:
    """What is said to whom: one letter for each circumstance that changes what is written."""
    held = Event(datetime(2026, 11, 2, 10, tzinfo=UTC), EventKind.HOLD_SET, Actor.BOT)
    narrowed = Event(datetime(2026, 11, 9, 10, tzinfo=UTC), EventKind.NARROWED, Actor.DATA_SUBJECT)
    erasure, objection = (Right.ERASURE,), (Right.OBJECTION,)
    leaving, marketing = (Circumstance.LEAVING,), (Circumstance.MARKETING,)
    rows: dict[str, tuple[ReplyKind, dict[str, object]]] = {
        "acknowledgement-leaving": (ReplyKind.ACKNOWLEDGEMENT, {"rights": erasure, "circumstances": leaving}),
        "answer-account_only": (
            ReplyKind.ANSWER,
            {"rights": erasure, "circumstances": leaving, "events": (narrowed,)},
        ),
        "acknowledgement-hold": (ReplyKind.ACKNOWLEDGEMENT, {"rights": objection, "events": (held,)}),
        "answer-marketing": (ReplyKind.ANSWER, {"rights": objection, "circumstances": marketing}),
        "acknowledgement-other_channel": (
            ReplyKind.ACKNOWLEDGEMENT,
            {"circumstances": (Circumstance.OTHER_CHANNEL,)},
        ),
        "acknowledgement-identity_copy": (
            ReplyKind.ACKNOWLEDGEMENT,
            {"circumstances": (Circumstance.IDENTITY_COPY,)},
        ),
        "acknowledgement-claim": (ReplyKind.ACKNOWLEDGEMENT, {"circumstances": (Circumstance.CLAIM,)}),
        "acknowledgement-employee": (ReplyKind.ACKNOWLEDGEMENT, {"circumstances": (Circumstance.EMPLOYEE,)}),
        "answer-deceased": (ReplyKind.ANSWER, {"rights": erasure, "circumstances": (Circumstance.DECEASED,)}),
        "answer-child": (
            ReplyKind.ANSWER,
            {"rights": erasure, "topics": (Topic.MINOR,), "circumstances": (Circumstance.AGED_12_TO_15,)},
        ),
        "answer-parent": (
            ReplyKind.ANSWER,
            {"rights": erasure, "topics": (Topic.MINOR,), "circumstances": (Circumstance.UNDER_12,)},
        ),
        "mandate-service": (ReplyKind.MANDATE, {"circumstances": (Circumstance.SERVICE,)}),
    }
    for name, (reply, facts) in rows.items():
        yield Sample(name, a_letter_case(language, **facts), reply)


def _to_processors(language: str) -> Iterator[Sample]:
    for right in (Right.ERASURE, Right.RECTIFICATION, Right.RESTRICTION):
        notice = a_letter_case(language, rights=(right,), addressee="Voorbeeldhost", parent="P-3K7Q9X")
        yield Sample(f"notice-{right}", notice, ReplyKind.NOTICE)
    yield Sample("notice-lifted", replace(notice, circumstances=(Circumstance.LIFTING,)), ReplyKind.NOTICE)
    told = Event(datetime(2026, 11, 10, 10, tzinfo=UTC), EventKind.NOTICE_SENT, Actor.BOT)
    yield Sample("chaser", replace(notice, events=(told,)), ReplyKind.CHASER)
