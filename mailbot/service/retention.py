"""Cases let go when their term is over: first the mailboxes, then the register in one commit (`core.retention`).

    mailboxes   drafts and copies of our own go; the mails of the thread go too, or are left for a person to delete
    register    the person, or the whole case, is gone; a row takes its place
    files       every generation is written anew, so that no copy of the person stays behind

A kill in between leaves a case that is done again from its beginning: what is gone already is not looked for twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Final
from zoneinfo import ZoneInfo

from mailbot.core.cases import Case, EventKind, MailReference
from mailbot.core.decoding import one_line
from mailbot.core.digest import PURGED_PREFIX
from mailbot.core.errors import FolderRefused, NeedsPerson
from mailbot.core.folders import FolderEntry
from mailbot.core.headers import decoded
from mailbot.core.lifecycle import status_of
from mailbot.core.notices import notices_by_request
from mailbot.core.retention import (
    Step,
    due,
    is_erased,
    may_go,
    purged_notes,
    row_of,
    tokens_of,
    without_person,
)
from mailbot.service.drafts import is_from_us, own_drafts
from mailbot.service.finding import THREAD_HEADERS, FoundMail, answered_ids, copies_of, everywhere
from mailbot.service.judging import LET_GO, original
from mailbot.service.office import Office
from mailbot.service.ports import Register

_SETTLED: Final = "retention:settled"  # the local day that is done
_REWRITE: Final = "retention:rewrite"  # set with what is removed, until no file holds it any more


@dataclass(frozen=True, slots=True)
class Family:
    """A request and the notices to processors about it."""

    case: Case
    notices: tuple[Case, ...]

    @property
    def all(self) -> tuple[Case, ...]:
        """The request first."""
        return (self.case, *self.notices)


@dataclass(frozen=True, slots=True)
class Anonymised:
    """What was done, by reference."""

    anonymised: tuple[str, ...]
    forgotten: tuple[str, ...]
    removed: int  # mails that were expunged


@dataclass(frozen=True, slots=True)
class Lying:
    """A mail that a person should delete. Only ever shown, never stored."""

    reference: str
    mailbox: str
    folder: str
    received: date  # local
    subject: str


# --- what is due ----------------------------------------------------------------------------------------------------


def families(register: Register) -> tuple[Family, ...]:
    """All requests of the register, archived ones included, each with its notices."""
    cases = (*register.cases(), *register.archived_cases())
    notices = notices_by_request(cases)
    return tuple(Family(case, notices.get(case.reference, ())) for case in cases if not case.parent)


def planned(office: Office, reference: str = "") -> tuple[tuple[Family, Step], ...]:
    """What is to be done now. A case that a person names is anonymised whatever its term.

    Raises `NeedsPerson` for a case that is not there, a notice, or one in which something is still to be done.
    """
    if reference:
        return ((_named(office, reference), Step.ANONYMISE),)
    now = office.clock()
    steps = ((one, due(one.case, one.notices, now, office.zone, office.retention)) for one in families(office.register))
    return tuple((family, step) for family, step in steps if step is not Step.KEEP)


def _named(office: Office, reference: str) -> Family:
    case = office.register.case(reference)
    if case is None:
        raise NeedsPerson(f"there is no case {reference}; 'mailbot cases --all' lists them")
    if case.parent:
        raise NeedsPerson(f"{case.reference} is a notice of {case.parent} and goes with that case")
    family = next(one for one in families(office.register) if one.case.reference == case.reference)
    if not may_go(case, family.notices):
        raise NeedsPerson(
            f"{case.reference}: something is still to be done (the case is {status_of(case)}, or a task, a notice or a "
            "restriction is open); close it first"
        )
    return family


def keep_terms(office: Office) -> None:
    """Do what is due, once a local day. Raises `MailboxError`, `LoginRefused`, `RegisterUnwritable`."""
    today = office.today.isoformat()
    if office.register.note(_SETTLED) == today and office.register.note(_REWRITE) is None:
        return
    anonymise_due(office)
    office.register.set_note(_SETTLED, today)
    office.register.commit()


def anonymise_due(office: Office, reference: str = "") -> Anonymised:
    """Let go of what is due, or of the one case that a person names. Raises as `keep_terms` and `planned` do."""
    _rewrite(office)
    found, removed = planned(office, reference), 0
    for number, (family, step) in enumerate(found):
        office.progress(f"{family.case.reference}: {number + 1} of {len(found)}")
        removed += _let_go(office, family, step)
    _count_left(office)
    _rewrite(office)
    by_step = {step: tuple(family.case.reference for family, done in found if done is step) for step in Step}
    return Anonymised(by_step[Step.ANONYMISE], by_step[Step.FORGET_PERSON], removed)


def _rewrite(office: Office) -> None:
    """Finish what was removed, also by a pass that was cut off: no file may hold it any more."""
    register = office.register
    if register.note(_REWRITE) is not None:
        register.rewrite_generations()
        register.set_note(_REWRITE, None)
        register.commit()


# --- one case -------------------------------------------------------------------------------------------------------


def _let_go(office: Office, family: Family, step: Step) -> int:
    """Returns how many mails were expunged."""
    if step is Step.ANONYMISE and is_erased(family.case):
        _forget_lessons(office, family.case)
        for address in dict.fromkeys((family.case.sender, family.case.answer_to)):
            office.contacts.forget(address)
    removed = sum(_clear(office, case) for case in family.all)
    register = office.register
    for case in family.all:
        for key, value in purged_notes(case, register.notes("")).items():
            register.set_note(key, value)
    if step is Step.ANONYMISE:
        everyone = (*register.cases(), *register.archived_cases())
        row = row_of(family.case, family.notices, everyone, register.rows(), version("mailbot"))
        register.anonymise(row, [notice.reference for notice in family.notices])
    else:
        for case in family.all:
            register.save(without_person(case))
    for case in family.all:
        register.set_note(PURGED_PREFIX + case.reference, f"{office.today.isoformat()} 0")
    register.set_note(LET_GO, office.today.isoformat())
    register.set_note(_REWRITE, "1")
    register.commit()
    return removed


def _forget_lessons(office: Office, case: Case) -> None:
    """Take back what the decisions about this person's mails taught, as far as they can still be read."""
    signs = {office.signs(original(found.mail)) for mail in case.mails for found in copies_of(office, mail)}
    for lesson in office.register.lessons():
        if lesson.signs in signs:
            office.register.forget_lesson(lesson.id)


def _clear(office: Office, case: Case) -> int:
    """Expunge what is ours, and the thread where that is allowed. Returns how many mails went."""
    desk, removed = office.desk(), 0
    folders = [*desk.with_drafts, desk.unclear, desk.tasks, desk.done, desk.trash]
    for token in tokens_of(case):
        for folder in (*folders, desk.sent) if office.retention.expunge else folders:
            for uid in own_drafts(office, folder, token):
                office.review.remove(folder, uid)
                removed += 1
    for mail in case.mails:
        for found in copies_of(office, mail):
            if office.retention.expunge or _is_laid_copy(office, case, mail, found):
                found.mailbox.remove(found.folder, found.uid)
                removed += 1
    return removed


def _is_laid_copy(office: Office, case: Case, mail: MailReference, found: FoundMail) -> bool:
    """Whether this is the copy that the bot laid for a person who had to look, wherever he moved it on the desk."""
    on_desk = found.mailbox.name == office.review.name and found.folder in office.desk().judged
    place = mail.placement
    is_the_mail = place is not None and (place.mailbox, place.folder) == (found.mailbox.name, found.folder)
    return case.has(EventKind.COPY_LAID) and on_desk and not is_the_mail


# --- what is left for a person --------------------------------------------------------------------------------------


def left_for_a_person(office: Office) -> tuple[Lying, ...]:
    """The mails of cases let go within `backup_days` that still lie in our folders, found anew at every call."""
    purged = office.register.notes(PURGED_PREFIX)
    return tuple(lying for key in purged for lying in lying_about(office, key.removeprefix(PURGED_PREFIX)))


def lying_about(office: Office, reference: str) -> tuple[Lying, ...]:
    """The mails that name this reference in their subject, and those that our letters among them answer."""
    tagged = tuple(_entries(office, "Subject", f"[{reference}]"))
    answered = {one for _, entry in tagged if is_from_us(office, entry) for one in answered_ids(entry)}
    found = {(*place, entry.uid): entry for place, entry in tagged}
    for message_id in sorted(answered):
        found |= {(*place, entry.uid): entry for place, entry in _entries(office, "Message-ID", message_id)}
    zone = ZoneInfo(office.zone)
    return tuple(
        Lying(reference, mailbox, folder, entry.received.astimezone(zone).date(), _subject(entry))
        for (mailbox, folder, _), entry in found.items()
    )


def _entries(office: Office, header: str, value: str) -> Iterator[tuple[tuple[str, str], FolderEntry]]:
    """The messages with this header, each with its mailbox and folder."""
    for mailbox, folder in everywhere(office):
        try:
            uids = mailbox.find(folder, header, value)
            entries = mailbox.entries(folder, THREAD_HEADERS, uids) if uids else ()
        except FolderRefused:
            continue
        yield from (((mailbox.name, folder), entry) for entry in entries)


def _subject(entry: FolderEntry) -> str:
    return one_line(decoded(" ".join(entry.values("subject"))))


def _count_left(office: Office) -> None:
    """Count what lies there still, for the digest; after `backup_days` the reference is dropped from the list."""
    until = timedelta(days=office.retention.backup_days)
    for key, note in office.register.notes(PURGED_PREFIX).items():
        day = date.fromisoformat(note.partition(" ")[0])
        count = len(lying_about(office, key.removeprefix(PURGED_PREFIX)))
        over = office.today - day > until
        office.register.set_note(key, None if over else f"{day.isoformat()} {count}")
    office.register.commit()


def again(office: Office, reference: str) -> tuple[Lying, ...]:
    """What a restored backup brought back of a case that is gone: it is on the list again for `backup_days`."""
    found = lying_about(office, reference)
    office.register.set_note(PURGED_PREFIX + reference, f"{office.today.isoformat()} {len(found)}")
    office.register.commit()
    return found
