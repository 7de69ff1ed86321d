"""`mailbot`: the commands, and the one place where errors become a line on stderr and an exit code.

0  fine            1  something needs a person      2  wrong use or configuration
3  server or disk  4  another instance holds the lock
"""

import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

import click

from mailbot.cli import aside, casework, classification, contacts, decisions, keeping, reports, rules, running, setup
from mailbot.core.errors import MailbotError

_INTERNAL_ERROR: Final = 3
_INTERRUPTED: Final = 130  # what a shell reports for SIGINT


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with 'mailbot demo' to see it work, then 'mailbot init' and 'mailbot check'. "
    "Exit codes: 0 fine, 1 something needs a person, 2 wrong use or configuration, 3 a server or the disk failed, "
    "4 another instance is at work.",
)
@click.version_option(package_name="mailbot")
@click.option("-v", "--verbose", count=True, help="Say more on stderr (twice: debug). Never shows mail text.")
def cli(verbose: int) -> None:
    """Handle privacy requests (AVG/GDPR) straight from the inbox.

    mailbot watches mailboxes, recognises requests, keeps the clock, lays ready replies in Drafts, sends what a person
    approved, and mails a daily list of what is late.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # At debug level these write whole mails (mail-facts, imapclient no. 4).
    logging.getLogger("imapclient").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


for command in (
    running.demo,
    setup.init,
    setup.check,
    running.run,
    running.digest,
    casework.cases,
    casework.show,
    casework.deadline,
    decisions.approve,
    decisions.reject,
    decisions.draft,
    decisions.extend,
    decisions.refuse,
    decisions.identify,
    decisions.tasks,
    decisions.done,
    decisions.assign_right,
    decisions.close,
    decisions.reopen,
    decisions.settle,
    aside.aside,
    keeping.sweep,
    keeping.anonymise,
    reports.report,
    reports.export,
    contacts.contacts,
    classification.classify,
    classification.evaluate,
    rules.rules,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code. Expected trouble is one line; MAILBOT_DEBUG=1 shows where it came from."""
    try:
        code = cli.main(args=arguments, standalone_mode=False, prog_name="mailbot")
    except click.Abort:
        sys.exit(_INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _complain(f"{error.format_message()} ('mailbot --help' shows how)")
        sys.exit(2)
    except MailbotError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:  # "mailbot cases | head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except Exception as error:
        if os.environ.get("MAILBOT_DEBUG"):
            raise
        # The class only: the message of an unforeseen error may hold words of a mail.
        _complain(f"internal error ({type(error).__name__}); please report it with the output of MAILBOT_DEBUG=1")
        sys.exit(_INTERNAL_ERROR)
    sys.exit(code or 0)


def _complain(sentence: str) -> None:
    click.echo(f"mailbot: {' '.join(sentence.split())}", err=True)
