"""No mail chooses who is written to: hostile mails by the thousand, by the million with one command.

    MAILBOT_CASES=1000000 .venv/bin/pytest -n0 -q -s tests/trust/test_addresses_never_chosen_by_a_mail.py -k volume

shows its figures at the end; MAILBOT_SEED=… draws others. Every mail goes the way of the program from its header block
to whom a letter would be planned for. Of each hundred, one goes further: its case, its letter and the frozen mail are
written out and taken apart again with the standard library. Of each two hundred, one is followed by a row of others
through the real use cases and a register.

What must hold for each, judged by the truth that stands beside the generated mail and not by the program:

- a letter goes to the address on file, or to the writing address, or nowhere; never to any other address of the mail;
- only the one whom our own server vouches for, writing from exactly that address, is taken for a person on file;
- a letter to anybody less holds no name, no stored address but its own, and no word of the mail;
- a stranger who quotes references, tokens and ids of sent mails never joins a case, and identifies nobody;
- automatic mail is answered nowhere.

Processors get no mail at all: the program has no letter for them.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import compat32
from email.utils import getaddresses
from random import Random
from typing import Final

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from letters import COMPANY as US
from letters import CONTEXT
from mails import a_mail
from read_mails import vouched
from trust.hostile_mails import CONTACTS, MARK, Drawn, Quotable, draw
from trust.small_office import MONDAY, TRUST, ZONE, SmallOffice, an_erasure, found, the_deadlines, the_reader, the_texts

from mailbot.adapters.contacts import AddressBook
from mailbot.core.cases import Actor, Case, DraftRecord, Event, EventKind, IdentityLevel, ReplyKind, WaitingFor
from mailbot.core.classifying import Classification
from mailbot.core.deciding import (
    JoinCase,
    NoteBounce,
    OpenCase,
    PassOver,
    decide,
    is_delivery_report,
    quoted_cases,
    same_request,
)
from mailbot.core.drafting import compose, draft_message, new_token
from mailbot.core.lifecycle import advance
from mailbot.core.mail import Mail
from mailbot.core.opening import Examined, open_case
from mailbot.core.outgoing import freeze
from mailbot.core.rights import Decision, FollowUp, Right, Topic
from mailbot.core.sender import Contact, SenderCheck, check_sender
from mailbot.core.turns import next_reply

CASES: Final = int(os.environ.get("MAILBOT_CASES", "4000"))
SEED: Final = int(os.environ.get("MAILBOT_SEED", "2026"))
WRITTEN_OUT: Final = 100  # one of so many
USED: Final = 200

BOOK: Final = AddressBook(CONTACTS)
TOPICS: Final = tuple(topic for topic in Topic if topic is not Topic.AUTHORITY)
SENT_ID: Final = "<sent@example.com>"


# --- the cases that mails quote ------------------------------------------------------------------------------------


def _a_case(number: int, sender: str, answer_to: str, identity: IdentityLevel, *kinds: EventKind) -> Case:
    reference = f"P-{'3479CDFH'[number]}KMNPQ"
    dates = the_deadlines(MONDAY)
    draft = DraftRecord(
        "d1", new_token(reference, f"{number:032x}", "example.com"), ReplyKind.ACKNOWLEDGEMENT, answer_to,
        message_id=new_token(reference, f"{number + 100:032x}", "example.com"),
    )  # fmt: skip
    case = Case(
        reference=reference, mailbox="info", language="nl", sender=sender, answer_to=answer_to,
        known=bool(answer_to), identity=identity, rights=(Right.ACCESS,), topics=(), received=MONDAY, zone=ZONE,
        policy_due=dates.policy_due, month_due=dates.month_due, binding=dates.binding, work_by=dates.work_by,
        extension_due=dates.extension_due, drafts=(draft,),
        waiting_for=WaitingFor.IDENTITY if EventKind.QUESTION_SENT in kinds else None,
    )  # fmt: skip
    for kind in (EventKind.RECOGNISED, *kinds):
        case = advance(case, Event(MONDAY, kind, Actor.BOT))
    return case


_L0, _L1 = IdentityLevel.L0, IdentityLevel.L1
_ASKED, _ANSWERED, _CLOSED = EventKind.QUESTION_SENT, EventKind.ANSWER_SENT, EventKind.CLOSED
OPEN_CASES: Final = (
    _a_case(0, "bob.bos@example.org", "bob.bos@example.org", _L1),
    _a_case(1, "bob.bos@example.org", "bob.bos@example.org", _L0, _ASKED),
    _a_case(2, "x@sub.example.org", "x@sub.example.org", _L0, _ASKED),
    _a_case(3, "anna@example.org", "Anna@Example.org", _L1, _ANSWERED),
    _a_case(4, "mallory@example.org", "mallory@example.org", _L0, _ASKED),
    _a_case(5, "", "", _L0),
    _a_case(6, "kim@kelvin.example", "kim@kelvin.example", _L1, _ANSWERED, _CLOSED),
    _a_case(7, "other@example.net", "o'neill@example.net", _L1),
)
BY_REFERENCE: Final = {case.reference: case for case in OPEN_CASES}
QUOTABLE: Final = Quotable(
    references=tuple(BY_REFERENCE),
    ids=tuple(known for case in OPEN_CASES for draft in case.drafts for known in (draft.token, draft.message_id)),
)


# --- what must hold ------------------------------------------------------------------------------------------------


def who_may_be_written_to(drawn: Drawn) -> set[str]:
    """The stored address of the writer when he is on file, else the writing address, else nobody."""
    contact = drawn.contact
    return {"", contact.email if contact else drawn.writer}


def require_true_sender(drawn: Drawn, mail: Mail, sender: SenderCheck) -> None:
    assert sender.address in {"", drawn.writer}
    assert sender.answer_to in who_may_be_written_to(drawn)
    assert not (mail.automatic and sender.answer_to)
    assert sender.contact in {None, drawn.contact}
    assert drawn.vouched or not sender.verified
    assert (sender.level is IdentityLevel.L0) or (drawn.vouched and drawn.contact is not None)
    assert sender.level in {IdentityLevel.L0, IdentityLevel.L1}


def require_no_stranger(drawn: Drawn, mail: Mail, intent: JoinCase) -> None:
    case = BY_REFERENCE[intent.reference]
    assert drawn.writer, "nobody joins"
    assert drawn.writer in {case.sender.lower(), case.answer_to.lower()}, "a stranger joins"
    assert not mail.automatic
    if intent.level > BY_REFERENCE[intent.reference].identity:
        assert drawn.vouched
        assert drawn.contact is not None
        assert drawn.contact.email == case.answer_to
        assert case.waiting_for


def require_nothing_personal(case: Case, recipient: str, written: bytes, mails: Sequence[Drawn]) -> None:
    """What was written goes to one address, and tells nobody but a verified person who he is and what he wrote.

    `mails` are those of the case.
    """
    parsed = message_from_bytes(written, policy=compat32)
    everybody = [value for name in ("To", "Cc", "Bcc", "Reply-To", "Resent-To") for value in parsed.get_all(name, [])]
    assert getaddresses(everybody) == [("", recipient)]
    assert getaddresses(parsed.get_all("From", [])) == [(US.name, US.email)]
    payload = parsed.get_payload(decode=True)
    assert isinstance(payload, bytes)
    text = payload.decode("utf-8")
    proved = [drawn for drawn in mails if drawn.vouched and drawn.contact and case.identity is not IdentityLevel.L0]
    for contact in CONTACTS:
        if contact not in [drawn.contact for drawn in proved]:
            assert not contact.name or contact.name not in text
            assert contact.email.lower() not in text.lower()
    assert set(re.findall(f"{MARK}[a-z]*", text)) <= {drawn.mark for drawn in proved}
    assert MARK not in str(parsed["Subject"]) + str(parsed["From"])


# --- the way of one mail -------------------------------------------------------------------------------------------


def walk(random: Random, figures: Counter[str], *, written_out: bool) -> None:
    """One mail from its header block to the letters that it leads to."""
    drawn = draw(random, QUOTABLE)
    mail = the_reader().read(drawn.source)
    sender = check_sender(mail, BOOK.lookup, TRUST, BOOK.resembled)
    require_true_sender(drawn, mail, sender)
    matching = quoted_cases(mail, OPEN_CASES)
    classified = _classified(random)
    figures["mails"] += 1
    figures["on file and vouched for"] += sender.level is IdentityLevel.L1
    figures["automatic"] += bool(mail.automatic)
    figures["quote a case"] += bool(matching)
    figures["quote a case of somebody else"] += any(not _is_person_of(drawn, case) for case in matching)
    matching = (*matching, *same_request(OPEN_CASES, classified, sender))
    follow_up = random.choice(tuple(FollowUp))
    for intent in decide(mail, classified, sender, matching, follow_up):
        match intent:
            case JoinCase():
                figures["join a case"] += 1
                figures["identify a person"] += intent.level > BY_REFERENCE[intent.reference].identity
                require_no_stranger(drawn, mail, intent)
            case NoteBounce():
                figures["note a mail that came back"] += 1
                assert is_delivery_report(mail)
                assert BY_REFERENCE[intent.reference] in matching
            case OpenCase():
                figures["open a case"] += 1
                assert intent.answer_to in who_may_be_written_to(drawn)
                opened = _opened(intent, mail, classified, sender)
                _letters_of(opened, drawn, mail, figures, written_out=written_out)
            case PassOver():
                figures["are passed over"] += 1


def _is_person_of(drawn: Drawn, case: Case) -> bool:
    return bool(drawn.writer) and drawn.writer in {case.sender.lower(), case.answer_to.lower()}


def _classified(random: Random) -> Classification:
    decision = random.choice((Decision.REQUEST, Decision.REQUEST, Decision.REQUEST, Decision.UNCLEAR, Decision.NONE))
    rights = tuple(dict.fromkeys(random.choices(tuple(Right), k=random.randrange(3))))
    topics = tuple(dict.fromkeys(random.choices(TOPICS, k=random.random() < 0.2)))
    return Classification(decision, rights, topics, random.choice(("nl", "en", "de", "fr", "")), 1.0, ())


def _opened(intent: OpenCase, mail: Mail, classified: Classification, sender: SenderCheck) -> Case:
    return open_case(
        intent, Examined(mail, classified, sender, "info"), the_deadlines(MONDAY), reference="P-RTVWXY",
        language=classified.language or "nl", zone=ZONE, by=Actor.BOT, now=MONDAY,
    )  # fmt: skip


def _letters_of(case: Case, drawn: Drawn, mail: Mail, figures: Counter[str], *, written_out: bool) -> None:
    """Every letter that this case can come to, also when a person says that it is a request after all."""
    if case.events[-1].kind is EventKind.DOUBTED:
        case = advance(case, Event(MONDAY, EventKind.CONFIRMED, Actor.PERSON))
    reply = next_reply(case, MONDAY.date())
    assert (reply is None) or case.answer_to, "a letter without an address"
    assert case.answer_to in who_may_be_written_to(drawn)
    if reply is None:
        return
    figures["letters planned"] += 1
    if case.identity is IdentityLevel.L0 and any(right in case.rights for right in (Right.ACCESS, Right.ERASURE)):
        assert reply is ReplyKind.IDENTITY, "nobody unidentified gets more than a question"
    if written_out:
        for kind in (reply, ReplyKind.ANSWER):
            figures["letters written out"] += 1
            _write_out(case, kind, drawn, mail)


def _write_out(case: Case, reply: ReplyKind, drawn: Drawn, mail: Mail) -> None:
    contact = BOOK.lookup(case.sender)
    context = replace(CONTEXT, salutation=contact.name if contact else "", quote=mail.new_text)
    token = new_token(case.reference, "ab" * 16, "example.com")
    draft = draft_message(
        compose(case, reply, context, the_texts()), reference=case.reference, sender=US, recipient=case.answer_to,
        token=token, in_reply_to=mail.message_id, references=mail.references,
        message_id=SENT_ID, date=MONDAY,
    )  # fmt: skip
    sent = freeze(draft, sender=US, recipient=case.answer_to, message_id=SENT_ID, date=MONDAY)
    for written in (draft, sent):
        require_nothing_personal(case, case.answer_to, written, [drawn])


_ERASURE: Final = (Decision.REQUEST, Right.ERASURE)
_NOTHING: Final = (Decision.NONE,)


def use(random: Random, figures: Counter[str]) -> None:
    """A person, forgers and strangers write in turn; letters go out in between. Real use cases, register in memory."""
    office = SmallOffice(CONTACTS, lambda *_: found(*_ERASURE if len(office.cases) < 2 else _NOTHING))
    about = random.sample(CONTACTS, 1)
    mails: dict[str, list[Drawn]] = {}
    known = QUOTABLE
    for _ in range(12):
        # A report is noted on the case that it quotes, whoever sent it: test_automatic shows what it can never do
        drawn = draw(random, known, about=about, reports=False)
        office.now += timedelta(minutes=1)
        office.shelf.sources.append(replace(drawn.source, received=office.now))
        before = {case.reference: len(case.mails) for case in office.cases}
        office.takes_in()
        for case in office.cases:
            if case.reference not in before:
                mails[case.reference] = [drawn]
                assert case.answer_to in who_may_be_written_to(drawn)
            elif len(case.mails) > before[case.reference]:
                figures["mails that joined in use"] += 1
                assert _is_person_of(drawn, case), "a stranger joins"
                mails[case.reference].append(drawn)
            if case.answer_to and (reply := next_reply(case, office.office.today)):
                figures["letters in use"] += 1
                plan, raw = office.letter(case, reply)
                require_nothing_personal(case, plan.recipient, raw, mails[case.reference])
                if random.random() < 0.5:
                    office.sends(case, reply)
        sent = [draft.token for case in office.cases for draft in case.drafts]
        known = Quotable([case.reference for case in office.cases] or QUOTABLE.references, sent or QUOTABLE.ids)


def run(cases: int, seed: int) -> Counter[str]:
    """So many mails; the figures of what they came to."""
    random, figures = Random(seed), Counter[str]()  # noqa: S311 - the same mails in every run
    for number in range(cases):
        walk(random, figures, written_out=number % WRITTEN_OUT == 0)
        if number % USED == 0:
            use(random, figures)
    return figures


# --- tests ---------------------------------------------------------------------------------------------------------


def test_a_volume_of_hostile_mails_is_never_answered_where_it_says() -> None:
    figures = run(CASES, SEED)
    if "MAILBOT_CASES" in os.environ:
        sys.stdout.write("\n" + "\n".join(f"{count:>9,}  {what}" for what, count in figures.items()) + "\n")
    assert figures["mails"] == CASES
    for what in (
        "on file and vouched for", "automatic", "quote a case of somebody else", "join a case", "identify a person",
        "note a mail that came back", "open a case", "letters planned", "letters written out", "letters in use",
        "mails that joined in use",
    ):  # fmt: skip
        assert figures[what] >= CASES // 4000, f"too few that {what}: the generator proves nothing"


@settings(max_examples=200)
@given(st.randoms(use_true_random=False))
def test_no_mail_chooses_who_is_written_to(random: Random) -> None:
    walk(random, Counter(), written_out=True)


@settings(max_examples=20, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # shrinking a row takes minutes
@given(st.randoms(use_true_random=False))
def test_no_row_of_mails_chooses_who_is_written_to(random: Random) -> None:
    use(random, Counter())


@pytest.mark.parametrize(
    "stored",
    ["anna@example.org", "Anna@Example.org"],
)
def test_the_person_on_file_is_identified_by_a_verified_answer_however_the_address_was_stored(stored: str) -> None:
    office = SmallOffice([Contact(stored, "Anna")], an_erasure)
    office.takes_in(a_mail(text="Verwijder mij.\n"))
    question = office.sends(office.case, ReplyKind.IDENTITY)
    assert question.recipient == stored
    answer = {**dict(vouched()), "References": question.token}
    office.takes_in(a_mail(text="Ja, dat was ik.\n", message_id="<2@example.org>", headers=answer))
    assert office.case.identity is IdentityLevel.L2
