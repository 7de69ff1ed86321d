"""`classify`, `evaluate`, `rules test` and `rules learn` from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mails import a_mail, a_reply

from mailbot.cli.classification import classify, evaluate
from mailbot.cli.rules import rules
from mailbot.core.errors import ConfigurationError, WorldError

HEAD = "file\tlanguage\tlabels\tdifficulty\tnote\n"


def run(*arguments: object) -> Result:
    command = {"classify": classify, "evaluate": evaluate, "rules": rules}[str(arguments[0])]
    return CliRunner().invoke(command, [str(one) for one in arguments[1:]])


def a_labelled_folder(folder: Path, rows: str) -> Path:
    (folder / "1.eml").write_bytes(a_mail(text="Verwijder al mijn gegevens aub.\n"))
    (folder / "2.txt").write_text("Subject: Offerte\n\nWat kost een bord van eikenhout?\n", encoding="utf-8")
    (folder / "LABELS.tsv").write_text(rows, encoding="utf-8")
    return folder


def test_classify_prints_one_object_a_line(tmp_path: Path) -> None:
    folder = a_labelled_folder(tmp_path, HEAD)
    lines = run("classify", "--json", folder / "1.eml", folder / "2.txt").output.splitlines()
    first, second = map(json.loads, lines)
    assert (first["decision"], first["rights"], first["language"]) == ("request", ["erasure"], "nl")
    assert (second["decision"], second["rights"], second["evidence"]) == ("none", [], [])
    assert set(first) == {
        "file", "decision", "rights", "topics", "language", "score", "evidence", "automatic", "circumstances"
    }  # fmt: skip
    assert {"rule", "text", "weight"} <= set(first["evidence"][0])


def test_classify_tells_a_person_why(tmp_path: Path) -> None:
    folder = a_labelled_folder(tmp_path, HEAD)
    output = run("classify", folder / "1.eml").output
    assert "request" in output
    assert "nl/erasure/my_data" in output
    assert "mijn gegevens" in output


def test_what_a_reply_quotes_is_not_classified(tmp_path: Path) -> None:
    mail = tmp_path / "reply.eml"
    mail.write_bytes(a_reply("Dank je wel!\n\n> Verwijder al mijn gegevens.\n> Ik wil inzage volgens de AVG.\n"))
    assert json.loads(run("classify", "--json", mail).output)["decision"] == "none"


def test_a_text_file_may_lack_a_subject(tmp_path: Path) -> None:
    mail = tmp_path / "plain.txt"
    mail.write_text("Verwijder al mijn gegevens.\n\nAnna\n", encoding="utf-8")
    assert json.loads(run("classify", "--json", mail).output)["rights"] == ["erasure"]


def test_a_subject_of_a_text_file_counts(tmp_path: Path) -> None:
    mail = tmp_path / "subject.txt"
    mail.write_text("Subject: Inzageverzoek AVG\n\nAnna\n", encoding="utf-8")
    assert json.loads(run("classify", "--json", mail).output)["rights"] == ["access"]


def test_a_file_that_cannot_be_read_is_trouble_of_the_world(tmp_path: Path) -> None:
    found = run("classify", tmp_path / "gone.eml")
    assert isinstance(found.exception, WorldError)
    assert "gone.eml" in str(found.exception)


def test_evaluate_prints_all_figures(tmp_path: Path) -> None:
    rows = HEAD + "1.eml\tnl\terasure\teasy\t\n2.txt\tnl\tnone\teasy\t\n2.txt\tnl\taccess\tambiguous\t\n"
    found = json.loads(run("evaluate", "--json", a_labelled_folder(tmp_path, rows)).output)
    assert (found["mails"], found["not_scored"]) == (2, 1)
    assert (found["caught"], found["decided"], found["primary_right"], found["f1"]) == (1.0, 1.0, 1.0, 1.0)
    assert (found["false_request"], found["false_unclear"], found["errors"]) == (0.0, 0.0, [])
    assert found["rights"]["erasure"]["recall"] == 1.0
    assert found["languages"]["nl"]["caught"] == 1.0


def test_evaluate_names_every_error_to_a_person(tmp_path: Path) -> None:
    rows = HEAD + "1.eml\tnl\tnone\teasy\t\n"
    output = run("evaluate", a_labelled_folder(tmp_path, rows)).output
    assert "1.eml: none, but request erasure" in output
    assert "false_request 1.000 (1/1)" in output


def test_later_labels_may_be_optional(tmp_path: Path) -> None:
    folder = a_labelled_folder(tmp_path, HEAD + "1.eml\tnl\terasure+access\teasy\t\n")
    assert json.loads(run("evaluate", "--json", folder).output)["f1"] == pytest.approx(0.667)
    assert json.loads(run("evaluate", "--json", "--later-labels-optional", folder).output)["f1"] == 1.0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("file\tlanguage\n1.eml\tnl\n", "'labels' is missing"),
        (HEAD + "1.eml\tnl\tsorcery\teasy\t\n", "line 2: unknown label 'sorcery'"),
        (HEAD + "1.eml\tnl\n", "line 2: unknown label ''"),
        (HEAD + "\tnl\tnone\teasy\t\n", "line 2: no file named"),
    ],
)
def test_a_bad_row_of_labels_is_named(tmp_path: Path, rows: str, said: str) -> None:
    found = run("evaluate", a_labelled_folder(tmp_path, rows))
    assert isinstance(found.exception, ConfigurationError)
    assert said in str(found.exception)
    assert "\n" not in str(found.exception)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    found = run("evaluate", tmp_path)
    assert isinstance(found.exception, ConfigurationError)
    assert "LABELS.tsv" in str(found.exception)


def test_a_labelled_mail_that_is_missing_is_trouble_of_the_world(tmp_path: Path) -> None:
    found = run("evaluate", a_labelled_folder(tmp_path, HEAD + "9.eml\tnl\tnone\teasy\t\n"))
    assert isinstance(found.exception, WorldError)


def test_the_built_in_rules_pass_their_samples() -> None:
    assert "0 failed" in run("rules", "test").output


def test_a_failing_sample_is_shown(tmp_path: Path) -> None:
    (tmp_path / "nl").mkdir()
    rule = '[rule.one]\nweight = 0.7\nany = ["abracadabra"]\nmatches = ["Hocus pocus."]\nno_match = ["Abracadabra!"]\n'
    (tmp_path / "nl" / "erasure.toml").write_text(rule, encoding="utf-8")
    arguments = ["test", "--rules", str(tmp_path)]
    assert rules.main(arguments, standalone_mode=False) == 1
    output = run("rules", *arguments).output
    assert "nl/erasure/one: silent in: Hocus pocus." in output
    assert "nl/erasure/one: speaks in: Abracadabra!" in output


def test_learning_writes_a_model_that_is_used_from_then_on(tmp_path: Path) -> None:
    training = tmp_path / "training" / "nl"
    training.mkdir(parents=True)
    mail = tmp_path / "mail.txt"
    mail.write_text("Subject:\n\nzwabberdraad zes\n", encoding="utf-8")
    texts = "".join(f"== erasure\nzwabberdraad {number}\n\n" for number in ("een", "twee", "drie", "vier", "vijf"))
    (training / "ours.txt").write_text(texts * 3, encoding="utf-8")
    output = run("rules", "learn", "--rules", tmp_path).output
    assert str(tmp_path / "learned" / "scorer.json") in output
    found = json.loads(run("classify", "--rules", tmp_path, "--json", mail).output)
    assert found["rights"] == ["erasure"]
    learned = next(one for one in found["evidence"] if one["rule"] == "learned/erasure")
    assert learned["text"].startswith("zwabberdraad")


def test_the_rules_can_be_measured_without_the_scorer(tmp_path: Path) -> None:
    folder = a_labelled_folder(tmp_path, HEAD + "1.eml\tnl\terasure\teasy\t\n")
    (tmp_path / "rules" / "learned").mkdir(parents=True)
    (tmp_path / "rules" / "learned" / "scorer.json").write_text("{", encoding="utf-8")
    alone = run("evaluate", "--rules", tmp_path / "rules", "--without-scorer", "--json", folder)
    assert json.loads(alone.output)["caught"] == 1.0
    assert isinstance(run("evaluate", "--rules", tmp_path / "rules", folder).exception, ConfigurationError)
