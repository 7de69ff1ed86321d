"""A real mail client: the privacy contact edits a draft in neomutt and sends it himself."""

import email
import email.policy
import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from company import DAAN, SECRETS, Company

from mailbot.core.cases import Actor, EventKind, ReplyKind

NEOMUTT = shutil.which("neomutt")
PATIENCE = 30.0  # seconds; driving it takes two

CONFIGURATION = """\
set imap_user = "{user}"
set imap_pass = "{secret}"
set folder = "imap://127.0.0.1:{imap_port}/"
set spoolfile = "+INBOX"
set postponed = "+Drafts"
set record = "+Sent"
set smtp_url = "smtp://127.0.0.1:{smtp_port}"
set from = "{user}"
set realname = "Daan Voorbeeld"
set ssl_starttls = no
set ssl_force_tls = no
set editor = "{editor}"
set edit_headers = no
set recall = yes
set fast_reply = yes
set confirmappend = no
set copy = yes
set header_cache = ""
set delete = yes
set quit = yes
set wait_key = no
"""

EDITOR = """\
#!/bin/sh
printf '\\nTot ziens in de werkplaats, Daan\\n' >> "$1"
"""


@pytest.fixture
def neomutt(company: Company, tmp_path: Path) -> list[str]:
    if NEOMUTT is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("neomutt is missing: apt-get install neomutt")
    editor = tmp_path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    smtp_port = company.workshop.settings.smtp.port
    configuration = tmp_path / "neomuttrc"
    configuration.write_text(
        CONFIGURATION.format(
            user=DAAN, secret=SECRETS[DAAN], imap_port=company.imap.imap_port, smtp_port=smtp_port, editor=editor
        )
    )
    return [NEOMUTT, "-n", "-F", str(configuration)]


def driven(command: list[str], keys: str, folder: Path) -> str:
    """Run a program in a terminal with these keys pushed; what it showed."""
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "HOME": str(folder), "LINES": "40", "COLUMNS": "120"}
    process = subprocess.Popen(
        [*command, "-e", f'push "{keys}"'], stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    shown, give_up = b"", time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < give_up:
        if select.select([controller], [], [], 0.1)[0]:
            try:
                shown += os.read(controller, 65536)
            except OSError:  # the terminal closed with the program
                break
    if process.poll() is None and time.monotonic() >= give_up:
        process.kill()
    process.wait(PATIENCE)
    os.close(controller)
    return shown.decode(errors="replace")


def test_a_draft_edited_and_sent_from_neomutt_is_recognised_in_sent(
    company: Company, neomutt: list[str], tmp_path: Path
) -> None:
    company.a_mail_arrives("Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.mailbot_looks()
    case = company.the_case()
    assert case.draft is not None
    shown = driven(neomutt, "<recall-message><send-message><exit>y", tmp_path)
    assert len(company.sent) == 1, shown[-2000:]
    sent = email.message_from_bytes(company.sent[0].content, policy=email.policy.default)
    assert "Tot ziens in de werkplaats" in sent.get_content()
    assert company.sent[0].recipients == ("anna@example.org",)
    for _ in range(2):
        company.mailbot_looks()
    after = company.the_case()
    event = after.last(EventKind.ACKNOWLEDGEMENT_SENT)
    assert event is not None
    assert event.by is Actor.PERSON
    assert len(company.sent) == 1
    assert after.draft is not None
    assert after.draft.reply is ReplyKind.ANSWER
    assert len(company.messages(company.desk.drafts)) == 1
