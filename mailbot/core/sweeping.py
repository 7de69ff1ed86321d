"""The nightly sweep: what lies in the mailboxes and is not in the register, and what a person answered by hand.

It only judges. A mail that is known, whatever became of it, is never judged again: what the privacy contact decided is
known by the mail's fingerprint.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from mailbot.core.cases import Case, Status
from mailbot.core.deciding import Intent, JoinCase, PassOver
from mailbot.core.drafting import is_token
from mailbot.core.folders import FolderEntry
from mailbot.core.headers import message_ids
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import FollowUp
from mailbot.core.sender import normalise

SWEEP_DAYS: Final = 60  # two terms of a month: what is older than that is late whatever is done
NIGHT: Final = time(2, 0)  # local; before the digest, when nobody waits for a command
MOST_A_PASS: Final = 500
"""Mails that one pass sweeps at most. One takes 9 ms (measured on Dovecot: fetched, read and judged), so that the
10,000 of a large mailbox would hold every command up for a minute and a half; these take four and a half seconds."""


def sweep_due(now: datetime, zone: str, settled: date | None) -> bool:
    """Whether the day's sweep is still to be done: from `NIGHT` on, or when the bot first runs on that day."""
    local = now.astimezone(ZoneInfo(zone))
    return local.time() >= NIGHT and settled != local.date()


def is_missed(intents: Iterable[Intent]) -> bool:
    """Whether a mail that the register does not know would have changed something: a request, or part of a case."""
    return any(
        not isinstance(intent, PassOver) and not (isinstance(intent, JoinCase) and intent.follow_up is FollowUp.THANKS)
        for intent in intents
    )


# --- answered by hand -----------------------------------------------------------------------------------------------

SENT_HEADERS: Final = ("from", "to", "cc", "bcc", "message-id", "in-reply-to", "references")


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail in Sent that carries no token of ours."""

    at: datetime  # aware
    recipients: frozenset[str]  # normalised


def sent_mail(entry: FolderEntry, recipients: Iterable[str]) -> SentMail | None:
    """What a mail of ours in Sent tells; None when a draft of the bot, or a letter in its thread, is what it is."""
    ids = message_ids((*entry.values("message-id"), *entry.values("in-reply-to"), *entry.values("references")))
    if any(map(is_token, ids)):
        return None
    return SentMail(entry.received, frozenset(filter(None, map(normalise, recipients))))


def may_be_answered(case: Case) -> bool:
    """Whether an answer by hand is to be looked for: a request that waits for its answer."""
    return not case.parent and status_of(case) in {Status.OPEN, Status.WAITING, Status.REVIEW}


def answered_by_hand(cases: Iterable[Case], sent: Iterable[SentMail]) -> dict[str, datetime]:
    """The requests that look answered without a draft of ours, by reference, with the time of the latest such mail."""
    found: dict[str, datetime] = {}
    waiting = [(case, _addresses(case), case.last_mail_at) for case in cases if may_be_answered(case)]
    for mail in sent:
        for case, addresses, since in waiting:
            if mail.at > since and not addresses.isdisjoint(mail.recipients):
                found[case.reference] = max(mail.at, found.get(case.reference, mail.at))
    return found


def _addresses(case: Case) -> frozenset[str]:
    return frozenset(filter(None, (case.sender, normalise(case.answer_to))))
