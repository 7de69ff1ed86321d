"""From an approved draft to a sent mail, at most once (design.md § 6).

    claim     MOVE to the private folder: no open window of a client can change it any more
    check     a finding holds it back, with the reason on top
    approve   bytes frozen (SHA-256, Message-ID, Date) in the register
    attempt   written before SMTP begins to transfer: silence from here on is `uncertain`, never a second try
    sent      written at the server's answer to the final dot
    file      copy in Sent, after a look; a full mailbox never turns sent into unsent

Every line above is one commit, and `settle` picks up at any of them after a kill.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, EventKind, ReplyKind, WaitingFor
from mailbot.core.checking import Check
from mailbot.core.digest import PAUSED_PREFIX
from mailbot.core.errors import FolderRefused, SendDeferred, SendRefused, SendUncertain
from mailbot.core.lifecycle import SENT_EVENT
from mailbot.core.outgoing import NotAsPlanned, without_reason
from mailbot.service.claims import (
    DRAFT_LIMIT,
    Claimed,
    approve,
    claimed_draft,
    claims_by_token,
    finding,
    frozen_bytes,
    park_doubles,
    return_draft,
)
from mailbot.service.drafts import remove_leftovers
from mailbot.service.office import RETRY_AFTER, Office
from mailbot.service.ports import OutboxSession

_log = logging.getLogger(__name__)

_SENDS: Final = "sends"  # note: instants of the last hour, in ISO 8601
_PAUSED: Final = PAUSED_PREFIX + "smtp"

_ASKED_FOR: Final = {
    ReplyKind.IDENTITY: WaitingFor.IDENTITY,
    ReplyKind.CLARIFICATION: WaitingFor.CLARIFICATION,
    ReplyKind.MANDATE: WaitingFor.MANDATE,
    ReplyKind.NOTICE: WaitingFor.CONFIRMATION,
    ReplyKind.CHASER: WaitingFor.CONFIRMATION,
}


def settle(office: Office) -> int:
    """Bring everything in the private folder to rest; returns how many mails were sent.

    Raises `MailboxError`, `LoginRefused`, `SubmissionError` (nothing went out), `RegisterUnwritable`.
    """
    sent, refused = 0, None
    by_token = claims_by_token(office)
    for claims in by_token.values():
        try:
            sent += _settle_claims(office, claims)
        except FolderRefused as error:  # a full mailbox must not keep the others from being sent
            refused = refused or error
    _settle_vanished(office, set(by_token))
    if refused:
        raise refused
    return sent


def _settle_claims(office: Office, claims: Sequence[Claimed]) -> int:
    if len(claims) > 1:
        park_doubles(office, claims)
        return 0
    return _settle_one(office, claims[0])


def _settle_one(office: Office, claimed: Claimed) -> int:
    match claimed.draft.state:
        case DraftState.SENT:
            _file(office, claimed)
        case DraftState.ATTEMPTED:
            office.happen(claimed.case, EventKind.SEND_UNCERTAIN, draft=claimed.draft, note="interrupted while sending")
            office.register.commit()
        case DraftState.UNCERTAIN:
            pass  # a person settles it: `mailbot settle`
        case DraftState.CLAIMED:
            return _deliver(office, claimed)
        case _:
            approved = approve(office, claimed)
            return _deliver(office, approved) if approved else 0
    return 0


def _deliver(office: Office, claimed: Claimed) -> int:
    """Send exactly the frozen bytes, once. Returns 1 when the server took them."""
    deferred = claimed.case.last(EventKind.SEND_DEFERRED)
    if deferred and deferred.draft == claimed.draft.id and office.clock() - deferred.at < RETRY_AFTER:
        return 0
    raw = office.review.fetch_raw(office.desk().sending, claimed.uid, DRAFT_LIMIT)
    if raw is None:
        return 0
    frozen = _as_approved(office, claimed, raw)
    if frozen is None:
        _refused(office, claimed, raw, Check.CHANGED_AFTER_APPROVAL)
        return 0
    if _must_pause(office):
        return 0
    with office.outbox.session() as session:
        case = office.happen(claimed.case, EventKind.SEND_ATTEMPTED, draft=claimed.draft)
        office.register.set_note(_SENDS, " ".join((*_sends_of_this_hour(office), office.clock().isoformat())))
        office.register.commit()
        return _transfer(office, replace(claimed, case=case), raw, frozen, session)


def _sends_of_this_hour(office: Office) -> list[str]:
    """When mails were handed to the outbox within the last hour."""
    hour_ago = office.clock() - timedelta(hours=1)
    instants = (office.register.note(_SENDS) or "").split()
    return [instant for instant in instants if datetime.fromisoformat(instant) > hour_ago]


def _must_pause(office: Office) -> bool:
    """Whether so much left within the hour that the rest waits: a person approves one by one, a fault does not.

    What waits is approved and stays claimed; the digest says so until the first mail leaves again.
    """
    pauses = len(_sends_of_this_hour(office)) >= office.limits.sends_per_hour
    noted = office.register.note(_PAUSED)
    if pauses and noted is None:
        office.register.set_note(_PAUSED, office.clock().isoformat())
        office.register.commit()
    elif noted is not None and not pauses:
        office.register.set_note(_PAUSED, None)
    if pauses:
        _log.warning("%d mails left within an hour: the rest waits (sends_per_hour)", office.limits.sends_per_hour)
    return pauses


def _as_approved(office: Office, claimed: Claimed, raw: bytes) -> bytes | None:
    """Exactly the bytes that were approved, built again; None when the draft is no longer the same."""
    try:
        frozen = frozen_bytes(office, claimed.draft, without_reason(raw, office.texts.words(office.language)))
    except NotAsPlanned:
        return None
    return frozen if hashlib.sha256(frozen).hexdigest() == claimed.draft.frozen else None


def _transfer(office: Office, claimed: Claimed, raw: bytes, frozen: bytes, session: OutboxSession) -> int:
    case, draft = claimed.case, claimed.draft
    try:
        session.send(office.sender.email, draft.recipient, frozen)
    except SendRefused:
        _refused(office, claimed, raw, Check.SEND_REFUSED)
        return 0
    except SendDeferred:
        office.happen(case, EventKind.SEND_DEFERRED, draft=draft)
        office.register.commit()
        raise
    except SendUncertain:
        office.happen(case, EventKind.SEND_UNCERTAIN, draft=draft, note="no answer from the mail server")
        office.register.commit()
        return 0
    case = record_sent(office, case, draft)
    office.register.commit()
    _file(office, claimed_draft(case, draft.id, claimed.uid), frozen)
    return 1


def record_sent(office: Office, case: Case, draft: DraftRecord, by: Actor = Actor.BOT, note: str = "") -> Case:
    """Record that a letter went out, and what follows: whom we wait for, a term that moves, a hold that ends."""
    kind = SENT_EVENT[draft.reply]
    due = None
    if kind is EventKind.EXTENDED:
        # Art. 12(3): the notice goes out within the first term, or the term does not move
        due = case.extension_due if office.today <= case.binding else None
        note = note if due else "; ".join(filter(None, (note, "too late: the term did not move")))
    case = office.happen(case, kind, by, note=note, draft=draft, due=due)
    asked_for = _ASKED_FOR.get(draft.reply, case.waiting_for)
    case = replace(case, waiting_for=asked_for, extended=due or case.extended)
    office.register.save(case)
    if draft.reply is ReplyKind.LIFTED and case.hold_since:
        case = office.happen(case, EventKind.HOLD_LIFTED, note="the person lifted it")
    return case


def _refused(office: Office, claimed: Claimed, raw: bytes, check: Check) -> None:
    """Nothing went out: the draft comes back to the person with the reason on top."""
    case = office.happen(claimed.case, EventKind.SEND_REFUSED, note=check, draft=claimed.draft)
    office.register.commit()
    return_draft(office, replace(claimed, case=case), raw, [finding(office, check).sentence])


def _file(office: Office, claimed: Claimed, frozen: bytes | None = None) -> None:
    """Put the copy in Sent after a look (some servers file it themselves), then clear the desk of this draft."""
    desk, draft = office.desk(), claimed.draft
    if not draft.filed and not office.review.find(desk.sent, "References", draft.token):
        if frozen is None:
            raw = office.review.fetch_raw(desk.sending, claimed.uid, DRAFT_LIMIT) or b""
            frozen = frozen_bytes(office, draft, without_reason(raw, office.texts.words(office.language)))
        office.review.append(desk.sent, frozen, flags=("\\Seen",), received=draft.date)
    if not draft.filed:
        filed = replace(draft, filed=True)
        office.happen(claimed.case.with_draft(filed), EventKind.COPY_FILED, draft=filed)
        office.register.commit()
    remove_leftovers(office, draft.token, desk.with_drafts)


def _settle_vanished(office: Office, present: set[str]) -> None:
    """What was claimed and no longer lies in the private folder: uncertain once attempted, else back to the person."""
    for case in office.register.cases():
        draft = case.draft
        if draft is None or draft.token in present:
            continue
        if draft.state is DraftState.ATTEMPTED:
            office.happen(case, EventKind.SEND_UNCERTAIN, draft=draft, note="interrupted while sending")
            office.register.commit()
        elif draft.state is DraftState.CLAIMED:
            office.happen(case, EventKind.SEND_REFUSED, draft=draft, note="the approved draft is gone")
            office.register.commit()
