"""`mailbot aside`: the mails that could not be read."""

import os
from pathlib import Path

import click

from mailbot.adapters.register import open_register
from mailbot.cli.decisions import open_office
from mailbot.cli.options import config_option, json_option, print_json
from mailbot.config.settings import find_settings, load_settings
from mailbot.core.digest import SET_ASIDE_PREFIX
from mailbot.core.errors import ConfigurationError
from mailbot.service.aside import done_with, raw_of, set_aside


@click.command()
@config_option
@json_option
@click.argument("number", type=int, required=False)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to save it. Default: aside-NUMBER.eml"
)
@click.option("--done", is_flag=True, help="It is dealt with: show it no more.")
def aside(config: Path | None, as_json: bool, number: int | None, out: Path | None, done: bool) -> None:
    """List the mails that could not be read, or save one to look at it.

    Such a mail is left where it lies, and it may be a request: look at it, answer it or make it a case by moving it
    to the folder "Wel een verzoek", then say --done. Open a saved one with care: it is as its sender made it.
    """
    if number is None:
        _list(config, as_json)
    elif done:
        with open_office(config, "aside") as office:
            done_with(office, number)
        click.echo(f"mail {number}: done")
    else:
        target = out or Path(f"aside-{number}.eml")
        with open_office(config, "aside") as office:
            raw = raw_of(office, number)
        _save(target, raw)
        click.echo(f"mail {number}: {len(raw)} octets in {target}")


def _list(config: Path | None, as_json: bool) -> None:
    settings = load_settings(find_settings(config))
    listed = set_aside(open_register(settings.register_.path).notes(SET_ASIDE_PREFIX))
    if as_json:
        print_json(
            [
                {
                    "number": one.number,
                    "mailbox": one.placement.mailbox,
                    "folder": one.placement.folder,
                    "since": one.since.isoformat(),
                    "reason": one.reason,
                }
                for one in listed
            ]
        )
        return
    for one in listed:
        since = one.since.astimezone(settings.zone)
        click.echo(
            f"{one.number}  {one.placement.mailbox}/{one.placement.folder}  {since:%Y-%m-%d %H:%M}  {one.reason}"
        )
    if not listed:
        click.echo("no mail was set aside")


def _save(target: Path, raw: bytes) -> None:
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it is somebody's mail
    except FileExistsError:
        raise ConfigurationError(f"{target}: is there already; name another file with --out") from None
    except OSError as error:
        raise ConfigurationError(f"{target}: {error.strerror}; name another file with --out") from error
    with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(raw)
