"""What never leaves: one row for every reason to hold a draft back."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from case_files import MORNING
from letters import CONTEXT, a_letter_case

from mailbot.config.templates import load_texts
from mailbot.core.cases import (
    TO_PROCESSOR,
    Actor,
    Case,
    DraftRecord,
    Event,
    EventKind,
    Ground,
    IdentityLevel,
    Outcome,
    ReplyKind,
)
from mailbot.core.checking import Check, Surroundings, check_draft
from mailbot.core.draft_text import UNREADABLE, Attachment, DraftText
from mailbot.core.drafting import compose, new_token
from mailbot.core.mail import Address
from mailbot.core.rights import Right

TEXTS = load_texts()
ANNA = Address("anna@example.org", "Anna")
OURS = {"privacy@example.com"}
TOKEN = new_token("P-7K3Q9X", "0f" * 16, "example.com")
EARLIER = new_token("P-7K3Q9X", "aa" * 16, "example.com")
FOREIGN = new_token("P-9WWWW9", "bb" * 16, "example.com")

GOOD_TEXT = """Beste Anna,

Hier is de kopie van uw gegevens. U schreef ons op 2-11-2026. Vragen? Mail privacy@example.com.

U kunt een klacht indienen bij de Autoriteit Persoonsgegevens.

> Mijn adres is jan@example.net en er staat nog [[iets]] in mijn mail.
"""
RECORD = DraftRecord(id="d1", token=TOKEN, reply=ReplyKind.ANSWER, recipient="anna@example.org")
GOOD = DraftText(
    subject="Uw privacyverzoek [P-7K3Q9X]",
    sender=(Address("privacy@example.com"),),
    to=(ANNA,),
    in_reply_to=("<2@example.org>",),
    references=("<1@example.org>", TOKEN),
    text=GOOD_TEXT,
    attachments=(Attachment("text/csv", "gegevens.csv", b"naam\n"),),
)


def codes(
    case: Case | None = None, record: DraftRecord = RECORD, *, around: Surroundings | None = None, **changes: object
) -> list[str]:
    """The findings about the good draft with these changes."""
    case = case or a_letter_case()
    draft = replace(GOOD, **changes)  # type: ignore[arg-type]
    spoken = TEXTS.words(case.language)
    found = check_draft(case, record, draft, TEXTS.words("nl"), spoken=spoken, ours=OURS, around=around)
    return [finding.code for finding in found]


def and_text(text: str) -> str:
    return f"{text}\n{GOOD_TEXT}"


def test_a_finished_answer_may_leave() -> None:
    assert codes() == []


HELD_BACK: dict[str, tuple[dict[str, Any], Check]] = {
    "a draft that cannot be read": ({"problems": (UNREADABLE,)}, Check.UNREADABLE),
    "a place to fill in": ({"text": and_text("Verwijderd op [[datum]].")}, Check.PLACEHOLDER_LEFT),
    "an opening left over": ({"text": and_text("Verwijderd op [[2 mei.")}, Check.PLACEHOLDER_LEFT),
    "a closing left over": ({"text": and_text("Verwijderd op 2 mei]].")}, Check.PLACEHOLDER_LEFT),
    "a place to fill in, indented": ({"text": and_text("  > [[datum]]")}, Check.PLACEHOLDER_LEFT),
    "a place to fill in, in the subject": ({"subject": "[[x]] [P-7K3Q9X]"}, Check.PLACEHOLDER_LEFT),
    "no recipient": ({"to": ()}, Check.RECIPIENT_CHANGED),
    "another recipient": ({"to": (Address("eve@example.net"),)}, Check.RECIPIENT_CHANGED),
    "another recipient under the right name": (
        {"to": (Address("eve@example.net", "anna@example.org"),)},
        Check.RECIPIENT_CHANGED,
    ),
    "a lookalike": ({"to": (Address("anna@examp1e.org"),)}, Check.RECIPIENT_CHANGED),
    "a longer domain": ({"to": (Address("anna@example.org.example.net"),)}, Check.RECIPIENT_CHANGED),
    "a letter that folds to another": ({"to": (Address("\uff41nna@example.org"),)}, Check.RECIPIENT_CHANGED),
    "a second recipient": ({"to": (ANNA, Address("eve@example.net"))}, Check.RECIPIENT_CHANGED),
    "the recipient twice": ({"to": (ANNA, ANNA)}, Check.RECIPIENT_CHANGED),
    "an unreadable second recipient": ({"to": (ANNA, Address("", "eve"))}, Check.RECIPIENT_CHANGED),
    "a copy": ({"cc": (Address("eve@example.net"),)}, Check.EXTRA_RECIPIENTS),
    "a copy to ourselves": ({"cc": (Address("privacy@example.com"),)}, Check.EXTRA_RECIPIENTS),
    "a blind copy": ({"bcc": (Address("eve@example.net"),)}, Check.EXTRA_RECIPIENTS),
    "no token": ({"references": ("<1@example.org>",)}, Check.TOKEN_MISSING),
    "the token of another case": ({"references": (FOREIGN,)}, Check.UNKNOWN_TOKEN),
    "the token of an earlier draft": ({"references": (EARLIER,)}, Check.UNKNOWN_TOKEN),
    "two tokens": ({"references": (TOKEN, FOREIGN)}, Check.SEVERAL_TOKENS),
    "a second token in In-Reply-To": ({"in_reply_to": (EARLIER,)}, Check.SEVERAL_TOKENS),
    "a subject without a tag": ({"subject": "Uw privacyverzoek"}, Check.REFERENCE_DIFFERS),
    "the reference without brackets": ({"subject": "Uw privacyverzoek P-7K3Q9X"}, Check.REFERENCE_DIFFERS),
    "another reference": ({"subject": "Uw privacyverzoek [P-9WWWW9]"}, Check.REFERENCE_DIFFERS),
    "two references": ({"subject": "[P-7K3Q9X] [P-9WWWW9]"}, Check.REFERENCE_DIFFERS),
    "an address in the subject": ({"subject": "anna@example.org [P-7K3Q9X]"}, Check.SUBJECT_PERSONAL),
    "a telephone number in the subject": ({"subject": "06 1234 5678 [P-7K3Q9X]"}, Check.SUBJECT_PERSONAL),
    "no complaint": ({"text": "Beste Anna, het is gedaan."}, Check.COMPLAINT_MISSING),
    "the complaint only in the quote": (
        {"text": "Gedaan.\n> Autoriteit Persoonsgegevens"},
        Check.COMPLAINT_MISSING,
    ),
    "a citizen service number": ({"text": and_text("Uw BSN is 111222333.")}, Check.NATIONAL_NUMBER),
    "a quoted citizen service number": ({"text": and_text("> 1112.22.333")}, Check.NATIONAL_NUMBER),
    "somebody else's address": ({"text": and_text("Jan (jan@example.net) schreef dit.")}, Check.OTHER_ADDRESS),
}


@pytest.mark.parametrize("situation", HELD_BACK)
def test_it_never_leaves_with(situation: str) -> None:
    changes, expected = HELD_BACK[situation]
    assert codes(**changes) == [expected]


@pytest.mark.parametrize("text", ["", " \n\n", "> Mijn eigen woorden"])
def test_it_never_leaves_without_text(text: str) -> None:
    assert Check.TEXT_EMPTY in codes(text=text)


@pytest.mark.parametrize("record", [replace(RECORD, recipient=""), replace(RECORD, recipient="anna@example.net")])
def test_it_never_leaves_for_an_address_that_was_not_planned(record: DraftRecord) -> None:
    assert codes(record=record) == [Check.RECIPIENT_CHANGED]


def test_a_deletion_never_leaves_without_the_court() -> None:
    case = a_letter_case(rights=(Right.ERASURE,))
    assert codes(case) == [Check.COURT_MISSING]
    assert codes(case, text=and_text("U kunt naar de rechtbank.")) == []


def test_a_copy_never_leaves_for_somebody_who_is_not_identified() -> None:
    unidentified = a_letter_case(identity=IdentityLevel.L0)
    assert codes(unidentified) == [Check.COPY_TO_UNIDENTIFIED]
    assert codes(unidentified, attachments=()) == []


LEAVES: dict[str, dict[str, Any]] = {
    "written with other capitals": {"to": (Address("Anna@Example.org"),)},
    "with a date and a postcode": {"text": and_text("Op 2-11-2026 en 2026-11-02, Voorbeeldweg 12, 1234 AB.")},
    "with single brackets": {"text": and_text("[ ] ja [x] nee [P-7K3Q9X]")},
    "answered in the mail client": {"subject": "Re: Uw privacyverzoek [P-7K3Q9X]"},
    "with the year in the subject": {"subject": "Uw verzoek van 2 november 2026 [P-7K3Q9X]"},
    "with the marker over two lines": {"text": "Klacht? De Autoriteit\nPersoonsgegevens helpt."},
    "with the customer's own address": {"text": and_text("Wij schrijven naar anna@example.org.")},
}


@pytest.mark.parametrize("situation", LEAVES)
def test_it_leaves(situation: str) -> None:
    assert codes(**LEAVES[situation]) == []


def test_a_corrected_address_may_be_confirmed() -> None:
    case = a_letter_case(rights=(Right.RECTIFICATION,))
    assert codes(case, text=and_text("Uw adres is nu anna.nieuw@example.net.")) == []


@pytest.mark.parametrize("reply", [ReplyKind.ACKNOWLEDGEMENT, ReplyKind.IDENTITY, ReplyKind.CLARIFICATION])
def test_only_an_answer_must_tell_where_to_complain(reply: ReplyKind) -> None:
    assert codes(record=replace(RECORD, reply=reply), text="Bedankt voor uw bericht.") == []


def test_an_english_answer_is_checked_for_its_own_words_and_told_in_dutch() -> None:
    case = a_letter_case("en", rights=(Right.ERASURE,))
    draft = replace(GOOD, text="You can complain to the Autoriteit Persoonsgegevens.")
    [finding] = check_draft(case, RECORD, draft, TEXTS.words("nl"), spoken=TEXTS.words("en"), ours=OURS)
    assert finding.sentence == TEXTS.words("nl")["checks"]["court-missing"]


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("reply", sorted(set(ReplyKind) - TO_PROCESSOR))
@pytest.mark.parametrize("right", list(Right))
def test_a_letter_of_ours_is_held_back_for_nothing_but_its_placeholders(
    language: str, reply: ReplyKind, right: Right, outcome: Outcome
) -> None:
    case = a_letter_case(language, rights=(right,))
    letter = compose(case, reply, replace(CONTEXT, outcome=outcome, ground=Ground.LEGAL_DUTY), TEXTS)
    draft = replace(GOOD, text=letter.body, subject=f"{letter.subject} [P-7K3Q9X]")
    record = replace(RECORD, reply=reply, outcome=outcome)
    findings = check_draft(case, record, draft, TEXTS.words("nl"), spoken=TEXTS.words(language), ours=OURS)
    assert {finding.code for finding in findings} <= {Check.PLACEHOLDER_LEFT}


# --- refusals, extensions, and what is said of others ---------------------------------------------------------------

REFUSAL = replace(RECORD, outcome=Outcome.REFUSED)
REFUSED: dict[str, Any] = {"text": and_text("De reden: facturen moeten wij bewaren. U kunt naar de rechtbank.")}
DUE = date(2026, 12, 2)
LATE = Surroundings(today=date(2026, 12, 3))


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.PARTLY])
def test_a_refusal_never_leaves_without_reasons_complaint_and_court(outcome: Outcome) -> None:
    record = replace(REFUSAL, outcome=outcome)
    assert codes(record=record, **REFUSED) == []
    assert codes(record=record) == [Check.COURT_MISSING, Check.REASON_MISSING]
    assert codes(record=record, text=and_text("De reden: zo is het.")) == [Check.COURT_MISSING]
    assert codes(record=record, text="De reden: zo is het. Naar de rechtbank.") == [Check.COMPLAINT_MISSING]


def test_a_reason_is_more_than_its_heading() -> None:
    text = "De Autoriteit Persoonsgegevens en de rechtbank helpen u. De reden:"
    assert codes(record=REFUSAL, text=text) == [Check.REASON_MISSING]


def test_a_refusal_is_late_after_the_binding_date_also_when_the_term_was_extended() -> None:
    assert codes(record=REFUSAL, around=Surroundings(today=DUE), **REFUSED) == []
    assert codes(record=REFUSAL, around=LATE, **REFUSED) == [Check.REFUSAL_LATE]
    extended = a_letter_case(extended=date(2027, 2, 2))
    assert codes(extended, REFUSAL, around=LATE, **REFUSED) == [Check.REFUSAL_LATE]


def held_for(note: str, draft: str = "d1") -> Case:
    """A case whose draft was approved once and returned for these reasons."""
    event = Event(MORNING, EventKind.HELD_BACK, Actor.BOT, note=note, draft=draft)
    return a_letter_case(events=(event,))


def test_approving_a_late_refusal_once_more_is_the_explicit_word() -> None:
    told = held_for("placeholder-left, refusal-late")
    assert codes(told, REFUSAL, around=LATE, **REFUSED) == []
    assert codes(held_for("placeholder-left"), REFUSAL, around=LATE, **REFUSED) == [Check.REFUSAL_LATE]
    assert codes(held_for("refusal-late", "d0"), REFUSAL, around=LATE, **REFUSED) == [Check.REFUSAL_LATE]


@pytest.mark.parametrize("outcome", [None, Outcome.GRANTED, Outcome.NO_DATA])
def test_another_answer_may_leave_late(outcome: Outcome | None) -> None:
    assert codes(record=replace(RECORD, outcome=outcome), around=LATE) == []


def test_an_extension_never_leaves_after_the_binding_date() -> None:
    notice = replace(RECORD, reply=ReplyKind.EXTENSION)
    assert codes(record=notice, around=Surroundings(today=DUE)) == []
    assert codes(record=notice, around=LATE) == [Check.EXTENSION_LATE]
    assert codes(held_for("extension-late"), notice, around=LATE) == [Check.EXTENSION_LATE]


def test_what_is_not_done_is_never_said_to_be_done() -> None:
    busy = Surroundings(undone=("winkel",))
    assert codes(around=busy) == [Check.TASKS_OPEN]
    assert codes(record=replace(RECORD, outcome=Outcome.PARTLY), around=busy, **REFUSED) == [Check.TASKS_OPEN]
    assert codes(record=REFUSAL, around=busy, **REFUSED) == []
    assert codes(record=replace(RECORD, reply=ReplyKind.ACKNOWLEDGEMENT), around=busy) == []


def test_not_everything_is_deleted_while_something_is_kept() -> None:
    erasing, end = a_letter_case(rights=(Right.ERASURE,)), "U kunt naar de rechtbank."
    assert codes(erasing, text=and_text(f"Alles verwijderd. {end}")) == []
    kept = f"Wij hebben alles verwijderd. Facturen moeten wij bewaren. {end}"
    assert codes(erasing, text=and_text(kept)) == [Check.ALL_DELETED]
    partly = replace(RECORD, outcome=Outcome.PARTLY)
    text = and_text(f"Wij hebben  ALLES\nverwijderd. De reden: het moest. {end}")
    assert codes(erasing, partly, text=text) == [Check.ALL_DELETED]


OTHERS = Surroundings(
    owner_of=lambda word: {"JV-20261": "jan@example.net", "AV-20262": "anna@example.org"}.get(word, "")
)


@pytest.mark.parametrize("word", ["JV-20261", "(JV-20261).", "JV-20261,"])
def test_the_order_of_another_customer_never_leaves(word: str) -> None:
    assert codes(around=OTHERS, text=and_text(f"Uw bestelling {word}")) == [Check.OTHER_CUSTOMER]


def test_the_own_order_may_leave() -> None:
    assert codes(around=OTHERS, text=and_text("Uw bestelling AV-20262 en 2026.")) == []


def test_a_corrected_address_is_nobody_elses() -> None:
    case = a_letter_case(rights=(Right.RECTIFICATION,))
    others = Surroundings(owner_of=lambda word: word if word == "jan@example.net" else "")
    assert codes(case, around=others, text=and_text("Nu jan@example.net.")) == [Check.OTHER_CUSTOMER]
    assert codes(case, around=others, text=and_text("Nu anna.nieuw@example.net.")) == []


@pytest.mark.parametrize("name", ["Paspoort.jpg", "mijn_id-kaart.pdf", "rijbewijs Anna.png"])
def test_an_identity_document_never_leaves(name: str) -> None:
    attachments = (Attachment("image/jpeg", name, b""),)
    assert codes(attachments=attachments) == [Check.IDENTITY_DOCUMENT]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_sentence_about_a_finding_can_stand_in_the_block_on_top(language: str) -> None:
    sentences = TEXTS.words(language)["checks"]
    assert set(Check) <= set(sentences)
    assert not [sentence for sentence in sentences.values() if "[" in sentence or "]" in sentence]
