"""Cases, anonymous rows and lessons as plain JSON values and back; what the register writes.

The codecs are built once from the fields of the values, so that a new field cannot be forgotten here. Reading is
strict: an unknown, missing or ill-typed field is an error that names it, and never its value, which may be personal
data. A new field is therefore a new format of the register.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, cast, get_args

from mailbot.core.cases import Case
from mailbot.core.experience import DeskLesson
from mailbot.core.retention import Row

Record = dict[str, Any]
"""A JSON object: strings, integers, booleans, null, and lists and objects of those."""


def record_of(case: Case) -> Record:
    """The case as a JSON object; dates and instants in ISO 8601. Raises `ValueError` for an instant without zone."""
    return cast(Record, _CASE.encode(case))


def case_of(record: object) -> Case:
    """The case that was written. Raises `ValueError` with the path of the wrong field: `events.2.kind: missing`."""
    return cast(Case, _CASE.decode(record))


def record_of_lesson(lesson: DeskLesson) -> Record:
    """The same for a decision of the privacy contact that is remembered."""
    return cast(Record, _LESSON.encode(lesson))


def lesson_of(record: object) -> DeskLesson:
    """The lesson that was written. Raises `ValueError` as `case_of` does."""
    return cast(DeskLesson, _LESSON.decode(record))


def record_of_row(row: Row) -> Record:
    """The same for what is left of an anonymised case."""
    return cast(Record, _ROW.encode(row))


def row_of_record(record: object) -> Row:
    """The row that was written. Raises `ValueError` as `case_of` does."""
    return cast(Row, _ROW.decode(record))


@dataclass(frozen=True, slots=True)
class _Codec:
    """One type both ways."""

    encode: Callable[[Any], Any]
    decode: Callable[[object], Any]


def _codec(kind: Any) -> _Codec:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, UnionType):
        return _optional(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _Codec(str, lambda value: _checked(kind, "not one of the known words", value))
    if is_dataclass(kind):
        return _object(kind)
    return _sequence(_codec(get_args(kind)[0]))


def _optional(kind: Any) -> _Codec:
    (inner,) = (_codec(member) for member in get_args(kind) if member is not NoneType)
    return _Codec(
        lambda value: None if value is None else inner.encode(value),
        lambda value: None if value is None else inner.decode(value),
    )


def _sequence(inner: _Codec) -> _Codec:
    def encode(value: tuple[Any, ...]) -> list[Any]:
        return [_at(str(index), inner.encode, item) for index, item in enumerate(value)]

    def decode(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("not a list")  # noqa: TRY004 - one kind of error for a wrong field
        return tuple(_at(str(index), inner.decode, item) for index, item in enumerate(value))

    return _Codec(encode, decode)


def _object(kind: Any) -> _Codec:
    codecs = {field.name: _codec(field.type) for field in fields(kind)}

    def encode(value: Any) -> Record:
        return {name: _at(name, codec.encode, getattr(value, name)) for name, codec in codecs.items()}

    def decode(value: object) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError("not an object")  # noqa: TRY004 - as above
        for name in [*(name for name in codecs if name not in value), *(name for name in value if name not in codecs)]:
            raise ValueError(f"{name}: {'missing' if name in codecs else 'unknown field'}")
        return kind(**{name: _at(name, codec.decode, value[name]) for name, codec in codecs.items()})

    return _Codec(encode, decode)


def _at(name: str, convert: Callable[[Any], Any], value: object) -> Any:
    try:
        return convert(value)
    except ValueError as error:
        reason = str(error)
        raise ValueError(f"{name}.{reason}" if ": " in reason else f"{name}: {reason}") from None


def _exactly(kind: type) -> _Codec:
    # bool is an int to Python, not to a register
    return _Codec(lambda value: value, lambda value: value if type(value) is kind else _refuse(f"not {kind.__name__}"))


def _refuse(reason: str) -> Any:
    raise ValueError(reason)


def _checked(convert: Callable[[str], Any], reason: str, value: object) -> Any:
    """Convert a string; the library's own message would repeat the value."""
    if not isinstance(value, str):
        raise ValueError(reason)  # noqa: TRY004 - as above
    try:
        return convert(value)
    except ValueError:
        raise ValueError(reason) from None


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else _refuse("an instant without time zone")


_PLAIN: Final[dict[Any, _Codec]] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    date: _Codec(date.isoformat, lambda value: _checked(date.fromisoformat, "not a date", value)),
    datetime: _Codec(
        lambda value: _aware(value).isoformat(),
        lambda value: _aware(_checked(datetime.fromisoformat, "not an instant", value)),
    ),
}

_CASE: Final = _codec(Case)
_LESSON: Final = _codec(DeskLesson)
_ROW: Final = _codec(Row)
