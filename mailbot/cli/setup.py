"""Commands that set up: write a configuration, and check that everything answers."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from jinja2 import Environment, StrictUndefined

from mailbot.adapters.register import open_register
from mailbot.cli.options import config_option
from mailbot.config.data import builtin, read_text
from mailbot.config.settings import FILE_NAME, find_settings, load_settings
from mailbot.core.errors import ConfigurationError, MailbotError
from mailbot.wiring import Connections, Workshop, connections_of, office_of, open_workshop

_ADDRESS: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_READABLE_BY_OWNER: Final = 0o600


@click.command()
@click.option(
    "--config", type=click.Path(path_type=Path), default=Path(FILE_NAME), show_default=True, help="File to write."
)
def init(config: Path) -> None:
    """Write a configuration by asking a few questions, and create the register.

    An existing configuration is kept. Passwords are not asked for: the file says where they come from.
    """
    if config.exists():
        click.echo(f"{config} is there already and stays as it is")
    else:
        _write(config, _ask())
        click.echo(f"{config} written; look it over, it explains itself")
    settings = load_settings(find_settings(config))
    path = settings.register_.path
    if not path.exists():
        open_register(path, create=True)
        click.echo(f"{path} created")
    click.echo(f"next: set the password variables, then 'mailbot check --config {config}'")


def _ask() -> dict[str, str]:
    address = _asked_address("E-mail address of the privacy contact")
    name = click.prompt("Name of the privacy contact")
    domain = address.rpartition("@")[2]
    return {
        "controller": click.prompt("Name of the company"),
        "privacy_contact": f"{name} <{address}>",
        "address": address,
        "imap_host": click.prompt("IMAP server", default=f"imap.{domain}"),
        "imap_user": click.prompt("User name there", default=address),
        "smtp_host": click.prompt("SMTP server", default=f"smtp.{domain}"),
        "language": click.prompt("Language of folders and digest", default="nl"),
        "timezone": click.prompt("Time zone", default="Europe/Amsterdam"),
        "country": click.prompt("Country (two letters)", default="NL"),
    }


def _asked_address(question: str) -> str:
    while not _ADDRESS.fullmatch(address := click.prompt(question)):
        click.echo("that is no e-mail address; write it as name@example.com")
    return str(address)


def _write(config: Path, answers: dict[str, str]) -> None:
    # Not HTML: the only escaping is TOML's, by the filter tojson in the template.
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.filters["tojson"] = _toml_string
    text = environment.from_string(read_text(builtin("templates") / FILE_NAME)).render(answers)
    try:
        config.touch(mode=_READABLE_BY_OWNER, exist_ok=False)
        config.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{config}: {error.strerror}; choose another place with --config") from error


def _toml_string(value: str) -> str:
    """A basic string of TOML 1.0."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", "", escaped) + '"'


@click.command()
@config_option
def check(config: Path | None) -> None:
    """Log in everywhere, look at every folder, and say what is wrong and what to do about it.

    Changes nothing but this: the folders of the desk are created in the review mailbox.
    """
    workshop = open_workshop(config)
    click.echo("configuration, rules and templates: fine")
    connections = connections_of(workshop.settings)
    try:
        troubles = [trouble for name, step in _checks(workshop, connections) if (trouble := _carry_out(name, step))]
    finally:
        connections.close()
    if troubles:
        raise troubles[0]


def _checks(workshop: Workshop, connections: Connections) -> list[tuple[str, Callable[[], str]]]:
    settings = workshop.settings

    def folder(name: str, path: str) -> Callable[[], str]:
        def look() -> str:
            return f"{len(connections.mailboxes[name].entries(path, ['message-id'], [])) or ''}"

        return look

    def desk() -> str:
        register = open_register(settings.register_.path)
        found = office_of(workshop, connections, register).desk()
        return f"drafts in {found.drafts}, sent mail in {found.sent}, desk under {found.approved.partition('/')[0]}"

    def smtp() -> str:
        with connections.outbox.session():
            return "logged in"

    def contacts() -> str:
        return f"{len(workshop.contacts)} known addresses"

    folders = [
        (f"{table.name}/{path}", folder(table.name, path)) for table in settings.mailbox for path in table.folders
    ]
    return [*folders, ("review", desk), ("smtp", smtp), ("contacts", contacts)]


def _carry_out(name: str, step: Callable[[], str]) -> MailbotError | None:
    try:
        found = step()
    except MailbotError as error:
        click.echo(f"{name}: FAILED")
        click.echo(f"mailbot: {error}", err=True)
        return error
    click.echo(f"{name}: {found or 'fine'}")
    return None
