"""What servers and sockets say, as one-line errors with cause and remedy. No mail text ever gets in."""

import re
import socket
import ssl

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError

from mailbot.adapters.imap.account import ImapAccount
from mailbot.core.errors import ConfigurationError, FolderRefused, LoginRefused, MailboxError

# RFC 5530 § 3: the server cannot check now (Dovecot says LIMIT when too many connections are open).
_NOT_NOW = {"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG"}
_MEANING = {
    "OVERQUOTA": "the mailbox is full; make room or raise the quota",
    "LIMIT": "the server's limit is reached; close other mail clients or raise the limit",
    "TRYCREATE": "the folder does not exist; create it",
    "NONEXISTENT": "the folder does not exist; create it or mend the name",
    "NOPERM": "no permission; ask for read and write rights on the folder",
    "CANNOT": "the server does not allow this name or action; choose another folder name",
    "TOOBIG": "the message is larger than the server allows",
}
_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "the host name cannot be resolved; check host"),
    (ssl.SSLError, "no TLS spoken there; check port and tls"),
    (ConnectionRefusedError, "nothing listens there; check host and port, and that the server is up"),
    (TimeoutError, "no answer; check host, port and firewall"),
)
_CLOSED = "the server closed the connection; check port and tls, or try later"
_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\]")
_LONGEST = 200


def unreachable(account: ImapAccount, error: Exception) -> MailboxError:
    """No connection could be made."""
    return MailboxError(f"{account.where}: {_cause(error)}")


def login_refused(account: ImapAccount, error: Exception) -> ConfigurationError | MailboxError:
    """The server does not let us in: wrong password, or not now."""
    if _code(error) in _NOT_NOW:
        return MailboxError(f"{account.where}: the server cannot log in anyone now; try later ({_words(error)})")
    return LoginRefused(f"{account.where}: user or password refused; check both ({_words(error)})")


def folder_refused(account: ImapAccount, folder: str, error: Exception) -> FolderRefused:
    """The server said no to one folder; the connection is still good."""
    if isinstance(error, IMAPClient.ReadOnlyError):
        return FolderRefused(f"{account.where}: folder {folder} is read-only; give the account write rights")
    meaning = _MEANING.get(_code(error), "the server refused; see its words")
    return FolderRefused(f"{account.where}: folder {folder}: {meaning} ({_words(error)})")


def connection_lost(account: ImapAccount, error: Exception) -> MailboxError:
    """The connection died or fell silent half-way: only the kind of error is told, its text may hold mail."""
    if isinstance(error, TimeoutError):
        cause = f"no answer within {account.timeout:g} s"
    elif isinstance(error, ProtocolError):
        cause = "the server's answer cannot be read"
    else:
        cause = "the connection broke"
    return MailboxError(f"{account.where}: {cause}; the next attempt connects again")


def _cause(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate does not fit: {_plain(error.verify_message)}; check host or ca_file"
    if isinstance(error, IMAPClient.Error) and "STARTTLS" in str(error):
        return 'the server offers no STARTTLS; use tls = "implicit" with its port'
    return next((said for kind, said in _CAUSES if isinstance(error, kind)), _CLOSED)


def _code(error: Exception) -> str:
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _words(error: Exception) -> str:
    """The server's own words to a NO, without imapclient's decoration."""
    said = str(error).removeprefix("b'").removesuffix("'")
    return _plain(said)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:_LONGEST]
