"""Letters and drafts: what they quote, greet and thread, and what they never hold."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import COMPANY, CONTEXT, QUOTE, a_letter_case

from mailbot.config.templates import load_texts
from mailbot.core.cases import TO_PROCESSOR, Case, IdentityLevel, ReplyKind
from mailbot.core.draft_text import parse_draft
from mailbot.core.drafting import (
    ALPHABET,
    Letter,
    LetterContext,
    compose,
    draft_message,
    is_token,
    national_numbers,
    new_reference,
    new_token,
    quoted,
    tokens_among,
)
from mailbot.core.errors import NeedsPerson
from mailbot.core.rights import Right, Topic

TEXTS = load_texts()
TOKEN = new_token("P-7K3Q9X", "0f" * 16, "example.com")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANSWER = ReplyKind.ANSWER


def the_body(case: Case | None = None, reply: ReplyKind = ANSWER, **context: object) -> str:
    return compose(case or a_letter_case(), reply, replace(CONTEXT, **context), TEXTS).body  # type: ignore[arg-type]


def a_draft(**changes: object) -> bytes:
    usual = {
        "reference": "P-7K3Q9X",
        "sender": COMPANY,
        "recipient": "anna@example.org",
        "token": TOKEN,
        "in_reply_to": "<2@example.org>",
        "references": ("<1@example.org>",),
        "message_id": "<draft@example.com>",
        "date": NOON,
    }
    letter = changes.pop("letter", Letter("Uw privacyverzoek", "Goedendag,\n\nTekst.\n"))
    return draft_message(letter, **{**usual, **changes})  # type: ignore[arg-type]


# --- quoting -------------------------------------------------------------------------------------------------------


def test_a_verified_writer_sees_his_own_words_below_the_letter() -> None:
    assert the_body().endswith("U schreef ons:\n" + quoted(QUOTE) + "\n")


NEVER_QUOTED = {
    "to another address": (a_letter_case(answer_to="anna@example.net"), ANSWER),
    "of an unverified writer": (a_letter_case(identity=IdentityLevel.L0), ANSWER),
    "in an identity question": (a_letter_case(), ReplyKind.IDENTITY),
    "of a breach report": (a_letter_case(rights=(), topics=(Topic.BREACH,)), ReplyKind.ACKNOWLEDGEMENT),
    "of nobody": (a_letter_case(sender="", answer_to=""), ANSWER),
}


@pytest.mark.parametrize("situation", NEVER_QUOTED)
def test_words_are_never_quoted(situation: str) -> None:
    case, reply = NEVER_QUOTED[situation]
    body = the_body(case, reply, quote="Zeldzaam woord")
    assert "Zeldzaam woord" not in body
    assert "U schreef ons" not in body


def test_an_empty_quote_leaves_no_heading() -> None:
    assert "U schreef ons" not in the_body(quote=" \n")


@given(st.text(max_size=6000))
def test_every_line_of_a_quote_is_marked_short_and_printable(text: str) -> None:
    lines = quoted(text).split("\n")
    assert len(lines) <= 61
    assert all(line.startswith(">") and len(line) <= 78 for line in lines)
    assert not [letter for line in lines for letter in line if unicodedata.category(letter) == "Cc"]


def test_a_long_quote_is_cut_and_says_so() -> None:
    lines = quoted("regel\n" * 100).split("\n")
    assert len(lines) == 61
    assert lines[-1] == "> …"


@pytest.mark.parametrize("number", ["111222333", "1112.22.333", "1112 22 333", "123456782"])
def test_a_citizen_service_number_is_never_quoted(number: str) -> None:
    assert number not in quoted(f"Mijn BSN is {number}.")


@pytest.mark.parametrize("number", ["111222334", "000000000", "0612345678", "11122233", "111 222 333", "1112223334"])
def test_other_numbers_are_no_citizen_service_numbers(number: str) -> None:
    assert national_numbers(f"Nummer {number}.") == ()


# --- greeting and facts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Anna de Wit", "Beste Anna de Wit,"),
        (" Zoë\r\nBcc: x", "Beste ZoëBcc: x,"),  # one line, in the text only
        ("", "Goedendag,"),
        ("anna@example.org", "Goedendag,"),
        ("Klant 4711", "Goedendag,"),
        ("[[x]]", "Goedendag,"),
        ("a" * 61, "Goedendag,"),
    ],
)
def test_the_greeting_uses_a_name_only_if_it_is_one(name: str, greeting: str) -> None:
    assert the_body(salutation=name).split("\n")[0] == greeting


def test_a_name_is_never_compiled_as_a_template() -> None:
    assert the_body(salutation="{{ controller }}").startswith("Beste {{ controller }},")


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("MDDR-2026/1", True), ("A" * 41, False), ("x y", False), ("111222333", False), ("[[x]]", False), ("a\nb", False)],
)
def test_a_reference_out_of_a_mail_is_repeated_only_if_it_surely_is_one(reference: str, shown: bool) -> None:
    body = the_body(a_letter_case(external_reference=reference), quote="")
    assert ("U gaf zelf dit kenmerk mee" in body) is shown


def test_a_mail_received_just_before_midnight_utc_was_received_the_next_day_in_amsterdam() -> None:
    case = a_letter_case(received=datetime(2026, 11, 2, 23, 30, tzinfo=UTC))
    assert "Op 3 november 2026" in the_body(case)


def test_an_extended_case_names_the_extended_date() -> None:
    case = a_letter_case(extended=datetime(2027, 2, 2, tzinfo=UTC).date())
    assert "2 februari 2027" in the_body(case, ReplyKind.ACKNOWLEDGEMENT)


def test_a_letter_in_a_language_without_letters_is_written_in_english() -> None:
    assert the_body(a_letter_case("it")).startswith("Dear Anna de Wit,")


def test_without_processors_a_person_is_asked_to_name_them() -> None:
    assert "[[noem ze bij naam" in the_body(processors=())


@pytest.mark.parametrize("reply", list(ReplyKind))
@pytest.mark.parametrize("rights", [(), (Right.ACCESS,)])
def test_an_authority_never_gets_a_letter(reply: ReplyKind, rights: tuple[Right, ...]) -> None:
    with pytest.raises(NeedsPerson, match="P-7K3Q9X"):
        compose(a_letter_case(rights=rights, topics=(Topic.AUTHORITY,)), reply, CONTEXT, TEXTS)


def test_the_subject_says_nothing_about_the_person() -> None:
    subjects = {compose(a_letter_case(), reply, CONTEXT, TEXTS).subject for reply in set(ReplyKind) - TO_PROCESSOR}
    assert subjects == {"Uw privacyverzoek"}


@given(
    st.builds(
        LetterContext,
        controller=st.just(CONTEXT.controller),
        salutation=st.text(max_size=80),
        quote=st.text(max_size=300),
    )
)
def test_a_letter_can_always_be_written_and_has_no_double_gaps(context: LetterContext) -> None:
    body = compose(a_letter_case(), ReplyKind.ACKNOWLEDGEMENT, context, TEXTS).body
    letter = body.partition("U schreef ons:")[0]
    assert "\n\n\n" not in letter
    assert body.endswith("\n")


# --- the draft -----------------------------------------------------------------------------------------------------


def test_a_draft_carries_thread_token_and_tag() -> None:
    draft = parse_draft(a_draft())
    assert draft.references == ("<1@example.org>", "<2@example.org>", TOKEN)
    assert draft.in_reply_to == ("<2@example.org>",)
    assert draft.subject == "Uw privacyverzoek [P-7K3Q9X]"
    assert [address.email for address in draft.to] == ["anna@example.org"]


def test_a_draft_carries_no_token_of_an_earlier_letter() -> None:
    earlier = new_token("P-7K3Q9X", "aa" * 16, "example.com")
    draft = parse_draft(a_draft(references=("<1@example.org>", earlier)))
    assert tokens_among(draft.references) == (TOKEN,)


def test_a_mail_without_a_message_id_gets_a_draft_without_in_reply_to() -> None:
    raw = a_draft(in_reply_to="", references=())
    assert b"In-Reply-To" not in raw
    assert parse_draft(raw).references == (TOKEN,)


def test_an_endless_thread_is_shortened_in_the_middle() -> None:
    references = tuple(f"<{number}@example.org>" for number in range(100))
    kept = parse_draft(a_draft(references=references, in_reply_to="<new@example.org>")).references
    assert kept[0] == "<0@example.org>"
    assert kept[-3:] == ("<99@example.org>", "<new@example.org>", TOKEN)
    assert len(kept) == 21


def test_an_id_too_long_for_a_line_is_left_out() -> None:
    raw = a_draft(in_reply_to=f"<{'x' * 980}@example.org>")
    assert b"In-Reply-To" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_long_id_is_not_encoded_or_broken() -> None:
    long = f"<{'x' * 300}@example.org>"
    assert parse_draft(a_draft(in_reply_to=long)).in_reply_to == (long,)


local_part = st.text("abcXYZ0189.!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=40)


@given(local_part, st.text(max_size=400))
def test_any_address_that_can_be_answered_and_any_text_come_back_from_a_draft(local: str, text: str) -> None:
    recipient = f"{local}@example.org"
    clean = "".join(letter for letter in text if letter.isprintable())
    draft = parse_draft(a_draft(recipient=recipient, letter=Letter("Uw privacyverzoek", clean + "\n")))
    assert [address.email for address in draft.to] == [recipient]
    assert draft.text.strip() == clean.strip()
    assert draft.problems == ()


# --- references and tokens -----------------------------------------------------------------------------------------


def test_a_reference_has_no_vowels_and_no_look_alikes() -> None:
    assert not set("AEIOU0O1IL2Z5S6G8B") & set(ALPHABET)
    numbers = iter(range(6))
    assert new_reference(lambda below: next(numbers) % below) == "P-" + ALPHABET[:6]


@given(st.lists(st.integers(0, len(ALPHABET) - 1), min_size=6, max_size=6), st.binary(min_size=16, max_size=16))
def test_a_token_is_known_by_its_shape(numbers: list[int], secret: bytes) -> None:
    drawn = iter(numbers)
    reference = new_reference(lambda _: next(drawn))
    assert is_token(new_token(reference, secret.hex(), "example.com"))


@pytest.mark.parametrize("other", ["<1@example.org>", "", TOKEN[:-1], TOKEN + "x", TOKEN.replace("0f", "0g", 1)])
def test_other_ids_are_no_tokens(other: str) -> None:
    assert not is_token(other)
