"""Logging in to test servers: as the bot, and as a person with a mail client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient

from mailbot.adapters.imap import ImapAccount, ImapMailbox
from mailbot.core.splitting import split

INFO = "info@example.com"


def account_of(server: Any, **changes: Any) -> ImapAccount:
    """`server` is anything with `host` and `imap_port`."""
    password = getattr(server, "users", {INFO: "info-secret"})[INFO]
    usual = {
        "name": "info",
        "host": server.host,
        "port": server.imap_port,
        "tls": "none",
        "user": INFO,
        "timeout": 10.0,
    }
    return ImapAccount(**{**usual, "password": lambda: password, **changes})


@contextmanager
def the_bot(server: Any, **changes: Any) -> Iterator[ImapMailbox]:
    mailbox = ImapMailbox(account_of(server, **changes), split)
    try:
        yield mailbox
    finally:
        mailbox.close()


@contextmanager
def a_person(server: Any, folder: str | None = None) -> Iterator[IMAPClient]:
    """A mail client, with that folder open."""
    with IMAPClient(server.host, server.imap_port, ssl=False, timeout=10) as client:
        client.login(INFO, server.users[INFO])
        client.normalise_times = False
        if folder is not None:
            client.select_folder(folder)
        yield client
