"""What the privacy contact does in his mail client, and what the bot makes of it."""

import email
import email.policy
from email.message import EmailMessage

from company import DAAN, Company

from mailbot.core.cases import EventKind, ReplyKind, Resolution
from mailbot.core.lifecycle import status_of
from mailbot.core.reading import split
from mailbot.core.rights import Right
from mailbot.service import commands

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"


def a_draft_lies_ready(company: Company) -> EmailMessage:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    (draft,) = company.messages(company.desk.drafts).values()
    return draft


def test_the_folders_are_created_and_subscribed(company: Company) -> None:
    company.mailbot_looks()
    with company.client() as client:
        subscribed = {name for _, _, name in client.list_sub_folders()}
    assert subscribed.issuperset(company.desk.own)


def test_approving_with_the_command_sends_exactly_one_mail(company: Company) -> None:
    a_draft_lies_ready(company)
    reference = company.the_case().reference
    with company.office("approve") as office:
        commands.approve(office, reference.lower())
    company.mailbot_looks()
    assert len(company.sent) == 1


def test_a_draft_sent_from_the_persons_own_client_is_recognised_and_never_sent_again(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    del draft["Message-ID"]
    draft["Message-ID"] = "<thunderbird-made-this@example.com>"
    with company.client() as client:  # Thunderbird: sent by SMTP, copied to Sent, the draft expunged
        client.append(company.desk.sent, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Seen"])
        client.select_folder(company.desk.drafts)
        client.delete_messages(client.search())
        client.expunge()
    company.mailbot_looks()
    case = company.the_case()
    assert case.has(EventKind.ACKNOWLEDGEMENT_SENT)
    assert not case.has(EventKind.APPROVED)
    assert company.sent == []
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.ANSWER


def test_a_draft_that_was_sent_by_hand_and_then_approved_is_not_sent_twice(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    with company.client() as client:
        client.append(company.desk.sent, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Seen"])
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.sent == []
    assert company.the_case().has(EventKind.ACKNOWLEDGEMENT_SENT)


def test_a_changed_recipient_is_held_back_with_the_reason_on_top(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    replace_draft(company, draft, To="someone.else@example.net")
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.sent == []
    (held,) = company.messages(company.desk.held).values()
    assert held.get_content().startswith("[[")
    assert company.the_status() == "review"
    assert company.messages(company.desk.approved) == {}
    assert company.messages(company.desk.sending) == {}


def test_a_carbon_copy_is_held_back(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    draft["Cc"] = "boss@example.com"
    replace_draft(company, draft)
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.sent == []


def replace_draft(company: Company, draft: EmailMessage, **changed: str) -> None:
    for name, value in changed.items():
        del draft[name]
        draft[name] = value
    with company.client() as client:
        client.select_folder(company.desk.drafts)
        client.delete_messages(client.search())
        client.expunge()
        client.append(company.desk.drafts, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Draft"])


def test_placeholders_are_held_back_and_the_mended_draft_is_sent_without_the_reason(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    text = draft.get_content()
    company.the_person_edits_the_draft(text, text + "\n[[hier nog iets invullen]]\n")
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.sent == []
    company.the_person_edits_the_draft("[[hier nog iets invullen]]", "Alles is duidelijk.", company.desk.held)
    company.the_person_moves(company.desk.held, company.desk.approved)
    company.mailbot_looks()
    (sent,) = company.sent
    body = email.message_from_bytes(sent.content, policy=email.policy.default).get_content()
    assert "Alles is duidelijk." in body
    assert "[[" not in body


def test_a_mail_without_a_token_in_the_approved_folder_is_returned_and_never_sent(company: Company) -> None:
    a_draft_lies_ready(company)
    stray = EmailMessage()
    stray["From"] = "Werkplaats Voorbeeld <daan@example.com>"
    stray["To"] = "anna@example.org"
    stray["Subject"] = "zelf geschreven"
    stray.set_content("Dit is geen concept van de bot.\n")
    with company.client() as client:
        client.append(company.desk.approved, stray.as_bytes(policy=email.policy.SMTP))
    company.mailbot_looks()
    assert company.sent == []
    (held,) = company.messages(company.desk.held).values()
    assert held.get_content().startswith("[[")


def test_somebody_elses_mail_in_the_approved_folder_is_put_aside_unchanged(company: Company) -> None:
    raw = company.a_mail_arrives("Wanneer is mijn bordje klaar?\n", to=DAAN)
    company.mailbot_looks()
    company.the_person_moves("INBOX", company.desk.approved)
    company.mailbot_looks()
    assert company.sent == []
    (held,) = company.messages(company.desk.held).values()
    assert held.get_content().strip() == "Wanneer is mijn bordje klaar?"
    assert held["Message-ID"] in raw.decode()


def test_a_customers_reply_in_the_approved_folder_is_never_sent_changed_or_deleted(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    raw = company.a_mail_arrives("Nog een vraag hierover.\n", to=DAAN, headers={"References": draft["References"]})
    company.the_person_moves("INBOX", company.desk.approved)
    for _ in range(2):
        company.mailbot_looks()
    assert company.sent == []
    (put_aside,) = company.messages(company.desk.held).values()
    assert put_aside["Message-ID"] in raw.decode()
    assert company.the_case().draft is not None
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert len(company.sent) == 1
    assert len(company.messages(company.desk.held)) == 1


def test_a_letter_thrown_away_and_sent_after_all_leaves_the_next_draft_ready(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    company.the_person_moves(company.desk.drafts, company.desk.trash)
    company.mailbot_looks()
    company.time_passes(minutes=11)
    company.mailbot_looks()
    with company.client() as client:  # the composer was still open (mail-facts, Thunderbird)
        client.append(company.desk.sent, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Seen"])
    company.mailbot_looks()
    case = company.the_case()
    assert case.has(EventKind.ACKNOWLEDGEMENT_SENT)
    assert company.the_status() == "review"
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.ANSWER


def test_a_reply_by_hand_in_the_thread_is_noted_and_changes_nothing(company: Company) -> None:
    a_draft_lies_ready(company)
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    before = company.the_case()
    note = EmailMessage()
    note["From"] = DAAN
    note["To"] = "anna@example.org"
    note["Subject"] = "Re: Uw privacyverzoek"
    note["Message-ID"] = "<by-hand@example.com>"
    note["References"] = f"<letter-1@example.org> {before.drafts[0].token}"
    note.set_content("Ik bel u morgen even.\n")
    with company.client() as client:
        client.append(company.desk.sent, note.as_bytes(policy=email.policy.SMTP), flags=["\\Seen"])
    company.mailbot_looks()
    after = company.the_case()
    assert after.has(EventKind.PERSON_WROTE)
    assert after.drafts == before.drafts
    assert company.the_status() == "review"


def test_our_own_digest_in_the_inbox_is_no_request(company: Company) -> None:
    a_draft_lies_ready(company)
    assert len(company.digests) == 1
    company.imap.deliver(DAAN, company.digests[0].content, received=company.now)
    report = company.mailbot_looks()
    assert report.intake.mails == 1
    assert len(company.cases()) == 1


def test_two_versions_of_one_draft_are_parked_and_not_sent(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    with company.client() as client:
        client.append(company.desk.approved, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Draft"])
    company.the_draft_is_approved_by_moving()
    company.mailbot_looks()
    assert company.sent == []
    assert len(company.messages(company.desk.held)) == 2


def test_a_leftover_of_a_copying_client_is_cleared_after_sending(company: Company) -> None:
    draft = a_draft_lies_ready(company)
    with company.client() as client:  # neomutt: copied now, deleted at its next sync
        client.append(company.desk.approved, draft.as_bytes(policy=email.policy.SMTP), flags=["\\Draft"])
    company.mailbot_looks()
    assert len(company.sent) == 1
    left = [message["Subject"] for message in company.messages(company.desk.drafts).values()]
    assert len(left) == 1  # the next draft, not the old one
    company.mailbot_looks()
    assert len(company.sent) == 1


def an_unclear_mail_lies_before_the_person(company: Company) -> None:
    company.requests_are_doubted()
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    assert company.the_status() == "triage"
    assert len(company.messages(company.desk.unclear)) == 1


def test_an_unclear_mail_is_copied_for_a_person_and_stays_where_it_was(company: Company) -> None:
    an_unclear_mail_lies_before_the_person(company)
    company.mailbot_looks()
    assert len(company.messages(company.desk.unclear)) == 1
    assert len(company.messages("INBOX", "info@example.com")) == 1
    assert company.messages(company.desk.drafts) == {}


def test_moving_an_unclear_mail_to_a_right_opens_the_case(company: Company) -> None:
    an_unclear_mail_lies_before_the_person(company)
    folder = next(folder for folder, right in company.desk.rights.items() if right is Right.ERASURE)
    company.the_person_moves(company.desk.unclear, folder)
    company.mailbot_looks()
    assert company.the_case().rights == (Right.ERASURE,)
    assert company.the_status() == "review"


def test_moving_an_unclear_mail_to_no_request_closes_and_remembers(company: Company) -> None:
    an_unclear_mail_lies_before_the_person(company)
    company.the_person_moves(company.desk.unclear, company.desk.no)
    company.mailbot_looks()
    assert company.cases() == ()  # closed, so archived
    with company.office() as office:
        (closed,) = office.register.archived_cases()
    assert closed.resolution is Resolution.NOT_A_REQUEST
    assert status_of(closed).value == "closed"


def test_any_mail_that_the_person_calls_a_request_becomes_one(company: Company) -> None:
    company.a_mail_arrives("Hoi Daan, zie mijn vraag van gisteren aan de telefoon.\n", to=DAAN)
    company.mailbot_looks()
    assert company.cases() == ()
    folder = next(folder for folder, right in company.desk.rights.items() if right is Right.ACCESS)
    company.the_person_moves("INBOX", folder)
    company.mailbot_looks()
    assert company.the_case().rights == (Right.ACCESS,)
    assert company.the_status() == "review"


NOTICE = (
    "Beste klant, wij passen onze voorwaarden aan. Wilt u uw account sluiten of uw gegevens laten verwijderen, laat "
    "het ons dan weten via de knop hieronder. U hoeft verder niets te doen. Team Materialen\n"
)


def test_what_the_person_decides_about_a_mail_is_remembered_without_its_text_and_can_be_undone(
    company: Company,
) -> None:
    company.a_mail_arrives(NOTICE, to=DAAN)
    company.mailbot_looks()
    company.the_person_moves("INBOX", company.desk.no)
    company.mailbot_looks()
    with company.office() as office:
        (lesson,) = office.register.lessons()
        assert (lesson.mailbox, lesson.is_request, lesson.rights) == ("daan", False, ())
        assert 0 < len(lesson.signs) <= 60
        assert "voorwaarden aan wilt u uw" not in " ".join(lesson.signs)
        assert office.register.forget_lesson(lesson.id.lower())
        office.register.commit()
    with company.office() as office:
        assert office.register.lessons() == ()


def test_a_decision_by_command_teaches_the_same_as_one_by_moving(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    reference = company.the_case().reference
    with company.office() as office:
        commands.assign_rights(office, reference, (Right.OBJECTION,))
        (lesson,) = office.register.lessons()
        assert (lesson.is_request, lesson.rights) == (True, (Right.OBJECTION,))
        commands.close(office, reference, Resolution.NOT_A_REQUEST, "")
        (lesson,) = office.register.lessons()  # about the very same mail, so the later decision counts
        assert (lesson.is_request, lesson.rights) == (False, ())


def test_a_mail_like_one_that_was_no_request_counts_for_less_the_next_time_and_in_that_mailbox_only(
    company: Company,
) -> None:
    raw = company.a_mail_arrives(ERASURE, to=DAAN)
    company.mailbot_looks()
    company.the_person_moves("INBOX", company.desk.no)
    company.mailbot_looks()
    with company.office() as office:
        mail = office.read(split(raw, company.now))
        untaught, taught = (office.classify(mail, office.lessons_of(mailbox)) for mailbox in ("info", "daan"))
        (lesson,) = office.register.lessons()
    heard = [{one.rule: one.weight for one in found.evidence} for found in (untaught, taught)]
    assert f"desk/{lesson.id}" in heard[1]
    assert heard[1]["learned/request"] < heard[0]["learned/request"]
