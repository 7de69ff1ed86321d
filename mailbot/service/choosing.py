"""Another letter than the one that lies ready: chosen by a command, or by moving the draft to a folder."""

from typing import Final

from mailbot.core.cases import TO_PROCESSOR, Actor, Case, DraftState, EventKind, Outcome, ReplyKind
from mailbot.core.lifecycle import allowed
from mailbot.service.claims import DRAFT_HEADERS, tokens, tokens_in
from mailbot.service.drafts import Drafts, is_from_us, remove_leftovers
from mailbot.service.office import Choice, Office

CHOICES: Final = {
    "granted": Choice(ReplyKind.ANSWER, Outcome.GRANTED),
    "partly": Choice(ReplyKind.ANSWER, Outcome.PARTLY),
    "refused": Choice(ReplyKind.ANSWER, Outcome.REFUSED),
    "no_data": Choice(ReplyKind.ANSWER, Outcome.NO_DATA),
    "extension": Choice(ReplyKind.EXTENSION),
    "identity": Choice(ReplyKind.IDENTITY),
    "clarification": Choice(ReplyKind.CLARIFICATION),
    "mandate": Choice(ReplyKind.MANDATE),
    "withdrawal": Choice(ReplyKind.WITHDRAWAL),
    "lifted": Choice(ReplyKind.LIFTED),
}
"""By the key in words.toml [choices] that names the folder."""


def read_choices(office: Office) -> None:
    """Lay another letter for every draft of ours that the person moved to a folder of "another letter".

    The text that he leaves goes to the trash, where he finds it again if he changed something in it.
    """
    review, desk = office.review, office.desk()
    known = tokens(office.register.cases())
    for folder, choice in desk.choices.items():
        for entry in review.entries(folder, DRAFT_HEADERS):
            found = tokens_in(entry, known)[-1:] if is_from_us(office, entry) else []
            for token in found:
                reference, draft_id = known[token]
                case = office.register.case(reference)
                if case and _is_current(case, draft_id):
                    choose(office, case, choice)
                review.move(folder, entry.uid, desk.trash)


def _is_current(case: Case, draft_id: str) -> bool:
    """Whether this is the letter under way, or the last one, noted as thrown away while it was being moved."""
    if case.draft:
        return case.draft.id == draft_id
    last = case.drafts[-1] if case.drafts else None
    return last is not None and last.id == draft_id and last.state is DraftState.DISCARDED


def choose(office: Office, case: Case, choice: Choice) -> Case:
    """Plan another letter in place of the one that lies ready: one commit, so that a kill leaves one or the other."""
    before = case.draft
    if (choice.reply in TO_PROCESSOR) is not bool(case.addressee):
        return case  # a notice was moved to a folder of letters to persons: it comes back as it was
    if before and not allowed(case, EventKind.DRAFT_REPLACED):
        return case
    if before:
        case = office.happen(case, EventKind.DRAFT_REPLACED, Actor.PERSON, note="another letter", draft=before)
    if not allowed(case, EventKind.DRAFT_PLANNED):
        return case
    case = Drafts(office, {}).plan(case, choice, Actor.PERSON)
    office.register.commit()
    if before:
        desk = office.desk()
        remove_leftovers(office, before.token, (desk.drafts, desk.approved, desk.held))
    return case
