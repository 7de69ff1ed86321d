r"""The mailboxes compared with the register, so that no request is missed: nightly by a pass, or whole by a command.

It changes nothing in the mailboxes, sets no \Seen, moves no checkpoint and opens no case: what it finds is shown to a
person. A mail that a pass is still to read is left to that pass.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import getaddresses
from typing import Final
from zoneinfo import ZoneInfo

from mailbot.core.digest import BY_HAND_PREFIX, MISSED_PREFIX, SET_ASIDE_PREFIX
from mailbot.core.errors import FolderRefused, MailbotError, MailboxError
from mailbot.core.folders import SpecialUse
from mailbot.core.mail import MailSource, Placement, placed
from mailbot.core.sweeping import (
    MOST_A_PASS,
    SENT_HEADERS,
    SWEEP_DAYS,
    SentMail,
    answered_by_hand,
    is_missed,
    may_be_answered,
    sent_mail,
    sweep_due,
)
from mailbot.service.drafts import is_from_us
from mailbot.service.intake import TRIED
from mailbot.service.judging import (
    UNFETCHABLE,
    examine,
    intents_of,
    is_known,
    original,
    quotes_a_purged_case,
    was_let_go,
)
from mailbot.service.office import Office, WatchedMailbox
from mailbot.service.ports import Mailbox

_log = logging.getLogger(__name__)

_SETTLED: Final = "sweep:settled"  # the local day that is done
_SWEPT: Final = "swept:"  # note "swept:<mailbox>:<folder>" = "<uidvalidity> <uid>": how far the sweep got
_BATCH: Final = 100  # mails in memory at a time
_INBOX: Final = "INBOX"  # there in every account: found where nothing better is, so that nothing is created
_SPAM: Final = ("Junk", "Spam", "INBOX/Junk", "INBOX/Spam", _INBOX)


@dataclass(frozen=True, slots=True)
class Missed:
    """A mail for a person to look at: where it lies and when it came, nothing of what is in it."""

    mailbox: str
    folder: str
    received: date  # local


@dataclass(frozen=True, slots=True)
class Swept:
    """What a whole sweep found."""

    mails: int  # that were read
    missed: tuple[Missed, ...]
    by_hand: tuple[str, ...]  # references


def sweep(office: Office, days: int = SWEEP_DAYS) -> Swept:
    """Compare all that came within `days` days. Raises `MailboxError`, `LoginRefused`, `RegisterUnwritable`."""
    sweeper = Sweeper(office, days=days, left=None)
    for watched in office.watched.values():
        sweeper.sweep_mailbox(watched)
    sweeper.finish()
    zone = ZoneInfo(office.zone)
    missed = tuple(
        Missed(place.mailbox, place.folder, datetime.fromisoformat(note).astimezone(zone).date())
        for key, note in sorted(office.register.notes(MISSED_PREFIX).items())
        for place in [placed(key.removeprefix(MISSED_PREFIX))]
    )
    by_hand = sorted(key.removeprefix(BY_HAND_PREFIX) for key in office.register.notes(BY_HAND_PREFIX))
    return Swept(sweeper.mails, missed, tuple(by_hand))


def sweep_is_due(office: Office) -> bool:
    """Whether a pass is to sweep now."""
    settled = office.register.note(_SETTLED)
    return sweep_due(office.clock(), office.zone, date.fromisoformat(settled) if settled else None)


@dataclass(slots=True)
class Sweeper:
    """One sweep, mailbox by mailbox. With `left` it goes on where the last one stopped, and stops after so many mails.

    What was swept once is not read again but for the mails that were missed then: a mail that somebody moves into a
    folder gets a UID above all others there (RFC 3501 § 2.3.1.1).
    """

    office: Office
    days: int = SWEEP_DAYS
    left: int | None = MOST_A_PASS  # None: all, from the beginning
    mails: int = 0
    is_whole: bool = True  # whether nothing new was left for the next one
    folders: set[str] = field(default_factory=set)  # "<mailbox>:<folder>"

    @property
    def _reaches_back(self) -> bool:
        """Whether it sees all that the nightly one must see; a shorter one by command does not stand in for it."""
        return self.days >= SWEEP_DAYS

    def sweep_mailbox(self, watched: WatchedMailbox) -> None:
        """Raises `MailboxError`, `LoginRefused`, `RegisterUnwritable`."""
        spam = watched.mailbox.special_folder(SpecialUse.JUNK, _SPAM)
        for folder in dict.fromkeys((*watched.folders, *((spam,) if spam != _INBOX else ()))):
            try:
                self._sweep_folder(watched, folder)
                self.folders.add(f"{watched.mailbox.name}:{folder}")
            except FolderRefused:
                continue  # the pass that cannot read it says so; it is swept from its beginning when it can be read

    def finish(self) -> None:
        """Look at Sent, forget what lay in folders that were not swept, and note the day when all is done."""
        office = self.office
        for key in office.register.notes(MISSED_PREFIX):
            if key.removeprefix(MISSED_PREFIX).rsplit(":", 2)[0] not in self.folders:
                office.register.set_note(key, None)
        for key in office.register.notes(_SWEPT):
            if key.removeprefix(_SWEPT) not in self.folders:
                office.register.set_note(key, None)
        self._note_by_hand()
        if self.is_whole and self._reaches_back:
            office.register.set_note(_SETTLED, office.today.isoformat())
        office.register.commit()

    # --- one folder -------------------------------------------------------------------------------------------------

    def _sweep_folder(self, watched: WatchedMailbox, folder: str) -> None:
        office, name = self.office, watched.mailbox.name
        listing = watched.mailbox.new_messages(folder, None, (office.clock() - timedelta(days=self.days)).date())
        unread = self._still_to_be_read(watched, folder)
        mark = self._mark(name, folder, listing.uidvalidity)
        noted = self._noted(MISSED_PREFIX, name, folder, listing.uidvalidity)
        aside = self._noted(SET_ASIDE_PREFIX, name, folder, listing.uidvalidity)
        aside |= self._noted(TRIED, name, folder, listing.uidvalidity)
        new = [uid for uid in listing.uids if uid > mark and uid not in unread | aside]
        self.is_whole = self.is_whole and (self.left is None or len(new) <= self.left)
        for batch in _batches(new[: self.left]):
            self._sweep_batch_or_each(watched, folder, listing.uidvalidity, batch)
            if self._reaches_back:
                swept = min(batch[-1], min(unread, default=batch[-1] + 1) - 1)
                office.register.set_note(f"{_SWEPT}{name}:{folder}", f"{listing.uidvalidity} {max(swept, mark)}")
            office.register.commit()
            if len(new) > _BATCH:
                office.progress(f"{name}/{folder}: {len(new)} mails to sweep, {self.mails} swept in all")
        # What was missed before is looked at again last: it must not keep what is new from being swept.
        for batch in _batches(sorted(noted - set(new))[: self.left]):
            self._sweep_batch_or_each(watched, folder, listing.uidvalidity, batch)

    def _sweep_batch_or_each(
        self, watched: WatchedMailbox, folder: str, uidvalidity: int, batch: Sequence[int]
    ) -> None:
        """A mail at which the server breaks off does not keep the others from being swept: a person looks at it.

        Raises the error when the server answers nothing else either: then it is not the mail.
        """
        try:
            self._sweep_batch(watched, folder, uidvalidity, batch)
        except FolderRefused:
            raise
        except MailboxError:
            if len(batch) > 1:
                for uid in batch:
                    self._sweep_batch_or_each(watched, folder, uidvalidity, [uid])
                return
            watched.mailbox.new_messages(folder, None, self.office.today)
            key = MISSED_PREFIX + Placement(watched.mailbox.name, folder, uidvalidity, batch[0]).key
            self.office.register.set_note(key, self.office.clock().isoformat())

    def _sweep_batch(self, watched: WatchedMailbox, folder: str, uidvalidity: int, batch: Sequence[int]) -> None:
        register, gone = self.office.register, set(batch)
        for source in watched.mailbox.fetch(folder, batch):
            if source.placement is None:
                continue
            gone.discard(source.placement.uid)
            missed = self._is_missed(watched, source)
            register.set_note(MISSED_PREFIX + source.placement.key, source.received.isoformat() if missed else None)
        for uid in gone:
            register.set_note(MISSED_PREFIX + Placement(watched.mailbox.name, folder, uidvalidity, uid).key, None)
        self.mails += len(batch)
        if self.left is not None:
            self.left = max(self.left - len(batch), 0)

    def _still_to_be_read(self, watched: WatchedMailbox, folder: str) -> set[int]:
        """What the next pass reads by itself."""
        if folder not in watched.folders:
            return set()
        checkpoint = self.office.register.checkpoint(watched.mailbox.name, folder)
        since = (self.office.clock() - self.office.look_back).date()
        return set(watched.mailbox.new_messages(folder, checkpoint, since).uids)

    def _mark(self, name: str, folder: str, uidvalidity: int) -> int:
        note = self.office.register.note(f"{_SWEPT}{name}:{folder}")
        if note is None or self.left is None:
            return 0
        validity, uid = map(int, note.split())
        return uid if validity == uidvalidity else 0

    def _noted(self, prefix: str, name: str, folder: str, uidvalidity: int) -> set[int]:
        """The UIDs in notes about this folder; a note about another numbering of it goes, when it is ours."""
        register, found = self.office.register, set[int]()
        for key in register.notes(f"{prefix}{name}:{folder}:"):
            place = placed(key.removeprefix(prefix))
            if place.folder == folder and place.uidvalidity == uidvalidity:
                found.add(place.uid)
            elif place.folder == folder and prefix == MISSED_PREFIX:
                register.set_note(key, None)
        return found

    # --- one mail ---------------------------------------------------------------------------------------------------

    def _is_missed(self, watched: WatchedMailbox, source: MailSource) -> bool:
        if UNFETCHABLE in source.problems:
            return True
        try:
            mail = original(self.office.read(source))
            if is_known(self.office, mail):
                return False
            intents = intents_of(self.office, examine(self.office, mail, watched.mailbox.name, watched.trust))
            was_handled = quotes_a_purged_case(self.office, mail) or was_let_go(self.office, mail)
            return is_missed(intents) and not was_handled
        except MailbotError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail must end before a person, as in the intake
            _log.error("cannot judge a mail in %s: %s", watched.mailbox.name, type(error).__name__)
            return True

    # --- answered by hand -------------------------------------------------------------------------------------------

    def _note_by_hand(self) -> None:
        register = self.office.register
        found = answered_by_hand(register.cases(), self._sent())
        for key in register.notes(BY_HAND_PREFIX):
            if key.removeprefix(BY_HAND_PREFIX) not in found:
                register.set_note(key, None)
        for reference, moment in found.items():
            register.set_note(BY_HAND_PREFIX + reference, moment.isoformat())

    def _sent(self) -> Iterator[SentMail]:
        """What a person sent since the oldest request that waits for an answer came."""
        waiting = [case.last_mail_at for case in self.office.register.cases() if may_be_answered(case)]
        if not waiting:
            return
        since = max(min(waiting), self.office.clock() - timedelta(days=self.days)).date()
        for mailbox, folder in self._sent_folders():
            for batch in _batches(mailbox.new_messages(folder, None, since).uids):
                for entry in mailbox.entries(folder, SENT_HEADERS, batch):
                    fields = [value for name in ("to", "cc", "bcc") for value in entry.values(name)]
                    mail = sent_mail(entry, [address for _, address in getaddresses(fields)])
                    if mail and is_from_us(self.office, entry):
                        yield mail

    def _sent_folders(self) -> Iterator[tuple[Mailbox, str]]:
        office = self.office
        names = office.texts.words(office.language)["fallback_folders"]["sent"].split(",")
        for watched in office.watched.values():
            if watched.mailbox.name == office.review.name:
                yield office.review, office.desk().sent
            elif (sent := watched.mailbox.special_folder(SpecialUse.SENT, [*map(str.strip, names), _INBOX])) != _INBOX:
                yield watched.mailbox, sent


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), _BATCH):
        yield uids[start : start + _BATCH]
