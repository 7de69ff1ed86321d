"""Everything that the use cases work with, wired once by `cli` (or by a test).

An `Office` holds no state of its own: what must survive lies in the register and in the mailboxes.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from mailbot.core.authentication import Trust
from mailbot.core.cases import Actor, Case, DraftRecord, Event, EventKind
from mailbot.core.choices import Choice
from mailbot.core.classifying import Classification
from mailbot.core.deadlines import Deadlines, local_day
from mailbot.core.drafting import LetterContext, new_reference, new_token
from mailbot.core.experience import DeskLesson
from mailbot.core.flood import Limits
from mailbot.core.lifecycle import advance
from mailbot.core.mail import Address, Mail, MailSource
from mailbot.core.notices import Addressee
from mailbot.core.rendering import Texts
from mailbot.core.retention import Retention
from mailbot.core.rights import FollowUp, Right
from mailbot.core.sender import SenderCheck, check_sender
from mailbot.core.tasks import System
from mailbot.core.turns import Pace
from mailbot.service.ports import Contacts, Mailbox, Outbox, Register

DISCARD_AFTER: Final = timedelta(minutes=10)
"""A draft that is nowhere is noted as discarded only after this long: Thunderbird expunges a draft before the sent mail
shows in Sent, and neomutt moves by copy and later deletion (mail-facts, measured)."""

RETRY_AFTER: Final = timedelta(minutes=10)
"""After "not now" (4xx) the same mail is tried again no sooner than this; greylisting commonly asks 5 to 15 minutes."""


_RETENTION: Final = Retention()

STALE: Final = "stale:"
"""Note "stale:<token>" = reference: a draft or task that was taken back, or done, and may still lie on the desk."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The folders of the privacy contact in the review mailbox (design.md § 5), with "/" between levels."""

    drafts: str
    sent: str
    trash: str
    approved: str
    unclear: str
    yes: str
    no: str
    held: str
    sending: str  # private to the bot: what is claimed lies here, out of reach of a client's open window
    choose: str
    tasks: str
    done: str  # a subfolder of `tasks`
    rights: Mapping[str, Right] = field(default_factory=dict)  # subfolders of `yes`
    choices: Mapping[str, Choice] = field(default_factory=dict)  # subfolders of `choose`

    @property
    def own(self) -> tuple[str, ...]:
        """The folders that the bot keeps, in the order in which it creates them."""
        decide = (self.approved, self.choose, *self.choices, self.unclear, self.yes, *self.rights, self.no)
        return (*decide, self.held, self.tasks, self.done, self.sending)

    @property
    def judged(self) -> tuple[str, ...]:
        """Where mails lie that a person has to judge, or has judged."""
        return (self.unclear, self.yes, *self.rights, self.no)

    @property
    def within_reach(self) -> tuple[str, ...]:
        """Where a person may have put a draft of ours, and the bot may take it away again."""
        return (self.drafts, self.approved, self.held, *self.choices)

    @property
    def with_drafts(self) -> tuple[str, ...]:
        """Where a draft of ours may lie before it is sent."""
        return (*self.within_reach, self.sending)


@dataclass(frozen=True, slots=True)
class WatchedMailbox:
    """A mailbox that customers write to."""

    mailbox: Mailbox
    folders: tuple[str, ...]
    trust: Trust


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """Who gets the daily list and at what local time."""

    to: Address
    at: time


@dataclass(frozen=True, slots=True)
class Office:
    """The collaborators and settings of a pass."""

    watched: Mapping[str, WatchedMailbox]  # by configured name
    review: Mailbox
    desk: Callable[[], Desk]  # asks the server for its special folders, once a connection
    outbox: Outbox
    register: Register
    contacts: Contacts
    texts: Texts
    letters: LetterContext
    own_addresses: frozenset[str]  # lower case; may stand in a letter
    sender: Address  # From of everything that goes out
    digest: DigestSettings
    limits: Limits
    pace: Pace
    systems: tuple[System, ...]  # where the company keeps personal data
    addressees: tuple[Addressee, ...]  # processors that are told by mail
    alarm: tuple[Address, ...]  # who is told at once
    language: str  # of the privacy contact
    own_language: str  # of the company: of a letter when nothing tells which
    zone: str
    look_back: timedelta  # how far the first look into a folder reaches
    read: Callable[[MailSource], Mail]
    classify: Callable[[Mail, Sequence[DeskLesson]], Classification]
    signs: Callable[[Mail], tuple[str, ...]]  # what a lesson keeps of a mail; empty without a scorer
    follow_up: Callable[[Mail, Classification], FollowUp]  # what a mail does in its thread
    deadlines: Callable[[datetime], Deadlines]
    clock: Callable[[], datetime]  # aware, UTC; the only clock
    randbelow: Callable[[int], int]
    progress: Callable[[str], None]
    retention: Retention = _RETENTION

    @property
    def domain(self) -> str:
        """Of the address that letters leave from; stands in the ids that the bot makes."""
        return self.sender.email.rpartition("@")[2]

    def new_id(self, case: Case) -> str:
        """A token or Message-ID with 128 random bits, which nobody guesses."""
        return new_token(case.reference, secrets.token_hex(16), self.domain)

    @property
    def today(self) -> date:
        """The calendar day of the company."""
        return local_day(self.clock(), self.zone)

    def notices_of(self, case: Case) -> tuple[Case, ...]:
        """The notices to processors about this case."""
        return tuple(other for other in self.register.cases() if other.parent == case.reference)

    def free_reference(self) -> str:
        """A reference that no case has or had."""
        while self.register.is_taken(reference := new_reference(self.randbelow)):
            pass
        return reference

    def lessons_of(self, mailbox: str) -> tuple[DeskLesson, ...]:
        """What the privacy contact taught about mail to this mailbox."""
        return tuple(lesson for lesson in self.register.lessons() if lesson.mailbox == mailbox)

    def check(self, mail: Mail, trust: Trust) -> SenderCheck:
        """Who wrote this mail."""
        return check_sender(mail, self.contacts.lookup, trust, self.contacts.resembled)

    def happen(
        self,
        case: Case,
        kind: EventKind,
        by: Actor = Actor.BOT,
        *,
        note: str = "",
        draft: DraftRecord | None = None,
        due: date | None = None,
    ) -> Case:
        """Record an event in the register (in memory until the next commit) and return the case after it."""
        event = Event(at=self.clock(), kind=kind, by=by, note=note, draft=draft.id if draft else "", due=due)
        after = advance(case, event)
        self.register.save(after)
        open_now = {task.id for task in after.open_tasks}
        for task in case.open_tasks:
            if task.laid and task.id not in open_now:
                self.register.set_note(STALE + task.token, after.reference)
        return after
