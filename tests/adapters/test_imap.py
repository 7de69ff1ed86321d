"""The mailbox adapter does the same on Dovecot and on pymap."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from adapters.imap_accounts import INFO, a_person, the_bot
from adapters.scripted_imap import Relay
from mails import a_bounce, a_mail
from servers import USERS, WITHOUT_MOVE, WITHOUT_MOVE_AND_UIDPLUS, Dovecot, ImapServer, require_dovecot

from mailbot.adapters.imap import ImapMailbox
from mailbot.core.errors import FolderRefused
from mailbot.core.folders import Checkpoint, SpecialUse
from mailbot.demo.servers import EmbeddedServers

LONG_AGO = date(2000, 1, 1)
RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def mailbox(imap_server: ImapServer) -> Iterator[ImapMailbox]:
    with the_bot(imap_server) as bot:
        yield bot


def subjects(mailbox: ImapMailbox, folder: str = "INBOX") -> list[str]:
    return [entry.values("subject")[0] for entry in mailbox.entries(folder, ["Subject"])]


def flags(server: ImapServer, folder: str = "INBOX") -> dict[int, set[bytes]]:
    with a_person(server, folder) as client:
        return {
            uid: set(told[b"FLAGS"]) - {b"\\Recent"} for uid, told in client.fetch(client.search(), ["FLAGS"]).items()
        }


def checkpoint_at_the_end(mailbox: ImapMailbox, folder: str = "INBOX") -> Checkpoint:
    listing = mailbox.new_messages(folder, None, LONG_AGO)
    return Checkpoint(listing.uidvalidity, listing.uids[-1])


# Listing


def test_all_mail_is_new_without_a_checkpoint(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    for number in range(3):
        imap_server.deliver(INFO, a_mail(subject=f"mail {number}"))
    assert len(mailbox.new_messages("INBOX", None, LONG_AGO).uids) == 3


def test_an_empty_folder_has_nothing_new(mailbox: ImapMailbox) -> None:
    assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == ()


def test_mail_from_before_since_is_left_alone(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    for day in (1, 20, 22):
        imap_server.deliver(INFO, a_mail(), received=datetime(2026, 11, day, 12, tzinfo=UTC))
    assert len(mailbox.new_messages("INBOX", None, date(2026, 11, 22)).uids) == 1


def test_mail_of_the_day_itself_is_found_whatever_the_servers_zone(
    imap_server: ImapServer, mailbox: ImapMailbox
) -> None:
    in_auckland = datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=13)))
    imap_server.deliver(INFO, a_mail(), received=in_auckland)
    assert len(mailbox.new_messages("INBOX", None, date(2026, 11, 22)).uids) == 1


def test_a_checkpoint_holds_after_a_restart(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, a_mail())
    checkpoint = checkpoint_at_the_end(mailbox)
    mailbox.close()
    with the_bot(imap_server) as restarted:
        # "UID n:*" would give the last message again.
        assert restarted.new_messages("INBOX", checkpoint, LONG_AGO).uids == ()
        imap_server.deliver(INFO, a_mail())
        listing = restarted.new_messages("INBOX", checkpoint, LONG_AGO)
    assert listing.uids == (checkpoint.last_uid + 1,)
    assert not listing.restarted


def test_a_folder_made_anew_is_read_anew(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, a_mail(), folder="Klanten")
    before = checkpoint_at_the_end(mailbox, "Klanten")
    mailbox.close()
    with a_person(imap_server) as client:
        client.delete_folder("Klanten")
        client.create_folder("Klanten")
        client.append("Klanten", a_mail())
    listing = mailbox.new_messages("Klanten", before, LONG_AGO)
    assert listing.restarted
    assert listing.uidvalidity != before.uidvalidity
    assert len(listing.uids) == 1


def test_a_restored_mailbox_is_read_anew(dovecot: Dovecot) -> None:
    dovecot.deliver(INFO, a_mail())
    with the_bot(dovecot) as mailbox:
        before = checkpoint_at_the_end(mailbox)
        mailbox.close()
        dovecot.lose_uids(INFO)
        listing = mailbox.new_messages("INBOX", before, LONG_AGO)
    assert (listing.restarted, len(listing.uids)) == (True, 1)


def test_a_uidnext_below_the_checkpoint_is_read_anew(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, a_mail())
    checkpoint = checkpoint_at_the_end(mailbox)
    listing = mailbox.new_messages("INBOX", Checkpoint(checkpoint.uidvalidity, checkpoint.last_uid + 100), LONG_AGO)
    assert (listing.restarted, len(listing.uids)) == (True, 1)


def test_a_folder_that_does_not_exist_is_refused_in_words(mailbox: ImapMailbox) -> None:
    with pytest.raises(FolderRefused, match=r"mailbox info \(127.0.0.1:\d+\): folder Nergens: .*\n?") as caught:
        mailbox.new_messages("Nergens", None, LONG_AGO)
    assert "\n" not in str(caught.value)
    assert mailbox.new_messages("INBOX", None, LONG_AGO).uids == ()  # the connection is still good


# Fetching


def test_a_mail_comes_with_header_text_and_time_of_receipt(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, a_mail(subject="Inzage", text="Graag.\n", html="<p>Graag.</p>"), received=RECEIVED)
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert b"Subject: Inzage\r\n" in source.header
    assert [(part.section, part.content_type, part.charset) for part in source.parts] == [
        ("1", "text/plain", "utf-8"),
        ("2", "text/html", "utf-8"),
    ]
    assert [(part.body or b"").strip() for part in source.parts] == [b"Graag.", b"<p>Graag.</p>"]
    assert source.received == RECEIVED
    assert source.received.utcoffset() == timedelta(0)
    assert source.placement is not None
    assert (source.placement.mailbox, source.placement.folder) == ("info", "INBOX")
    assert source.problems == ()


def test_mails_come_in_the_order_asked_and_vanished_ones_are_left_out(
    imap_server: ImapServer, mailbox: ImapMailbox
) -> None:
    for number in range(3):
        imap_server.deliver(INFO, a_mail(subject=f"mail {number}"))
    first, second, third = mailbox.new_messages("INBOX", None, LONG_AGO).uids
    mailbox.remove("INBOX", second)
    fetched = [source.placement.uid for source in mailbox.fetch("INBOX", [third, second, first]) if source.placement]
    assert fetched == [third, first]


def test_reading_never_marks_a_mail_as_read(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    for mail in (a_mail(), a_mail(html="<p>x</p>"), a_bounce(), b"Content-Type: multipart/mixed\r\n\r\nodd\r\n"):
        imap_server.deliver(INFO, mail)
    uids = mailbox.new_messages("INBOX", None, LONG_AGO).uids
    assert len(list(mailbox.fetch("INBOX", uids))) == 4
    mailbox.fetch_raw("INBOX", uids[0], 1000)
    mailbox.entries("INBOX", ["Subject"])
    mailbox.find("INBOX", "Message-ID", "<1@example.org>")
    assert set().union(*flags(imap_server).values()) == set()


def test_reading_only_examines_and_peeks(imap_server: ImapServer) -> None:
    for mail in (a_mail(html="<p>x</p>"), a_bounce(), b"Content-Type: multipart/mixed\r\n\r\nodd\r\n"):
        imap_server.deliver(INFO, mail)
    with Relay(imap_server.imap_port) as relay, the_bot(relay) as mailbox:
        uids = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        assert len(list(mailbox.fetch("INBOX", uids))) == 3
        mailbox.fetch_raw("INBOX", uids[0], 1000)
        mailbox.entries("INBOX", ["Subject"])
        mailbox.find("INBOX", "Message-ID", "<1@example.org>")
        assert relay.said.count(b"BODY.PEEK[") > 5
        for changing in (b"SELECT", b"STORE", b"BODY[", b"RFC822 ", b"EXPUNGE", b"*"):
            assert changing not in relay.said


def test_a_drawing_of_40_megabytes_stays_on_the_server(imap_server: ImapServer) -> None:
    drawing = a_mail(text="Zie bijlage.\n", attachments=[("plaat.dxf", "image/vnd.dxf", b"x" * 30_000_000)])
    assert len(drawing) > 40_000_000
    imap_server.deliver(INFO, drawing)
    with Relay(imap_server.imap_port) as relay:
        with the_bot(relay) as mailbox:
            [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
        octets = relay.received
    text, attached = source.parts
    assert ((text.body or b"").strip(), attached.body) == (b"Zie bijlage.", None)
    assert (attached.content_type, attached.filename, attached.attachment) == ("image/vnd.dxf", "plaat.dxf", True)
    assert attached.size > 40_000_000
    assert octets < 10_000


def test_a_forwarded_mail_comes_with_its_own_header_and_text(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    inner = a_mail(subject="Verwijder mij", text="Wis alles.\n")
    imap_server.deliver(INFO, a_mail(text="Zie onder.\n", forwarding=inner))
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert b"Subject: Verwijder mij\r\n" in source.forwarded_header
    assert [(part.section, part.content_type, part.body is None) for part in source.parts] == [
        ("1", "text/plain", False),
        ("2", "message/rfc822", True),
        ("2.1", "text/plain", False),
    ]
    assert (source.parts[2].body or b"").strip() == b"Wis alles."


def test_a_forwarded_multipart_is_read_wherever_the_server_counts_its_parts(
    imap_server: ImapServer, mailbox: ImapMailbox
) -> None:
    inner = a_mail(text="Wis alles.\n", html="<p>Wis alles.</p>")
    imap_server.deliver(INFO, a_mail(text="Zie onder.\n", forwarding=inner))
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    bodies = {part.section: (part.body or b"").strip() for part in source.parts}
    assert (bodies["2.1"], bodies["2.2"]) == (b"Wis alles.", b"<p>Wis alles.</p>")
    assert source.problems == ()


@pytest.mark.parametrize(
    "mail",
    [
        b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nWis mij.\r\n",
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\nWis mij.\r\n",
    ],
    ids=["no boundary", "another boundary"],
)
def test_text_in_an_odd_structure_is_not_lost(imap_server: ImapServer, mailbox: ImapMailbox, mail: bytes) -> None:
    imap_server.deliver(INFO, mail)
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert b"Wis mij." in b"".join(part.body or b"" for part in source.parts)
    assert source.problems == ("boundary-missing",)


def test_an_empty_mail_is_a_mail(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, b"\r\n")
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert source.header.strip() == b""


def test_a_long_text_is_cut(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, a_mail(text="lang\n" * 300_000))
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert (len(source.parts[0].body or b""), source.parts[0].truncated) == (1_048_576, True)


def test_a_long_header_is_cut(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    long_list = ",\r\n ".join(["klant@example.org"] * 30_000)
    imap_server.deliver(INFO, a_mail(headers={"Subject": "x"}).replace(b"To:", f"Cc: {long_list}\r\nTo:".encode(), 1))
    [source] = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert (len(source.header), "header-truncated" in source.problems) == (262_144, True)


def test_an_attached_text_is_only_read_when_there_is_no_other(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    note = ("brief.txt", "text/plain", b"Wis mij.")
    imap_server.deliver(INFO, a_mail(text="Zie bijlage.\n", attachments=[note]))
    imap_server.deliver(INFO, a_mail(text="", attachments=[note]))
    with_text, without = mailbox.fetch("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids)
    assert [part.body is None for part in with_text.parts] == [False, True]
    if not isinstance(imap_server, EmbeddedServers):  # its sizes are off: an empty part does not look empty
        assert [part.body is None for part in without.parts] == [False, False]


def test_two_hundred_mails_of_two_kinds_take_four_commands(imap_server: ImapServer) -> None:
    for number in range(200):
        imap_server.deliver(INFO, a_mail(html="<p>x</p>" if number % 2 else None))
    with Relay(imap_server.imap_port) as relay, the_bot(relay) as mailbox:
        uids = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        before = relay.said.count(b"\n")
        assert len(list(mailbox.fetch("INBOX", uids))) == 200
        assert relay.said.count(b"\n") - before == 4  # EXAMINE, what is in them, and a FETCH for each kind


def test_fifteen_hundred_mails_are_listed_and_read_in_batches(dovecot: Dovecot) -> None:
    for number in range(1500):
        dovecot.deliver(INFO, a_mail(subject=f"mail {number}", html="<p>x</p>" if number % 3 else None))
    with the_bot(dovecot) as mailbox:
        uids = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        assert [s.placement.uid for s in mailbox.fetch("INBOX", uids) if s.placement] == list(range(1, 1501))
        assert len(mailbox.entries("INBOX", ["Message-ID"])) == 1500


def test_raw_bytes_come_up_to_the_limit(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    mail = a_mail()
    imap_server.deliver(INFO, mail)
    [uid] = mailbox.new_messages("INBOX", None, LONG_AGO).uids
    assert mailbox.fetch_raw("INBOX", uid, 100_000) == mail
    assert mailbox.fetch_raw("INBOX", uid, 10) == mail[:10]
    assert mailbox.fetch_raw("INBOX", uid + 1, 10) is None


# Header fields


def test_header_fields_come_unfolded_and_undecoded(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    fields = {"References": "<a@example.org>\r\n <b@example.org>", "X-Case": ["een", "twee"]}
    imap_server.deliver(INFO, a_mail(subject="Inzage in één keer", headers=fields), received=RECEIVED)
    [entry] = mailbox.entries("INBOX", ["References", "X-Case", "Subject", "X-Absent"])
    assert entry.values("References") == ("<a@example.org> <b@example.org>",)
    assert entry.values("x-case") == ("een", "twee")
    assert entry.values("subject")[0].startswith("=?utf-8?")
    assert entry.values("x-absent") == ()
    assert (entry.received, entry.size > 200) == (RECEIVED, True)


def test_mails_flagged_deleted_are_not_entries(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    imap_server.deliver(INFO, a_mail(subject="weg"), flags=["\\Deleted"])
    imap_server.deliver(INFO, a_mail(subject="hier"))
    assert subjects(mailbox) == ["hier"]
    every = mailbox.new_messages("INBOX", None, LONG_AGO).uids
    assert [entry.values("subject") for entry in mailbox.entries("INBOX", ["Subject"], every)] == [("hier",)]


def test_finding_case_7_does_not_find_case_77(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    for case in ("<case.7@example.com>", "<case.77@example.com>", "<case.7@example.com.au>"):
        imap_server.deliver(INFO, a_mail(headers={"References": f"<1@example.org>\r\n {case}"}))
    found = mailbox.find("INBOX", "References", "<case.7@example.com>")
    assert found == mailbox.new_messages("INBOX", None, LONG_AGO).uids[:1]
    assert mailbox.find("INBOX", "References", "case.7@example.com") == ()


# Changing


def test_an_appended_mail_keeps_its_time_and_flags(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    mailbox.ensure_folders(["Drafts"])
    mailbox.append("Drafts", a_mail(subject="Antwoord"), flags=["\\Draft", "\\Flagged"], received=RECEIVED)
    [entry] = mailbox.entries("Drafts", ["Subject"])
    assert entry.received == RECEIVED
    assert flags(imap_server, "Drafts") == {entry.uid: {b"\\Draft", b"\\Flagged"}}


def test_appending_to_a_missing_folder_is_refused_in_words(mailbox: ImapMailbox) -> None:
    with pytest.raises(FolderRefused, match="folder Nergens: the folder does not exist; create it"):
        mailbox.append("Nergens", a_mail())


def test_a_full_mailbox_is_named(needs_quota: Dovecot) -> None:
    with the_bot(needs_quota) as mailbox, pytest.raises(FolderRefused, match="the mailbox is full; make room"):
        mailbox.append("INBOX", a_mail(text="x\n" * 5000))


@pytest.fixture
def needs_quota() -> Iterator[Dovecot]:
    require_dovecot()
    quota = "mail_plugins = quota\nplugin {\n  quota = maildir:User quota\n  quota_rule = *:storage=1K\n}\n"
    with Dovecot(USERS, more=quota + "protocol imap {\n  mail_plugins = quota imap_quota\n}\n") as server:
        yield server


@pytest.fixture(params=["dovecot", "pymap", "no MOVE", "no MOVE, no UIDPLUS"])
def any_server(request: pytest.FixtureRequest) -> Iterator[ImapServer]:
    """Also servers that lack what moving and removing need."""
    capability = {"no MOVE": WITHOUT_MOVE, "no MOVE, no UIDPLUS": WITHOUT_MOVE_AND_UIDPLUS}.get(request.param)
    if capability is None:
        yield request.getfixturevalue(request.param)
        return
    require_dovecot()
    with Dovecot(USERS, capability=capability) as server:
        yield server


def test_a_moved_mail_is_in_one_folder_only(any_server: ImapServer) -> None:
    any_server.deliver(INFO, a_mail(subject="blijft"))
    any_server.deliver(INFO, a_mail(subject="gaat"), received=RECEIVED)
    with the_bot(any_server) as mailbox:
        mailbox.ensure_folders(["Privacy/Goedgekeurd"])
        mailbox.move("INBOX", mailbox.new_messages("INBOX", None, LONG_AGO).uids[1], "Privacy/Goedgekeurd")
        assert subjects(mailbox) == ["blijft"]
        assert subjects(mailbox, "Privacy/Goedgekeurd") == ["gaat"]
        assert mailbox.entries("Privacy/Goedgekeurd", ["Subject"])[0].received == RECEIVED
    assert set().union(*flags(any_server, "Privacy/Goedgekeurd").values()) == set()


def test_moving_a_mail_that_is_gone_is_refused(any_server: ImapServer) -> None:
    any_server.deliver(INFO, a_mail())
    with the_bot(any_server) as mailbox:
        mailbox.ensure_folders(["Elders"])
        with pytest.raises(FolderRefused, match="message 99 is gone"):
            mailbox.move("INBOX", 99, "Elders")
        assert mailbox.entries("Elders", ["Subject"]) == ()


def test_moving_to_a_missing_folder_moves_nothing(any_server: ImapServer) -> None:
    any_server.deliver(INFO, a_mail(subject="blijft"))
    with the_bot(any_server) as mailbox:
        [uid] = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        with pytest.raises(FolderRefused, match="does not exist"):
            mailbox.move("INBOX", uid, "Nergens")
        assert subjects(mailbox) == ["blijft"]


def test_removing_one_mail_leaves_what_others_flagged_deleted(any_server: ImapServer) -> None:
    any_server.deliver(INFO, a_mail(subject="van een ander"), flags=["\\Deleted"])
    any_server.deliver(INFO, a_mail(subject="van ons"))
    any_server.deliver(INFO, a_mail(subject="blijft"))
    with the_bot(any_server) as mailbox:
        others, ours, _ = mailbox.new_messages("INBOX", None, LONG_AGO).uids
        mailbox.remove("INBOX", ours)
        mailbox.remove("INBOX", ours)  # gone already: fine
        assert subjects(mailbox) == ["blijft"]
    assert others in flags(any_server)


# Folders

ODD_NAMES = [
    "Privacy/Wel een verzoek/inzage",
    "Größe & Maß",
    "Ωμέγα",
    'met "aanhaling"',
    "back\\slash",
    "A&B",
    "100%",
    "ster*",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_folder_names_work(imap_server: ImapServer, mailbox: ImapMailbox, name: str) -> None:
    mailbox.ensure_folders([name])
    mailbox.ensure_folders([name])  # twice does no harm
    mailbox.append(name, a_mail(subject="hier"))
    assert subjects(mailbox, name) == ["hier"]
    with a_person(imap_server) as client:
        assert name in [found for _, _, found in client.list_sub_folders()]


def test_made_folders_and_their_parents_are_subscribed(imap_server: ImapServer, mailbox: ImapMailbox) -> None:
    mailbox.ensure_folders(["Privacy/Goedgekeurd", "Privacy/Wel een verzoek/inzage", "INBOX"])
    with a_person(imap_server) as client:
        subscribed = {name for _, _, name in client.list_sub_folders()}
    assert subscribed >= {"Privacy", "Privacy/Goedgekeurd", "Privacy/Wel een verzoek", "Privacy/Wel een verzoek/inzage"}


def test_a_folder_that_a_person_unsubscribed_from_is_subscribed_again(
    imap_server: ImapServer, mailbox: ImapMailbox
) -> None:
    mailbox.ensure_folders(["Privacy"])
    with a_person(imap_server) as client:
        client.unsubscribe_folder("Privacy")
        mailbox.ensure_folders(["Privacy"])
        assert "Privacy" in {name for _, _, name in client.list_sub_folders()}


def test_the_special_folder_is_found_by_its_flag(dovecot: Dovecot) -> None:
    with the_bot(dovecot) as mailbox:
        mailbox.ensure_folders(["Verzonden"])
        assert mailbox.special_folder(SpecialUse.SENT, ["Verzonden"]) == "Sent"


def test_without_flags_the_first_existing_name_is_taken(pymap: EmbeddedServers) -> None:
    with the_bot(pymap) as mailbox:
        mailbox.ensure_folders(["Sent items", "Concepten"])
        assert mailbox.special_folder(SpecialUse.SENT, ["Verzonden", "Sent Items", "Sent"]) == "Sent items"


def test_a_special_folder_that_nobody_has_is_made(pymap: EmbeddedServers) -> None:
    with the_bot(pymap) as mailbox:
        assert mailbox.special_folder(SpecialUse.DRAFTS, ["Concepten", "Drafts"]) == "Concepten"
    with a_person(pymap) as client:
        assert "Concepten" in {name for _, _, name in client.list_sub_folders()}


def test_names_are_translated_for_servers_with_dots_and_a_prefix() -> None:
    require_dovecot()
    with Dovecot(USERS, prefix="INBOX.", separator=".") as server, the_bot(server) as mailbox:
        mailbox.ensure_folders(["Privacy/Goedgekeurd"])
        mailbox.append("Privacy/Goedgekeurd", a_mail(subject="hier"))
        assert subjects(mailbox, "Privacy/Goedgekeurd") == ["hier"]
        assert mailbox.special_folder(SpecialUse.DRAFTS, ["x"]) == "Drafts"
        with a_person(server) as client:
            assert "INBOX.Privacy.Goedgekeurd" in {name for _, _, name in client.list_sub_folders()}
        with pytest.raises(FolderRefused, match=r"mailbox info .*'\.' separates levels on this server"):
            mailbox.ensure_folders(["Versie 1.0"])
