"""Where and as whom mail is submitted, and what makes the connection safe."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from mailbot.core.errors import ConfigurationError
from mailbot.core.loopback import is_loopback

_ANSWER_TIMEOUT: Final = 600.0  # seconds; RFC 5321 § 4.5.3.2.6 for the answer to the final dot


class Tls(StrEnum):
    """How the connection is encrypted. STARTTLS never falls back to plain text."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where and as whom to submit. Raises `ConfigurationError` for plain text that would leave this machine."""

    host: str
    port: int
    tls: Tls = Tls.IMPLICIT
    user: str = ""
    password: Callable[[], str] | None = None  # asked at every login; None: the server wants none
    timeout: float = 60.0  # seconds, for every step but the last
    ca_file: Path | None = None  # trusted beside the certificates of the system
    answer_timeout: float = _ANSWER_TIMEOUT

    def __post_init__(self) -> None:
        if self.tls is Tls.NONE and not is_loopback(self.host):
            raise ConfigurationError(f'{self}: tls = "none" is for this machine only; use "implicit" or "starttls"')

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def tls_context(account: SmtpAccount) -> ssl.SSLContext | None:
    """What the server's certificate must satisfy; None without TLS. Raises `ConfigurationError` for the ca_file."""
    if account.tls is Tls.NONE:
        return None
    context = ssl.create_default_context()
    if account.ca_file:
        try:
            context.load_verify_locations(account.ca_file)
        except OSError as error:
            raise ConfigurationError(f"{account.ca_file}: no usable certificates; name a PEM file") from error
    return context
