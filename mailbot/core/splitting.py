"""Whole raw mail to the same shape that a mailbox delivers in pieces: header, leaf parts, section numbers.

Own walk instead of the standard parser: that one raises on odd mail and is quadratic on some (cpython gh-136063).
Everything is capped before it is looked at, and nothing here raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from mailbot.core.headers import BLOCK_CAP, HeaderBlock, decoded, looks_like_field, parameters, parse
from mailbot.core.mail import HEADER_TYPES, STATUS_TYPES, MailSource, PartSource, Placement

TEXT_CAP: Final = 1024 * 1024  # encoded octets kept of one text part
PARTS_CAP: Final = 200
DEPTH_CAP: Final = 30  # real mail stays below ten levels
PART_HEADER_CAP: Final = 32 * 1024

_FORWARDED_TYPES: Final = ("message/rfc822", "message/global")


@dataclass(slots=True)
class _Walk:
    """What the walk over one message has found so far."""

    raw: bytes
    parts: list[PartSource] = field(default_factory=list)
    problems: dict[str, None] = field(default_factory=dict)
    forwarded_header: bytes = b""

    @property
    def full(self) -> bool:
        return len(self.parts) >= PARTS_CAP


def split(raw: bytes, received: datetime, placement: Placement | None = None) -> MailSource:
    """The header and leaf parts of a whole message; `received` is an aware instant.

    Bodies are kept of text parts only, still encoded, at most `TEXT_CAP` octets. Section numbers are those of IMAP
    (RFC 3501 § 6.4.5). A message/rfc822 is a part without a body, followed by its own parts.
    """
    content = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    walk = _Walk(content)
    start, body = _header_end(content, 0, len(content))
    header = content[start : min(body, start + BLOCK_CAP + 1)]
    _walk_part(walk, parse(header), (body, len(content)), "", 0)
    return MailSource(
        header=header,
        parts=tuple(walk.parts),
        received=received,
        size=len(raw),
        placement=placement,
        forwarded_header=walk.forwarded_header,
        problems=tuple(walk.problems),
    )


def part_of(header: HeaderBlock, section: str) -> PartSource:
    """The description of a part by its own header fields, without a body."""
    content_type, type_parameters = parameters(header.first("content-type") or "text/plain")
    disposition, disposition_parameters = parameters(header.first("content-disposition"))
    return PartSource(
        section=section,
        content_type=content_type if "/" in content_type else "",
        charset=type_parameters.get("charset", "").lower(),
        encoding=header.first("content-transfer-encoding").partition(";")[0].strip().lower(),
        filename=decoded(disposition_parameters.get("filename") or type_parameters.get("name", "")),
        attachment=disposition == "attachment",
        flowed=type_parameters.get("format", "").lower() == "flowed",
        delsp=type_parameters.get("delsp", "").lower() == "yes",
    )


def _walk_part(walk: _Walk, header: HeaderBlock, span: tuple[int, int], section: str, depth: int) -> None:
    content_type, type_parameters = parameters(header.first("content-type"))
    if depth >= DEPTH_CAP:
        walk.problems["nested-too-deep"] = None
        walk.parts.append(PartSource(section or "1", content_type))  # counted, so that they cannot be without end
    elif content_type.startswith("multipart/"):
        _walk_multipart(walk, type_parameters.get("boundary", ""), span, section, depth)
    elif content_type in _FORWARDED_TYPES:
        _walk_forwarded(walk, header, span, section or "1", depth)
    else:
        _add_leaf(walk, header, span, section or "1")


def _walk_multipart(walk: _Walk, boundary: str, span: tuple[int, int], section: str, depth: int) -> None:
    number = 0
    for start, end in _pieces(walk.raw, boundary.encode("utf-8"), span):
        if walk.full:
            walk.problems["too-many-parts"] = None
            return
        number += 1
        head, body = _header_end(walk.raw, start, end)
        inner = f"{section}.{number}" if section else str(number)
        _walk_part(walk, parse(walk.raw[head : min(body, head + PART_HEADER_CAP)]), (body, end), inner, depth + 1)
    if not number:
        # Nothing to be found by its boundary: read it as a person would, as text
        walk.problems["boundary-missing"] = None
        _add_leaf(walk, HeaderBlock(()), span, f"{section}.1" if section else "1")


def _walk_forwarded(walk: _Walk, header: HeaderBlock, span: tuple[int, int], section: str, depth: int) -> None:
    start, end = span
    head, body = _header_end(walk.raw, start, end)
    block = walk.raw[head : min(body, head + BLOCK_CAP + 1)]
    walk.forwarded_header = walk.forwarded_header or block
    walk.parts.append(_sized(part_of(header, section), end - start))
    inner = parse(block)
    is_multipart = inner.first("content-type").lower().startswith("multipart/")
    _walk_part(walk, inner, (body, end), section if is_multipart else f"{section}.1", depth + 1)


def _add_leaf(walk: _Walk, header: HeaderBlock, span: tuple[int, int], section: str) -> None:
    start, end = span
    part = _sized(part_of(header, section), end - start)
    if part.content_type in ("", "text/plain", "text/html", *STATUS_TYPES, *HEADER_TYPES):
        part = _sized(part, end - start, walk.raw[start : min(end, start + TEXT_CAP)])
    walk.parts.append(part)


def _sized(part: PartSource, size: int, body: bytes | None = None) -> PartSource:
    return replace(part, size=size, body=body, truncated=body is not None and len(body) < size)


def _header_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block starts (behind an mbox "From " line) and where the body starts."""
    if raw.startswith((b"From ", b">From "), start, end):
        start = _line_end(raw, start, end)
    first = _line_end(raw, start, end)
    if not raw[start:first].strip(b"\r\n"):
        return start, first  # an empty block
    if not looks_like_field(raw[start : min(first, start + 300)]):
        return start, start  # no block at all
    ends = [found + len(mark) for mark in (b"\n\n", b"\n\r\n") if (found := raw.find(mark, start, end)) >= 0]
    return start, min(ends, default=end)


def _line_end(raw: bytes, start: int, end: int) -> int:
    found = raw.find(b"\n", start, end)
    return end if found < 0 else found + 1


def _pieces(raw: bytes, boundary: bytes, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The spans between delimiter lines (RFC 2046 § 5.1.1); the line end before a delimiter belongs to it."""
    start, piece_start = span[0], -1
    end = span[1]
    while boundary and (found := raw.find(b"--" + boundary, start, end)) >= 0:
        start = _line_end(raw, found, end)
        rest = raw[found + 2 + len(boundary) : min(start, found + len(boundary) + 300)].strip()
        if rest not in (b"", b"--") or (found > span[0] and raw[found - 1 : found] != b"\n"):
            continue
        if piece_start >= 0:
            yield piece_start, _before_line_end(raw, piece_start, found)
        piece_start = -1 if rest else start
        if rest:
            return
    if piece_start >= 0:
        yield piece_start, end


def _before_line_end(raw: bytes, start: int, end: int) -> int:
    return max(start, end - (2 if raw.endswith(b"\r\n", start, end) else 1))
