"""What the use cases need from the world. `adapters/` fulfils these; tests run them against real servers.

All of them raise only `mailbot.core.errors` for expected trouble.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from mailbot.core.cases import Case
from mailbot.core.experience import DeskLesson
from mailbot.core.folders import Checkpoint, FolderEntry, Listing, SpecialUse
from mailbot.core.mail import MailSource
from mailbot.core.retention import Row
from mailbot.core.sender import Contact


class Mailbox(Protocol):
    """One IMAP account. Folder names have "/" between levels; the adapter translates.

    Never sets `Seen`, never deletes a mail but through `remove`, which is only called for drafts of our own, and for
    the mails of a case whose term is over where the company allows it ([retention] expunge).
    Raises `LoginRefused`, `MailboxError` (drop the connection; the next call connects again) and `FolderRefused`.
    """

    @property
    def name(self) -> str:
        """The configured name, for messages and checkpoints."""
        ...

    def close(self) -> None:
        """Log out; never raises."""
        ...

    def ensure_folders(self, folders: Iterable[str]) -> None:
        """Create what is missing and subscribe to all of them."""
        ...

    def special_folder(self, use: SpecialUse, fallbacks: Sequence[str]) -> str:
        """The folder with that special use, else the first existing fallback, else the first fallback, created."""
        ...

    def new_messages(self, folder: str, after: Checkpoint | None, since: date) -> Listing:
        """UIDs above the checkpoint; without one, or after a UIDVALIDITY change, all received on or after `since`."""
        ...

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[MailSource]:
        """Structure first, then header and text parts; in batches, in the order of `uids`; vanished mails left out."""
        ...

    def fetch_raw(self, folder: str, uid: int, limit: int) -> bytes | None:
        """The whole message, at most `limit` octets of it; None when it is gone."""
        ...

    def entries(self, folder: str, names: Sequence[str], uids: Sequence[int] | None = None) -> tuple[FolderEntry, ...]:
        """The header fields `names` of all messages, or of `uids`; messages flagged deleted are left out."""
        ...

    def find(self, folder: str, header: str, value: str) -> tuple[int, ...]:
        """UIDs whose header field holds `value` as a whole word between spaces (compared after the fetch)."""
        ...

    def append(
        self, folder: str, message: bytes, *, flags: Sequence[str] = (), received: datetime | None = None
    ) -> None:
        """Add a message; `received` becomes its INTERNALDATE."""
        ...

    def move(self, folder: str, uid: int, target: str) -> None:
        """MOVE, or COPY + STORE + UID EXPUNGE where the server has no MOVE."""
        ...

    def remove(self, folder: str, uid: int) -> None:
        """Expunge one message of our own (a draft, a copy that the bot laid)."""
        ...


class Outbox(Protocol):
    """One SMTP account. `session()` connects and logs in, which cannot send anything yet."""

    def session(self) -> AbstractContextManager["OutboxSession"]:
        """Connect, STARTTLS or implicit TLS, log in. Raises `LoginRefused`, `SendDeferred`."""
        ...


class OutboxSession(Protocol):
    """A connection that is ready to send."""

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        """Hand over exactly these bytes for exactly this recipient; returns the server's answer.

        Raises `SendRefused`, `SendDeferred` (nothing went out) or `SendUncertain` (it may be out).
        """
        ...


class Register(Protocol):
    """The cases and how far each folder was read. Changes are seen at once and saved by `commit`, all or nothing."""

    def cases(self) -> tuple[Case, ...]:
        """All live cases, in the order in which they were opened."""
        ...

    def case(self, reference: str) -> Case | None:
        """One case, from the live file or the archives; the reference is compared without case."""
        ...

    def case_of_mail(self, fingerprint: str) -> str | None:
        """The reference of the case that this mail belongs to, archived cases included."""
        ...

    def save(self, case: Case) -> None:
        """Add or replace a case."""
        ...

    def archived_cases(self) -> Iterator[Case]:
        """All closed cases; reads every archive."""
        ...

    def rows(self) -> tuple[Row, ...]:
        """What is left of all anonymised cases."""
        ...

    def row(self, reference: str) -> Row | None:
        """What is left of one anonymised case; the reference is compared without case."""
        ...

    def is_taken(self, reference: str) -> bool:
        """Whether this reference was ever given out, also to a case that is gone."""
        ...

    def anonymise(self, row: Row, notices: Sequence[str] = ()) -> None:
        """Put the row in the place of its case, and let the notices about it go, of which only the references stay."""
        ...

    def checkpoint(self, mailbox: str, folder: str) -> Checkpoint | None:
        """How far the folder was read."""
        ...

    def move_checkpoint(self, mailbox: str, folder: str, checkpoint: Checkpoint) -> None:
        """Remember how far the folder was read."""
        ...

    def note(self, key: str) -> str | None:
        """A small fact."""
        ...

    def set_note(self, key: str, value: str | None) -> None:
        """Remember a small fact, or forget it with None."""
        ...

    def notes(self, prefix: str) -> dict[str, str]:
        """All small facts whose key starts with the prefix."""
        ...

    def lessons(self) -> tuple[DeskLesson, ...]:
        """What the privacy contact's decisions taught, oldest first."""
        ...

    def keep_lesson(self, lesson: DeskLesson) -> None:
        """Remember a lesson, in place of one about the very same mail."""
        ...

    def forget_lesson(self, lesson_id: str) -> bool:
        """Forget a lesson; whether there was one. The id is compared without case."""
        ...

    def commit(self) -> None:
        """Write everything since the last commit durably, as one step. Raises `RegisterUnwritable`; memory keeps it."""
        ...

    def rewrite_generations(self) -> None:
        """Commit, then write every file once more, so that no previous generation holds what was removed."""
        ...


class Contacts(Protocol):
    """The addresses on file."""

    def lookup(self, email: str) -> Contact | None:
        """The contact with exactly this normalised address (`core.sender.normalise`); None for anything else."""
        ...

    def owner_of(self, number: str) -> Contact | None:
        """The contact whose order number this is; None when it is nobody's."""
        ...

    def forget(self, email: str) -> None:
        """Take an address out of the bot's own book. Raises `WorldError`."""
        ...

    def resembled(self, email: str) -> Contact | None:
        """The contact whose address an eye might take this one for (`core.lookalikes`); None when there is none."""
        ...
