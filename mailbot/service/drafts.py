"""Drafts and copies laid on the desk, each at most once: planned in the register first, looked for, then appended.

A restart between plan and append looks for the draft's token everywhere a person may have put it, before it appends
again: rather a second look than a second draft.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import getaddresses
from typing import Final

from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, EventKind, MailReference, Outcome, Status
from mailbot.core.choices import Choice
from mailbot.core.drafting import LetterContext, compose, draft_message
from mailbot.core.errors import MailboxError
from mailbot.core.flood import flooded
from mailbot.core.folders import FolderEntry
from mailbot.core.lifecycle import allowed, status_of
from mailbot.core.mail import Mail, Placement
from mailbot.core.notices import still_to_tell, told
from mailbot.core.sender import SenderWarning
from mailbot.core.turns import next_reply
from mailbot.service.office import STALE, Desk, Office

_LOOK_TWICE: Final = (SenderWarning.OTHER_ADDRESS_IN_NAME, SenderWarning.LOOKALIKE)
_COPY_LIMIT: Final = 10_000_000  # octets of an unclear mail copied for the person: enough to see any text


@dataclass(frozen=True, slots=True)
class Drafts:
    """Lays what is due. `seen` are the mails of this pass, by fingerprint, for quoting without a second fetch."""

    office: Office
    seen: Mapping[str, Mail]

    def lay_due(self) -> int:
        """Plan the next letter of every case and lay what is planned; returns how many drafts were laid.

        Raises `MailboxError`, `LoginRefused`, `TemplateBroken`, `RegisterUnwritable`.
        """
        drowned = flooded(self.office.register.cases(), self.office.limits)
        for case in self.office.register.cases():
            reply = next_reply(case, self.office.today, self.office.pace)
            if reply and case.reference not in drowned:
                self.plan(case, Choice(reply))
        self.office.register.commit()
        planned = [case for case in self.office.register.cases() if _is(case.draft, DraftState.PLANNED)]
        for case in planned:
            self._lay(case)
            self.office.register.commit()
        return len(planned)

    def plan(self, case: Case, choice: Choice, by: Actor = Actor.BOT) -> Case:
        """Record that this letter is to be laid."""
        draft = DraftRecord(
            id=secrets.token_hex(4),
            token=self.office.new_id(case),
            reply=choice.reply,
            recipient=case.answer_to,
            outcome=choice.outcome,
            ground=choice.ground,
        )
        return self.office.happen(case.with_draft(draft), EventKind.DRAFT_PLANNED, by, draft=draft)

    def _lay(self, case: Case) -> None:
        draft, desk = case.draft, self.office.desk()
        if draft is None:
            return
        if not find_token(self.office, draft.token, (*desk.with_drafts, desk.sent, desk.trash)):
            self.office.review.append(desk.drafts, self.message(case, draft), flags=("\\Draft",))
        self.office.happen(case, EventKind.DRAFT_LAID, draft=draft)

    def message(self, case: Case, draft: DraftRecord) -> bytes:
        """The bytes of a draft: the letter, with the person's own words below where `compose` allows it."""
        answered = _answered_mail(case)
        mail = self._mail_of(answered) if answered else None
        quote = mail.new_text if mail and answered and answered.verified else ""
        letter = compose(case, draft.reply, self._context(case, draft, quote), self.office.texts)
        return draft_message(
            letter,
            reference=case.reference,
            sender=self.office.sender,
            recipient=draft.recipient,
            token=draft.token,
            in_reply_to=answered.message_id if answered else "",
            references=mail.references if mail else (),
            message_id=self.office.new_id(case),
            date=self.office.clock(),
        )

    def _context(self, case: Case, draft: DraftRecord, quote: str) -> LetterContext:
        contact, notices = self.office.contacts.lookup(case.sender), self.office.notices_of(case)
        return replace(
            self.office.letters,
            quote=quote,
            notes=self._notes(case),
            salutation=contact.name if contact else "",
            today=self.office.today,
            outcome=draft.outcome or Outcome.GRANTED,
            ground=draft.ground,
            told=told(notices),
            still_to_tell=still_to_tell(notices),
        )

    def _notes(self, case: Case) -> tuple[str, ...]:
        """What the person must have seen before he approves: the writer may not be who he seems to be."""
        warnings = self.office.texts.words(self.office.language)["warnings"]
        return tuple(warnings[code] for code in _LOOK_TWICE if code in case.warnings)

    def _mail_of(self, reference: MailReference) -> Mail | None:
        """The mail itself: from this pass, or fetched again where it lay; None when the person has moved it."""
        if reference.fingerprint in self.seen or reference.placement is None:
            return self.seen.get(reference.fingerprint)
        return fetch_again(self.office, reference, reference.placement)


def fetch_again(office: Office, reference: MailReference, placement: Placement) -> Mail | None:
    """The mail at its old place, when it is still the same; None otherwise. Never raises for a mailbox that is down."""
    watched = office.watched.get(placement.mailbox)
    mailbox = watched.mailbox if watched else office.review
    try:
        for source in mailbox.fetch(placement.folder, [placement.uid]):
            if (mail := office.read(source)).fingerprint == reference.fingerprint:
                return mail
    except MailboxError:
        return None  # the letter goes without a quote rather than late
    return None


def find_token(office: Office, token: str, folders: tuple[str, ...]) -> bool:
    """Whether a message with this token in References lies in one of the folders."""
    return any(office.review.find(folder, "References", token) for folder in folders)


def own_drafts(office: Office, folder: str, token: str) -> tuple[int, ...]:
    """The drafts of ours with this token in a folder: a customer's reply quotes the token too, but is not from us."""
    entries = office.review.entries(folder, ["from"], office.review.find(folder, "References", token))
    return tuple(entry.uid for entry in entries if is_from_us(office, entry))


def is_from_us(office: Office, entry: FolderEntry) -> bool:
    """Whether one of our own addresses is the only one in From."""
    writers = {address.lower() for _, address in getaddresses(list(entry.values("from")))}
    return bool(writers) and writers <= office.own_addresses


def remove_leftovers(office: Office, token: str, folders: tuple[str, ...]) -> None:
    """Take drafts of ours with this token from the desk: the same letter went out, or was taken back."""
    for folder in folders:
        for uid in own_drafts(office, folder, token):
            office.review.remove(folder, uid)


def discard(office: Office, case: Case, by: Actor, note: str, kind: EventKind = EventKind.DRAFT_DISCARDED) -> Case:
    """Take the current draft back: record it first, then take it from the desk.

    A discarded letter is not laid again by itself; a replaced one (`kind` DRAFT_REPLACED) is, with its new text.
    """
    draft = case.draft
    if draft is None or not allowed(case, kind):
        return case
    case = office.happen(case, kind, by, note=note, draft=draft)
    office.register.commit()
    remove_leftovers(office, draft.token, office.desk().within_reach)
    return case


def clear_stale(office: Office) -> None:
    """Take what was taken back or done from the desk. Raises `MailboxError`; what is not cleared is tried again."""
    desk = office.desk()
    for key in office.register.notes(STALE):
        remove_leftovers(office, key.removeprefix(STALE), (*desk.within_reach, desk.tasks))
        office.register.set_note(key, None)


def lay_copies(office: Office) -> int:
    """Copy every unclear mail that has no copy yet to the unclear folder, but those of a flood; returns how many.

    The copy keeps the bytes and the time of receipt, so that a person sees what came and when, and moving it says what
    it is. Raises `MailboxError`, `LoginRefused`, `RegisterUnwritable`.
    """
    drowned = flooded(office.register.cases(), office.limits)
    waiting = [
        case
        for case in office.register.cases()
        if status_of(case) is Status.TRIAGE and not case.has(EventKind.COPY_LAID) and case.reference not in drowned
    ]
    for case in waiting:
        note = "" if _copy(office, case, office.desk()) else "the mail no longer lies where it was"
        office.happen(case, EventKind.COPY_LAID, note=note)
        office.register.commit()
    return len(waiting)


def _copy(office: Office, case: Case, desk: Desk) -> bool:
    reference = case.mails[0]
    placement = reference.placement
    if _copy_lies(office, reference, desk):
        return True
    watched = office.watched.get(placement.mailbox) if placement else None
    if placement is None or watched is None:
        return False
    raw = watched.mailbox.fetch_raw(placement.folder, placement.uid, _COPY_LIMIT)
    if raw is None:
        return False
    office.review.append(desk.unclear, raw, received=case.received)
    return True


def _copy_lies(office: Office, reference: MailReference, desk: Desk) -> bool:
    """Whether a copy is there already: a restart after the append must not lay a second one."""
    for folder in desk.judged:
        uids = office.review.find(folder, "Message-ID", reference.message_id) if reference.message_id else None
        if uids is None:
            uids = tuple(entry.uid for entry in office.review.entries(folder, ["date"]))
        if any(
            office.read(source).fingerprint == reference.fingerprint for source in office.review.fetch(folder, uids)
        ):
            return True
    return False


def _answered_mail(case: Case) -> MailReference | None:
    """The latest mail that surely came from the person, else the first: a forged one must not steer the thread.

    None for a notice to a processor that has not answered yet.
    """
    first = case.mails[0] if case.mails else None
    return next((mail for mail in reversed(case.mails) if mail.verified), first)


def _is(draft: DraftRecord | None, state: DraftState) -> bool:
    return draft is not None and draft.state is state
