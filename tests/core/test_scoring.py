"""What words are worth: a linear sum that can be taken apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.rights import Right
from mailbot.core.scoring import ConceptsFound, Scorer, Signs, length_of, merged, passages, sentence_signs
from mailbot.core.wording import Wording, wording


def signs_of(text: Wording, concepts: ConceptsFound) -> Signs:
    return merged(sentence_signs(text, concepts))


def test_signs_are_words_neighbours_and_pieces_of_words() -> None:
    assert set(signs_of(wording("Foto's weg"), {})) == {
        "foto", "~^fot", "~foto", "~oto$", "s", "weg", "~^weg", "~weg$", "foto s", "s weg",
    }  # fmt: skip


def test_neighbours_do_not_reach_across_a_sentence() -> None:
    assert "weg graag" not in signs_of(wording("Alles weg. Graag snel."), {})
    assert "weg graag" in signs_of(wording("Alles weg, graag snel."), {})


def test_a_piece_of_a_word_counts_for_half() -> None:
    assert length_of({"weg": 0, "~weg$": 0, "~^weg": 0}) == pytest.approx(2**0.5)


def test_a_sign_counts_once_and_stands_where_it_first_occurs() -> None:
    signs = signs_of(wording("weg. nu weg"), {})
    assert (signs["weg"], signs["nu"]) == (0, 1)


def test_concepts_are_signs_where_they_first_stand() -> None:
    text = wording("Wis mijn foto. Dank u")
    found = {0: {"remove": text.starts[0], "image": text.starts[2]}, 1: {"you": text.starts[4]}}
    signs = signs_of(text, found)
    assert {sign for sign in signs if sign.startswith("<")} == {"<image>", "<remove>", "<you>"}
    assert (signs["<remove>"], signs["<you>"]) == (0, 4)


def a_scorer() -> Scorer:
    return Scorer(
        columns=(None, Right.ERASURE),
        biases=(-1.0, -2.0),
        worth={"weg": ((0, 3.0), (1, 6.0)), "bord": ((0, -4.0),), "mij": ((1, 1.0),)},
    )


def test_the_log_odds_are_the_bias_and_the_worth_of_the_words_by_the_length_of_the_mail() -> None:
    text = wording("haal mij weg")
    length = length_of(signs_of(text, {}))
    opinion = a_scorer().hear(text, {})
    assert opinion.odds(None) == pytest.approx(-1 + 3 / length)
    assert opinion.odds(Right.ERASURE) == pytest.approx(-2 + 7 / length)
    assert dict(opinion.each()) == {None: opinion.odds(None), Right.ERASURE: opinion.odds(Right.ERASURE)}


def test_the_weightiest_words_come_first_in_the_spelling_of_the_mail() -> None:
    text = wording("Haal mij van het bord WÉG")
    spans = a_scorer().hear(text, {}).weightiest(Right.ERASURE, 5)
    assert [text.text[start:end] for start, end in spans] == ["WÉG", "mij"]


def test_a_request_in_one_passage_of_a_long_mail_is_heard() -> None:
    chat = "Het bord hangt. De buren kijken. Mooi hoor. Wij zijn blij. "
    buried = a_scorer().hear(wording(chat * 5 + "Haal mij weg. " + chat * 5), {})
    alone = a_scorer().hear(wording("Haal mij weg."), {})
    whole = -1 + (3.0 - 4.0) / length_of(signs_of(wording(chat * 5 + "Haal mij weg. " + chat * 5), {}))
    assert whole < buried.odds(None) < alone.odds(None)


def test_a_passage_is_a_run_of_three_sentences_or_a_whole_shorter_text() -> None:
    assert [set(part) for part in passages([{"a": 0}, {"b": 1}, {"c": 2}, {"d": 3}])] == [
        {"a", "b", "c"},
        {"b", "c", "d"},
    ]
    assert [set(part) for part in passages([{"a": 0}, {"b": 1}])] == [{"a", "b"}]
    assert list(passages([])) == [{}]


def test_a_text_without_known_words_is_judged_by_the_bias_alone() -> None:
    opinion = a_scorer().hear(wording(""), {})
    assert (opinion.odds(None), opinion.weightiest(None, 3)) == (-1.0, ())


@given(st.text(max_size=200))
def test_every_sign_stands_at_a_word_of_the_text(anything: str) -> None:
    text = wording(anything)
    assert all(0 <= place < len(text.spans) for place in signs_of(text, {}).values())
