"""Commands about the addresses on file."""

from pathlib import Path

import click

from mailbot.adapters.contacts import import_contacts
from mailbot.cli.options import config_option, json_option, print_json
from mailbot.config.settings import find_settings, load_settings
from mailbot.wiring import book_path


@click.group()
def contacts() -> None:
    """Known addresses: only a person on file can be recognised."""


@contacts.command("import")
@config_option
@json_option
@click.argument("file", type=click.Path(path_type=Path))
def import_(config: Path | None, as_json: bool, file: Path) -> None:
    """Add the addresses of a customer list (CSV or XLSX) to the bot's own book.

    The e-mail column is found by what is in it: a WooCommerce export works as it is, and so does a plain Excel list.
    Only address and name are kept. Importing again adds what is new.
    """
    settings = load_settings(find_settings(config))
    report = import_contacts(file, book_path(settings))
    if as_json:
        print_json(
            {"added": report.added, "already": report.already, "skipped": report.skipped, "column": report.column}
        )
        return
    click.echo(
        f"{file.name}: column {report.column!r}: {report.added} added, {report.already} already known, "
        f"{report.skipped} rows without a usable address"
    )
