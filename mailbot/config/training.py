"""rules/training/ read, and rules/learned/ read and written: what the scorer learns from and what it learned.

A training file holds texts one after another: a line `== erasure+access` (the primary one first; `none` for ordinary
mail), perhaps a line `Subject: ...`, and the text. The folder is its language.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from mailbot.config.data import files, read_text
from mailbot.config.rule_files import ScorerFile
from mailbot.core.errors import ConfigurationError, WorldError
from mailbot.core.evaluating import NO_REQUEST
from mailbot.core.learning import Lesson
from mailbot.core.rights import Right, Topic
from mailbot.core.scoring import Column, Scorer

SCORER = "learned/scorer.json"
_TRAINING = "training/"
_HEAD = re.compile(r"^== *(.+?) *$", re.MULTILINE)
_SUBJECT = re.compile(r"Subject:[ \t]*(.*)\n?")
_ANYTHING = "request"  # the column for anything at all that a person must see
_COLUMNS: Mapping[str, Column] = {_ANYTHING: None, **{str(one): one for one in (*Right, *Topic)}}
_APART = "|"  # no word holds one
_REMEDY = "run `mailbot rules learn`, or set heard = false under [scorer] in rules/settings.toml"


def load_lessons(override: Path | None = None) -> tuple[Lesson, ...]:
    """All training texts, in the order of the files. Raises `ConfigurationError` that names file and label."""
    return tuple(
        lesson
        for relative, path in files("rules", ".txt", override)
        if relative.startswith(_TRAINING)
        for lesson in _lessons(path)
    )


def load_scorer(override: Path | None = None) -> Scorer:
    """What was learned. Raises `ConfigurationError` when the file is missing or broken."""
    path = dict(files("rules", ".json", override)).get(SCORER)
    if path is None:
        raise ConfigurationError(f"rules/{SCORER} is missing: {_REMEDY}")
    try:
        return _scorer(ScorerFile.model_validate_json(read_text(path)))
    except (ValidationError, KeyError) as error:
        raise ConfigurationError(f"{path}: no model that this version can read; {_REMEDY}") from error


def write_scorer(scorer: Scorer, texts: int, path: Path) -> None:
    """Write the model, weightiest signs first; the same model is the same file. Raises `WorldError`."""
    content = json.dumps(_content(scorer, texts), ensure_ascii=False, indent=1) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise WorldError(f"{path}: {error.strerror}; check the name and the permissions") from error


def _lessons(path: Path) -> Iterator[Lesson]:
    text = read_text(path)
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        body = text[head.end() : end].strip()
        subject = _SUBJECT.match(body)
        yield Lesson(
            language=path.parent.name,
            concerns=_concerns(head[1], path),
            subject=subject[1].strip() if subject else "",
            text=body[subject.end() :].strip() if subject else body,
        )


def _concerns(labels: str, path: Path) -> tuple[Right | Topic, ...]:
    if labels == NO_REQUEST:
        return ()
    named = [_COLUMNS.get(label) for label in labels.split("+")]
    concerns = tuple(one for one in named if one is not None)
    if len(concerns) < len(named):
        raise ConfigurationError(f"{path}: no such label: {labels}; write none, or rights and topics with + between")
    return concerns


def _scorer(file: ScorerFile) -> Scorer:
    worth: dict[str, list[tuple[int, float]]] = {}
    for number, table in enumerate(file.columns.values()):
        for weight, signs in table.worth.items():
            for sign in signs.split(_APART):
                worth.setdefault(sign, []).append((number, weight))
    return Scorer(
        columns=tuple(_COLUMNS[name] for name in file.columns),
        biases=tuple(table.bias for table in file.columns.values()),
        worth={sign: tuple(weights) for sign, weights in worth.items()},
    )


def _content(scorer: Scorer, texts: int) -> dict[str, object]:
    return {
        "texts": texts,
        "columns": {
            str(about or _ANYTHING): {"bias": bias, "worth": _by_weight(scorer, number)}
            for number, (about, bias) in enumerate(zip(scorer.columns, scorer.biases, strict=True))
        },
    }


def _by_weight(scorer: Scorer, column: int) -> dict[str, str]:
    signs: dict[float, list[str]] = {}
    for sign, weights in scorer.worth.items():
        for number, weight in weights:
            if number == column:
                signs.setdefault(weight, []).append(sign)
    heaviest = sorted(signs, key=lambda weight: (-abs(weight), weight))
    return {f"{weight:+.1f}": _APART.join(sorted(signs[weight])) for weight in heaviest}
