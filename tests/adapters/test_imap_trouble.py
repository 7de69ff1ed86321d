"""Wrong passwords, servers that are down, die or fall silent: one line that says what to do, and nothing done twice."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from adapters.imap_accounts import INFO, a_person, account_of, the_bot
from adapters.scripted_imap import Relay, Script, ScriptedImap, Wire
from mails import a_mail
from servers import USERS, Dovecot, ImapServer, require_dovecot

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.imap.connection import Connection
from mailbot.core.errors import ConfigurationError, FolderRefused, LoginRefused, MailboxError
from mailbot.core.folders import Checkpoint

LONG_AGO = date(2000, 1, 1)
ONE_MAIL = '* 1 FETCH (UID 1 INTERNALDATE "02-Nov-2026 09:30:00 +0000" RFC822.SIZE 20 {structure})\r\n'
PLAIN = 'BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 5 1)'


def as_usual(wire: Wire) -> None:
    wire.for_ever()


def dies_at(command: str) -> Script:
    def play(wire: Wire) -> None:
        wire.until(command)

    return play


def says_bye_at(command: str) -> Script:
    def play(wire: Wire) -> None:
        wire.until(command)
        wire.say("* BYE shutting down\r\n")

    return play


def silent_in_a_literal(wire: Wire) -> None:
    wire.until("UID FETCH")
    wire.say("* 1 FETCH (UID 1 BODY[HEADER]<0> {100}\r\nSubject:")
    wire.for_ever()


def in_two_pieces(wire: Wire) -> None:
    tag = wire.until("UID SEARCH")
    wire.say("* SEA")
    threading.Event().wait(0.05)
    wire.say(f"RCH 1\r\n{tag} OK do")
    threading.Event().wait(0.05)
    wire.say("ne\r\n")
    wire.for_ever()


# Logging in


def test_a_wrong_password_is_told_in_one_line(imap_server: ImapServer) -> None:
    with the_bot(imap_server, password=lambda: "not it") as mailbox, pytest.raises(LoginRefused) as caught:
        mailbox.new_messages("INBOX", None, LONG_AGO)
    assert str(caught.value).startswith(f"mailbox info (127.0.0.1:{imap_server.imap_port}): user or password refused")
    assert "not it" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_with_odd_letters_logs_in() -> None:
    require_dovecot()
    with Dovecot({INFO: 'wächt"wo\\ord€'}) as server, the_bot(server) as mailbox:
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == ()


def test_a_password_with_a_line_end_is_never_sent() -> None:
    with ScriptedImap(as_usual) as server:
        with (
            the_bot(server, password=lambda: "secret\r\nx LOGOUT") as mailbox,
            pytest.raises(LoginRefused, match="line end"),
        ):
            mailbox.new_messages("INBOX", None, LONG_AGO)
        assert not server.said("LOGIN")


@pytest.mark.parametrize("code", ["LIMIT", "UNAVAILABLE", "INUSE"])
def test_a_server_that_cannot_log_in_now_is_not_a_wrong_password(code: str) -> None:
    def refuses(wire: Wire) -> None:
        tag = wire.until("LOGIN")
        wire.say(f"{tag} NO [{code}] not now\r\n")

    with ScriptedImap(refuses) as server, the_bot(server) as mailbox, pytest.raises(MailboxError, match="try later"):
        mailbox.new_messages("INBOX", None, LONG_AGO)


def test_a_host_that_is_down_is_told_with_a_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    down = type("Down", (), {"host": "127.0.0.1", "imap_port": port})
    with the_bot(down) as mailbox, pytest.raises(MailboxError, match="nothing listens there; check host and port"):
        mailbox.new_messages("INBOX", None, LONG_AGO)


def test_a_name_that_does_not_resolve_is_told() -> None:
    nowhere = type("Nowhere", (), {"host": "imap.invalid", "imap_port": 993})
    with (
        the_bot(nowhere, tls="implicit") as mailbox,
        pytest.raises(MailboxError, match="cannot be resolved; check host"),
    ):
        mailbox.new_messages("INBOX", None, LONG_AGO)


def test_a_server_that_says_nothing_is_given_up() -> None:
    with (
        ScriptedImap(as_usual, greeting="") as server,
        the_bot(server, timeout=0.3) as mailbox,
        pytest.raises(MailboxError),
    ):
        mailbox.new_messages("INBOX", None, LONG_AGO)


@pytest.mark.parametrize("host", ["imap.example.com", "192.0.2.1", "10.0.0.1"])
def test_no_password_goes_over_a_network_without_tls(host: str) -> None:
    with pytest.raises(ConfigurationError, match='"implicit" or "starttls"'):
        account_of(type("Far", (), {"host": host, "imap_port": 143}))


@pytest.fixture(scope="module")
def tls_server() -> Iterator[Dovecot]:
    require_dovecot()
    with Dovecot(USERS, tls=True) as server:
        yield server


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_with_a_certificate_that_fits_logs_in(tls_server: Dovecot, tls: str) -> None:
    port = tls_server.imaps_port if tls == "implicit" else tls_server.imap_port
    with the_bot(tls_server, host="localhost", port=port, tls=tls, ca_file=str(tls_server.certificate)) as mailbox:
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == ()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize(("host", "trusted"), [("127.0.0.1", True), ("localhost", False)], ids=["name", "issuer"])
def test_a_certificate_that_does_not_fit_is_refused(tls_server: Dovecot, tls: str, host: str, trusted: bool) -> None:
    port = tls_server.imaps_port if tls == "implicit" else tls_server.imap_port
    ca_file = str(tls_server.certificate) if trusted else None
    with (
        the_bot(tls_server, host=host, port=port, tls=tls, ca_file=ca_file) as mailbox,
        pytest.raises(MailboxError, match=r"the certificate does not fit: .*; check host or ca_file"),
    ):
        mailbox.new_messages("INBOX", None, LONG_AGO)


def test_tls_to_a_port_without_it_is_told(imap_server: ImapServer) -> None:
    with the_bot(imap_server, tls="implicit") as mailbox, pytest.raises(MailboxError, match="check port and tls"):
        mailbox.new_messages("INBOX", None, LONG_AGO)


def test_a_server_without_starttls_is_told(pymap: ImapServer) -> None:
    with the_bot(pymap, tls="starttls") as mailbox, pytest.raises(MailboxError, match="no STARTTLS"):
        mailbox.new_messages("INBOX", None, LONG_AGO)


def test_a_ca_file_that_is_missing_is_a_configuration_error(pymap: ImapServer) -> None:
    with (
        the_bot(pymap, tls="starttls", ca_file="/nowhere.pem") as mailbox,
        pytest.raises(ConfigurationError, match="ca_file"),
    ):
        mailbox.new_messages("INBOX", None, LONG_AGO)


# Dying connections


def test_a_read_goes_on_after_the_server_killed_the_connection(imap_server: ImapServer) -> None:
    imap_server.deliver(INFO, a_mail())
    with Relay(imap_server.imap_port) as relay, the_bot(relay) as mailbox:
        uids = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        relay.cut()
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == uids
        relay.cut()
        assert len(list(mailbox.fetch("INBOX", uids))) == 1


def test_a_change_goes_on_over_a_new_connection_when_the_old_one_was_dead_before(imap_server: ImapServer) -> None:
    with Relay(imap_server.imap_port) as relay, the_bot(relay) as mailbox:
        mailbox.ensure_folders(["Elders"])
        relay.cut()
        mailbox.append("INBOX", a_mail())
        [uid] = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        relay.cut()
        mailbox.move("INBOX", uid, "Elders")
        assert len(mailbox.entries("Elders", ["Subject"])) == 1


def test_a_server_that_comes_back_is_used_again(dovecot: Dovecot) -> None:
    with the_bot(dovecot) as mailbox:
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == ()
        dovecot.kill()
        with pytest.raises(MailboxError):
            mailbox.new_messages("INBOX", None, LONG_AGO)
        dovecot.start()
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == ()


@pytest.mark.parametrize("script", [dies_at("UID SEARCH"), says_bye_at("UID SEARCH")], ids=["EOF", "BYE"])
def test_a_read_is_repeated_once_on_a_new_connection(script: Script) -> None:
    def answers(wire: Wire) -> None:
        tag = wire.until("UID SEARCH")
        wire.say(f"* SEARCH 1\r\n{tag} OK done\r\n")
        wire.for_ever()

    with ScriptedImap(script, answers) as server, the_bot(server) as mailbox:
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == (1,)


def test_a_read_is_not_repeated_for_ever() -> None:
    with ScriptedImap(dies_at("UID SEARCH")) as server:
        with the_bot(server) as mailbox, pytest.raises(MailboxError, match="the connection broke; the next attempt"):
            mailbox.new_messages("INBOX", None, LONG_AGO)
        assert server.said("UID SEARCH") == 2


CHANGES: dict[str, Callable[[ImapMailbox], None]] = {
    "APPEND": lambda mailbox: mailbox.append("Drafts", a_mail()),
    "UID MOVE": lambda mailbox: mailbox.move("INBOX", 1, "Elders"),
    "UID STORE": lambda mailbox: mailbox.remove("Drafts", 1),
    "UID EXPUNGE": lambda mailbox: mailbox.remove("Drafts", 1),
}


@pytest.mark.parametrize("command", CHANGES)
@pytest.mark.parametrize("ends_at", [dies_at, says_bye_at], ids=["EOF", "BYE"])
def test_a_change_without_an_answer_is_never_repeated(command: str, ends_at: Callable[[str], Script]) -> None:
    def first(wire: Wire) -> None:
        if command == "UID MOVE":
            tag = wire.until("UID FETCH")
            wire.say(f"* 1 FETCH (UID 1 FLAGS ())\r\n{tag} OK done\r\n")
        ends_at(command)(wire)

    with ScriptedImap(first, as_usual) as server:
        with the_bot(server) as mailbox, pytest.raises(MailboxError):
            CHANGES[command](mailbox)
        assert server.said(command) == 1


def test_silence_in_a_literal_ends_with_the_timeout() -> None:
    with (
        ScriptedImap(silent_in_a_literal) as server,
        the_bot(server, timeout=0.3) as mailbox,
        pytest.raises(MailboxError, match=r"no answer within 0\.3 s"),
    ):
        list(mailbox.fetch("INBOX", [1]))


def test_a_literal_of_four_gigabytes_is_refused() -> None:
    def announces(wire: Wire) -> None:
        wire.until("UID FETCH")
        wire.say("* 1 FETCH (UID 1 BODY[]<0> {4294967295}\r\n")
        wire.for_ever()

    with (
        ScriptedImap(announces) as server,
        the_bot(server) as mailbox,
        pytest.raises(MailboxError, match="the connection broke"),  # by us: not after waiting for 4 GB
    ):
        mailbox.fetch_raw("INBOX", 1, 100)


def test_answers_in_two_pieces_are_put_together() -> None:
    with ScriptedImap(in_two_pieces) as server, the_bot(server) as mailbox:
        assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == (1,)


def test_a_search_answer_below_the_checkpoint_is_not_believed() -> None:
    def answers(wire: Wire) -> None:
        tag = wire.until("UID SEARCH UID 2:4294967295")
        wire.say(f"* SEARCH 1\r\n{tag} OK done\r\n")
        wire.for_ever()

    with ScriptedImap(answers) as server, the_bot(server) as mailbox:
        assert mailbox.new_messages("INBOX", Checkpoint(7, 1), LONG_AGO).uids == ()


@pytest.mark.parametrize(
    "structure", ["BODYSTRUCTURE NIL", "BODYSTRUCTURE ()", "FLAGS ()", 'BODYSTRUCTURE ("text" NIL)']
)
def test_a_description_that_cannot_be_read_is_done_without(structure: str) -> None:
    def describes(wire: Wire) -> None:
        while True:
            tag = wire.until("UID FETCH")
            asked = server.commands[-1]
            if "BODY.PEEK[]" in asked:
                wire.say("* 1 FETCH (UID 1 BODY[]<0> {19}\r\nSubject: x\r\n\r\nhallo)\r\n")
            else:
                wire.say(ONE_MAIL.format(structure=structure if "BODYSTRUCTURE" in asked else "FLAGS ()"))
            wire.say(f"{tag} OK done\r\n")

    with ScriptedImap(describes) as server, the_bot(server) as mailbox:
        [source] = mailbox.fetch("INBOX", [1])
    assert (source.header, source.parts[0].body) == (b"Subject: x\r\n\r\n", b"hallo")


def test_a_mail_that_the_server_cannot_give_is_not_kept_quiet() -> None:
    def refuses(wire: Wire) -> None:
        while True:
            tag = wire.until("UID FETCH")
            if "BODY.PEEK" in server.commands[-1]:
                wire.say(f"{tag} NO [SERVERBUG] input/output error\r\n")
            else:
                wire.say(ONE_MAIL.format(structure=PLAIN) + f"{tag} OK done\r\n")

    with ScriptedImap(refuses) as server, the_bot(server) as mailbox:
        [source] = mailbox.fetch("INBOX", [1])
    assert (source.header, source.problems) == (b"", ("unfetchable",))


def test_a_folder_that_gives_nothing_at_all_is_an_error_and_no_empty_mail() -> None:
    def refuses(wire: Wire) -> None:
        while True:
            tag = wire.until("UID FETCH")
            wire.say(f"{tag} NO [UNAVAILABLE] later\r\n")

    with ScriptedImap(refuses) as server, the_bot(server) as mailbox, pytest.raises(FolderRefused):
        list(mailbox.fetch("INBOX", [1]))


def test_after_two_failures_the_host_is_left_in_peace_for_a_while() -> None:
    attempts = []

    def refuses(wire: Wire) -> None:
        attempts.append(1)
        tag = wire.until("LOGIN")
        wire.say(f"{tag} NO [AUTHENTICATIONFAILED] no\r\n")

    now = [0.0]
    with ScriptedImap(refuses) as server:
        connection = Connection(account_of(server), clock=lambda: now[0])
        for at, tried in [(0.0, 1), (0.0, 2), (0.0, 2), (1.9, 2), (2.0, 3), (5.9, 3), (6.0, 4)]:
            now[0] = at
            with pytest.raises(LoginRefused, match="user or password refused"):
                connection.session()
            assert len(attempts) == tried


# Logging


def test_nothing_of_a_mail_gets_into_a_log(imap_server: ImapServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("imapclient", "imapclient.imapclient", "imapclient.imaplib", "mailbot.imap"):
        caplog.set_level(logging.DEBUG, logger=name)
    imap_server.deliver(INFO, a_mail(subject="geheim-onderwerp", text="geheime-tekst"))
    with the_bot(imap_server) as mailbox:
        uids = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        list(mailbox.fetch("INBOX", uids))
        mailbox.find("INBOX", "Message-ID", "<1@example.org>")
        mailbox.append("INBOX", a_mail(text="geheime-tekst"))
    ours = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("imapclient", "mailbot.imap"))
    )
    assert "connected" in ours
    for word in ("geheim", "anna", INFO, USERS[INFO], "1@example.org"):
        assert word not in ours


def test_a_person_sees_a_mail_as_unread_after_the_bot_read_it(imap_server: ImapServer) -> None:
    imap_server.deliver(INFO, a_mail())
    with the_bot(imap_server) as mailbox:
        list(mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids))
        with a_person(imap_server, "INBOX") as client:
            assert len(client.search(["UNSEEN"])) == 1
