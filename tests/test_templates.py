"""The letters that come with mailbot, and what is refused in letters that a company writes itself."""

import re
from pathlib import Path

import pytest
from letters import ANSWERED_TOPICS, CONTEXT, GOLDEN, UPDATE_GOLDEN, Sample, a_letter_case, samples, unknown

from mailbot.config.data import builtin
from mailbot.config.templates import load_texts
from mailbot.core.cases import TO_PROCESSOR, IdentityLevel, ReplyKind
from mailbot.core.drafting import compose
from mailbot.core.errors import ConfigurationError
from mailbot.core.rights import Right, Topic

TEXTS = load_texts()
LANGUAGES = ("nl", "en", "de", "fr")
LETTERS = [pytest.param(sample, id=f"{lang}-{sample.name}") for lang in LANGUAGES for sample in samples(lang)]
TO_PERSONS = sorted(set(ReplyKind) - TO_PROCESSOR)
RIGHTS = list(Right)


@pytest.mark.parametrize("sample", LETTERS)
def test_a_letter_reads_as_its_golden_file(sample: Sample) -> None:
    """Rewrite them with `UPDATE_GOLDEN=1 pytest tests/test_templates.py`, and read what changed."""
    letter = compose(sample.case, sample.reply, sample.context, TEXTS)
    written = f"{letter.subject}\n\n{letter.body}"
    golden = GOLDEN / sample.case.language / f"{sample.name}.txt"
    if UPDATE_GOLDEN:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_no_golden_file_without_a_letter(language: str) -> None:
    assert {file.stem for file in (GOLDEN / language).iterdir()} == {sample.name for sample in samples(language)}


@pytest.mark.parametrize("sample", LETTERS)
def test_every_letter_names_the_reference_and_the_privacy_contact(sample: Sample) -> None:
    body = compose(sample.case, sample.reply, sample.context, TEXTS).body
    assert "P-7K3Q9X" in body
    assert "privacy@example.com" in body


@pytest.mark.parametrize("sample", [entry for entry in LETTERS if entry.values[0].reply is ReplyKind.ANSWER])  # type: ignore[union-attr]
def test_every_answer_tells_where_to_complain(sample: Sample) -> None:
    body = compose(sample.case, sample.reply, sample.context, TEXTS).body
    assert "Autoriteit Persoonsgegevens" in body
    assert "klachten.example" in body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("right", RIGHTS)
def test_every_acknowledgement_names_receipt_term_and_what_was_understood(language: str, right: Right) -> None:
    body = compose(a_letter_case(language, rights=(right,)), ReplyKind.ACKNOWLEDGEMENT, CONTEXT, TEXTS).body
    days = {
        "nl": ("2 november 2026", "2 december 2026"),
        "en": ("2 November 2026", "2 December 2026"),
        "de": ("2. November 2026", "2. Dezember 2026"),
        "fr": ("2 novembre 2026", "2 décembre 2026"),
    }[language]
    assert all(day in body for day in days)
    assert TEXTS.words(language)["rights"][right] in body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("right", RIGHTS)
def test_an_answer_that_needs_a_person_cannot_be_sent_as_it_is(language: str, right: Right) -> None:
    assert "[[" in compose(a_letter_case(language, rights=(right,)), ReplyKind.ANSWER, CONTEXT, TEXTS).body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reply", TO_PERSONS)
def test_an_unknown_writer_is_never_told_that_anybody_is_known(language: str, reply: ReplyKind) -> None:
    case = unknown(a_letter_case(language, rights=tuple(Right), topics=ANSWERED_TOPICS))
    body = compose(case, reply, CONTEXT, TEXTS).body
    assert "Anna" not in body
    assert not any(processor.name in body for processor in CONTEXT.processors)
    confirming = {
        "nl": ["Ja, wij hebben", "kopie van al die gegevens"],
        "en": ["Yes, we have", "copy of all those data"],
        "de": ["Ja, wir haben", "Kopie all dieser Daten"],
        "fr": ["Oui, nous avons", "copie de toutes ces données"],
    }
    assert not any(phrase in body for phrase in confirming[language])


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.RECTIFICATION, Right.ERASURE])
@pytest.mark.parametrize("known", [True, False])
def test_an_unidentified_writer_never_gets_the_block_of_a_right_that_asks_for_more(right: Right, known: bool) -> None:
    case = a_letter_case(rights=(right,), known=known, identity=IdentityLevel.L0)
    unlike = compose(a_letter_case(rights=(right,)), ReplyKind.ANSWER, CONTEXT, TEXTS).body
    body = compose(case, ReplyKind.ANSWER, CONTEXT, TEXTS).body
    assert "Wij konden niet vaststellen" in body
    assert "Wij konden niet vaststellen" not in unlike


@pytest.mark.parametrize("topic", ANSWERED_TOPICS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_about_a_topic_never_repeats_a_name_from_the_configuration_of_processors(
    language: str, topic: Topic
) -> None:
    case = a_letter_case(language, rights=(), topics=(topic,))
    body = compose(case, ReplyKind.ANSWER, CONTEXT, TEXTS).body
    assert not any(processor.name in body for processor in CONTEXT.processors)


def test_the_combined_answer_keeps_the_order_in_which_rights_are_carried_out() -> None:
    case = a_letter_case(rights=tuple(reversed(RIGHTS)))
    body = compose(case, ReplyKind.ANSWER, CONTEXT, TEXTS).body
    headings = ["BEZWAAR", "BEPERKING", "TOESTEMMING", "AUTOMATISCHE", "INZAGE", "OVERDRACHT", "AANPASSING", "VERWIJD"]
    places = [body.index(heading) for heading in headings]
    assert places == sorted(places)


def test_templates_hold_nothing_of_a_particular_company() -> None:
    names = re.compile(r"\b(luxigo|daan|antagonist|versio|sendcloud|postnl|marktplaats|google|delft)\b")
    for path in builtin("templates").glob("*/**/*.*"):
        assert not names.findall(path.read_text(encoding="utf-8").lower()), path


def test_dutch_letters_say_u_and_no_officialese() -> None:
    stiff = re.compile(r"\b(je|jij|jouw|jullie|middels|derhalve|reeds|teneinde|indien|inzake|conform|betreffende)\b")
    for path in builtin("templates").glob("nl/**/*.txt"):
        if path.name == "minor.txt":  # it speaks to a child
            continue
        assert not stiff.findall(path.read_text(encoding="utf-8").lower()), path


# --- what a company changes itself ---------------------------------------------------------------------------------


def a_folder(tmp_path: Path, **written: str) -> Path:
    """An override folder; `nl__answer_txt` is nl/answer.txt."""
    for name, text in written.items():
        path = tmp_path / name.replace("__", "/").replace("_txt", ".txt").replace("_toml", ".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def the_words(language: str, old: str = "", new: str = "") -> str:
    text = (builtin("templates") / language / "words.toml").read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1) if old else text


def test_a_template_of_the_company_replaces_ours(tmp_path: Path) -> None:
    texts = load_texts(a_folder(tmp_path, nl__greeting_txt="Hoi!\n"))
    assert compose(a_letter_case(), ReplyKind.ACKNOWLEDGEMENT, CONTEXT, texts).body.startswith("Hoi!\n")


BROKEN = {
    "a syntax error": ({"nl__greeting_txt": "Beste {{ salutation"}, "templates/nl/greeting.txt: line 1"),
    "an unknown variable": ({"nl__greeting_txt": "Beste {{ naam }}"}, "'naam' is undefined"),
    "an unknown filter": ({"nl__greeting_txt": "{{ due | dag }}"}, "No filter named 'dag'"),
    "a missing include": ({"nl__greeting_txt": '{% include "nl/weg.txt" %}'}, "nl/weg.txt"),
    "an answer without the complaint": ({"nl__complaint_txt": "Dag."}, "must hold 'Autoriteit Persoonsgegevens'"),
    "a language without words": ({"it__answer_txt": "Buongiorno"}, "templates/it/words.toml: missing"),
    "a language without letters": ({"it__words_toml": the_words("nl")}, "templates/it/acknowledgement.txt: missing"),
    "words that are no TOML": ({"nl__words_toml": "[rights\n"}, "not TOML"),
    "a missing section": ({"nl__words_toml": the_words("nl", "[checks]", "[cheques]")}, "[checks] is missing"),
    "a missing word": ({"nl__words_toml": the_words("nl", "erasure =", "erase =")}, "[rights] erasure: missing"),
    "an empty word": ({"nl__words_toml": the_words("nl", '"Goedgekeurd"', '""')}, "[folders] approved: not a text"),
    "a number": ({"nl__words_toml": the_words("nl", '"Goedgekeurd"', "3")}, "[folders] approved: not a text"),
    "a slash in a folder": ({"nl__words_toml": the_words("nl", '"Goedgekeurd"', '"A/B"')}, "holds no '/'"),
    "one folder twice": (
        {"nl__words_toml": the_words("nl", '"Goedgekeurd"', '"Onduidelijk"')},
        "same folder as approved",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_template_or_words_file_is_refused_at_the_start_in_one_line(broken: str, tmp_path: Path) -> None:
    written, told = BROKEN[broken]
    with pytest.raises(ConfigurationError) as refusal:
        load_texts(a_folder(tmp_path, **written))
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_override_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        load_texts(tmp_path / "nowhere")
