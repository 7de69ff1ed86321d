"""The embedded servers: what the demo and the tests rely on."""

import smtplib
import threading

import pytest
from imapclient import IMAPClient
from mails import a_mail
from servers import USERS

from mailbot.demo.servers import EmbeddedServers

INFO, DAAN = USERS


def test_every_user_has_a_mailbox_of_his_own(pymap: EmbeddedServers) -> None:
    pymap.deliver(INFO, a_mail(subject="voor info"))
    with IMAPClient(pymap.host, pymap.imap_port, ssl=False, timeout=10) as client:
        client.login(DAAN, USERS[DAAN])
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


def test_sent_mail_is_kept_as_it_was_handed_over(smtp_sink: EmbeddedServers) -> None:
    with smtplib.SMTP(smtp_sink.host, smtp_sink.smtp_port, timeout=10) as client:
        client.login(INFO, USERS[INFO])
        client.sendmail(INFO, ["anna@example.org"], a_mail())
    [sent] = smtp_sink.sink.sent
    assert (sent.sender, sent.recipients, sent.content) == (INFO, ("anna@example.org",), a_mail())


def test_a_wrong_smtp_password_is_refused(smtp_sink: EmbeddedServers) -> None:
    with (
        smtplib.SMTP(smtp_sink.host, smtp_sink.smtp_port, timeout=10) as client,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        client.login(INFO, "not it")


def test_stopping_ends_the_thread_and_every_connection() -> None:
    with EmbeddedServers(USERS) as servers:
        client = IMAPClient(servers.host, servers.imap_port, ssl=False, timeout=10)
        client.login(INFO, USERS[INFO])
        client.select_folder("INBOX")
        client.idle()
    servers.stop()  # twice does no harm
    assert "embedded-servers" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises((IMAPClient.Error, OSError)):
        client.idle_done()
    client.shutdown()
