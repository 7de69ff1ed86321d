"""One file of cases: TinyDB in memory over a storage, written only when told, with its cases decoded once."""

from collections.abc import Callable
from pathlib import Path

from tinydb import Storage, TinyDB
from tinydb.table import Table

from mailbot.adapters.register.storage import Tables, missing, remedy
from mailbot.core.cases import Case
from mailbot.core.errors import RegisterDamaged, RegisterMissing
from mailbot.core.lifecycle import status_of
from mailbot.core.records import case_of, record_of


class _Pending(Storage):
    """Keeps every change in memory until `flush`; what could not be written stays to be written.

    TinyDB's CachingMiddleware would do, but it also writes when a database is closed.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._tables: Tables | None = storage.read()
        self._changed = False

    def read(self) -> Tables | None:
        return self._tables

    def write(self, data: Tables) -> None:
        self._tables, self._changed = data, True

    def flush(self, *, always: bool = False) -> None:
        if self._changed or always:
            self._storage.write(self._tables or {})
            self._changed = False


class CaseFile:
    """The live register or one archive. Raises `RegisterDamaged` when a case in it cannot be, `RegisterMissing`."""

    def __init__(self, path: Path, storage: Storage, *, expected: bool) -> None:
        self.path = path
        self._storage = _Pending(storage)
        if expected and self._storage.read() is None:
            raise RegisterMissing(missing(path))
        self._database = TinyDB(storage=lambda: self._storage)
        self._table = self._database.table("cases")
        self._ids: dict[str, int] = {}
        self._cases: dict[str, Case] = {}
        for document in sorted(self._table.all(), key=lambda document: document.doc_id):
            case = self._decoded(document)
            self._ids[case.reference] = document.doc_id
            self._cases[case.reference] = case

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases in the order in which they came."""
        return tuple(self._cases.values())

    def table(self, name: str) -> Table:
        """Another table of the same file."""
        return self._database.table(name)

    def get(self, reference: str) -> Case | None:
        """The case with exactly this reference."""
        return self._cases.get(reference)

    def put(self, case: Case) -> None:
        """Add or replace; the same case again changes nothing."""
        if self._cases.get(case.reference) == case:
            return
        record = record_of(case)
        if case.reference in self._ids:
            self._table.update(record, doc_ids=[self._ids[case.reference]])
        else:
            self._ids[case.reference] = self._table.insert(record)
        self._cases[case.reference] = case

    def retain(self, wanted: Callable[[str], bool]) -> None:
        """Drop all cases whose reference is not wanted."""
        dropped = [reference for reference in self._cases if not wanted(reference)]
        if dropped:
            self._table.remove(doc_ids=[self._ids.pop(reference) for reference in dropped])
        for reference in dropped:
            del self._cases[reference]

    def write(self) -> None:
        """Make all changes durable as one step; nothing when there are none. Raises `RegisterUnwritable`."""
        self._storage.flush()

    def rewrite(self) -> None:
        """Write the same again, so that the generation kept as the previous one holds nothing that was removed."""
        self._storage.flush(always=True)

    def _decoded(self, record: dict[str, object]) -> Case:
        try:
            case = case_of(record)
            status_of(case)
        except ValueError as error:
            name = record.get("reference")
            raise RegisterDamaged(f"{self.path}: case {name}: {error}; {remedy(self.path)}") from error
        return case
