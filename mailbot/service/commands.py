"""What a person decides with a command instead of in the mail client (design.md § 7).

Each command does what the same gesture on the desk does, so that there is one way for a mail to leave.
All raise `NeedsPerson` when the case does not allow it, with what to do instead.
"""

from dataclasses import replace

from mailbot.core.cases import Actor, Case, DraftRecord, DraftState, EventKind, ReplyKind, Resolution, Status
from mailbot.core.deciding import next_reply
from mailbot.core.errors import NeedsPerson
from mailbot.core.lifecycle import allowed, status_of
from mailbot.core.rights import Right
from mailbot.service.claims import claim_approved
from mailbot.service.desk import DeskReader, confirm, dismiss
from mailbot.service.drafts import Drafts, discard, own_drafts
from mailbot.service.intake import Intake
from mailbot.service.office import Office
from mailbot.service.sending import SENT_EVENT, settle, waiting_for
from mailbot.service.teaching import learn_from_case


def find_case(office: Office, reference: str) -> Case:
    """The case with this reference, archived ones included. Raises `NeedsPerson`."""
    case = office.register.case(reference.strip("[] ").upper())
    if case is None:
        raise NeedsPerson(f"there is no case {reference}; 'mailbot cases' lists them")
    return case


def approve(office: Office, reference: str) -> Case:
    """Move the draft of the case to the approved folder, as a person would, and send what lies there."""
    # What the person sent himself in the meantime must not go out a second time.
    DeskReader(office, Intake(office)).read_sent()
    case = find_case(office, reference)
    draft = _draft_on_desk(case)
    desk, review = office.desk(), office.review
    places = [(folder, uid) for folder in (desk.held, desk.drafts) for uid in own_drafts(office, folder, draft.token)]
    if not places and not review.find(desk.approved, "References", draft.token):
        raise NeedsPerson(
            f"{case.reference}: the draft lies neither in {desk.drafts} nor in {desk.held}; "
            f"lay a new one with 'mailbot draft {case.reference}'"
        )
    if len(places) > 1:
        raise NeedsPerson(f"{case.reference}: there are two versions of the draft; delete one in the mail client")
    for folder, uid in places:
        review.move(folder, uid, desk.approved)
    claim_approved(office)
    settle(office)
    return find_case(office, reference)


def _draft_on_desk(case: Case) -> DraftRecord:
    if case.draft is None:
        raise NeedsPerson(f"{case.reference}: there is no draft; lay one with 'mailbot draft {case.reference}'")
    if case.draft.state is DraftState.UNCERTAIN:
        raise NeedsPerson(
            f"{case.reference}: it is not certain whether this mail went out; ask the recipient or the "
            f"provider, then 'mailbot settle {case.reference} --sent' or '--not-sent'"
        )
    return case.draft


def reject(office: Office, reference: str) -> Case:
    """Throw the draft away; for a case in triage: it is not a request."""
    case = find_case(office, reference)
    if status_of(case) is Status.TRIAGE:
        after = _dismiss(office, case)
    else:
        _draft_on_desk(case)
        after = discard(office, case, Actor.PERSON, "rejected")
    office.register.commit()
    return after


def lay_draft(office: Office, reference: str, reply: ReplyKind | None) -> Case:
    """Lay a draft again, or one of another kind; the present one is taken back first."""
    case = find_case(office, reference)
    if not case.answer_to:
        raise NeedsPerson(f"{case.reference}: there is no address that may be answered; answer by hand and close it")
    if case.draft:
        case = discard(office, case, Actor.PERSON, "another letter", EventKind.DRAFT_REPLACED)
    reply = reply or next_reply(case) or _last_discarded(case) or ReplyKind.ANSWER
    if not allowed(case, EventKind.DRAFT_PLANNED):
        raise NeedsPerson(f"{case.reference}: no draft can be laid while it is {status_of(case).value}")
    drafts = Drafts(office, {})
    drafts.plan(case, reply, Actor.PERSON)
    office.register.commit()
    drafts.lay_due()
    return find_case(office, reference)


def _last_discarded(case: Case) -> ReplyKind | None:
    last = case.drafts[-1] if case.drafts else None
    return last.reply if last and last.state is DraftState.DISCARDED else None


def assign_rights(office: Office, reference: str, rights: tuple[Right, ...]) -> Case:
    """Say what a case is about; a case in triage becomes a request by that."""
    case = find_case(office, reference)
    if not allowed(case, EventKind.CONFIRMED) and not allowed(case, EventKind.RIGHTS_ASSIGNED):
        raise NeedsPerson(f"{case.reference} is {status_of(case).value}: 'mailbot reopen {case.reference}' first")
    learn_from_case(office, case, is_request=True, rights=rights)
    after = confirm(office, case, rights)
    office.register.commit()
    return after


def close(office: Office, reference: str, resolution: Resolution, note: str) -> Case:
    """Close a case with how it ended, also when it was answered outside the bot (say how in `note`)."""
    case = find_case(office, reference)
    if resolution is Resolution.NOT_A_REQUEST:
        after = _dismiss(office, case)
        office.register.commit()
        return after
    if case.draft:
        case = discard(office, case, Actor.PERSON, "closed")
    if not allowed(case, EventKind.CLOSED):
        raise NeedsPerson(f"{case.reference} is {status_of(case).value} and cannot be closed now")
    after = office.happen(replace(case, resolution=resolution), EventKind.CLOSED, Actor.PERSON, note=note)
    office.register.commit()
    return after


def _dismiss(office: Office, case: Case) -> Case:
    learn_from_case(office, case, is_request=False)
    return dismiss(office, case)


def reopen(office: Office, reference: str) -> Case:
    """Open a closed case again; its clock never stopped."""
    case = find_case(office, reference)
    if not allowed(case, EventKind.REOPENED):
        raise NeedsPerson(f"{case.reference} is {status_of(case).value}; only a closed case can be reopened")
    after = office.happen(replace(case, resolution=None), EventKind.REOPENED, Actor.PERSON)
    office.register.commit()
    return after


def settle_uncertain(office: Office, reference: str, *, sent: bool) -> Case:
    """A person found out whether an uncertain mail went out. Not sent: the draft comes back for a new approval."""
    case = find_case(office, reference)
    draft = case.draft
    if draft is None or draft.state is not DraftState.UNCERTAIN:
        raise NeedsPerson(f"{case.reference}: nothing is uncertain here")
    if sent:
        case = office.happen(case, SENT_EVENT[draft.reply], Actor.PERSON, draft=draft, note="settled by a person")
        waiting_for(office, case, draft)
    else:
        office.happen(case, EventKind.SEND_REFUSED, Actor.PERSON, draft=draft, note="settled by a person: not sent")
        desk = office.desk()
        for uid in office.review.find(desk.sending, "References", draft.token):
            office.review.move(desk.sending, uid, desk.drafts)
    office.register.commit()
    settle(office)
    return find_case(office, reference)
