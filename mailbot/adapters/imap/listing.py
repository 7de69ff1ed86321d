"""Finding UIDs and reading header fields in an open folder."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from imapclient import IMAPClient

from mailbot.adapters.imap.connection import Opened, Session
from mailbot.core.folders import Checkpoint, FolderEntry, Listing

BATCH = 200  # UIDs in one command: 2 kB of the 8 kB that RFC 7162 § 4 asks servers to accept
# A SEARCH answer over 1 MB raises in imaplib: 50,000 UIDs of ten digits are 550 kB.
SEARCH_WINDOW = 50_000
_LAST_UID = 2**32 - 1  # RFC 3501 § 9: nz-number is 32 bits
_FIELDS_LIMIT = 65_536  # octets of the header fields of one message
_FOLD = re.compile(r"\r?\n(?=[ \t])")


def batches(uids: Sequence[int]) -> Iterator[list[int]]:
    """The UIDs as lists that fit in a command line."""
    for start in range(0, len(uids), BATCH):
        yield list(uids[start : start + BATCH])


def new_uids(session: Session, opened: Opened, after: Checkpoint | None, since: date) -> Listing:
    """What lies above the checkpoint; all since `since` where the checkpoint says nothing any more.

    Dates in SEARCH are the server's, without a zone (RFC 3501 § 6.4.4): one day more is asked, so that none is missed.
    """
    if after is not None and _still_counts(after, opened):
        uids = search(session, opened, [], first=after.last_uid + 1)
        return Listing(opened.uidvalidity, uids)
    uids = search(session, opened, ["SINCE", since - timedelta(days=1)])
    return Listing(opened.uidvalidity, uids, restarted=after is not None)


def _still_counts(after: Checkpoint, opened: Opened) -> bool:
    """A UIDNEXT below the checkpoint breaks RFC 3501 § 2.3.1.1 (a restored backup does): UIDs are given out again."""
    restored = opened.uidnext is not None and opened.uidnext <= after.last_uid
    return after.uidvalidity == opened.uidvalidity and not restored


def search(session: Session, opened: Opened, criteria: Sequence[Any], first: int = 1) -> tuple[int, ...]:
    """UIDs from `first` on that fulfil the criteria, ascending; messages that arrived after opening are left out.

    The upper bound is UIDNEXT - 1, never "*": `n:*` gives the last message even when its UID is below n.
    """
    if not opened.exists:
        return ()
    found: set[int] = set()
    for low, high in _windows(opened, first):
        found.update(uid for uid in _search(session.client, low, high, criteria) if low <= uid <= high)
    return tuple(sorted(found))


def _windows(opened: Opened, first: int) -> Iterator[tuple[int, int]]:
    last = _LAST_UID if opened.uidnext is None else opened.uidnext - 1
    step = SEARCH_WINDOW if opened.exists > SEARCH_WINDOW and opened.uidnext is not None else _LAST_UID
    for low in range(first, last + 1, step):
        yield low, min(low + step - 1, last)


def _search(client: IMAPClient, low: int, high: int, criteria: Sequence[Any]) -> list[int]:
    plain = all(str(value).isascii() for value in criteria)
    return client.search(["UID", f"{low}:{high}", *criteria], None if plain else "UTF-8")  # type: ignore[no-any-return]


def header_fields(client: IMAPClient, uids: list[int], names: Sequence[str]) -> Iterator[FolderEntry]:
    """Header fields of messages of the open folder, ascending by UID; those flagged deleted are left out."""
    fields = f"BODY.PEEK[HEADER.FIELDS ({' '.join(names)})]<0.{_FIELDS_LIMIT}>"
    answers = client.fetch(uids, ["FLAGS", "INTERNALDATE", "RFC822.SIZE", fields])
    for uid, answer in sorted(answers.items()):
        # Keys come back in another case, order or with quoted names (Courier): there is only one of them.
        block = next((value for key, value in answer.items() if key.startswith(b"BODY[HEADER.FIELDS")), None)
        if block is not None and not _is_deleted(answer.get(b"FLAGS", ())):
            yield FolderEntry(uid, _fields(block), answer[b"RFC822.SIZE"], _instant(answer[b"INTERNALDATE"]))


def _is_deleted(flags: Sequence[bytes]) -> bool:
    return any(flag.lower() == b"\\deleted" for flag in flags)


def _instant(told: datetime) -> datetime:
    return told.astimezone(UTC)


def _fields(block: bytes) -> tuple[tuple[str, str], ...]:
    lines = _FOLD.sub("", block.decode("utf-8", "replace")).splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
