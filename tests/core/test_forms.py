"""Forms with boxes: what was left open was not asked for."""

import pytest
from rule_texts import classified, the_rules

from mailbot.core.forms import chosen
from mailbot.core.rights import Right

FORM = """Ik maak gebruik van:
{0} recht op inzage
{1} recht op gegevenswissing
{0} recht op rectificatie
Groet, Jan
"""


@pytest.mark.parametrize(
    ("left_open", "ticked"), [("[ ]", "[x]"), ("☐", "☒"), ("☐", "☑"), ("( )", "(X)"), ("- [ ]", "- [X]"), ("□", "■")]
)
def test_only_the_ticked_option_is_asked_for(left_open: str, ticked: str) -> None:
    assert classified(FORM.format(left_open, ticked), subject="AVG formulier").rights == (Right.ERASURE,)


def test_an_answer_behind_a_colon_is_a_tick_as_well() -> None:
    form = "Inzage in mijn gegevens: nee\nVerwijdering van mijn gegevens: Ja\nRectificatie van mijn gegevens: nee\n"
    assert classified(form, subject="AVG formulier").rights == (Right.ERASURE,)


@pytest.mark.parametrize(
    "text",
    [
        FORM.format("[ ]", "[ ]"),  # nothing ticked: a person must see all of it
        FORM.format("[x]", "[x]"),
        "Komen jullie zaterdag: ja\nIk wil inzage in mijn gegevens.\n",
        "",
    ],
)
def test_a_mail_in_which_nothing_was_chosen_among_others_stays_whole(text: str) -> None:
    assert chosen(text, the_rules().forms) == text
