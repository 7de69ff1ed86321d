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


class Circumstance(StrEnum):
    """What a request says beside what it asks, and that changes what a careful answer is (legal-facts.md § 7)."""

    REPRESENTATIVE = "representative"  # somebody asks for somebody else: a mandate is needed (§ 7.12)
    SERVICE = "service"  # a requester service writes from its own domain: a representative, whatever it claims
    UNDER_12 = "under_12"  # the representative exercises the rights (UAVG art. 5(4))
    AGED_12_TO_15 = "aged_12_to_15"  # the child itself, or the representative
    DECEASED = "deceased"  # the GDPR does not protect the dead (recital 27)
    EMPLOYEE = "employee"  # staff, applicant: other files, people only (§ 7.15)
    LEAVING = "leaving"  # no longer a customer: erasure, unless only the account was meant (§ 3, row 17)
    MARKETING = "marketing"  # only advertising: absolute, at once, no identity (art. 21(3))
    LIFTING = "lifting"  # a restriction may be lifted (art. 18(3))
    OTHER_CHANNEL = "other_channel"  # the answer is wanted by post or at another address: identity first (§ 7.20)
    REMINDER = "reminder"  # asked before: same clock, more urgent (§ 7.17)
    CLAIM = "claim"  # damages, a summons, a lawyer's notice: alarm, people only (§ 7.10)
    IDENTITY_COPY = "identity_copy"  # a copy of an identity document came along unasked: to be removed


class FollowUp(StrEnum):
    """What a further mail in a thread does (legal-facts.md § 7)."""

    THANKS = "thanks"  # asks nothing
    DENIAL = "denial"  # "that was not me": never a confirmation of identity
    WITHDRAWAL = "withdrawal"  # the request need not be carried out any more
    ACCOUNT_ONLY = "account_only"  # "only close my account": no erasure
    MARKETING_ONLY = "marketing_only"  # "I only meant the newsletter"
    MESSAGE = "message"  # anything else: a question, an answer, a further request
