"""What we know of one inbound message.

Two shapes, by their place in the flow: a `MailSource` is what a mailbox delivers (header bytes and the parts that
were worth fetching); a `Mail` is what `reading` makes of it (decoded, capped, new text apart from quoted text).
Neither decides anything.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a message lies: enough to find it again until the folder's UIDVALIDITY changes (RFC 3501 § 2.3.1.1)."""

    mailbox: str  # name of the configured mailbox, e.g. "info"
    folder: str  # as configured, with "/" between levels whatever the server uses
    uidvalidity: int
    uid: int

    @property
    def key(self) -> str:
        """As it stands in the register's notes: "<mailbox>:<folder>:<uidvalidity>:<uid>"; see `placed`."""
        return f"{self.mailbox}:{self.folder}:{self.uidvalidity}:{self.uid}"


def placed(key: str) -> Placement:
    """The place whose key this is; a folder's name may hold colons, a mailbox's may not. Raises `ValueError`."""
    where, uidvalidity, uid = key.rsplit(":", 2)
    mailbox, _, folder = where.partition(":")
    return Placement(mailbox, folder, int(uidvalidity), int(uid))


@dataclass(frozen=True, slots=True)
class PartSource:
    """One leaf of a message's MIME tree; `body` is None for what was not fetched (drawings, photos, oversized text)."""

    section: str  # IMAP section number, "1", "2.1"; parts of a forwarded message/rfc822 carry its number in front
    content_type: str  # lower case, "text/plain"; "" when unreadable
    charset: str = ""
    encoding: str = ""  # Content-Transfer-Encoding, lower case
    filename: str = ""  # noted, never opened, never shown in a draft
    attachment: bool = False
    size: int = 0  # octets as the server reports them, still encoded
    body: bytes | None = None  # still encoded
    truncated: bool = False
    flowed: bool = False  # Content-Type parameter format=flowed (RFC 3676 § 4)
    delsp: bool = False  # and its parameter delsp=yes


STATUS_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, RFC 6533
HEADER_TYPES: Final = ("text/rfc822-headers", "message/global-headers")  # RFC 6522 § 4: the mail without its text
"""Parts of a delivery report that are read beside the text."""


@dataclass(frozen=True, slots=True)
class MailSource:
    """A message as fetched: structure first, then the header and the text parts (or split from whole raw bytes)."""

    header: bytes
    parts: tuple[PartSource, ...]
    received: datetime  # INTERNALDATE as an aware instant; not the Date header, which the sender chooses
    size: int = 0  # RFC822.SIZE in octets
    placement: Placement | None = None
    forwarded_header: bytes = b""  # header of the first message/rfc822 inside, when there is one
    problems: tuple[str, ...] = ()  # codes of what went wrong while fetching or splitting


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox address as written. `name` is decoration: it is never used to identify anyone."""

    email: str  # addr-spec as written, stripped; "" when there is none that can be read
    name: str = ""


class Automatic(StrEnum):
    """Why a message counts as automatic (RFC 3834 § 2, RFC 3464, RFC 8098): a union of signals, none sufficient."""

    NULL_RETURN_PATH = "null-return-path"
    AUTO_SUBMITTED = "auto-submitted"
    PRECEDENCE = "precedence"
    LIST = "list"
    RESPONSE_SUPPRESSED = "response-suppressed"
    AUTORESPONDER = "autoresponder"
    LOOP = "loop"
    REPORT = "report"
    FEEDBACK = "feedback"
    ROBOT_SENDER = "robot-sender"
    OWN_ADDRESS = "own-address"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A message that a colleague passed on: who wrote it originally, and its text."""

    sender: Address
    text: str
    date: str = ""  # as written in the forward; never starts a clock


@dataclass(frozen=True, slots=True)
class Mail:
    """One read message. Every text is decoded and capped; odd input shows in `problems`, never as an exception."""

    received: datetime  # aware; starts the clock
    fingerprint: str  # hex SHA-256 over Message-ID, Date, From, Subject and text: the same mail in any folder
    message_id: str  # with angle brackets; "" when missing or unusable as a reference
    sender: Address  # the one From mailbox; email "" when there is none or more than one
    senders: tuple[Address, ...]  # all From mailboxes, in order
    recipients: tuple[Address, ...]  # To and Cc
    subject: str
    new_text: str  # what this person wrote now: no quotes, signature or disclaimer
    quoted_text: str  # what was quoted below or between
    signature: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reply_to: tuple[Address, ...] = ()  # shown as a warning, never a recipient
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case, top first, unfolded, raw
    automatic: tuple[Automatic, ...] = ()
    forwarded: Forwarded | None = None
    returned: tuple[str, ...] = ()  # ids of the mail that a delivery report returns (RFC 3464 § 2)
    outcomes: tuple[str, ...] = ()  # what it says of each recipient (§ 2.3.3): "failed", "delayed", "delivered", …
    attachments: tuple[str, ...] = ()  # content types of parts that are not the text
    date: str = ""  # the Date header as written; proves nothing
    problems: tuple[str, ...] = ()  # codes, e.g. "charset-unknown", "text-truncated"
    placement: Placement | None = None

    def header(self, name: str) -> tuple[str, ...]:
        """All values of one header field, topmost first; the name is compared without case (RFC 5322 § 1.2.2)."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key == wanted)


@dataclass(frozen=True, slots=True)
class ReadingWords:
    """What the reader must know of languages; comes from `rules/`, so that the core knows none.

    All patterns are RE2 expressions that must match a whole line, stripped, whatever its case; only `closing` may be
    followed by a name.
    """

    attribution: tuple[str, ...] = ()  # "On … wrote:" lines that open a quote
    quote_header: tuple[str, ...] = ()  # "From: … Sent: …" names (Outlook's quote block), lower case, without colon
    quote_sender: tuple[str, ...] = ()  # those of them that name the writer: "from", "van"
    quote_date: tuple[str, ...] = ()  # those of them that name the moment: "sent", "verzonden"
    separator: tuple[str, ...] = ()  # "-----Original Message-----"
    forward_separator: tuple[str, ...] = ()  # "---------- Forwarded message ----------"
    forward_prefix: tuple[str, ...] = ()  # subject prefixes, lower case, without colon: "fw", "doorst"
    reply_prefix: tuple[str, ...] = ()  # "re", "antw", "aw"
    closing: tuple[str, ...] = ()  # lines that open a signature: "met vriendelijke groet"
    disclaimer: tuple[str, ...] = ()  # phrases that open a disclaimer
    postscript: tuple[str, ...] = ()  # lines that take the word again after a signature: "PS: …"
    sent_from: tuple[str, ...] = ()  # "Sent from my iPhone"
    automatic_subject: tuple[str, ...] = ()  # subjects of out-of-office and delivery notices
    robot_sender: tuple[str, ...] = ()  # patterns of local parts: "mailer-daemon", "no-?reply"
    own_addresses: frozenset[str] = field(default_factory=frozenset)  # lower case; from the configuration
