import pytest
from hypothesis import given
from hypothesis import strategies as st
from read_mails import OWN, TRUST, a_read_mail, vouched

from mailbot.core.authentication import Authentication, Trust
from mailbot.core.cases import IdentityLevel
from mailbot.core.mail import Address, Automatic, Mail
from mailbot.core.sender import Contact, SenderCheck, SenderReason, SenderWarning, check_sender, normalise

ANNA = Contact("Anna@Example.org", "Anna de Vries")
BOOK = {"anna@example.org": ANNA}


def checked(mail: Mail, trust: Trust = TRUST) -> SenderCheck:
    return check_sender(mail, BOOK.get, trust)


def test_a_known_address_that_our_server_vouches_for_is_level_1() -> None:
    assert checked(a_read_mail()) == SenderCheck(
        address="anna@example.org",
        contact=ANNA,
        verified=True,
        level=IdentityLevel.L1,
        answer_to="Anna@Example.org",
        reasons=(Authentication.DMARC_PASS, SenderReason.ADDRESS_KNOWN),
    )


@pytest.mark.parametrize(
    ("mail", "trust", "reasons"),
    [
        (a_read_mail(headers=()), TRUST, ["own-received-missing", "address-known"]),
        (a_read_mail(headers=(OWN,)), TRUST, ["no-results", "address-known"]),
        (a_read_mail(headers=(OWN, *vouched())), TRUST, ["results-misplaced", "address-known"]),
        (a_read_mail(headers=(vouched()[0], *vouched())), TRUST, ["several-results", "address-known"]),
        (a_read_mail(headers=vouched("evil.example")), TRUST, ["not-aligned", "address-known"]),
        (a_read_mail(), Trust(), ["no-trusted-server", "address-known"]),
        (a_read_mail(Address("anna@other.example")), TRUST, ["not-aligned", "address-unknown"]),
        (
            a_read_mail(Address("ann@other.example"), headers=vouched("other.example")),
            TRUST,
            ["dmarc-pass", "address-unknown"],
        ),
        (a_read_mail(Address("")), TRUST, ["no-sender"]),
        (a_read_mail(Address("аnna@example.org")), TRUST, ["address-unusable"]),  # Cyrillic а
        (a_read_mail(Address("anna@example.org"), Address("eva@evil.example")), TRUST, ["several-senders"]),
        (
            a_read_mail(headers=(*vouched(), ("from", "anna@example.org"), ("from", "eva@evil.example"))),
            TRUST,
            ["several-senders"],
        ),
    ],
)
def test_anything_less_is_level_0_and_says_why(mail: Mail, trust: Trust, reasons: list[str]) -> None:
    check = checked(mail, trust)
    assert check.level is IdentityLevel.L0
    assert list(check.reasons) == reasons


def test_a_known_but_unverified_writer_is_answered_at_the_stored_address_only() -> None:
    check = checked(a_read_mail(headers=(), reply_to=(Address("eva@evil.example"),)))
    assert (check.verified, check.answer_to) == (False, "Anna@Example.org")


def test_an_unknown_writer_is_answered_at_the_writing_address() -> None:
    check = checked(a_read_mail(Address("Ann@Other.example"), headers=vouched("other.example")))
    assert (check.contact, check.verified, check.answer_to) == (None, True, "ann@other.example")


@pytest.mark.parametrize("signal", list(Automatic))
@pytest.mark.parametrize("email", ["anna@example.org", "ann@other.example"])
def test_automatic_mail_and_our_own_is_never_answered(signal: Automatic, email: str) -> None:
    check = checked(a_read_mail(Address(email), automatic=(signal,)))
    assert check.answer_to == ""
    assert SenderReason.AUTOMATIC_MAIL in check.reasons


@pytest.mark.parametrize(
    "senders",
    [
        (Address(""),),
        (Address("anna@example.org"), Address("anna@example.org")),
        (Address("anna@example.org"), Address("eva@evil.example")),
        (Address("аnna@example.org"),),  # Cyrillic а
        (Address("anna@example.org, eva@evil.example"),),
        (Address("anna@example.org\r\nBcc: eva@evil.example"),),
    ],
)
def test_without_one_plain_address_nobody_is_known_or_answered(senders: tuple[Address, ...]) -> None:
    check = checked(a_read_mail(*senders))
    assert (check.address, check.contact, check.verified, check.answer_to) == ("", None, False, "")


addresses = st.emails() | st.sampled_from(["anna@example.org", "Anna@Example.org", "", "eva@evil.example"])


@given(addresses, st.lists(addresses, max_size=2), st.booleans(), st.text(max_size=20))
def test_an_answer_only_ever_goes_to_the_stored_or_the_writing_address(
    email: str, reply_to: list[str], is_vouched: bool, name: str
) -> None:
    check = checked(
        a_read_mail(
            Address(email, name),
            reply_to=tuple(Address(other) for other in reply_to),
            headers=vouched() if is_vouched else (),
        )
    )
    assert check.answer_to in {ANNA.email, normalise(email)}
    assert (check.level is IdentityLevel.L1) == (is_vouched and normalise(email) == "anna@example.org")


@pytest.mark.parametrize(
    ("mail", "warnings"),
    [
        (a_read_mail(), []),
        (a_read_mail(reply_to=(Address("ANNA@example.org"),)), []),
        (a_read_mail(reply_to=(Address("eva@evil.example"),)), [SenderWarning.REPLY_TO_DIFFERS]),
        (a_read_mail(reply_to=(Address(""),)), [SenderWarning.REPLY_TO_DIFFERS]),
        (
            a_read_mail(reply_to=(Address("anna@example.org"), Address("eva@evil.example"))),
            [SenderWarning.REPLY_TO_DIFFERS],
        ),
        (a_read_mail(Address("anna@example.org", "Anna (anna@example.org)")), []),
        (a_read_mail(Address("anna@example.org", "Anna @ werk")), [SenderWarning.OTHER_ADDRESS_IN_NAME]),
        (a_read_mail(Address("eva@evil.example", '"anna@example.org"')), [SenderWarning.OTHER_ADDRESS_IN_NAME]),
        (a_read_mail(Address("eva@evil.example", "anna＠example.org")), [SenderWarning.OTHER_ADDRESS_IN_NAME]),
        (a_read_mail(Address("anna@ехample.org")), [SenderWarning.LOOKALIKE]),  # Cyrillic ех
        (a_read_mail(Address("anna@xn--xample-9ve.org")), [SenderWarning.LOOKALIKE]),
        (a_read_mail(Address("xn--anna@example.org")), []),
    ],
)
def test_what_should_be_looked_at_twice_is_said(mail: Mail, warnings: list[SenderWarning]) -> None:
    assert list(checked(mail).warnings) == warnings


@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("anna@example.org", "anna@example.org"),
        ("  Anna.de-Vries+Shop@Mail.Example.ORG ", "anna.de-vries+shop@mail.example.org"),
        ("o'neill@example.org", "o'neill@example.org"),
        ("", ""),
        ("anna", ""),
        ("@example.org", ""),
        ("anna@", ""),
        ("anna@@example.org", ""),
        ("anna@exa mple.org", ""),
        ("anna@example.org\n", ""),
        ("anna\0@example.org", ""),
        ("anna@example.org,eva@evil.example", ""),
        ("<anna@example.org>", ""),
        ('"anna de vries"@example.org', ""),
        ("anna@[192.0.2.1]", ""),
        ("ann\u00e4@example.org", ""),
        ("\uff41nna@example.org", ""),  # fullwidth a folds to ASCII
        ("anna@example.\u212aom", ""),  # the Kelvin sign folds to k
        ("anna@\u212aelvin.example", ""),
        ("\U0001d41anna@example.org", ""),  # mathematical bold a
        ("a" * 250 + "@example.org", ""),
    ],
)
def test_addresses_are_compared_in_one_form_and_odd_ones_never_match(email: str, normal: str) -> None:
    assert normalise(email) == normal


@given(st.text(max_size=60) | st.emails())
def test_a_normal_address_is_plain_and_stays_as_it_is(email: str) -> None:
    normal = normalise(email)
    assert normalise(normal) == normal
    assert normal.isascii()
    assert normal == normal.lower()
    assert normal == "" or (normal.count("@") == 1 and not set(normal) & set(" ,;<>\r\n\t\0"))
