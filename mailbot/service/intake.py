"""New mail becomes cases: fetch, read, classify, check the sender, decide, register. One commit per batch.

The checkpoint moves in the same commit as the cases of its batch: a kill in between fetches the batch again, and a
mail that is already in the register (Message-ID and content, `Mail.fingerprint`) is passed over.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mailbot.core.authentication import Trust
from mailbot.core.cases import Actor, Case, EventKind, MailReference
from mailbot.core.deciding import Intent, JoinCase, NoteBounce, OpenCase
from mailbot.core.digest import SET_ASIDE_PREFIX
from mailbot.core.errors import FolderRefused, MailbotError, MailboxError
from mailbot.core.folders import Checkpoint, Listing
from mailbot.core.mail import Mail, MailSource, Placement, placed
from mailbot.core.opening import Examined, open_case, reply_language
from mailbot.core.rights import FollowUp, Right
from mailbot.service.following import follow
from mailbot.service.judging import UNFETCHABLE, examine, intents_of, is_known, original, was_let_go
from mailbot.service.office import Office, WatchedMailbox

_log = logging.getLogger(__name__)

TRIED: Final = "tried:"  # note "tried:<mailbox>:<folder>:<uidvalidity>:<uid>" = how many passes tried in vain
_TRIES: Final = 3
_BATCH: Final = 100  # mails per commit: a kill repeats at most this many fetches


@dataclass(slots=True)
class Intake:
    """One look at the mailboxes: the counts for the summary line, and the mails that letters of this pass may quote."""

    office: Office
    mails: int = 0
    requests: int = 0
    unclear: int = 0
    joined: int = 0
    set_aside: int = 0
    seen: dict[str, Mail] = field(default_factory=dict)  # by fingerprint; only mails that belong to a case

    def take_in(self, watched: WatchedMailbox) -> None:
        """Read what is new in every folder of one mailbox.

        A folder that is refused does not keep the others waiting: the first such error is raised at the end.
        Raises `MailboxError`, `LoginRefused`, `RegisterUnwritable`.
        """
        refused: MailboxError | None = None
        for folder in watched.folders:
            try:
                self._take_in_folder(watched, folder)
            except MailboxError as error:
                refused = refused or error
        if refused:
            raise refused

    def take_in_by_hand(self, mail: Mail, mailbox: str, rights: tuple[Right, ...], trust: Trust) -> Case:
        """Open a case for a mail of which a person says that it is a request, whatever the rules think of it."""
        examined = examine(self.office, original(mail), mailbox, trust)
        self.seen[mail.fingerprint] = examined.mail
        found = examined.classification
        intent = OpenCase(
            EventKind.RECOGNISED, rights or found.rights, found.topics, examined.sender.answer_to, "by hand"
        )
        return self._open(intent, examined, Actor.PERSON)

    def _take_in_folder(self, watched: WatchedMailbox, folder: str) -> None:
        office, mailbox = self.office, watched.mailbox
        listing = self._listed(watched, folder)
        self._try_again(watched, folder, listing.uidvalidity)
        for number, batch in enumerate(_batches(listing.uids)):
            if len(listing.uids) > _BATCH:
                office.progress(f"{mailbox.name}/{folder}: {number * _BATCH} of {len(listing.uids)} mails read")
            try:
                self._take(watched, folder, batch)
            except FolderRefused:
                raise
            except MailboxError:
                # Perhaps one mail of the batch does it: the others must not wait for that one
                for uid in batch:
                    self._try(watched, folder, Placement(mailbox.name, folder, listing.uidvalidity, uid))
            office.register.move_checkpoint(mailbox.name, folder, Checkpoint(listing.uidvalidity, batch[-1]))
            office.register.commit()

    def _listed(self, watched: WatchedMailbox, folder: str) -> Listing:
        office, mailbox = self.office, watched.mailbox
        since = (office.clock() - office.look_back).date()
        return mailbox.new_messages(folder, office.register.checkpoint(mailbox.name, folder), since)

    def _take(self, watched: WatchedMailbox, folder: str, uids: Sequence[int]) -> None:
        for source in watched.mailbox.fetch(folder, uids):
            self._take_one(watched, source)

    def _try_again(self, watched: WatchedMailbox, folder: str, uidvalidity: int) -> None:
        """Ask once more for the mails at which the server broke off before; see `_try`."""
        register, name = self.office.register, watched.mailbox.name
        for key in register.notes(f"{TRIED}{name}:{folder}:"):
            place = placed(key.removeprefix(TRIED))
            if place.uidvalidity == uidvalidity:
                self._try(watched, folder, place)
            else:  # the folder is read again from its beginning, this mail included
                register.set_note(key, None)

    def _try(self, watched: WatchedMailbox, folder: str, placement: Placement) -> None:
        """Ask for one mail by itself. One at which the server breaks off is set aside at the third pass that tries.

        Raises the error when the server answers nothing else either: then it is not the mail.
        """
        register, key = self.office.register, f"{TRIED}{placement.key}"
        try:
            self._take(watched, folder, [placement.uid])
        except FolderRefused:
            raise
        except MailboxError as error:
            self._listed(watched, folder)
            tries = int(register.note(key) or 0) + 1
            register.set_note(key, str(tries) if tries < _TRIES else None)
            if tries == _TRIES:
                self._set_aside(placement, type(error).__name__)
            register.commit()
            return
        register.set_note(key, None)

    def _take_one(self, watched: WatchedMailbox, source: MailSource) -> None:
        """One mail, whatever is in it. A bug sets that mail aside and shows it; the others go on."""
        self.mails += 1
        if UNFETCHABLE in source.problems:
            self._set_aside(source.placement, UNFETCHABLE)
            return
        try:
            mail = original(self.office.read(source))
            if not is_known(self.office, mail):
                self._carry_out(examine(self.office, mail, watched.mailbox.name, watched.trust))
        except MailbotError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail must end before a person (Mailman's shunt)
            # Only the class is kept: the message of an unforeseen error may hold words of the mail.
            self._set_aside(source.placement, type(error).__name__)

    def _set_aside(self, placement: Placement | None, reason: str) -> None:
        where = placement.key if placement else "?"
        _log.error("set aside %s: %s", where, reason)
        self.office.register.set_note(SET_ASIDE_PREFIX + where, f"{self.office.clock().isoformat()} {reason}")
        self.set_aside += 1

    def _carry_out(self, examined: Examined) -> None:
        for intent in intents_of(self.office, examined):
            self._apply(intent, examined)
        if self.office.register.case_of_mail(examined.mail.fingerprint) is not None:
            self.seen[examined.mail.fingerprint] = examined.mail

    def _apply(self, intent: Intent, examined: Examined) -> None:
        match intent:
            case OpenCase() if self._was_let_go(examined.mail):
                _log.info("passed over: a mail of a person who is forgotten; 'mailbot anonymise' lists it")
            case OpenCase(kind=EventKind.RECOGNISED):
                self.requests += 1
                self._open(intent, examined, Actor.BOT)
            case OpenCase():
                self.unclear += 1
                self._open(intent, examined, Actor.BOT)
            case JoinCase():
                self.joined += 1
                self._join(intent, examined)
            case NoteBounce(reference=reference):
                if bounced := self.office.register.case(reference):
                    # A report is not from the person, whoever vouches for its server: it is never quoted or answered.
                    report = _with_mail(bounced, examined, verified=False)
                    self.office.happen(report, EventKind.MAIL_BOUNCED)

    def _was_let_go(self, mail: Mail) -> bool:
        """Read again, a mail of a forgotten person opens no new case. Where that cannot be known it does."""
        try:
            return was_let_go(self.office, mail)
        except MailboxError:
            return False

    def _open(self, intent: OpenCase, examined: Examined, by: Actor) -> Case:
        office = self.office
        case = open_case(
            intent,
            examined,
            office.deadlines(examined.mail.received),
            reference=office.free_reference(),
            language=reply_language(examined.classification.language, office.texts.languages, office.own_language),
            zone=office.zone,
            by=by,
            now=office.clock(),
        )
        office.register.save(case)
        _log.info("%s opened: %s", case.reference, intent.kind.value)
        return case

    def _join(self, intent: JoinCase, examined: Examined) -> None:
        case = self.office.register.case(intent.reference)
        if case is None:
            return
        by = Actor.PROCESSOR if case.addressee else Actor.DATA_SUBJECT
        joined = _with_mail(case, examined, verified=examined.sender.verified)
        case = self.office.happen(joined, EventKind.MAIL_JOINED, by, note=_note_of(intent))
        if intent.level > case.identity:
            case = replace(case, identity=intent.level, identity_reasons=_reasons(case, examined))
            case = self.office.happen(case, EventKind.IDENTIFIED, note="mail from the address on file")
        self.office.register.save(follow(self.office, case, intent))


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), _BATCH):
        yield uids[start : start + _BATCH]


def _with_mail(case: Case, examined: Examined, *, verified: bool) -> Case:
    mail = examined.mail
    reference = MailReference(mail.fingerprint, mail.message_id, mail.placement, verified)
    return replace(case, mails=(*case.mails, reference))


def _note_of(intent: JoinCase) -> str:
    return "" if intent.follow_up is FollowUp.MESSAGE else intent.follow_up.value


def _reasons(case: Case, examined: Examined) -> tuple[str, ...]:
    """Why we are surer now: what was found out about this mail, when it came from the writing address itself."""
    is_writer = examined.sender.address == case.sender
    return tuple(str(reason) for reason in examined.sender.reasons) if is_writer else case.identity_reasons
