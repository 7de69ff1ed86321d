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
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, EventKind, ReplyKind, WaitingFor
from mailbot.core.checking import Check, Finding, check_draft
from mailbot.core.draft_text import parse_draft
from mailbot.core.drafting import new_token
from mailbot.core.errors import FolderRefused, SendDeferred, SendRefused, SendUncertain
from mailbot.core.folders import FolderEntry
from mailbot.core.lifecycle import allowed
from mailbot.core.outgoing import NotAsPlanned, freeze, with_reason, without_reason
from mailbot.service.drafts import is_from_us, own_drafts, remove_leftovers
from mailbot.service.office import RETRY_AFTER, Office
from mailbot.service.ports import OutboxSession

_DRAFT_LIMIT: Final = 30_000_000  # octets: a draft with the copy of the data attached; servers refuse more
DRAFT_HEADERS: Final = ("references", "in-reply-to", "message-id", "subject", "from", "to", "cc", "bcc")

SENT_EVENT: Final = {
    ReplyKind.ACKNOWLEDGEMENT: EventKind.ACKNOWLEDGEMENT_SENT,
    ReplyKind.IDENTITY: EventKind.QUESTION_SENT,
    ReplyKind.CLARIFICATION: EventKind.QUESTION_SENT,
    ReplyKind.ANSWER: EventKind.ANSWER_SENT,
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message of ours in the private folder, with the case and draft that its token belongs to."""

    case: Case
    draft: DraftRecord
    uid: int


def claim_approved(office: Office) -> None:
    """Take every draft that the person moved to the approved folder into the private folder.

    What carries no token of ours is no draft of ours: it is put in the held-back folder, unread and unchanged, and
    never sent. Raises `MailboxError`, `LoginRefused`.
    """
    desk = office.desk()
    known = tokens(office.register.cases())
    for entry in office.review.entries(desk.approved, DRAFT_HEADERS):
        if tokens_in(entry, known) and is_from_us(office, entry):
            office.review.move(desk.approved, entry.uid, desk.sending)
        else:
            _return_unknown(office, entry)


def _return_unknown(office: Office, entry: FolderEntry) -> None:
    desk = office.desk()
    raw = office.review.fetch_raw(desk.approved, entry.uid, _DRAFT_LIMIT)
    if raw is None:
        return
    words = office.texts.words(office.language)
    if is_from_us(office, entry):
        office.review.append(
            desk.held, with_reason(raw, [words["checks"][Check.UNKNOWN_TOKEN]], words), flags=("\\Draft",)
        )
        office.review.move(desk.approved, entry.uid, desk.trash)
    else:  # somebody else's mail: not ours to change or to throw away
        office.review.move(desk.approved, entry.uid, desk.held)


def tokens(cases: Sequence[Case]) -> dict[str, tuple[str, str]]:
    """Every token that was ever given out, with the reference of its case and the id of its draft."""
    return {draft.token: (case.reference, draft.id) for case in cases for draft in case.drafts}


def tokens_in(entry: FolderEntry, known: dict[str, tuple[str, str]]) -> list[str]:
    """The tokens of ours in an entry's References, compared as whole ids."""
    return [word for value in entry.values("references") for word in value.split() if word in known]


def settle(office: Office) -> int:
    """Bring everything in the private folder to rest; returns how many mails were sent.

    Raises `MailboxError`, `LoginRefused`, `SubmissionError` (nothing went out), `RegisterUnwritable`.
    """
    sent, refused = 0, None
    entries = office.review.entries(office.desk().sending, DRAFT_HEADERS)
    by_token = _by_token(office, entries)
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
        _park_doubles(office, claims)
        return 0
    return _settle_one(office, claims[0])


def _by_token(office: Office, entries: Sequence[FolderEntry]) -> dict[str, list[Claimed]]:
    known = tokens(office.register.cases())
    found: dict[str, list[Claimed]] = {}
    for entry in entries:
        for token in tokens_in(entry, known)[-1:]:
            reference, draft_id = known[token]
            case = office.register.case(reference)
            if case is not None:
                draft = next(draft for draft in case.drafts if draft.id == draft_id)
                found.setdefault(token, []).append(Claimed(case, draft, entry.uid))
    return found


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
            approved = _approve(office, claimed)
            return _deliver(office, approved) if approved else 0
    return 0


def _approve(office: Office, claimed: Claimed) -> Claimed | None:
    """Check a claimed draft and freeze it, or hold it back. Nothing is sent here."""
    raw = office.review.fetch_raw(office.desk().sending, claimed.uid, _DRAFT_LIMIT)
    if raw is None:
        return None
    raw = without_reason(raw, office.texts.words(office.language))
    claimed = _found_again(office, claimed)
    if findings := _findings(office, claimed, raw):
        _hold_back(office, claimed, raw, findings)
        return None
    case, draft = claimed.case, replace(claimed.draft, message_id=_fresh_message_id(office, claimed.case))
    draft = replace(draft, date=office.clock())
    try:
        frozen = hashlib.sha256(_frozen(office, draft, raw)).hexdigest()
    except NotAsPlanned:
        _hold_back(office, claimed, raw, [_finding(office, Check.UNREADABLE)])
        return None
    draft = replace(draft, frozen=frozen)
    case = office.happen(case.with_draft(draft), EventKind.APPROVED, Actor.PERSON, draft=draft)
    office.register.commit()
    return _claimed(case, draft.id, claimed.uid)


def _claimed(case: Case, draft_id: str, uid: int) -> Claimed:
    return Claimed(case, next(draft for draft in case.drafts if draft.id == draft_id), uid)


def _found_again(office: Office, claimed: Claimed) -> Claimed:
    """A draft that was noted as discarded and came back: moved by copy and later deletion (neomutt)."""
    case, draft = claimed.case, claimed.draft
    if case.draft is None and draft.state is DraftState.DISCARDED and allowed(case, EventKind.DRAFT_LAID):
        case = office.happen(case, EventKind.DRAFT_LAID, draft=draft, note="found again")
    return _claimed(case, draft.id, claimed.uid)


def _findings(office: Office, claimed: Claimed, raw: bytes) -> Sequence[Finding]:
    case = claimed.case
    if case.draft is None or case.draft.id != claimed.draft.id:
        return [_finding(office, Check.NOT_CURRENT)]
    return check_draft(
        case,
        claimed.draft,
        parse_draft(raw),
        office.texts.words(office.language),
        required=office.texts.words(case.language)["required"],
        ours=office.own_addresses,
    )


def _finding(office: Office, check: Check) -> Finding:
    return Finding(check, office.texts.words(office.language)["checks"][check])


def _fresh_message_id(office: Office, case: Case) -> str:
    return new_token(case.reference, secrets.token_hex(16), office.sender.email.rpartition("@")[2])


def _frozen(office: Office, draft: DraftRecord, raw: bytes) -> bytes:
    if draft.date is None:
        raise ValueError(f"draft {draft.id} was never approved")
    return freeze(raw, sender=office.sender, recipient=draft.recipient, message_id=draft.message_id, date=draft.date)


def _hold_back(office: Office, claimed: Claimed, raw: bytes, findings: Sequence[Finding]) -> None:
    """Record why an approved draft does not leave, and return it."""
    case = claimed.case
    if case.draft and case.draft.id == claimed.draft.id and allowed(case, EventKind.HELD_BACK):
        note = ", ".join(finding.code for finding in findings)
        office.happen(case, EventKind.HELD_BACK, note=note, draft=claimed.draft)
        office.register.commit()
    _return(office, claimed, raw, [finding.sentence for finding in findings])


def _return(office: Office, claimed: Claimed, raw: bytes, sentences: Sequence[str]) -> None:
    """Lay a draft in the held-back folder, the reasons on top. The newest text stays; earlier copies of it go."""
    words, desk = office.texts.words(office.language), office.desk()
    earlier = own_drafts(office, desk.held, claimed.draft.token)
    office.review.append(desk.held, with_reason(raw, sentences, words), flags=("\\Draft",))
    for uid in earlier:
        office.review.remove(desk.held, uid)
    office.review.remove(desk.sending, claimed.uid)


def _park_doubles(office: Office, claims: Sequence[Claimed]) -> None:
    """Two versions of one draft were approved: ambiguous, so neither is sent (design.md § 5)."""
    words = office.texts.words(office.language)
    finding = _finding(office, Check.TWO_VERSIONS)
    first = claims[0]
    if first.draft.state in {DraftState.LAID, DraftState.HELD}:
        office.happen(first.case, EventKind.HELD_BACK, note=finding.code, draft=first.draft)
        office.register.commit()
    # What is claimed already keeps its place; the other version comes back to the person either way.
    for claim in claims if first.draft.state is not DraftState.CLAIMED else claims[1:]:
        raw = office.review.fetch_raw(office.desk().sending, claim.uid, _DRAFT_LIMIT)
        if raw is not None:
            office.review.append(
                office.desk().held,
                with_reason(without_reason(raw, words), [finding.sentence], words),
                flags=("\\Draft",),
            )
            office.review.remove(office.desk().sending, claim.uid)


def _deliver(office: Office, claimed: Claimed) -> int:
    """Send exactly the frozen bytes, once. Returns 1 when the server took them."""
    deferred = claimed.case.last(EventKind.SEND_DEFERRED)
    if deferred and deferred.draft == claimed.draft.id and office.clock() - deferred.at < RETRY_AFTER:
        return 0
    raw = office.review.fetch_raw(office.desk().sending, claimed.uid, _DRAFT_LIMIT)
    if raw is None:
        return 0
    frozen = _frozen(office, claimed.draft, without_reason(raw, office.texts.words(office.language)))
    if hashlib.sha256(frozen).hexdigest() != claimed.draft.frozen:
        _refused(office, claimed, raw, Check.CHANGED_AFTER_APPROVAL)
        return 0
    with office.outbox.session() as session:
        case = office.happen(claimed.case, EventKind.SEND_ATTEMPTED, draft=claimed.draft)
        office.register.commit()
        return _transfer(office, replace(claimed, case=case), raw, frozen, session)


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
    case = office.happen(case, SENT_EVENT[draft.reply], draft=draft)
    case = waiting_for(office, case, draft)
    office.register.commit()
    _file(office, _claimed(case, draft.id, claimed.uid), frozen)
    return 1


def waiting_for(office: Office, case: Case, draft: DraftRecord) -> Case:
    """Note what the person was asked for, after a question went out."""
    wanted = {ReplyKind.IDENTITY: WaitingFor.IDENTITY, ReplyKind.CLARIFICATION: WaitingFor.CLARIFICATION}
    case = replace(case, waiting_for=wanted.get(draft.reply, case.waiting_for))
    office.register.save(case)
    return case


def _refused(office: Office, claimed: Claimed, raw: bytes, check: Check) -> None:
    """Nothing went out: the draft comes back to the person with the reason on top."""
    case = office.happen(claimed.case, EventKind.SEND_REFUSED, note=check, draft=claimed.draft)
    office.register.commit()
    _return(office, replace(claimed, case=case), raw, [_finding(office, check).sentence])


def _file(office: Office, claimed: Claimed, frozen: bytes | None = None) -> None:
    """Put the copy in Sent after a look (some servers file it themselves), then clear the desk of this draft."""
    desk, draft = office.desk(), claimed.draft
    if not draft.filed and not office.review.find(desk.sent, "References", draft.token):
        if frozen is None:
            raw = office.review.fetch_raw(desk.sending, claimed.uid, _DRAFT_LIMIT) or b""
            frozen = _frozen(office, draft, without_reason(raw, office.texts.words(office.language)))
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
