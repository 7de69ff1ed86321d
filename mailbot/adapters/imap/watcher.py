"""IDLE (RFC 2177): a connection that only says when to look."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from imapclient import IMAPClient

from mailbot.adapters.imap.account import ImapAccount
from mailbot.adapters.imap.connection import Connection, Session
from mailbot.core.errors import MailbotError, MailboxError

log = logging.getLogger("mailbot.imap")

REFRESH = 290.0  # seconds; routers forget a silent connection after 5 minutes, servers after 29
_SLICE = 1.0  # seconds in which `stop` is noticed
_TOLERANCE = 0.05
_FIRST_PAUSE = 0.5  # seconds before connecting again, doubled up to the longest
_LONGEST_PAUSE = 300.0
_STEADY = 60.0  # a connection that lasted so long was a good one


class ImapWatcher:
    """Watches one folder over a connection of its own, to be run in a thread of its own.

    It only rings: whoever looks finds out what is new, by UID. The caller polls as well, for servers without IDLE.
    """

    def __init__(self, account: ImapAccount, *, refresh: float = REFRESH) -> None:
        self._account = account
        self._refresh = refresh

    def watch(self, folder: str, wake: Callable[[], None], stop: threading.Event) -> None:
        """Call `wake` at each change, and whenever IDLE begins, until `stop`; never raises for trouble with IMAP."""
        pause = _FIRST_PAUSE
        while not stop.is_set():
            connection = Connection(self._account)
            started = time.monotonic()
            try:
                if not connection.change(folder, lambda session: self._idle(session, folder, wake, stop)):
                    log.info("%s: no IDLE, only polled", self._account.where)
                    return
            except MailbotError as error:
                log.info("%s", error)
            except Exception as error:  # noqa: BLE001 a watcher that dies unseen would delay every mail
                log.warning("%s: watching failed: %s", self._account.where, type(error).__name__)
            finally:
                connection.log_out()
            if time.monotonic() - started > _STEADY:
                pause = _FIRST_PAUSE
            stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _idle(self, session: Session, folder: str, wake: Callable[[], None], stop: threading.Event) -> bool:
        """IDLE again and again until `stop`; False when the server has none. Raises when the connection is dead."""
        client = session.client
        if not client.has_capability("IDLE"):
            return False
        session.examine(folder)
        while not stop.is_set():
            client.idle()
            # What came while nobody watched, or in one packet with the server's "+ idling": imaplib has read that
            # already, so that no poll of the socket will tell.
            wake()
            self._listen(client, wake, stop)
            client.idle_done()
        return True

    def _listen(self, client: IMAPClient, wake: Callable[[], None], stop: threading.Event) -> None:
        ends = time.monotonic() + self._refresh
        while not stop.is_set() and (left := ends - time.monotonic()) > 0:
            patience = min(_SLICE, left)
            asked = time.monotonic()
            heard = client.idle_check(timeout=patience)
            # After BYE or EOF idle_check says [] at once, for ever (mail-facts, imapclient no. 2).
            too_early = not heard and time.monotonic() - asked < patience - _TOLERANCE
            if too_early or any(response[0] == b"BYE" for response in heard):
                raise MailboxError(f"{self._account.where}: the server ended IDLE; watching goes on after a pause")
            if _is_news(heard):
                wake()


def _is_news(responses: Sequence[Any]) -> bool:
    """Anything but "* OK Still here", with which servers keep routers awake."""
    return any(response[0] != b"OK" for response in responses)
