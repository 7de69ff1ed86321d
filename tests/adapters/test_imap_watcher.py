"""The watcher rings within two seconds, and goes on after every way in which a connection can end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from adapters.imap_accounts import INFO, account_of
from adapters.scripted_imap import Relay, Script, ScriptedImap, Wire
from mails import a_mail
from servers import USERS, WITHOUT_IDLE, Dovecot, ImapServer, require_dovecot

from mailbot.adapters.imap import ImapWatcher

PATIENCE = 10.0


class Bell:
    """Counts the rings; `rang(n)` waits until there were n of them."""

    def __init__(self) -> None:
        self._rings = threading.Semaphore(0)
        self.count = 0

    def ring(self) -> None:
        self.count += 1
        self._rings.release()

    def rang(self, seconds: float = PATIENCE) -> bool:
        return self._rings.acquire(timeout=seconds)


@contextmanager
def watching(server: Any, **changes: Any) -> Iterator[tuple[Bell, threading.Thread]]:
    bell, stop = Bell(), threading.Event()
    refresh = changes.pop("refresh", 290.0)
    watcher = ImapWatcher(account_of(server, **changes), refresh=refresh)
    thread = threading.Thread(target=watcher.watch, args=("INBOX", bell.ring, stop), daemon=True)
    thread.start()
    try:
        yield bell, thread
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def idles_well(wire: Wire) -> None:
    tag = wire.until("IDLE")
    wire.say("+ idling\r\n")
    wire.until("DONE")
    wire.say(f"{tag} OK done\r\n")
    wire.for_ever()


def idles_then(*said: str) -> Script:
    def play(wire: Wire) -> None:
        wire.until("IDLE")
        wire.say("+ idling\r\n")
        for piece in said:
            time.sleep(0.05)
            wire.say(piece)

    return play


def test_new_mail_rings_within_two_seconds(imap_server: ImapServer) -> None:
    with watching(imap_server) as (bell, _):
        assert bell.rang()  # connected
        imap_server.deliver(INFO, a_mail())
        assert bell.rang(2.0)


def test_mail_that_is_told_together_with_idle_rings() -> None:
    def tells_at_once(wire: Wire) -> None:
        wire.until("IDLE")
        told.set()
        wire.say("+ idling\r\n* 2 EXISTS\r\n")
        wire.for_ever()

    told = threading.Event()
    with ScriptedImap(tells_at_once) as server, watching(server) as (bell, _):
        assert told.wait(PATIENCE)
        assert bell.rang(2.0)


def test_mail_that_came_between_two_idles_rings(imap_server: ImapServer) -> None:
    with watching(imap_server, refresh=0.1) as (bell, _):
        assert bell.rang()
        imap_server.deliver(INFO, a_mail())
        assert bell.rang(3.0)


def test_a_cut_connection_is_made_again_and_rings(imap_server: ImapServer) -> None:
    with Relay(imap_server.imap_port) as relay, watching(relay) as (bell, _):
        assert bell.rang()
        relay.cut()
        assert bell.rang()  # connected again: something may have come meanwhile
        imap_server.deliver(INFO, a_mail())
        assert bell.rang(3.0)


@pytest.mark.parametrize(
    "script",
    [
        idles_then("* BYE shutting down\r\n"),
        idles_then(),
        idles_then("* 2 EXI", "STS\r\n"),
        idles_then("complete nonsense\r\n"),
        idles_then("* 2 FETCH (((\r\n"),
    ],
    ids=["BYE", "EOF", "cut in two", "nonsense", "unbalanced"],
)
def test_trouble_in_idle_leads_to_a_new_connection(script: Script) -> None:
    with ScriptedImap(script, idles_well) as server:
        with watching(server) as (bell, _):
            assert bell.rang()
            assert bell.rang()
        assert server.said("LOGIN") == 2


def test_a_dead_connection_is_not_asked_thousands_of_times() -> None:
    with ScriptedImap(idles_then()) as server:
        with watching(server) as (bell, _):
            assert bell.rang()
            assert bell.rang()
            started = time.monotonic()
            assert bell.rang()
            assert time.monotonic() - started > 0.5
        assert server.said("LOGIN") <= 4


def test_still_here_rings_nobody() -> None:
    def chats(wire: Wire) -> None:
        idles_then("* OK Still here\r\n", "* OK Still here\r\n", "* 2 EXISTS\r\n")(wire)
        wire.for_ever()

    with ScriptedImap(chats) as server, watching(server) as (bell, _):
        assert bell.rang()  # IDLE began
        assert bell.rang()  # EXISTS
        assert bell.count == 2


def test_a_server_that_is_down_stops_no_thread() -> None:
    down = type("Down", (), {"host": "127.0.0.1", "imap_port": 9})
    with watching(down) as (bell, thread):
        assert not bell.rang(0.2)
        assert thread.is_alive()


def test_without_idle_the_watcher_leaves_it_to_polling() -> None:
    require_dovecot()
    with Dovecot(USERS, capability=WITHOUT_IDLE) as server, watching(server) as (bell, thread):
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert bell.count == 0
