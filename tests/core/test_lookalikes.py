"""Addresses that look like one on file are shown beside it, and never taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from read_mails import TRUST, a_read_mail

from mailbot.adapters.contacts import AddressBook
from mailbot.core.cases import IdentityLevel
from mailbot.core.lookalikes import skeleton
from mailbot.core.mail import Address
from mailbot.core.sender import Contact, SenderCheck, SenderWarning, check_sender

ANNA = Contact("anna.de.vries@example.org", "Anna de Vries")
BOOK = AddressBook([ANNA, Contact("bram@shop.example", "Bram")])

LOOKALIKES = [
    "аnna.de.vries@example.org",  # Cyrillic а
    "anna.de.vriеs@example.org",  # Cyrillic е
    "ａｎｎａ.de.vries@example.org",  # fullwidth
    "anna.de.vries＠example.org",
    "annade.vries@example.org",  # a dot less
    "anna.de.vri.es@example.org",  # a dot more
    "anna-de-vries@example.org",
    "anna.de.vries@example.com",  # other TLD
    "anna.de.vries@ex-ample.org",
    "anna.de.vries@examp1e.org",
    "anna.de.vries@exarnple.org",
    "anna.de.vr1es@example.org",
    "ännä.de.vries@example.org",
    "anna.de.vries@xn--exmple-4nf.org",  # Cyrillic а in punycode
]


def checked(sender: Address) -> SenderCheck:
    return check_sender(a_read_mail(sender), BOOK.lookup, TRUST, BOOK.resembled)


@pytest.mark.parametrize("email", LOOKALIKES)
def test_a_lookalike_is_shown_beside_the_address_it_resembles_and_never_is_that_person(email: str) -> None:
    found = checked(Address(email))
    assert found.resembles == ANNA.email
    assert SenderWarning.LOOKALIKE in found.warnings
    assert (found.contact, found.level) == (None, IdentityLevel.L0)
    assert found.answer_to != ANNA.email


@pytest.mark.parametrize(
    "name", ["anna.de.vries@example.org", "Anna <anna.de.vries@example.org>", "аnna.de.vries@example.org"]
)
def test_an_address_in_the_name_is_shown_beside_the_one_on_file(name: str) -> None:
    found = checked(Address("x@evil.example", name))
    assert found.resembles == ANNA.email
    assert SenderWarning.OTHER_ADDRESS_IN_NAME in found.warnings
    assert found.answer_to == "x@evil.example"


@pytest.mark.parametrize(
    "email", [ANNA.email, "ANNA.DE.VRIES@EXAMPLE.ORG", "hanna.de.vries@example.org", "x@other.example"]
)
def test_the_person_and_strangers_resemble_nobody(email: str) -> None:
    assert checked(Address(email)).resembles == ""


@pytest.mark.parametrize("text", ["", "@", "anna", "anna@", "@example.org", "anna@localhost", "anna@xn--\u0000.org"])
def test_what_is_no_address_has_no_skeleton_or_harms_nobody(text: str) -> None:
    assert BOOK.resembled(text) is None


@given(st.text(max_size=80))
def test_any_text_has_a_skeleton_or_none(text: str) -> None:
    assert skeleton(text) == skeleton(text.strip())
