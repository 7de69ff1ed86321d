"""What the privacy contact did in his mail client: sent a draft himself, moved an unclear mail, threw a draft away."""

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import getaddresses
from typing import Final

from mailbot.core.authentication import Trust
from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, EventKind, Resolution, Status
from mailbot.core.choices import CHOICES
from mailbot.core.folders import Checkpoint, FolderEntry, SpecialUse
from mailbot.core.lifecycle import SENT_EVENT, allowed, status_of
from mailbot.core.mail import MailSource
from mailbot.core.rendering import Words
from mailbot.core.rights import Right
from mailbot.service.claims import DRAFT_HEADERS, tokens, tokens_in
from mailbot.service.drafts import discard, find_token, remove_leftovers
from mailbot.service.intake import Intake
from mailbot.service.office import DISCARD_AFTER, Desk, Office
from mailbot.service.ports import Mailbox
from mailbot.service.sending import record_sent
from mailbot.service.teaching import learn_from_mail

_MISSING: Final = "missing:"


def open_desk(review: Mailbox, words: Words, names: dict[str, str]) -> Desk:
    """Find the review mailbox's own Drafts, Sent and Trash, and create and subscribe the folders of the desk.

    `names` are the configured names; the words of the language fill in the others. Raises `MailboxError`.
    """
    folders, fallbacks = {**words["folders"], **names}, words["fallback_folders"]

    def own(key: str) -> str:
        return f"{folders['root']}/{folders[key]}"

    def special(use: SpecialUse, key: str) -> str:
        return names.get(key) or review.special_folder(use, [name.strip() for name in fallbacks[key].split(",")])

    desk = Desk(
        drafts=special(SpecialUse.DRAFTS, "drafts"),
        sent=special(SpecialUse.SENT, "sent"),
        trash=special(SpecialUse.TRASH, "trash"),
        approved=own("approved"),
        unclear=own("unclear"),
        yes=own("yes"),
        no=own("no"),
        held=own("held"),
        sending=own("sending"),
        choose=own("choose"),
        tasks=own("tasks"),
        done=f"{own('tasks')}/{folders['done']}",
        choices={f"{own('choose')}/{words['choices'][key]}": choice for key, choice in CHOICES.items()},
        rights={f"{own('yes')}/{name}": Right(key) for key, name in words["right_folders"].items()},
    )
    review.ensure_folders((folders["root"], *desk.own))
    return desk


@dataclass(frozen=True, slots=True)
class DeskReader:
    """Reads the desk and records what it finds. Sent first: what the person sent himself is never sent again."""

    office: Office
    intake: Intake

    def read_sent(self) -> None:
        """Record the drafts that the person sent from his own client (they keep their References, mail-facts)."""
        office, desk = self.office, self.office.desk()
        checkpoint = office.register.checkpoint(office.review.name, desk.sent)
        since = (office.clock() - office.look_back).date()
        listing = office.review.new_messages(desk.sent, checkpoint, since)
        if not listing.uids:
            return
        known = tokens(office.register.cases())
        for entry in office.review.entries(desk.sent, DRAFT_HEADERS, listing.uids):
            self._sent_by_person(entry, known)
        office.register.move_checkpoint(
            office.review.name, desk.sent, Checkpoint(listing.uidvalidity, listing.uids[-1])
        )
        office.register.commit()

    def _sent_by_person(self, entry: FolderEntry, known: dict[str, tuple[str, str]]) -> None:
        office = self.office
        for token in tokens_in(entry, known)[-1:]:  # the last one is the draft's own, earlier ones are its thread
            reference, draft_id = known[token]
            case = office.register.case(reference)
            draft = next((item for item in case.drafts if item.id == draft_id), None) if case else None
            if case is None or draft is None or _is_our_own_copy(draft, entry):
                continue
            self._record_sent(case, draft, entry)
            remove_leftovers(office, token, office.desk().with_drafts)

    def _record_sent(self, case: Case, draft: DraftRecord, entry: FolderEntry) -> None:
        office = self.office
        other = case.draft if case.draft and case.draft.id != draft.id else None
        under_way = other is not None and other.state not in {DraftState.LAID, DraftState.HELD, DraftState.PLANNED}
        kind = SENT_EVENT[draft.reply]
        if draft.state is DraftState.SENT or under_way or not allowed(case, kind):
            # A reply by hand further down the thread, or a letter thrown away before and sent after all.
            if allowed(case, EventKind.PERSON_WROTE):
                office.happen(case, EventKind.PERSON_WROTE, Actor.PERSON)
            return
        draft = replace(draft, message_id=_message_id(entry), filed=True)
        note = "from the own mail client"
        if _recipients(entry) != {draft.recipient.lower()}:
            note += "; the recipient was changed"
        case = record_sent(office, case.with_draft(draft), draft, Actor.PERSON, note)
        if other and allowed(case, EventKind.DRAFT_LAID) and other.state is not DraftState.PLANNED:
            office.happen(case, EventKind.DRAFT_LAID, draft=other, note="still there")

    def read_decisions(self) -> None:
        """Record what the person says of unclear mails, or of any mail, by moving it to "a request" or "no request"."""
        desk = self.office.desk()
        self._read_folder(desk.no, None)
        for folder, right in ((desk.yes, None), *desk.rights.items()):
            self._read_folder(folder, (right,) if right else ())

    def _read_folder(self, folder: str, rights: tuple[Right, ...] | None) -> None:
        """`rights` is None for the folder "no request"."""
        office = self.office
        checkpoint = office.register.checkpoint(office.review.name, folder)
        since = (office.clock() - office.look_back * 12).date()
        listing = office.review.new_messages(folder, checkpoint, since)
        if not listing.uids:
            return
        for source in office.review.fetch(folder, listing.uids):
            self._decided(source, rights)
        office.register.move_checkpoint(office.review.name, folder, Checkpoint(listing.uidvalidity, listing.uids[-1]))
        office.register.commit()

    def _decided(self, source: MailSource, rights: tuple[Right, ...] | None) -> None:
        office = self.office
        mail = office.read(source)
        reference = office.register.case_of_mail(mail.fingerprint)
        case = office.register.case(reference) if reference else None
        mailbox = case.mailbox if case else office.review.name
        learn_from_mail(office, mail, mailbox, is_request=rights is not None, rights=rights or ())
        if rights is None:
            if case:
                dismiss(office, case)
        elif case:
            confirm(office, case, rights)
        else:
            self.intake.take_in_by_hand(mail, mailbox, rights, Trust(authserv_id=None, received_by=None))

    def read_missing(self) -> None:
        """Note drafts that the person threw away: nowhere on the desk and not sent, for `DISCARD_AFTER`."""
        office, desk = self.office, self.office.desk()
        for case in office.register.cases():
            draft = case.draft
            if draft is None or draft.state not in {DraftState.LAID, DraftState.HELD}:
                continue
            if find_token(office, draft.token, (*desk.with_drafts, desk.sent)):
                office.register.set_note(_MISSING + draft.id, None)
            else:
                self._missing(case, draft)
        office.register.commit()

    def _missing(self, case: Case, draft: DraftRecord) -> None:
        office = self.office
        since = office.register.note(_MISSING + draft.id)
        if since is None:
            office.register.set_note(_MISSING + draft.id, office.clock().isoformat())
        elif office.clock() - datetime.fromisoformat(since) >= DISCARD_AFTER:
            office.register.set_note(_MISSING + draft.id, None)
            discard(office, case, Actor.PERSON, "thrown away")


def _is_our_own_copy(draft: DraftRecord, entry: FolderEntry) -> bool:
    """Whether this is the copy of what the bot sent, or a mail of the person that is recorded already."""
    return draft.state is DraftState.SENT and draft.message_id in {"", _message_id(entry)}


def _message_id(entry: FolderEntry) -> str:
    return " ".join(entry.values("message-id")).strip()


def _recipients(entry: FolderEntry) -> set[str]:
    fields = [value for name in ("to", "cc", "bcc") for value in entry.values(name)]
    return {address.lower() for _, address in getaddresses(fields) if address}


def confirm(office: Office, case: Case, rights: tuple[Right, ...]) -> Case:
    """A person says that the case is a request, perhaps naming the right."""
    if allowed(case, EventKind.CONFIRMED):
        case = office.happen(case, EventKind.CONFIRMED, Actor.PERSON)
    if rights and allowed(case, EventKind.RIGHTS_ASSIGNED) and rights != case.rights:
        if case.draft:
            case = discard(office, case, Actor.PERSON, "the right was changed", EventKind.DRAFT_REPLACED)
        case = replace(case, rights=rights)
        case = office.happen(case, EventKind.RIGHTS_ASSIGNED, Actor.PERSON, note=", ".join(rights))
    return case


def dismiss(office: Office, case: Case) -> Case:
    """A person says that the case is not a request: closed and remembered, so that the mail never opens one again."""
    if status_of(case) is Status.REVIEW:
        case = discard(office, case, Actor.PERSON, "not a request")
    if not allowed(case, EventKind.DISMISSED):
        return case
    case = replace(case, resolution=Resolution.NOT_A_REQUEST)
    return office.happen(case, EventKind.DISMISSED, Actor.PERSON)
