"""`mailbot demo`: the real `run --once`, over real sockets, on mail of its own; told step by step.

Servers, configuration and register live in this process and in a temporary folder; nothing is left behind.
"""

import email
import email.policy
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from imapclient import IMAPClient

from mailbot.adapters.register import open_register
from mailbot.core.cases import Case, DraftState, EventKind
from mailbot.core.classifying import Classification
from mailbot.core.lifecycle import status_of
from mailbot.core.reading import split
from mailbot.core.standing import standing
from mailbot.demo.servers import EmbeddedServers
from mailbot.service.digests import compose_digest
from mailbot.service.office import Office
from mailbot.service.passes import PassReport, run_pass
from mailbot.wiring import Connections, Workshop, connections_of, now, open_workshop, working_office

Echo = Callable[[str], None]

_PASSWORD: Final = "demo"  # noqa: S105 - of servers that exist for a minute, on loopback
_WIDTH: Final = 96
_LOOK_BACK_DAYS: Final = 60  # one mail of the demo is overdue

_CONFIGURATION: Final = """\
[controller]
name = "{company}"
privacy_contact = "{contact} <noor@{domain}>"

[[mailbox]]
name = "info"
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "info@{domain}"
password_file = "password"
addresses = ["info@{domain}"]
trusted_authserv_id = "mx.{domain}"

[[mailbox]]
name = "noor"
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "noor@{domain}"
password_file = "password"
addresses = ["noor@{domain}"]
trusted_authserv_id = "mx.{domain}"

[review]
mailbox = "noor"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
user = "noor@{domain}"
password_file = "password"
from = "{company} <noor@{domain}>"

[contacts]
files = ["customers.csv"]

[digest]
to = "noor@{domain}"
at = "00:00"

[policy]
look_back_days = {look_back}
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The embedded servers with the demo's mail in them, and mailbot configured for them."""

    servers: EmbeddedServers
    workshop: Workshop
    connections: Connections
    domain: str
    mails: tuple[tuple[str, bytes, datetime], ...]  # user, message, received

    def run_once(self) -> PassReport:
        """What `mailbot run --once` does."""
        with self.office("run") as office:
            return run_pass(office)

    @contextmanager
    def office(self, command: str) -> Iterator[Office]:
        """An office on the demo's register."""
        with working_office(self.workshop, self.connections, command) as office:
            yield office

    def cases(self) -> tuple[Case, ...]:
        """The cases as the register has them now."""
        with self.office("demo") as office:
            return office.register.cases()

    @contextmanager
    def mail_client(self) -> Iterator[IMAPClient]:
        """The privacy contact's own mail client, on the review mailbox."""
        client = IMAPClient("127.0.0.1", self.servers.imap_port, ssl=False, timeout=10)
        try:
            client.login(f"noor@{self.domain}", _PASSWORD)
            yield client
        finally:
            client.logout()


@contextmanager
def stage() -> Iterator[Stage]:
    """Set the stage; takes it down again, whatever happens."""
    script = tomllib.loads(files("mailbot.demo").joinpath("mails.toml").read_text(encoding="utf-8"))
    company = script["company"]
    domain = company["domain"]
    users = {f"{name}@{domain}": _PASSWORD for name in ("info", "noor")}
    mails = tuple(_mails(script, now()))
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder, EmbeddedServers(users) as servers:
        for user, message, received in mails:
            servers.deliver(f"{user}@{domain}", message, received=received)
        workshop = open_workshop(_configure(Path(folder), script, servers))
        open_register(workshop.settings.register_.path, create=True)
        connections = connections_of(workshop.settings)
        try:
            yield Stage(servers, workshop, connections, domain, mails)
        finally:
            connections.close()


def _configure(folder: Path, script: Mapping[str, Any], servers: EmbeddedServers) -> Path:
    company = script["company"]
    customers = "".join(f"{customer['email']},{customer['name']}\n" for customer in script["customer"])
    (folder / "customers.csv").write_text(f"email,name\n{customers}", encoding="utf-8")
    (folder / "password").touch(mode=0o600)
    (folder / "password").write_text(_PASSWORD, encoding="utf-8")
    config = folder / "mailbot.toml"
    config.write_text(
        _CONFIGURATION.format(
            company=company["name"],
            contact=company["privacy_contact"],
            domain=company["domain"],
            imap_port=servers.imap_port,
            smtp_port=servers.smtp_port,
            look_back=_LOOK_BACK_DAYS,
        ),
        encoding="utf-8",
    )
    return config


def _mails(script: Mapping[str, Any], today: datetime) -> Iterator[tuple[str, bytes, datetime]]:
    domain = script["company"]["domain"]
    for number, entry in enumerate(script["mail"]):
        received = today - timedelta(days=entry["days_ago"], minutes=number)
        yield entry["to"], _message(entry, domain, number, received), received


def _message(entry: Mapping[str, Any], domain: str, number: int, received: datetime) -> bytes:
    """One mail as the workshop's mail server would have laid it in the mailbox."""
    address = parseaddr(entry["from"])[1]
    sender_domain = address.rpartition("@")[2]
    message = EmailMessage()
    if not entry.get("automatic"):
        verdict = "pass" if entry.get("verified") else "fail"
        message["Authentication-Results"] = f"mx.{domain}; dmarc={verdict} header.from={sender_domain}"
    message["Received"] = (
        f"from mail.{sender_domain} by mx.{domain} with ESMTPS id demo{number}; {format_datetime(received)}"
    )
    message["From"] = entry["from"]
    message["To"] = f"{entry['to']}@{domain}"
    message["Subject"] = entry["subject"]
    message["Date"] = received
    message["Message-ID"] = f"<demo-{number}@{sender_domain}>"
    if "reply_to" in entry:
        message["Reply-To"] = entry["reply_to"]
    if entry.get("automatic"):
        message["Auto-Submitted"] = "auto-replied"
    if entry.get("newsletter"):
        message["List-Unsubscribe"] = f"<mailto:leave@{sender_domain}>"
        message["Precedence"] = "bulk"
    message.set_content(entry["text"].strip() + "\n")
    return message.as_bytes(policy=email.policy.SMTP)


def tell(echo: Echo, *, serve: bool = False) -> None:
    """Tell the story; with `serve`, keep the servers up afterwards until Ctrl-C."""
    with stage() as scene:
        _mail_comes_in(scene, echo)
        _what_was_recognised(scene, echo)
        _cases_and_clock(scene, echo)
        _a_draft(scene, echo)
        _approval(scene, echo)
        _digest(scene, echo)
        if serve:
            _serve(scene, echo)


def _heading(echo: Echo, text: str) -> None:
    echo("")
    echo(f"── {text} ".ljust(_WIDTH, "─"))


def _mail_comes_in(scene: Stage, echo: Echo) -> None:
    company = scene.workshop.settings.controller.name
    _heading(echo, f"1. {len(scene.mails)} mails lie in the mailboxes of {company}")
    for user, raw, received in scene.mails:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        echo(f"  {received:%d %b}  {user:4}  {str(message['From'])[:34]:34}  {message['Subject']}")
    echo("")
    report = scene.run_once()
    echo(
        f"  'mailbot run --once' read {report.intake.mails} mails: {report.intake.requests} requests, "
        f"{report.intake.unclear} unclear; laid {report.drafts} drafts. Sent so far: nothing but today's digest."
    )


def _what_was_recognised(scene: Stage, echo: Echo) -> None:
    _heading(echo, "2. What it recognised, and why")
    for _, raw, received in scene.mails:
        mail = scene.workshop.read(split(raw, received))
        found = scene.workshop.classify(mail)
        echo(f"  {found.decision.value:8}{_subject_and_rights(mail.subject, found)}")
        # A rule says why in the mail's own words; the scorer only lists words, so it speaks where no rule does.
        ruled = [evidence for evidence in found.evidence if not evidence.rule.startswith("learned/")]
        for evidence in (ruled or found.evidence)[:2]:
            echo(f"            because “{evidence.text[:56]}”  ({evidence.rule}, {evidence.weight:+.2f})")


def _subject_and_rights(subject: str, found: Classification) -> str:
    named = ", ".join([*found.rights, *found.topics])
    return f"{subject[:40]:42}{named}{' (automatic mail)' if found.automatic else ''}"


def _cases_and_clock(scene: Stage, echo: Echo) -> None:
    _heading(echo, "3. Cases: who wrote, and until when")
    for case in sorted(scene.cases(), key=lambda case: case.due):
        who = "known" if case.known else "unknown"
        stands = standing(case, now(), case.zone)
        late = "  OVERDUE" if stands.is_overdue else ""
        named = ", ".join([*case.rights, *case.topics]) or "?"
        echo(
            f"  {case.reference}  {status_of(case).value:7}  {named:30.30}  "
            f"{case.identity} ({who}: {case.identity_reasons[0] if case.identity_reasons else '-'})"
        )
        echo(f"            answer by {stands.due}, work by {min(case.work_by, stands.due)}{late}")


def _approved_by_moving(scene: Stage) -> tuple[Case, bytes]:
    """The first draft that only needs a yes, and its bytes as they lie in Drafts."""
    ready = [case for case in scene.cases() if case.draft and case.draft.state is DraftState.LAID and case.known]
    case = min(ready, key=lambda case: case.received)
    with scene.office("demo") as office, scene.mail_client() as client:
        client.select_folder(office.desk().drafts, readonly=True)
        token = case.draft.token if case.draft else ""
        uid = office.review.find(office.desk().drafts, "References", token)[0]
        return case, client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]


def _a_draft(scene: Stage, echo: Echo) -> None:
    case, raw = _approved_by_moving(scene)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    _heading(echo, f"4. The draft for {case.reference}, ready in Drafts")
    for name in ("From", "To", "Subject"):
        echo(f"  | {name}: {message[name]}")
    echo("  |")
    body = message.get_body(("plain",))
    for line in (body.get_content() if body else "").rstrip().splitlines():
        echo(f"  | {line}")


def _approval(scene: Stage, echo: Echo) -> None:
    case, _ = _approved_by_moving(scene)
    with scene.office("demo") as office:
        desk = office.desk()
        uid = office.review.find(desk.drafts, "References", case.draft.token if case.draft else "")[0]
    _heading(echo, f"5. {scene.workshop.settings.controller.privacy_contact.name} moves it to {desk.approved}")
    with scene.mail_client() as client:
        client.select_folder(desk.drafts)
        client.move([uid], desk.approved)
    report = scene.run_once()
    sent = [mail for mail in scene.servers.sink.sent if case.reference.encode() in mail.content]
    after = next(item for item in scene.cases() if item.reference == case.reference)
    echo(f"  'mailbot run --once' sent {report.sent} mail to {', '.join(sent[-1].recipients) if sent else '-'}")
    for event in after.events[-6:]:
        echo(f"    {event.kind.value}{' by the privacy contact' if event.kind is EventKind.APPROVED else ''}")
    echo(f"  the case is now: {status_of(after).value}; the next draft lies ready")
    again = scene.run_once()
    echo(f"  a second pass sends {again.sent} mails and lays {again.drafts} drafts: nothing is done twice")


def _digest(scene: Stage, echo: Echo) -> None:
    _heading(echo, "6. The digest of this morning: references and dates, no names")
    with scene.office("demo") as office:
        for line in compose_digest(office).text.rstrip().splitlines():
            echo(f"  | {line}")


def _serve(scene: Stage, echo: Echo) -> None:
    _heading(echo, "Look at it with a mail client, then press Ctrl-C")
    echo(f"  IMAP  127.0.0.1 port {scene.servers.imap_port}, no encryption")
    echo(f"  SMTP  127.0.0.1 port {scene.servers.smtp_port}, no encryption")
    echo(f"  users noor@{scene.domain} (drafts, folders) and info@{scene.domain}; password {_PASSWORD}")
    stop = threading.Event()
    try:
        while not stop.wait(scene.workshop.settings.service.poll_seconds):
            scene.run_once()
    except KeyboardInterrupt:
        echo("")
