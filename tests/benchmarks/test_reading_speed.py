"""How many mails a second are read: a year's mailbox must not take an evening."""

from mails import RECEIVED, a_mail
from pytest_benchmark.fixture import BenchmarkFixture

from mailbot.config.reading import load_reading_words
from mailbot.core.reading import Reader, split

PARAGRAPH = "Graag hoor ik wanneer de bordjes klaar zijn en of ze nog geschuurd moeten worden.\n"


def test_reading_a_reply_with_markup(benchmark: BenchmarkFixture) -> None:
    reader = Reader(load_reading_words())
    text = (
        PARAGRAPH * 10 + "\nOp wo 4 nov 2026 om 10:02 schreef Werkplaats <info@example.com>:\n" + f"> {PARAGRAPH}" * 20
    )
    html = f"<div>{'<p>'.join([PARAGRAPH] * 10)}</div><blockquote>{'<p>'.join([PARAGRAPH] * 20)}</blockquote>"
    raw = a_mail(text=text, html=html, encoding="quoted-printable", subject="Re: één vraag")
    assert benchmark(lambda: reader.read(split(raw, RECEIVED))).new_text.count("bordjes") == 10
