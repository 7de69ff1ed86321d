"""What never leaves: one row for every reason to hold a draft back."""

from dataclasses import replace
from typing import Any

import pytest
from letters import CONTEXT, a_letter_case

from mailbot.config.templates import load_texts
from mailbot.core.cases import Case, DraftRecord, IdentityLevel, ReplyKind
from mailbot.core.checking import Check, check_draft
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


def codes(case: Case | None = None, record: DraftRecord = RECORD, **changes: object) -> list[str]:
    """The findings about the good draft with these changes."""
    case = case or a_letter_case()
    draft = replace(GOOD, **changes)  # type: ignore[arg-type]
    required = TEXTS.words(case.language)["required"]
    return [f.code for f in check_draft(case, record, draft, TEXTS.words("nl"), required=required, ours=OURS)]


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
    required = TEXTS.words("en")["required"]
    [finding] = check_draft(case, RECORD, draft, TEXTS.words("nl"), required=required, ours=OURS)
    assert finding.sentence == TEXTS.words("nl")["checks"]["court-missing"]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("reply", list(ReplyKind))
@pytest.mark.parametrize("right", list(Right))
def test_a_letter_of_ours_is_held_back_for_nothing_but_its_placeholders(
    language: str, reply: ReplyKind, right: Right
) -> None:
    case = a_letter_case(language, rights=(right,))
    letter = compose(case, reply, CONTEXT, TEXTS)
    draft = replace(GOOD, text=letter.body, subject=f"{letter.subject} [P-7K3Q9X]")
    required, record = TEXTS.words(language)["required"], replace(RECORD, reply=reply)
    findings = check_draft(case, record, draft, TEXTS.words("nl"), required=required, ours=OURS)
    assert {finding.code for finding in findings} <= {Check.PLACEHOLDER_LEFT}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_sentence_about_a_finding_can_stand_in_the_block_on_top(language: str) -> None:
    sentences = TEXTS.words(language)["checks"]
    assert set(Check) <= set(sentences)
    assert not [sentence for sentence in sentences.values() if "[" in sentence or "]" in sentence]
