"""What a mail says beside a request: circumstances, and what a further mail in a thread does.

Signs are rules without weight: they never change what is recognised, only what a careful answer is.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from mailbot.core.mail import Mail
from mailbot.core.rights import Circumstance, FollowUp, Right
from mailbot.core.rules import Ruleset, Sentences, Sign

_THANKS_WORDS: Final = 25  # longer is no mere thanks, whatever it opens with
_DENIAL_WORDS: Final = 60  # a "no" in a long letter is about something else
_MARKETING_RIGHTS: Final = frozenset({Right.OBJECTION, Right.CONSENT_WITHDRAWAL})


def speaking(signs: Iterable[Sign], sentences: Sentences) -> tuple[Sign, ...]:
    """The signs that are there in a text."""
    return tuple(sign for sign in signs if any(not firing.missed for firing in sentences.firings(sign.condition)))


def circumstances(
    signs: Sequence[Sign], mail: Mail, rights: Sequence[Right], ruleset: Ruleset
) -> tuple[Circumstance, ...]:
    """What the signs come to. A wish about advertising is one only when nothing else is asked."""
    found = {sign.about for sign in signs if isinstance(sign.about, Circumstance)}
    if _is_service(mail, ruleset):
        found.add(Circumstance.SERVICE)
    if not _MARKETING_RIGHTS.issuperset(rights):
        found.discard(Circumstance.MARKETING)
    return tuple(one for one in Circumstance if one in found)


def _is_service(mail: Mail, ruleset: Ruleset) -> bool:
    domain = mail.sender.email.rpartition("@")[2].lower()
    return any(domain == one or domain.endswith(f".{one}") for one in ruleset.services)


def follow_up(mail: Mail, said: Sequence[FollowUp], *, asks: bool) -> FollowUp:
    """What this mail does in its thread, from what it says (`Classification.follow_ups`); doubt is left to a person.

    `asks` is whether the mail is taken to ask for something. That it was not he who asked beats everything, since it
    guards identity; thanks are nothing but thanks.
    """
    words = len(mail.new_text.split())
    if FollowUp.DENIAL in said and words <= _DENIAL_WORDS:
        return FollowUp.DENIAL
    for one in (FollowUp.ACCOUNT_ONLY, FollowUp.MARKETING_ONLY, FollowUp.WITHDRAWAL):
        if one in said:
            return one
    is_thanks = FollowUp.THANKS in said and not asks and words <= _THANKS_WORDS and "?" not in mail.new_text
    return FollowUp.THANKS if is_thanks else FollowUp.MESSAGE
