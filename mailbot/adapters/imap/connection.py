"""One connection: made when first used, dropped when it dies, made again at the next call.

A read is repeated once on a fresh connection. What changes the server is never repeated here: after a lost answer
nobody knows whether it was carried out (design.md § 6 settles that).
"""

import imaplib
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import ProtocolError

from mailbot.adapters.imap.account import ImapAccount
from mailbot.adapters.imap.naming import FolderNames, FolderUnusable, names_of
from mailbot.adapters.imap.refusals import connection_lost, folder_refused, login_refused, unreachable
from mailbot.core.errors import FolderRefused, LoginRefused, MailbotError, MailboxError

T = TypeVar("T")
log = logging.getLogger("mailbot.imap")

LITERAL_LIMIT = 64 * 1024 * 1024  # octets; every fetch asks for less, so more is a broken or hostile server
_LONGEST_WAIT = 60.0  # seconds between attempts to connect


@dataclass(frozen=True, slots=True)
class Opened:
    """What SELECT or EXAMINE tells (RFC 3501 § 6.3.1)."""

    uidvalidity: int
    uidnext: int | None  # None on servers that do not say
    exists: int


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in connection and how its server names folders."""

    client: IMAPClient
    names: FolderNames

    def examine(self, folder: str) -> Opened:
        r"""Open for reading: EXAMINE can neither set \Seen nor take away \Recent."""
        return self._open(folder, readonly=True)

    def select(self, folder: str) -> Opened:
        """Open for moving or removing."""
        return self._open(folder, readonly=False)

    def _open(self, folder: str, *, readonly: bool) -> Opened:
        told = self.client.select_folder(self.names.to_server(folder), readonly=readonly)
        if b"UIDVALIDITY" not in told:
            raise FolderUnusable(f"folder {folder}: this server gives no UIDVALIDITY, so mails cannot be found again")
        return Opened(told[b"UIDVALIDITY"], told.get(b"UIDNEXT"), told[b"EXISTS"])


class Connection:
    """Lazy, with a growing pause between failed attempts to connect. Not thread-safe: one per thread."""

    def __init__(self, account: ImapAccount, clock: Callable[[], float] = time.monotonic) -> None:
        self.account = account
        self._clock = clock
        self._session: Session | None = None
        self._failures = 0
        self._not_before = 0.0
        self._refusal: MailbotError | None = None

    def read(self, folder: str, work: Callable[[Session], T]) -> T:
        """Run what may be run twice. Raises `LoginRefused`, `MailboxError`, `FolderRefused` about `folder`."""
        self.session()
        try:
            return self.change(folder, work)
        except FolderRefused:
            raise
        except MailboxError as error:
            log.info("%s", error)
        return self.change(folder, work)

    def change(self, folder: str, work: Callable[[Session], T]) -> T:
        """Run once. Raises `LoginRefused`, `MailboxError`, `FolderRefused` about `folder`."""
        session = self.session()
        try:
            return work(session)
        except MailbotError:
            raise
        except FolderUnusable as error:
            raise FolderRefused(f"{self.account.where}: {error}") from None
        except IMAPClient.ReadOnlyError as error:
            raise folder_refused(self.account, folder, error) from None
        except (IMAPClient.AbortError, ProtocolError, OSError) as error:
            self.drop()
            raise connection_lost(self.account, error) from None
        except IMAPClient.Error as error:  # NO or BAD: the connection is good
            raise folder_refused(self.account, folder, error) from None
        except BaseException:  # a bug, or Ctrl-C in the middle of an answer: what comes next cannot be trusted
            self.drop()
            raise

    def session(self) -> Session:
        """The open session, connecting when there is none. Raises `LoginRefused`, `MailboxError`."""
        if self._session is None:
            if self._refusal is not None and self._clock() < self._not_before:
                raise type(self._refusal)(str(self._refusal))
            try:
                self._session = _connect(self.account)
            except MailbotError as error:
                self._put_off(error)
                raise
            self._failures = 0
            log.info("%s: connected", self.account.where)
        return self._session

    def drop(self) -> None:
        """Forget the connection without a word to the server; never raises."""
        session, self._session = self._session, None
        if session is not None:
            _shut(session.client)

    def log_out(self) -> None:
        """Say LOGOUT, then forget the connection; never raises."""
        if self._session is not None:
            with suppress(IMAPClient.Error, OSError):
                self._session.client.logout()
        self.drop()

    def _put_off(self, error: MailbotError) -> None:
        """Try again at once after the first failure, then after 2, 4, 8 … 60 s: a pass over ten folders stays quick."""
        self._failures += 1
        wait = 0.0 if self._failures == 1 else min(_LONGEST_WAIT, 2.0 ** (self._failures - 1))
        self._not_before = self._clock() + wait
        self._refusal = error


def _connect(account: ImapAccount) -> Session:
    _hush_imapclient()
    context = None if account.tls == "none" else account.tls_context()
    client: IMAPClient | None = None
    try:
        client = _greeted(account, context)
        _log_in(account, client)
        return Session(client, names_of(client))
    except (MailbotError, IMAPClient.Error, OSError) as error:
        if client is not None:
            _shut(client)
        if isinstance(error, MailbotError):
            raise
        raise unreachable(account, error) from None


def _greeted(account: ImapAccount, context: Any) -> IMAPClient:
    timeout = SocketTimeout(connect=account.timeout, read=account.timeout)
    client = IMAPClient(account.host, account.port, ssl=account.tls == "implicit", ssl_context=context, timeout=timeout)
    try:
        _tune(client, account.timeout)
        if account.tls == "starttls":
            client.starttls(context)
            _tune(client, account.timeout)
    except (IMAPClient.Error, OSError):
        _shut(client)
        raise
    return client


def _tune(client: IMAPClient, timeout: float) -> None:
    # mail-facts, imapclient no. 4, 5: debug is hard-wired to 5, which is slow and would log bodies; small commands wait
    # 40 ms for Nagle's algorithm.
    client._imap.debug = 0  # noqa: SLF001
    client.normalise_times = False  # INTERNALDATE with its zone, not in local time without one
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.socket().settimeout(timeout)
    _limit_literals(client._imap)  # noqa: SLF001


def _limit_literals(imap: imaplib.IMAP4) -> None:
    """A server that announces a literal of 4 GB must not fill the memory."""
    unlimited = type(imap).read

    def limited(size: int) -> bytes:
        if size > LITERAL_LIMIT:
            raise imaplib.IMAP4.abort("literal too large")
        return unlimited(imap, size)

    imap.read = limited  # type: ignore[method-assign]


def _log_in(account: ImapAccount, client: IMAPClient) -> None:
    password = account.password()
    if not (account.user + password).isprintable():
        raise LoginRefused(f"{account.where}: user or password holds a control character; check for a line end")
    try:
        if (account.user + password).isascii():
            client.login(account.user, password)
        else:  # LOGIN takes ASCII only (RFC 3501 § 9); SASL PLAIN takes UTF-8 (RFC 4616)
            client.plain_login(account.user, password)
    except IMAPClient.AbortError as error:
        raise unreachable(account, error) from None
    except IMAPClient.Error as error:
        raise login_refused(account, error) from None


def _shut(client: IMAPClient) -> None:
    with suppress(IMAPClient.Error, OSError):
        client.shutdown()


def _hush_imapclient() -> None:
    """At debug level imapclient logs what it sends and receives, mail bodies included: it logs nothing at all."""
    for name in ("imapclient.imapclient", "imapclient.imaplib"):
        logging.getLogger(name).disabled = True
