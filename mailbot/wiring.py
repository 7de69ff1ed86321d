"""Settings become collaborators: the one place that knows every adapter and reads the clock (`now`)."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Final

from mailbot.adapters.calendar import working_calendar
from mailbot.adapters.contacts import AddressBook, load_contacts
from mailbot.adapters.imap import ImapAccount, ImapMailbox
from mailbot.adapters.register import TinyRegister, open_register, register_lock
from mailbot.adapters.smtp import SmtpAccount, SmtpOutbox, Tls
from mailbot.config.calendar import load_holiday_rules
from mailbot.config.passwords import password_of
from mailbot.config.reading import load_reading_words
from mailbot.config.rules import load_rules
from mailbot.config.settings import MailboxTable, Settings, SmtpTable, find_settings, load_settings
from mailbot.config.templates import load_texts
from mailbot.core.authentication import Trust
from mailbot.core.classifying import Classification, classify, opinion_of
from mailbot.core.deadlines import Deadlines, Terms, deadlines
from mailbot.core.drafting import Controller, LetterContext, Processor
from mailbot.core.experience import DeskLesson, signs_to_keep
from mailbot.core.flood import Limits
from mailbot.core.following import follow_up
from mailbot.core.mail import Address, Mail, MailSource
from mailbot.core.notices import Addressee
from mailbot.core.reading import Reader, split
from mailbot.core.rendering import Texts
from mailbot.core.retention import Retention
from mailbot.core.rights import Decision, FollowUp
from mailbot.core.rules import Ruleset
from mailbot.core.tasks import System
from mailbot.core.turns import Pace
from mailbot.service.desk import open_desk
from mailbot.service.office import DigestSettings, Office, WatchedMailbox

COMMAND_PATIENCE: Final = 20.0  # seconds that a command waits for a running pass to end


def now() -> datetime:
    """The clock of this program, read nowhere else."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that was read and checked at the start; nothing is connected yet."""

    settings: Settings
    texts: Texts
    ruleset: Ruleset
    reader: Reader
    contacts: AddressBook
    deadlines: Callable[[datetime], Deadlines]

    def read(self, source: MailSource) -> Mail:
        """A fetched message, read."""
        return self.reader.read(source)

    def classify(self, mail: Mail, lessons: Sequence[DeskLesson] = ()) -> Classification:
        """What a mail is taken to be."""
        return classify(mail, self.ruleset, lessons)

    def follow_up(self, mail: Mail, classification: Classification) -> FollowUp:
        """What a further mail does in its thread."""
        return follow_up(mail, classification.follow_ups, asks=classification.decision is not Decision.NONE)

    def signs(self, mail: Mail) -> tuple[str, ...]:
        """What a lesson keeps of a mail."""
        opinion = opinion_of(mail, self.ruleset)
        return signs_to_keep(opinion, self.ruleset.thresholds.learning) if opinion else ()


def open_workshop(config: Path | None) -> Workshop:
    """Read and check the configuration, rules, templates and customer lists. Raises `ConfigurationError`."""
    settings = load_settings(find_settings(config))
    override = settings.paths
    return Workshop(
        settings=settings,
        texts=load_texts(override.templates),
        ruleset=load_rules(override.rules),
        reader=Reader(load_reading_words(override.rules, settings.own_addresses)),
        contacts=load_contacts(settings.contacts.files, book_path(settings)),
        deadlines=clock_rules(settings),
    )


def book_path(settings: Settings) -> Path:
    """The bot's own address book, filled by `mailbot contacts import`; beside the register."""
    return settings.register_.path.with_name("contacts.csv")


def clock_rules(settings: Settings) -> Callable[[datetime], Deadlines]:
    """How to compute the dates for a time of receipt under this configuration."""
    policy, controller = settings.policy, settings.controller
    calendar = working_calendar(
        load_holiday_rules(controller.country, settings.paths.rules),
        count_good_friday=policy.count_good_friday,
        count_equated_days=policy.count_equated_days,
    )
    terms = Terms(days=policy.days)
    return lambda received: deadlines(received, controller.timezone, terms, calendar)


@dataclass(frozen=True, slots=True)
class Connections:
    """The mailboxes and the way out; connected when first used, kept between passes."""

    mailboxes: dict[str, ImapMailbox]
    outbox: SmtpOutbox

    def close(self) -> None:
        """Log out everywhere."""
        for mailbox in self.mailboxes.values():
            mailbox.close()


def connections_of(settings: Settings) -> Connections:
    """Prepare, without connecting."""
    mailboxes = {table.name: ImapMailbox(imap_account(table), split) for table in settings.mailbox}
    return Connections(mailboxes, SmtpOutbox(smtp_account(settings.smtp)))


def imap_account(table: MailboxTable) -> ImapAccount:
    """How to log in to one mailbox."""
    return ImapAccount(
        name=table.name,
        host=table.host,
        port=table.port,
        tls=table.tls,
        user=table.user,
        password=password_of(table, os.environ),
        timeout=table.timeout,
        ca_file=str(table.ca_file) if table.ca_file else None,
    )


def smtp_account(table: SmtpTable) -> SmtpAccount:
    """How to log in to the way out."""
    return SmtpAccount(
        host=table.host,
        port=table.port,
        tls=Tls(table.tls),
        user=table.user,
        password=password_of(table, os.environ),
        timeout=table.timeout,
        ca_file=table.ca_file,
    )


@contextmanager
def working_office(
    workshop: Workshop, connections: Connections, command: str, wait: float = COMMAND_PATIENCE
) -> Iterator[Office]:
    """An office that holds the register's lock. Raises `LockHeld`, `RegisterError`.

    The very first one creates the register and says so; where a previous generation or an archive shows that there was
    one, its absence is an error.
    """
    path = workshop.settings.register_.path
    with register_lock(path, command, wait):
        is_first = not path.exists()
        register = open_register(path, create=True)
        if is_first:
            sys.stderr.write(f"mailbot: first start: created {path}\n")
        yield office_of(workshop, connections, register)


def office_of(workshop: Workshop, connections: Connections, register: TinyRegister) -> Office:
    """Wire an office for one pass or command."""
    settings = workshop.settings
    controller = settings.controller
    review = connections.mailboxes[settings.review.mailbox]
    language = workshop.texts.desk_language(controller.language)
    return Office(
        watched={
            table.name: WatchedMailbox(
                connections.mailboxes[table.name],
                tuple(table.folders),
                Trust(table.trusted_authserv_id, table.received_by, table.authentication),
            )
            for table in settings.mailbox
        },
        review=review,
        desk=cache(partial(open_desk, review, workshop.texts.words(language), settings.folders)),
        outbox=connections.outbox,
        register=register,
        contacts=workshop.contacts,
        texts=workshop.texts,
        letters=letter_context(settings),
        own_addresses=settings.own_addresses,
        sender=Address(settings.smtp.sender.email, settings.smtp.sender.name),
        digest=DigestSettings(Address(settings.digest.to.email, settings.digest.to.name), settings.digest.at),
        limits=Limits(**settings.limits.model_dump()),
        pace=pace_of(settings),
        systems=tuple(System(one.name, one.role, frozenset(one.rights)) for one in settings.system),
        addressees=tuple(
            Addressee(one.name, one.email.email, frozenset(one.told_of)) for one in settings.processor if one.email
        ),
        alarm=tuple(Address(one.email, one.name) for one in settings.alarm.to or [settings.digest.to]),
        language=language,
        own_language=controller.language,
        zone=controller.timezone,
        look_back=timedelta(days=settings.policy.look_back_days),
        read=workshop.read,
        classify=workshop.classify,
        signs=workshop.signs,
        follow_up=workshop.follow_up,
        deadlines=workshop.deadlines,
        clock=now,
        randbelow=secrets.randbelow,
        progress=progress,
        retention=retention_of(settings),
    )


def letter_context(settings: Settings) -> LetterContext:
    """What every letter says of the company."""
    table = settings.controller
    controller = Controller(
        name=table.name,
        privacy_contact=Address(table.privacy_contact.email, table.privacy_contact.name),
        complaint_url=table.complaint_url,
        privacy_policy_url=table.privacy_policy_url,
    )
    processors = tuple(Processor(entry.name, entry.purpose, entry.category) for entry in settings.processor)
    return LetterContext(controller, processors)


def retention_of(settings: Settings) -> Retention:
    """How long closed cases are kept."""
    return Retention(**settings.retention.model_dump())


def pace_of(settings: Settings) -> Pace:
    """After how many days something is said again by itself."""
    table = settings.follow_up
    return Pace(table.reminder_days, table.last_word_days, tuple(sorted(table.chaser_days)), table.closing_days)


def progress(line: str) -> None:
    """Show that long work goes on, to a person only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{line}\n")
