"""A small company with mailbot, for journeys over real servers: steps are sentences that recombine.

Servers, configuration, register and letters are real; only the clock is the test's, so that thirty days can pass.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol

from click.testing import CliRunner, Result
from imapclient import IMAPClient

from mailbot.cli.main import cli
from mailbot.config.data import builtin
from mailbot.config.settings import load_settings
from mailbot.core.cases import Case, ReplyKind
from mailbot.core.choices import Choice
from mailbot.core.errors import MailbotError
from mailbot.core.lifecycle import status_of
from mailbot.demo.servers import Sent
from mailbot.service import commands
from mailbot.service.office import Desk, Office
from mailbot.service.passes import PassReport, run_pass
from mailbot.wiring import Workshop, clock_rules, connections_of, open_workshop, working_office

INFO, DAAN = "info@example.com", "daan@example.com"
ANNA = "Anna de Vries <anna@example.org>"
SECRETS = {INFO: "info-secret", DAAN: "daan-secret"}
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

CONFIGURATION = """\
[controller]
name = "Werkplaats Voorbeeld"
privacy_contact = "Daan Voorbeeld <daan@example.com>"

[[mailbox]]
name = "info"
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "info@example.com"
password_file = "info.password"
addresses = ["info@example.com"]
trusted_authserv_id = "mx.example.com"

[[mailbox]]
name = "daan"
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "daan@example.com"
password_file = "daan.password"
addresses = ["daan@example.com"]
trusted_authserv_id = "mx.example.com"

[review]
mailbox = "daan"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
user = "daan@example.com"
password_file = "daan.password"
from = "Werkplaats Voorbeeld <daan@example.com>"

[contacts]
files = ["customers.csv"]

[digest]
to = "daan@example.com"
at = "08:00"

[[processor]]
name = "Pakketdienst Voorbeeld"
purpose = "bezorgen van bestellingen"
category = "naam en adres"
"""

SYSTEMS = """\
category = "naam en adres"
email = "privacy@parcels.example.net"

[[system]]
name = "winkel"
role = "beheer"

[[system]]
name = "boekhouding"
role = "boekhouder"
rights = ["access", "portability", "rectification", "erasure"]

[alarm]
to = ["daan@example.com", "eigenaar@example.com"]
"""


class ImapServer(Protocol):
    """Dovecot or pymap."""

    host: str
    imap_port: int

    def deliver(self, user: str, message: bytes, *, folder: str = ..., received: datetime | None = ...) -> None: ...


def configure(folder: Path, imap_port: int, smtp_port: int) -> Path:
    """Write mailbot.toml, passwords and a customer list; the register is created by the first pass."""
    for user, secret in SECRETS.items():
        path = folder / f"{user.partition('@')[0]}.password"
        path.touch(mode=0o600)
        path.write_text(secret)
    (folder / "customers.csv").write_text("email,name\nanna@example.org,Anna de Vries\n")
    config = folder / "mailbot.toml"
    config.write_text(CONFIGURATION.format(imap_port=imap_port, smtp_port=smtp_port))
    return config


_shared: dict[bool, Workshop] = {}


def rules_and_templates(config: Path, *, has_own_rules: bool) -> Workshop:
    if has_own_rules not in _shared:
        _shared[has_own_rules] = open_workshop(config)
    return _shared[has_own_rules]


def a_letter(
    text: str,
    sender: str = ANNA,
    subject: str = "vraag",
    *,
    verified: bool = True,
    number: int = 1,
    to: str = INFO,
    headers: dict[str, str] | None = None,
) -> bytes:
    """A mail as the company's own mail server lays it in the mailbox."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message = EmailMessage()
    verdict = "pass" if verified else "fail"
    message["Authentication-Results"] = f"mx.example.com; dmarc={verdict} header.from={domain}"
    message["Received"] = f"from mail.{domain} by mx.example.com with ESMTPS id {number}; {format_datetime(MONDAY)}"
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = MONDAY
    message["Message-ID"] = f"<letter-{number}@{domain}>"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes(policy=email.policy.SMTP)


class Company:
    """Mailbot at work for two mailboxes, with a person at his mail client."""

    def __init__(self, folder: Path, imap: ImapServer, smtp_port: int, sent: list[Sent]) -> None:
        self.imap = imap
        self.now = MONDAY
        self.all_sent = sent
        self.config = configure(folder, imap.imap_port, smtp_port)
        self._open()
        self._letters = 0
        self._request = ""

    def _open(self) -> None:
        settings = load_settings(self.config)
        # Reading the rules takes half a second: once for all journeys.
        self.workshop = replace(
            rules_and_templates(self.config, has_own_rules=settings.paths.rules is not None),
            settings=settings,
            deadlines=clock_rules(settings),
        )
        self.connections = connections_of(settings)

    def the_configuration_changes(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))
        self.connections.close()
        self._open()

    def requests_are_doubted(self) -> None:
        """Own rules under [paths]: no mail is sure enough, so that every request goes to a person first."""
        folder = self.config.parent / "my-rules"
        folder.mkdir()
        settings = (builtin("rules") / "settings.toml").read_text()
        doubting = re.sub(r"(?m)^request = .*$", "request = 0.9999", settings).replace("heard = true", "heard = false")
        (folder / "settings.toml").write_text(doubting)
        self.the_configuration_changes("[digest]", '[paths]\nrules = "my-rules"\n\n[digest]')

    # --- what the world does -------------------------------------------------------------------------------------

    def a_mail_arrives(
        self,
        text: str,
        sender: str = ANNA,
        subject: str = "vraag",
        *,
        to: str = INFO,
        verified: bool = True,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        self._letters += 1
        raw = a_letter(text, sender, subject, verified=verified, number=self._letters, to=to, headers=headers)
        self.imap.deliver(to, raw, received=self.now)
        return raw

    def time_passes(self, **span: float) -> None:
        self.now += timedelta(**span)

    # --- what mailbot does ---------------------------------------------------------------------------------------

    @contextmanager
    def office(self, command: str = "test") -> Iterator[Office]:
        with working_office(self.workshop, self.connections, command) as office:
            yield replace(office, clock=lambda: self.now)

    def mailbot_looks(self) -> PassReport:
        with self.office("run") as office:
            return run_pass(office)

    def cases(self) -> tuple[Case, ...]:
        with self.office() as office:
            return office.register.cases()

    def the_case(self) -> Case:
        (case,) = self.cases()
        return case

    def the_status(self) -> str:
        return status_of(self.the_case()).value

    @property
    def desk(self) -> Desk:
        with self.office() as office:
            return office.desk()

    @property
    def sent(self) -> list[Sent]:
        """What went out to customers and processors; digests and alarms left out."""
        return [mail for mail in self.all_sent if b"Auto-Submitted: auto-generated" not in mail.content]

    @property
    def digests(self) -> list[Sent]:
        return [mail for mail in self.all_sent if b"Message-ID: <digest." in mail.content]

    @property
    def alarms(self) -> list[Sent]:
        """What went to the people of [alarm]."""
        digests = self.digests
        return [mail for mail in self.all_sent if mail not in self.sent and mail not in digests]

    # --- what the privacy contact does ----------------------------------------------------------------------------

    @contextmanager
    def client(self, user: str = DAAN) -> Iterator[IMAPClient]:
        client = IMAPClient(self.imap.host, self.imap.imap_port, ssl=False, timeout=10)
        try:
            client.login(user, SECRETS[user])
            yield client
        finally:
            client.logout()

    def messages(self, folder: str, user: str = DAAN) -> dict[int, EmailMessage]:
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
        parsed = {
            uid: email.message_from_bytes(data[b"BODY[]"], policy=email.policy.default) for uid, data in fetched.items()
        }
        return {uid: message for uid, message in parsed.items() if isinstance(message, EmailMessage)}

    def the_person_moves(self, source: str, target: str, uid: int | None = None) -> None:
        with self.client() as client:
            client.select_folder(source)
            client.move([uid] if uid else client.search(), target)

    # --- and what he does with a case until it ends ---------------------------------------------------------------

    def systems_are_configured(self) -> None:
        """Two systems with tasks, a processor that is told by mail, and two people for alarms."""
        self.the_configuration_changes('category = "naam en adres"\n', SYSTEMS)

    def the_case_of(self, reference: str) -> Case:
        with self.office() as office:
            case = office.register.case(reference)
        assert case is not None
        return case

    def drafts_of(self, reference: str) -> dict[int, EmailMessage]:
        drafts = self.messages(self.desk.drafts)
        return {uid: draft for uid, draft in drafts.items() if f"[{reference}]" in draft["Subject"]}

    def the_letter(self, reference: str | None = None) -> str:
        """The text of the one letter that lies ready for this case; of the only case when none is named."""
        (draft,) = self.drafts_of(reference or self.the_request().reference).values()
        return str(draft.get_content())

    def the_request(self) -> Case:
        """The one case that is no notice to a processor; also when it is closed by now."""
        live = [case for case in self.cases() if not case.addressee]
        if not live and self._request:
            return self.the_case_of(self._request)
        (case,) = live
        self._request = case.reference
        return case

    def the_notice(self) -> Case:
        (case,) = (case for case in self.cases() if case.addressee)
        return case

    def the_letter_is_finished_and_sent(self, reference: str | None = None, *, keep: str = "", add: str = "") -> str:
        """Fill in every placeholder, approve by moving, and let the bot send it. Returns the text that went out."""
        reference = reference or self.the_request().reference
        ((uid, draft),) = self.drafts_of(reference).items()
        text = re.sub(r"\[\[.*?\]\]", keep or "ingevuld", str(draft.get_content()), flags=re.DOTALL) + add
        draft.set_content(text, cte="quoted-printable")
        with self.client() as client:
            client.select_folder(self.desk.drafts)
            client.append(self.desk.approved, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Draft", "\\Seen"])
            client.delete_messages([uid])
            client.expunge([uid])
        self.mailbot_looks()
        return text

    def another_letter_is_chosen(self, key: str, reference: str | None = None) -> None:
        """Move the draft to a folder under "another answer", as a phone can."""
        words = self.workshop.texts.words("nl")
        folder = f"{self.desk.choose}/{words['choices'][key]}"
        (uid,) = self.drafts_of(reference or self.the_request().reference)
        self.the_person_moves(self.desk.drafts, folder, uid)
        self.mailbot_looks()

    def the_tasks_are_done(self) -> None:
        """Move the mail of every task to "done"."""
        self.the_person_moves(self.desk.tasks, self.desk.done)
        self.mailbot_looks()

    def another_letter(self, reply: ReplyKind) -> None:
        """Ask for a letter by command."""
        reference = self.the_request().reference
        with self.office("draft") as office:
            commands.lay_draft(office, reference, Choice(reply))

    def the_status_of_the_request(self) -> str:
        return status_of(self.the_request()).value

    def days_pass(self, days: int) -> None:
        """The bot looks once a day."""
        for _ in range(days):
            self.time_passes(days=1)
            self.mailbot_looks()

    def the_draft_is_approved_by_moving(self) -> None:
        self.the_person_moves(self.desk.drafts, self.desk.approved)

    def the_person_edits_the_draft(self, old: str, new: str, folder: str | None = None) -> None:
        """Saving an edited draft stores a new message and expunges the old one, as Thunderbird does."""
        folder = folder or self.desk.drafts
        with self.client() as client:
            client.select_folder(folder)
            (uid,) = client.search()
            raw = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
            message = email.message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            text = message.get_content()
            assert old in text
            message.set_content(text.replace(old, new), cte="quoted-printable")
            client.append(folder, message.as_bytes(policy=email.policy.SMTP), flags=["\\Draft", "\\Seen"])
            client.delete_messages([uid])
            client.expunge([uid])


def mailbot(company: Company, *arguments: str, expect: type[MailbotError] | None = None) -> Result:
    """A command as a person types it, with the company's configuration; `expect` is the error that it ends with."""
    result = CliRunner().invoke(cli, [*arguments, "--config", str(company.config)])
    assert isinstance(result.exception, expect or type(None)), result.exception
    return result
