"""A decided mail becomes a `Case`: facts, dates and the first event. Pure; the caller chooses the reference."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mailbot.core.cases import Actor, Case, Event, MailReference
from mailbot.core.classifying import Classification
from mailbot.core.deadlines import Deadlines, breach_deadline
from mailbot.core.deciding import OpenCase
from mailbot.core.lifecycle import advance
from mailbot.core.mail import Mail
from mailbot.core.rendering import FALLBACK_LANGUAGE
from mailbot.core.rights import Topic
from mailbot.core.sender import SenderCheck

_EVIDENCE_KEPT: Final = 8  # rule names for the person in triage; more than a screen helps nobody


@dataclass(frozen=True, slots=True)
class Examined:
    """One mail and what was found out about it."""

    mail: Mail
    classification: Classification
    sender: SenderCheck
    mailbox: str  # configured name


def open_case(
    intent: OpenCase,
    examined: Examined,
    deadlines: Deadlines,
    *,
    reference: str,
    language: str,
    zone: str,
    by: Actor,
    now: datetime,
) -> Case:
    """The new case, recognised or doubted. `now` is aware; the clock runs from the receipt of the mail all the same."""
    mail, sender = examined.mail, examined.sender
    case = Case(
        reference=reference,
        mailbox=examined.mailbox,
        language=language,
        sender=sender.address,
        answer_to=intent.answer_to,
        known=sender.contact is not None,
        identity=sender.level,
        identity_reasons=tuple(str(reason) for reason in sender.reasons),
        warnings=tuple(str(warning) for warning in sender.warnings),
        resembles=sender.resembles,
        rights=intent.rights,
        topics=intent.topics,
        received=mail.received,
        zone=zone,
        policy_due=deadlines.policy_due,
        month_due=deadlines.month_due,
        binding=deadlines.binding,
        work_by=deadlines.work_by,
        extension_due=deadlines.extension_due,
        mails=(MailReference(mail.fingerprint, mail.message_id, mail.placement, sender.verified),),
        evidence=tuple(item.rule for item in examined.classification.evidence[:_EVIDENCE_KEPT]),
        breach_due=breach_deadline(mail.received) if Topic.BREACH in intent.topics else None,
        external_reference=examined.classification.external_reference,
        circumstances=examined.classification.circumstances,
    )
    return advance(case, Event(at=now, kind=intent.kind, by=by, note=intent.note))


def reply_language(detected: str, available: Collection[str], own: str) -> str:
    """The language to answer in: the mail's; English for one without letters of ours; our own for none detected."""
    if detected in available:
        return detected
    return FALLBACK_LANGUAGE if detected and detected != own else own
