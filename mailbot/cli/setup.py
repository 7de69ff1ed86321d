"""Commands that set up: write a configuration, and check that everything answers."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from jinja2 import Environment, StrictUndefined

from mailbot.adapters.register import open_register
from mailbot.cli.options import config_option
from mailbot.config.data import builtin, read_text
from mailbot.config.settings import FILE_NAME, MailboxTable, find_settings, load_settings
from mailbot.core.authentication import Writing
from mailbot.core.errors import ConfigurationError, MailbotError
from mailbot.service.ports import Mailbox
from mailbot.wiring import Connections, Workshop, connections_of, now, office_of, open_workshop

_ADDRESS: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_READABLE_BY_OWNER: Final = 0o600
_RECENT: Final = timedelta(days=14)
_SAMPLE: Final = 20  # mails; a server that judges senders judges every one


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

    def senders(table: MailboxTable) -> Callable[[], str]:
        def look() -> str:
            return _whose_word(connections.mailboxes[table.name], table)

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
    words = [(f"{table.name}: who wrote", senders(table)) for table in settings.mailbox]
    return [*folders, *words, ("review", desk), ("smtp", smtp), ("contacts", contacts)]


def _whose_word(mailbox: Mailbox, table: MailboxTable) -> str:
    """Whether the mail server's own word about senders is there (RFC 8601); without it nobody is ever verified."""
    if table.authentication is Writing.MICROSOFT365:
        return "the word of Microsoft 365 counts"
    folder = table.folders[0]
    recent = mailbox.new_messages(folder, None, (now() - _RECENT).date()).uids[-_SAMPLE:]
    entries = mailbox.entries(folder, ["authentication-results"], recent)
    written = [value.split(";")[0].split()[:1] for entry in entries for value in entry.values("authentication-results")]
    names = sorted({name.lower() for words in written for name in words})
    if table.trusted_authserv_id is None:
        seen = f"; recent mail has the word of {', '.join(names)}" if names else ""
        return f"nobody is ever verified, since trusted_authserv_id is not set{seen}"
    if entries and table.trusted_authserv_id.lower() not in names:
        return f"no recent mail has the word of {table.trusted_authserv_id}, only of {', '.join(names) or 'nobody'}"
    return f"the word of {table.trusted_authserv_id} counts"


def _carry_out(name: str, step: Callable[[], str]) -> MailbotError | None:
    try:
        found = step()
    except MailbotError as error:
        click.echo(f"{name}: FAILED")
        click.echo(f"mailbot: {error}", err=True)
        return error
    click.echo(f"{name}: {found or 'fine'}")
    return None
