"""Known addresses from customer lists, and the bot's own book of them.

The e-mail columns are found by what they hold, so that an export of a web shop and a plain list both work.
"""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mailbot.adapters.contacts.tables import Rows, tables
from mailbot.core.errors import ConfigurationError, WorldError
from mailbot.core.lookalikes import skeleton
from mailbot.core.sender import Contact, normalise

_HEADINGS: Final = ("email", "name", "orders")

# Headings of name columns in exports and in lists made by hand (nl, en, de, fr); first, between and last make one name.
_FULL_NAME: Final = frozenset({"name", "naam", "full name", "customer", "customer name", "klant", "klantnaam", "kunde"})
_NAME_PARTS: Final = (
    frozenset({"first name", "billing first name", "voornaam", "vorname", "prénom", "prenom"}),
    frozenset({"infix", "tussenvoegsel", "tussenvoegsels"}),
    frozenset({"last name", "billing last name", "surname", "achternaam", "nachname", "nom", "nom de famille"}),
)
_ORDERS: Final = frozenset(
    {
        *("order", "orders", "order number", "order no", "order id"),
        *("bestelling", "bestellingen", "bestelnummer", "ordernummer", "factuurnummer", "invoice number"),
        *("bestellnummer", "auftragsnummer", "numero de commande", "numéro de commande", "commande"),
    }
)
_ORDER_LENGTH: Final = 4  # digits and letters: a shorter one also stands in dates and amounts


class AddressBook:
    """The addresses on file; the first entry of an address counts, later ones fill in a missing name and orders."""

    def __init__(self, contacts: Iterable[Contact] = (), book: Path | None = None) -> None:
        self._book = book
        self._by_address: dict[str, Contact] = {}
        for contact in contacts:
            address = normalise(contact.email)
            known = self._by_address.get(address)
            if address and known is None:
                self._by_address[address] = contact
            elif address and known is not None:
                orders = tuple(dict.fromkeys((*known.orders, *contact.orders)))
                self._by_address[address] = Contact(known.email, known.name or contact.name, orders)
        self._by_order = {
            order.casefold(): contact for contact in self._by_address.values() for order in contact.orders
        }
        self._by_skeleton = {skeleton(address): contact for address, contact in reversed(self._by_address.items())}

    def lookup(self, email: str) -> Contact | None:
        """The contact with exactly this normalised address; None for anything else."""
        return self._by_address.get(email)

    def resembled(self, email: str) -> Contact | None:
        """The contact whose address an eye might take this one for; None when there is none."""
        return self._by_skeleton.get(skeleton(email))

    def owner_of(self, number: str) -> Contact | None:
        """The contact whose order number this is; None when it is nobody's."""
        return self._by_order.get(number.casefold())

    def forget(self, email: str) -> None:
        """Take an address out of the bot's own book, which is written anew; the lists of the company are the company's.

        Raises `WorldError` when the book cannot be written.
        """
        if self._book is None or not self._book.exists():
            return
        listed = _read_book(self._book)
        kept = [contact for contact in listed if normalise(contact.email) != normalise(email)]
        if len(kept) < len(listed):
            _write(self._book, AddressBook(kept))

    def __len__(self) -> int:
        return len(self._by_address)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._by_address.values())


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `column` names the e-mail columns by their heading, or by number without one."""

    added: int
    already: int  # addresses that were in the book, or more than once in the file
    skipped: int  # rows without a usable address
    column: str


def load_contacts(files: Iterable[Path], book: Path | None = None) -> AddressBook:
    """All contacts of these files, and of the bot's own book once there is one.

    Raises `ConfigurationError` naming the file that cannot be used or is not there.
    """
    paths = [*files, book] if book is not None and book.exists() else files
    return AddressBook((contact for path in paths for contact in _contacts_of(path, book)), book)


def _contacts_of(path: Path, book: Path | None) -> Sequence[Contact]:
    return _read_book(path) if path == book else _read(path).contacts


def _read_book(book: Path) -> Sequence[Contact]:
    """What the bot's own book holds; nothing once everybody in it is forgotten, which is no broken list."""
    lines = book.read_text(encoding="utf-8").splitlines()
    return _read(book).contacts if len(lines) > 1 else ()


def import_contacts(source: Path, book: Path) -> ImportReport:
    """Add the contacts of `source` to the bot's own book, which is made when it is not there yet.

    The book is a CSV file with the columns email, name and orders, replaced as a whole or not at all, readable by its
    owner only. Raises `ConfigurationError` for a file that cannot be used and `WorldError` when the book cannot be
    written.
    """
    found = _read(source)
    known = load_contacts((), book)
    merged = AddressBook([*known, *found.contacts])
    _write(book, merged)
    added = len(merged) - len(known)
    return ImportReport(
        added=added, already=len(found.contacts) - added, skipped=found.skipped, column=", ".join(found.columns)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What one file holds."""

    contacts: tuple[Contact, ...]
    columns: tuple[str, ...]
    skipped: int


def _read(path: Path) -> _Found:
    found = [table for table in map(_found_in, tables(path)) if table.contacts]
    if not found:
        raise ConfigurationError(f"{path}: no column with e-mail addresses; give a list that has one")
    return _Found(
        contacts=tuple(contact for table in found for contact in table.contacts),
        columns=tuple(dict.fromkeys(name for table in found for name in table.columns)),
        skipped=sum(table.skipped for table in found),
    )


# --- from rows to contacts -----------------------------------------------------------------------------------------


def _found_in(rows: Rows) -> _Found:
    rows = [row for row in rows if any(row)]
    columns = _email_columns(rows)
    heading = rows[0] if columns and not any(_addresses_in(rows[0], columns)) else ()
    entries = rows[1:] if heading else rows
    contacts: list[Contact] = []
    skipped = 0
    for row in entries:
        addresses = list(_addresses_in(row, columns))
        contacts += [Contact(address, _name(row, heading), _orders(row, heading)) for address in addresses]
        skipped += not addresses
    return _Found(tuple(contacts), tuple(_title(column, heading) for column in columns), skipped)


def _email_columns(rows: Rows) -> list[int]:
    """Columns in which at least half of what is filled in is an address, heading left aside."""
    return [column for column in range(max(map(len, rows), default=0)) if _holds_addresses(rows, column)]


def _holds_addresses(rows: Rows, column: int) -> bool:
    filled = [row[column] for row in rows if len(row) > column and row[column]]
    found = sum(bool(_addresses(cell)) for cell in filled)
    has_heading = bool(filled) and not _addresses(filled[0])
    return found > 0 and 2 * found >= len(filled) - has_heading


def _addresses_in(row: Sequence[str], columns: Iterable[int]) -> Iterator[str]:
    cells = (row[column] for column in columns if column < len(row))
    yield from dict.fromkeys(address for cell in cells for address in _addresses(cell))


def _addresses(cell: str) -> list[str]:
    """The addresses of a cell that holds nothing else: "a@x.nl", "Anna <a@x.nl>", "a@x.nl; b@x.nl"."""
    inner = cell.rpartition("<")[2].removesuffix(">") if cell.endswith(">") else cell
    words = inner.removeprefix("mailto:").replace(",", " ").replace(";", " ").split()
    return words if all(normalise(word) for word in words) else []


def _title(column: int, heading: Sequence[str]) -> str:
    named = heading[column] if column < len(heading) else ""
    return named or f"column {column + 1}"


def _name(row: Sequence[str], heading: Sequence[str]) -> str:
    values = {_key(title): cell for title, cell in zip(heading, row, strict=False) if cell}
    parts = [next((values[key] for key in values if key in part), "") for part in _NAME_PARTS]
    whole = next((values[key] for key in values if key in _FULL_NAME), "")
    return " ".join(filter(None, parts)) or whole


def _orders(row: Sequence[str], heading: Sequence[str]) -> tuple[str, ...]:
    cells = [cell for title, cell in zip(heading, row, strict=False) if _key(title) in _ORDERS]
    numbers = [number.strip() for cell in cells for number in cell.replace(",", ";").split(";")]
    return tuple(number for number in numbers if len(number) >= _ORDER_LENGTH and any(map(str.isdigit, number)))


def _key(title: str) -> str:
    return " ".join(title.casefold().replace("_", " ").replace("-", " ").split())


# --- the bot's own book --------------------------------------------------------------------------------------------


def _write(book: Path, contacts: AddressBook) -> None:
    try:
        _replace(book, contacts)
    except OSError as error:
        raise WorldError(f"{book}: {error.strerror}; the contacts are as they were; mend the folder or disk") from error


def _replace(book: Path, contacts: AddressBook) -> None:
    book.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file readable by its owner only (0600)
    handle, temporary = tempfile.mkstemp(dir=book.parent, prefix=f".{book.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor, not a path
            writer = csv.writer(file)
            writer.writerow(_HEADINGS)
            writer.writerows((contact.email, contact.name, "; ".join(contact.orders)) for contact in contacts)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(book)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    _sync_folder(book.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself is durable only once the folder is
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
