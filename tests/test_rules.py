"""The rules are data: every rule proves itself on its own sample mails, and a broken file says what is wrong."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from rule_texts import RECEIVED, the_rules

from mailbot.config.data import builtin
from mailbot.config.rules import load_rules, load_samples
from mailbot.core.errors import ConfigurationError
from mailbot.core.rights import Right, Topic
from mailbot.core.rules import Ruleset
from mailbot.core.sampling import Sample, classify_sample, failures

LANGUAGES_WITH_RULES = ("nl", "en", "de", "fr")


@cache
def samples() -> tuple[Sample, ...]:
    return load_samples()


def file_of(rule: str) -> str:
    return rule.rpartition("/")[0]


FILES = sorted({file_of(sample.rule) for sample in samples()})


def without(file: str) -> Ruleset:
    """The rules as if one file were not there."""
    rules = the_rules()
    return replace(
        rules,
        rules=tuple(rule for rule in rules.rules if file_of(rule.id) != file),
        guards=tuple(guard for guard in rules.guards if file_of(guard.id) != file),
        signs=tuple(sign for sign in rules.signs if file_of(sign.id) != file),
    )


@pytest.mark.parametrize("file", FILES)
def test_every_sample_mail_of_a_file_does_what_it_says(file: str) -> None:
    own = [sample for sample in samples() if file_of(sample.rule) == file]
    assert failures(own, the_rules(), RECEIVED) == ()


def test_every_rule_and_guard_has_samples_that_match_and_that_do_not() -> None:
    rules = the_rules()
    ids = {rule.id for rule in rules.rules} | {guard.id for guard in rules.guards} | {sign.id for sign in rules.signs}
    assert {sample.rule for sample in samples() if sample.speaks} == ids
    assert {sample.rule for sample in samples() if not sample.speaks} == ids


@pytest.mark.parametrize("file", FILES)
def test_without_its_file_sample_mails_are_judged_differently(file: str) -> None:
    fewer = without(file)
    judgements = [
        [
            (found.decision, found.rights, found.topics, found.circumstances, found.follow_ups)
            for found in (classify_sample(sample.text, rules, RECEIVED) for rules in (the_rules(), fewer))
        ]
        for sample in samples()
        if sample.speaks and file_of(sample.rule) == file
    ]
    assert any(with_file != without_file for with_file, without_file in judgements)


@pytest.mark.parametrize("language", LANGUAGES_WITH_RULES)
def test_every_right_and_topic_has_rules(language: str) -> None:
    for concern in (*Right, *Topic):
        assert any(rule.about is concern for rule in the_rules().rules if rule.id.startswith(f"{language}/"))


def copy_with(folder: Path, relative: str, text: str) -> Path:
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


RULE = '[rule.one]\nweight = 0.7\nany = ["abracadabra"]\n'


def test_a_file_in_the_override_folder_replaces_the_built_in_one(tmp_path: Path) -> None:
    rules = load_rules(copy_with(tmp_path, "nl/erasure.toml", RULE))
    assert [rule.id for rule in rules.rules if rule.id.startswith("nl/erasure/")] == ["nl/erasure/one"]


def test_a_new_file_joins_the_built_in_ones(tmp_path: Path) -> None:
    override = copy_with(tmp_path, "nl/our_words.toml", 'about = "erasure"\n' + RULE)
    found = classify_sample("Abracadabra!", load_rules(override), RECEIVED)
    assert found.rights == (Right.ERASURE,)


def test_a_language_with_nothing_but_small_words_is_only_recognised(tmp_path: Path) -> None:
    rules = load_rules(copy_with(tmp_path, "sv/language.toml", 'name = "Svenska"\nwords = ["och att jag"]\n'))
    assert rules.profiles["sv"].words == {"och", "att", "jag"}


@pytest.mark.parametrize(
    ("relative", "text", "said"),
    [
        ("nl/erasure.toml", "[rule.one\n", "line 1"),
        ("nl/erasure.toml", RULE + 'colour = "red"\n', "line 4: rule.one.colour"),
        ("nl/erasure.toml", RULE.replace("0.7", "1.7"), "line 2: rule.one.weight"),
        ("nl/erasure.toml", RULE.replace("weight = 0.7\n", ""), "line 1: rule.one.weight"),
        ("nl/erasure.toml", "\n[rule.one]\nweight = 0.7\n", "line 2: one: add phrases"),
        ("nl/erasure.toml", RULE.replace("abracadabra", "<no_such_thing>"), "line 1: one: <no_such_thing>"),
        ("nl/erasure.toml", RULE.replace("abracadabra", "(open"), "line 1: one: phrase '(open'"),
        ("nl/erasure.toml", RULE + 'about = "sorcery"\n', "'sorcery' is no right or topic"),
        ("nl/magic.toml", RULE, "'magic' is no right or topic"),
        ("nl/guards.toml", '[guard.one]\nweight = 1\ntakes_from = []\nany = ["a"]\n', "guard.one.takes_from"),
        ("nl/guards.toml", '[guard.one]\nweight = 1\ntakes_from = ["x"]\nany = ["a"]\n', "'x' is no right or topic"),
        ("nl/concepts.toml", '[concept]\nme = "mij"\n', "line 2: concept.me"),
        ("settings.toml", "request = 0.6\n", "unclear"),
        ("any/references.toml", 'before = ["ref"]\n', "before"),
        ("sv/erasure.toml", RULE, "rules/sv/: access.toml, authority.toml"),
    ],
)
def test_a_broken_file_is_one_line_that_names_file_key_and_remedy(
    tmp_path: Path, relative: str, text: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_rules(copy_with(tmp_path, relative, text))
    message = str(refused.value)
    assert said in message
    assert relative.rpartition("/")[0] in message
    assert "\n" not in message
    assert ";" in message or ":" in message


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "erasure.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"erasure\.toml: not UTF-8"):
        load_rules(tmp_path)


def test_the_rules_say_nothing_about_one_company() -> None:
    """Neither the rules nor the texts that the scorer learned from: a name would be worth something in its model."""
    texts = [path.read_text(encoding="utf-8").casefold() for path in builtin("rules").rglob("*") if path.is_file()]
    assert not any("luxigo" in text for text in texts)
