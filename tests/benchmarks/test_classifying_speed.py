"""How long the classification takes; README, "Work on it", says how to run it."""

from typing import Any

import pytest
from rule_texts import a_written_mail, the_rules

from mailbot.config.rules import load_rules
from mailbot.core.classifying import classify

REQUEST = (
    "Goedemorgen,\n\nVorig jaar heb ik bij jullie twee borden laten maken. Ik bestel voorlopig niets meer en wil graag "
    "dat jullie mijn gegevens verwijderen, ook mijn telefoonnummer. Kunnen jullie me laten weten wanneer dat gebeurd "
    "is?\n\nGroeten, Anna\n"
)


@pytest.mark.parametrize("copies", [1, 100, 2500], ids=["one mail", "30 kB", "0.75 MB"])
def test_classifying(benchmark: Any, copies: int) -> None:
    mail, rules = a_written_mail(REQUEST * copies, subject="Mijn gegevens"), the_rules()
    found = benchmark(classify, mail, rules)
    assert found.rights


def test_loading(benchmark: Any) -> None:
    assert benchmark(load_rules).rules
