"""May this text leave? Every finding holds an approved draft back and says what to do; nothing is changed here."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from mailbot.core.cases import Case, DraftRecord, EventKind, IdentityLevel, Outcome, ReplyKind
from mailbot.core.draft_text import DraftText
from mailbot.core.drafting import national_numbers, tokens_among
from mailbot.core.rendering import Words
from mailbot.core.rights import Right

_TAG: Final = re.compile(r"\[\s*(P-[0-9A-Z]{6})\s*\]")
# RFC 5321 § 4.5.3.1: 64 octets before the "@". Without bounds a long word without one would take quadratic time.
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
# A telephone, order or account number; a date has dashes or dots between its digits and does not match.
_LONG_NUMBER: Final = re.compile(r"\d(?: ?\d){6,}")


class Check(StrEnum):
    """Why a draft is held back; sentences for people stand in `templates/<language>/words.toml` [checks]."""

    UNREADABLE = "unreadable"
    TEXT_EMPTY = "text-empty"
    PLACEHOLDER_LEFT = "placeholder-left"
    RECIPIENT_CHANGED = "recipient-changed"
    EXTRA_RECIPIENTS = "extra-recipients"
    TOKEN_MISSING = "token-missing"  # noqa: S105 - a code, not a secret
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105 - of another case, or of an earlier draft
    SEVERAL_TOKENS = "several-tokens"
    REFERENCE_DIFFERS = "reference-differs"
    SUBJECT_PERSONAL = "subject-personal"
    COMPLAINT_MISSING = "complaint-missing"
    COURT_MISSING = "court-missing"
    NATIONAL_NUMBER = "national-number"
    OTHER_ADDRESS = "other-address"
    COPY_TO_UNIDENTIFIED = "copy-to-unidentified"
    REASON_MISSING = "reason-missing"
    ALL_DELETED = "all-deleted"
    REFUSAL_LATE = "refusal-late"
    EXTENSION_LATE = "extension-late"
    TASKS_OPEN = "tasks-open"
    OTHER_CUSTOMER = "other-customer"
    IDENTITY_DOCUMENT = "identity-document"
    # found while sending, not in the text
    NOT_CURRENT = "not-current"
    TWO_VERSIONS = "two-versions"
    CHANGED_AFTER_APPROVAL = "changed-after-approval"
    SEND_REFUSED = "send-refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, and the sentence that says what to do."""

    code: str
    sentence: str


def _nobody(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a check must know of the day and of the other customers."""

    today: date | None = None  # local; None: no clock is looked at
    owner_of: Callable[[str], str] = _nobody  # of an address or order number: the address on file; "" for nobody's
    undone: tuple[str, ...] = ()  # systems in which what the answer says was done is still to be done


@dataclass(frozen=True, slots=True)
class _Question:
    """What the checks look at."""

    case: Case
    record: DraftRecord
    draft: DraftText
    words: Words  # of the letter
    ours: frozenset[str]
    around: Surroundings

    @property
    def required(self) -> Mapping[str, str]:
        return self.words["required"]

    @property
    def recognised(self) -> Mapping[str, str]:
        return self.words["recognised"]

    @property
    def says_no(self) -> bool:
        """Whether it refuses, in whole or in part."""
        is_answer = self.record.reply is ReplyKind.ANSWER
        return is_answer and self.record.outcome in {Outcome.REFUSED, Outcome.PARTLY}

    @property
    def own_text(self) -> str:
        """The text without quoted lines: those are the other person's words."""
        return "\n".join(line for line in self.draft.text.split("\n") if not line.startswith(">"))


def check_draft(
    case: Case,
    record: DraftRecord,
    draft: DraftText,
    words: Words,
    *,
    spoken: Words,
    ours: Collection[str],
    around: Surroundings | None = None,
) -> tuple[Finding, ...]:
    """All reasons to hold this draft back; none means that it may go to `record.recipient`.

    `words` are in the privacy contact's language, `spoken` in the letter's: what an answer must hold [required], and
    what is recognised in it [recognised]. `ours` are the company's own addresses, which may stand in a letter.
    """
    own = frozenset(address.lower() for address in ours)
    question = _Question(case, record, draft, spoken, own, around or Surroundings())
    return tuple(Finding(check, words["checks"][check]) for check, found in _CHECKS if found(question))


def _unreadable(question: _Question) -> bool:
    return bool(question.draft.problems)


def _text_empty(question: _Question) -> bool:
    return not question.own_text.strip()


def _placeholder_left(question: _Question) -> bool:
    return "[[" in question.own_text or "]]" in question.own_text or "[[" in question.draft.subject


def _recipient_changed(question: _Question) -> bool:
    # GDPR art. 5(1)(f): exactly the one address that was decided on when the draft was planned
    written = [address.email.lower() for address in question.draft.to]
    return not question.record.recipient or written != [question.record.recipient.lower()]


def _extra_recipients(question: _Question) -> bool:
    return bool(question.draft.cc or question.draft.bcc)


def _tokens(question: _Question) -> tuple[str, ...]:
    return tokens_among((*question.draft.references, *question.draft.in_reply_to))


def _token_missing(question: _Question) -> bool:
    return not _tokens(question)


def _unknown_token(question: _Question) -> bool:
    tokens = _tokens(question)
    return bool(tokens) and question.record.token not in tokens


def _several_tokens(question: _Question) -> bool:
    return len(_tokens(question)) > 1


def _reference_differs(question: _Question) -> bool:
    return set(_TAG.findall(question.draft.subject)) != {question.case.reference}


def _subject_personal(question: _Question) -> bool:
    # legal-facts.md § 7: never personal data in the subject line
    rest = _TAG.sub("", question.draft.subject)
    return "@" in rest or _LONG_NUMBER.search(rest) is not None


def _complaint_missing(question: _Question) -> bool:
    # Art. 12(4), and the policy: in every closing answer (legal-facts.md § 3, row 21)
    return question.record.reply is ReplyKind.ANSWER and not _holds(question, "complaint")


def _court_missing(question: _Question) -> bool:
    # Invoices stay, so an erasure is refused in part: art. 12(4) asks for the judicial remedy as well
    is_erasure = question.record.reply is ReplyKind.ANSWER and Right.ERASURE in question.case.rights
    return (is_erasure or question.says_no) and not _holds(question, "court")


def _reason_missing(question: _Question) -> bool:
    # Art. 12(4): the reasons, the complaint and the court, all three
    if not question.says_no:
        return False
    _, found, rest = _plain(question.own_text).partition(_plain(question.required["reason"]))
    return not found or not rest.strip()


def _holds(question: _Question, key: str) -> bool:
    return _plain(question.required[key]) in _plain(question.own_text)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _mentions(question: _Question, key: str) -> bool:
    """Whether the text holds one of the phrases that stand, with commas between them, in [recognised]."""
    text = _plain(question.own_text)
    return any(phrase in text for phrase in map(_plain, question.recognised[key].split(",")) if phrase)


def _all_deleted(question: _Question) -> bool:
    # legal-facts.md § 7: never a promise that everything is deleted while tax data stay
    keeps = question.record.outcome is Outcome.PARTLY or _mentions(question, "kept")
    return question.record.reply is ReplyKind.ANSWER and keeps and _mentions(question, "everything_deleted")


def _refusal_late(question: _Question) -> bool:
    # Art. 12(4): within the first month, also after an extension. The person may still want it: approving once more
    # what was returned for this reason is his explicit word.
    today = question.around.today
    is_late = question.says_no and today is not None and today > question.case.binding
    return is_late and not _was_told(question, Check.REFUSAL_LATE)


def _was_told(question: _Question, check: Check) -> bool:
    held = [one for one in question.case.events if one.kind is EventKind.HELD_BACK]
    return any(one.draft == question.record.id and check in one.note.split(", ") for one in held)


def _extension_late(question: _Question) -> bool:
    # Art. 12(3): the notice leaves within the first month, or there is no extension
    today = question.around.today
    is_extension = question.record.reply is ReplyKind.EXTENSION
    return is_extension and today is not None and today > question.case.binding


def _tasks_open(question: _Question) -> bool:
    claims = question.record.reply is ReplyKind.ANSWER and question.record.outcome in {None, *_CLAIMS_DONE}
    return claims and bool(question.around.undone)


_CLAIMS_DONE: Final = frozenset({Outcome.GRANTED, Outcome.PARTLY})


def _other_customer(question: _Question) -> bool:
    allowed = {question.record.recipient.lower(), question.case.sender.lower()}
    words = {word.strip(_PUNCTUATION) for word in question.own_text.split()}
    numbers = (word for word in words if any(character.isdigit() for character in word))
    owners = (question.around.owner_of(word) for word in (*numbers, *_EMAIL.findall(question.own_text)))
    return any(owner and owner.lower() not in allowed for owner in owners)


_PUNCTUATION: Final = ".,;:!?()[]<>\"'"


def _identity_document(question: _Question) -> bool:
    # UAVG art. 46: never a BSN, and a copy of a document holds one
    names = _plain(" ".join(one.filename for one in question.draft.attachments)).replace("_", " ").replace("-", " ")
    phrases = map(_plain, question.recognised["identity_document"].split(","))
    return any(phrase in names for phrase in phrases if phrase)


def _national_number(question: _Question) -> bool:
    return bool(national_numbers(f"{question.draft.subject}\n{question.draft.text}"))


def _other_address(question: _Question) -> bool:
    # A corrected address is confirmed to the old one (legal-facts.md § 3, row 9)
    if Right.RECTIFICATION in question.case.rights:
        return False
    allowed = question.ours | {question.record.recipient.lower(), question.case.sender.lower()}
    return any(address.lower() not in allowed for address in _EMAIL.findall(question.own_text))


def _copy_to_unidentified(question: _Question) -> bool:
    # Art. 12(6); the policy sends copies to a known address only (legal-facts.md § 5.2)
    return bool(question.draft.attachments) and question.case.identity is IdentityLevel.L0


_CHECKS: Final[tuple[tuple[Check, Callable[[_Question], bool]], ...]] = (
    (Check.UNREADABLE, _unreadable),
    (Check.TEXT_EMPTY, _text_empty),
    (Check.PLACEHOLDER_LEFT, _placeholder_left),
    (Check.RECIPIENT_CHANGED, _recipient_changed),
    (Check.EXTRA_RECIPIENTS, _extra_recipients),
    (Check.TOKEN_MISSING, _token_missing),
    (Check.UNKNOWN_TOKEN, _unknown_token),
    (Check.SEVERAL_TOKENS, _several_tokens),
    (Check.REFERENCE_DIFFERS, _reference_differs),
    (Check.SUBJECT_PERSONAL, _subject_personal),
    (Check.COMPLAINT_MISSING, _complaint_missing),
    (Check.COURT_MISSING, _court_missing),
    (Check.NATIONAL_NUMBER, _national_number),
    (Check.OTHER_ADDRESS, _other_address),
    (Check.COPY_TO_UNIDENTIFIED, _copy_to_unidentified),
    (Check.REASON_MISSING, _reason_missing),
    (Check.ALL_DELETED, _all_deleted),
    (Check.REFUSAL_LATE, _refusal_late),
    (Check.EXTENSION_LATE, _extension_late),
    (Check.TASKS_OPEN, _tasks_open),
    (Check.OTHER_CUSTOMER, _other_customer),
    (Check.IDENTITY_DOCUMENT, _identity_document),
)
