"""What a BODYSTRUCTURE (RFC 3501 § 7.4.2) says is in a message, and which parts of it are worth fetching.

Only values: imapclient's nested tuples go in, parts without bodies come out. Doubt raises `OddStructure`; the message
is then fetched whole, up to a limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailbot.core.headers import decoded
from mailbot.core.mail import HEADER_TYPES, STATUS_TYPES, PartSource

_REPORT_PARTS = 2  # of a delivery report: its status, and the header that came back
TEXTS = ("text/plain", "text/html")
MESSAGES = ("message/rfc822", "message/global")  # RFC 6532 § 3.7 for the second
TEXT_PARTS = 20  # no letter has more; a mail that does is made to be slow
_DEPTH = 30  # of parts within parts
_LEAVES = 500


class OddStructure(ValueError):
    """The server's description cannot be relied on."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The leaves of a message, none fetched yet."""

    parts: tuple[PartSource, ...]
    wanted: tuple[str, ...]  # sections whose body is to be fetched
    forwarded: str  # section of the first message inside; "" when there is none
    delimiters: dict[str, bytes]  # section -> boundary line of the multipart around it


@dataclass(frozen=True, slots=True)
class _Leaf:
    part: PartSource
    delimiter: bytes


def outline(structure: Any) -> Outline:
    """Read one BODYSTRUCTURE as imapclient parsed it. Raises `OddStructure`."""
    try:
        leaves = list(_leaves(structure, "", b"", 0))
    except (IndexError, TypeError, AttributeError) as error:
        raise OddStructure("not shaped as RFC 3501 says") from error
    parts = tuple(leaf.part for leaf in leaves)
    if not any(part.size for part in parts):
        raise OddStructure("nothing in it: an empty mail, or a boundary or blank line that the server did not find")
    return Outline(
        parts=parts,
        wanted=_wanted(parts),
        forwarded=next((part.section for part in parts if part.content_type in MESSAGES), ""),
        delimiters={leaf.part.section: leaf.delimiter for leaf in leaves if leaf.delimiter},
    )


def _wanted(parts: Sequence[PartSource]) -> tuple[str, ...]:
    """The texts of the letter, and what a report says; an attached text only when there is no other text."""
    texts = [part for part in parts if part.content_type in TEXTS and part.size]
    letter = [part for part in texts if not part.attachment] or texts
    report = [part for part in parts if part.content_type in (*STATUS_TYPES, *HEADER_TYPES)]
    return tuple(part.section for part in (*letter[:TEXT_PARTS], *report[:_REPORT_PARTS]))


def _leaves(node: Any, section: str, delimiter: bytes, depth: int) -> Iterator[_Leaf]:
    if depth > _DEPTH:
        raise OddStructure("parts nested too deep")
    if _is_multipart(node):
        yield from _children(node, section, depth)
        return
    part = _part(node, section or "1")
    yield _Leaf(part, delimiter)
    if part.content_type in MESSAGES:
        yield from _inside(node[8], part.section, depth)


def _children(node: Any, section: str, depth: int) -> Iterator[_Leaf]:
    children = _child_nodes(node)
    if len(children) > _LEAVES:
        raise OddStructure("too many parts")
    boundary = _parameters(_after_children(node, 1)).get("boundary", "")
    if not boundary:
        raise OddStructure("a multipart without boundary: the server could only guess")
    delimiter = b"--" + boundary.encode()
    for number, child in enumerate(children, 1):
        yield from _leaves(child, f"{section}.{number}" if section else str(number), delimiter, depth + 1)


def _inside(node: Any, section: str, depth: int) -> Iterator[_Leaf]:
    """RFC 3501 § 6.4.5: the parts of a multipart inside are S.1, S.2 …; a single part inside is S.1."""
    yield from _leaves(node, section if _is_multipart(node) else f"{section}.1", b"", depth + 1)


def _is_multipart(node: Any) -> bool:
    return isinstance(node[0], (list, tuple))


def _child_nodes(node: Any) -> list[Any]:
    """Imapclient gathers the parts in a list, but leaves those of a message inside a message as they came."""
    if isinstance(node[0], list):
        return node[0]
    return node[: _subtype_at(node)]  # type: ignore[no-any-return]


def _after_children(node: Any, offset: int) -> Any:
    at = (1 if isinstance(node[0], list) else _subtype_at(node)) + offset
    return node[at] if at < len(node) else None


def _subtype_at(node: Any) -> int:
    return next((at for at, item in enumerate(node) if not isinstance(item, tuple)), len(node))


def _part(node: Any, section: str) -> PartSource:
    if not (isinstance(node[0], bytes) and isinstance(node[1], bytes) and isinstance(node[6], int)):
        raise OddStructure("a part without type or size")
    kind, subtype = _text(node[0]).lower(), _text(node[1]).lower()
    # RFC 2045 § 5.2: a type that cannot be read is plain text; Dovecot tells such a one as "text/" or "/"
    content_type = f"{kind}/{subtype}" if kind and subtype else "text/plain"
    parameters = _parameters(node[2])
    how, names = _disposition(node, content_type)
    return PartSource(
        section=section,
        content_type=content_type,
        charset=parameters.get("charset", "").lower(),
        encoding=_text(node[5]).lower(),
        filename=decoded(names.get("filename") or names.get("filename*") or parameters.get("name", "")),
        attachment=how == "attachment",
        size=node[6],
        flowed=parameters.get("format", "").lower() == "flowed",
        delsp=parameters.get("delsp", "").lower() == "yes",
    )


def _disposition(node: Any, content_type: str) -> tuple[str, dict[str, str]]:
    """RFC 2183's field, after MD5 and the fields that a text (lines) or message (envelope, body, lines) has more."""
    at = 9 if content_type.startswith("text/") else 11 if content_type in MESSAGES else 8
    told = node[at] if at < len(node) else None
    if isinstance(told, tuple) and told:
        return _text(told[0]).lower(), _parameters(told[1] if len(told) > 1 else None)
    return _text(told).partition(";")[0].strip().lower(), {}  # pymap sends the field as one string


def _parameters(pairs: Any) -> dict[str, str]:
    if not isinstance(pairs, tuple):
        return {}
    return {_text(key).lower(): _text(value) for key, value in zip(pairs[::2], pairs[1::2], strict=False)}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None or isinstance(value, tuple) else str(value)
