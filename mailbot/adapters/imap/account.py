"""Where a mailbox is and how to log in."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mailbot.core.errors import ConfigurationError
from mailbot.core.loopback import is_loopback

Tls = Literal["implicit", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """One IMAP account. `password` is called at each login; `timeout` (seconds) bounds each wait for the server.

    Raises `ConfigurationError` for `tls="none"` to anything but loopback: the password would travel in the open.
    """

    name: str
    host: str
    port: int
    tls: Tls
    user: str
    password: Callable[[], str] = field(repr=False)
    timeout: float = 30.0
    ca_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would show the password to the network."""
        if self.tls == "none" and not is_loopback(self.host):
            raise ConfigurationError(
                f'{self.where}: tls = "none" would send the password unencrypted; use "implicit" or "starttls"'
            )

    @property
    def where(self) -> str:
        """The beginning of every error about this mailbox."""
        return f"mailbox {self.name} ({self.host}:{self.port})"

    def tls_context(self) -> ssl.SSLContext:
        """A context that checks certificate and name. Raises `ConfigurationError` when `ca_file` cannot be read."""
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # ssl.SSLError included: a file that holds no certificate
            raise ConfigurationError(f"{self.where}: ca_file {self.ca_file} cannot be used; give a PEM file") from error
