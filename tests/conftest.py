"""Real servers for tests: a throwaway Dovecot, and the embedded pymap and aiosmtpd that `mailbot demo` uses."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from company import Company
from hypothesis import settings
from servers import USERS, Dovecot, ImapServer, require_dovecot

from mailbot.demo.servers import EmbeddedServers

# In CI every run tries the same examples: what lands must not hang on a throw of dice. At a desk they vary.
# Speed is measured in tests/benchmarks, never asserted by a deadline.
settings.register_profile("mailbot", derandomize=os.environ.get("CI") == "true", deadline=None)
settings.load_profile("mailbot")


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    require_dovecot()
    with Dovecot(USERS) as server:
        yield server


@pytest.fixture
def pymap() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(USERS) as servers:
        yield servers


@pytest.fixture
def smtp_sink() -> Iterator[EmbeddedServers]:
    """`smtp_port` and `sink.sent` are what a test wants of it; users log in with the passwords of `USERS`."""
    with EmbeddedServers(USERS) as servers:
        yield servers


@pytest.fixture(params=["dovecot", "pymap"])
def imap_server(request: pytest.FixtureRequest) -> ImapServer:
    """The same test on both servers."""
    server: ImapServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def company(tmp_path: Path, imap_server: ImapServer, smtp_sink: EmbeddedServers) -> Iterator[Company]:
    """A company at work, on Dovecot and on pymap."""
    yield from _at_work(tmp_path, imap_server, smtp_sink)


@pytest.fixture
def company_on_dovecot(tmp_path: Path, dovecot: Dovecot, smtp_sink: EmbeddedServers) -> Iterator[Company]:
    """For what pymap does not take in, and for what is done to a maildir behind the server's back."""
    yield from _at_work(tmp_path, dovecot, smtp_sink)


def _at_work(folder: Path, server: ImapServer, smtp_sink: EmbeddedServers) -> Iterator[Company]:
    company = Company(folder, server, smtp_sink.smtp_port, smtp_sink.sink.sent)
    try:
        yield company
    finally:
        company.connections.close()
