"""The seed corpus and the dictionary of the fuzz target, written anew each time: none of it lies in the repository."""

from hashlib import sha256
from pathlib import Path

from mails import a_bounce, a_mail, a_newsletter, a_reply, an_out_of_office
from torture.odd_mails import ODD_MAILS

SEED_CAP = 4 * 1024  # octets: what is odd by its size alone teaches a fuzzer nothing, and slows it

_PLAIN = {
    "a plain mail": a_mail,
    "text and markup": lambda: a_mail(html="<p>Hallo, ik heb een <b>vraag</b>.</p>"),
    "a reply": lambda: a_reply("Ja graag.\n\nOp 1 nov. 2026 om 10:00 schreef Info <info@example.com>:\n> Wissen?\n"),
    "a forward": lambda: a_mail(
        subject="Fwd: weg",
        text="Kijk\n\n---------- Forwarded message ---------\nVan: Anna <a@example.org>\n\nWis mij.\n",
    ),
    "an attached message": lambda: a_mail(forwarding=a_mail(text="Wis alles.\n", subject="weg")),
    "an attachment": lambda: a_mail(attachments=[("a.pdf", "application/pdf", b"%PDF")]),
    "a bounce": a_bounce,
    "a newsletter": a_newsletter,
    "an out of office": an_out_of_office,
    "base64": lambda: a_mail(text="Verwijder mijn gegevens.", encoding="base64", charset="utf-16"),
    "quoted-printable": lambda: a_mail(text="Één café", encoding="quoted-printable", charset="iso-8859-1"),
    "flowed": lambda: a_mail(text="Graag alles \nwissen.\n-- \nAnna\n", parameters="; format=flowed; delsp=yes"),
}
_WORDS = (
    *("From: ", "To: ", "Subject: ", "Date: ", "Message-ID: <", "References: <", "In-Reply-To: <", "Reply-To: "),
    *("Content-Type: ", "Content-Transfer-Encoding: ", "Content-Disposition: attachment; filename=", "Return-Path: <>"),
    *("Authentication-Results: ", "Received: from ", "List-Unsubscribe: ", "Auto-Submitted: auto-replied"),
    *("text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/report", "message/rfc822"),
    *("; charset=", "; boundary=b", "; format=flowed", "; delsp=yes", "; name*0*=utf-8''", "; name*=", "--b", "--b--"),
    *("base64", "quoted-printable", "utf-8", "utf-16", "utf-7", "iso-2022-jp", "gb18030", "hz", "x-unknown"),
    *("=?utf-8?q?", "=?utf-8?b?", "?=", "=E2=80=AE", "=0D=0A", "=00", "\r\n", "\r\n\r\n", "\r\n ", "\r", "\0"),
    *("\n> ", "\n>From ", "\n-- \n", "-----Original Message-----", "---------- Forwarded message ---------", " wrote:"),
    *("Van: ", "Verzonden: ", "schreef:", "Met vriendelijke groet", "Verstuurd vanaf mijn iPhone", "PS: "),
    *("<p>", "</p>", "<br>", "<blockquote>", "<div style='display:none'>", "<table><tr><td>", "<pre>", "<!--", "&#0;"),
    *("verwijder mijn gegevens", "inzage", "bezwaar", "[X] ", "( ) ", "art. 17 AVG", "kenmerk: "),
)


def write_corpus(folder: Path) -> int:
    """Write every seed to a file that is named by its content; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [build() for build in (*_PLAIN.values(), *ODD_MAILS.values())]
    small = {seed for seed in seeds if len(seed) <= SEED_CAP}
    for seed in small:
        (folder / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return len(small)


def write_dictionary(file: Path) -> None:
    """Words that mutations are made of, in libFuzzer's form."""
    escaped = ("".join(f"\\x{octet:02x}" for octet in word.encode()) for word in _WORDS)
    file.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
