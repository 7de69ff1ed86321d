"""The outbox on aiosmtpd, and on a scripted server that fails at every step."""

import re
import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from adapters.scripted_smtp import HANG_UP, SILENCE, ScriptedSmtp
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.adapters.smtp import SmtpAccount, SmtpOutbox, Tls
from mailbot.adapters.smtp.data import dot_stuffed
from mailbot.core.errors import ConfigurationError, LoginRefused, MailbotError, SendDeferred, SendRefused, SendUncertain
from mailbot.demo.servers import EmbeddedServers

SENDER = "daan@example.com"
RECIPIENT = "anna@example.org"
MESSAGE = (
    b"From: Daan <daan@example.com>\r\nTo: anna@example.org\r\nBcc: secret@example.org\r\nSubject: [P-7K3Q9X] Hello\r\n"
    b"\r\nHello Anna,\r\n.\r\n..\r\n.hidden\r\nlast line\r\n"
)


def _account(port: int, **more: object) -> SmtpAccount:
    plain = SmtpAccount("127.0.0.1", port, Tls.NONE, timeout=5.0, answer_timeout=5.0)
    return replace(plain, **more)  # type: ignore[arg-type]


def _send(account: SmtpAccount, message: bytes = MESSAGE, *, sender: str = SENDER, recipient: str = RECIPIENT) -> str:
    with SmtpOutbox(account).session() as session:
        return session.send(sender, recipient, message)


# what leaves


def test_exactly_these_bytes_reach_exactly_this_recipient(smtp_sink: EmbeddedServers) -> None:
    answer = _send(_account(smtp_sink.smtp_port))
    (sent,) = smtp_sink.sink.sent
    assert sent.content == MESSAGE
    assert (sent.sender, sent.recipients) == (SENDER, (RECIPIENT,))
    assert answer == "250 2.0.0 taken"


def test_several_mails_go_out_in_one_session(smtp_sink: EmbeddedServers) -> None:
    with SmtpOutbox(_account(smtp_sink.smtp_port)).session() as session:
        for number in range(3):
            session.send(SENDER, f"{number}@example.org", MESSAGE)
    assert [sent.recipients for sent in smtp_sink.sink.sent] == [(f"{number}@example.org",) for number in range(3)]


def test_a_user_logs_in_with_the_password_of_that_moment(smtp_sink: EmbeddedServers) -> None:
    _send(_account(smtp_sink.smtp_port, user="daan@example.com", password=lambda: "daan-secret"))
    assert len(smtp_sink.sink.sent) == 1


def test_lines_that_end_otherwise_leave_with_crlf(smtp_sink: EmbeddedServers) -> None:
    _send(_account(smtp_sink.smtp_port), MESSAGE.replace(b"\r\n", b"\n"))
    assert smtp_sink.sink.sent[0].content == MESSAGE


def test_a_mail_of_some_megabytes_arrives_whole(smtp_sink: EmbeddedServers) -> None:
    big = MESSAGE + b".0123456789abcdef\r\n" * 200_000
    _send(_account(smtp_sink.smtp_port), big)
    assert smtp_sink.sink.sent[0].content == big


def test_eight_bit_text_is_announced_and_leaves_unchanged() -> None:
    message = MESSAGE + "één\r\n".encode()
    with ScriptedSmtp() as server:
        _send(_account(server.port), message)
    assert f"MAIL FROM:<{SENDER}> SIZE={len(message)} BODY=8BITMIME" in server.commands
    assert server.messages == [dot_stuffed(message)]


def test_an_address_beyond_ascii_is_announced() -> None:
    with ScriptedSmtp(extensions=["SMTPUTF8", "8BITMIME"]) as server:
        _send(_account(server.port), recipient="zoë@example.org")
    assert [f"MAIL FROM:<{SENDER}> SMTPUTF8", "RCPT TO:<zoë@example.org>"] == server.commands[1:3]


@settings(deadline=None)
@given(st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r\n.\r\n", b""])).map(b"".join))
def test_no_line_of_a_mail_is_ever_taken_for_its_end(message: bytes) -> None:
    lines = (dot_stuffed(message) + b"\r\n").split(b"\r\n")
    assert b"." not in lines
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == message + b"\r\n"


# what must never leave


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "nobody",
        "anna@example.org, eve@example.net",
        "Anna <anna@example.org>",
        "anna@example.org>\r\nRCPT TO:<eve@example.net",
        "anna@example.org\neve@example.net",
        "anna@example.org SIZE=1",
        "anna@example.org\udce9",
    ],
)
def test_anything_but_one_address_is_refused_before_the_server_hears_of_it(recipient: str) -> None:
    with ScriptedSmtp(extensions=["SMTPUTF8"]) as server, pytest.raises(SendRefused, match="exactly one address"):
        _send(_account(server.port), recipient=recipient)
    assert [command[:4] for command in server.commands] == ["EHLO", "QUIT"][: len(server.commands)]


@pytest.mark.parametrize(
    ("message", "recipient", "lacking"),
    [(MESSAGE + b"\xc3\xa9\r\n", RECIPIENT, "8BITMIME"), (MESSAGE, "zoë@example.org", "SMTPUTF8")],
)
def test_a_mail_that_the_server_would_have_to_change_is_refused(message: bytes, recipient: str, lacking: str) -> None:
    with ScriptedSmtp(extensions=["SIZE 1000"]) as server, pytest.raises(SendRefused, match=lacking):
        _send(_account(server.port), message, recipient=recipient)
    assert server.messages == []


# what becomes of a mail when the server fails at one step

OUTCOMES = [
    ("GREETING", "421 4.3.2 busy", SendDeferred),
    ("GREETING", "554 no", SendDeferred),
    ("GREETING", HANG_UP, SendDeferred),
    ("GREETING", SILENCE, SendDeferred),
    ("EHLO", "421 busy", SendDeferred),
    ("EHLO", HANG_UP, SendDeferred),
    ("MAIL", "451 4.3.0 later", SendDeferred),
    ("MAIL", "452 4.3.1 full", SendDeferred),
    ("MAIL", "552 5.3.4 too big", SendRefused),
    ("MAIL", "nonsense", SendDeferred),
    ("MAIL", HANG_UP, SendDeferred),
    ("MAIL", SILENCE, SendDeferred),
    ("RCPT", "450 4.2.0 greylisted", SendDeferred),
    ("RCPT", "550 5.1.1 <anna@example.org> unknown", SendRefused),
    ("RCPT", HANG_UP, SendDeferred),
    ("RCPT", SILENCE, SendDeferred),
    ("DATA", "451 4.3.0 later", SendDeferred),
    ("DATA", "554 5.7.1 no", SendRefused),
    ("DATA", "250 what?", SendDeferred),
    ("DATA", HANG_UP, SendDeferred),
    ("DATA", SILENCE, SendDeferred),
    ("BODY", "552 5.3.4 too big", SendRefused),
    ("BODY", "421 4.3.2 going down", SendDeferred),
    ("BODY", HANG_UP, SendDeferred),
    ("BODY", SILENCE, SendDeferred),
    ("DOT", "451 4.3.0 later", SendDeferred),
    ("DOT", "554 5.7.1 <anna@example.org> spam", SendRefused),
    ("DOT", "354 what?", SendUncertain),
    ("DOT", "nonsense", SendUncertain),
    ("DOT", HANG_UP, SendUncertain),
    ("DOT", SILENCE, SendUncertain),
]


@pytest.mark.parametrize(
    ("step", "event", "outcome"), OUTCOMES, ids=[f"{step}: {event}" for step, event, _ in OUTCOMES]
)
def test_every_failure_says_whether_the_mail_may_be_out(step: str, event: str, outcome: type[MailbotError]) -> None:
    # in the middle of the data: enough that neither side's buffers take it all
    message = MESSAGE + b"0123456789abcdef\r\n" * 600_000 if step == "BODY" else MESSAGE
    with ScriptedSmtp({step: event}) as server, pytest.raises(outcome) as trouble:
        _send(_account(server.port, timeout=0.6, answer_timeout=0.6), message)
    assert trouble.type is outcome
    assert bool(server.messages) is (step == "DOT")
    sentence = str(trouble.value)
    assert sentence.startswith(f"127.0.0.1:{server.port}: ")
    assert "@" not in sentence
    assert "\n" not in sentence
    if code := re.match(r"(\d{3}) (\d\.\d\.\d )?", event):
        assert code[0].strip() in sentence


def test_after_the_dot_the_server_has_longer_than_for_any_other_step() -> None:
    assert SmtpAccount("smtp.example", 465).answer_timeout == 600  # RFC 5321 § 4.5.3.2.6


def test_a_refused_recipient_does_not_spoil_the_next_mail_of_the_session() -> None:
    with ScriptedSmtp({"DATA": "554 5.7.1 no"}) as server, SmtpOutbox(_account(server.port)).session() as session:
        for _ in range(2):
            with pytest.raises(SendRefused):
                session.send(SENDER, RECIPIENT, MESSAGE)
    assert [command[:4] for command in server.commands] == ["EHLO", *["MAIL", "RCPT", "DATA", "RSET"] * 2, "QUIT"]


def test_a_mail_that_stops_half_way_ends_the_connection_at_once() -> None:
    message = MESSAGE + b"0123456789abcdef\r\n" * 600_000
    with (
        ScriptedSmtp({"BODY": "451 4.3.0 later"}) as server,
        SmtpOutbox(_account(server.port)).session() as session,
    ):
        with pytest.raises(SendDeferred):
            session.send(SENDER, RECIPIENT, message)
        assert server.left.wait(5)
    assert server.messages == []


def test_a_session_whose_connection_is_gone_defers_everything_else() -> None:
    with ScriptedSmtp({"DOT": HANG_UP}) as server, SmtpOutbox(_account(server.port)).session() as session:
        with pytest.raises(SendUncertain):
            session.send(SENDER, RECIPIENT, MESSAGE)
        with pytest.raises(SendDeferred):
            session.send(SENDER, RECIPIENT, MESSAGE)
    assert len(server.messages) == 1


def test_a_caller_that_fails_in_the_session_gets_its_own_error_back() -> None:
    with ScriptedSmtp() as server, pytest.raises(KeyError), SmtpOutbox(_account(server.port)).session():
        raise KeyError


def test_a_server_that_is_not_there_defers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    # closed again: nobody listens there now
    with pytest.raises(SendDeferred, match=rf"127\.0\.0\.1:{port}: .*refused.*; nothing was sent"):
        _send(_account(port))


# login


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("535 5.7.8 wrong", LoginRefused), ("454 4.7.0 later", SendDeferred), (HANG_UP, SendDeferred)],
)
def test_only_a_definite_no_is_a_wrong_password(answer: str, outcome: type[MailbotError]) -> None:
    with ScriptedSmtp({"AUTH": answer}) as server, pytest.raises(outcome) as trouble:
        _send(_account(server.port, user="daan", password=lambda: "s3cr3t"))
    assert trouble.type is outcome
    assert "s3cr3t" not in str(trouble.value)
    assert server.messages == []


def test_a_wrong_password_is_refused_by_a_real_server(smtp_sink: EmbeddedServers) -> None:
    with pytest.raises(LoginRefused, match="user or password refused"):
        _send(_account(smtp_sink.smtp_port, user="daan@example.com", password=lambda: "wrong"))
    assert smtp_sink.sink.sent == []


def test_a_server_without_login_gets_no_mail_from_an_account_with_a_password() -> None:
    with ScriptedSmtp(extensions=["8BITMIME"]) as server, pytest.raises(SendDeferred, match="AUTH"):
        _send(_account(server.port, user="daan", password=lambda: "s3cr3t"))
    assert server.messages == []


# encryption


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "-"]
    made = subprocess.run(
        ["openssl", "req", "-x509", *key, "-days", "2", *subject], check=True, capture_output=True, text=True
    )
    pem.write_text(made.stdout)
    return pem


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_a_mail_goes_through_tls_when_the_certificate_is_trusted(
    tls: Tls, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    extensions = ["STARTTLS", "8BITMIME", "AUTH PLAIN"]
    with ScriptedSmtp(tls=server_tls, implicit=tls is Tls.IMPLICIT, extensions=extensions) as server:
        account = _account(server.port, tls=tls, ca_file=certificate, user="daan", password=lambda: "s3cr3t")
        _send(account, MESSAGE + "één\r\n".encode() * 100_000)
    assert len(server.messages) == 1


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_stops_everything(tls: Tls, server_tls: ssl.SSLContext) -> None:
    with (
        ScriptedSmtp(tls=server_tls, implicit=tls is Tls.IMPLICIT, extensions=["STARTTLS"]) as server,
        pytest.raises(SendDeferred, match=r"certificate is not accepted \(self-signed certificate\)"),
    ):
        _send(_account(server.port, tls=tls, user="daan", password=lambda: "s3cr3t"))
    assert not [command for command in server.commands if command.startswith(("AUTH", "MAIL"))]


def test_without_starttls_there_is_no_fallback_to_plain_text() -> None:
    with ScriptedSmtp(extensions=["AUTH PLAIN"]) as server, pytest.raises(SendDeferred, match="STARTTLS"):
        _send(_account(server.port, tls=Tls.STARTTLS, user="daan", password=lambda: "s3cr3t"))
    assert not [command for command in server.commands if command.startswith(("AUTH", "MAIL"))]


@pytest.mark.parametrize(
    "host", ["smtp.example", "192.168.1.10", "10.0.0.1", "127.evil.example", "localhost.evil.example"]
)
def test_plain_text_never_leaves_this_machine(host: str) -> None:
    with pytest.raises(ConfigurationError, match='tls = "none"'):
        SmtpAccount(host, 25, Tls.NONE)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_plain_text_is_possible_on_this_machine(host: str) -> None:
    assert SmtpAccount(host, 25, Tls.NONE).host == host


@pytest.mark.parametrize("content", [None, "rubbish"])
def test_a_ca_file_that_is_none_is_named(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content:
        ca_file.write_text(content)
    with pytest.raises(ConfigurationError, match=re.escape(f"{ca_file}: ")):
        _send(SmtpAccount("127.0.0.1", 1, Tls.IMPLICIT, ca_file=ca_file))
