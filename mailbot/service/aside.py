"""Mails that were set aside because they could not be read: listed, shown as they are, and done with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.digest import SET_ASIDE_PREFIX
from mailbot.core.errors import NeedsPerson, WorldError
from mailbot.core.mail import Placement, placed
from mailbot.service.office import Office

_LIMIT = 50_000_000  # octets: whatever made it unreadable, a person gets all of it that a server hands out


@dataclass(frozen=True, slots=True)
class SetAside:
    """One of them. The number counts from 1, in the order in which they were set aside, until one is done with."""

    number: int
    placement: Placement
    since: datetime  # aware, UTC
    reason: str  # a code, or the class of an error: no word of the mail

    @property
    def key(self) -> str:
        """The note in the register."""
        return SET_ASIDE_PREFIX + self.placement.key


def set_aside(notes: Mapping[str, str]) -> tuple[SetAside, ...]:
    """All of them, from the register's notes; one whose place is not known cannot be shown and is left out."""
    found = []
    for key, note in notes.items():
        place = key.removeprefix(SET_ASIDE_PREFIX)
        if key.startswith(SET_ASIDE_PREFIX) and place != "?":
            moment, _, reason = note.partition(" ")
            found.append((datetime.fromisoformat(moment), placed(place), reason))
    ordered = sorted(found, key=lambda one: (one[0], one[1].mailbox, one[1].folder, one[1].uid))
    return tuple(SetAside(number, place, since, why) for number, (since, place, why) in enumerate(ordered, start=1))


def raw_of(office: Office, number: int) -> bytes:
    """The mail as its server hands it out. Raises `NeedsPerson`, `WorldError` when it is gone, `MailboxError`."""
    mail = _numbered(office, number)
    watched = office.watched.get(mail.placement.mailbox)
    raw = watched.mailbox.fetch_raw(mail.placement.folder, mail.placement.uid, _LIMIT) if watched else None
    if raw is None:
        raise WorldError(
            f"mail {number} no longer lies in {mail.placement.mailbox}/{mail.placement.folder}; "
            f"somebody moved or deleted it: when it is dealt with, 'mailbot aside {number} --done'"
        )
    return raw


def done_with(office: Office, number: int) -> None:
    """A person has dealt with it: it is no longer shown. Raises `NeedsPerson`."""
    office.register.set_note(_numbered(office, number).key, None)
    office.register.commit()


def _numbered(office: Office, number: int) -> SetAside:
    listed = set_aside(office.register.notes(SET_ASIDE_PREFIX))
    if not 1 <= number <= len(listed):
        raise NeedsPerson(f"there is no mail {number} that was set aside; 'mailbot aside' lists them")
    return listed[number - 1]
