"""The daily list for the privacy contact: once a day, also after a missed day; a quiet one once a week.

The day is claimed in the register before SMTP begins: a kill in between costs that day's list, never sends it twice.
What it would have said stands in the next one, since a digest says what is, not what happened.
"""

from datetime import date, datetime
from typing import Final

from mailbot.core.digest import (
    NOTE_PREFIXES,
    Digest,
    RenderedDigest,
    build_digest,
    digest_due,
    digest_id,
    digest_time_has_come,
    render,
)
from mailbot.service.automatic import send_once
from mailbot.service.office import Office

_SETTLED: Final = "digest:settled"  # the local day that is done: sent, claimed, or passed over because quiet
_SENT: Final = "digest:sent"  # the local day of the last one sent


def send_due_digest(office: Office) -> bool:
    """Send the digest when its time has come. Whether one was sent. Raises `SubmissionError`, `LoginRefused`."""
    now, settled = office.clock(), _day(office.register.note(_SETTLED))
    if not digest_time_has_come(now, office.zone, office.digest.at, settled):
        return False
    digest = _digest(office, now)
    last = _day(office.register.note(_SENT))
    if not digest_due(now, office.zone, office.digest.at, settled, quiet=digest.is_quiet, sent=last):
        office.register.set_note(_SETTLED, digest.day.isoformat())
        office.register.commit()
        return False
    _send(office, digest)
    return True


def send_digest(office: Office) -> None:
    """Send the digest now, whatever was sent today. Raises `SubmissionError`, `LoginRefused`, `SendUncertain`."""
    _send(office, _digest(office, office.clock()))


def compose_digest(office: Office) -> RenderedDigest:
    """The digest as it would be sent now."""
    return render(_digest(office, office.clock()), office.texts, office.language)


def _digest(office: Office, now: datetime) -> Digest:
    notes: dict[str, str] = {}
    for prefix in NOTE_PREFIXES:
        notes |= office.register.notes(prefix)
    return build_digest(office.register.cases(), notes, now, office.zone, office.limits)


def _send(office: Office, digest: Digest) -> None:
    rendered, day = render(digest, office.texts, office.language), digest.day.isoformat()
    if send_once(
        office,
        _SETTLED,
        day,
        recipient=office.digest.to,
        message_id=digest_id(digest.day, office.domain),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    ):
        office.register.set_note(_SENT, day)
        office.register.commit()


def _day(note: str | None) -> date | None:
    return date.fromisoformat(note) if note else None
