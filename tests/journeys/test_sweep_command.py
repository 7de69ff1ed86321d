"""What slipped past the bot is found at night or by command, and nothing is changed by looking."""

import email.policy
import json
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from company import ANNA, Company, a_letter, mailbot

from mailbot.core.cases import Resolution
from mailbot.core.errors import NeedsPerson
from mailbot.service import commands
from mailbot.service import sweeping as sweeping_service
from mailbot.service.sweeping import Missed, Swept

ERASURE = "Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n"
ORDER = "Kunnen jullie volgende week nog twee borden snijden? Wat kost dat?\n"
JAN = "Jan Jansen <jan@example.net>"
INFO = "info@example.com"


def sweep(company: Company, days: int = 60) -> Swept:
    with company.office("sweep") as office:
        return sweeping_service.sweep(office, days)


def missed(company: Company) -> dict[str, str]:
    with company.office() as office:
        return office.register.notes("missed:")


def a_mail_in_spam(company: Company, text: str = ERASURE, number: int = 90, *, at: datetime | None = None) -> None:
    """Another client, or the server, moved it there before the bot looked."""
    raw = a_letter(text, JAN, "vraag", number=number)
    company.imap.deliver(INFO, raw, folder="Junk", received=at or company.now)


def flags(company: Company, folder: str) -> list[tuple[bytes, ...]]:
    with company.client(INFO) as client:
        client.select_folder(folder, readonly=True)
        return [data[b"FLAGS"] for data in client.fetch(client.search(), ["FLAGS"]).values()]


def in_sent(company: Company, to: str, *, user: str = "daan@example.com", references: str = "") -> None:
    """The person wrote this himself, without a draft of the bot."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Werkplaats <{user}>", to, "Re: vraag"
    message["Message-ID"] = f"<by-hand-{to.count('a')}@example.com>"
    message["Date"] = format_datetime(company.now)
    if references:
        message["References"] = references
    message.set_content("Beste Anna, het is gedaan.\n")
    raw = message.as_bytes(policy=email.policy.SMTP)
    company.imap.deliver(user, raw, folder="Sent", received=company.now)


# --- missed ---------------------------------------------------------------------------------------------------------


def test_a_request_that_was_moved_while_the_bot_was_down_is_found_at_night(company: Company) -> None:
    company.mailbot_looks()
    a_mail_in_spam(company)
    company.time_passes(hours=12)
    company.mailbot_looks()
    assert missed(company) == {}, "it is swept at night"
    company.time_passes(hours=12)
    company.mailbot_looks()
    ((key, _),) = missed(company).items()
    assert key.startswith("missed:info:Junk:")
    assert b"info/Junk  1 mail, 2 november 2026" in company.digests[-1].content.replace(b"=20", b" ")
    assert company.cases() == ()
    assert flags(company, "Junk") == [()] or all(b"\\Seen" not in one for one in flags(company, "Junk"))


def test_the_bot_that_first_runs_sweeps_what_its_look_back_does_not_reach(company: Company) -> None:
    company.time_passes(days=45)
    raw = a_letter(ERASURE, JAN, "vraag", number=91)
    long_ago = company.now
    company.imap.deliver(INFO, raw, received=long_ago)
    company.time_passes(days=45)
    company.mailbot_looks()
    assert company.cases() == ()
    assert [one.folder for one in sweep(company).missed] == ["INBOX"]


def test_a_missed_mail_that_is_moved_to_the_inbox_becomes_a_case_and_is_missed_no_more(company: Company) -> None:
    company.mailbot_looks()
    a_mail_in_spam(company)
    assert len(sweep(company).missed) == 1
    with company.client(INFO) as client:
        client.select_folder("Junk")
        client.move(client.search(), "INBOX")
    company.mailbot_looks()
    assert company.the_case().sender == "jan@example.net"
    assert sweep(company).missed == ()
    assert missed(company) == {}


def test_a_missed_mail_that_is_moved_to_the_folder_for_requests_becomes_a_case(company: Company) -> None:
    company.mailbot_looks()
    company.imap.deliver("daan@example.com", a_letter(ERASURE, JAN, number=92), folder="Junk", received=company.now)
    assert [one.mailbox for one in sweep(company).missed] == ["daan"]
    company.the_person_moves("Junk", company.desk.yes)
    company.mailbot_looks()
    assert company.the_case().sender == "jan@example.net"
    assert sweep(company).missed == ()


def test_what_the_person_said_is_no_request_never_comes_back(company: Company) -> None:
    company.requests_are_doubted()
    company.a_mail_arrives(ERASURE, JAN)
    company.mailbot_looks()
    company.the_person_moves(company.desk.unclear, company.desk.no)
    company.mailbot_looks()
    assert sweep(company).missed == ()
    company.days_pass(3)
    assert missed(company) == {}


def test_ordinary_mail_handled_requests_and_our_own_lists_are_not_missed(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.a_mail_arrives(ORDER, JAN)
    a_mail_in_spam(company, ORDER)
    company.mailbot_looks()
    for digest in company.digests:
        company.imap.deliver("daan@example.com", digest.content, received=company.now)
    company.mailbot_looks()
    assert sweep(company) == Swept(mails=4, missed=(), by_hand=())


def test_a_mail_that_the_next_pass_reads_is_left_to_it(company: Company) -> None:
    company.mailbot_looks()
    company.a_mail_arrives(ERASURE)
    assert sweep(company).missed == ()
    company.mailbot_looks()
    assert len(company.cases()) == 1


def test_an_answer_to_our_question_in_the_spam_folder_is_missed_too(company: Company) -> None:
    company.a_mail_arrives(ERASURE, JAN)
    company.mailbot_looks()
    reference = company.the_case().reference
    a_mail_in_spam(company, ORDER)
    assert sweep(company).missed == ()
    raw = a_letter("Ordernummer 20261102.\n", JAN, f"Re: vraag [{reference}]", number=93)
    company.imap.deliver(INFO, raw, folder="Junk", received=company.now)
    assert len(sweep(company).missed) == 1


def test_a_mail_of_an_erased_person_that_still_lies_there_is_not_missed(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.the_letter_is_finished_and_sent()
    company.the_letter_is_finished_and_sent()
    reference = company.the_request().reference
    with company.office() as office:
        commands.close(office, reference, Resolution.FULFILLED, "")
    company.days_pass(1)
    with company.office() as office:
        assert office.register.row(reference) is not None
    assert sweep(company).missed == ()


def test_a_folder_that_was_numbered_anew_is_swept_again(company_on_dovecot: Company) -> None:
    company = company_on_dovecot
    company.mailbot_looks()
    a_mail_in_spam(company)
    assert len(sweep(company).missed) == 1
    company.connections.close()
    company.imap.lose_uids(INFO, "Junk")  # type: ignore[attr-defined]
    assert len(sweep(company).missed) == 1
    assert len(missed(company)) == 1


def test_a_night_reads_only_what_is_new_and_a_command_everything(company: Company) -> None:
    for number in range(5):
        a_mail_in_spam(company, number=50 + number)
    company.mailbot_looks()
    assert len(missed(company)) == 5
    with company.office() as office:
        sweeper = sweeping_service.Sweeper(office)
        for watched in office.watched.values():
            sweeper.sweep_mailbox(watched)
        assert sweeper.mails == 5, "what was missed is looked at again, nothing else"
    assert sweep(company).mails >= 5
    assert len(missed(company)) == 5


def test_a_short_sweep_by_command_does_not_stand_in_for_the_night(company: Company) -> None:
    company.mailbot_looks()
    a_mail_in_spam(company)
    company.time_passes(days=10)
    a_mail_in_spam(company, ORDER, number=91)
    assert sweep(company, days=2).missed == ()
    company.mailbot_looks()
    assert len(missed(company)) == 1


def test_a_long_sweep_goes_on_in_the_next_pass(company: Company) -> None:
    for number in range(6):
        a_mail_in_spam(company, number=50 + number)
    company.mailbot_looks()
    with company.office() as office:
        office.register.set_note("sweep:settled", None)
        for key in office.register.notes("swept:") | office.register.notes("missed:"):
            office.register.set_note(key, None)
        found = []
        for _ in range(2):
            sweeper = sweeping_service.Sweeper(office, left=4)
            for watched in office.watched.values():
                sweeper.sweep_mailbox(watched)
            sweeper.finish()
            found.append((len(office.register.notes("missed:")), office.register.note("sweep:settled") is not None))
    assert found == [(4, False), (6, True)]


# --- answered by hand -----------------------------------------------------------------------------------------------


def test_an_answer_by_hand_is_shown_until_the_case_is_closed(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    reference = company.the_case().reference
    company.time_passes(hours=1)
    in_sent(company, ANNA)
    company.time_passes(days=1)
    company.mailbot_looks()
    assert f"- {reference}  1 mail, 2 november 2026".encode() in company.digests[-1].content.replace(b"=20", b" ")
    with company.office() as office:
        commands.close(office, reference, Resolution.FULFILLED, "by hand")
    assert sweep(company).by_hand == ()


def test_a_letter_of_the_bot_is_no_answer_by_hand(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.time_passes(hours=1)
    company.the_letter_is_finished_and_sent()
    in_sent(company, "somebody@example.net")
    assert sweep(company).by_hand == ()


def test_an_answer_from_the_other_mailbox_counts_as_well(company: Company) -> None:
    company.a_mail_arrives(ERASURE)
    company.mailbot_looks()
    company.time_passes(hours=1)
    in_sent(company, ANNA, user=INFO)
    assert sweep(company).by_hand == (company.the_case().reference,)


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_lists_what_was_missed_and_ends_with_one(company: Company) -> None:
    company.mailbot_looks()
    a_mail_in_spam(company)
    result = mailbot(company, "sweep", "--days", "3650", expect=NeedsPerson)
    assert "info/Junk  received 2026-11-02" in result.stdout
    assert "jan" not in result.stdout.lower()
    told = json.loads(mailbot(company, "sweep", "--days", "3650", "--json", expect=NeedsPerson).stdout)
    assert told["missed"] == [{"mailbox": "info", "folder": "Junk", "received": "2026-11-02"}]


def test_the_command_is_fine_when_nothing_was_missed(company: Company) -> None:
    company.mailbot_looks()
    assert mailbot(company, "sweep").stdout.endswith("missed: 0; answered by hand: 0\n")


def test_looking_twice_finds_the_same(company: Company) -> None:
    company.mailbot_looks()
    a_mail_in_spam(company)
    assert sweep(company).missed == sweep(company).missed == (Missed("info", "Junk", company.now.date()),)
