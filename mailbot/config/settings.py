"""`mailbot.toml`: read, checked, turned into frozen settings. Unknown keys are refused; secrets never stand in it."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mailbot.config.tables import read_table
from mailbot.core.authentication import Writing
from mailbot.core.errors import ConfigurationError, NoConfiguration
from mailbot.core.loopback import is_loopback
from mailbot.core.rights import Right

FILE_NAME: Final = "mailbot.toml"
_ADDRESS: Final = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\]]+\.?[^\s@<>\"(),:;\\\[\]]*")
_NAMED_ADDRESS: Final = re.compile(r"(?P<name>[^<>\"\r\n]*?)\s*<(?P<email>[^<>\s]+)>")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class NamedAddress(_Table):
    """An address with an optional name, written as `Name <a@b.example>` or `a@b.example`."""

    email: str
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            # pydantic turns ValueError, and only that, into an entry with the key
            raise ValueError('write it as "Name <address@example.com>"')  # noqa: TRY004
        match = _NAMED_ADDRESS.fullmatch(value.strip())
        name, email = (match["name"], match["email"]) if match else ("", value.strip())
        if not email.isascii() or not _ADDRESS.fullmatch(email):
            raise ValueError('not an e-mail address; write it as "Name <address@example.com>"')
        return {"email": email, "name": name}

    def __str__(self) -> str:
        """As it stands in a From field; the name is checked to hold no quote, bracket or line break."""
        return f"{self.name} <{self.email}>" if self.name else self.email


class ControllerTable(_Table):
    """[controller]: the company that answers (GDPR art. 4(7))."""

    name: Annotated[str, Field(min_length=1)]
    privacy_contact: NamedAddress
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "nl"
    timezone: str = "Europe/Amsterdam"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "NL"
    complaint_url: str = "klachten.autoriteitpersoonsgegevens.nl"
    privacy_policy_url: str = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("no such time zone; use a name such as Europe/Amsterdam")
        return value


class Account(_Table):
    """Where and as whom to log in. One of password_env, password_file, password_command."""

    host: Annotated[str, Field(min_length=1)]
    user: Annotated[str, Field(min_length=1)]
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    password_env: str | None = None
    password_file: Path | None = None
    password_command: list[str] | None = None
    ca_file: Path | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] = 30

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        given = [key for key in ("password_env", "password_file", "password_command") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of password_env, password_file, password_command")
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError('tls = "none" is only allowed on this machine itself (127.0.0.1); use "implicit"')
        return self


class MailboxTable(Account):
    """[[mailbox]]: one IMAP account that customers write to."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    addresses: Annotated[list[NamedAddress], Field(min_length=1)]
    folders: Annotated[list[str], Field(min_length=1)] = ["INBOX"]
    trusted_authserv_id: str | None = None
    received_by: str | None = None
    authentication: Writing = Writing.STANDARD


class ReviewTable(_Table):
    """[review]: where drafts and desk folders live."""

    mailbox: str


class SmtpTable(Account):
    """[smtp]: the account that approved mail leaves by."""

    port: Annotated[int, Field(ge=1, le=65535)] = 465
    sender: Annotated[NamedAddress, Field(alias="from")]


class RegisterTable(_Table):
    """[register]: the file with the cases; relative to the configuration file."""

    path: Path = Path("register.json")


class ContactsTable(_Table):
    """[contacts]: customer lists (CSV or XLSX), beside the bot's own book that `mailbot contacts import` fills."""

    files: list[Path] = []


class DigestTable(_Table):
    """[digest]: who gets the daily list, and when (local time of the controller)."""

    to: NamedAddress
    at: time = time(8, 0)

    @field_validator("at", mode="before")
    @classmethod
    def _clock_time(cls, value: object) -> object:
        if isinstance(value, str) and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError('write a time as "08:00"')
        return value


class PolicyTable(_Table):
    """[policy]: what the company promises, and the switches of legal-facts § 4.2."""

    days: Annotated[int, Field(ge=1, le=30)] = 30
    look_back_days: Annotated[int, Field(ge=1, le=365)] = 31
    count_good_friday: bool = True
    count_equated_days: bool = True


class ServiceTable(_Table):
    """[service]: how often `mailbot run` looks, in seconds, also without a push from the server."""

    poll_seconds: Annotated[int, Field(ge=5, le=3600)] = 60


class LimitsTable(_Table):
    """[limits]: how much may happen by itself before the bot stops and says so."""

    sends_per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    drafts_per_sender: Annotated[int, Field(ge=1, le=1000)] = 3
    strangers_per_hour: Annotated[int, Field(ge=1, le=10_000)] = 30


class PathsTable(_Table):
    """[paths]: folders that override the built-in rules and templates file by file."""

    rules: Path | None = None
    templates: Path | None = None


class ProcessorTable(_Table):
    """[[processor]]: who else holds data (art. 4(8), 4(9)); named in access answers."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    purpose: str
    category: str
    email: NamedAddress | None = None
    told_of: list[Literal[Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION]] = [
        Right.RECTIFICATION,
        Right.ERASURE,
        Right.RESTRICTION,
    ]


class SystemTable(_Table):
    """[[system]]: a place where the company keeps personal data, and the role that works in it."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    role: Annotated[str, Field(min_length=1, max_length=60)]
    rights: list[Right] = list(Right)


class AlarmTable(_Table):
    """[alarm]: who is told at once of a possible breach, an authority's letter or a claim; two people are wise."""

    to: list[NamedAddress] = []


class FollowUpTable(_Table):
    """[follow_up]: after how many days something is said again by itself."""

    reminder_days: Annotated[int, Field(ge=1, le=30)] = 14
    last_word_days: Annotated[int, Field(ge=1, le=14)] = 5
    chaser_days: Annotated[list[Annotated[int, Field(ge=1, le=60)]], Field(max_length=5)] = [7, 14]
    closing_days: Annotated[int, Field(ge=1, le=90)] = 14


class RetentionTable(_Table):
    """[retention]: how long a closed case keeps its person; the terms of legal-facts § 10.4, the owner decides.

    An erasure that was carried out keeps nothing longer than its end, whatever stands here. `mail_days`: a quarter
    covers the six weeks in which the person can go to court or to the supervisory authority (UAVG art. 35, 36), and
    margin; less than those six weeks would throw away what the company then needs. `row_years`: after five years most
    claims have lapsed. `expunge`: what is expunged is gone for good, so that the owner must want it; else the mails are
    listed for a person to delete. `backup_days`: as long as a backup lives that a deletion must be repeated on.
    """

    mail_days: Annotated[int, Field(ge=42, le=3650)] = 92
    row_years: Annotated[int, Field(ge=1, le=20)] = 5
    expunge: bool = False
    backup_days: Annotated[int, Field(ge=0, le=3650)] = 30


class Settings(_Table):
    """The whole configuration, checked. Paths are absolute."""

    controller: ControllerTable
    mailbox: Annotated[list[MailboxTable], Field(min_length=1)]
    review: ReviewTable
    smtp: SmtpTable
    digest: DigestTable
    register_: Annotated[RegisterTable, Field(alias="register")] = RegisterTable()
    contacts: ContactsTable = ContactsTable()
    policy: PolicyTable = PolicyTable()
    service: ServiceTable = ServiceTable()
    limits: LimitsTable = LimitsTable()
    paths: PathsTable = PathsTable()
    folders: dict[str, str] = {}
    processor: list[ProcessorTable] = []
    system: list[SystemTable] = []
    alarm: AlarmTable = AlarmTable()
    follow_up: FollowUpTable = FollowUpTable()
    retention: RetentionTable = RetentionTable()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [mailbox.name for mailbox in self.mailbox]
        if len(set(names)) != len(names):
            raise ValueError("two [[mailbox]] tables have the same name")
        if self.review.mailbox not in names:
            raise ValueError(f"review.mailbox names no [[mailbox]]; there is {', '.join(names)}")
        for table, entries in (("processor", self.processor), ("system", self.system)):
            if len({entry.name for entry in entries}) != len(entries):
                raise ValueError(f"two [[{table}]] tables have the same name")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days are counted."""
        return ZoneInfo(self.controller.timezone)

    @property
    def own_addresses(self) -> frozenset[str]:
        """The company's own addresses, lower case: mail from them is never a customer's."""
        listed = [address.email for mailbox in self.mailbox for address in mailbox.addresses]
        return frozenset(email.lower() for email in (*listed, self.smtp.sender.email))


def find_settings(path: Path | None) -> Path:
    """The configuration file: the one named, ./mailbot.toml, or the platform's folder. Raises `ConfigurationError`."""
    if path is not None:
        if not path.is_file():
            raise ConfigurationError(
                f"{path}: no such file; write one with 'mailbot init' or name another with --config"
            )
        return path
    candidates = [Path(FILE_NAME), Path(platformdirs.user_config_dir("mailbot")) / FILE_NAME]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise NoConfiguration(
        f"no configuration: neither ./{FILE_NAME} nor {candidates[1]} exists; "
        "write one with 'mailbot init', or see it work first with 'mailbot demo'"
    )


def load_settings(path: Path) -> Settings:
    """Read and check one configuration file. Raises `ConfigurationError`."""
    return _absolute(read_table(path, Settings), path.resolve().parent)


def _absolute(settings: Settings, root: Path) -> Settings:
    """Paths in the file are relative to the file, wherever mailbot is started."""

    def resolve(path: Path | None) -> Path | None:
        return None if path is None else root / path.expanduser()

    def account(table: Any) -> Any:
        return table.model_copy(
            update={"password_file": resolve(table.password_file), "ca_file": resolve(table.ca_file)}
        )

    return settings.model_copy(
        update={
            "mailbox": [account(mailbox) for mailbox in settings.mailbox],
            "smtp": account(settings.smtp),
            "register_": RegisterTable(path=root / settings.register_.path.expanduser()),
            "contacts": ContactsTable(files=[root / file.expanduser() for file in settings.contacts.files]),
            "paths": PathsTable(rules=resolve(settings.paths.rules), templates=resolve(settings.paths.templates)),
        }
    )
