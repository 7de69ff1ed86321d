"""What follows from a mail: values in, intents out. It only decides; whoever calls it carries the intents out.

`decide` looks at one new mail; what follows for its case stands in `turns`. It knows no folders, servers, register file
or language.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mailbot.core.cases import Case, EventKind, IdentityLevel, Status
from mailbot.core.classifying import Classification
from mailbot.core.lifecycle import status_of
from mailbot.core.mail import Automatic, Mail
from mailbot.core.rights import Circumstance, Decision, FollowUp, Right, Topic
from mailbot.core.sender import SenderCheck, normalise

_RECEIPT: Final = "disposition-notification"  # RFC 8098: it was displayed, so it arrived
REFERENCE_TAG: Final = re.compile(r"\[(P-[0-9A-Z]{6})\]")
"""The subject tag. Matched by `re` on subjects that `reading` capped: no repetition, so linear."""


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
    level: IdentityLevel  # how sure we are of the person after it
    follow_up: FollowUp = FollowUp.MESSAGE
    added: tuple[Right, ...] = ()  # what is asked beside what the case is about
    is_reminder: bool = False  # asks for what was asked before: same clock, more urgent
    circumstances: tuple[Circumstance, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteBounce:
    """A mail of ours came back: an event of its case, and never a reply."""

    reference: str


@dataclass(frozen=True, slots=True)
class PassOver:
    """Ordinary mail: nothing to do, nothing is kept of it."""


Intent = OpenCase | JoinCase | NoteBounce | PassOver


def decide(
    mail: Mail,
    classification: Classification,
    sender: SenderCheck,
    matching: tuple[Case, ...],
    follow_up: FollowUp = FollowUp.MESSAGE,
) -> tuple[Intent, ...]:
    """What to do with one new mail.

    `matching` are the cases that the mail quotes (`quoted_cases`), whoever wrote it, and those that ask for the same
    (`same_request`). Only the person a case belongs to can join it; a stranger who quotes a reference or a token is
    treated like any other mail. `follow_up` is what the mail does in its thread, when it has one.
    """
    if mail.automatic:
        return _automatic(mail, classification, matching)
    own = next((case for case in matching if may_join(case, sender)), None)
    if own and not _asks_anew(own, classification, sender, follow_up):
        return (_join(own, mail, classification, sender, follow_up),)
    if classification.decision is Decision.NONE:
        return (PassOver(),)
    kind = EventKind.RECOGNISED if classification.decision is Decision.REQUEST else EventKind.DOUBTED
    note = f"after {own.reference}" if own else ""
    return (OpenCase(kind, classification.rights, classification.topics, sender.answer_to, note),)


def _automatic(mail: Mail, classification: Classification, matching: tuple[Case, ...]) -> tuple[Intent, ...]:
    """Automatic mail never gets a reply draft (RFC 3834 § 2); what looks like a request in it goes to a person."""
    if matching and is_delivery_report(mail):
        return tuple(NoteBounce(case.reference) for case in matching) if _came_back(mail) else (PassOver(),)
    if classification.decision is Decision.NONE:
        return (PassOver(),)
    return (OpenCase(EventKind.DOUBTED, classification.rights, classification.topics, "", "automatic mail"),)


def is_delivery_report(mail: Mail) -> bool:
    """Whether a mail server writes about a mail: by its form (RFC 6522), or as servers did before there was one.

    qmail and some others send plain text from their daemon, with the empty return path that RFC 5321 § 4.5.5 asks for.
    """
    if Automatic.REPORT in mail.automatic:
        return True
    is_daemon = mail.sender.email.partition("@")[0].lower() in _DAEMONS
    return is_daemon and Automatic.NULL_RETURN_PATH in mail.automatic


_DAEMONS: Final = frozenset({"mailer-daemon", "postmaster"})
_OUR_ID: Final = re.compile(r"<P-[0-9A-Z]{6}\.[0-9a-f]{32}@[^<>\s]{1,255}>")


def _came_back(mail: Mail) -> bool:
    """Whether a report says that a mail did not arrive: not that it was read, delivered, or is still being tried."""
    is_receipt = any(_RECEIPT in value.lower() for value in mail.header("content-type"))
    return not is_receipt and (not mail.outcomes or "failed" in mail.outcomes)


def may_join(case: Case, sender: SenderCheck) -> bool:
    """Whether this sender is the person the case belongs to: the writing address or the one that was answered."""
    return bool(sender.address) and sender.address in {case.sender, normalise(case.answer_to)}


def _asks_anew(case: Case, classification: Classification, sender: SenderCheck, follow_up: FollowUp) -> bool:
    """Whether the mail is a request of its own: something else, and not for the case to take up.

    An answered case is not opened again by a new wish, which has a clock of its own; and what nobody vouches for never
    changes the case of a person who is sure.
    """
    if case.addressee or follow_up is not FollowUp.MESSAGE or classification.decision is not Decision.REQUEST:
        return False
    is_new = not set(classification.rights) <= set(case.rights)
    return is_new and (status_of(case) in {Status.ANSWERED, Status.CLOSED} or not _may_change(case, sender))


def _may_change(case: Case, sender: SenderCheck) -> bool:
    """Whether what this mail says may change what is done: as sure as the case is, or surer."""
    return sender.verified or case.identity is IdentityLevel.L0


def _join(case: Case, mail: Mail, classification: Classification, sender: SenderCheck, follow_up: FollowUp) -> JoinCase:
    status = status_of(case)
    level = case.identity
    if follow_up is not FollowUp.DENIAL and not case.addressee:
        level = max(level, _answered_level(case, mail, sender), _level_of_the_same(case, classification, sender))
    if follow_up not in {FollowUp.DENIAL, FollowUp.THANKS} and not _may_change(case, sender):
        follow_up = FollowUp.MESSAGE
    added: tuple[Right, ...] = ()
    if follow_up is FollowUp.MESSAGE and classification.decision is Decision.REQUEST and not case.addressee:
        added = tuple(right for right in classification.rights if right not in case.rights)
    is_reminder = Circumstance.REMINDER in classification.circumstances or _asks_the_same(case, classification)
    return JoinCase(
        case.reference,
        level=level,
        follow_up=follow_up,
        added=added,
        is_reminder=is_reminder and status in _UNANSWERED and not case.addressee,
        circumstances=classification.circumstances,
    )


def _answered_level(case: Case, mail: Mail, sender: SenderCheck) -> IdentityLevel:
    """What a reply to our question proves.

    From the address on file, to the question that went there, it is level L2 (legal-facts.md § 5.1): the question
    reached that person, and the receiving server vouches for the reply. Whoever asks back ("what is this?") has
    confirmed nothing yet: a person reads that.
    """
    asked = case.waiting_for is not None and status_of(case) is Status.WAITING
    answered = sender.verified and sender.contact is not None and sender.address == normalise(case.answer_to)
    return IdentityLevel.L2 if asked and answered and "?" not in mail.new_text else IdentityLevel.L0


def _level_of_the_same(case: Case, classification: Classification, sender: SenderCheck) -> IdentityLevel:
    """What a further mail proves that asks for all the case is about: as much as if it had been the first."""
    asks_all = classification.decision is Decision.REQUEST and set(case.rights) <= set(classification.rights)
    return sender.level if asks_all and sender.address == case.sender else IdentityLevel.L0


def _asks_the_same(case: Case, classification: Classification) -> bool:
    return classification.decision is Decision.REQUEST and bool(set(classification.rights) & set(case.rights))


def same_request(cases: Iterable[Case], classification: Classification, sender: SenderCheck) -> tuple[Case, ...]:
    """The unanswered cases in which this sender already asks for this; a second mail is no second request.

    It joins only a case that is as sure as itself or less (legal-facts.md § 7.17): what nobody vouches for never
    comes near the case of a person who is sure.
    """
    if classification.decision is not Decision.REQUEST or not sender.address:
        return ()
    return tuple(case for case in cases if _is_the_same(case, classification, sender))


def _is_the_same(case: Case, classification: Classification, sender: SenderCheck) -> bool:
    if case.addressee or case.sender != sender.address or sender.level < case.identity:
        return False
    # Whoever has to ask twice often complains as well: that is no other request
    other_topics = ({*case.topics} ^ {*classification.topics}) - {Topic.COMPLAINT}
    if status_of(case) not in _UNANSWERED or other_topics:
        return False
    same_tool = bool(case.external_reference) and case.external_reference == classification.external_reference
    return bool(case.rights) and (same_tool or set(case.rights) == set(classification.rights))


def quoted_cases(mail: Mail, cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases whose token, sent mail or reference the mail quotes: In-Reply-To, References, then the subject tag.

    A delivery report quotes them in its text or in the mail that it returns (RFC 3464 § 2).
    """
    ids = {*mail.in_reply_to, *mail.references, *mail.returned}
    text = mail.subject
    if is_delivery_report(mail):
        text = "\n".join((mail.subject, mail.new_text, mail.quoted_text))
        ids |= set(_OUR_ID.findall(text))
    tags = set(REFERENCE_TAG.findall(text))
    return tuple(case for case in cases if case.reference in tags or not ids.isdisjoint(_ids_of(case)))


def _ids_of(case: Case) -> set[str]:
    return {known for draft in case.drafts for known in (draft.token, draft.message_id) if known}


_UNANSWERED: Final = frozenset({Status.OPEN, Status.WAITING, Status.REVIEW})
