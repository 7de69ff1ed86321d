"""Commands about recognising: `classify`, `evaluate`, `rules test` and `rules learn`."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from mailbot.cli.options import json_option, print_json
from mailbot.config.data import builtin
from mailbot.config.reading import load_reading_words
from mailbot.config.rules import load_diligence, load_rules, load_samples
from mailbot.config.training import SCORER, load_lessons, write_scorer
from mailbot.core.classifying import Classification
from mailbot.core.classifying import classify as classify_mail
from mailbot.core.errors import ConfigurationError, WorldError
from mailbot.core.evaluating import LABELS, NO_REQUEST, Agreement, Evaluation, Judged, Label, Measures, Share
from mailbot.core.evaluating import evaluate as evaluate_mails
from mailbot.core.learning import Diligence, Lesson, learn, share_of
from mailbot.core.mail import Mail
from mailbot.core.reading import Reader, split
from mailbot.core.rules import Ruleset
from mailbot.core.sampling import classify_sample, failures
from mailbot.wiring import now

_LABEL_FILE = "LABELS.tsv"
_COLUMNS = ("file", "language", "labels", "difficulty")
_SHARES = 4  # of the training texts, each held back once: enough left to learn from, and done in a minute

_Step = TypeVar("_Step")

rules_option = click.option(
    "--rules",
    "override",
    type=click.Path(path_type=Path),
    default=None,
    help="A folder whose files replace or join the built-in rules.",
)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is needed to read a file and say what it is."""

    reader: Reader
    ruleset: Ruleset

    def classify(self, file: Path) -> Classification:
        return classify_mail(self._mail(file), self.ruleset)

    def _mail(self, file: Path) -> Mail:
        raw = _read(file)
        return self.reader.read(split(_as_message(raw) if file.suffix == ".txt" else raw, now()))


def _desk(override: Path | None, *, with_scorer: bool = True) -> _Desk:
    return _Desk(Reader(load_reading_words(override, frozenset())), load_rules(override, with_scorer=with_scorer))


@click.command()
@rules_option
@json_option
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def classify(override: Path | None, as_json: bool, files: Sequence[Path]) -> None:
    """Say for each mail (.eml, or .txt) what it asks for, and why. Prints words of the mail, so mind who reads along.

    A .txt file may open with a line "Subject: ..." and an empty line. With --json one object a line.
    """
    desk = _desk(override)
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
    desk = _desk(override, with_scorer=not without_scorer)
    labels = _labels(folder)
    judged = [Judged(label, desk.classify(folder / label.file)) for label in _with_progress(labels, "Classifying")]
    evaluation = evaluate_mails(judged, later_labels_optional=later_labels_optional)
    if as_json:
        print_json(_evaluation_as_json(evaluation))
    else:
        click.echo("\n".join(_evaluation_as_text(evaluation)))


@click.group()
def rules() -> None:
    """The rules by which requests are recognised; rules/README.md tells how to write them."""


@rules.command("test")
@rules_option
def rules_test(override: Path | None) -> int:
    """Run the sample mails of every rule and guard. Exit code 1 when one of them fails."""
    samples = load_samples(override)
    failed = failures(samples, load_rules(override, with_scorer=False), now())
    for failure in failed:
        click.echo(f"{failure.rule}: {'silent in' if failure.speaks else 'speaks in'}: {failure.text}")
    click.echo(f"{len(samples)} sample mails, {len(failed)} failed")
    return 1 if failed else 0


@rules.command("learn")
@rules_option
@click.option(
    "--check",
    is_flag=True,
    help=f"Write nothing; learn from all but one in {_SHARES} texts, measure on the rest, and so on in turn.",
)
def rules_learn(override: Path | None, check: bool) -> None:
    """Learn from the texts in rules/training what words are worth, and write rules/learned/scorer.json.

    The same texts and rules always give the same file. With --rules the folder's own texts join, and it gets the file.
    """
    lessons = load_lessons(override)
    ruleset, diligence = load_rules(override, with_scorer=False), load_diligence(override)
    if check:
        evaluation = evaluate_mails(_held_back(lessons, ruleset, diligence))
        click.echo("\n".join(_measures_as_text(evaluation)))
        return
    file = (override or builtin("rules")) / SCORER
    write_scorer(learn(lessons, ruleset, diligence), len(lessons), file)
    click.echo(f"{file}: learned from {len(lessons)} texts")


def _held_back(lessons: Sequence[Lesson], ruleset: Ruleset, diligence: Diligence) -> Iterator[Judged]:
    """Every text as judged by a scorer that has not seen it."""
    for share in _with_progress(range(_SHARES), "Learning"):
        known = [lesson for lesson in lessons if share_of(lesson, _SHARES) != share]
        scored = replace(ruleset, scorer=learn(known, ruleset, diligence))
        for lesson in lessons:
            if share_of(lesson, _SHARES) == share:
                label = Label("", lesson.language, tuple(map(str, lesson.concerns)) or (NO_REQUEST,))
                yield Judged(label, classify_sample(lesson.text, scored, now(), subject=lesson.subject))


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


def _with_progress(steps: Sequence[_Step], name: str) -> Iterator[_Step]:
    with click.progressbar(steps, label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:
        yield from shown


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
    names = ("caught", "decided", "false_request", "false_unclear", "left_to_a_person", "primary_right", "language")
    return ((name, getattr(measures, name)) for name in names)


def _evaluation_as_text(evaluation: Evaluation) -> Iterator[str]:
    yield from _measures_as_text(evaluation)
    for one in evaluation.errors:
        named = "+".join((*one.found.rights, *one.found.topics))
        yield f"{one.label.file}: {'+'.join(one.label.labels)}, but {one.found.decision} {named}"


def _measures_as_text(evaluation: Evaluation) -> Iterator[str]:
    yield f"{evaluation.overall.mails} mails scored, {evaluation.not_scored} ambiguous left out"
    for name, measures in (("all", evaluation.overall), *evaluation.languages.items()):
        yield f"{name or '?'}: {', '.join(f'{key} {_shown(share)}' for key, share in _shares(measures))}"
        yield f"  rights: {_agreement_as_text(measures.all_rights)}"
    for right, agreement in evaluation.overall.rights.items():
        yield f"{right}: {_agreement_as_text(agreement)}"
    for topic, share in evaluation.overall.topics.items():
        yield f"{topic}: recall {_shown(share)}"


def _agreement_as_text(agreement: Agreement) -> str:
    f1 = "-" if agreement.f1 is None else f"{agreement.f1:.3f}"
    return f"precision {_shown(agreement.precision)}, recall {_shown(agreement.recall)}, F1 {f1}"


def _shown(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.3f} ({share.hits}/{share.of})"
