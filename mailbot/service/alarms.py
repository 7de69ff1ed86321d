"""Told at once, by mail to the people of [alarm]: a possible breach, an authority's letter, a claim for damages.

An alarm is claimed in the register before SMTP begins, as a digest is: a kill in between costs that alarm, never sends
it twice. The case stands in the digest in any case.
"""

from typing import Final

from mailbot.core.cases import Case, Status
from mailbot.core.flood import flooded
from mailbot.core.lifecycle import status_of
from mailbot.core.mail import Address
from mailbot.core.rights import Circumstance, Topic
from mailbot.service.automatic import send_once
from mailbot.service.office import Office

_ALARMED: Final = "alarm:"  # note "alarm:<reference>:<address number>" = "<ISO time>"


def alarm_of(case: Case) -> str:
    """Why people are told at once: "breach", "authority", "claim", or "" for an ordinary case."""
    if Topic.BREACH in case.topics:
        return "breach"
    if Topic.AUTHORITY in case.topics:
        return "authority"
    return "claim" if Circumstance.CLAIM in case.circumstances else ""


def send_alarms(office: Office) -> int:
    """Send what is due; returns how many mails left. Raises `SubmissionError`, `LoginRefused`."""
    drowned, sent = flooded(office.register.cases(), office.limits), 0
    for case in office.register.cases():
        if case.reference in drowned or not _is_due(case):
            continue
        for number, address in enumerate(office.alarm):
            key = f"{_ALARMED}{case.reference}:{number}"
            if office.register.note(key) is None:
                sent += _send(office, case, address, key)
    return sent


def _is_due(case: Case) -> bool:
    # A mail that only may be about a breach does not wait for somebody to look into a folder: 72 hours are short.
    kind, status = alarm_of(case), status_of(case)
    return bool(kind) and status is not Status.CLOSED and (kind == "breach" or status is not Status.TRIAGE)


def _send(office: Office, case: Case, address: Address, key: str) -> bool:
    values = {
        "kind": alarm_of(case),
        "reference": case.reference,
        "received": case.received,
        "zone": office.zone,
        "due_at": case.breach_due,
        "mailbox": case.mailbox,
    }
    subject, text = office.texts.titled(office.language, "alarm.txt", values)
    now = office.clock().isoformat()
    subject = f"{subject} [{case.reference}]"
    message_id = office.new_id(case)
    return send_once(office, key, now, recipient=address, message_id=message_id, subject=subject, text=text)
