"""Templates and a case in, a letter out; a letter in, the bytes of a draft out. A missing variable is an error.

The customer's subject is never repeated, and nothing of his mail stands in a header but his Message-ID: a subject may
hold personal data (legal-facts.md § 7). It sends nothing and stores nothing.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from mailbot.core.cases import Case, EventKind, Ground, IdentityLevel, Outcome, ReplyKind
from mailbot.core.decoding import clean_text, one_line
from mailbot.core.errors import NeedsPerson
from mailbot.core.identity import REQUIRED_LEVEL
from mailbot.core.mail import Address
from mailbot.core.notices import operation_of
from mailbot.core.outgoing import HeaderValue, address_value, kept_references, write_message
from mailbot.core.rendering import FALLBACK_LANGUAGE, Texts
from mailbot.core.rights import Right, Topic

ALPHABET: Final = "3479CDFHJKMNPQRTVWXY"
"""Of references: no vowels (no words), and of each pair that looks alike (0 O, 1 I, 2 Z, 5 S, 6 G, 8 B) neither."""

_REFERENCE_LENGTH: Final = 6  # 64 million: a guess is of no use, a clash is drawn again
_TOKEN: Final = re.compile(r"<P-[0-9A-Z]{6}\.[0-9a-f]{32}@[^<>\s]+>")
_NATIONAL_NUMBER: Final = re.compile(r"(?<!\d)(\d{4})[ .]?(\d{2})[ .]?(\d{3})(?!\d)")
# No dot or colon: a mail must not put a link into a letter of ours.
_SAFE_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/#_-]{0,39}")

_QUOTE_CHARACTERS: Final = 4000  # enough for a person to see what he asked
_QUOTE_LINES: Final = 60
_QUOTE_WIDTH: Final = 72  # with "> " in front within 78 (RFC 5322 § 2.1.1)


@dataclass(frozen=True, slots=True)
class Processor:
    """Who else holds data (art. 4(8), 4(9)); named in access answers (C-154/21)."""

    name: str
    purpose: str
    category: str


@dataclass(frozen=True, slots=True)
class Controller:
    """The company that answers (art. 4(7))."""

    name: str
    privacy_contact: Address
    complaint_url: str
    privacy_policy_url: str = ""


@dataclass(frozen=True, slots=True)
class LetterContext:
    """What a letter needs beside the case."""

    controller: Controller
    processors: tuple[Processor, ...] = ()
    salutation: str = ""  # name on file; "" greets without a name
    quote: str = ""  # the person's own new text
    today: date | None = None  # local
    outcome: Outcome = Outcome.GRANTED  # what the answer says
    ground: Ground | None = None
    notes: tuple[str, ...] = ()  # for the person who approves; each is a placeholder that he takes away
    told: tuple[str, ...] = ()  # processors who were told (art. 19)
    still_to_tell: tuple[str, ...] = ()  # and those for whom a notice lies ready


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject without personal data, and a text with LF line ends whose paragraphs are one line each."""

    subject: str
    body: str


def compose(case: Case, reply: ReplyKind, context: LetterContext, texts: Texts) -> Letter:
    """The letter of this kind in the case's language, with `[[…]]` where only a person knows what to write.

    Raises `NeedsPerson` for mail of an authority, which is never drafted, and for a kind of letter that does not go
    with the case; and `TemplateBroken`.
    """
    if Topic.AUTHORITY in case.topics:
        # People only, no voluntary disclosure (legal-facts.md § 7.13)
        raise NeedsPerson(f"{case.reference} is about an authority: no letter is drafted; answer it yourself")
    if not case.can_get(reply):
        kind = "a notice to a processor" if case.addressee else "a request"
        raise NeedsPerson(f"{case.reference} is {kind}: a letter of the kind {reply} does not go with it")
    language = case.language if case.language in texts.languages else FALLBACK_LANGUAGE
    words = texts.words(language)["reply"]
    body = _tidy(texts.render(language, f"{reply}.txt", _values(case, context)))
    body = "".join(f"[[{note}]]\n\n" for note in context.notes) + body
    if may_quote(case, reply) and context.quote.strip():
        body += f"\n{words['quoted']}\n{quoted(context.quote)}\n"
    return Letter(words[_subject(case)], body)


def _subject(case: Case) -> str:
    if case.addressee:
        return "subject_notice"
    return "subject" if case.rights else "subject_without_right"


def _values(case: Case, context: LetterContext) -> dict[str, object]:
    identified = case.identity is not IdentityLevel.L0
    # The order in which they are carried out, whatever the order in the mail (legal-facts.md § 7.16)
    rights = [right for right in Right if right in case.rights]
    topics = [topic for topic in Topic if topic in case.topics]
    zone = ZoneInfo(case.zone)
    received = case.received.astimezone(zone).date()
    today = context.today or received
    values: dict[str, object] = {
        "reference": case.reference,
        "external_reference": _safe_reference(case.external_reference),
        "received": received,
        "due": case.due,
        "today": today,
        "extension_due": case.extension_due,
        "hold_since": _local(case.hold_since, zone),
        "asked_on": _local(_last(case, EventKind.QUESTION_SENT, EventKind.NOTICE_SENT), zone),
        "answered_on": _local(_last(case, EventKind.ANSWER_SENT), zone),
        "executed_on": _local(max((task.done for task in case.tasks if task.done), default=None), zone),
        # An invoice of this year; who kept older ones writes the year himself (AWR art. 52(4), legal-facts.md § 4.6)
        "kept_until": date(today.year + 7, 12, 31),
        "late": today > case.due,
        "rights": rights,
        "withheld": [right for right in rights if REQUIRED_LEVEL[right] > case.identity],
        "topics": topics,
        "circumstances": list(case.circumstances),
        "account_only": case.account_only,
        "outcome": context.outcome,
        "ground": context.ground or "",
        "several": len(rights) + len(topics) > 1,
        "identified": identified,
        "on_file": case.known or not _same_address(case.answer_to, case.sender),
        # A name would confirm to an unidentified writer that the person is known (legal-facts.md § 5.1)
        "salutation": _safe_name(context.salutation) if identified else "",
        "controller": context.controller,
        "processors": context.processors,
        "told": list(context.told),
        "still_to_tell": list(context.still_to_tell),
        "systems": list(dict.fromkeys(task.system for task in case.tasks if task.done)),
    }
    if case.addressee:
        values |= {"operation": operation_of(case), "addressee": case.addressee}
    return values


def _last(case: Case, *kinds: EventKind) -> datetime | None:
    return max((event.at for event in case.events if event.kind in kinds), default=None)


def _local(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def may_quote(case: Case, reply: ReplyKind) -> bool:
    """Whether the person's own words may stand below the letter: only back to the verified address they came from.

    To another address they would hand one person's words to somebody else; words that came from nobody knows whom must
    not go out in our name; and a report of a breach may hold the data of those it hit (legal-facts.md § 7.21).
    """
    known_writer = case.identity is not IdentityLevel.L0 and _same_address(case.answer_to, case.sender)
    return known_writer and reply is not ReplyKind.IDENTITY and Topic.BREACH not in case.topics and not case.addressee


def quoted(text: str) -> str:
    """A text as "> " lines: wrapped, capped, without control characters and citizen service numbers (UAVG art. 46)."""
    capped = without_national_numbers(clean_text(text)[:_QUOTE_CHARACTERS]).strip()
    lines = [piece for line in capped.split("\n") for piece in textwrap.wrap(line, _QUOTE_WIDTH) or [""]]
    if len(lines) > _QUOTE_LINES or len(text) > _QUOTE_CHARACTERS:
        lines = [*lines[:_QUOTE_LINES], "…"]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def national_numbers(text: str) -> tuple[str, ...]:
    """What may be a Dutch citizen service number (BSN): nine digits that pass its eleven test."""
    return tuple(match[0] for match in _NATIONAL_NUMBER.finditer(text) if _passes_eleven_test("".join(match.groups())))


def without_national_numbers(text: str) -> str:
    """The text with such numbers made unreadable."""
    for number in national_numbers(text):
        text = text.replace(number, "•" * 9)
    return text


def _passes_eleven_test(digits: str) -> bool:
    # 9×a + 8×b + … + 2×h − 1×i is a multiple of 11 (Besluit BSN, technical annex)
    total = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return total % 11 == 0 and int(digits) != 0


def draft_message(
    letter: Letter,
    *,
    reference: str,
    sender: Address,
    recipient: str,
    token: str,
    in_reply_to: str,
    references: Sequence[str],
    message_id: str,
    date: datetime,
) -> bytes:
    """The draft as the bytes that are laid in Drafts.

    `in_reply_to` is the customer's Message-ID ("" when it has none), `references` are those of his mail. Our token
    comes last; tokens of earlier letters are taken out, so that a draft carries one only.
    """
    thread = [*(known for known in references if not is_token(known)), in_reply_to]
    headers: dict[str, HeaderValue] = {
        "From": address_value(sender),
        "To": recipient,
        "Subject": f"{letter.subject} [{reference}]",
        "Date": date,
        "Message-ID": message_id,
        "In-Reply-To": " ".join(kept_references([in_reply_to])),
        "References": " ".join([*kept_references(thread), token]),
    }
    return write_message(headers, letter.body)


def new_reference(random: Callable[[int], int]) -> str:
    """A reference such as P-7K3Q9X; `random(n)` gives an integer from 0 below n, as `secrets.randbelow` does."""
    return "P-" + random_name(random)


def random_name(random: Callable[[int], int]) -> str:
    """Six letters and digits that nobody misreads; `random` as for `new_reference`."""
    return "".join(ALPHABET[random(len(ALPHABET))] for _ in range(_REFERENCE_LENGTH))


def new_token(reference: str, random_hex: str, domain: str) -> str:
    """A Message-ID of ours; `random_hex` are 32 hexadecimal digits (128 bits), so that nobody guesses one."""
    return f"<{reference}.{random_hex}@{domain}>"


def is_token(message_id: str) -> bool:
    """Whether an id has the shape of `new_token`; whose it is, the register knows."""
    return _TOKEN.fullmatch(message_id) is not None


def tokens_among(ids: Iterable[str]) -> tuple[str, ...]:
    """The tokens among ids, each once, in order."""
    return tuple(dict.fromkeys(filter(is_token, ids)))


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, so that a template need not count them."""
    stripped = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", stripped).strip() + "\n"


def _same_address(one: str, other: str) -> bool:
    return bool(one) and one.lower() == other.lower()


def _safe_name(name: str) -> str:
    clean = one_line(name)
    # An address or a number in the name column of a customer list is no name to greet with
    return "" if len(clean) > 60 or re.search(r"[@\d\[\]]", clean) else clean


def _safe_reference(reference: str) -> str:
    """It comes out of a mail, so only what surely is a reference is repeated."""
    return reference if _SAFE_REFERENCE.fullmatch(reference) and not national_numbers(reference) else ""
