"""One IMAP account as the use cases see it (`Mailbox` in the service's ports)."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial

from imapclient import IMAPClient

from mailbot.adapters.imap.account import ImapAccount
from mailbot.adapters.imap.connection import Connection, Session
from mailbot.adapters.imap.fetching import Split, fetch_sources
from mailbot.adapters.imap.folders import ensure_folders, find_special_folder
from mailbot.adapters.imap.listing import batches, header_fields, new_uids, search
from mailbot.adapters.imap.naming import INBOX
from mailbot.core.errors import FolderRefused, MailboxError
from mailbot.core.folders import Checkpoint, FolderEntry, Listing, SpecialUse
from mailbot.core.mail import MailSource, Placement

log = logging.getLogger("mailbot.imap")
_DELETED = b"\\Deleted"


class ImapMailbox:
    r"""Connects when first used, again when the connection died. One per thread.

    Folders are opened with EXAMINE but for `move` and `remove`. It never sets \Seen, and never deletes a mail but the
    one given to `remove`. Reads are repeated once on a fresh connection; append, move and remove never are. All methods
    raise `LoginRefused`, `MailboxError` and `FolderRefused`. `split` reads a message that had to be fetched whole.
    """

    def __init__(self, account: ImapAccount, split: Split) -> None:
        self._account = account
        self._split = split
        self._connection = Connection(account)

    @property
    def name(self) -> str:
        """The configured name."""
        return self._account.name

    def close(self) -> None:
        """Log out; never raises."""
        self._connection.log_out()

    def ensure_folders(self, folders: Iterable[str]) -> None:
        """Create what is missing, parents first, and subscribe to all of them."""
        wanted = list(folders)
        self._connection.read(", ".join(wanted), lambda session: ensure_folders(session, wanted))

    def special_folder(self, use: SpecialUse, fallbacks: Sequence[str]) -> str:
        """The folder with that special use, else the first existing fallback, else the first fallback, created."""

        def look(session: Session) -> str:
            found = find_special_folder(session, use, fallbacks)
            if found is None:
                ensure_folders(session, fallbacks[:1])
            return found or fallbacks[0]

        return self._connection.read(fallbacks[0], look)

    def new_messages(self, folder: str, after: Checkpoint | None, since: date) -> Listing:
        """UIDs above the checkpoint; without one, or after a UIDVALIDITY change, all received on or after `since`."""
        return self._connection.read(folder, lambda session: new_uids(session, session.examine(folder), after, since))

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[MailSource]:
        """Structure first, then header and text parts; in batches, in the order of `uids`; vanished mails left out."""
        known: int | None = None
        for batch in batches(uids):
            uidvalidity, sources = self._connection.read(folder, partial(self._batch, folder, batch))
            if known not in {None, uidvalidity}:
                raise MailboxError(f"{self._account.where}: folder {folder} was renumbered meanwhile; read it again")
            known = uidvalidity
            yield from sources

    def _batch(self, folder: str, uids: list[int], session: Session) -> tuple[int, list[MailSource]]:
        uidvalidity = session.examine(folder).uidvalidity
        placements = [Placement(self.name, folder, uidvalidity, uid) for uid in uids]
        return uidvalidity, list(fetch_sources(session, placements, self._split))

    def fetch_raw(self, folder: str, uid: int, limit: int) -> bytes | None:
        """The whole message, at most `limit` octets of it; None when it is gone."""

        def look(session: Session) -> bytes | None:
            session.examine(folder)
            answer = session.client.fetch([uid], [f"BODY.PEEK[]<0.{limit}>"]).get(uid, {})
            return next((value or b"" for key, value in answer.items() if key.startswith(b"BODY[]")), None)

        return self._connection.read(folder, look)

    def entries(self, folder: str, names: Sequence[str], uids: Sequence[int] | None = None) -> tuple[FolderEntry, ...]:
        """The header fields `names` of all messages, or of `uids`; messages flagged deleted are left out."""

        def look(session: Session) -> tuple[FolderEntry, ...]:
            opened = session.examine(folder)
            chosen = search(session, opened, ["UNDELETED"]) if uids is None else uids
            return tuple(entry for batch in batches(chosen) for entry in header_fields(session.client, batch, names))

        return self._connection.read(folder, look)

    def find(self, folder: str, header: str, value: str) -> tuple[int, ...]:
        """UIDs whose header field holds `value` as a whole word between spaces.

        SEARCH HEADER only narrows down: it matches substrings, so that case 7 finds case 77 too.
        """

        def look(session: Session) -> tuple[int, ...]:
            opened = session.examine(folder)
            likely = search(session, opened, ["UNDELETED", "HEADER", header, value])
            found = (entry for batch in batches(likely) for entry in header_fields(session.client, batch, [header]))
            return tuple(entry.uid for entry in found if any(value in text.split() for text in entry.values(header)))

        return self._connection.read(folder, look)

    def append(
        self, folder: str, message: bytes, *, flags: Sequence[str] = (), received: datetime | None = None
    ) -> None:
        """Add a message; `received` becomes its INTERNALDATE. After a `MailboxError` it may have been added."""
        self._wake()
        self._connection.change(
            folder,
            lambda session: session.client.append(session.names.to_server(folder), message, flags, received),
        )

    def move(self, folder: str, uid: int, target: str) -> None:
        r"""MOVE, or COPY + STORE \Deleted + UID EXPUNGE where the server has no MOVE.

        Raises `FolderRefused` when the message is no longer there: UID MOVE itself would say OK.
        """
        self._wake()

        def act(session: Session) -> None:
            self._select_with(session, folder, uid)
            name = session.names.to_server(target)
            if session.client.has_capability("MOVE"):
                session.client.move([uid], name)
            else:
                session.client.copy([uid], name)
                _delete(session.client, uid)

        self._connection.change(f"{folder} → {target}", act)

    def remove(self, folder: str, uid: int) -> None:
        r"""Expunge exactly this message; one that is gone already is fine.

        Without UIDPLUS (RFC 4315) it is only flagged \Deleted, which `entries` leaves out: EXPUNGE would take along
        whatever others have flagged.
        """
        self._wake()

        def act(session: Session) -> None:
            session.select(folder)
            _delete(session.client, uid)

        self._connection.change(folder, act)

    def _wake(self) -> None:
        """Find out that a connection died, and replace it, before a command that is never repeated."""
        self._connection.read(INBOX, lambda session: session.client.noop())

    def _select_with(self, session: Session, folder: str, uid: int) -> None:
        session.select(folder)
        if uid not in session.client.fetch([uid], ["FLAGS"]):
            raise FolderRefused(
                f"{self._account.where}: folder {folder}: message {uid} is gone; it was moved or deleted"
            )


def _delete(client: IMAPClient, uid: int) -> None:
    client.add_flags([uid], [_DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
    else:
        log.info("no UIDPLUS: message %d is flagged deleted, not expunged", uid)
