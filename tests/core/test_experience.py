"""What the privacy contact's own decisions teach, and what they can never do."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_texts import a_written_mail, the_rules

from mailbot.core.classifying import Classification, classify, opinion_of
from mailbot.core.experience import DeskLesson, Learning, leaning, resemblances, signs_to_keep
from mailbot.core.rights import Decision, Right
from mailbot.core.scoring import Opinion, Scorer
from mailbot.core.wording import wording

LEARNING = Learning(most_signs=60, alike=0.35, strength=4.0, most=3.0)
STATUTORY = "Op grond van artikel 17 AVG verzoek ik u al mijn persoonsgegevens te wissen."
DOUBTFUL = (
    "Beste klant, wij passen onze voorwaarden aan. Wilt u uw account sluiten of uw gegevens laten verwijderen, laat "
    "het ons dan weten via de knop hieronder. U hoeft verder niets te doen. Team Materialen"
)


def heard(text: str, **worth: float) -> Opinion:
    """An opinion in which these words speak for a request at all."""
    return Scorer((None, *Right), (0.0,) * 9, {word: ((0, value),) for word, value in worth.items()}).hear(
        wording(text), {}
    )


def a_lesson(*signs: str, is_request: bool = False, rights: tuple[Right, ...] = (), name: str = "L-1") -> DeskLesson:
    return DeskLesson(name, date(2026, 11, 2), "info", is_request, rights, tuple(sorted(signs)))


def taught(text: str, *, is_request: bool = False, rights: tuple[Right, ...] = ()) -> DeskLesson:
    opinion = opinion_of(a_written_mail(text), the_rules())
    assert opinion is not None
    signs = signs_to_keep(opinion, the_rules().thresholds.learning)
    return a_lesson(*signs, is_request=is_request, rights=rights)


def judged(text: str, *lessons: DeskLesson) -> Classification:
    return classify(a_written_mail(text), the_rules(), lessons)


def test_the_most_telling_known_words_are_kept_and_no_others() -> None:
    opinion = heard("Jansen wil weg uit de lijst", weg=3.0, lijst=-2.0, de=0.1)
    assert signs_to_keep(opinion, LEARNING) == ("de", "lijst", "weg")
    two = Learning(most_signs=2, alike=0.35, strength=4.0, most=3.0)
    assert signs_to_keep(opinion, two) == ("lijst", "weg")


def test_pieces_of_words_are_not_kept() -> None:
    assert signs_to_keep(heard("weg", **{"~weg$": 2.0, "weg": 1.0}), LEARNING) == ("weg",)


def test_a_mail_resembles_itself_wholly_and_a_stranger_not_at_all() -> None:
    opinion = heard("weg lijst", weg=3.0, lijst=2.0)
    (same,) = resemblances(opinion, [a_lesson("weg", "lijst")], LEARNING)
    assert (same.likeness, same.shared) == (1.0, ("weg", "lijst"))
    assert resemblances(opinion, [a_lesson("bord", "hout"), a_lesson()], LEARNING) == ()


@pytest.mark.parametrize(("is_request", "shift"), [(True, 3.0), (False, -3.0)])
def test_lessons_shift_the_odds_at_most_so_far(is_request: bool, shift: float) -> None:
    opinion = heard("weg lijst", weg=3.0, lijst=2.0)
    lessons = [a_lesson("weg", "lijst", is_request=is_request, name=f"L-{number}") for number in range(20)]
    assert leaning(resemblances(opinion, lessons, LEARNING), LEARNING)[None] == shift


def test_a_named_right_gains_and_the_others_lose() -> None:
    opinion = heard("weg lijst", weg=3.0, lijst=2.0)
    found = resemblances(opinion, [a_lesson("weg", "lijst", is_request=True, rights=(Right.ERASURE,))], LEARNING)
    shifts = leaning(found, LEARNING)
    assert shifts[Right.ERASURE] > 0 > shifts[Right.ACCESS]


def test_a_mail_like_one_that_was_no_request_is_judged_one_step_lower_and_says_why() -> None:
    before = judged(DOUBTFUL)
    after = judged(DOUBTFUL, taught(DOUBTFUL))
    steps = [Decision.NONE, Decision.UNCLEAR, Decision.REQUEST]
    assert after.score <= before.score
    assert steps.index(before.decision) - steps.index(after.decision) in {0, 1}
    assert any(one.rule == "desk/L-1" for one in after.evidence)


def test_a_mail_like_one_that_was_a_request_is_no_longer_overlooked() -> None:
    text = "Zou het bordje met onze deur en de bel eens mogen verdwijnen van die wand bij jullie? Groet, Els"
    before = judged(text)
    after = judged(text, taught(text, is_request=True, rights=(Right.ERASURE,)))
    assert after.score > before.score
    assert before.decision is not Decision.NONE or after.decision is not Decision.REQUEST


@given(st.lists(st.booleans(), max_size=30))
def test_no_lesson_turns_a_request_that_names_the_law_into_none(verdicts: list[bool]) -> None:
    lesson = taught(STATUTORY)
    lessons = [a_lesson(*lesson.signs, is_request=verdict, name=f"L-{n}") for n, verdict in enumerate(verdicts)]
    assert judged(STATUTORY, *lessons).decision is Decision.REQUEST


@given(st.lists(st.booleans(), max_size=30))
def test_no_lesson_moves_a_decision_by_more_than_one_step(verdicts: list[bool]) -> None:
    for text in (DOUBTFUL, STATUTORY, "Wat kost een bord van eikenhout?"):
        lesson = taught(text)
        lessons = [a_lesson(*lesson.signs, is_request=verdict, name=f"L-{n}") for n, verdict in enumerate(verdicts)]
        assert {judged(text).decision, judged(text, *lessons).decision} != {Decision.NONE, Decision.REQUEST}
