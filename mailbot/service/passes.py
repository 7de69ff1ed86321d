"""One pass: settle what is in flight, read the desk, take new mail in, lay drafts, send the digest when it is due.

A server that fails keeps nothing else waiting: its trouble is noted in the register, shown in the digest, and the pass
goes on with the others. Only a register that cannot be written ends the pass.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from mailbot.core.digest import FAILING_PREFIX
from mailbot.core.errors import LoginRefused, MailbotError, MailboxError, SubmissionError
from mailbot.service.alarms import send_alarms
from mailbot.service.choosing import read_choices
from mailbot.service.claims import claim_approved
from mailbot.service.desk import DeskReader
from mailbot.service.digests import send_due_digest
from mailbot.service.drafts import Drafts, clear_stale, lay_copies
from mailbot.service.errands import lay_tasks, read_done, run_errands
from mailbot.service.intake import Intake
from mailbot.service.office import Office
from mailbot.service.retention import keep_terms
from mailbot.service.sending import settle
from mailbot.service.sweeping import Sweeper, sweep_is_due

_log = logging.getLogger(__name__)

SMTP: Final = "smtp"  # how the way out is named among the servers that fail


@dataclass(slots=True)
class PassReport:
    """What one pass did; for the summary line and the exit code."""

    intake: Intake
    drafts: int = 0
    copies: int = 0
    tasks: int = 0
    alarms: int = 0
    sent: int = 0
    digest_sent: bool = False
    failures: list[MailbotError] = field(default_factory=list)


def run_pass(office: Office) -> PassReport:
    """Look once at everything. Raises `RegisterError` and `TemplateBroken`; other trouble is in `failures`."""
    report = PassReport(intake=Intake(office))
    desk = DeskReader(office, report.intake)
    steps = _Steps(report)

    def send_approved() -> None:
        claim_approved(office)
        report.sent += settle(office)

    def lay() -> None:
        clear_stale(office)
        report.copies += lay_copies(office)
        run_errands(office)
        report.drafts += Drafts(office, report.intake.seen).lay_due()
        report.tasks += lay_tasks(office)

    def read_gestures() -> None:
        read_choices(office)
        read_done(office)

    def alarm() -> None:
        report.alarms += send_alarms(office)

    def digest() -> None:
        report.digest_sent = send_due_digest(office)

    review = office.review.name
    # Sent comes before anything is sent: what the person sent himself must not go out twice.
    if steps.attempt(review, desk.read_sent):
        steps.attempt(review, send_approved)
        steps.attempt(review, desk.read_decisions)
        steps.attempt(review, read_gestures)
        steps.attempt(review, desk.read_missing)
    for name, watched in office.watched.items():
        steps.attempt(name, partial(report.intake.take_in, watched))
    steps.attempt(review, lay)
    _once_a_day(office, steps)
    steps.attempt(SMTP, alarm)
    steps.note_failing(office)
    steps.attempt(SMTP, digest)
    office.register.commit()
    return report


def _once_a_day(office: Office, steps: "_Steps") -> None:
    """Sweep at night, and let go of what is kept long enough."""
    if sweep_is_due(office):
        sweeper = Sweeper(office)
        swept = [steps.attempt(name, partial(sweeper.sweep_mailbox, one)) for name, one in office.watched.items()]
        if all(swept):
            steps.attempt(office.review.name, sweeper.finish)
    if not steps.failed:  # what cannot be looked for cannot be let go
        steps.attempt(office.review.name, partial(keep_terms, office))


@dataclass(slots=True)
class _Steps:
    """Carries the steps of a pass out one by one, and keeps what failed by the name of the server."""

    report: PassReport
    tried: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    def attempt(self, name: str, step: Callable[[], None]) -> bool:
        """Whether the step went well; trouble with a server is kept, anything else is raised."""
        self.tried.add(name)
        try:
            step()
        except (MailboxError, LoginRefused, SubmissionError) as error:
            if str(error) not in self.failed.values():
                self.report.failures.append(error)
                _log.info("%s", error)
            self.failed[SMTP if isinstance(error, SubmissionError) else name] = str(error)
            return False
        return True

    def note_failing(self, office: Office) -> None:
        """Keep since when a server fails and why, for the digest; forget the ones that answer again."""
        for name in self.tried | set(self.failed):
            before = (office.register.note(FAILING_PREFIX + name) or office.clock().isoformat()).partition(" ")[0]
            cause = self.failed.get(name)
            office.register.set_note(FAILING_PREFIX + name, f"{before} {cause}" if cause else None)
