"""What a mail is taken to be, with the built-in rules."""

import time
from dataclasses import replace

import pytest
from rule_texts import a_written_mail, classified, the_rules

from mailbot.core.classifying import Place, classify
from mailbot.core.language import Profile, detect_language, written_language
from mailbot.core.mail import Automatic
from mailbot.core.rights import Decision, Right, Topic

PLAIN_REQUESTS = [
    ("nl", Right.ACCESS, "Kunt u mij een kopie sturen van al mijn gegevens?"),
    ("nl", Right.ERASURE, "Verwijder alstublieft al mijn gegevens uit uw systeem."),
    ("nl", Right.RECTIFICATION, "Mijn achternaam staat verkeerd in jullie administratie, graag aanpassen."),
    ("nl", Right.RESTRICTION, "Zet mijn gegevens op slot tot mijn klacht is opgelost."),
    ("nl", Right.PORTABILITY, "Ik wil mijn gegevens meenemen naar een andere leverancier."),
    ("nl", Right.OBJECTION, "Ik maak bezwaar tegen het gebruik van mijn persoonsgegevens."),
    ("nl", Right.CONSENT_WITHDRAWAL, "Hierbij trek ik mijn toestemming in voor het plaatsen van de foto."),
    ("nl", Right.AUTOMATED_DECISION, "Is mijn aanvraag door een computer afgewezen? Ik wil dat een mens ernaar kijkt."),
    ("en", Right.ACCESS, "What personal data do you hold about me?"),
    ("en", Right.ERASURE, "Please delete everything you have on me."),
    ("en", Right.RECTIFICATION, "My name is misspelled in your records, please correct it."),
    ("en", Right.RESTRICTION, "Please freeze my data until the dispute has been settled."),
    ("en", Right.PORTABILITY, "Please transfer my data to another provider."),
    ("en", Right.OBJECTION, "I object to the processing of my personal data."),
    ("en", Right.CONSENT_WITHDRAWAL, "I withdraw my consent for the use of the photo."),
    ("en", Right.AUTOMATED_DECISION, "A computer rejected my order. I want a human to review that decision."),
    ("de", Right.ACCESS, "Bitte teilen Sie mir mit, welche Daten Sie über mich gespeichert haben."),
    ("de", Right.ERASURE, "Bitte löschen Sie alle meine Daten."),
    ("fr", Right.ACCESS, "Je souhaite obtenir une copie de mes données personnelles."),
    ("fr", Right.ERASURE, "Merci de supprimer toutes mes données."),
]


@pytest.mark.parametrize(("language", "right", "text"), PLAIN_REQUESTS)
def test_a_plain_request_is_recognised_with_its_right_and_language(language: str, right: Right, text: str) -> None:
    found = classified(text)
    assert found.decision is Decision.REQUEST
    assert found.rights[0] is right
    assert found.language == language
    assert found.evidence[0].weight > 0


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        (Topic.BREACH, "Ik kreeg de factuur van een andere klant, met naam en adres."),
        (Topic.COMPLAINT, "Ik heb een klacht over hoe jullie met mijn privacy omgaan."),
        (Topic.MINOR, "Mijn zoon van 11 heeft een account gemaakt, onze zoon is minderjarig."),
        (Topic.AUTHORITY, "De politie vordert gegevens van een klant ingevolge het Wetboek van Strafvordering."),
        (Topic.PRIVACY_QUESTION, "Waar vind ik jullie privacyverklaring?"),
    ],
)
def test_a_topic_is_recognised_beside_the_rights(topic: Topic, text: str) -> None:
    found = classified(text)
    assert found.decision is not Decision.NONE
    assert topic in found.topics


@pytest.mark.parametrize(
    "text",
    [
        "Kan het bezorgadres van bestelling 1234 nog gewijzigd worden?",
        "Welke gegevens hebben jullie nodig voor de offerte?",
        "Mag ik de drukproef nog inzien?",
        "Kunt u de naam Jan uit het ontwerp verwijderen?",
        "Hoe krijg ik de lijmresten van de plank verwijderd?",
        "Graag een kopie van mijn factuur.",
        "Ik ben mijn wachtwoord vergeten.",
        "Ik wil mijn bestelling annuleren.",
        "We hebben geen bezwaar tegen een kleurverschil.",
        "Wat kost een privacyscherm van twee meter?",
        "Welke data zijn nog vrij voor een workshop?",
        "U hoeft mijn gegevens niet te wissen, hoor.",
        "Can you change the text on the sign?",
        "I forgot my password.",
        "How do I remove glue from the wood?",
        "Ich möchte die Bestellung stornieren.",
        "Merci de changer le texte de la plaque.",
        "",
    ],
)
def test_what_only_looks_like_privacy_is_no_request(text: str) -> None:
    alone = classify(a_written_mail(text), replace(the_rules(), scorer=None))
    assert alone.decision is Decision.NONE
    # The scorer may ask for a look: to it, cancelling an order is close to ending an account.
    assert classified(text).decision is not Decision.REQUEST


def test_several_rights_in_one_mail_are_all_named_and_topics_stand_apart() -> None:
    found = classified(
        "Stuur mij een kopie van al mijn gegevens en verwijder daarna al mijn gegevens.\n\n"
        "Ik heb ook een klacht over schending van de AVG."
    )
    assert set(found.rights) == {Right.ACCESS, Right.ERASURE}
    assert found.topics == (Topic.COMPLAINT,)


def test_quoted_text_never_counts() -> None:
    found = classified("Dank u wel!", quoted="Verwijder al mijn gegevens. Ik wil inzage volgens artikel 15 AVG.")
    assert (found.decision, found.evidence) == (Decision.NONE, ())


def test_the_subject_counts_and_the_evidence_says_so() -> None:
    found = classified("Zie boven.", subject="Verwijder al mijn gegevens")
    assert found.rights == (Right.ERASURE,)
    assert {one.place for one in found.evidence} == {Place.SUBJECT}


def test_a_forwarded_request_counts_and_the_evidence_says_so() -> None:
    found = classified("Kijk jij hiernaar?", forwarded="Verwijder al mijn gegevens aub.")
    assert found.rights == (Right.ERASURE,)
    assert {one.place for one in found.evidence} == {Place.FORWARDED}


def test_evidence_shows_the_words_of_the_mail_on_one_short_line() -> None:
    found = classified(
        "Wilt u al mijn\npersoonlijke gegevens – graag vóór mei – wissen? " + "Verwijder al mijn gegevens. " * 9
    )
    assert "mijn persoonlijke gegevens – graag vóór mei – wissen" in " | ".join(one.text for one in found.evidence)
    assert all("\n" not in one.text and len(one.text) <= 120 for one in found.evidence)


def test_a_rule_that_nearly_fired_is_shown_with_weight_0() -> None:
    found = classified("Zet de bestelling maar even op pauze.")
    assert found.decision is Decision.NONE
    assert ("nl/restriction/on_hold", 0.0) in {(one.rule, one.weight) for one in found.misses}


@pytest.mark.parametrize("text", ["Ik beroep mij op de AVG.", "Wegens RODO proszę o odpowiedź.", "Σύμφωνα με το GDPR"])
def test_law_words_alone_are_left_to_a_person_in_any_language(text: str) -> None:
    found = classified(text)
    assert (found.decision, found.rights) == (Decision.UNCLEAR, ())


@pytest.mark.parametrize(
    "text",
    [
        "Chiedo la cancellazione dei miei dati personali ai sensi del GDPR.",
        "Solicito la supresión de mis datos personales conforme al RGPD.",
        "Solicito o apagamento dos meus dados pessoais nos termos do RGPD.",
    ],
)
def test_right_names_in_a_language_without_rules_reach_a_person(text: str) -> None:
    found = classified(text)
    assert found.decision is not Decision.NONE
    assert Right.ERASURE in found.rights


@pytest.mark.parametrize(
    "text",
    [
        "Nieuws van de maand. Wij gaan zorgvuldig om met uw gegevens. Uitschrijven kan hier.",
        "Delivery to the following recipient failed. Privacy policy.",
    ],
)
def test_automatic_mail_is_classified_all_the_same_and_is_none(text: str) -> None:
    found = classified(text, automatic=(Automatic.LIST,))
    assert (found.decision, found.automatic) == (Decision.NONE, True)


def test_a_strong_request_from_a_robot_address_goes_to_a_person() -> None:
    # A web form sends its customers' words as no-reply.
    found = classified("Bericht: verwijder al mijn gegevens volgens de AVG.", automatic=(Automatic.ROBOT_SENDER,))
    assert found.decision is Decision.UNCLEAR
    assert Right.ERASURE in found.rights


def test_a_threat_in_passing_is_no_complaint() -> None:
    found = classified(
        "Ik wil inzage in mijn persoonsgegevens. Indien u niet reageert dien ik een klacht in bij de Autoriteit "
        "Persoonsgegevens."
    )
    assert (found.rights, found.topics) == ((Right.ACCESS,), ())


def test_a_guard_is_shown_to_the_person_who_looks() -> None:
    found = classified("Wilt u mijn naam uit het ontwerp verwijderen?")
    assert "nl/guards/design" in {one.rule for one in found.guards}


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("I request access. My reference: 2026-ABC123", "2026-ABC123"),
        ("Mein Zeichen: 2026-XY9\nAuskunft bitte.", "2026-XY9"),
        ("Mijn kenmerk is geheim.", ""),
        ("Inzage graag.", ""),
    ],
)
def test_the_reference_of_a_requester_tool_is_noted(text: str, reference: str) -> None:
    assert classified(text).external_reference == reference


@pytest.mark.parametrize(("text", "language"), [("", ""), ("123 456", ""), ("xyzzy plugh", "")])
def test_a_text_in_no_language_has_none(text: str, language: str) -> None:
    assert detect_language(text.split(), the_rules().profiles) == language


def test_two_languages_that_fit_equally_are_none() -> None:
    profiles = {"aa": Profile(frozenset({"een"})), "bb": Profile(frozenset({"two"}))}
    assert detect_language(["een", "two"], profiles) == ""
    assert detect_language(["een", "een", "two"], profiles) == "aa"


HALF_TRANSLATED = (
    "I am writing to request that you delete my personal data from all of your records. "
    "Bitte bitten Sie mich nicht, ein Formular auf Ihrer Website auszufüllen. "
    "Please confirm that you have deleted the data and told everybody who has it."
)


def test_a_letter_that_a_tool_translated_by_halves_is_in_the_other_language() -> None:
    assert classified(HALF_TRANSLATED).language == "de"


def test_a_greeting_in_another_language_changes_nothing() -> None:
    text = "Guten Tag Herr van Duijn,\nplease delete all the data that you have about me and tell me when it is done."
    assert classified(f"{text}\nMit freundlichen Grüßen\n").language == "en"


def test_only_a_language_that_yields_gives_way() -> None:
    profiles = {"aa": Profile(frozenset({"een"}), yields=0.3), "bb": Profile(frozenset({"two"}))}
    sentences = [["een"] * 8, ["two"] * 7]
    assert written_language(sentences, profiles) == "bb"
    assert written_language([["een"] * 8, ["two"] * 6], profiles) == "aa"  # too short for a sentence
    assert written_language(sentences, {**profiles, "aa": Profile(frozenset({"een"}))}) == "aa"


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("verwijder mijn gegevens " * 40_000, Decision.REQUEST),
        ("hout " * 200_000, Decision.NONE),
        ("AVG. " * 200_000, Decision.UNCLEAR),
    ],
)
def test_a_megabyte_is_classified_in_seconds(text: str, decision: Decision) -> None:
    started = time.process_time()
    assert classified(text).decision is decision
    assert time.process_time() - started < 20


def test_the_scorer_catches_what_no_rule_foresaw_and_shows_its_words() -> None:
    text = "Mijn telefoonnummer hoeft echt niet langer bij jullie rond te slingeren."
    mail = a_written_mail(text)
    assert classify(mail, replace(the_rules(), scorer=None)).decision is not Decision.REQUEST
    found = classify(mail, the_rules())
    assert found.decision is not Decision.NONE
    learned = [one for one in found.evidence if one.rule.startswith("learned/")]
    assert learned
    assert all(word in text for one in learned for word in one.text.split(", "))
