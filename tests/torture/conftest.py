"""A workbench for single mails."""

from collections.abc import Iterator

import pytest
from torture.way import Workbench


@pytest.fixture(scope="module")
def workbench() -> Iterator[Workbench]:
    with Workbench() as bench:
        yield bench
