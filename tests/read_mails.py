"""Mails as the reader hands them over, for tests of who wrote."""

from datetime import UTC, datetime
from typing import Any

from mailbot.core.authentication import Trust
from mailbot.core.mail import Address, Mail

TRUST = Trust("mx.example.com")
OWN = ("received", "from out.example.org by mx.example.com with ESMTPS id 1; Mon, 2 Nov 2026 09:00:00 +0100")


def vouched(domain: str = "example.org") -> tuple[tuple[str, str], ...]:
    return (("authentication-results", f"mx.example.com; dmarc=pass header.from={domain}"), OWN)


def a_read_mail(*senders: Address, **more: Any) -> Mail:
    senders = senders or (Address("anna@example.org", "Anna"),)
    known: dict[str, Any] = {
        "received": datetime(2026, 11, 2, 8, tzinfo=UTC),
        "fingerprint": "0" * 64,
        "message_id": "<1@example.org>",
        "sender": senders[0] if len(senders) == 1 else Address(""),
        "senders": senders,
        "recipients": (),
        "subject": "Inzage",
        "new_text": "Welke gegevens heeft u van mij?",
        "quoted_text": "",
        "headers": vouched(),
    }
    return Mail(**known | more)
