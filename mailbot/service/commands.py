"""What a person decides with a command instead of in the mail client (design.md § 7).

Each command does what the same gesture on the desk does, so that there is one way for a mail to leave.
All raise `NeedsPerson` when the case does not allow it, with what to do instead.
"""

from dataclasses import replace
from typing import Final

from mailbot.core.cases import (
    Actor,
    Case,
    DraftRecord,
    DraftState,
    EventKind,
    Ground,
    IdentityLevel,
    Outcome,
    ReplyKind,
    Resolution,
    Status,
)
from mailbot.core.choices import Choice
from mailbot.core.errors import NeedsPerson
from mailbot.core.lifecycle import allowed, status_of
from mailbot.core.rights import Right
from mailbot.core.turns import next_reply
from mailbot.service.choosing import choose
from mailbot.service.claims import claim_approved
from mailbot.service.desk import DeskReader, confirm, dismiss
from mailbot.service.drafts import Drafts, clear_stale, discard, own_drafts
from mailbot.service.errands import tick_tasks
from mailbot.service.intake import Intake
from mailbot.service.office import Office
from mailbot.service.sending import record_sent, settle
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


def lay_draft(office: Office, reference: str, choice: Choice | None) -> Case:
    """Lay a draft again, or another letter; the present one is taken back first."""
    case = find_case(office, reference)
    if not case.answer_to:
        raise NeedsPerson(f"{case.reference}: there is no address that may be answered; answer by hand and close it")
    choice = choice or _same_again(case) or Choice(_next_or_last(office, case))
    if not case.can_get(choice.reply):
        kind = "a notice to a processor" if case.addressee else "a request of a person"
        raise NeedsPerson(f"{case.reference} is {kind}: a letter of the kind {choice.reply} does not go with it")
    if case.draft and not allowed(case, EventKind.DRAFT_REPLACED):
        raise NeedsPerson(f"{case.reference}: no draft can be laid while it is {status_of(case).value}")
    after = choose(office, case, choice)
    if after.draft is None:
        raise NeedsPerson(f"{case.reference}: no draft can be laid while it is {status_of(case).value}")
    Drafts(office, {}).lay_due()
    return find_case(office, reference)


def _same_again(case: Case) -> Choice | None:
    draft = case.draft
    return Choice(draft.reply, draft.outcome, draft.ground) if draft else None


def _next_or_last(office: Office, case: Case) -> ReplyKind:
    return next_reply(case, office.today, office.pace) or _last_discarded(case) or ReplyKind.ANSWER


def _last_discarded(case: Case) -> ReplyKind | None:
    last = case.drafts[-1] if case.drafts else None
    return last.reply if last and last.state is DraftState.DISCARDED else None


def extend(office: Office, reference: str, ground: Ground) -> Case:
    """Lay the notice that the answer takes longer; the term moves when it goes out (art. 12(3))."""
    case = find_case(office, reference)
    if case.extended:
        raise NeedsPerson(f"{case.reference} was extended already, to {case.extended}; there is no second extension")
    if office.today > case.binding:
        raise NeedsPerson(
            f"{case.reference}: the term ended on {case.binding}; an extension is no longer possible, answer now"
        )
    return lay_draft(office, reference, Choice(ReplyKind.EXTENSION, ground=ground))


def refuse(office: Office, reference: str, ground: Ground, *, partly: bool, late: bool) -> Case:
    """Lay a refusal, whole or in part. After the binding date only with the person's word that he wants it so."""
    case = find_case(office, reference)
    if office.today > case.binding and not late:
        raise NeedsPerson(
            f"{case.reference}: a refusal had to leave by {case.binding}, also after an extension (GDPR art. 12(4)); "
            "to refuse all the same say --late"
        )
    return lay_draft(office, reference, Choice(ReplyKind.ANSWER, Outcome.PARTLY if partly else Outcome.REFUSED, ground))


def identify(office: Office, reference: str, level: IdentityLevel, how: str) -> Case:
    """A person is sure who asks; `how` says by what, never by a document's contents."""
    case = find_case(office, reference)
    if not allowed(case, EventKind.IDENTIFIED):
        raise NeedsPerson(f"{case.reference} is {status_of(case).value}; identity is settled while a case is open")
    if case.draft and case.draft.reply in _QUESTIONS:
        case = discard(office, case, Actor.PERSON, "identity is settled", EventKind.DRAFT_REPLACED)
    after = office.happen(replace(case, identity=level), EventKind.IDENTIFIED, Actor.PERSON, note=f"{level}: {how}")
    office.register.commit()
    return after


_QUESTIONS: Final = frozenset({ReplyKind.IDENTITY, ReplyKind.MANDATE, ReplyKind.REMINDER})


def finish_tasks(office: Office, reference: str, ids: tuple[str, ...]) -> Case:
    """Tick tasks of a case; none named means all that are open."""
    case = find_case(office, reference)
    known = {task.id for task in case.tasks}
    if unknown := [number for number in ids if number not in known]:
        raise NeedsPerson(
            f"{case.reference} has no task {', '.join(unknown)}; 'mailbot tasks {case.reference}' lists them"
        )
    after = tick_tasks(office, case, ids or tuple(task.id for task in case.open_tasks))
    office.register.commit()
    clear_stale(office)
    return after


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
        record_sent(office, case, draft, Actor.PERSON, "settled by a person")
    else:
        office.happen(case, EventKind.SEND_REFUSED, Actor.PERSON, draft=draft, note="settled by a person: not sent")
        desk = office.desk()
        for uid in office.review.find(desk.sending, "References", draft.token):
            office.review.move(desk.sending, uid, desk.drafts)
    office.register.commit()
    settle(office)
    return find_case(office, reference)
