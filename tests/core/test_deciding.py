"""What follows from a mail: a table of situations and the intent for each."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mailbot.core.cases import (
    Actor,
    Case,
    DraftRecord,
    DraftState,
    Event,
    EventKind,
    IdentityLevel,
    ReplyKind,
    WaitingFor,
)
from mailbot.core.classifying import Classification
from mailbot.core.deciding import JoinCase, NoteBounce, OpenCase, PassOver, decide, next_reply, quoted_cases
from mailbot.core.lifecycle import advance
from mailbot.core.mail import Address, Automatic, Mail
from mailbot.core.rights import Decision, Right, Topic
from mailbot.core.sender import Contact, SenderCheck

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOKEN = "<P-7K3Q9X.0123456789abcdef0123456789abcdef@example.com>"
ANNA = SenderCheck("anna@example.org", Contact("anna@example.org"), True, IdentityLevel.L1, "anna@example.org", ())
EVE = SenderCheck("eve@example.net", None, True, IdentityLevel.L0, "eve@example.net", ())


def a_mail(**facts: object) -> Mail:
    mail = Mail(
        received=NOW,
        fingerprint="f",
        message_id="<m@example.org>",
        sender=Address("anna@example.org"),
        senders=(Address("anna@example.org"),),
        recipients=(),
        subject="vraag",
        new_text="",
        quoted_text="",
    )
    return replace(mail, **facts)  # type: ignore[arg-type]


def found(decision: Decision, *rights: Right, topics: tuple[Topic, ...] = ()) -> Classification:
    return Classification(decision, rights, topics, "nl", 1.0, ())


def a_case(*happened: EventKind, rights: tuple[Right, ...] = (Right.ACCESS,), **facts: object) -> Case:
    day = date(2026, 12, 2)
    case = Case(
        reference="P-7K3Q9X", mailbox="info", language="nl", sender="anna@example.org", answer_to="anna@example.org",
        known=True, identity=IdentityLevel.L1, rights=rights, topics=(), received=NOW, zone="Europe/Amsterdam",
        policy_due=day, month_due=day, binding=day, work_by=day, extension_due=day,
    )  # fmt: skip
    case = replace(case, **facts)  # type: ignore[arg-type]
    for kind in (EventKind.RECOGNISED, *happened):
        case = advance(case, Event(NOW, kind, Actor.BOT))
    return case


def with_letter(case: Case, reply: ReplyKind, state: DraftState) -> Case:
    return case.with_draft(DraftRecord("d1", TOKEN, reply, case.answer_to, state=state))


def test_a_request_opens_a_case() -> None:
    intents = decide(a_mail(), found(Decision.REQUEST, Right.ACCESS), ANNA, ())
    assert intents == (OpenCase(EventKind.RECOGNISED, (Right.ACCESS,), (), "anna@example.org"),)


def test_a_doubtful_mail_is_put_before_a_person() -> None:
    (intent,) = decide(a_mail(), found(Decision.UNCLEAR), ANNA, ())
    assert isinstance(intent, OpenCase)
    assert intent.kind is EventKind.DOUBTED


def test_ordinary_mail_is_passed_over() -> None:
    assert decide(a_mail(), found(Decision.NONE), ANNA, ()) == (PassOver(),)


def test_the_person_of_a_case_joins_it_whatever_he_writes() -> None:
    case = a_case()
    assert decide(a_mail(), found(Decision.NONE), ANNA, (case,)) == (JoinCase("P-7K3Q9X", identified=False),)


@pytest.mark.parametrize("decision", list(Decision))
def test_a_stranger_never_joins_a_case_that_he_quotes(decision: Decision) -> None:
    for intent in decide(a_mail(), found(decision, Right.ACCESS), EVE, (a_case(),)):
        assert not isinstance(intent, JoinCase)


def test_nobody_joins_without_an_address() -> None:
    nobody = replace(ANNA, address="", answer_to="")
    for intent in decide(a_mail(), found(Decision.REQUEST), nobody, (a_case(sender=""),)):
        assert not isinstance(intent, JoinCase)


@pytest.mark.parametrize(
    ("verified", "on_file", "identified"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_only_a_verified_reply_from_the_address_on_file_identifies(
    verified: bool, on_file: bool, identified: bool
) -> None:
    waiting = a_case(EventKind.QUESTION_SENT, waiting_for=WaitingFor.IDENTITY, identity=IdentityLevel.L0)
    sender = replace(ANNA, verified=verified, contact=ANNA.contact if on_file else None)
    assert decide(a_mail(), found(Decision.NONE), sender, (waiting,)) == (JoinCase("P-7K3Q9X", identified),)


@pytest.mark.parametrize("signal", list(Automatic))
@pytest.mark.parametrize("decision", list(Decision))
def test_automatic_mail_is_never_answered(signal: Automatic, decision: Decision) -> None:
    for intent in decide(a_mail(automatic=(signal,)), found(decision, Right.ACCESS), ANNA, ()):
        assert not isinstance(intent, OpenCase) or intent.answer_to == ""


def test_what_looks_like_a_request_in_automatic_mail_goes_to_a_person() -> None:
    (intent,) = decide(a_mail(automatic=(Automatic.ROBOT_SENDER,)), found(Decision.REQUEST, Right.ERASURE), ANNA, ())
    assert isinstance(intent, OpenCase)
    assert intent.kind is EventKind.DOUBTED


def test_a_delivery_report_about_our_mail_is_noted_on_its_case() -> None:
    report = a_mail(automatic=(Automatic.REPORT,), new_text="Subject: Uw privacyverzoek [P-7K3Q9X]")
    matching = quoted_cases(report, [a_case()])
    assert decide(report, found(Decision.NONE), EVE, matching) == (NoteBounce("P-7K3Q9X"),)


def test_a_returned_mail_of_ours_leads_to_its_case() -> None:
    report = a_mail(automatic=(Automatic.REPORT,), returned=(TOKEN,))
    case = with_letter(a_case(), ReplyKind.ACKNOWLEDGEMENT, DraftState.SENT)
    assert decide(report, found(Decision.NONE), EVE, quoted_cases(report, [case])) == (NoteBounce("P-7K3Q9X"),)


def test_an_out_of_office_reply_changes_nothing() -> None:
    away = a_mail(automatic=(Automatic.AUTO_SUBMITTED,), references=(TOKEN,))
    assert decide(away, found(Decision.NONE), ANNA, (a_case(),)) == (PassOver(),)


@pytest.mark.parametrize(
    "facts",
    [{"references": ("<x@y>", TOKEN)}, {"in_reply_to": (TOKEN,)}, {"subject": "Re: Uw privacyverzoek [P-7K3Q9X]"}],
)
def test_a_case_is_quoted_by_token_or_tag(facts: dict[str, object]) -> None:
    case = with_letter(a_case(), ReplyKind.ACKNOWLEDGEMENT, DraftState.SENT)
    assert quoted_cases(a_mail(**facts), [case]) == (case,)


@pytest.mark.parametrize(
    "facts",
    [{"references": (TOKEN.replace("0123", "9123"),)}, {"subject": "P-7K3Q9X"}, {"subject": "[P-7K3Q9XX]"},
     {"new_text": "[P-7K3Q9X]"}],
)  # fmt: skip
def test_what_only_resembles_a_token_or_tag_quotes_nothing(facts: dict[str, object]) -> None:
    case = with_letter(a_case(), ReplyKind.ACKNOWLEDGEMENT, DraftState.SENT)
    assert quoted_cases(a_mail(**facts), [case]) == ()


A, I, C, R = ReplyKind.ACKNOWLEDGEMENT, ReplyKind.IDENTITY, ReplyKind.CLARIFICATION, ReplyKind.ANSWER  # noqa: E741


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (a_case(), A),
        (a_case(identity=IdentityLevel.L0), I),
        (a_case(rights=(Right.OBJECTION,), identity=IdentityLevel.L0), A),
        (a_case(rights=(Right.CONSENT_WITHDRAWAL,), identity=IdentityLevel.L0), A),
        (a_case(rights=(Right.OBJECTION, Right.ERASURE), identity=IdentityLevel.L0), I),
        (a_case(rights=()), C),
        (a_case(rights=(), topics=(Topic.PRIVACY_QUESTION,)), R),
        (a_case(rights=(), topics=(Topic.COMPLAINT,)), A),
        (a_case(rights=(), topics=(Topic.BREACH,)), A),
        (a_case(topics=(Topic.AUTHORITY,)), None),
        (a_case(answer_to=""), None),
        (with_letter(a_case(), A, DraftState.SENT), R),
        (with_letter(a_case(), A, DraftState.DISCARDED), R),
        (with_letter(a_case(), A, DraftState.LAID), None),
        (with_letter(a_case(), A, DraftState.UNCERTAIN), None),
        (with_letter(a_case(rights=(), topics=(Topic.BREACH,)), A, DraftState.SENT), None),
        (with_letter(a_case(), R, DraftState.DISCARDED), A),
        (with_letter(a_case(identity=IdentityLevel.L0), I, DraftState.SENT), None),
        (with_letter(a_case(identity=IdentityLevel.L2), I, DraftState.SENT), R),
        (with_letter(a_case(rights=()), C, DraftState.SENT), None),
        (a_case(EventKind.QUESTION_SENT), None),
        (a_case(EventKind.ANSWER_SENT), None),
        (a_case(EventKind.CLOSED), None),
    ],
)
def test_which_letter_is_next(case: Case, expected: ReplyKind | None) -> None:
    assert next_reply(case) is expected
