"""What follows from a mail: values in, intents out. It only decides; whoever calls it carries the intents out.

`decide` looks at one new mail; `next_reply` at a case that waits for nothing. Neither knows folders, servers, the
register's file or a language.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mailbot.core.cases import Case, DraftState, EventKind, IdentityLevel, ReplyKind, Status
from mailbot.core.classifying import Classification
from mailbot.core.lifecycle import status_of
from mailbot.core.mail import Automatic, Mail
from mailbot.core.rights import Decision, Right, Topic
from mailbot.core.sender import SenderCheck, normalise

_RECEIPT: Final = "disposition-notification"  # RFC 8098: it was displayed, so it arrived
REFERENCE_TAG: Final = re.compile(r"\[(P-[0-9A-Z]{6})\]")
"""The subject tag. Matched by `re` on subjects that `reading` capped: no repetition, so linear."""

# legal-facts.md § 5.2. Objection: the hold comes at once and a marketing stop needs no identity (art. 21(3)); copies
# after an objection go to the address on file in any case. Consent: the writing address may always withdraw its own.
REQUIRED_LEVEL: Final[dict[Right, IdentityLevel]] = {
    Right.OBJECTION: IdentityLevel.L0,
    Right.RESTRICTION: IdentityLevel.L1,
    Right.CONSENT_WITHDRAWAL: IdentityLevel.L0,
    Right.AUTOMATED_DECISION: IdentityLevel.L0,
    Right.ACCESS: IdentityLevel.L1,
    Right.PORTABILITY: IdentityLevel.L1,
    Right.RECTIFICATION: IdentityLevel.L1,
    Right.ERASURE: IdentityLevel.L1,
}


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Open a case: recognised as a request, or doubted and put before a person."""

    kind: EventKind  # RECOGNISED or DOUBTED
    rights: tuple[Right, ...]
    topics: tuple[Topic, ...]
    answer_to: str  # "" when nobody may be answered
    note: str = ""


@dataclass(frozen=True, slots=True)
class JoinCase:
    """Add the mail to the case it answers."""

    reference: str
    identified: bool  # the answer to our question came, verified, from the address on file: level L2


@dataclass(frozen=True, slots=True)
class NoteBounce:
    """A mail of ours came back: an event of its case, and never a reply."""

    reference: str


@dataclass(frozen=True, slots=True)
class PassOver:
    """Ordinary mail: nothing to do, nothing is kept of it."""


Intent = OpenCase | JoinCase | NoteBounce | PassOver


def decide(
    mail: Mail, classification: Classification, sender: SenderCheck, matching: tuple[Case, ...]
) -> tuple[Intent, ...]:
    """What to do with one new mail.

    `matching` are the cases that the mail quotes (`quoted_cases`), whoever wrote it. Only the person a case belongs
    to can join it; a stranger who quotes a reference or a token is treated like any other mail.
    """
    if mail.automatic:
        return _automatic(mail, classification, matching)
    own = [case for case in matching if may_join(case, sender)]
    if own:
        return (_join(own[0], sender),)
    if classification.decision is Decision.NONE:
        return (PassOver(),)
    kind = EventKind.RECOGNISED if classification.decision is Decision.REQUEST else EventKind.DOUBTED
    return (OpenCase(kind, classification.rights, classification.topics, sender.answer_to),)


def _automatic(mail: Mail, classification: Classification, matching: tuple[Case, ...]) -> tuple[Intent, ...]:
    """Automatic mail never gets a reply draft (RFC 3834 § 2); what looks like a request in it goes to a person."""
    if matching and Automatic.REPORT in mail.automatic:
        return tuple(NoteBounce(case.reference) for case in matching) if _came_back(mail) else (PassOver(),)
    if classification.decision is Decision.NONE:
        return (PassOver(),)
    return (OpenCase(EventKind.DOUBTED, classification.rights, classification.topics, "", "automatic mail"),)


def _came_back(mail: Mail) -> bool:
    """Whether a report says that a mail did not arrive: not that it was read, delivered, or is still being tried."""
    is_receipt = any(_RECEIPT in value.lower() for value in mail.header("content-type"))
    return not is_receipt and (not mail.outcomes or "failed" in mail.outcomes)


def may_join(case: Case, sender: SenderCheck) -> bool:
    """Whether this sender is the person the case belongs to: the writing address or the one that was answered."""
    return bool(sender.address) and sender.address in {case.sender, normalise(case.answer_to)}


def _join(case: Case, sender: SenderCheck) -> JoinCase:
    # A reply from the address on file to the question that went there is level L2 (legal-facts.md § 5.1): the question
    # reached that person, and the receiving server vouches for the reply.
    asked = case.waiting_for is not None and status_of(case) is Status.WAITING
    answered = sender.verified and sender.contact is not None and sender.address == normalise(case.answer_to)
    return JoinCase(case.reference, identified=asked and answered)


def quoted_cases(mail: Mail, cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases whose token, sent mail or reference the mail quotes: In-Reply-To, References, then the subject tag.

    A delivery report quotes them in its text or in the mail that it returns (RFC 3464 § 2).
    """
    ids = {*mail.in_reply_to, *mail.references, *mail.returned}
    text = mail.subject
    if Automatic.REPORT in mail.automatic:
        text = "\n".join((mail.subject, mail.new_text, mail.quoted_text))
    tags = set(REFERENCE_TAG.findall(text))
    return tuple(case for case in cases if case.reference in tags or not ids.isdisjoint(_ids_of(case)))


def _ids_of(case: Case) -> set[str]:
    return {known for draft in case.drafts for known in (draft.token, draft.message_id) if known}


def needs_identity(case: Case) -> bool:
    """Whether something asked for needs a higher level than the case has (legal-facts.md § 5.2)."""
    return any(REQUIRED_LEVEL[right] > case.identity for right in case.rights)


def next_reply(case: Case) -> ReplyKind | None:
    """The letter to lay ready now, or None when it is the turn of a person or of the data subject."""
    if status_of(case) is not Status.OPEN or case.draft or not case.answer_to:
        return None
    if Topic.AUTHORITY in case.topics:
        return None  # people only, no voluntary disclosure (legal-facts.md § 7.13)
    return next((reply for reply in _wanted(case) if not _written(case, reply)), None)


def _wanted(case: Case) -> tuple[ReplyKind, ...]:
    """The letters of this case in order."""
    if not case.rights and not case.topics:
        return (ReplyKind.CLARIFICATION,)
    if needs_identity(case):
        return (ReplyKind.IDENTITY,)
    if not case.rights and case.topics == (Topic.PRIVACY_QUESTION,):
        return (ReplyKind.ANSWER,)
    if not case.rights and case.topics == (Topic.BREACH,):
        return (ReplyKind.ACKNOWLEDGEMENT,)  # what follows is an incident, not a letter (legal-facts.md § 7.21)
    if _written(case, ReplyKind.IDENTITY):
        return (ReplyKind.ANSWER,)  # the identity question was the acknowledgement
    return (ReplyKind.ACKNOWLEDGEMENT, ReplyKind.ANSWER)


def _written(case: Case, reply: ReplyKind) -> bool:
    """Whether this letter went out, or the person threw it away: neither is laid again by itself."""
    done = {DraftState.SENT, DraftState.DISCARDED}
    return any(draft.reply is reply and draft.state in done for draft in case.drafts)
