"""Another letter than the one that lies ready: chosen by a command, or by moving the draft to a folder."""

from mailbot.core.cases import Actor, Case, DraftState, EventKind
from mailbot.core.choices import Choice
from mailbot.core.lifecycle import allowed
from mailbot.service.claims import DRAFT_HEADERS, tokens, tokens_in
from mailbot.service.drafts import Drafts, is_from_us, remove_leftovers
from mailbot.service.office import Office


def read_choices(office: Office) -> None:
    """Lay another letter for every draft of ours that the person moved to a folder of "another letter".

    The text that he leaves goes to the trash, where he finds it again if he changed something in it. A draft that
    cannot be exchanged for that letter goes back to the drafts: to lose it would look as if he had thrown it away.
    """
    review, desk = office.review, office.desk()
    known = tokens(office.register.cases())
    for folder, choice in desk.choices.items():
        for entry in review.entries(folder, DRAFT_HEADERS):
            found = tokens_in(entry, known)[-1:] if is_from_us(office, entry) else []
            for token in found:
                reference, draft_id = known[token]
                case = office.register.case(reference)
                is_stuck = case and _is_current(case, draft_id) and choose(office, case, choice) == case
                review.move(folder, entry.uid, desk.drafts if is_stuck else desk.trash)


def _is_current(case: Case, draft_id: str) -> bool:
    """Whether this is the letter under way, or the last one, noted as thrown away while it was being moved."""
    if case.draft:
        return case.draft.id == draft_id
    last = case.drafts[-1] if case.drafts else None
    return last is not None and last.id == draft_id and last.state is DraftState.DISCARDED


def choose(office: Office, case: Case, choice: Choice) -> Case:
    """Plan another letter in place of the one that lies ready: one commit, so that a kill leaves one or the other.

    The case as it is, when no such letter can be laid now.
    """
    before = case.draft
    if not case.can_get(choice.reply):
        return case
    if not allowed(case, EventKind.DRAFT_REPLACED if before else EventKind.DRAFT_PLANNED):
        return case
    if before:
        case = office.happen(case, EventKind.DRAFT_REPLACED, Actor.PERSON, note="another letter", draft=before)
    case = Drafts(office, {}).plan(case, choice, Actor.PERSON)
    office.register.commit()
    if before:
        desk = office.desk()
        remove_leftovers(office, before.token, (desk.drafts, desk.approved, desk.held))
    return case
