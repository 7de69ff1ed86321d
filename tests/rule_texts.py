"""Mails and rulesets for tests of the classification."""

from datetime import UTC, datetime
from functools import cache

from mailbot.config.rules import load_rules
from mailbot.core.classifying import Classification, classify
from mailbot.core.mail import Address, Automatic, Forwarded, Mail
from mailbot.core.rules import Ruleset

RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
CUSTOMER = Address("anna@example.org", "Anna de Wit")


@cache
def the_rules() -> Ruleset:
    """The built-in rules, compiled once for all tests."""
    return load_rules()


def a_written_mail(
    text: str,
    *,
    subject: str = "",
    quoted: str = "",
    forwarded: str | None = None,
    automatic: tuple[Automatic, ...] = (),
) -> Mail:
    """A mail as the reader would hand it over."""
    return Mail(
        received=RECEIVED,
        fingerprint="f" * 64,
        message_id="<1@example.org>",
        sender=CUSTOMER,
        senders=(CUSTOMER,),
        recipients=(),
        subject=subject,
        new_text=text,
        quoted_text=quoted,
        automatic=automatic,
        forwarded=None if forwarded is None else Forwarded(CUSTOMER, forwarded),
    )


def classified(text: str, **more: object) -> Classification:
    """What the built-in rules make of a mail."""
    return classify(a_written_mail(text, **more), the_rules())  # type: ignore[arg-type]
