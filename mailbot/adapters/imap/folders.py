"""Which folders there are, which have a special use, and making those that are missing."""

from collections.abc import Iterable, Iterator, Sequence

from imapclient import IMAPClient

from mailbot.adapters.imap.connection import Session
from mailbot.adapters.imap.naming import INBOX
from mailbot.core.folders import SpecialUse

_UNUSABLE = {b"\\noselect", b"\\nonexistent"}  # a level between others, not a folder (RFC 3501, RFC 5258)


def ensure_folders(session: Session, folders: Iterable[str]) -> None:
    """Create what is missing, parents first, and subscribe: Thunderbird shows only subscribed folders."""
    client, names = session.client, session.names
    existing = {name for _, _, name in client.list_folders()}
    subscribed = {name for _, _, name in client.list_sub_folders()}
    for folder in _with_parents(folders):
        name = names.to_server(folder)
        if name not in existing:
            _create(client, name)
        if name not in subscribed:
            client.subscribe_folder(name)


def find_special_folder(session: Session, use: SpecialUse, fallbacks: Sequence[str]) -> str | None:
    r"""By flag (RFC 6154; compared without case, Cyrus says \drafts), else by the first name that exists."""
    usable = [
        ({flag.lower() for flag in flags}, session.names.from_server(name))
        for flags, _, name in session.client.list_folders()
        if not _UNUSABLE & {flag.lower() for flag in flags}
    ]
    marked = [folder for flags, folder in usable if use.value.lower().encode() in flags]
    named = [folder for fallback in fallbacks for _, folder in usable if folder.casefold() == fallback.casefold()]
    return next(iter(marked + named), None)


def _with_parents(folders: Iterable[str]) -> Iterator[str]:
    seen = {INBOX}
    for folder in folders:
        levels = folder.split("/")
        for depth in range(1, len(levels) + 1):
            path = "/".join(levels[:depth])
            if path.upper() != INBOX and path not in seen:
                seen.add(path)
                yield path


def _create(client: IMAPClient, name: str) -> None:
    try:
        client.create_folder(name)
    except IMAPClient.AbortError:
        raise
    except IMAPClient.Error:
        if not client.folder_exists(name):  # another client was quicker: fine
            raise
