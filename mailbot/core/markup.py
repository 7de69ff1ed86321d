"""HTML to the text that its reader sees: blocks are lines, quotes are marked with ">", hidden text is left out."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

NODE_CAP: Final = 200_000
DEPTH_CAP: Final = 500  # the parser's time grows with the square of the depth: 140 s for a megabyte of <div>
_FEW_TAGS: Final = 4000  # below this no depth can take long
QUOTE_CAP: Final = 20  # levels of quotes that still get a mark of their own

_UNSEEN: Final = frozenset({"head", "script", "style", "title", "template", "object", "select", "textarea", "svg"})
_APART: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "table", "pre"})
_LINES: Final = frozenset(
    {
        "div",
        "li",
        "tr",
        "hr",
        "dt",
        "dd",
        "address",
        "article",
        "aside",
        "center",
        "fieldset",
        "footer",
        "form",
        "header",
    }
    | {"main", "nav", "section", "tbody", "thead", "body"}
)
_BESIDE: Final = frozenset({"td", "th"})
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "area", "wbr", "p", "li", "td", "tr"})
_OPENS: Final = re.compile(r"<(?:!--|(/?)([A-Za-z][^\s/>]*))")
# A quoted value may hold brackets. Possessive: what was read once is never tried again in another way.
_REST: Final = re.compile(r"(?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+>")


def seen_text(markup: str) -> str:
    """The text of an HTML body with LF line breaks; lines within a quote start with one ">" per level."""
    if markup.count("<") > _FEW_TAGS and _depth(markup) > DEPTH_CAP:
        return unescape(_without_tags(markup))
    root = LexborHTMLParser(markup).body
    page = _Page()
    if root is not None:
        _walk(root, page)
    return page.text()


class _Page:
    """Lines while they are being written."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quote = 0

    def write(self, text: str, *, keep_lines: bool) -> None:
        if not keep_lines:
            self._words.append(text)
            return
        first, *others = text.split("\n")
        self._words.append(first)
        for line in others:
            self.break_line()
            self._words.append(line)

    def break_line(self) -> None:
        """End the line, empty or not."""
        line = " ".join("".join(self._words).split())
        self._words.clear()
        mark = ">" * min(self._quote, QUOTE_CAP)
        self._lines.append(f"{mark} {line}".strip() if mark else line)

    def end_line(self, *, apart: bool = False) -> None:
        """End the line if there is one, and leave a blank line if the block stands apart."""
        if any(not word.isspace() for word in self._words):
            self.break_line()
        self._words.clear()
        if apart and self._lines and self._lines[-1].strip("> "):
            self.break_line()

    def quote(self, change: int) -> None:
        self._quote += change

    def text(self) -> str:
        self.end_line()
        return "\n".join(self._lines)


def _walk(root: LexborNode, page: _Page) -> None:
    """Depth first without recursion: mail may nest 10,000 deep."""
    node: LexborNode | None = root
    preformatted = 0
    for _ in range(NODE_CAP):
        if node is None:
            return
        tag = node.tag or ""
        child = None
        if tag == "-text":
            page.write(node.text_content or "", keep_lines=preformatted > 0)
        elif tag == "br":
            page.break_line()
        elif tag and tag[0] not in "-_" and not _is_unseen(node, tag):
            _enter(node, tag, page)
            preformatted += tag == "pre"
            child = node.child
            if child is None:
                _leave(node, tag, page)
                preformatted -= tag == "pre"
        if child is not None:
            node = child
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == root.mem_id:
                return
            _leave(node, node.tag or "", page)
            preformatted -= node.tag == "pre"
        node = node.next if node is not None else None


def _enter(node: LexborNode, tag: str, page: _Page) -> None:
    if tag in _APART or tag in _LINES:
        page.end_line(apart=tag in _APART)
    elif tag in _BESIDE:
        page.write(" ", keep_lines=False)
    if tag == "blockquote" and _quotes(node):
        page.quote(+1)


def _leave(node: LexborNode, tag: str, page: _Page) -> None:
    if tag in _APART or tag in _LINES:
        page.end_line()
    if tag == "blockquote" and _quotes(node):
        page.quote(-1)
    if tag in _APART:
        page.end_line(apart=True)


def _quotes(node: LexborNode) -> bool:
    """Gmail and Outlook indent with a blockquote without a border."""
    style = node.attributes.get("style") or ""
    return "border:none" not in style.replace(" ", "")


def _is_unseen(node: LexborNode, tag: str) -> bool:
    if tag in _UNSEEN:
        return True
    attributes = node.attributes
    if not attributes:
        return False
    return "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", "").lower()


def _tags(markup: str) -> Iterator[tuple[int, int, bool, str]]:
    """Every tag and comment as HTML reads them: where it begins and ends, whether it closes, and its name.

    Linear: a tag or comment without an end swallows the rest of the page (HTML, tokenization, "EOF in tag"), so that
    nothing is read twice.
    """
    position = 0
    while match := _OPENS.search(markup, position):
        if match[2] is None:
            end = markup.find("-->", match.start() + 2)
            end = end + 3 if end >= 0 else -1
        else:
            rest = _REST.match(markup, match.end())
            end = rest.end() if rest else -1
        if end < 0:
            yield match.start(), len(markup), False, ""
            return
        yield match.start(), end, match[1] == "/", (match[2] or "").lower()
        position = end


def _without_tags(markup: str) -> str:
    pieces, position = [], 0
    for start, end, _, _ in _tags(markup):
        pieces.append(markup[position:start])
        position = end
    return " ".join((*pieces, markup[position:]))


def _depth(markup: str) -> int:
    """The deepest nesting, roughly: elements that authors leave open do not count."""
    opened: dict[str, int] = {}
    depth = deepest = 0
    for _, _, closes, name in _tags(markup):
        if not name or name in _VOID:
            continue
        if not closes:
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened.get(name):  # a tag that closes nothing leaves all open
            opened[name] -= 1
            depth -= 1
    return deepest
