"""Rules and scorer together: who decides what."""

import pytest

from mailbot.core.experience import Learning
from mailbot.core.hearing import chance, decide, named, one_step
from mailbot.core.rights import Decision, Right, Topic
from mailbot.core.rules import Concern, Hearing, Thresholds
from mailbot.core.scoring import Opinion, Scorer
from mailbot.core.wording import wording

THRESHOLDS = Thresholds(
    request=0.6,
    unclear=0.35,
    automatic=0.75,
    support=0.3,
    hearing=Hearing(
        trust=4.0,
        request=3.0,
        unclear=2.0,
        alone_request=4.0,
        alone_unclear=2.5,
        naming=4.0,
        guesses=-1.5,
        names=0.0,
        passing=2.0,
        beside_subject=3.0,
        topics=0.0,
        alarms=1.0,
    ),
    learning=Learning(most_signs=60, alike=0.35, strength=4.0, most=3.0),
)
FULL, LAW = 0.7, 0.45


def an_opinion(**odds: float) -> Opinion:
    """Log-odds by name of right or topic; `request` is that of a request at all."""
    columns: dict[Concern, float] = {None: -5.0} | dict.fromkeys([*Right, *Topic], -5.0)
    for name, value in odds.items():
        columns[next((one for one in columns if one == name), None)] = value
    return Scorer(tuple(columns), tuple(columns.values()), {}).hear(wording(""), {})


@pytest.mark.parametrize(
    ("scores", "heard", "decision"),
    [
        ({}, -5.0, Decision.NONE),
        ({}, 2.4, Decision.NONE),
        ({}, 2.6, Decision.UNCLEAR),
        ({}, 4.1, Decision.REQUEST),
        ({Right.ERASURE: 0.2}, 3.0, Decision.UNCLEAR),  # as good as silent
        ({Right.ERASURE: 0.4}, 2.0, Decision.REQUEST),  # 2 + 4 · 0.4 reaches 3
        ({Right.ERASURE: 0.4}, 0.5, Decision.UNCLEAR),
        ({Right.ERASURE: 0.4}, -3.0, Decision.NONE),
        ({Right.ERASURE: FULL}, 1.0, Decision.REQUEST),
        ({Right.ERASURE: FULL}, -1.0, Decision.UNCLEAR),
        ({Right.ERASURE: 0.99}, -9.0, Decision.UNCLEAR),
    ],
)
def test_where_rules_and_scorer_disagree_a_person_looks(
    scores: dict[Concern, float], heard: float, decision: Decision
) -> None:
    found = decide(scores, an_opinion(request=heard), automatic=False, guarded=False, thresholds=THRESHOLDS)
    assert found is decision


@pytest.mark.parametrize("heard", [-20.0, -5.0, 0.0, 20.0])
@pytest.mark.parametrize("right", list(Right))
def test_a_request_that_names_the_law_is_never_lowered(right: Right, heard: float) -> None:
    scores: dict[Concern, float] = {right: 0.6, None: LAW}
    opinion = an_opinion(request=heard)
    assert decide(scores, opinion, automatic=False, guarded=False, thresholds=THRESHOLDS) is Decision.REQUEST
    assert right in named(scores, opinion, THRESHOLDS)


@pytest.mark.parametrize("scores", [{None: LAW}, {Right.ACCESS: 0.6}, {Topic.AUTHORITY: 0.9}])
def test_a_law_or_what_the_rules_call_a_request_is_never_dropped(scores: dict[Concern, float]) -> None:
    opinion = an_opinion(request=-20.0)
    assert decide(scores, opinion, automatic=False, guarded=False, thresholds=THRESHOLDS) is Decision.UNCLEAR


@pytest.mark.parametrize(
    ("scores", "decision"),
    [
        ({Right.ERASURE: 0.6}, Decision.REQUEST),
        ({Right.ERASURE: 0.4}, Decision.UNCLEAR),
        ({None: LAW}, Decision.UNCLEAR),
        ({Right.ERASURE: 0.3}, Decision.NONE),
    ],
)
def test_without_a_scorer_the_rules_decide_alone(scores: dict[Concern, float], decision: Decision) -> None:
    assert decide(scores, None, automatic=False, guarded=False, thresholds=THRESHOLDS) is decision
    assert set(named(scores, None, THRESHOLDS)) == {one for one, score in scores.items() if one and score >= 0.6}


def test_the_scorer_alone_never_raises_an_automatic_message() -> None:
    loud = an_opinion(request=20.0, erasure=20.0)
    assert decide({}, loud, automatic=True, guarded=False, thresholds=THRESHOLDS) is Decision.NONE
    assert decide({Right.ERASURE: 0.8}, None, automatic=True, guarded=False, thresholds=THRESHOLDS) is Decision.UNCLEAR


def test_the_scorer_alone_makes_no_request_of_what_a_guard_explains() -> None:
    sure = an_opinion(request=9.0)
    assert decide({}, sure, automatic=False, guarded=True, thresholds=THRESHOLDS) is Decision.UNCLEAR
    supported: dict[Concern, float] = {Right.ERASURE: 0.6}
    assert decide(supported, sure, automatic=False, guarded=True, thresholds=THRESHOLDS) is Decision.REQUEST


def test_rights_are_named_by_the_sum_and_the_likeliest_sooner_than_further_ones() -> None:
    scores: dict[Concern, float] = {Right.ACCESS: 0.5}
    strengths = named(scores, an_opinion(access=-1.0, erasure=0.5, objection=-1.0), THRESHOLDS)
    assert strengths == {Right.ACCESS: 1.0, Right.ERASURE: 0.5}
    assert set(named({}, an_opinion(portability=-1.4, erasure=-1.45), THRESHOLDS)) == {Right.PORTABILITY}
    assert named({}, an_opinion(portability=-1.6), THRESHOLDS) == {}


def test_a_further_right_that_the_rules_name_counts_unless_it_is_much_weaker_than_the_likeliest() -> None:
    scores: dict[Concern, float] = {Right.ERASURE: 0.9, Right.ACCESS: 0.6}
    near = an_opinion(erasure=0.0, access=-0.7)  # 3.6 and 1.7 with the rules
    assert set(named(scores, near, THRESHOLDS)) == {Right.ERASURE, Right.ACCESS}
    far = an_opinion(erasure=0.0, access=-2.5)  # 3.6 and -0.1
    assert set(named(scores, far, THRESHOLDS)) == {Right.ERASURE}


def test_when_the_subject_names_a_right_any_other_must_be_nearly_certain() -> None:
    scores: dict[Concern, float] = {Right.ERASURE: 0.9, Right.ACCESS: 0.6}
    opinion = an_opinion(erasure=0.0, access=0.0)  # 3.6 and 2.4
    in_subject: frozenset[Concern] = frozenset({Right.ERASURE})
    assert set(named(scores, opinion, THRESHOLDS, (), in_subject)) == {Right.ERASURE}
    certain = an_opinion(erasure=0.0, access=0.7)  # 3.1
    assert set(named(scores, certain, THRESHOLDS, (), in_subject)) == {Right.ERASURE, Right.ACCESS}
    assert set(named(scores, opinion, THRESHOLDS, (), frozenset({Topic.COMPLAINT}))) == {Right.ERASURE, Right.ACCESS}


def test_a_right_that_a_guard_over_the_whole_mail_explains_is_not_named_on_the_word_of_the_scorer_alone() -> None:
    opinion = an_opinion(access=2.0, complaint=2.0)
    assert set(named({}, opinion, THRESHOLDS, frozenset(Right))) == {Topic.COMPLAINT}


def test_a_topic_that_the_rules_name_is_named_beside_the_right() -> None:
    assert set(named({Topic.BREACH: 0.6}, an_opinion(breach=-9.0, access=1.0), THRESHOLDS)) == {
        Right.ACCESS,
        Topic.BREACH,
    }


def test_the_chance_is_never_less_than_the_score_of_the_rules() -> None:
    assert chance({Right.ACCESS: 0.9}, an_opinion(request=-9.0), THRESHOLDS) == 0.9
    assert chance({}, an_opinion(request=0.0), THRESHOLDS) == 0.5
    assert chance({None: 0.9}, None, THRESHOLDS) == 0.0


def test_a_topic_that_a_guard_explains_is_not_named_on_the_word_of_the_scorer_alone() -> None:
    opinion = an_opinion(complaint=2.0, access=1.0)
    assert set(named({}, opinion, THRESHOLDS, {Topic.COMPLAINT})) == {Right.ACCESS}
    assert Topic.COMPLAINT in named({Topic.COMPLAINT: 0.3}, opinion, THRESHOLDS, {Topic.COMPLAINT})


@pytest.mark.parametrize("before", list(Decision))
@pytest.mark.parametrize("after", list(Decision))
def test_earlier_decisions_move_a_decision_by_one_step_at_most(before: Decision, after: Decision) -> None:
    order = [Decision.NONE, Decision.UNCLEAR, Decision.REQUEST]
    moved = order.index(one_step(before, after)) - order.index(before)
    assert abs(moved) <= 1
    assert moved * (order.index(after) - order.index(before)) >= 0
    assert {before, one_step(before, after)} != {Decision.NONE, Decision.REQUEST}


@pytest.mark.parametrize(
    ("topic", "named_from"), [(Topic.MINOR, 0.0), (Topic.COMPLAINT, 0.0), (Topic.BREACH, 1.0), (Topic.AUTHORITY, 1.0)]
)
def test_a_topic_that_changes_what_happens_next_must_be_surer(topic: Topic, named_from: float) -> None:
    assert topic in named({}, an_opinion(**{topic.value: named_from}), THRESHOLDS)
    assert topic not in named({}, an_opinion(**{topic.value: named_from - 0.1}), THRESHOLDS)
