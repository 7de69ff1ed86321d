"""Was this mail written by a machine? A union of signals, none sufficient; RFC 3834 § 2, RFC 3464, RFC 8098."""

from collections.abc import Callable
from typing import Any, Final

from mailbot.core.mail import Address, Automatic

Headers = tuple[tuple[str, str], ...]

_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_AUTORESPONDERS: Final = frozenset(
    {"x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply"}
)


def signals(
    headers: Headers, senders: tuple[Address, ...], subject: str, patterns: "Patterns"
) -> tuple[Automatic, ...]:
    """Every signal that this mail is automatic, in the order of `Automatic`."""
    found = {signal for name, value in headers if (signal := _by_field(name, value.strip().lower())) is not None}
    if any(patterns.robot(address.email.partition("@")[0]) for address in senders):
        found.add(Automatic.ROBOT_SENDER)
    if any(address.email.lower() in patterns.own for address in senders):
        found.add(Automatic.OWN_ADDRESS)
    if patterns.subject(subject):
        found.add(Automatic.SUBJECT)
    return tuple(signal for signal in Automatic if signal in found)


class Patterns:
    """The signals that come from `rules/reading/`: robot senders, subjects of notices, and our own addresses."""

    def __init__(self, robot: Callable[[str], Any], subject: Callable[[str], Any], own: frozenset[str]) -> None:
        self.robot = robot
        self.subject = subject
        self.own = own


def _by_field(name: str, value: str) -> Automatic | None:
    if name.startswith("list-"):
        return Automatic.LIST  # RFC 2369, RFC 2919
    if name in _AUTORESPONDERS:
        return Automatic.AUTORESPONDER if value != "no" else None
    says = _SAYS.get(name)
    return says[0] if says and says[1](value) else None


def _first_token(value: str) -> str:
    return value.partition(";")[0].partition("(")[0].strip()


_SAYS: Final[dict[str, tuple[Automatic, Callable[[str], bool]]]] = {
    "return-path": (Automatic.NULL_RETURN_PATH, lambda value: "".join(value.split()) == "<>"),  # RFC 5321 § 4.5.5
    "auto-submitted": (Automatic.AUTO_SUBMITTED, lambda value: _first_token(value) not in ("", "no")),  # RFC 3834 § 5
    "precedence": (Automatic.PRECEDENCE, lambda value: _first_token(value) in _BULK),
    "x-auto-response-suppress": (Automatic.RESPONSE_SUPPRESSED, lambda value: value not in ("", "none")),
    "x-loop": (Automatic.LOOP, lambda _: True),
    "content-type": (Automatic.REPORT, lambda value: _first_token(value) == "multipart/report"),
    "feedback-id": (Automatic.FEEDBACK, lambda _: True),
}
