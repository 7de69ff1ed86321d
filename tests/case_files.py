"""Cases for tests, built with verbs: `a_case(reference)` and `after(case, kinds…)`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from mailbot.core.cases import Actor, Case, Event, EventKind, IdentityLevel, MailReference
from mailbot.core.lifecycle import advance
from mailbot.core.mail import Placement
from mailbot.core.rights import Right

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_case(reference: str = "P-7K3Q9X", *, mails: tuple[str, ...] = ()) -> Case:
    """A recognised request for access by somebody at example.org."""
    case = Case(
        reference=reference,
        mailbox="info",
        language="nl",
        sender="jan@example.org",
        answer_to="jan@example.org",
        known=True,
        identity=IdentityLevel.L1,
        rights=(Right.ACCESS,),
        topics=(),
        received=MORNING,
        zone="Europe/Amsterdam",
        policy_due=date(2026, 12, 23),
        month_due=date(2026, 12, 23),
        binding=date(2026, 12, 23),
        work_by=date(2026, 12, 16),
        extension_due=date(2027, 2, 23),
        mails=tuple(
            MailReference(fingerprint, f"<{fingerprint}@example.org>", Placement("info", "INBOX", 1, 7))
            for fingerprint in mails or (f"mail-of-{reference}",)
        ),
    )
    return after(case, EventKind.RECOGNISED)


def after(case: Case, *kinds: EventKind, at: datetime = MORNING) -> Case:
    """The case after these events, a minute apart."""
    for minute, kind in enumerate(kinds):
        case = advance(case, Event(at + timedelta(minutes=minute), kind, Actor.BOT))
    return case


def closed(case: Case, *, at: datetime = MORNING) -> Case:
    """The case after its end."""
    return after(case, EventKind.CLOSED, at=at)


def anonymous(case: Case) -> Case:
    """The case without what points to a person."""
    return replace(after(case, EventKind.ANONYMISED), sender="", answer_to="", mails=())


def tick(case: Case, ids: Iterable[str], at: datetime) -> Case:
    """The case after these tasks were done."""
    for number in ids:
        case = advance(case, Event(at, EventKind.TASK_DONE, Actor.PERSON, note=number))
    return case
