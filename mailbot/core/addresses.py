"""Address lists (RFC 5322 § 3.4) in one pass: linear, never raising, and in doubt without an address.

Encoded words are decoded in display names only: an address never comes out of one. A name is decoration.
"""

import re
from collections.abc import Iterator
from typing import Final

from mailbot.core.headers import decoded
from mailbot.core.mail import Address

ADDRESS_CAP: Final = 1000  # mailboxes read of one list

# RFC 5321 § 4.5.3.1: 64 octets, "@", 255 octets. Non-ASCII may be written, and never equals ASCII.
_ADDR_SPEC: Final = re.compile(
    r'(?:[^\s"(),:;<>@\[\]\\]{1,64}|"(?:[^"\\]|\\.){1,62}")@(?:[^\s"(),:;<>@\[\]\\]{1,255}|\[[^\s\[\]\\<>@]{1,255}\])'
)
# The pieces of a list. Comments nest (§ 3.2.2), which no pattern follows: a parenthesis is a piece of its own.
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[<>()\[\],;:]|\\.|[^"<>()\[\],;:\\]+|["\\]')


def mailboxes(value: str) -> tuple[Address, ...]:
    """Every mailbox of a list in order, groups opened; one that cannot be read has no email but keeps its name."""
    found: list[Address] = []
    for item in _items(value):
        found += item.mailboxes()
        if len(found) > ADDRESS_CAP:
            break
    return tuple(found[:ADDRESS_CAP])


class _Item:
    """One comma's worth of a list, while it is being read."""

    def __init__(self) -> None:
        self.words: list[str] = []  # outside angle brackets and comments, quoted strings still quoted
        self.after: list[str] = []  # the same behind the closing bracket
        self.comments: list[str] = []
        self.angles: list[list[str]] = []
        self.broken = False  # a quote, comment or bracket lacks its other half: other readers may see another address

    def mailboxes(self) -> list[Address]:
        if self.broken:
            return [Address("")]
        phrase, rest = "".join(self.words).strip(), "".join(self.after).strip()
        if self.angles:
            name = _display_name(phrase) or _display_name("".join(self.comments))
            bracketed = [Address(_email(_without_route("".join(angle))), name) for angle in self.angles]
            # "<a@x> b@y" without a comma: whichever was meant, it is not one mailbox
            return bracketed + ([Address(_email(rest))] if "@" in rest else [])
        if email := _email(phrase):
            return [Address(email, _display_name("".join(self.comments)))]
        return [Address("", _display_name(phrase))] if phrase else []


def _items(value: str) -> Iterator[_Item]:
    item, depth, inside = _Item(), 0, False
    for piece in _PIECE.findall(value):
        if piece in "()":
            item.broken |= piece == ")" and not depth
            depth = max(0, depth + (1 if piece == "(" else -1))
        elif depth:
            item.comments.append(piece)
        elif inside and piece != ">":
            item.angles[-1].append(piece)
        elif piece in ",;":
            yield item
            item = _Item()
        elif piece == ":" and not item.angles:
            item = _Item()  # the words so far named a group
        elif piece == "<":
            item.angles.append([])
            inside = True
        elif piece == ">":
            item.broken |= not inside
            inside = False
        else:
            item.broken |= piece == '"'
            (item.after if item.angles else item.words).append(piece)
    item.broken |= inside or depth > 0
    yield item


def _email(text: str) -> str:
    stripped = text.strip()
    return stripped if _ADDR_SPEC.fullmatch(stripped) else ""


def _without_route(angle: str) -> str:
    """`@relay,@relay:user@host` is the obsolete route form (§ 4.4): the mailbox stands behind the colon."""
    return angle.partition(":")[2] if angle.startswith("@") else angle


def _display_name(phrase: str) -> str:
    return decoded(re.sub(r'\\(.)|"', r"\1", phrase)).strip()
