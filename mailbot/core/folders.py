"""What a folder of a mailbox tells: how far it was read, what is new, which headers lie there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a folder was read: every UID up to `last_uid` is done, within one UIDVALIDITY."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The UIDs that are new in a folder, ascending."""

    uidvalidity: int
    uids: tuple[int, ...]
    restarted: bool = False  # the UIDVALIDITY changed: mails seen before come again


class SpecialUse(StrEnum):
    """Folders that a server marks (RFC 6154)."""

    DRAFTS = "\\Drafts"
    SENT = "\\Sent"
    TRASH = "\\Trash"
    JUNK = "\\Junk"


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One message in a desk folder: only header fields that were asked for."""

    uid: int
    headers: tuple[tuple[str, str], ...]  # names in lower case, values unfolded, undecoded
    size: int
    received: datetime  # INTERNALDATE, aware

    def values(self, name: str) -> tuple[str, ...]:
        """All values of one header, topmost first."""
        return tuple(value for key, value in self.headers if key == name.lower())
