"""Which parts of a message are its text, and what that text says. Tolerant and capped; wrong input yields codes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailbot.core.decoding import clean_text, text_of, transfer_decoded
from mailbot.core.mail import PartSource
from mailbot.core.markup import seen_text
from mailbot.core.splitting import TEXT_CAP

LENGTH_CAP: Final = 200_000  # characters of text that are read; a long novel's chapter
_TEXTS: Final = frozenset({"", "text/plain", "text/html"})  # unreadable means text/plain (RFC 2045 § 5.2)
_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})
_STUB_WORDS: Final = 60  # "your mail program shows no HTML" takes less
_WORD: Final = re.compile(r"\w+")
_STUFFED_QUOTE: Final = re.compile(r"(>*) ?(.*)")


@dataclass(frozen=True, slots=True)
class Body:
    """The decoded text of one message."""

    text: str
    attachments: tuple[str, ...] = ()  # content types of what is not the text
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    is_markup: bool
    problems: tuple[str, ...]


def own_and_forwarded(parts: Sequence[PartSource]) -> tuple[tuple[PartSource, ...], tuple[PartSource, ...]]:
    """The parts of the message itself, and those of the first message/rfc822 inside it."""
    inner = [f"{part.section}." for part in parts if part.content_type in _MESSAGES]
    own = tuple(part for part in parts if not part.section.startswith(tuple(inner)))
    first = tuple(part for part in parts if inner and part.section.startswith(inner[0]))
    return own, tuple(part for part in first if not part.section.startswith(tuple(inner[1:])))


def body_of(parts: Sequence[PartSource]) -> Body:
    """The text of a message. An attached text counts only when there is no other: it may be the letter itself."""
    letters = tuple(_within_cap(_letters(parts)))
    texts = list(_alternatives(_read(part) for part in letters if part.body is not None))
    text = "\n\n".join(stripped for one in texts if (stripped := one.text.strip("\n")))
    problems = [problem for one in texts for problem in one.problems]
    problems += ["text-not-fetched" for part in letters if part.body is None and part.size]
    problems += ["text-truncated" for part in letters if part.truncated or len(part.body or b"") > TEXT_CAP]
    problems += ["text-truncated"] if len(text) > LENGTH_CAP else []
    chosen = {part.section for part in letters}
    return Body(
        text[:LENGTH_CAP],
        tuple(part.content_type for part in parts if part.section not in chosen),
        tuple(dict.fromkeys(problems)),
    )


def _within_cap(parts: Iterable[PartSource]) -> Iterator[PartSource]:
    """The parts, without the bodies of those that come after a mail's worth of text: 200 parts are no letter."""
    octets = 0
    for part in parts:
        yield part if octets < TEXT_CAP else replace(part, body=None)
        octets += len(part.body or b"")


def _letters(parts: Sequence[PartSource]) -> tuple[PartSource, ...]:
    texts = tuple(part for part in parts if part.content_type in _TEXTS)
    shown = tuple(part for part in texts if not part.attachment)
    unnamed = tuple(part for part in shown if not part.filename)
    return unnamed or shown or texts


def _read(part: PartSource) -> _Text:
    octets, odd_encoding = transfer_decoded((part.body or b"")[:TEXT_CAP], part.encoding)
    text, odd_charset = text_of(octets, part.charset)
    is_markup = part.content_type == "text/html"
    if is_markup:
        text = clean_text(seen_text(clean_text(text)))
    else:
        text = clean_text(text)
        text = unflowed(text, delsp=part.delsp) if part.flowed else text
    return _Text(text, is_markup, odd_encoding + odd_charset)


def _alternatives(texts: Iterable[_Text]) -> Iterator[_Text]:
    """Plain text and markup that say the same are one text (RFC 2046 § 5.1.4); what differs is all kept.

    Compared by their words, because a server's list of parts does not tell alternatives from a row of texts.
    """
    plain: _Text | None = None
    for text in texts:
        if plain is not None and text.is_markup:
            yield from _better(plain, text)
            plain = None
            continue
        if plain is not None:
            yield plain
        plain = None if text.is_markup else text
        if text.is_markup:
            yield text
    if plain is not None:
        yield plain


def _better(plain: _Text, markup: _Text) -> tuple[_Text, ...]:
    plain_words, markup_words = (set(_WORD.findall(text.text.lower())) for text in (plain, markup))
    if not markup_words:
        return (plain,)
    is_stub = "html" in plain_words and len(plain_words) < min(_STUB_WORDS, len(markup_words))
    if not plain_words or is_stub:
        return (markup,)
    shared = len(plain_words & markup_words)
    if shared * 2 < min(len(plain_words), len(markup_words)):
        return (plain, markup)
    return (plain,) if len(plain_words) * 2 >= len(markup_words) else (markup,)


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Paragraphs of a format=flowed text on one line each, quote marks kept (RFC 3676 § 4.2)."""
    lines: list[str] = []
    pieces: list[str] = []  # of the paragraph that is still open
    depth = -1
    for raw in text.split("\n"):
        match = _STUFFED_QUOTE.fullmatch(raw)
        mark, line = match.groups() if match else ("", raw)
        if pieces and (len(mark) != depth or line == "-- "):
            lines.append(_paragraph(pieces, depth))
            pieces = []
        depth = len(mark)
        flows = line.endswith(" ") and line != "-- "
        pieces.append(line[:-1] if flows and delsp else line)
        if not flows:
            lines.append(_paragraph(pieces, depth))
            pieces = []
    return "\n".join([*lines, _paragraph(pieces, depth)] if pieces else lines)


def _paragraph(pieces: Sequence[str], depth: int) -> str:
    line = "".join(pieces)
    return f"{'>' * depth} {line}" if depth > 0 else line
