"""How sure we must be of a person before something is done for him (legal-facts.md § 5.2)."""

from typing import Final

from mailbot.core.cases import Case, EventKind, IdentityLevel
from mailbot.core.rights import Circumstance, Right

# legal-facts.md § 5.2. Objection: the hold comes at once and a marketing stop needs no identity (art. 21(3)); copies
# after an objection go to the address on file in any case. Consent: the writing address may always withdraw its own.
REQUIRED_LEVEL: Final[dict[Right, IdentityLevel]] = {
    Right.OBJECTION: IdentityLevel.L0,
    Right.RESTRICTION: IdentityLevel.L1,
    Right.CONSENT_WITHDRAWAL: IdentityLevel.L0,
    Right.AUTOMATED_DECISION: IdentityLevel.L0,
    Right.ACCESS: IdentityLevel.L1,
    Right.PORTABILITY: IdentityLevel.L1,
    Right.RECTIFICATION: IdentityLevel.L1,
    Right.ERASURE: IdentityLevel.L1,
}


def needs_identity(case: Case) -> bool:
    """Whether something asked for needs a higher level than the case has (legal-facts.md § 5.2)."""
    return any(REQUIRED_LEVEL[right] > case.identity for right in case.rights)


def is_plausible(case: Case) -> bool:
    """Whether the writer may be a person on file: enough for what is harmless and reversible (legal-facts.md § 5.2)."""
    return case.known or case.identity is not IdentityLevel.L0


def needs_hold(case: Case) -> bool:
    """Whether the data must be put on hold now: objection and restriction, on a plausible match, before any merits.

    Art. 18 and 21(1), and the company's own promise to stop at once (legal-facts.md § 3, rows 10 and 14).
    """
    asked = not {Right.OBJECTION, Right.RESTRICTION}.isdisjoint(case.rights)
    lifted = Circumstance.LIFTING in case.circumstances
    return asked and not lifted and is_plausible(case) and not case.has(EventKind.HOLD_SET)
