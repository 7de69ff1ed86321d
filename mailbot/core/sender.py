"""Who wrote, how sure, and may we answer at all."""

from dataclasses import dataclass

from mailbot.core.cases import IdentityLevel


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on file. Only what is needed to recognise and greet him."""

    email: str  # as stored
    name: str = ""


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """What was established about the writer of one mail."""

    address: str  # normalised writing address; "" when there is not exactly one
    contact: Contact | None  # the exact match on file
    verified: bool  # the receiving server vouches for the From domain (RFC 8601)
    level: IdentityLevel
    answer_to: str  # where a reply may go; "" means: nowhere
    reasons: tuple[str, ...]  # codes, e.g. "dmarc-pass", "address-unknown"; words for them stand in templates/
    warnings: tuple[str, ...] = ()  # codes, e.g. "reply-to-differs"
