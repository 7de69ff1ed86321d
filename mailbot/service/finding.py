"""Where a mail lies now: people and rules of the server move mails, and a UID may have been given anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mailbot.core.cases import MailReference
from mailbot.core.deciding import REFERENCE_TAG
from mailbot.core.drafting import is_token
from mailbot.core.errors import FolderRefused
from mailbot.core.folders import FolderEntry
from mailbot.core.headers import message_ids
from mailbot.core.mail import Mail
from mailbot.service.drafts import is_from_us
from mailbot.service.office import Office
from mailbot.service.ports import Mailbox

THREAD_HEADERS: Final = ("from", "subject", "message-id", "in-reply-to", "references")


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A message of a case where it lies now."""

    mailbox: Mailbox
    folder: str
    uid: int
    mail: Mail


def everywhere(office: Office) -> Iterator[tuple[Mailbox, str]]:
    """The folders in which a mail of a case may lie, each once."""
    desk, seen = office.desk(), set[tuple[str, str]]()
    watched = [(one.mailbox, folder) for one in office.watched.values() for folder in one.folders]
    own = [(office.review, folder) for folder in (*desk.judged, desk.sent, desk.trash)]
    for mailbox, folder in (*watched, *own):
        if (mailbox.name, folder) not in seen:
            seen.add((mailbox.name, folder))
            yield mailbox, folder


def copies_of(office: Office, wanted: MailReference) -> Iterator[FoundMail]:
    """Every message in our folders that is this mail, by its fingerprint; a Message-ID alone proves nothing.

    The place where it lay comes first, and a folder that is not there is passed over. Raises `MailboxError` and
    `LoginRefused`.
    """
    place = wanted.placement
    first = [(_mailbox(office, place.mailbox), place.folder)] if place else []
    others = [(box, folder) for box, folder in everywhere(office) if (box.name, folder) not in _named(first)]
    for mailbox, folder in (*first, *others):
        try:
            for source in mailbox.fetch(folder, _candidates(office, mailbox, folder, wanted)):
                mail = office.read(source)
                if mail.fingerprint == wanted.fingerprint and source.placement:
                    yield FoundMail(mailbox, folder, source.placement.uid, mail)
        except FolderRefused:
            continue


def _mailbox(office: Office, name: str) -> Mailbox:
    watched = office.watched.get(name)
    return watched.mailbox if watched else office.review


def _named(places: Sequence[tuple[Mailbox, str]]) -> set[tuple[str, str]]:
    return {(mailbox.name, folder) for mailbox, folder in places}


def _candidates(office: Office, mailbox: Mailbox, folder: str, wanted: MailReference) -> Sequence[int]:
    place = wanted.placement
    lay_here = (place.uid,) if place and (place.mailbox, place.folder) == (mailbox.name, folder) else ()
    if wanted.message_id:
        return tuple(dict.fromkeys((*lay_here, *mailbox.find(folder, "Message-ID", wanted.message_id))))
    if mailbox.name == office.review.name and folder in office.desk().judged:
        return tuple(entry.uid for entry in mailbox.entries(folder, ["date"]))
    return lay_here


def answered_ids(entry: FolderEntry) -> tuple[str, ...]:
    """The mail that a letter of ours answers: the one before our token, of the thread before it nothing is ours."""
    thread = message_ids(entry.values("references"))
    place = next((place for place, one in enumerate(thread) if is_token(one)), 0)
    return tuple(dict.fromkeys((*message_ids(entry.values("in-reply-to")), *thread[max(place - 1, 0) : place])))


def answered_by_a_letter_about(office: Office, mail: Mail) -> Iterator[str]:
    """The references that our letters in Sent name which answer this mail: it was seen, also when its case is gone."""
    if not mail.message_id:
        return
    review, sent = office.review, office.desk().sent
    for header in ("In-Reply-To", "References"):
        uids = review.find(sent, header, mail.message_id)
        for entry in review.entries(sent, THREAD_HEADERS, uids) if uids else ():
            if is_from_us(office, entry) and mail.message_id in answered_ids(entry):
                yield from REFERENCE_TAG.findall(" ".join(entry.values("subject")))
