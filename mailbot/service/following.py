"""What a further mail of the person changes in his case: it is taken back, meant less, asks more, or asks again."""

from dataclasses import replace
from typing import Final

from mailbot.core.cases import Actor, Case, EventKind
from mailbot.core.deciding import JoinCase
from mailbot.core.lifecycle import allowed
from mailbot.core.rights import Circumstance, FollowUp, Right
from mailbot.service.office import STALE, Office


def follow(office: Office, case: Case, intent: JoinCase) -> Case:
    """The case after what the mail says. The letter that lay ready is taken back when it no longer fits."""
    if intent.is_reminder and allowed(case, EventKind.REMINDED):
        case = office.happen(case, EventKind.REMINDED, Actor.DATA_SUBJECT)
    match intent.follow_up:
        case FollowUp.DENIAL:
            return office.happen(case, EventKind.DENIED, Actor.DATA_SUBJECT)
        case FollowUp.WITHDRAWAL:
            return _changed(office, case, EventKind.WITHDREW, "")
        case FollowUp.ACCOUNT_ONLY if Right.ERASURE in case.rights:
            case = replace(case, circumstances=_with(case, Circumstance.LEAVING))
            return _changed(office, case, EventKind.NARROWED, "only the account")
        case FollowUp.MARKETING_ONLY if case.rights:
            case = replace(case, rights=(Right.OBJECTION,), circumstances=_with(case, Circumstance.MARKETING))
            return _changed(office, case, EventKind.NARROWED, "only advertising")
        case FollowUp.MESSAGE if intent.added:
            rights = tuple(right for right in Right if right in {*case.rights, *intent.added})
            return _changed(office, replace(case, rights=rights), EventKind.RIGHTS_ASSIGNED, ", ".join(intent.added))
        case _:
            return _noted(office, case, intent)


def _noted(office: Office, case: Case, intent: JoinCase) -> Case:
    """What the mail mentions beside; a copy of an identity document is to be removed whatever the case is about."""
    case = replace(case, circumstances=_with(case, *(_NOTED & set(intent.circumstances))))
    office.register.save(case)
    return case


_NOTED: Final = frozenset(
    {Circumstance.IDENTITY_COPY, Circumstance.CLAIM, Circumstance.OTHER_CHANNEL, Circumstance.DECEASED}
)


def _with(case: Case, *more: Circumstance) -> tuple[Circumstance, ...]:
    return tuple(one for one in Circumstance if one in {*case.circumstances, *more})


def _changed(office: Office, case: Case, kind: EventKind, note: str) -> Case:
    """Record that the person wants something else; the letter that lay ready says the old thing and is taken back."""
    draft = case.draft
    if draft and allowed(case, EventKind.DRAFT_REPLACED):
        case = office.happen(case, EventKind.DRAFT_REPLACED, Actor.DATA_SUBJECT, note=kind.value, draft=draft)
        # It lies in another mailbox than the one being read: taken from the desk later in the pass, or in the next one
        office.register.set_note(STALE + draft.token, case.reference)
    if not allowed(case, kind):
        return case
    return office.happen(case, kind, Actor.DATA_SUBJECT, note=note)
