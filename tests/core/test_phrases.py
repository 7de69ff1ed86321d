"""The phrase language: what a rule writer may write, and what it finds."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.phrases import Gaps, Phrasebook, PhraseCompiler, PhraseError
from mailbot.core.wording import wording

CONCEPTS = {
    "my": ["mijn", "onze"],
    "data": ["(gegevens|data)", "<my> dossier"],
    "loop": ["<other>"],
    "other": ["<loop>"],
}
COMPILER = PhraseCompiler(CONCEPTS, Gaps(short=2, long=5))


def found(phrase: str, text: str) -> list[str]:
    """The words of the text that the phrase finds."""
    row = wording(text)
    findings = Phrasebook([COMPILER.expression(phrase)]).find(row).get(0, ())
    return [row.excerpt(finding.start, finding.end) for finding in findings]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("wis", "Wis alles", ["Wis"]),
        ("wis", "wissen", []),
        ("verwijder*", "De verwijdering", ["verwijdering"]),
        ("verwijder*", "Ik verwijder", ["verwijder"]),
        ("*antrag", "Mein Löschantrag!", ["Löschantrag"]),
        ("(haal|gooi) weg", "gooi weg", ["gooi weg"]),
        ("(haal ze|gooi) weg", "haal ze weg", ["haal ze weg"]),
        ("wis [al|alle] gegevens", "wis gegevens en wis alle gegevens", ["wis gegevens", "wis alle gegevens"]),
        ("wis <my> <data>", "wis onze data", ["wis onze data"]),
        ("wis <data>", "wis mijn dossier", ["wis mijn dossier"]),
        ("hoe * heet", "hoe u heet, hoe heet", ["hoe u heet"]),
        ("wis .. data", "wis a b data", ["wis a b data"]),
        ("wis .. data", "wis a b c data", []),
        ("wis ... data", "wis a b c d e data", ["wis a b c d e data"]),
        ("wis ... data", "wis a b c d e f data", []),
        ("wis ... data", "Wis dit. De data komt.", []),
        ("foto's", "Onze foto’s", ["foto’s"]),
        ("prive", "PRIVÉ", ["PRIVÉ"]),
        ("prive", "prive\u0301", ["privé"]),
        ("a.v.g.", "De A.V.G. zegt", ["A.V.G"]),
        ("art 15 (1)", "Art. 15(1) GDPR", ["Art. 15(1"]),
        ("naam @", "naam jan.klaassen@example.org", ["naam jan.klaassen@example.org"]),
    ],
)
def test_a_phrase_finds_what_it_says(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text) == expected


@pytest.mark.parametrize(
    "text",
    ["verwijder@example.org", "https://example.org/verwijder/account", "www.example.org/verwijder"],
)
def test_words_in_an_address_are_not_the_customers(text: str) -> None:
    assert found("verwijder", f"Zie {text} daar") == []


@pytest.mark.parametrize(
    ("phrase", "complaint"),
    [
        ("", "a word is missing"),
        ("...", "would match everything"),
        ("*", "would match everything"),
        ("[wis]", "would match everything"),
        ("(wis", "it ends too early"),
        ("wis)", "has no beginning"),
        ("(wis|)", "a word is missing"),
        ("wis <nothing>", "<nothing> is not in concepts.toml"),
        ("<loop>", "explained by itself"),
        ("wis ,", "holds no word"),
    ],
)
def test_a_phrase_that_cannot_be_understood_is_refused_with_the_reason(phrase: str, complaint: str) -> None:
    with pytest.raises(PhraseError, match=re.escape(complaint)) as refused:
        COMPILER.expression(phrase)
    assert "\n" not in str(refused.value)


@given(st.text(alphabet="ab*.()[]|<> é'-", max_size=30))
def test_any_text_is_a_phrase_or_a_phrase_error(phrase: str) -> None:
    try:
        expression = COMPILER.expression(phrase)
    except PhraseError:
        return
    Phrasebook([expression])


@given(st.text(max_size=200))
def test_any_text_can_be_taken_apart(text: str) -> None:
    row = wording(text)
    assert len(row.starts) == len(row.spans)
    for start, (begin, end) in zip(row.starts, row.spans, strict=True):
        assert 0 <= begin < end <= len(row.text)
        assert row.position(start) == begin


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Een. Twee! Drie?", 3),
        ("Zie art. 15 en a.u.b. snel", 1),
        ("Een regel die een mailprogramma na zeventig tekens heeft afgebroken en die\ndoorloopt", 1),
        ("Kort\nNieuwe zin", 2),
        ("Kort\nzonder hoofdletter", 1),
        ("Lijst\n- een\n- twee", 3),
        ("Alinea\n\nalinea", 2),
        ("", 1),
    ],
)
def test_sentences_end_where_a_reader_thinks_so(text: str, sentences: int) -> None:
    assert len(wording(text).sentences) == sentences


@pytest.mark.parametrize(
    "text",
    [
        "a." * 500_000,
        "a" * 1_000_000,
        "wis " * 250_000,
        "@" * 1_000_000,
        "www." * 250_000,
        "a\n" * 500_000,
        "é" * 1_000_000,
    ],
)
def test_a_megabyte_of_anything_is_taken_apart_in_seconds(text: str) -> None:
    started = time.process_time()
    book = Phrasebook([COMPILER.expression("wis ... data"), COMPILER.expression("wis")])
    book.find(wording(text))
    assert time.process_time() - started < 15
