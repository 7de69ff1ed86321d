"""One case as files: every mail fetched again from where it lies. Nothing is marked as read, moved or changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mailbot.core.cases import Case, DraftRecord, MailReference
from mailbot.core.deadlines import Deadlines, OutsideCalendar
from mailbot.core.errors import FolderRefused
from mailbot.core.exporting import (
    FACTS,
    Dossier,
    Found,
    Maker,
    Piece,
    facts,
    letters_of,
    mails_of,
    texts_of,
    texts_of_row,
)
from mailbot.core.retention import Row
from mailbot.service.claims import DRAFT_HEADERS, tokens, tokens_in
from mailbot.service.drafts import is_from_us
from mailbot.service.finding import copies_of
from mailbot.service.office import Office
from mailbot.service.ports import Mailbox

_LIMIT: Final = 60_000_000  # octets; the IMAP adapter takes 64 MiB at most, and no mail server lets more in


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export."""

    name: str  # relative, with "/"
    content: bytes


def export(office: Office, case: Case, notices: Sequence[Case], maker: Maker) -> Iterator[File]:
    """The files of a case, and of its notices to processors in subfolders; one at a time, README last.

    What is no longer in the mailboxes is named in README. Raises `MailboxError` and `LoginRefused` when a mailbox
    cannot be read: an export is whole or it fails.
    """
    own = [notice for notice in notices if notice.parent == case.reference]
    pieces: list[Piece] = []
    for file, piece in _pieces(office, case):
        pieces.append(piece)
        if file:
            yield file
    dossier = Dossier(case, maker, _dates(office, case), tuple(pieces), tuple(notice.reference for notice in own))
    yield File(FACTS, facts(dossier).encode())
    for notice in own:
        for file in export(office, notice, (), maker):
            yield File(f"notices/{notice.reference}/{file.name}", file.content)
    for name, text in texts_of(dossier, office.texts, office.language):
        yield File(name, text.encode())


def export_row(office: Office, row: Row, maker: Maker) -> Iterator[File]:
    """The files of an anonymised case: only the row. Whoever still has the mails must not tie them to it again."""
    for name, text in texts_of_row(row, maker, office.zone, office.texts, office.language):
        yield File(name, text.encode())


def _dates(office: Office, case: Case) -> Deadlines | None:
    try:
        return office.deadlines(case.received)
    except OutsideCalendar:
        return None


def _pieces(office: Office, case: Case) -> Iterator[tuple[File | None, Piece]]:
    mails, letters = mails_of(case), letters_of(case)
    for number, (name, mail) in enumerate(mails, start=1):
        office.progress(f"{case.reference}: mail {number} of {len(mails)}")
        yield _piece(name, _mail(office, mail))
    for number, (name, letter) in enumerate(letters, start=1):
        office.progress(f"{case.reference}: letter {number} of {len(letters)}")
        yield _piece(name, _letter(office, case, letter), letter)


def _piece(name: str, raw: bytes | None, letter: DraftRecord | None = None) -> tuple[File | None, Piece]:
    if raw is None:
        return None, Piece(name, Found.GONE, letter)
    return File(name, raw), Piece(name, Found.WHOLE if len(raw) < _LIMIT else Found.CUT, letter)


# --- what came in --------------------------------------------------------------------------------------------------


def _mail(office: Office, reference: MailReference) -> bytes | None:
    """The mail where it lay, else where a person or a rule of the server may have put it."""
    found = next(copies_of(office, reference), None)
    return found.mailbox.fetch_raw(found.folder, found.uid, _LIMIT) if found else None


def _find(mailbox: Mailbox, folder: str, header: str, value: str) -> tuple[int, ...]:
    try:
        return mailbox.find(folder, header, value)
    except FolderRefused:
        return ()


# --- what went out -------------------------------------------------------------------------------------------------


def _letter(office: Office, case: Case, letter: DraftRecord) -> bytes | None:
    """The sent mail, else the draft. The last token of a thread names the letter, earlier ones its forerunners."""
    desk, known = office.desk(), tokens([case])
    for folder in (desk.sent, *desk.with_drafts, desk.trash):
        for uid in _candidates(office, folder, letter):
            (entry,) = office.review.entries(folder, DRAFT_HEADERS, [uid]) or (None,)
            if entry and is_from_us(office, entry) and tokens_in(entry, known)[-1:] == [letter.token]:
                return office.review.fetch_raw(folder, uid, _LIMIT)
    return None


def _candidates(office: Office, folder: str, letter: DraftRecord) -> Iterable[int]:
    """The mail that went out first, the newest version of a draft before older ones."""
    sent = _find(office.review, folder, "Message-ID", letter.message_id) if letter.message_id else ()
    rest = sorted(_find(office.review, folder, "References", letter.token), reverse=True)
    return dict.fromkeys((*sent, *rest))
