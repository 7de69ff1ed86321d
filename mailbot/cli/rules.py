"""Commands about the rules: `rules test`, `rules learn`, `rules explain` and `rules learned`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from mailbot.adapters.register import open_register, register_lock
from mailbot.cli.classification import examiner, measures_as_text
from mailbot.cli.options import config_option, json_option, print_json, rules_option, with_progress
from mailbot.config.data import builtin
from mailbot.config.rules import load_diligence, load_rules, load_samples
from mailbot.config.settings import ControllerTable, Settings, find_settings, load_settings
from mailbot.config.templates import EXPLANATION, load_texts
from mailbot.config.training import SCORER, load_lessons, write_scorer
from mailbot.core.errors import ConfigurationError, NeedsPerson, NoConfiguration
from mailbot.core.evaluating import NO_REQUEST, Judged, Label
from mailbot.core.evaluating import evaluate as evaluate_mails
from mailbot.core.experience import DeskLesson
from mailbot.core.explaining import explanation
from mailbot.core.learning import Diligence, Lesson, learn, share_of
from mailbot.core.records import record_of_lesson
from mailbot.core.rules import Ruleset
from mailbot.core.sampling import classify_sample, failures
from mailbot.wiring import COMMAND_PATIENCE, now

_DEFAULT_LANGUAGE = ControllerTable.model_fields["language"].default
_SHARES = 4  # of the training texts, each held back once: enough left to learn from, and done in some minutes


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
        click.echo("\n".join(measures_as_text(evaluation)))
        return
    file = (override or builtin("rules")) / SCORER
    write_scorer(learn(lessons, ruleset, diligence), len(lessons), file)
    click.echo(f"{file}: learned from {len(lessons)} texts")


def _held_back(lessons: Sequence[Lesson], ruleset: Ruleset, diligence: Diligence) -> Iterator[Judged]:
    """Every text as judged by a scorer that has not seen it."""
    for share in with_progress(range(_SHARES), "Learning"):
        known = [lesson for lesson in lessons if share_of(lesson, _SHARES) != share]
        scored = replace(ruleset, scorer=learn(known, ruleset, diligence))
        for lesson in lessons:
            if share_of(lesson, _SHARES) == share:
                label = Label("", lesson.language, tuple(map(str, lesson.concerns)) or (NO_REQUEST,))
                yield Judged(label, classify_sample(lesson.text, scored, now(), subject=lesson.subject))


@rules.command("explain")
@config_option
@rules_option
@click.option("--language", default=None, help="Of the explanation. Default: the privacy contact's.")
@click.option("--mailbox", default=None, help="A configured mailbox: what you decided about its mail counts as well.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def rules_explain(
    config: Path | None, override: Path | None, language: str | None, mailbox: str | None, files: Sequence[Path]
) -> None:
    """Tell the privacy contact what the bot makes of a mail (.eml or .txt), and why, in his language.

    With the rules and templates of your configuration where there is one. Prints words of the mail, so mind who reads
    along.
    """
    settings = _settings_if_any(config)
    desk = examiner(override or (settings.paths.rules if settings else None))
    texts = load_texts(settings.paths.templates if settings else None)
    lessons = _lessons(settings, mailbox) if mailbox else ()
    spoken = language or (settings.controller.language if settings else _DEFAULT_LANGUAGE)
    for file in files:
        explained = explanation(desk.classify(file, lessons), desk.ruleset)
        click.echo(texts.render(spoken, EXPLANATION, explained | {"file": str(file)}))


def _settings_if_any(config: Path | None) -> Settings | None:
    try:
        return load_settings(find_settings(config))
    except NoConfiguration:
        return None


def _lessons(settings: Settings | None, mailbox: str) -> tuple[DeskLesson, ...]:
    names = [table.name for table in settings.mailbox] if settings else []
    if settings is None or mailbox not in names:
        raise ConfigurationError(
            f"--mailbox {mailbox}: not in the configuration; there is {', '.join(names) or 'none'}"
        )
    lessons = open_register(settings.register_.path).lessons()
    return tuple(lesson for lesson in lessons if lesson.mailbox == mailbox)


@rules.command("learned")
@config_option
@json_option
@click.option("--undo", "undone", metavar="ID", multiple=True, help="Forget this lesson; the decision itself stands.")
def rules_learned(config: Path | None, as_json: bool, undone: Sequence[str]) -> None:
    """Show what the bot learned from your own decisions, and undo what it should not have learned.

    Every mail that you moved to "not a request" or to a right leaves a lesson: no text, only words that many mails
    share. A later mail to the same mailbox that is much like it is judged a little more as you did.
    """
    path = load_settings(find_settings(config)).register_.path
    if undone:
        with register_lock(path, "rules learned", COMMAND_PATIENCE):
            register = open_register(path)
            for name in undone:
                if not register.forget_lesson(name):
                    raise NeedsPerson(f"there is no lesson {name}; 'mailbot rules learned' lists them")
            register.commit()
    lessons = open_register(path).lessons()
    if as_json:
        print_json([record_of_lesson(lesson) for lesson in lessons])
        return
    for lesson in lessons:
        verdict = ", ".join(lesson.rights) or ("a request" if lesson.is_request else "not a request")
        click.echo(f"{lesson.id}  {lesson.day}  {lesson.mailbox}  {verdict}: {', '.join(lesson.signs)}")
    if not lessons:
        click.echo("nothing learned from the desk")
