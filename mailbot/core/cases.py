"""Cases: one thread with one person about one or more requests, with one clock.

A case keeps what was established about it (facts) and what happened (events, append-only). Its status is never
stored: it follows from the events through the table in `lifecycle`. No mail text is kept; what a reply quotes is
fetched from the mailbox again.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from mailbot.core.mail import Placement
from mailbot.core.rights import Circumstance, Right, Topic


class Status(StrEnum):
    """Where a case stands."""

    TRIAGE = "triage"
    OPEN = "open"
    WAITING = "waiting"
    REVIEW = "review"
    SENDING = "sending"
    ANSWERED = "answered"
    CLOSED = "closed"
    ANONYMISED = "anonymised"


class WaitingFor(StrEnum):
    """What the data subject was asked for; the clock runs on."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"
    MANDATE = "mandate"
    CONFIRMATION = "confirmation"  # of a processor, that it did what the notice asks


class Resolution(StrEnum):
    """How a closed case ended."""

    FULFILLED = "fulfilled"
    PARTLY = "partly"
    REFUSED = "refused"
    NO_DATA = "no_data"
    WITHDRAWN = "withdrawn"
    UNIDENTIFIED = "unidentified"
    DUPLICATE = "duplicate"
    NOT_A_REQUEST = "not_a_request"
    FORWARDED = "forwarded"


class IdentityLevel(StrEnum):
    """How sure we are who wrote (legal-facts.md § 5.1); StrEnum order is the order of certainty."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"


class Outcome(StrEnum):
    """What an answer says of what was asked; chosen by a person, granted unless he says otherwise."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NO_DATA = "no_data"


class Ground(StrEnum):
    """Why a request is refused or takes longer; a code for the register, its words stand in words.toml [grounds]."""

    LEGAL_DUTY = "legal_duty"  # art. 17(3)(b): invoices, AWR art. 52
    CLAIMS = "claims"  # art. 17(3)(e), 18(2), 21(1)
    EXPRESSION = "expression"  # art. 17(3)(a)
    OTHERS_RIGHTS = "others_rights"  # art. 15(4), 20(4)
    COMPELLING = "compelling"  # art. 21(1): grounds that are shown to override
    ACCURATE = "accurate"  # art. 16: proven correct
    NOT_APPLICABLE = "not_applicable"  # the law gives this right in other cases only
    UNFOUNDED = "unfounded"  # art. 12(5): manifestly; the company must show it
    EXCESSIVE = "excessive"  # art. 12(5): the same
    COMPLEX = "complex"  # art. 12(3): more time
    MANY = "many"  # art. 12(3): more time because of the number of requests


EXTENSION_GROUNDS = frozenset({Ground.COMPLEX, Ground.MANY})
"""The two that art. 12(3) knows; much work alone is neither."""


class Actor(StrEnum):
    """Who did something; roles, never names."""

    BOT = "mailbot"
    PERSON = "privacy_contact"
    DATA_SUBJECT = "data_subject"
    PROCESSOR = "processor"


class EventKind(StrEnum):
    """What can happen to a case; which status follows stands in `lifecycle`."""

    RECOGNISED = "recognised"  # a mail is a request
    DOUBTED = "doubted"  # a mail may be one: a person must look
    COPY_LAID = "copy_laid"  # the copy for that person lies in the unclear folder
    CONFIRMED = "confirmed"  # the person says: a request
    DISMISSED = "dismissed"  # the person says: not a request
    RIGHTS_ASSIGNED = "rights_assigned"
    MAIL_JOINED = "mail_joined"  # another mail of this person in this thread
    MAIL_BOUNCED = "mail_bounced"  # a mail of ours came back
    IDENTIFIED = "identified"
    DRAFT_PLANNED = "draft_planned"  # about to be laid; a restart looks for it before it lays it again
    DRAFT_LAID = "draft_laid"
    DRAFT_DISCARDED = "draft_discarded"  # the person does not want this letter
    DRAFT_REPLACED = "draft_replaced"  # taken back because another text takes its place
    HELD_BACK = "held_back"  # approved, but a check failed: it lies with the reason on top
    APPROVED = "approved"  # claimed by a move, bytes frozen
    SEND_ATTEMPTED = "send_attempted"  # written before SMTP: from here on, silence means uncertain
    SEND_DEFERRED = "send_deferred"  # the server said not now: nothing went out, it is tried again
    SEND_UNCERTAIN = "send_uncertain"
    SEND_REFUSED = "send_refused"  # the server said no: nothing went out, the draft comes back
    ACKNOWLEDGEMENT_SENT = "acknowledgement_sent"
    QUESTION_SENT = "question_sent"
    ANSWER_SENT = "answer_sent"
    NOTICE_SENT = "notice_sent"  # a processor was told, or reminded (art. 19)
    WITHDREW = "withdrew"  # the data subject takes the request back
    DENIED = "denied"  # the address on file says that the request was not his
    NARROWED = "narrowed"  # the data subject meant less than he wrote
    REMINDED = "reminded"  # the data subject asks where the answer is
    HOLD_SET = "hold_set"  # the data are no longer used (art. 18, 21)
    HOLD_LIFTED = "hold_lifted"
    TASKS_PLANNED = "tasks_planned"  # what is to be done in the company's systems
    TASK_LAID = "task_laid"  # the task lies in the folder of tasks
    TASK_DONE = "task_done"
    NOTICES_PLANNED = "notices_planned"  # each is a case of its own, with this one as its parent
    PERSON_WROTE = "person_wrote"  # a mail in this thread that the person wrote without a draft of ours
    COPY_FILED = "copy_filed"  # the copy of a sent mail lies in Sent
    EXTENDED = "extended"
    CLOSED = "closed"
    REOPENED = "reopened"
    ANONYMISED = "anonymised"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `note` is a short reason in words, without mail text, names or addresses."""

    at: datetime  # aware, UTC
    kind: EventKind
    by: Actor
    note: str = ""
    draft: str = ""  # id of the draft concerned
    due: date | None = None  # the new date of an extension


class ReplyKind(StrEnum):
    """The letters the bot can lay ready; `templates/<language>/` has one file per kind."""

    ACKNOWLEDGEMENT = "acknowledgement"
    IDENTITY = "identity"
    CLARIFICATION = "clarification"
    MANDATE = "mandate"  # asks a representative for his authority
    REMINDER = "reminder"  # of a question that was not answered
    EXTENSION = "extension"  # the notice without which no term moves (art. 12(3))
    ANSWER = "answer"
    WITHDRAWAL = "withdrawal"  # confirms that a request was taken back
    LIFTED = "lifted"  # a restriction ends: the person is told before (art. 18(3))
    NOTICE = "notice"  # to a processor (art. 19)
    CHASER = "chaser"  # the same, when it does not answer


TO_PROCESSOR = frozenset({ReplyKind.NOTICE, ReplyKind.CHASER})
"""The letters of a notice; all others go to a person."""


class DraftState(StrEnum):
    """Where a draft stands; follows from the event that names it (`lifecycle`)."""

    PLANNED = "planned"
    LAID = "laid"
    HELD = "held"
    CLAIMED = "claimed"
    ATTEMPTED = "attempted"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DISCARDED = "discarded"
    REPLACED = "replaced"


ACTIVE_DRAFT_STATES = frozenset(
    {
        DraftState.PLANNED,
        DraftState.LAID,
        DraftState.HELD,
        DraftState.CLAIMED,
        DraftState.ATTEMPTED,
        DraftState.UNCERTAIN,
    }
)


@dataclass(frozen=True, slots=True)
class DraftRecord:
    """What the register knows of a draft. Its text lives in the mailbox only."""

    id: str
    token: str  # a Message-ID of ours with 128 random bits; stands in References and is how the bot knows its own
    reply: ReplyKind
    recipient: str  # the one address this draft may go to
    state: DraftState = DraftState.PLANNED
    message_id: str = ""  # of the mail that goes out, set when approved
    date: datetime | None = None  # its Date, set when approved
    frozen: str = ""  # hex SHA-256 of the bytes that were approved
    filed: bool = False  # copy lies in Sent
    outcome: Outcome | None = None  # of an answer; None: granted
    ground: Ground | None = None  # of a refusal or an extension


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done in one of the company's systems, and whether it was."""

    id: str  # within the case: "1", "2", …
    token: str  # as of a draft: how the bot knows the mail that stands for it in the folder of tasks
    system: str  # as configured, e.g. "webshop"
    role: str  # who does it, as configured; a role, never a name
    right: Right  # what is carried out
    laid: bool = False
    done: datetime | None = None
    dropped: bool = False  # the case ended, or was taken back, before it was done


@dataclass(frozen=True, slots=True)
class MailReference:
    """A mail that belongs to a case: enough to find it again, none of its content."""

    fingerprint: str
    message_id: str
    placement: Placement | None = None
    verified: bool = False  # the receiving server vouched for its sender; only such a mail is ever quoted


_HOLDS = frozenset({EventKind.HOLD_SET, EventKind.HOLD_LIFTED})
_TAKEN_BACK = frozenset({EventKind.WITHDREW, EventKind.REOPENED})
ENDS = frozenset({EventKind.CLOSED, EventKind.DISMISSED})
"""What closes a case."""


@dataclass(frozen=True, slots=True)
class Case:
    """Facts and events. All instants are aware UTC; due dates are calendar dates in `zone`, end of that day."""

    reference: str  # random, e.g. "P-7K3Q9X"; says nothing about person, date or count
    mailbox: str
    language: str
    sender: str  # the writing address; "" once anonymised
    answer_to: str  # where replies go; "" when nobody may be answered
    known: bool  # the writing address stands in the contacts
    identity: IdentityLevel
    rights: tuple[Right, ...]
    topics: tuple[Topic, ...]
    received: datetime
    zone: str
    policy_due: date
    month_due: date
    binding: date
    work_by: date
    extension_due: date
    mails: tuple[MailReference, ...] = ()
    identity_reasons: tuple[str, ...] = ()  # codes of `sender`
    warnings: tuple[str, ...] = ()  # codes of `sender`, for the person who approves
    resembles: str = ""  # the address on file that the writing one looks like; only ever shown
    evidence: tuple[str, ...] = ()  # ids of the rules that fired, for the person in triage
    extended: date | None = None
    waiting_for: WaitingFor | None = None
    resolution: Resolution | None = None
    breach_due: datetime | None = None  # 72 elapsed hours after receipt (art. 33)
    external_reference: str = ""  # of a requester tool, echoed in replies
    circumstances: tuple[Circumstance, ...] = ()
    tasks: tuple[Task, ...] = ()
    parent: str = ""  # of a notice to a processor: the reference of the request that it is about
    addressee: str = ""  # of such a notice: the processor, as configured
    drafts: tuple[DraftRecord, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def due(self) -> date:
        """The date the answer must be out: the binding date, or the extended one once the notice went out."""
        return self.extended or self.binding

    @property
    def draft(self) -> DraftRecord | None:
        """The one draft that is under way; a case never has two."""
        return next((draft for draft in reversed(self.drafts) if draft.state in ACTIVE_DRAFT_STATES), None)

    @property
    def answer(self) -> DraftRecord | None:
        """The last answer that went out."""
        sent = (draft for draft in reversed(self.drafts) if draft.state is DraftState.SENT)
        return next((draft for draft in sent if draft.reply is ReplyKind.ANSWER), None)

    @property
    def hold_since(self) -> datetime | None:
        """Since when the data are no longer used; None when they are."""
        last = next((one for one in reversed(self.events) if one.kind in _HOLDS), None)
        return last.at if last and last.kind is EventKind.HOLD_SET else None

    @property
    def account_only(self) -> bool:
        """Whether the person, asked what leaving means, said that only the account was to be closed."""
        return Circumstance.LEAVING in self.circumstances and self.has(EventKind.NARROWED)

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """What is still to be done, in the order in which it is to be done."""
        return tuple(task for task in self.tasks if task.done is None and not task.dropped)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the data subject took the request back, and nobody opened the case again since."""
        last = next((one for one in reversed(self.events) if one.kind in _TAKEN_BACK), None)
        return last is not None and last.kind is EventKind.WITHDREW

    @property
    def ended_at(self) -> datetime:
        """When it was closed the last time, or came in when it never was."""
        return next((event.at for event in reversed(self.events) if event.kind in ENDS), self.received)

    @property
    def last_mail_at(self) -> datetime:
        """When the person last wrote in this case."""
        joined = self.last(EventKind.MAIL_JOINED)
        return max(self.received, joined.at) if joined else self.received

    def can_get(self, reply: ReplyKind) -> bool:
        """Whether such a letter goes with it: a processor gets notices, a person the other letters."""
        return (reply in TO_PROCESSOR) is bool(self.addressee)

    def has(self, kind: EventKind) -> bool:
        """Whether something of this kind ever happened to the case."""
        return any(event.kind is kind for event in self.events)

    def last(self, kind: EventKind) -> Event | None:
        """The latest event of this kind."""
        return next((event for event in reversed(self.events) if event.kind is kind), None)

    def with_draft(self, draft: DraftRecord) -> "Case":
        """This case with one draft added, or replaced by id."""
        others = tuple(old for old in self.drafts if old.id != draft.id)
        return replace(self, drafts=(*others, draft))
