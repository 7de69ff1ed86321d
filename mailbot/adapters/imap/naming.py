"""Folder names: "/" between levels with us, the server's delimiter and prefix on the wire.

Courier and many Cyrus servers use "." and keep everything under "INBOX." (RFC 2342). imapclient does modified UTF-7.
"""

from dataclasses import dataclass

from imapclient import IMAPClient

INBOX = "INBOX"


class FolderUnusable(ValueError):
    """A folder that cannot work on this server; `Connection` makes it a `FolderRefused` that names the mailbox."""


@dataclass(frozen=True, slots=True)
class FolderNames:
    """How one server writes names; `delimiter` is empty where folders cannot be nested."""

    delimiter: str = "/"
    prefix: str = ""

    def to_server(self, folder: str) -> str:
        """The name as the server knows it. Raises `FolderUnusable` for a name that cannot exist there."""
        if folder.upper() == INBOX:
            return INBOX
        levels = folder.split("/")
        self._refuse_ambiguity(folder, levels)
        # INBOX is compared without case (RFC 3501 § 5.1); what is named under it already carries Courier's prefix.
        if levels[0].upper() == INBOX:
            return self.delimiter.join([INBOX, *levels[1:]])
        return self.prefix + self.delimiter.join(levels)

    def _refuse_ambiguity(self, folder: str, levels: list[str]) -> None:
        if not self.delimiter and len(levels) > 1:
            raise FolderUnusable(f"folder {folder}: this server has no folders in folders; choose a name without '/'")
        if self.delimiter not in {"", "/"} and any(self.delimiter in level for level in levels):
            raise FolderUnusable(
                f"folder {folder}: {self.delimiter!r} separates levels on this server; choose a name without it"
            )

    def from_server(self, name: str) -> str:
        """The name as configured."""
        if name.upper() == INBOX:
            return INBOX
        bare = name.removeprefix(self.prefix)
        return bare.replace(self.delimiter, "/") if self.delimiter else bare


def names_of(client: IMAPClient) -> FolderNames:
    """Ask a logged-in server: NAMESPACE (RFC 2342) where known, else the delimiter of LIST "" ""."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, delimiter = personal[0]
            return FolderNames(delimiter or "", prefix or "")
    listed = client.list_folders("", "")
    delimiter = listed[0][1] if listed else b"/"
    return FolderNames((delimiter or b"").decode("ascii"))
