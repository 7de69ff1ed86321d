"""Mails that the bot sends by itself, to people of the company only: digests and alarms. Each goes out once at most."""

from datetime import datetime
from zoneinfo import ZoneInfo

from mailbot.core.errors import SendUncertain, SubmissionError
from mailbot.core.mail import Address
from mailbot.core.outgoing import automatic_message
from mailbot.service.office import Office


def send_once(
    office: Office,
    key: str,
    claim: str,
    *,
    recipient: Address,
    message_id: str,
    subject: str,
    text: str,
    html: str = "",
) -> bool:
    """Send it, claimed in the note `key` before SMTP begins: a kill in between costs this mail, never sends it twice.

    Whether the server took it; silence after the final dot counts as claimed. Raises `SubmissionError` and
    `LoginRefused` when nothing went out, with the note as it was, so that the next pass tries again.
    """
    message = automatic_message(
        subject,
        text,
        html,
        sender=office.sender,
        recipient=recipient.email,
        message_id=message_id,
        date=_local(office.clock(), office.zone),
    )
    before = office.register.note(key)
    with office.outbox.session() as session:
        _claim(office, key, claim)
        try:
            session.send(office.sender.email, recipient.email, message)
        except SubmissionError:
            _claim(office, key, before)
            raise
        except SendUncertain:
            return False
    return True


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def _claim(office: Office, key: str, value: str | None) -> None:
    office.register.set_note(key, value)
    office.register.commit()
