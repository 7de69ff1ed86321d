"""The sample mails that every rule carries, and which of them fail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.classifying import Classification, classify
from mailbot.core.mail import Address, Mail
from mailbot.core.rules import Ruleset


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample mail from a rule file, and whether that rule or guard must speak in it."""

    rule: str  # id, "nl/erasure/my_data"
    text: str
    speaks: bool


def failures(samples: Iterable[Sample], ruleset: Ruleset, received: datetime) -> tuple[Sample, ...]:
    """The samples in which their rule is silent but must speak, or speaks but must be silent."""
    return tuple(sample for sample in samples if _speaks(sample, ruleset, received) is not sample.speaks)


def classify_sample(text: str, ruleset: Ruleset, received: datetime, *, subject: str = "") -> Classification:
    """What a ruleset makes of a text without sender."""
    nobody = Address("")
    mail = Mail(received, "", "", nobody, (nobody,), (), subject=subject, new_text=text, quoted_text="")
    return classify(mail, ruleset)


def _speaks(sample: Sample, ruleset: Ruleset, received: datetime) -> bool:
    found = classify_sample(sample.text, ruleset, received)
    return sample.rule in {*found.signs, *(one.rule for one in (*found.evidence, *found.guards))}
