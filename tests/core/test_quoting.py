"""How clients of four languages quote, sign and forward, in mails written for this project."""

import pytest

from mailbot.config.reading import load_reading_words
from mailbot.core.quoting import Quoting

QUOTING = Quoting(load_reading_words())
OWN = "Graag alles verwijderen."

QUOTES = {
    "Gmail nl": "Op wo 4 nov 2026 om 10:02 schreef Werkplaats <info@example.com>:\n\n> Waar gaat het om?\n",
    "Gmail nl wrapped": "Op wo 4 nov 2026 om 10:02 schreef Werkplaats De Beitel\n<info@example.com>:\n\n> Waarom?\n",
    "Gmail en": "On Wed, 4 Nov 2026 at 10:02, Workshop <info@example.com> wrote:\n\n> What is it about?\n",
    "Gmail en wrapped": "On Wed, 4 Nov 2026 at 10:02, The Workshop\nof Sam\n<info@example.com> wrote:\n\n> What?\n",
    "Gmail de": "Am Mi., 4. Nov. 2026 um 10:02 Uhr schrieb Werkstatt <info@example.com>:\n\n> Worum geht es?\n",
    "Gmail fr": "Le mer. 4 nov. 2026 à 10:02, Atelier <info@example.com> a écrit :\n\n> De quoi s'agit-il ?\n",
    "Thunderbird nl": "Op 04-11-2026 om 10:02 schreef Werkplaats:\n> Waar gaat het om?\n",
    "Thunderbird de": "Am 04.11.26 um 10:02 schrieb Werkstatt:\n> Worum geht es?\n",
    "Thunderbird fr": "Le 04/11/2026 à 10:02, Atelier a écrit\xa0:\n> De quoi s'agit-il ?\n".replace("\xa0", " "),
    "Apple nl": "Op 4 nov 2026, om 10:02 heeft Werkplaats <info@example.com> het volgende geschreven:\n\n> Waarom?\n",
    "Apple de": "Am 04.11.2026 um 10:02 hat Werkstatt <info@example.com> Folgendes geschrieben:\n\n> Warum?\n",
    "phone without marks": "On 4 Nov 2026, at 10:02, Workshop <info@example.com> wrote:\n\nWhat is it about?\n",
    "Outlook nl": (
        "Van: Werkplaats <info@example.com>\nVerzonden: woensdag 4 november 2026 10:02\n"
        "Aan: Anna de Wit\nOnderwerp: Uw vraag\n\nWaar gaat het om?\n"
    ),
    "Outlook en bold": (
        "*From:* Workshop\n*Sent:* Wednesday, 4 November 2026 10:02\n*To:* Anna de Wit\n*Subject:* Hello\n\nWhat?\n"
    ),
    "Outlook de": (
        "________________________________\nVon: Werkstatt\nGesendet: Mittwoch, 4. November 2026 10:02\n"
        "An: Anna de Wit\nBetreff: Ihre Frage\n\nWorum geht es?\n"
    ),
    "Outlook fr": "De : Atelier\nEnvoyé : mercredi 4 novembre 2026\nÀ : Anna de Wit\nObjet : question\n\nQuoi ?\n",
    "separator nl": "-----Oorspronkelijk bericht-----\nVan: Werkplaats\nOnderwerp: vraag\n\nWaar gaat het om?\n",
    "separator en": "-----Original Message-----\nWhat is it about?\n",
    "separator de": "-----Ursprüngliche Nachricht-----\nWorum geht es?\n",
    "separator fr": "-----Message d'origine-----\nDe quoi s'agit-il ?\n",
    "Outlook Express": '----- Original Message -----\nFrom: "Workshop" <info@example.com>\n\n> What is it about?\n',
    "marks only": "> Waar gaat het om?\n>> Ik schreef eerder.\n",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
def test_what_stands_below_as_a_quote_is_not_new_text(quote: str) -> None:
    separated = QUOTING.separate(f"{OWN}\n\n{quote}", is_reply=True)
    assert separated.new_text == OWN
    assert separated.quoted_text.endswith(quote.splitlines()[-1])


@pytest.mark.parametrize("quote", [text for text in QUOTES.values() if ">" in text.splitlines()[-1]])
def test_an_answer_below_marked_quotes_is_new_text(quote: str) -> None:
    assert QUOTING.separate(f"{quote}\n{OWN}", is_reply=True).new_text == OWN


def test_answers_between_quotes_are_all_new_text() -> None:
    text = "On 4 Nov 2026 at 10:02, Workshop wrote:\n> Which one?\nThe blue one.\n> And when?\nOn Friday.\n"
    new_text = QUOTING.separate(text, is_reply=True).new_text
    assert [line for line in new_text.split("\n") if line] == ["The blue one.", "On Friday."]


@pytest.mark.parametrize(
    "text",
    [
        "> Alles staat achter een teken.\n> Ook dit.",
        "Aan: de werkplaats\nVan: Anna <anna@example.org>\nDatum: 4 november 2026\nOnderwerp: verzoek\n\nWis mij.",
        "-----Oorspronkelijk bericht-----\nWis mijn gegevens.",
    ],
)
def test_a_text_that_is_no_reply_never_vanishes_into_quotes(text: str) -> None:
    assert QUOTING.separate(text, is_reply=False).new_text == text


@pytest.mark.parametrize(
    "sentence",
    [
        "Op 3 maart 2026 schreef u mij:",
        "On 3 March 2026 you wrote:",
        "Am 3. März 2026 um 10:00 schrieb ich:",
        "Van: mijn oude adres",
    ],
)
def test_a_sentence_that_only_looks_like_a_quote_opening_hides_nothing(sentence: str) -> None:
    text = f"Goedemiddag,\n\n{sentence}\nwij bewaren niets. Dat klopt niet.\n{OWN}"
    assert QUOTING.separate(text, is_reply=True).new_text == text


SIGNATURES = [
    "-- \nAnna de Wit\nDorpsstraat 1\nwww.example.org",
    "Met vriendelijke groet,\n\nAnna de Wit\nTel. 015 123 45 67",
    "Groet Anna",
    "Groetjes,\nAnna",
    "Mvg\nAnna",
    "Kind regards,\nAnna",
    "Mit freundlichen Grüßen\nAnna de Wit",
    "Cordialement,\nAnna",
    "Verzonden vanaf mijn iPhone",
    "Verstuurd vanaf mijn Samsung Galaxy-smartphone.",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Outlook voor Android downloaden<https://aka.ms/abc>",
    "Dit e-mailbericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde.\nGooi het anders weg.",
    "This e-mail is confidential and intended only for the addressee.",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_is_not_new_text(signature: str) -> None:
    separated = QUOTING.separate(f"{OWN}\n\n{signature}\n", is_reply=False)
    assert (separated.new_text, separated.signature) == (OWN, signature)


@pytest.mark.parametrize(
    "tail",
    [
        "PS: haal mij ook uit het adresboek",
        "P.S. en ook uit de nieuwsbrief",
        "Ik wil ook graag weten wat u van mij heeft.",
        "verwijder ook mijn adres",
    ],
)
@pytest.mark.parametrize("closing", ["Groeten,\nAnna", "Met vriendelijke groet,\n\nAnna de Wit"])
def test_what_is_asked_below_the_signature_stays_new_text(closing: str, tail: str) -> None:
    separated = QUOTING.separate(f"Hallo,\n\n{closing}\n\n{tail}\n", is_reply=False)
    assert tail in separated.new_text
    assert "Anna" in separated.signature


def test_a_postscript_below_the_signature_mark_stays_new_text() -> None:
    assert QUOTING.separate(f"Hallo\n-- \nAnna\n\nPS: {OWN}", is_reply=False).new_text == f"Hallo\nPS: {OWN}"


@pytest.mark.parametrize("text", ["Groet, haal mij uit het systeem", "Met vriendelijke groet,\nAnna", OWN])
def test_a_text_never_vanishes_into_its_signature(text: str) -> None:
    assert QUOTING.separate(text, is_reply=False).new_text == text
