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
from mailbot.core.deciding import JoinCase, NoteBounce, OpenCase, PassOver, decide, quoted_cases, same_request
from mailbot.core.lifecycle import advance
from mailbot.core.mail import Address, Automatic, Mail
from mailbot.core.rights import Decision, FollowUp, Right, Topic
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


WAITING = a_case(EventKind.QUESTION_SENT, waiting_for=WaitingFor.IDENTITY, identity=IdentityLevel.L0)


def joined(
    case: Case,
    classification: Classification = found(Decision.NONE),  # noqa: B008 - a frozen value
    *,
    mail: Mail | None = None,
    sender: SenderCheck = ANNA,
    follow_up: FollowUp = FollowUp.MESSAGE,
) -> JoinCase:
    (intent,) = decide(mail or a_mail(), classification, sender, (case,), follow_up)
    assert isinstance(intent, JoinCase)
    return intent


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
    assert decide(a_mail(), found(Decision.NONE), ANNA, (case,)) == (JoinCase("P-7K3Q9X", IdentityLevel.L1),)


@pytest.mark.parametrize("decision", list(Decision))
def test_a_stranger_never_joins_a_case_that_he_quotes(decision: Decision) -> None:
    for intent in decide(a_mail(), found(decision, Right.ACCESS), EVE, (a_case(),)):
        assert not isinstance(intent, JoinCase)


def test_nobody_joins_without_an_address() -> None:
    nobody = replace(ANNA, address="", answer_to="")
    for intent in decide(a_mail(), found(Decision.REQUEST), nobody, (a_case(sender=""),)):
        assert not isinstance(intent, JoinCase)


@pytest.mark.parametrize(
    ("verified", "on_file", "level"),
    [(True, True, IdentityLevel.L2), (False, True, IdentityLevel.L0), (True, False, IdentityLevel.L0)],
)
def test_only_a_verified_reply_from_the_address_on_file_identifies(
    verified: bool, on_file: bool, level: IdentityLevel
) -> None:
    sender = replace(ANNA, verified=verified, contact=ANNA.contact if on_file else None)
    assert joined(WAITING, sender=sender).level is level


def test_whoever_says_that_it_was_not_him_confirms_nothing() -> None:
    assert joined(WAITING, follow_up=FollowUp.DENIAL).level is IdentityLevel.L0


def test_whoever_asks_back_has_confirmed_nothing_yet() -> None:
    assert joined(WAITING, mail=a_mail(new_text="Wat is dit?")).level is IdentityLevel.L0


def test_a_verified_mail_that_asks_for_the_same_makes_the_case_sure() -> None:
    doubtful = a_case(identity=IdentityLevel.L0)
    assert joined(doubtful, found(Decision.REQUEST, Right.ACCESS)).level is IdentityLevel.L1
    assert joined(doubtful, found(Decision.REQUEST, Right.ERASURE)).level is IdentityLevel.L0


# --- further mails in a thread --------------------------------------------------------------------------------------


def test_a_further_wish_is_added_to_the_case() -> None:
    intent = joined(a_case(), found(Decision.REQUEST, Right.ACCESS, Right.ERASURE))
    assert intent.added == (Right.ERASURE,)
    assert intent.is_reminder


@pytest.mark.parametrize("answered", [EventKind.ANSWER_SENT, EventKind.CLOSED])
def test_another_wish_after_the_answer_is_a_request_of_its_own(answered: EventKind) -> None:
    (intent,) = decide(a_mail(), found(Decision.REQUEST, Right.ERASURE), ANNA, (a_case(answered),))
    assert intent == OpenCase(EventKind.RECOGNISED, (Right.ERASURE,), (), "anna@example.org", "after P-7K3Q9X")


def test_the_same_wish_after_the_answer_is_about_that_answer() -> None:
    assert not joined(a_case(EventKind.ANSWER_SENT), found(Decision.REQUEST, Right.ACCESS)).is_reminder


def test_what_nobody_vouches_for_never_changes_a_sure_case() -> None:
    forged = replace(ANNA, verified=False, level=IdentityLevel.L0)
    for follow_up in (FollowUp.WITHDRAWAL, FollowUp.ACCOUNT_ONLY, FollowUp.MARKETING_ONLY):
        assert joined(a_case(), sender=forged, follow_up=follow_up).follow_up is FollowUp.MESSAGE
    (intent,) = decide(a_mail(), found(Decision.REQUEST, Right.ERASURE), forged, (a_case(),))
    assert isinstance(intent, OpenCase)


def test_a_denial_counts_whoever_vouches_for_it() -> None:
    forged = replace(ANNA, verified=False, level=IdentityLevel.L0)
    assert joined(a_case(), sender=forged, follow_up=FollowUp.DENIAL).follow_up is FollowUp.DENIAL


def test_a_processor_answers_its_notice_and_changes_nothing() -> None:
    notice = a_case(addressee="Host", parent="P-3K7Q9X")
    intent = joined(notice, found(Decision.REQUEST, Right.ERASURE))
    assert (intent.added, intent.is_reminder) == ((), False)


ACCESS = found(Decision.REQUEST, Right.ACCESS)


def test_asking_again_is_no_second_request() -> None:
    assert same_request([a_case()], ACCESS, ANNA) == (a_case(),)
    assert joined(a_case(), ACCESS).is_reminder


@pytest.mark.parametrize(
    "case",
    [
        a_case(rights=(Right.ACCESS, Right.ERASURE)),
        a_case(sender="jan@example.org"),
        a_case(EventKind.ANSWER_SENT),
        a_case(EventKind.CLOSED),
        a_case(topics=(Topic.MINOR,)),
        a_case(addressee="Host"),
        a_case(identity=IdentityLevel.L2),
    ],
)
def test_another_request_is_no_repeat(case: Case) -> None:
    assert same_request([case], ACCESS, ANNA) == ()


def test_a_repeat_joins_only_what_is_no_surer_than_itself() -> None:
    forged = replace(ANNA, verified=False, level=IdentityLevel.L0)
    assert same_request([a_case()], ACCESS, forged) == ()
    assert same_request([a_case(identity=IdentityLevel.L0)], ACCESS, forged)


def test_a_requester_tool_is_known_by_its_own_reference() -> None:
    case = a_case(rights=(Right.ACCESS, Right.ERASURE), external_reference="A-12")
    assert same_request([case], replace(ACCESS, external_reference="A-12"), ANNA) == (case,)
    assert same_request([case], replace(ACCESS, external_reference="A-13"), ANNA) == ()


# --- mail of machines -----------------------------------------------------------------------------------------------


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


OLD_BOUNCE = a_mail(
    automatic=(Automatic.NULL_RETURN_PATH, Automatic.ROBOT_SENDER),
    sender=Address("MAILER-DAEMON@mx.example.net"),
    new_text=f"Hi. I wasn't able to deliver your message.\n\nMessage-ID: {TOKEN}",
)


def test_a_bounce_of_the_old_kind_is_noted_too() -> None:
    case = with_letter(a_case(), ReplyKind.ACKNOWLEDGEMENT, DraftState.SENT)
    assert decide(OLD_BOUNCE, found(Decision.NONE), EVE, quoted_cases(OLD_BOUNCE, [case])) == (NoteBounce("P-7K3Q9X"),)


@pytest.mark.parametrize(
    "facts", [{"automatic": (Automatic.ROBOT_SENDER,)}, {"sender": Address("desk@example.net")}, {"new_text": "Sorry."}]
)
def test_what_only_resembles_a_bounce_is_none(facts: dict[str, object]) -> None:
    mail = replace(OLD_BOUNCE, **facts)  # type: ignore[arg-type]
    case = with_letter(a_case(), ReplyKind.ACKNOWLEDGEMENT, DraftState.SENT)
    assert decide(mail, found(Decision.NONE), EVE, quoted_cases(mail, [case])) == (PassOver(),)


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
