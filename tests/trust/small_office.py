"""An office without servers: real rules, letters, register (in memory) and use cases, and a shelf of raw mails.

For tests that ask what a mail leads to, thousands of times: reading, sender, decision, case and letter are those of the
program; only the way in and the way out are missing. Whatever asks for them fails.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, cast

from letters import COMPANY, CONTEXT

from mailbot.adapters.calendar import working_calendar
from mailbot.adapters.contacts import AddressBook
from mailbot.adapters.register import memory_register
from mailbot.config.reading import load_reading_words
from mailbot.config.templates import load_texts
from mailbot.core.authentication import Trust
from mailbot.core.cases import Actor, Case, DraftRecord, EventKind, ReplyKind
from mailbot.core.choices import Choice
from mailbot.core.classifying import Classification
from mailbot.core.deadlines import Deadlines, HolidayRules, Terms, deadlines
from mailbot.core.experience import DeskLesson
from mailbot.core.flood import Limits
from mailbot.core.folders import Checkpoint, Listing
from mailbot.core.following import follow_up
from mailbot.core.mail import Mail, MailSource
from mailbot.core.reading import Reader, split
from mailbot.core.rendering import Texts
from mailbot.core.rights import Decision, Right
from mailbot.core.sender import Contact
from mailbot.core.turns import Pace
from mailbot.service.drafts import Drafts
from mailbot.service.intake import Intake
from mailbot.service.office import DigestSettings, Office, WatchedMailbox
from mailbot.service.sending import record_sent

OWN = frozenset({"info@example.com", COMPANY.email})
SERVER = "mx.example.com"
TRUST = Trust(SERVER)
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ZONE = "Europe/Amsterdam"

Classify = Callable[[Mail, Sequence[DeskLesson]], Classification]


@cache
def the_texts() -> Texts:
    return load_texts()


@cache
def the_reader() -> Reader:
    return Reader(load_reading_words(own_addresses=OWN))


@cache
def the_deadlines(received: datetime) -> Deadlines:
    calendar = working_calendar(HolidayRules("NL"), years=range(2026, 2028))
    return deadlines(received, ZONE, Terms(), calendar)


def found(decision: Decision, *rights: Right) -> Classification:
    return Classification(decision, rights, (), "nl", 1.0, ())


def an_erasure(mail: Mail, lessons: Sequence[DeskLesson] = ()) -> Classification:
    """Every mail asks for erasure."""
    del mail, lessons
    return found(Decision.REQUEST, Right.ERASURE)


@dataclass
class Shelf:
    """The mails that came in, as a mailbox hands them out once each."""

    name: str = "info"
    sources: list[MailSource] = field(default_factory=list)

    def new_messages(self, folder: str, after: Checkpoint | None, since: date) -> Listing:
        del folder, since
        seen = after.last_uid if after else 0
        return Listing(1, tuple(range(seen + 1, len(self.sources) + 1)))

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[MailSource]:
        del folder
        return (self.sources[uid - 1] for uid in uids)


class SmallOffice:
    """Takes mails in and writes letters; nothing leaves. `now` only moves when a test moves it."""

    def __init__(self, contacts: Iterable[Contact] = (), classify: Classify = an_erasure) -> None:
        self.now = MONDAY
        self.shelf = Shelf()
        nowhere = cast("Any", None)  # no mailbox to review in and no outbox: nothing is laid or sent
        self.office = Office(
            watched={},
            review=nowhere,
            desk=nowhere,
            outbox=nowhere,
            register=memory_register(),
            contacts=AddressBook(contacts),
            texts=the_texts(),
            letters=replace(CONTEXT, salutation="", quote=""),
            own_addresses=OWN,
            sender=COMPANY,
            digest=DigestSettings(COMPANY, time(8)),
            limits=Limits(),
            pace=Pace(),
            systems=(),
            addressees=(),
            alarm=(),
            language="nl",
            own_language="nl",
            zone=ZONE,
            look_back=timedelta(days=31),
            read=the_reader().read,
            classify=classify,
            signs=lambda _: (),
            follow_up=lambda mail, found: follow_up(mail, found.follow_ups, asks=False),
            deadlines=the_deadlines,
            clock=lambda: self.now,
            randbelow=Random(1).randrange,  # noqa: S311 - the same references in every run
            progress=lambda _: None,
        )
        self.intake = Intake(self.office)

    def takes_in(self, *mails: bytes) -> None:
        """Read these mails; none may be set aside by a bug."""
        self.shelf.sources += [split(raw, self.now) for raw in mails]
        watched = WatchedMailbox(cast("Any", self.shelf), ("INBOX",), TRUST)
        self.intake.take_in(watched)
        assert not self.intake.set_aside, self.office.register.notes("aside:")

    @property
    def cases(self) -> tuple[Case, ...]:
        return self.office.register.cases()

    @property
    def case(self) -> Case:
        (case,) = self.cases
        return case

    def letter(self, case: Case, reply: ReplyKind) -> tuple[DraftRecord, bytes]:
        """The draft of this kind as it would be laid in Drafts, with its plan; the case is left as it is."""
        plan = DraftRecord("d", self.office.new_id(case), reply, case.answer_to)
        return plan, Drafts(self.office, self.intake.seen).message(case, plan)

    def sends(self, case: Case, reply: ReplyKind) -> DraftRecord:
        """A person approved this letter and it went out."""
        case = Drafts(self.office, self.intake.seen).plan(case, Choice(reply))
        draft = cast("DraftRecord", case.draft)
        for kind in (EventKind.DRAFT_LAID, EventKind.APPROVED, EventKind.SEND_ATTEMPTED):
            case = self.office.happen(case, kind, Actor.PERSON, draft=draft)
        record_sent(self.office, case, draft, Actor.PERSON)
        return draft
