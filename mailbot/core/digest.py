"""What the privacy contact reads every morning: what is late, what waits for him, what went wrong.

A digest says what *is*, not what happened since the last one, so a missed day loses nothing. It holds references,
kinds and dates only: no customer's name or address, no mail text (legal-facts.md § 10.5).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from mailbot.core.cases import Case, DraftState, EventKind, Status
from mailbot.core.deadlines import local_day
from mailbot.core.flood import Limits, flooded
from mailbot.core.mail import placed
from mailbot.core.rendering import FALLBACK_LANGUAGE, Texts
from mailbot.core.rights import Circumstance, Right, Topic
from mailbot.core.standing import Standing, standing

QUIET_DAYS: Final = 7  # a digest that asks for nothing comes once a week, to show that the bot still runs
FAILING_PREFIX: Final = "failing:"  # note "failing:<mailbox>" = "<ISO time> <cause>"
PAUSED_PREFIX: Final = "paused:"  # note "paused:smtp" = "<ISO time>": too much was sent within an hour
SET_ASIDE_PREFIX: Final = "aside:"  # note "aside:<mailbox>:<folder>:<uidvalidity>:<uid>" = "<ISO time> <cause>"
MISSED_PREFIX: Final = "missed:"  # note "missed:<mailbox>:<folder>:<uidvalidity>:<uid>" = "<ISO time of receipt>"
BY_HAND_PREFIX: Final = "by-hand:"  # note "by-hand:<reference>" = "<ISO time of the mail in Sent>"
PURGED_PREFIX: Final = "purged:"  # note "purged:<reference>" = "<local day> <mails that still lie there>"

NOTE_PREFIXES: Final = (
    FAILING_PREFIX,
    PAUSED_PREFIX,
    SET_ASIDE_PREFIX,
    MISSED_PREFIX,
    BY_HAND_PREFIX,
    PURGED_PREFIX,
)
"""The notes that a digest tells of."""


class Section(StrEnum):
    """The parts of a digest, in the order in which they are read."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    COMING_UP = "coming_up"
    TO_APPROVE = "to_approve"
    UNCLEAR = "unclear"
    MISSED = "missed"
    HELD_BACK = "held_back"
    UNCERTAIN = "uncertain"
    FAILING = "failing"
    PAUSED = "paused"
    FLOOD = "flood"
    REFUSED = "refused"
    BOUNCED = "bounced"
    DENIED = "denied"
    WROTE_AGAIN = "wrote_again"
    TASKS = "tasks"
    IDENTITY_COPY = "identity_copy"
    SET_ASIDE = "set_aside"
    NO_DRAFT = "no_draft"
    BY_HAND = "by_hand"
    TO_DELETE = "to_delete"
    WAITING = "waiting"
    ANSWERED = "answered"
    PROCESSORS = "processors"


QUIET_SECTIONS: Final = frozenset({Section.WAITING, Section.ANSWERED, Section.PROCESSORS})
"""Sections that ask for nothing today."""


_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a section."""

    reference: str
    rights: tuple[Right, ...]
    topics: tuple[Topic, ...]
    received: date  # local
    due: date  # the end of this local day, or the day of `due_at`
    due_at: datetime | None  # aware; only for a breach, whose term is in hours
    days_left: int | None  # negative: overdue; None: the clock has stopped
    urgent: bool = False  # the person asked again where the answer is
    notice: bool = False  # to a processor, not a request of a person


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """A mailbox that fails, a mail that could not be read, or more at once than a person can look at."""

    where: str  # names of our own mailboxes and folders only: "info", "info/INBOX"; of a flood, how many cases
    since: datetime  # aware


@dataclass(frozen=True, slots=True)
class MailLine:
    """Mails that a person should look for: what lies where, or in which case, and of which day."""

    where: str  # names of our own mailboxes and folders, "info/Junk"; or a reference
    day: date  # local; of receipt, of the mail in Sent, or since when they should be gone
    count: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The state of one moment. Sections that have nothing are left out."""

    day: date  # local
    zone: str
    open: int  # cases that are not closed
    cases: Mapping[Section, tuple[CaseLine, ...]]
    troubles: Mapping[Section, tuple[TroubleLine, ...]]
    mails: Mapping[Section, tuple[MailLine, ...]]

    @property
    def counts(self) -> dict[Section, int]:
        """How many cases, troubles or mails each section has; empty sections are left out."""
        lines = {section: len(found) for section, found in (*self.cases.items(), *self.troubles.items())}
        mails = {section: sum(line.count for line in found) for section, found in self.mails.items()}
        found = lines | mails
        return {section: found[section] for section in Section if section in found}

    @property
    def is_quiet(self) -> bool:
        """Whether nothing asks for a person today."""
        return QUIET_SECTIONS.issuperset(self.counts)


@dataclass(frozen=True, slots=True)
class RenderedDigest:
    """A digest ready to be sent."""

    subject: str
    text: str
    html: str


def digest_id(day: date, domain: str) -> str:
    """The Message-ID of a day's digest: the same all day, so that two of one day can be told by any mail client."""
    return f"<digest.{day.isoformat()}.mailbot@{domain}>"


def is_digest_id(message_id: str, domains: Iterable[str]) -> bool:
    """Whether a Message-ID is one of `digest_id` for one of our own domains."""
    name, _, domain = message_id.strip("<>").partition("@")
    return name.startswith("digest.") and name.endswith(".mailbot") and domain in domains


def build_digest(
    cases: Iterable[Case], notes: Mapping[str, str], now: datetime, zone: str, limits: Limits = _LIMITS
) -> Digest:
    """What a person must know at `now` (aware), with days counted in `zone`.

    `notes` are the register's small facts under the prefixes above; others are passed over. Cases that came in a
    flood (`limits`) get one line together.
    """
    each_case = [standing(case, now, zone) for case in cases]
    drowned = flooded((each.case for each in each_case if each.is_open), limits)
    return Digest(
        day=local_day(now, zone),
        zone=zone,
        open=sum(each.is_open and not each.case.addressee for each in each_case),
        cases=_case_sections(each for each in each_case if each.case.reference not in drowned),
        troubles=_trouble_sections(notes) | _flood([each for each in each_case if each.case.reference in drowned]),
        mails=_mail_sections(notes, zone),
    )


def digest_time_has_come(now: datetime, zone: str, at: time, settled: date | None) -> bool:
    """Whether the day's digest is to be settled: once a day at the local time `at`, and at once after a missed day.

    `settled` is the local day on which a digest was last sent, or passed over because it was quiet. An hour so close to
    midnight that no pass falls in between comes on the next day, and counts for that one.
    """
    local = now.astimezone(ZoneInfo(zone))
    today = local.date()
    slot = today if local.time() >= at else today - timedelta(days=1)
    return settled not in {slot, today}


def digest_due(
    now: datetime, zone: str, at: time, settled: date | None, *, quiet: bool, sent: date | None = None
) -> bool:
    """Whether a digest is to be sent now; a quiet one once a week. `sent` is the local day of the last one sent.

    The caller remembers today as settled whenever `digest_time_has_come`, and as sent when one was sent.
    """
    if not digest_time_has_come(now, zone, at, settled):
        return False
    today = local_day(now, zone)
    return not quiet or sent is None or not 0 <= (today - sent).days < QUIET_DAYS


def render(digest: Digest, texts: Texts, language: str) -> RenderedDigest:
    """The digest in a language, in English where that has no template. The first line of the text is the subject.

    Raises `TemplateBroken`.
    """
    spoken = language if texts.has(language, "digest.txt") else FALLBACK_LANGUAGE
    values = {"digest": digest, "counts": digest.counts, "zone": digest.zone}
    subject, text = texts.titled(spoken, "digest.txt", values)
    return RenderedDigest(subject, text, texts.render(spoken, "digest.html", values))


_BELONGS: Final[dict[Section, Callable[[Standing], bool]]] = {
    Section.OVERDUE: lambda each: each.is_overdue and _is_request(each),
    Section.DUE_SOON: lambda each: each.is_due_soon and _is_request(each),
    Section.COMING_UP: lambda each: each.is_coming_up and _is_request(each),
    Section.TO_APPROVE: lambda each: each.has_draft(DraftState.LAID),
    Section.UNCLEAR: lambda each: each.status is Status.TRIAGE,
    Section.HELD_BACK: lambda each: each.has_draft(DraftState.HELD) and not each.is_refused,
    # An attempt without an outcome is silence after the final dot, which means uncertain as well
    Section.UNCERTAIN: lambda each: each.has_draft(DraftState.ATTEMPTED, DraftState.UNCERTAIN),
    Section.REFUSED: lambda each: each.is_refused,
    Section.BOUNCED: lambda each: each.is_bounced,
    Section.DENIED: lambda each: each.is_denied,
    Section.WROTE_AGAIN: lambda each: each.wrote_again,
    Section.TASKS: lambda each: each.is_open and bool(each.case.open_tasks),
    Section.IDENTITY_COPY: lambda each: Circumstance.IDENTITY_COPY in each.case.circumstances and each.is_open,
    # Also what comes after a discarded draft or an acknowledgement: nothing open may drop out of sight
    Section.NO_DRAFT: lambda each: each.status is Status.OPEN and each.case.draft is None and _is_request(each),
    Section.WAITING: lambda each: each.status is Status.WAITING and _is_request(each),
    Section.ANSWERED: lambda each: each.status is Status.ANSWERED and not each.wrote_again,
    Section.PROCESSORS: lambda each: each.is_open and each.case.has(EventKind.NOTICE_SENT) and not _is_request(each),
}


def _is_request(each: Standing) -> bool:
    """Whether a person waits for an answer, and not we for a processor's."""
    return not each.case.addressee


def _flood(drowned: Sequence[Standing]) -> dict[Section, tuple[TroubleLine, ...]]:
    if not drowned:
        return {}
    return {Section.FLOOD: (TroubleLine(str(len(drowned)), min(each.case.received for each in drowned)),)}


def _case_sections(each_case: Iterable[Standing]) -> dict[Section, tuple[CaseLine, ...]]:
    ordered = sorted(each_case, key=lambda each: (not each.is_urgent, each.due, each.case.reference))
    found = {section: tuple(_line(each) for each in ordered if belongs(each)) for section, belongs in _BELONGS.items()}
    return {section: lines for section, lines in found.items() if lines}


def _line(each: Standing) -> CaseLine:
    return CaseLine(
        reference=each.case.reference,
        rights=each.case.rights,
        topics=each.case.topics,
        received=each.local(each.case.received),
        due=each.due,
        due_at=each.case.breach_due,
        days_left=each.days_left if each.clock_runs else None,
        urgent=each.is_urgent,
        notice=not _is_request(each),
    )


def _trouble_sections(notes: Mapping[str, str]) -> dict[Section, tuple[TroubleLine, ...]]:
    found = {
        Section.FAILING: tuple(_trouble(name, note) for name, note in _under(FAILING_PREFIX, notes)),
        Section.PAUSED: tuple(_trouble(name, note) for name, note in _under(PAUSED_PREFIX, notes)),
        Section.SET_ASIDE: tuple(_trouble(_folder(place), note) for place, note in _under(SET_ASIDE_PREFIX, notes)),
    }
    return {section: lines for section, lines in found.items() if lines}


def _mail_sections(notes: Mapping[str, str], zone: str) -> dict[Section, tuple[MailLine, ...]]:
    missed = Counter((_folder(place), _day(note, zone)) for place, note in _under(MISSED_PREFIX, notes))
    purged = [(reference, *note.split(" ")) for reference, note in _under(PURGED_PREFIX, notes)]
    found = {
        Section.MISSED: tuple(MailLine(where, day, count) for (where, day), count in sorted(missed.items())),
        Section.BY_HAND: tuple(
            MailLine(reference, _day(note, zone), 1) for reference, note in _under(BY_HAND_PREFIX, notes)
        ),
        Section.TO_DELETE: tuple(
            MailLine(reference, date.fromisoformat(day), int(count)) for reference, day, count in purged if int(count)
        ),
    }
    return {section: lines for section, lines in found.items() if lines}


def _day(moment: str, zone: str) -> date:
    return local_day(datetime.fromisoformat(moment), zone)


def _under(prefix: str, notes: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key.removeprefix(prefix), note) for key, note in sorted(notes.items()) if key.startswith(prefix)]


def _trouble(where: str, note: str) -> TroubleLine:
    # The cause stays in the register and in `mailbot check`: a server's words may quote an address
    return TroubleLine(where, datetime.fromisoformat(note.partition(" ")[0]))


def _folder(key: str) -> str:
    # The numbers tell a person nothing
    if key == "?":
        return key
    place = placed(key)
    return f"{place.mailbox}/{place.folder}"
