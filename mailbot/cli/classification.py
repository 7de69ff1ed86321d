"""Commands about recognising: `classify` and `evaluate`."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mailbot.cli.options import json_option, print_json, rules_option, with_progress
from mailbot.config.reading import load_reading_words
from mailbot.config.rules import load_rules
from mailbot.core.classifying import Classification
from mailbot.core.classifying import classify as classify_mail
from mailbot.core.errors import ConfigurationError, WorldError
from mailbot.core.evaluating import LABELS, Agreement, Evaluation, Judged, Label, Measures, Share
from mailbot.core.evaluating import evaluate as evaluate_mails
from mailbot.core.experience import DeskLesson
from mailbot.core.mail import Mail
from mailbot.core.reading import Reader, split
from mailbot.core.rules import Ruleset
from mailbot.wiring import now

_LABEL_FILE = "LABELS.tsv"
_COLUMNS = ("file", "language", "labels", "difficulty")


@dataclass(frozen=True, slots=True)
class Examiner:
    """What is needed to read a file and say what it is."""

    reader: Reader
    ruleset: Ruleset

    def classify(self, file: Path, lessons: Sequence[DeskLesson] = ()) -> Classification:
        """What the mail in this file is taken to be. Raises `WorldError`."""
        return classify_mail(self._mail(file), self.ruleset, lessons)

    def _mail(self, file: Path) -> Mail:
        raw = _read(file)
        return self.reader.read(split(_as_message(raw) if file.suffix == ".txt" else raw, now()))


def examiner(override: Path | None, *, with_scorer: bool = True) -> Examiner:
    """What `classify` and its kin work with. Raises `ConfigurationError`."""
    return Examiner(Reader(load_reading_words(override, frozenset())), load_rules(override, with_scorer=with_scorer))


@click.command()
@rules_option
@json_option
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def classify(override: Path | None, as_json: bool, files: Sequence[Path]) -> None:
    """Say for each mail (.eml, or .txt) what it asks for, and why. Prints words of the mail, so mind who reads along.

    A .txt file may open with a line "Subject: ..." and an empty line. With --json one object a line.
    """
    desk = examiner(override)
    for file in files:
        found = desk.classify(file)
        if as_json:
            print_json(_as_json(file, found))
        else:
            click.echo(_as_text(file, found))


@click.command()
@rules_option
@json_option
@click.option(
    "--later-labels-optional",
    is_flag=True,
    help="Only the first right of a mail must be named: the others are in passing.",
)
@click.option("--without-scorer", is_flag=True, help="Let the rules decide alone, to see what the scorer adds.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def evaluate(
    override: Path | None, as_json: bool, later_labels_optional: bool, without_scorer: bool, folder: Path
) -> None:
    """Measure rules and scorer on a folder of labelled mails.

    DIR holds mails (.eml, .txt) and LABELS.tsv with the columns file, language, labels ('+' between, the primary one
    first) and difficulty. Mails of difficulty "ambiguous" are not scored.
    """
    desk = examiner(override, with_scorer=not without_scorer)
    labels = _labels(folder)
    judged = [Judged(label, desk.classify(folder / label.file)) for label in with_progress(labels, "Classifying")]
    evaluation = evaluate_mails(judged, later_labels_optional=later_labels_optional)
    if as_json:
        print_json(_evaluation_as_json(evaluation))
    else:
        click.echo("\n".join(_evaluation_as_text(evaluation)))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WorldError(f"{file}: {error.strerror}; check the name and the permissions") from error


def _as_message(text: bytes) -> bytes:
    """A .txt file as a mail: its optional subject line, and the rest as the body."""
    head, separator, body = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    if not (separator and head.startswith(b"Subject:") and b"\n" not in head):
        head, body = b"Subject:", text
    return head + b"\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + body


def _labels(folder: Path) -> tuple[Label, ...]:
    file = folder / _LABEL_FILE
    if not file.is_file():
        raise ConfigurationError(f"{file}: no such file; name the folder that holds mails and {_LABEL_FILE}")
    try:
        lines = _read(file).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ConfigurationError(f"{file}: column {missing[0]!r} is missing; the first line names the columns")
    return tuple(_label(file, number, row) for number, row in enumerate(rows, start=2))


def _label(file: Path, number: int, row: dict[str, str | None]) -> Label:
    name, language, labels, difficulty = (row[column] or "" for column in _COLUMNS)
    named = tuple(labels.split("+"))
    unknown = [label for label in named if label not in LABELS]
    if not name or unknown:
        trouble = f"unknown label {unknown[0]!r}" if name else "no file named"
        raise ConfigurationError(f"{file}: line {number}: {trouble}; labels are {', '.join(sorted(LABELS))}")
    return Label(name, language, named, difficulty)


def _as_json(file: Path, found: Classification) -> dict[str, Any]:
    return {
        "file": str(file),
        "decision": found.decision,
        "rights": list(found.rights),
        "topics": list(found.topics),
        "language": found.language,
        "score": found.score,
        "evidence": [
            {"rule": one.rule, "text": one.text, "weight": one.weight, "place": one.place} for one in found.evidence
        ],
        "automatic": found.automatic,
        "circumstances": list(found.circumstances),
    }


def _as_text(file: Path, found: Classification) -> str:
    named = ", ".join((*found.rights, *found.topics)) or "-"
    head = f"{file}: {found.decision} ({found.score:.2f}) {named} [{found.language or '?'}]"
    shown = [("  +", one) for one in found.evidence]
    shown += [("  guard", one) for one in found.guards]
    shown += [("  missed", one) for one in found.misses]
    lines = [f"{sign} {one.weight:.2f} {one.rule} ({one.place}): {one.text}" for sign, one in shown]
    return "\n".join([head + (" automatic" if found.automatic else ""), *lines])


def _evaluation_as_json(evaluation: Evaluation) -> dict[str, Any]:
    return {
        **_measures_as_json(evaluation.overall),
        "not_scored": evaluation.not_scored,
        "languages": {name: _measures_as_json(one) for name, one in evaluation.languages.items()},
        "errors": [_error_as_json(one) for one in evaluation.errors],
    }


def _measures_as_json(measures: Measures) -> dict[str, Any]:
    return {
        "mails": measures.mails,
        **{name: share.value for name, share in _shares(measures)},
        **_agreement_as_json(measures.all_rights),
        "rights": {right: _agreement_as_json(one) for right, one in measures.rights.items()},
        "topics": {topic: share.value for topic, share in measures.topics.items()},
        "confusion": measures.confusion,
    }


def _agreement_as_json(agreement: Agreement) -> dict[str, float | None]:
    return {"precision": agreement.precision.value, "recall": agreement.recall.value, "f1": agreement.f1}


def _error_as_json(one: Judged) -> dict[str, Any]:
    return {
        "file": one.label.file,
        "labels": list(one.label.labels),
        "decision": one.found.decision,
        "rights": list(one.found.rights),
        "topics": list(one.found.topics),
        "score": one.found.score,
    }


def _shares(measures: Measures) -> Iterable[tuple[str, Share]]:
    names = (
        *("caught", "decided", "false_request", "false_unclear", "left_to_a_person"),
        *("primary_right", "primary_first", "language"),
    )
    return ((name, getattr(measures, name)) for name in names)


def _evaluation_as_text(evaluation: Evaluation) -> Iterator[str]:
    yield from measures_as_text(evaluation)
    for one in evaluation.errors:
        named = "+".join((*one.found.rights, *one.found.topics))
        yield f"{one.label.file}: {'+'.join(one.label.labels)}, but {one.found.decision} {named}"


def measures_as_text(evaluation: Evaluation) -> Iterator[str]:
    """The figures, a line each."""
    yield f"{evaluation.overall.mails} mails scored, {evaluation.not_scored} ambiguous left out"
    for name, measures in (("all", evaluation.overall), *evaluation.languages.items()):
        yield f"{name or '?'}: {', '.join(f'{key} {_shown(share)}' for key, share in _shares(measures))}"
        yield f"  rights: {_agreement_as_text(measures.all_rights)}"
    for right, agreement in evaluation.overall.rights.items():
        yield f"{right}: {_agreement_as_text(agreement)}"
    for topic, share in evaluation.overall.topics.items():
        yield f"{topic}: recall {_shown(share)}"
    yield "primary right, and what was named first:"
    for wanted, named in evaluation.overall.confusion.items():
        yield f"  {wanted}: {', '.join(f'{name} {count}' for name, count in named.items())}"


def _agreement_as_text(agreement: Agreement) -> str:
    f1 = "-" if agreement.f1 is None else f"{agreement.f1:.3f}"
    return f"precision {_shown(agreement.precision)}, recall {_shown(agreement.recall)}, F1 {f1}"


def _shown(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.3f} ({share.hits}/{share.of})"
