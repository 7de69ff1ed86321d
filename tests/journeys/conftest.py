"""A company at work on each real IMAP server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from company import Company, ImapServer

from mailbot.demo.servers import EmbeddedServers


@pytest.fixture
def company(tmp_path: Path, imap_server: ImapServer, smtp_sink: EmbeddedServers) -> Iterator[Company]:
    company = Company(tmp_path, imap_server, smtp_sink.smtp_port, smtp_sink.sink.sent)
    try:
        yield company
    finally:
        company.connections.close()
