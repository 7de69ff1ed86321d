"""Who wrote, how sure, and may we answer at all.

`From:` proves nothing (design.md promise 3): a writer counts as a known person only when the exact address is on file
and our own mail server vouches for its domain. A reply goes to the stored address, never to one that a mail names.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mailbot.core.authentication import PASSES, Authentication, Trust, authenticate
from mailbot.core.cases import IdentityLevel
from mailbot.core.mail import Mail


class SenderReason(StrEnum):
    """Why a sender is or is not known and answered, beside `Authentication`; words stand in templates [reasons]."""

    ADDRESS_KNOWN = "address-known"
    ADDRESS_UNKNOWN = "address-unknown"
    ADDRESS_UNUSABLE = "address-unusable"  # not a plain ASCII address: never matches
    NO_SENDER = "no-sender"
    SEVERAL_SENDERS = "several-senders"
    AUTOMATIC_MAIL = "automatic-mail"  # never answered (RFC 3834 § 2)


class SenderWarning(StrEnum):
    """What a person should look at twice; words stand in `templates/<language>/words.toml` [warnings]."""

    REPLY_TO_DIFFERS = "reply-to-differs"
    OTHER_ADDRESS_IN_NAME = "other-address-in-name"
    LOOKALIKE = "lookalike"  # letters that only look like ASCII, or an address that looks like one on file


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on file. Only what is needed to recognise and greet him."""

    email: str  # as stored
    name: str = ""
    orders: tuple[str, ...] = ()  # numbers that must not stand in a letter to somebody else


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """What was established about the writer of one mail."""

    address: str  # normalised writing address; "" when there is not exactly one
    contact: Contact | None  # the exact match on file
    verified: bool  # the receiving server vouches for the From domain (RFC 8601)
    level: IdentityLevel
    answer_to: str  # where a reply may go; "" means: nowhere
    reasons: tuple[Authentication | SenderReason, ...]  # codes; words for them stand in templates/
    warnings: tuple[SenderWarning, ...] = ()
    resembles: str = ""  # the address on file that a warning is about, to be shown beside the one that wrote


# RFC 5321 § 4.1.2 without quoted local parts and address literals: what stands in no customer list never matches.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_LONGEST_ADDRESS: Final = 254  # RFC 5321 § 4.5.3.1.3 less the angle brackets
_AT_SIGNS: Final = frozenset("@\uff20\ufe6b")  # "@", and the two that look like it


def normalise(email: str) -> str:
    """The address in the form in which addresses are compared: stripped, lower case; "" never matches anything.

    Non-ASCII is refused before the case is folded: fullwidth letters and the Kelvin sign fold to ASCII.
    """
    candidate = email.strip(" ")
    if len(candidate) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(candidate):
        return ""
    return candidate.lower()


def check_sender(
    mail: Mail,
    contacts_lookup: Callable[[str], Contact | None],
    trust: Trust,
    resembled: Callable[[str], Contact | None] = lambda _: None,
) -> SenderCheck:
    """Who wrote this mail, how sure we are, and where a reply may go.

    `resembled` finds the contact whose address an eye might take another for; it is only ever shown.

    L1 (legal-facts.md § 5.1) asks for one From mailbox, its exact address on file, and our own server's word for its
    domain. This does not decide what may be told: to an unknown or unverified writer, nothing personal.
    """
    address = _writing_address(mail)
    contact = contacts_lookup(address) if address else None
    authentication = authenticate(mail.headers, address.rpartition("@")[2], trust) if address else None
    verified = authentication in PASSES
    shown = _resembled(mail, contact, resembled)
    return SenderCheck(
        address=address,
        contact=contact,
        verified=verified,
        level=IdentityLevel.L1 if verified and contact else IdentityLevel.L0,
        answer_to=_answer_to(mail, address, contact),
        reasons=_reasons(mail, contact, authentication),
        warnings=_warnings(mail, address, on_file=shown),
        resembles=shown.email if shown else "",
    )


def _writing_address(mail: Mail) -> str:
    return "" if _has_several_senders(mail) else normalise(mail.sender.email)


def _has_several_senders(mail: Mail) -> bool:
    # RFC 5322 § 3.6.2 allows several mailboxes in one From, and no second From field; neither says who wrote
    return len(mail.senders) > 1 or len(mail.header("from")) > 1


def _answer_to(mail: Mail, address: str, contact: Contact | None) -> str:
    # RFC 3834 § 2: automatic mail is not answered; our own addresses are among the signals
    if mail.automatic:
        return ""
    return contact.email if contact else address


def _reasons(
    mail: Mail, contact: Contact | None, authentication: Authentication | None
) -> tuple[Authentication | SenderReason, ...]:
    reasons: list[Authentication | SenderReason] = []
    if authentication is None:
        reasons.append(_why_no_address(mail))
    else:
        reasons += [authentication, SenderReason.ADDRESS_KNOWN if contact else SenderReason.ADDRESS_UNKNOWN]
    if mail.automatic:
        reasons.append(SenderReason.AUTOMATIC_MAIL)
    return tuple(reasons)


def _why_no_address(mail: Mail) -> SenderReason:
    if _has_several_senders(mail):
        return SenderReason.SEVERAL_SENDERS
    return SenderReason.ADDRESS_UNUSABLE if mail.sender.email.strip() else SenderReason.NO_SENDER


def _resembled(mail: Mail, contact: Contact | None, resembled: Callable[[str], Contact | None]) -> Contact | None:
    """The contact whom the writer looks like without being him, by address or by the name in front of it."""
    looks_like = (resembled(text) for sender in mail.senders for text in (sender.email, *_addresses_in(sender.name)))
    return next((found for found in looks_like if found and found != contact), None)


def _warnings(mail: Mail, address: str, *, on_file: Contact | None) -> tuple[SenderWarning, ...]:
    found = {
        SenderWarning.REPLY_TO_DIFFERS: any(normalise(other.email) != address for other in mail.reply_to),
        SenderWarning.OTHER_ADDRESS_IN_NAME: any(
            _names_another_address(sender.name, address) for sender in mail.senders
        ),
        SenderWarning.LOOKALIKE: on_file is not None or any(_hides_letters(one.email) for one in mail.senders),
    }
    return tuple(warning for warning, applies in found.items() if applies)


def _names_another_address(name: str, address: str) -> bool:
    return any(word.lower() != address for word in _addresses_in(name))


def _addresses_in(name: str) -> list[str]:
    words = (word.strip("<>()[]\"',;:") for word in name.split())
    return [word for word in words if not _AT_SIGNS.isdisjoint(word)]


def _hides_letters(email: str) -> bool:
    # "xn--" is how a domain with other letters is written in ASCII (RFC 5890 § 2.3.2.1)
    labels = email.lower().rpartition("@")[2].split(".")
    return not email.isascii() or any(label.startswith("xn--") for label in labels)
