"""How long a case keeps its person, and what is left after that (legal-facts.md § 10.2 to 10.4).

    closed ──▶ mail term over ──▶ person forgotten ──▶ row term over ──▶ `Row`
    erasure carried out and answered, closed ────────────────────────▶ `Row`

A `Row` is what nobody can be found by: a month, kinds, durations, yes and no. Nothing of the person is transformed
into it, since a hash, a masked address or initials are personal data still. It decides and describes; the mailboxes
and the register are the service's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from dateutil.relativedelta import relativedelta

from mailbot.core.cases import (
    Actor,
    Case,
    Event,
    EventKind,
    Ground,
    IdentityLevel,
    Outcome,
    Resolution,
    Status,
)
from mailbot.core.deadlines import local_day
from mailbot.core.digest import FAILING_PREFIX
from mailbot.core.figures import FEW, PastCase, past_cases
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Right, Topic


@dataclass(frozen=True, slots=True)
class Retention:
    """The terms, counted from the end of a case; reasons in the configuration, [retention]."""

    mail_days: int = 92
    row_years: int = 5
    expunge: bool = False  # whether the bot may delete the mails of the thread; else a person does
    backup_days: int = 30


class Step(StrEnum):
    """What is to be done with a case now."""

    KEEP = "keep"
    FORGET_PERSON = "forget_person"
    ANONYMISE = "anonymise"


@dataclass(frozen=True, slots=True)
class Part:
    """One system that was worked in, or one recipient that was told."""

    name: str  # as configured: of the company or its processor, never of a person
    done: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What is left of a case: it proves what was done, and for nobody in particular. There are no days in it."""

    reference: str  # stands in the letter that the person has; only with that can anybody tie the two
    month: str  # of receipt, "2026-11"
    rights: tuple[Right, ...]
    topics: tuple[Topic, ...]  # left out where the row would stand alone in its month
    language: str  # "" likewise
    resolution: Resolution | None
    ground: Ground | None
    identity: IdentityLevel
    days: int | None  # calendar days from receipt to the answer
    in_time: bool | None
    extended: bool
    systems: tuple[Part, ...]
    recipients: tuple[Part, ...]
    kept: str  # category of what was not erased: "invoices"
    kept_until: int | None  # the last year in which any of it may still be there
    complaint: bool
    version: str  # of mailbot, whose templates were used


# --- when -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Until:
    """The last local days on which a closed case keeps its person, and its row."""

    person: date
    row: date


def kept_until(case: Case, zone: str, terms: Retention) -> Until:
    """Until when a closed request is kept; an erasure that was carried out keeps nothing longer than its end."""
    closed = local_day(case.ended_at, zone)
    if is_erased(case):
        return Until(closed, closed)
    # A mail that joined after the end starts the term of the thread again: it may be about going to court.
    quiet_since = max(closed, local_day(case.last_mail_at, zone))
    # The row goes on the day itself, the person after his
    row = closed + relativedelta(years=terms.row_years) - timedelta(days=1)
    return Until(quiet_since + timedelta(days=terms.mail_days), row)


def due(case: Case, notices: Iterable[Case], now: datetime, zone: str, terms: Retention) -> Step:
    """What is to be done with a request and its notices at `now` (aware), with days counted in `zone`.

    `notices` are its notices to processors, which go when it goes: of a notice itself this is always `KEEP`. A case is
    kept while something is still to be done: it is open, a processor has not confirmed, a task or a restriction stands.
    """
    if case.parent or not may_go(case, notices):
        return Step.KEEP
    until, today = kept_until(case, zone, terms), local_day(now, zone)
    if is_erased(case) or today > until.row:
        return Step.ANONYMISE
    if today > until.person and without_person(case) != case:
        return Step.FORGET_PERSON
    return Step.KEEP


def may_go(case: Case, notices: Iterable[Case]) -> bool:
    """Whether nothing is left to be done that the person must be known for."""
    family = (case, *notices)
    if any(status_of(one) is not Status.CLOSED or one.open_tasks for one in family):
        return False
    return not (Right.RESTRICTION in case.rights and case.hold_since)


def is_erased(case: Case) -> bool:
    """Whether the answer told the person that his data are gone: then they go here too, at once (art. 17).

    Closing an account is no erasure (legal-facts.md § 3, row 17).
    """
    carried_out = case.resolution in {Resolution.FULFILLED, Resolution.PARTLY} and case.has(EventKind.ANSWER_SENT)
    return Right.ERASURE in case.rights and not case.account_only and carried_out


# --- without the person ---------------------------------------------------------------------------------------------


def without_person(case: Case) -> Case:
    """The case with all that leads to the person or his mails taken away; what was decided and when stays.

    What a person typed as a reason goes as well: nobody can vouch that there is no name in it.
    """
    return replace(
        case,
        sender="",
        answer_to="",
        resembles="",
        external_reference="",
        identity_reasons=(),
        warnings=(),
        evidence=(),
        mails=(),
        drafts=tuple(replace(draft, recipient="", token="", message_id="") for draft in case.drafts),
        tasks=tuple(replace(task, token="") for task in case.tasks),
        events=tuple(replace(event, note=_impersonal(event)) for event in case.events),
    )


def _impersonal(event: Event) -> str:
    if event.by is not Actor.PERSON or event.kind not in {EventKind.IDENTIFIED, EventKind.CLOSED}:
        return event.note
    level = event.note.partition(":")[0]
    return level if event.kind is EventKind.IDENTIFIED and level in set(IdentityLevel) else ""


def tokens_of(case: Case) -> tuple[str, ...]:
    """The tokens by which the bot knows its own drafts and task mails of this case."""
    given = (*(draft.token for draft in case.drafts), *(task.token for task in case.tasks))
    return tuple(token for token in given if token)


def purged_notes(case: Case, notes: Mapping[str, str]) -> dict[str, str | None]:
    """What becomes of the register's notes that tell of this case: None means that the note goes."""
    words, places = _traces(case), {mail.placement.key for mail in case.mails if mail.placement}
    changed: dict[str, str | None] = {}
    for key, value in notes.items():
        if key.partition(":")[2] in places or any(word in key or word in value for word in words):
            # That a server fails stays; its words may quote the address.
            changed[key] = value.partition(" ")[0] if key.startswith(FAILING_PREFIX) else None
    return changed


def _traces(case: Case) -> frozenset[str]:
    drafts = (word for draft in case.drafts for word in (draft.id, draft.message_id, draft.recipient))
    mails = (word for mail in case.mails for word in (mail.fingerprint, mail.message_id))
    words = (case.reference, case.sender, case.answer_to, case.external_reference, *drafts, *mails, *tokens_of(case))
    return frozenset(word for word in words if word)


# --- the row --------------------------------------------------------------------------------------------------------


def row_of(case: Case, notices: Iterable[Case], others: Iterable[Case], rows: Iterable[Row], version: str) -> Row:
    """The row that takes the place of a closed request.

    `notices` are its own; `others` all cases of the register and `rows` all rows, among which it must not stand alone.
    """
    whole = _row(case, notices, version)
    alike = {one.reference for one in others if not one.parent and _kind_of(one) == _kind(whole)}
    alike |= {row.reference for row in rows if _kind(row) == _kind(whole)}
    if len(alike | {case.reference}) < FEW:
        return replace(whole, topics=(), language="")
    return whole


def _kind(row: Row) -> tuple[object, ...]:
    return row.month, frozenset(row.rights), frozenset(row.topics), row.language


def _kind_of(case: Case) -> tuple[object, ...]:
    return _month(case), frozenset(case.rights), frozenset(case.topics), case.language


def _month(case: Case) -> str:
    return f"{local_day(case.received, case.zone):%Y-%m}"


def _row(case: Case, notices: Iterable[Case], version: str) -> Row:
    (past,) = past_cases([case], case.zone)
    kept, kept_until = _kept(case)
    return Row(
        reference=case.reference,
        month=_month(case),
        rights=case.rights,
        topics=case.topics,
        language=case.language,
        resolution=case.resolution,
        ground=past.ground,
        identity=case.identity,
        days=past.days,
        in_time=past.in_time,
        extended=past.extended,
        systems=_systems(case),
        recipients=_recipients(notices),
        kept=kept,
        kept_until=kept_until,
        complaint=Topic.COMPLAINT in case.topics,
        version=version,
    )


def _systems(case: Case) -> tuple[Part, ...]:
    names = dict.fromkeys(task.system for task in case.tasks)
    return tuple(Part(name, all(task.done for task in case.tasks if task.system == name)) for name in names)


def _recipients(notices: Iterable[Case]) -> tuple[Part, ...]:
    told: dict[str, bool] = {}
    for notice in notices:
        told[notice.addressee] = told.get(notice.addressee, True) and notice.has(EventKind.NOTICE_SENT)
    return tuple(Part(name, done) for name, done in told.items())


INVOICES: Final = "invoices"
_INVOICE_YEARS: Final = 7  # AWR art. 52(4)


def _kept(case: Case) -> tuple[str, int | None]:
    """What an erasure left, as far as its ground tells. What was there at the end is gone after the longest term."""
    answer = case.answer
    if Right.ERASURE not in case.rights or answer is None or answer.ground is not Ground.LEGAL_DUTY:
        return "", None
    if answer.outcome not in {Outcome.PARTLY, Outcome.REFUSED}:
        return "", None
    return INVOICES, local_day(case.ended_at, case.zone).year + _INVOICE_YEARS


def past_of(row: Row) -> PastCase:
    """The row as the figures count it. The month of its end is an estimate: nobody knows the day of receipt."""
    received = date.fromisoformat(f"{row.month}-01")
    ended = None if row.days is None else (received + timedelta(days=_MIDDLE + row.days)).replace(day=1)
    return PastCase(
        received=received,
        ended=ended,
        days=row.days,
        in_time=row.in_time,
        kinds=(*row.rights, *row.topics),
        resolution=row.resolution,
        refused=row.ground is not None or row.resolution is Resolution.REFUSED,
        ground=row.ground,
        extended=row.extended,
        breach=Topic.BREACH in row.topics,
    )


_MIDDLE: Final = 14  # days into a month


def described(row: Row) -> Iterator[str]:
    """The row for a person, line by line."""
    yield f"{row.reference}  anonymised  {', '.join([*row.rights, *row.topics]) or 'no right named'}"
    yield f"received in {row.month}; who asked and all mails are forgotten"
    if row.days is not None:
        late = "" if row.in_time is None else ", in time" if row.in_time else ", late"
        yield f"ended after {_days(row.days)}{late}{', extended' if row.extended else ''}"
    if row.resolution:
        yield f"ended as {row.resolution}{f', ground {row.ground}' if row.ground else ''}"
    yield f"identity {row.identity}{f', language {row.language}' if row.language else ''}"
    for name, parts in (("system", row.systems), ("recipient", row.recipients)):
        yield from (f"{name} {part.name}: {'yes' if part.done else 'no'}" for part in parts)
    if row.kept:
        yield f"kept: {row.kept}, until {row.kept_until} at the latest"
    yield f"complaint: {'yes' if row.complaint else 'no'}"
    yield f"made by mailbot {row.version}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
