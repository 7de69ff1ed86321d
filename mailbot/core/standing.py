"""Where a case stands at a moment: overdue, due soon, refused, bounced. Computed, never stored (design.md § 4)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from mailbot.core.cases import Case, DraftState, EventKind, Status
from mailbot.core.deadlines import days_left, local_day
from mailbot.core.lifecycle import SENT_EVENT, status_of
from mailbot.core.rights import FollowUp

DUE_SOON_DAYS: Final = 7
COMING_UP_DAYS: Final = 10  # the first reminder to the person who approves (legal-facts.md § 4.8)
_SETTLES_A_BOUNCE: Final = (
    *SENT_EVENT.values(),
    EventKind.CLOSED,
    EventKind.REOPENED,
    EventKind.DISMISSED,
    EventKind.ANONYMISED,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case at a moment: computed when it is asked, never stored."""

    case: Case
    status: Status
    now: datetime  # aware
    zone: str  # IANA name

    @property
    def is_open(self) -> bool:
        """Neither closed nor anonymised."""
        return self.status not in {Status.CLOSED, Status.ANONYMISED}

    @property
    def clock_runs(self) -> bool:
        """Whether an answer is still owed."""
        # What a breach asks for (GDPR art. 33) is not done by answering whoever reported it: its clock runs until a
        # person closes the case. Any other clock stops with the answer.
        return self.is_open and (self.case.breach_due is not None or not self.is_answered)

    @property
    def is_answered(self) -> bool:
        """Whether the answer went out and the case was not reopened since."""
        return self.latest(EventKind.ANSWER_SENT) > self.latest(EventKind.REOPENED)

    @property
    def days_left(self) -> int:
        """Whole days until the due date; negative when it has passed."""
        return days_left(self.due, self.now, self.zone)

    @property
    def due(self) -> date:
        """The local day on whose end, or on which (breach), the clock runs out."""
        return self.local(self.case.breach_due) if self.case.breach_due else self.case.due

    @property
    def is_overdue(self) -> bool:
        """Whether the clock ran out."""
        if self.case.breach_due:
            return self.clock_runs and self.now > self.case.breach_due
        return self.clock_runs and self.days_left < 0

    @property
    def is_due_soon(self) -> bool:
        """Whether the clock runs out within `DUE_SOON_DAYS`."""
        return self.clock_runs and not self.is_overdue and self.days_left <= DUE_SOON_DAYS

    @property
    def is_coming_up(self) -> bool:
        """Whether the clock runs out within `COMING_UP_DAYS`, and not within `DUE_SOON_DAYS`."""
        return self.clock_runs and DUE_SOON_DAYS < self.days_left <= COMING_UP_DAYS

    @property
    def is_urgent(self) -> bool:
        """Whether the person asked again where the answer is."""
        return self.clock_runs and self.latest(EventKind.REMINDED) > self.latest(EventKind.ANSWER_SENT)

    @property
    def is_denied(self) -> bool:
        """Whether the address on file said that the request was not his, and nobody has settled that."""
        return self.is_open and self.latest(EventKind.DENIED) > self.latest(EventKind.IDENTIFIED)

    @property
    def wrote_again(self) -> bool:
        """Whether the person wrote after the answer, and nobody has looked at that yet."""
        return self.status is Status.ANSWERED and wrote_again(self.case)

    def local(self, moment: datetime) -> date:
        """The calendar day of a moment in the company's zone."""
        return local_day(moment, self.zone)

    def latest(self, *kinds: EventKind) -> int:
        """The place of the latest event of these kinds; -1 when there is none."""
        return latest(self.case, *kinds)

    def has_draft(self, *states: DraftState) -> bool:
        """Whether the draft under way is in one of these states; what a closed case left behind is none."""
        draft = self.case.draft
        return self.is_open and draft is not None and draft.state in states

    @property
    def is_refused(self) -> bool:
        """Whether the server refused what was approved, and nothing happened since."""
        refused, held = self.latest(EventKind.SEND_REFUSED), self.latest(EventKind.HELD_BACK)
        return self.has_draft(DraftState.HELD) and refused > held

    @property
    def is_bounced(self) -> bool:
        """Whether a mail of ours came back and nobody dealt with it, on a closed case too."""
        return is_bounced(self.case)


def standing(case: Case, now: datetime, zone: str) -> Standing:
    """Where a case stands at `now` (aware), with days counted in `zone`. Raises `ForbiddenTransition`."""
    return Standing(case, status_of(case), now, zone)


def latest(case: Case, *kinds: EventKind) -> int:
    """The place of the latest event of these kinds; -1 when there is none."""
    return max((place for place, event in enumerate(case.events) if event.kind in kinds), default=-1)


def is_bounced(case: Case) -> bool:
    """Whether a mail of ours came back, and nothing went out and nobody decided anything since."""
    return latest(case, EventKind.MAIL_BOUNCED) > latest(case, *_SETTLES_A_BOUNCE)


def wrote_again(case: Case) -> bool:
    """Whether the person wrote after the answer, and not only to thank; an answer by hand settles it."""
    settled = latest(case, EventKind.ANSWER_SENT, EventKind.PERSON_WROTE, EventKind.REOPENED)
    later = case.events[settled + 1 :]
    return any(event.kind is EventKind.MAIL_JOINED and event.note != FollowUp.THANKS for event in later)
