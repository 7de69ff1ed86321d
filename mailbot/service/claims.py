"""Approved drafts on their way to the outbox: claimed, checked, frozen, or handed back with the reason on top.

Nothing is sent here. What carries no token of ours is no draft of ours and is never sent, changed or thrown away.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, EventKind
from mailbot.core.checking import Check, Finding, Surroundings, check_draft
from mailbot.core.draft_text import parse_draft
from mailbot.core.folders import FolderEntry
from mailbot.core.lifecycle import allowed
from mailbot.core.outgoing import NotAsPlanned, freeze, with_reason, without_reason
from mailbot.core.sender import normalise
from mailbot.core.tasks import undone
from mailbot.service.drafts import is_from_us, own_drafts
from mailbot.service.office import Office

DRAFT_HEADERS: Final = ("references", "in-reply-to", "message-id", "subject", "from", "to", "cc", "bcc")
DRAFT_LIMIT: Final = 30_000_000  # octets: a draft with the copy of the data attached; servers refuse more


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message of ours in the private folder, with the case and draft that its token belongs to."""

    case: Case
    draft: DraftRecord
    uid: int


def tokens(cases: Sequence[Case]) -> dict[str, tuple[str, str]]:
    """Every token that was ever given out, with the reference of its case and the id of its draft."""
    return {draft.token: (case.reference, draft.id) for case in cases for draft in case.drafts}


def tokens_in(entry: FolderEntry, known: dict[str, tuple[str, str]]) -> list[str]:
    """The tokens of ours in an entry's References, compared as whole ids."""
    return [word for value in entry.values("references") for word in value.split() if word in known]


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
    raw = office.review.fetch_raw(desk.approved, entry.uid, DRAFT_LIMIT)
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


def claims_by_token(office: Office) -> dict[str, list[Claimed]]:
    """What lies in the private folder, by token; more than one message of a token is ambiguous."""
    known = tokens(office.register.cases())
    found: dict[str, list[Claimed]] = {}
    for entry in office.review.entries(office.desk().sending, DRAFT_HEADERS):
        for token in tokens_in(entry, known)[-1:]:
            reference, draft_id = known[token]
            case = office.register.case(reference)
            if case is not None:
                draft = next(draft for draft in case.drafts if draft.id == draft_id)
                found.setdefault(token, []).append(Claimed(case, draft, entry.uid))
    return found


def claimed_draft(case: Case, draft_id: str, uid: int) -> Claimed:
    """The claim as the case has it now."""
    return Claimed(case, next(draft for draft in case.drafts if draft.id == draft_id), uid)


def approve(office: Office, claimed: Claimed) -> Claimed | None:
    """Check a claimed draft and freeze it, or hold it back. Nothing is sent here."""
    raw = office.review.fetch_raw(office.desk().sending, claimed.uid, DRAFT_LIMIT)
    if raw is None:
        return None
    raw = without_reason(raw, office.texts.words(office.language))
    claimed = _found_again(office, claimed)
    if findings := _findings(office, claimed, raw):
        _hold_back(office, claimed, raw, findings)
        return None
    case, draft = claimed.case, replace(claimed.draft, message_id=office.new_id(claimed.case))
    draft = replace(draft, date=office.clock())
    try:
        frozen = hashlib.sha256(frozen_bytes(office, draft, raw)).hexdigest()
    except NotAsPlanned:
        _hold_back(office, claimed, raw, [finding(office, Check.UNREADABLE)])
        return None
    draft = replace(draft, frozen=frozen)
    case = office.happen(case.with_draft(draft), EventKind.APPROVED, Actor.PERSON, draft=draft)
    office.register.commit()
    return claimed_draft(case, draft.id, claimed.uid)


def _found_again(office: Office, claimed: Claimed) -> Claimed:
    """A draft that was noted as discarded and came back: moved by copy and later deletion (neomutt)."""
    case, draft = claimed.case, claimed.draft
    if case.draft is None and draft.state is DraftState.DISCARDED and allowed(case, EventKind.DRAFT_LAID):
        case = office.happen(case, EventKind.DRAFT_LAID, draft=draft, note="found again")
    return claimed_draft(case, draft.id, claimed.uid)


def _findings(office: Office, claimed: Claimed, raw: bytes) -> Sequence[Finding]:
    case = claimed.case
    if case.draft is None or case.draft.id != claimed.draft.id:
        return [finding(office, Check.NOT_CURRENT)]
    return check_draft(
        case,
        claimed.draft,
        parse_draft(raw),
        office.texts.words(office.language),
        spoken=office.texts.words(case.language),
        ours=office.own_addresses | {one.email.lower() for one in office.addressees},
        around=Surroundings(office.today, partial(_owner_of, office), undone(case, office.systems)),
    )


def _owner_of(office: Office, word: str) -> str:
    """The address on file of whoever has this address or order number; "" for nobody."""
    contact = office.contacts.lookup(normalise(word)) if "@" in word else office.contacts.owner_of(word)
    return contact.email if contact else ""


def finding(office: Office, check: Check) -> Finding:
    """A check that failed, in the words of the privacy contact."""
    return Finding(check, office.texts.words(office.language)["checks"][check])


def frozen_bytes(office: Office, draft: DraftRecord, raw: bytes) -> bytes:
    """What goes out for an approved draft. Raises `NotAsPlanned`; the draft must have its Message-ID and Date."""
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
    return_draft(office, claimed, raw, [finding.sentence for finding in findings])


def return_draft(office: Office, claimed: Claimed, raw: bytes, sentences: Sequence[str]) -> None:
    """Lay a draft in the held-back folder, the reasons on top. The newest text stays; earlier copies of it go."""
    words, desk = office.texts.words(office.language), office.desk()
    earlier = own_drafts(office, desk.held, claimed.draft.token)
    office.review.append(desk.held, with_reason(raw, sentences, words), flags=("\\Draft",))
    for uid in earlier:
        office.review.remove(desk.held, uid)
    office.review.remove(desk.sending, claimed.uid)


def park_doubles(office: Office, claims: Sequence[Claimed]) -> None:
    """Two versions of one draft were approved: ambiguous, so neither is sent (design.md § 5)."""
    words = office.texts.words(office.language)
    two = finding(office, Check.TWO_VERSIONS)
    first = claims[0]
    if first.draft.state in {DraftState.LAID, DraftState.HELD}:
        office.happen(first.case, EventKind.HELD_BACK, note=two.code, draft=first.draft)
        office.register.commit()
    # What is claimed already keeps its place; the other version comes back to the person either way.
    for claim in claims if first.draft.state is not DraftState.CLAIMED else claims[1:]:
        raw = office.review.fetch_raw(office.desk().sending, claim.uid, DRAFT_LIMIT)
        if raw is not None:
            office.review.append(
                office.desk().held,
                with_reason(without_reason(raw, words), [two.sentence], words),
                flags=("\\Draft",),
            )
            office.review.remove(office.desk().sending, claim.uid)
