"""The training texts and the model as files."""

from pathlib import Path

import pytest

from mailbot.config.data import builtin
from mailbot.config.rules import load_rules
from mailbot.config.training import SCORER, load_lessons, load_scorer, write_scorer
from mailbot.core.errors import ConfigurationError
from mailbot.core.learning import Lesson
from mailbot.core.rights import Right, Topic
from mailbot.core.scoring import Scorer

A_FILE = "training/nl/of_the_test.txt"
_LARGEST = 1_200_000  # octets: what a phone photo takes


def written(folder: Path, relative: str, text: str) -> Path:
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def own_lessons(folder: Path, text: str) -> list[Lesson]:
    known = set(load_lessons())
    return [lesson for lesson in load_lessons(written(folder, A_FILE, text)) if lesson not in known]


def test_a_training_file_holds_texts_with_labels_and_perhaps_a_subject(tmp_path: Path) -> None:
    text = "== minor+erasure\nSubject: zwabberdraad\nEerste\n\ntweede zwabberdraad\n\n== none\nGewoon zwabberdraad.\n"
    assert own_lessons(tmp_path, text) == [
        Lesson("nl", (Topic.MINOR, Right.ERASURE), "zwabberdraad", "Eerste\n\ntweede zwabberdraad"),
        Lesson("nl", (), "", "Gewoon zwabberdraad."),
    ]


@pytest.mark.parametrize("labels", ["erasuer", "none+erasure", "erasure+", "request"])
def test_an_unknown_label_is_one_line_that_names_file_and_label(tmp_path: Path, labels: str) -> None:
    with pytest.raises(ConfigurationError, match=r"of_the_test\.txt: no such label") as refused:
        load_lessons(written(tmp_path, A_FILE, f"== {labels}\nTekst\n"))
    assert labels in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    worth = {"haal weg": ((0, 1.5), (1, 2.0)), "weg": ((1, 2.0),), "bord": ((0, -0.3),)}
    scorer = Scorer((None, Right.ERASURE), (-1.2, -3.0), worth)
    write_scorer(scorer, 12, tmp_path / SCORER)
    assert load_scorer(tmp_path) == scorer


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"texts": 1}', '{"texts": 1, "columns": {"sorcery": {"bias": 0, "worth": {}}}}']
)
def test_a_broken_model_is_one_line_with_its_remedy(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"scorer\.json: .*; run `mailbot rules learn`") as refused:
        load_scorer(written(tmp_path, SCORER, text))
    assert "\n" not in str(refused.value)


def test_a_broken_model_does_no_harm_when_the_scorer_is_not_heard(tmp_path: Path) -> None:
    settings = (builtin("rules") / "settings.toml").read_text(encoding="utf-8")
    written(tmp_path, "settings.toml", settings.replace("heard = true", "heard = false"))
    assert load_rules(written(tmp_path, SCORER, "{")).scorer is None


def test_the_built_in_model_is_small_and_knows_every_right_and_topic() -> None:
    assert (builtin("rules") / SCORER).stat().st_size < _LARGEST
    assert set(load_scorer().columns) == {None, *Right, *Topic}


def test_the_built_in_model_was_learned_from_the_texts_that_lie_beside_it() -> None:
    # `mailbot rules learn` was forgotten when this fails.
    assert f'"texts": {len(load_lessons())},' in (builtin("rules") / SCORER).read_text(encoding="utf-8")
