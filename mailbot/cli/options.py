"""Options that several commands share."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

_Step = TypeVar("_Step")

config_option: Callable[..., Any] = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=None,
    help="Configuration file. Default: ./mailbot.toml, then the platform's configuration folder.",
)
json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
rules_option: Callable[..., Any] = click.option(
    "--rules",
    "override",
    type=click.Path(path_type=Path),
    default=None,
    help="A folder whose files replace or join the built-in rules.",
)
reference_argument: Callable[..., Any] = click.argument("reference", metavar="REF")


def print_json(value: object) -> None:
    """One JSON document on one line, readable as UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False))


def with_progress(steps: Sequence[_Step], name: str) -> Iterator[_Step]:
    """The steps one by one, with a bar on stderr when a person looks."""
    with click.progressbar(steps, label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:
        yield from shown
