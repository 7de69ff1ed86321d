"""Every kind of request (legal-facts.md § 7), each from the customer's mail to the closed case, over real servers."""

import email
import email.policy

from company import ANNA, Company

from mailbot.core.cases import EventKind, IdentityLevel, ReplyKind, Resolution, Status, WaitingFor
from mailbot.core.lifecycle import status_of
from mailbot.core.rights import Circumstance, Right, Topic
from mailbot.service import commands

JAN = "Jan Jansen <jan@example.net>"  # not in the customer list
PROCESSOR = "Pakketdienst Voorbeeld <privacy@parcels.example.net>"


def a_request(company: Company, text: str, sender: str | None = None, *, verified: bool = True) -> None:
    if sender:
        company.a_mail_arrives(text, sender, verified=verified)
    else:
        company.a_mail_arrives(text, verified=verified)
    company.mailbot_looks()


def acknowledged(company: Company, text: str, sender: str | None = None) -> None:
    """A request that came in and was acknowledged."""
    a_request(company, text, sender)
    company.the_letter_is_finished_and_sent()


def a_mail_follows(company: Company, text: str, sender: str | None = None, *, verified: bool = True) -> None:
    """The person answers the last mail that he got."""
    last = email.message_from_bytes(company.sent[-1].content, policy=email.policy.default)
    headers = {"In-Reply-To": str(last["Message-ID"]), "References": f"{last['References']} {last['Message-ID']}"}
    company.a_mail_arrives(text, sender or ANNA, f"Re: {last['Subject']}", headers=headers, verified=verified)
    company.mailbot_looks()


def sent_to(company: Company) -> list[str]:
    return [mail.recipients[0] for mail in company.sent]


def closed_as(company: Company) -> Resolution | None:
    case = company.the_request()
    return case.resolution if status_of(case) is Status.CLOSED else None


# --- access, rectification, erasure, restriction, portability -------------------------------------------------------


def test_access_is_searched_for_in_every_system_and_answered_with_a_copy(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    assert {task.system for task in company.the_request().tasks} == {"winkel", "boekhouding"}
    company.the_tasks_are_done()
    assert company.the_request().open_tasks == ()
    text = company.the_letter_is_finished_and_sent()
    assert "Pakketdienst Voorbeeld" in text
    assert "Autoriteit Persoonsgegevens" in text
    assert sent_to(company) == ["anna@example.org"] * 2
    company.days_pass(14)
    assert closed_as(company) is Resolution.FULFILLED


def test_a_correction_is_made_told_and_confirmed_to_the_address_on_file(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Mijn achternaam staat verkeerd in jullie administratie, willen jullie die corrigeren?\n")
    assert company.the_request().rights == (Right.RECTIFICATION,)
    company.the_tasks_are_done()
    notice = company.the_notice()
    assert "aanpassen" in company.the_letter(notice.reference) or "corrigeren" in company.the_letter(notice.reference)
    company.the_letter_is_finished_and_sent(notice.reference)
    company.the_letter_is_finished_and_sent()
    assert sent_to(company) == ["anna@example.org", "privacy@parcels.example.net", "anna@example.org"]


def test_a_new_address_is_confirmed_to_the_old_one(company: Company) -> None:
    acknowledged(company, "Mijn e-mailadres klopt niet meer in jullie administratie, maak er anna@example.net van.\n")
    company.the_letter_is_finished_and_sent(keep="anna@example.net")
    assert sent_to(company) == ["anna@example.org"] * 2


def test_erasure_is_executed_notified_confirmed_and_only_then_answered(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.the_letter_is_finished_and_sent()
    assert len(company.sent) == 1, "the answer says that it was done, and it is not"
    company.the_tasks_are_done()
    notice = company.the_notice()
    assert notice.parent == company.the_request().reference
    company.the_letter_is_finished_and_sent(notice.reference)
    a_mail_follows(company, "Wij hebben de gegevens verwijderd.\n", PROCESSOR)
    assert company.messages(company.desk.tasks)
    company.the_tasks_are_done()
    assert status_of(company.the_notice()) is Status.CLOSED
    company.the_person_moves(company.desk.held, company.desk.approved)
    company.mailbot_looks()
    assert sent_to(company)[-1] == "anna@example.org"
    assert company.the_status_of_the_request() == "answered"


def test_leaving_is_erasure_unless_only_the_account_was_meant(company: Company) -> None:
    a_request(company, "Ik wil geen klant meer bij jullie zijn. Sluit mijn account maar.\n")
    assert company.the_request().rights == (Right.ERASURE,)
    assert Circumstance.LEAVING in company.the_request().circumstances
    company.the_letter_is_finished_and_sent()
    a_mail_follows(company, "Ik bedoelde alleen mijn account sluiten, mijn gegevens mogen blijven.\n")
    assert company.the_request().has(EventKind.NARROWED)
    assert "account" in company.the_letter()


def test_a_restriction_holds_at_once_and_until_the_person_lifts_it(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Ik wil dat jullie de verwerking van mijn gegevens beperken (artikel 18 AVG).\n")
    assert company.the_request().hold_since is not None
    company.the_tasks_are_done()
    company.the_letter_is_finished_and_sent()
    company.days_pass(20)
    assert company.the_status_of_the_request() == "answered"
    company.another_letter(ReplyKind.LIFTED)
    company.the_letter_is_finished_and_sent()
    assert company.the_request().hold_since is None


def test_portability_is_answered_with_a_file(company: Company) -> None:
    acknowledged(company, "Ik wil mijn gegevens meenemen in een machineleesbaar bestand (dataportabiliteit).\n")
    assert company.the_request().rights == (Right.PORTABILITY,)
    assert "CSV of JSON" in company.the_letter()


# --- objection, consent, automated decisions ------------------------------------------------------------------------


def test_an_objection_stops_the_use_on_intake(company: Company) -> None:
    company.systems_are_configured()
    a_request(company, "Ik maak bezwaar tegen het gebruik van mijn persoonsgegevens voor analyses van mijn bezoek.\n")
    case = company.the_request()
    assert case.rights == (Right.OBJECTION,)
    assert case.hold_since is not None
    assert company.messages(company.desk.tasks)
    assert "2 november 2026" in company.the_letter()


def test_a_marketing_stop_is_granted_at_once_whoever_asks(company: Company) -> None:
    a_request(company, "Ik wil geen reclame meer van jullie. Haal mij van de mailinglijst.\n", JAN)
    case = company.the_request()
    assert Circumstance.MARKETING in case.circumstances
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.ANSWER
    company.the_letter_is_finished_and_sent()
    assert sent_to(company) == ["jan@example.net"]


def test_consent_can_always_be_withdrawn_for_the_writing_address(company: Company) -> None:
    acknowledged(company, "Ik trek mijn toestemming in voor het gebruik van mijn foto op jullie site.\n")
    assert company.the_request().rights == (Right.CONSENT_WITHDRAWAL,)
    company.the_letter_is_finished_and_sent()
    assert company.the_status_of_the_request() == "answered"


def test_an_automated_decision_is_explained(company: Company) -> None:
    acknowledged(company, "Is mijn bestelling door een computer afgewezen? Ik wil dat een mens ernaar kijkt.\n")
    assert company.the_request().rights == (Right.AUTOMATED_DECISION,)
    company.the_letter_is_finished_and_sent()
    assert company.the_status_of_the_request() == "answered"


# --- who asks -------------------------------------------------------------------------------------------------------


def test_a_child_of_twelve_may_ask_itself(company: Company) -> None:
    a_request(company, "Hoi, ik ben 13 jaar en ik wil dat jullie al mijn gegevens verwijderen.\n")
    case = company.the_request()
    assert Topic.MINOR in case.topics
    assert Circumstance.AGED_12_TO_15 in case.circumstances


def test_a_parent_asks_for_a_young_child(company: Company) -> None:
    a_request(company, "Mijn zoon van 9 heeft een account gemaakt. Verwijder zijn gegevens alstublieft.\n")
    case = company.the_request()
    assert Topic.MINOR in case.topics
    assert Circumstance.UNDER_12 in case.circumstances


def test_a_representative_shows_a_mandate_first_and_gets_no_data(company: Company) -> None:
    a_request(company, "Namens mijn cliënt, mevrouw De Vries, verzoek ik u om inzage in haar persoonsgegevens.\n", JAN)
    assert Circumstance.REPRESENTATIVE in company.the_request().circumstances
    text = company.the_letter_is_finished_and_sent()
    assert "machtiging" in text.lower()
    assert company.the_request().waiting_for is WaitingFor.MANDATE


def test_a_requester_service_is_a_representative(company: Company) -> None:
    a_request(company, "Hereby I request erasure of all personal data of our user under article 17 GDPR.\n",
              "Mine <requests@saymine.com>")  # fmt: skip
    case = company.the_request()
    assert Circumstance.SERVICE in case.circumstances
    assert case.draft is not None
    assert case.draft.reply is ReplyKind.MANDATE


def test_an_authority_gets_no_letter_and_people_are_told_at_once(company: Company) -> None:
    company.systems_are_configured()
    a_request(company, "Politie Den Haag. Wij vorderen op grond van artikel 126nd Sv de gegevens van een klant.\n", JAN)
    (case,) = company.cases()
    assert Topic.AUTHORITY in case.topics
    assert company.messages(company.desk.drafts) == {}
    assert {mail.recipients[0] for mail in company.alarms} == {"daan@example.com", "eigenaar@example.com"}


def test_for_the_dead_there_is_courtesy_and_no_data(company: Company) -> None:
    a_request(company, "Mijn moeder is overleden. Wilt u haar gegevens verwijderen en haar account sluiten?\n")
    assert Circumstance.DECEASED in company.the_request().circumstances
    assert "gecondoleerd" in company.the_letter().lower() or "verlies" in company.the_letter().lower()
    assert company.the_request().tasks == ()


def test_an_employee_gets_a_receipt_and_people_go_on(company: Company) -> None:
    a_request(company, "Ik heb bij jullie gewerkt en wil graag inzage in mijn personeelsdossier.\n")
    assert Circumstance.EMPLOYEE in company.the_request().circumstances
    company.the_letter_is_finished_and_sent()
    assert company.messages(company.desk.drafts) == {}


def test_an_unknown_sender_hears_nothing_about_anybody(company: Company) -> None:
    a_request(company, "Graag ontvang ik een kopie van alle gegevens die jullie over mij hebben.\n", JAN)
    text = company.the_letter()
    assert "geen gegevens gevonden" in text
    assert "anna" not in text.lower()


def test_an_unverified_mail_is_asked_about_at_the_address_on_file(company: Company) -> None:
    a_request(company, "Verwijder al mijn gegevens.\n", verified=False)
    company.the_letter_is_finished_and_sent()
    assert company.the_request().waiting_for is WaitingFor.IDENTITY
    a_mail_follows(company, "Ja, dat was ik.\n")
    assert company.the_request().identity is IdentityLevel.L2


def test_whoever_did_not_ask_is_not_taken_at_his_word_for_it(company: Company) -> None:
    a_request(company, "Verwijder al mijn gegevens.\n", verified=False)
    company.the_letter_is_finished_and_sent()
    a_mail_follows(company, "Nee, dat was ik niet!\n")
    case = company.the_request()
    assert case.identity is IdentityLevel.L0
    assert case.has(EventKind.DENIED)
    assert company.messages(company.desk.drafts) == {}


# --- what is asked --------------------------------------------------------------------------------------------------


def test_a_complaint_is_acknowledged_and_answered(company: Company) -> None:
    acknowledged(company, "Ik heb een klacht over hoe jullie met mijn privacy omgaan. Dit is in strijd met de AVG.\n")
    assert Topic.COMPLAINT in company.the_request().topics
    assert "Autoriteit Persoonsgegevens" in company.the_letter()


def test_a_claim_for_damages_gets_a_receipt_and_an_alarm(company: Company) -> None:
    company.systems_are_configured()
    a_request(
        company,
        "Ik eis schadevergoeding, want u heeft de AVG geschonden met mijn persoonsgegevens.\n",
    )
    assert Circumstance.CLAIM in company.the_request().circumstances
    assert len(company.alarms) == 2
    company.the_letter_is_finished_and_sent()
    assert company.messages(company.desk.drafts) == {}


def test_a_question_about_the_policy_is_answered_without_identity(company: Company) -> None:
    a_request(company, "Waar vind ik jullie privacyverklaring?\n", JAN)
    company.the_letter_is_finished_and_sent()
    assert company.the_status_of_the_request() == "answered"


def test_several_rights_are_carried_out_in_order(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Stuur mij een kopie van al mijn gegevens. Verwijder daarna al mijn gegevens.\n")
    assert company.the_request().rights == (Right.ACCESS, Right.ERASURE) or set(company.the_request().rights) == {
        Right.ACCESS,
        Right.ERASURE,
    }
    assert {task.right for task in company.the_request().tasks} == {Right.ACCESS}
    company.the_tasks_are_done()
    assert {task.right for task in company.the_request().open_tasks} == {Right.ERASURE}
    letter = company.the_letter()
    assert letter.index("INZAGE") < letter.index("VERWIJDERING")


def test_a_reminder_keeps_the_clock_and_is_more_urgent(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    due = company.the_request().due
    company.time_passes(days=10)
    a_request(
        company,
        "Ik vroeg al eerder om een kopie van mijn gegevens. Nog steeds geen antwoord.\n",
    )
    case = company.the_request()
    assert case.has(EventKind.REMINDED)
    assert case.due == due


def test_a_vague_mail_is_asked_what_it_means(company: Company) -> None:
    company.a_mail_arrives("Ik beroep mij op mijn rechten onder de AVG.\n")
    company.mailbot_looks()
    if status_of(company.the_request()) is Status.TRIAGE:
        company.the_person_moves(company.desk.unclear, company.desk.yes)
        company.mailbot_looks()
    assert "[ ]" in company.the_letter()


def test_an_answer_by_post_needs_more_identity(company: Company) -> None:
    a_request(company, "Ik wil inzage in mijn persoonsgegevens. Stuur de kopie per post naar mijn huisadres.\n")
    assert Circumstance.OTHER_CHANNEL in company.the_request().circumstances
    assert "post" in company.the_letter()


def test_a_breach_has_its_own_clock_and_alarm(company: Company) -> None:
    company.systems_are_configured()
    a_request(company, "In jullie mail staan alle klanten in de cc, ik zie hun adressen. Dit is een datalek.\n")
    case = company.the_request()
    assert Topic.BREACH in case.topics
    assert case.breach_due is not None
    assert len(company.alarms) == 2
    assert all(b"anna" not in mail.content for mail in company.alarms)
    company.mailbot_looks()
    assert len(company.alarms) == 2


def test_ordinary_mail_is_nothing(company: Company) -> None:
    company.a_mail_arrives("Mag ik nog drie onderzetters van eikenhout bijbestellen?\n")
    company.mailbot_looks()
    assert company.cases() == ()


# --- how it goes on -------------------------------------------------------------------------------------------------


def test_a_request_that_is_taken_back_is_confirmed_and_closed(company: Company) -> None:
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    a_mail_follows(company, "Laat maar, ik trek mijn verzoek in.\n")
    company.the_letter_is_finished_and_sent()
    company.days_pass(14)
    assert closed_as(company) is Resolution.WITHDRAWN


def test_thanks_change_nothing(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    company.the_letter_is_finished_and_sent()
    a_mail_follows(company, "Bedankt!\n")
    company.days_pass(14)
    assert closed_as(company) is Resolution.FULFILLED


def test_a_question_after_the_answer_keeps_the_case_open(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    company.the_letter_is_finished_and_sent()
    a_mail_follows(company, "Ik mis mijn bestelling van maart nog, hoe zit dat?\n")
    company.days_pass(20)
    assert company.the_status_of_the_request() == "answered"


def test_a_new_request_after_the_answer_is_a_new_case(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    company.the_letter_is_finished_and_sent()
    company.time_passes(days=3)
    a_mail_follows(company, "Dank. Verwijder nu alsjeblieft al mijn gegevens uit jullie systeem.\n")
    first, second = company.cases()
    assert (first.rights, second.rights) == ((Right.ACCESS,), (Right.ERASURE,))
    assert second.due > first.due


def test_only_the_newsletter_was_meant(company: Company) -> None:
    acknowledged(company, "Verwijder mij alsjeblieft overal uit jullie systeem.\n")
    a_mail_follows(company, "Ik bedoelde alleen de nieuwsbrief.\n")
    case = company.the_request()
    assert case.rights == (Right.OBJECTION,)
    assert Circumstance.MARKETING in case.circumstances


def test_a_repeat_from_the_known_address_makes_a_doubtful_case_sure(company: Company) -> None:
    a_request(company, "Verwijder al mijn gegevens.\n", verified=False)
    a_request(company, "Verwijder al mijn gegevens.\n")
    case = company.the_request()
    assert case.identity is IdentityLevel.L1
    assert len(case.mails) == 2


def test_a_forged_repeat_never_joins_the_sure_case(company: Company) -> None:
    a_request(company, "Verwijder al mijn gegevens.\n")
    a_request(company, "Verwijder al mijn gegevens.\n", verified=False)
    assert len(company.cases()) == 2


# --- outcomes, clock, and silence -----------------------------------------------------------------------------------


def test_a_refusal_has_reasons_complaint_and_court(company: Company) -> None:
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.another_letter_is_chosen("refused")
    text = company.the_letter_is_finished_and_sent()
    for part in ("De reden:", "Autoriteit Persoonsgegevens", "rechtbank"):
        assert part in text
    company.days_pass(14)
    assert closed_as(company) is Resolution.REFUSED


def test_a_refusal_after_the_term_needs_the_persons_explicit_word(company: Company) -> None:
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.another_letter_is_chosen("refused")
    company.time_passes(days=31)
    company.the_letter_is_finished_and_sent()
    assert len(company.sent) == 1
    company.the_person_moves(company.desk.held, company.desk.approved)
    company.mailbot_looks()
    assert len(company.sent) == 2


def test_an_extension_moves_the_date_when_the_notice_went_out_in_time(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    company.another_letter_is_chosen("extension")
    before = company.the_request()
    assert before.due == before.binding
    company.the_letter_is_finished_and_sent()
    after = company.the_request()
    assert after.due == after.extension_due
    assert company.the_letter()


def test_an_extension_after_the_term_is_held_back(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    company.another_letter_is_chosen("extension")
    company.time_passes(days=31)
    company.the_letter_is_finished_and_sent()
    assert len(company.sent) == 1
    assert company.the_request().extended is None


def test_nothing_found_is_an_answer_and_no_refusal(company: Company) -> None:
    acknowledged(company, "Ik wil graag een kopie van alle gegevens die jullie van mij hebben.\n")
    company.another_letter_is_chosen("no_data")
    company.the_letter_is_finished_and_sent()
    company.days_pass(14)
    assert closed_as(company) is Resolution.NO_DATA


def test_who_never_answers_is_reminded_and_then_answered_in_time(company: Company) -> None:
    a_request(company, "Ik wil graag een kopie van al mijn gegevens.\n", JAN)
    company.the_letter_is_finished_and_sent()
    company.days_pass(14)
    company.the_letter_is_finished_and_sent()
    company.days_pass(11)
    company.the_letter_is_finished_and_sent()
    assert company.the_status_of_the_request() == "answered"
    assert company.now.date() <= company.the_request().due
    company.days_pass(14)
    assert closed_as(company) is Resolution.UNIDENTIFIED


def test_a_processor_that_is_silent_is_chased_twice(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.the_tasks_are_done()
    notice = company.the_notice().reference
    company.the_letter_is_finished_and_sent(notice)
    for days in (7, 7):
        company.days_pass(days)
        company.the_letter_is_finished_and_sent(notice)
    company.days_pass(7)
    assert status_of(company.the_case_of(notice)) is Status.CLOSED
    assert sent_to(company).count("privacy@parcels.example.net") == 3


def test_a_notice_that_is_thrown_away_was_not_needed(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.the_tasks_are_done()
    notice = company.the_notice().reference
    (uid,) = company.drafts_of(notice)
    with company.client() as client:
        client.select_folder(company.desk.drafts)
        client.delete_messages([uid])
        client.expunge([uid])
    company.mailbot_looks()
    company.time_passes(minutes=11)
    company.mailbot_looks()
    company.mailbot_looks()
    assert company.the_case_of(notice).resolution is Resolution.NO_DATA


def test_a_request_that_is_taken_back_leaves_no_task_on_the_desk(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    assert len(company.messages(company.desk.tasks)) == 2
    a_mail_follows(company, "Laat maar, ik trek mijn verzoek in.\n")
    assert company.messages(company.desk.tasks) == {}
    company.the_letter_is_finished_and_sent()
    company.days_pass(14)
    assert closed_as(company) is Resolution.WITHDRAWN


def test_a_case_that_the_person_closes_leaves_no_task_on_the_desk(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    reference = company.the_request().reference
    with company.office("close") as office:
        commands.close(office, reference, Resolution.FULFILLED, "phone")
    company.mailbot_looks()
    assert company.messages(company.desk.tasks) == {}
    assert company.the_case_of(reference).open_tasks == ()


def test_a_notice_moved_to_a_letter_for_persons_comes_back_and_is_not_lost(company: Company) -> None:
    company.systems_are_configured()
    acknowledged(company, "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
    company.the_tasks_are_done()
    notice = company.the_notice().reference
    company.another_letter_is_chosen("partly", notice)
    company.time_passes(minutes=11)
    company.mailbot_looks()
    assert company.drafts_of(notice)
    assert status_of(company.the_case_of(notice)) is Status.REVIEW
