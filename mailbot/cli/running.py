"""Commands that work: the service, one pass, the digest, the demo."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from mailbot.adapters.imap import ImapWatcher
from mailbot.adapters.register import open_register, service_lock
from mailbot.cli.options import config_option, json_option, print_json
from mailbot.core.errors import ConfigurationError, MailbotError
from mailbot.service.digests import compose_digest, send_digest
from mailbot.service.passes import PassReport, run_pass
from mailbot.wiring import (
    Connections,
    Workshop,
    connections_of,
    imap_account,
    office_of,
    open_workshop,
    working_office,
)

_INBOX: Final = "INBOX"


@click.command()
@config_option
@json_option
@click.option("--once", is_flag=True, help="One pass, then exit: for cron, or to try it out.")
def run(config: Path | None, as_json: bool, once: bool) -> None:
    """Do the work: read new mail, send what was approved, lay drafts, mail the digest.

    Without --once it keeps running: it waits for the server to announce new mail (IDLE) and looks every minute anyway.
    Stop it with Ctrl-C or SIGTERM; it ends between two steps and loses nothing.
    """
    workshop = open_workshop(config)
    connections = connections_of(workshop.settings)
    try:
        with service_lock(workshop.settings.register_.path, "run"):
            if once:
                report = _one_pass(workshop, connections)
                _print(report, as_json)
                _end_with(report)
            else:
                _serve(workshop, connections)
    finally:
        connections.close()


def _one_pass(workshop: Workshop, connections: Connections) -> PassReport:
    with working_office(workshop, connections, "run") as office:
        return run_pass(office)


def _print(report: PassReport, as_json: bool) -> None:
    figures = {
        "mails": report.intake.mails,
        "requests": report.intake.requests,
        "unclear": report.intake.unclear,
        "joined": report.intake.joined,
        "set_aside": report.intake.set_aside,
        "drafts": report.drafts,
        "sent": report.sent,
        "digest_sent": report.digest_sent,
        "failures": [str(error) for error in report.failures],
    }
    if as_json:
        print_json(figures)
        return
    click.echo(
        f"new mails: {figures['mails']} (requests {figures['requests']}, unclear {figures['unclear']}, "
        f"in running cases {figures['joined']}); drafts laid: {figures['drafts']}; sent: {figures['sent']}"
        f"{'; digest sent' if report.digest_sent else ''}"
    )


def _end_with(report: PassReport) -> None:
    """The exit code of a pass is that of its first trouble; the sentences of the others go to stderr as they are."""
    for error in report.failures[1:]:
        click.echo(f"mailbot: {error}", err=True)
    if report.failures:
        raise report.failures[0]


def _serve(workshop: Workshop, connections: Connections) -> None:
    """Pass after pass, until a signal."""
    wake, stop = threading.Event(), threading.Event()
    with _signals(wake, stop), _watchers(workshop, wake, stop):
        click.echo(f"mailbot works for {workshop.settings.controller.name}; stop with Ctrl-C", err=True)
        while not stop.is_set():
            wake.clear()
            try:
                report = _one_pass(workshop, connections)
                for error in report.failures:
                    click.echo(f"mailbot: {error}", err=True)
            except ConfigurationError:
                raise
            except MailbotError as error:  # the disk is full, or a command works: the next pass tries again
                click.echo(f"mailbot: {error}", err=True)
            wake.wait(workshop.settings.service.poll_seconds)
    click.echo("mailbot stopped", err=True)


@contextmanager
def _signals(wake: threading.Event, stop: threading.Event) -> Iterator[None]:
    def end(_number: int, _frame: object) -> None:
        stop.set()
        wake.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _watchers(workshop: Workshop, wake: threading.Event, stop: threading.Event) -> Iterator[None]:
    """One thread and connection for each inbox and for the approved folder; they only ring the bell."""
    settings = workshop.settings
    folders = {**workshop.texts.words(settings.controller.language)["folders"], **settings.folders}
    watched = [(table, table.folders[0]) for table in settings.mailbox]
    watched += [
        (table, f"{folders['root']}/{folders['approved']}")
        for table in settings.mailbox
        if table.name == settings.review.mailbox
    ]
    threads = [
        threading.Thread(
            target=ImapWatcher(imap_account(table)).watch,
            args=(folder, wake.set, stop),
            name=f"watch-{table.name}",
            daemon=True,
        )
        for table, folder in watched
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()


@click.command()
@config_option
@click.option("--send", is_flag=True, help="Mail it now, whatever was sent today.")
def digest(config: Path | None, send: bool) -> None:
    """Show the list of what is late, due, waiting or unclear. 'mailbot run' mails it once a day by itself."""
    workshop = open_workshop(config)
    connections = connections_of(workshop.settings)
    try:
        if send:
            with working_office(workshop, connections, "digest") as office:
                send_digest(office)
            click.echo("digest sent")
        else:
            register = open_register(workshop.settings.register_.path)
            click.echo(compose_digest(office_of(workshop, connections, register)).text)
    finally:
        connections.close()


@click.command()
@click.option("--serve", is_flag=True, help="Keep the servers up and say how to log in with a real mail client.")
def demo(serve: bool) -> None:
    """See the whole way in a minute: embedded mail servers, a dozen mails, an approval, a digest.

    Needs no configuration and leaves nothing behind.
    """
    try:
        from mailbot.demo.story import tell  # noqa: PLC0415 - the servers are an extra
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the demo needs {error.name}; install it with: pip install 'mailbot[demo]'"
        ) from error
    tell(click.echo, serve=serve)
