"""What a person can ask for: the rights of the GDPR and the topics beside them (design.md § 4)."""

from enum import StrEnum


class Right(StrEnum):
    """A right of the data subject, in the order in which several of them are carried out (legal-facts.md § 7.16).

    Hold first (objection, restriction), then copies, then changes, and erasure last.
    """

    OBJECTION = "objection"  # art. 21
    RESTRICTION = "restriction"  # art. 18
    CONSENT_WITHDRAWAL = "consent_withdrawal"  # art. 7(3)
    AUTOMATED_DECISION = "automated_decision"  # art. 22
    ACCESS = "access"  # art. 15
    PORTABILITY = "portability"  # art. 20
    RECTIFICATION = "rectification"  # art. 16
    ERASURE = "erasure"  # art. 17


class Topic(StrEnum):
    """What a mail is about beside a right."""

    MINOR = "minor"  # data of a child (UAVG art. 5)
    COMPLAINT = "complaint"  # art. 77
    BREACH = "breach"  # art. 33: another clock, other people
    AUTHORITY = "authority"  # police, tax office, supervisory authority: people only
    PRIVACY_QUESTION = "privacy_question"


class Decision(StrEnum):
    """What a classification comes to; doubt goes to a person, never to the bin."""

    REQUEST = "request"
    UNCLEAR = "unclear"
    NONE = "none"
