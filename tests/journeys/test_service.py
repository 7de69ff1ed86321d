"""`mailbot run`: the service reacts to the server's push, and ends on SIGTERM."""

import subprocess
import sys
import time
from collections.abc import Callable

from company import INFO, Company, a_letter

PATIENCE = 20.0  # seconds; it takes about one


def soon(condition: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_new_mail_and_an_approval_are_noticed_at_once_and_sigterm_ends_the_service(company: Company) -> None:
    company.the_configuration_changes("[digest]", "[service]\npoll_seconds = 3600\n\n[digest]")
    service = subprocess.Popen(
        [sys.executable, "-m", "mailbot", "run", "--config", str(company.config)], stderr=subprocess.PIPE, text=True
    )
    assert service.stderr is not None
    try:
        while "works for" not in service.stderr.readline():
            assert service.poll() is None
        with company.client() as client:
            assert soon(lambda: client.folder_exists("Privacy/Goedgekeurd"))
        time.sleep(1)  # the watchers log in beside the first pass
        raw = a_letter("Verwijder alsjeblieft al mijn gegevens uit jullie systeem.\n")
        company.imap.deliver(INFO, raw)
        assert soon(lambda: len(company.messages("Drafts")) == 1)
        company.the_person_moves("Drafts", "Privacy/Goedgekeurd")
        assert soon(lambda: len(company.sent) == 1)
    finally:
        service.terminate()
        code = service.wait(PATIENCE)
        service.stderr.close()
    assert code == 0


def test_two_hundred_mails_in_two_mailboxes_twice_are_the_same_as_once(company: Company) -> None:
    for number in range(100):
        asks = number % 10 == 0
        text = "Verwijder al mijn gegevens.\n" if asks else "Mag ik nog drie onderzetters bijbestellen?\n"
        for user in ("info@example.com", "daan@example.com"):
            writer = f"Klant <klant{number}.{user.partition('@')[0]}@example.net>"
            company.imap.deliver(user, a_letter(text, writer, number=number, to=user), received=company.now)
    assert company.mailbot_looks().intake.mails == 200
    register = company.workshop.settings.register_.path
    before = register.read_bytes(), company.messages(company.desk.drafts).keys()
    again = company.mailbot_looks()
    assert (again.intake.mails, again.drafts) == (0, 0)
    assert (register.read_bytes(), company.messages(company.desk.drafts).keys()) == before
    assert len(company.cases()) == 20
    for user in ("info@example.com", "daan@example.com"):
        with company.client(user) as client:
            client.select_folder("INBOX", readonly=True)
            assert not any(b"\\Seen" in flags for flags in client.get_flags(client.search()).values())
