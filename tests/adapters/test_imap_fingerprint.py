"""The same mail is known again however it was fetched: by its parts from a server, or whole."""

import pytest
from adapters.imap_accounts import INFO, the_bot
from mails import RECEIVED, a_bounce, a_mail, a_reply
from servers import ImapServer

from mailbot.config.reading import load_reading_words
from mailbot.core.reading import Reader, split

READER = Reader(load_reading_words())
MAILS = {
    "plain": a_mail(text="Verwijder mijn gegevens.\n"),
    "html only": a_mail(html="<p>Verwijder <b>mijn</b> gegevens.</p>"),
    "both": a_mail(text="Verwijder mijn gegevens.\n", html="<p>Verwijder mijn gegevens.</p>"),
    "with a drawing": a_mail(text="Zie de tekening.\n", attachments=[("bord.pdf", "application/pdf", b"%PDF" * 900)]),
    "latin-1, base64": a_mail(text="Één café, twee ideeën.\n", charset="iso-8859-1", encoding="base64"),
    "a reply": a_reply("Ja, graag.\n\n> Zullen wij uw gegevens wissen?\n"),
    "a bounce": a_bounce(),
}


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_fetched_by_parts_is_the_mail_read_whole(imap_server: ImapServer, name: str) -> None:
    imap_server.deliver(INFO, MAILS[name], received=RECEIVED)
    with the_bot(imap_server) as mailbox:
        (uid,) = mailbox.new_messages("INBOX", None, RECEIVED.date()).uids
        (source,) = mailbox.fetch("INBOX", [uid])
        raw = mailbox.fetch_raw("INBOX", uid, 1_000_000)
    assert raw is not None
    by_parts, whole = READER.read(source), READER.read(split(raw, RECEIVED))
    assert by_parts.fingerprint == whole.fingerprint
    assert by_parts.new_text == whole.new_text
    assert by_parts.received == RECEIVED
