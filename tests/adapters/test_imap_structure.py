"""BODYSTRUCTURE and folder names as values, without a server."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.adapters.imap.naming import FolderNames, FolderUnusable
from mailbot.adapters.imap.structure import TEXT_PARTS, OddStructure, outline


def text(subtype: bytes = b"plain", size: int = 10, disposition: Any = None, parameters: Any = None) -> tuple[Any, ...]:
    return (b"text", subtype, parameters, None, None, b"7bit", size, 1, None, disposition, None)


def multipart(*parts: Any, subtype: bytes = b"mixed") -> tuple[Any, ...]:
    return (list(parts), subtype, (b"boundary", b"b"), None, None, None)


def message(inside: Any, disposition: Any = None) -> tuple[Any, ...]:
    return (b"message", b"rfc822", None, None, None, b"7bit", 99, (b"envelope",), inside, 3, None, disposition)


DRAWING = (b"image", b"vnd.dxf", (b"name", b"a.dxf"), None, None, b"base64", 40_000_000, None, (b"attachment", None))
AS_THEY_COME = (text(), text(b"html"), b"alternative", (b"boundary", b"i"), None, None, None)


@pytest.mark.parametrize(
    ("structure", "sections", "wanted"),
    [
        (text(), ["1"], ["1"]),
        (multipart(text(), text(b"html")), ["1", "2"], ["1", "2"]),
        (multipart(multipart(text(), text(b"html")), DRAWING), ["1.1", "1.2", "2"], ["1.1", "1.2"]),
        (multipart(text(), message(text())), ["1", "2", "2.1"], ["1", "2.1"]),
        (multipart(text(), message(AS_THEY_COME)), ["1", "2", "2.1", "2.2"], ["1", "2.1", "2.2"]),
        (message(text()), ["1", "1.1"], ["1.1"]),
        (message(AS_THEY_COME), ["1", "1.1", "1.2"], ["1.1", "1.2"]),
        (message(message(text())), ["1", "1.1", "1.1.1"], ["1.1.1"]),
        (multipart(DRAWING), ["1"], []),
        (multipart(text(), text(disposition=(b"ATTACHMENT", None))), ["1", "2"], ["1"]),
        (multipart(DRAWING, text(disposition=(b"attachment", None))), ["1", "2"], ["2"]),
        (multipart(text(), text(disposition=b'attachment; filename="pymap.txt"')), ["1", "2"], ["1"]),
        (multipart(text(), text(b"calendar")), ["1", "2"], ["1"]),
    ],
)
def test_parts_are_numbered_as_the_rfc_says(structure: Any, sections: list[str], wanted: list[str]) -> None:
    found = outline(structure)
    assert [part.section for part in found.parts] == sections
    assert list(found.wanted) == wanted


def test_a_part_says_what_it_is() -> None:
    parameters = (b"CHARSET", b"UTF-8", b"format", b"Flowed", b"DelSp", b"yes", b"name", b"=?utf-8?q?caf=C3=A9?=")
    [part] = outline(text(parameters=parameters)).parts
    assert (part.content_type, part.charset, part.encoding, part.size) == ("text/plain", "utf-8", "7bit", 10)
    assert (part.filename, part.flowed, part.delsp, part.body) == ("café", True, True, None)


def test_the_first_message_inside_is_the_forwarded_one() -> None:
    assert outline(multipart(text(), message(text()), message(text()))).forwarded == "2"
    assert outline(text()).forwarded == ""


def test_a_letter_of_a_thousand_texts_is_not_fetched_in_full() -> None:
    assert len(outline(multipart(*[text()] * 400)).wanted) == TEXT_PARTS


def nested(depth: int) -> Any:
    return text() if depth == 0 else multipart(nested(depth - 1))


@pytest.mark.parametrize(
    "structure",
    [
        None,
        (),
        (b"text",),
        (b"mixed", None, None, None, None),  # pymap for a multipart without parts
        (b"text", b"plain", None, None, None, b"7bit", None, 1),
        (b"message", b"rfc822", None, None, None, b"7bit", 9),
        ([text()], b"mixed", None, None, None, None),  # no boundary
        multipart(text(size=0)),  # the boundary was not found
        text(size=0),  # no blank line was found, or nothing behind it
        nested(31),
        multipart(*[text()] * 501),
    ],
)
def test_an_odd_structure_is_not_relied_on(structure: Any) -> None:
    with pytest.raises(OddStructure):
        outline(structure)


ATOMS = (
    st.none() | st.integers() | st.sampled_from([b"text", b"plain", b"message", b"rfc822", b"boundary", b"\xff", b""])
)
NODES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=12).map(tuple) | st.lists(inner, max_size=4), max_leaves=40
)


@given(NODES)
def test_whatever_a_server_describes_is_an_outline_or_odd(structure: Any) -> None:
    try:
        found = outline(structure)
    except OddStructure:
        return
    assert len({part.section for part in found.parts}) == len(found.parts)


LEVELS = st.lists(st.text(st.characters(exclude_characters="/.", codec="utf-8"), min_size=1), min_size=1, max_size=4)
SERVERS = [FolderNames("/", ""), FolderNames(".", "INBOX."), FolderNames(".", ""), FolderNames("/", "INBOX/")]


@given(LEVELS, st.sampled_from(SERVERS))
def test_a_folder_name_survives_the_way_to_the_server_and_back(levels: list[str], names: FolderNames) -> None:
    folder = "/".join(levels)
    if levels[0].upper() != "INBOX":
        assert names.from_server(names.to_server(folder)) == folder


@pytest.mark.parametrize("names", SERVERS)
def test_the_inbox_is_the_inbox_everywhere(names: FolderNames) -> None:
    assert names.to_server("Inbox") == names.from_server("inbox") == "INBOX"
    assert names.to_server("INBOX/Klant") == f"INBOX{names.delimiter}Klant"


@pytest.mark.parametrize(("names", "folder"), [(FolderNames("", ""), "a/b"), (FolderNames(".", ""), "v1.0")])
def test_a_name_that_the_server_cannot_hold_is_refused(names: FolderNames, folder: str) -> None:
    with pytest.raises(FolderUnusable, match="choose a name without"):
        names.to_server(folder)
