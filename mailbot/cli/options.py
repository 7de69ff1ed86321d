"""Options that several commands share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

config_option: Callable[..., Any] = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=None,
    help="Configuration file. Default: ./mailbot.toml, then the platform's configuration folder.",
)
json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
reference_argument: Callable[..., Any] = click.argument("reference", metavar="REF")


def print_json(value: object) -> None:
    """One JSON document on one line, readable as UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False))
