"""Every odd mail ends as a classification, within a bounded memory, and without an exception."""

import pytest
from torture.odd_mails import ODD_MAILS
from torture.way import MEMORY_CAP, Workbench

from mailbot.core.rights import Decision


@pytest.mark.parametrize("name", ODD_MAILS)
def test_an_odd_mail_ends_as_a_classification(name: str, workbench: Workbench) -> None:
    outcome = workbench.send(ODD_MAILS[name]())
    assert not outcome.trouble
    assert outcome.decision in set(Decision)
    assert outcome.peak <= MEMORY_CAP
