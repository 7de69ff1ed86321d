"""Labels and classifications in, measures out."""

import pytest

from mailbot.core.classifying import Classification
from mailbot.core.evaluating import Judged, Label, Share, evaluate
from mailbot.core.rights import Decision, Right, Topic


def judged(
    labels: str,
    decision: str,
    named: str = "",
    *,
    language: str = "nl",
    found_language: str = "nl",
    difficulty: str = "easy",
    file: str = "1.eml",
) -> Judged:
    """A labelled mail and its classification, both in words: "erasure+complaint"."""
    names = [name for name in named.split("+") if name]
    found = Classification(
        decision=Decision(decision),
        rights=tuple(Right(name) for name in names if name in set(Right)),
        topics=tuple(Topic(name) for name in names if name in set(Topic)),
        language=found_language,
        score=0.5,
        evidence=(),
    )
    return Judged(Label(file, language, tuple(labels.split("+")), difficulty), found)


def test_caught_and_decided_count_requests_and_false_alarms_count_ordinary_mail() -> None:
    measures = evaluate(
        [
            judged("erasure", "request", "erasure"),
            judged("erasure", "unclear"),
            judged("access", "none"),
            judged("none", "none"),
            judged("none", "request", "access"),
            judged("none", "unclear"),
            judged("none", "none"),
        ]
    ).overall
    assert (measures.caught, measures.decided) == (Share(2, 3), Share(1, 3))
    assert (measures.false_request, measures.false_unclear) == (Share(1, 4), Share(1, 4))
    assert measures.left_to_a_person == Share(2, 7)


def test_the_primary_right_is_the_first_label_that_is_a_right() -> None:
    measures = evaluate(
        [
            judged("minor+erasure", "request", "erasure+minor"),
            judged("access+erasure", "request", "erasure+access"),
            judged("restriction", "request", "objection"),
            judged("breach", "request", "breach"),
        ]
    ).overall
    assert measures.primary_right == Share(2, 3)
    assert measures.primary_first == Share(1, 3)
    assert measures.confusion["access"] == {"erasure": 1}
    assert measures.confusion["none"] == {"none": 1}
    assert measures.topics[Topic.MINOR] == Share(1, 1)
    assert measures.topics[Topic.COMPLAINT].value is None


def test_micro_f1_sums_over_rights() -> None:
    measures = evaluate(
        [
            judged("access+erasure", "request", "access"),
            judged("erasure", "request", "erasure+objection"),
        ]
    ).overall
    assert measures.all_rights.precision == Share(2, 3)
    assert measures.all_rights.recall == Share(2, 3)
    assert measures.all_rights.f1 == pytest.approx(0.667)
    assert measures.rights[Right.OBJECTION].wrong == 1
    assert measures.rights[Right.ERASURE].missed == 1


def test_later_labels_neither_count_nor_harm_when_they_are_optional() -> None:
    mails = [
        judged("erasure+consent_withdrawal", "request", "erasure"),
        judged("access+portability", "request", "access+portability"),
    ]
    strict, lenient = evaluate(mails), evaluate(mails, later_labels_optional=True)
    assert strict.overall.rights[Right.CONSENT_WITHDRAWAL].missed == 1
    assert lenient.overall.rights[Right.CONSENT_WITHDRAWAL].missed == 0
    assert lenient.overall.rights[Right.PORTABILITY].wrong == 0
    assert (len(strict.errors), len(lenient.errors)) == (1, 0)


def test_ambiguous_mails_are_not_scored() -> None:
    evaluation = evaluate([judged("erasure", "none", difficulty="ambiguous"), judged("none", "none")])
    assert (evaluation.overall.mails, evaluation.not_scored, evaluation.errors) == (1, 1, ())


def test_other_privacy_mail_must_be_caught_but_has_no_right() -> None:
    measures = evaluate([judged("other_privacy", "unclear")]).overall
    assert (measures.caught, measures.primary_right) == (Share(1, 1), Share(0, 0))


def test_figures_come_per_language_too() -> None:
    evaluation = evaluate(
        [
            judged("erasure", "none", language="fr", found_language="nl"),
            judged("erasure", "request", "erasure"),
        ]
    )
    assert set(evaluation.languages) == {"fr", "nl"}
    assert evaluation.languages["fr"].caught == Share(0, 1)
    assert evaluation.languages["nl"].caught == Share(1, 1)
    assert evaluation.overall.language == Share(1, 2)


@pytest.mark.parametrize(
    ("labels", "decision", "named", "is_wrong"),
    [
        ("none", "none", "", False),
        ("none", "unclear", "", True),
        ("erasure", "request", "erasure", False),
        ("erasure", "unclear", "erasure", True),
        ("erasure", "request", "erasure+access", True),
        ("erasure+access", "request", "access+erasure", True),
        ("minor+erasure", "request", "erasure", True),
        ("erasure", "request", "erasure+minor", False),
    ],
)
def test_every_error_is_listed(labels: str, decision: str, named: str, is_wrong: bool) -> None:
    assert bool(evaluate([judged(labels, decision, named)]).errors) is is_wrong


def test_nothing_to_score_gives_no_figures_rather_than_an_error() -> None:
    assert evaluate([]).overall.caught.value is None
    assert evaluate([]).overall.all_rights.f1 is None
