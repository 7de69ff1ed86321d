"""The scorer learns what tells texts apart, and always the same."""

from math import exp

import pytest

from mailbot.config.rules import load_rules
from mailbot.core.learning import Diligence, Lesson, _regress, _Row, learn, share_of
from mailbot.core.rights import Right
from mailbot.core.rules import Ruleset
from mailbot.core.scoring import PIECE_COUNTS, Scorer
from mailbot.core.wording import wording

DILIGENCE = Diligence(cost=20, seen=1, lightest=0.0)
FRUIT, TOOLS = ("appel", "peer", "kers", "pruim"), ("hamer", "zaag", "beitel", "schaaf")


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    return load_rules(with_scorer=False)


def lessons() -> list[Lesson]:
    wanted = [Lesson("nl", (Right.ERASURE,), "", f"smijt die {fruit} de deur uit") for fruit in FRUIT]
    kept = [Lesson("nl", (Right.ACCESS,), "", f"toon ons die {fruit} eens") for fruit in FRUIT]
    return wanted + kept + [Lesson("nl", (), "Werk", f"slijp die {tool} voor morgen") for tool in TOOLS]


def odds(scorer: Scorer, text: str) -> dict[object, float]:
    return dict(scorer.hear(wording(text), {}).each())


def test_what_was_learned_holds_for_a_text_that_was_not_seen(rules: Ruleset) -> None:
    scorer = learn(lessons(), rules, DILIGENCE)
    texts = ("smijt die noot uit", "toon ons die noot eens", "slijp die bijl")
    thrown, shown, work = (odds(scorer, text) for text in texts)
    assert thrown[None] > 0 > work[None]
    assert thrown[Right.ERASURE] > 0 > shown[Right.ERASURE]
    assert shown[Right.ACCESS] > 0 > thrown[Right.ACCESS]


def test_the_order_of_the_texts_does_not_matter(rules: Ruleset) -> None:
    assert learn(lessons(), rules, DILIGENCE) == learn(reversed(lessons()), rules, DILIGENCE)


def test_a_sign_must_occur_in_enough_texts(rules: Ruleset) -> None:
    assert "appel" in learn(lessons(), rules, DILIGENCE).worth
    assert "appel" not in learn(lessons(), rules, Diligence(cost=20, seen=3, lightest=0.0)).worth


def test_light_weights_are_dropped_except_for_whether_it_is_a_request_at_all(rules: Ruleset) -> None:
    lightest = 1.0
    scorer = learn(lessons(), rules, Diligence(cost=20, seen=1, lightest=lightest))
    weights = [(column, weight) for worth in scorer.worth.values() for column, weight in worth]
    assert any(abs(weight) < lightest for column, weight in weights if column == 0)
    assert all(abs(weight) >= lightest for column, weight in weights if column > 0)


def test_the_weights_are_those_of_logistic_regression() -> None:
    # At the minimum every weight is the sum of what the texts with that sign still lack: cost · (1 − chance) · value.
    cost, rows = 2.0, [_Row((0, 1), (), 0.7), _Row((1,), (2,), 1.0), _Row((0, 2), (), 0.7), _Row((2,), (0,), 1.0)]
    wanted = [True, True, False, True]
    bias, weights = _regress(rows, wanted, 3, cost)
    pulls = []
    for row, yes in zip(rows, wanted, strict=True):
        sign = 1 if yes else -1
        balanced = cost * len(rows) / (2 * wanted.count(yes))
        pulls.append(sign * balanced / (1 + exp(sign * (bias + row.total(weights)))))
    assert bias == pytest.approx(sum(pulls), abs=0.02)
    for number, weight in enumerate(weights):
        shares = [(number in row.whole) + PIECE_COUNTS * (number in row.pieces) for row in rows]
        lacking = sum(pull * row.value * share for pull, row, share in zip(pulls, rows, shares, strict=True))
        assert weight == pytest.approx(lacking, abs=0.02)


def test_every_text_belongs_to_one_share_and_always_to_the_same() -> None:
    shares = [share_of(lesson, 4) for lesson in lessons()]
    assert shares == [share_of(lesson, 4) for lesson in lessons()]
    assert set(shares) <= set(range(4))
    assert len(set(shares)) > 1
