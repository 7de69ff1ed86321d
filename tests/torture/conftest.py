"""A workbench for single mails, and a company at work on each real IMAP server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from company import Company, ImapServer
from servers import Dovecot
from torture.way import Workbench

from mailbot.demo.servers import EmbeddedServers


@pytest.fixture(scope="module")
def workbench() -> Iterator[Workbench]:
    with Workbench() as bench:
        yield bench


@pytest.fixture
def company(tmp_path: Path, imap_server: ImapServer, smtp_sink: EmbeddedServers) -> Iterator[Company]:
    """On Dovecot and on pymap."""
    company = Company(tmp_path, imap_server, smtp_sink.smtp_port, smtp_sink.sink.sent)
    try:
        yield company
    finally:
        company.connections.close()


@pytest.fixture
def company_on_dovecot(tmp_path: Path, dovecot: Dovecot, smtp_sink: EmbeddedServers) -> Iterator[Company]:
    """For what pymap does not even take in, and for what is done to a maildir behind the server's back."""
    company = Company(tmp_path, dovecot, smtp_sink.smtp_port, smtp_sink.sink.sent)
    try:
        yield company
    finally:
        company.connections.close()
