"""TOML files that people edit, checked against their shape; what is wrong is one line with file, key and remedy."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mailbot.config.data import read_text
from mailbot.core.errors import ConfigurationError

_HEADER = re.compile(r"\s*\[(?P<several>\[)?\s*(?P<name>[\w.-]+)\s*\]")
_KEY = re.compile(r"\s*(?P<name>[\w-]+)\s*=")
_Shape = TypeVar("_Shape", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as it stands. Raises `ConfigurationError` naming file and line."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not TOML: {error}; mend that line") from error


def read_table(path: Path, shape: type[_Shape]) -> _Shape:
    """A TOML file checked against its shape. Raises `ConfigurationError` naming file, key and remedy."""
    try:
        return shape.model_validate(read_toml(path))
    except ValidationError as error:
        at = line_of(path, _first(error)["loc"])
        raise ConfigurationError(f"{path}: {f'line {at}: ' if at else ''}{_described(error, shape)}") from error


def line_of(path: Path, location: tuple[int | str, ...]) -> int | None:
    """The line of the key at this location, else of the table it belongs to; None where neither is written out."""
    names = [part for part in location if isinstance(part, str)]
    # Of several [[mailbox]] tables the location says which one, counted from 0.
    which = location[1] if len(location) > 1 and isinstance(location[1], int) else 0
    of_table, table, seen = None, list[str](), -1
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if header := _HEADER.match(line):
            table = header["name"].split(".")
            seen += table == names[:1]
            if table == names[: len(table)] and (not header["several"] or seen == which):
                of_table = number
        elif (key := _KEY.match(line)) and [*table, key["name"]] == names[: len(table) + 1] and seen in {-1, which}:
            return number
    return of_table


def _described(error: ValidationError, model: type[BaseModel]) -> str:
    """The first thing that is wrong, as `key: what; remedy`, without the value (it may be a secret or an address)."""
    first = _first(error)
    key = _key(first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key; {_suggestion(first['loc'], model)}"
    if first["type"] == "missing":
        return f"{key}: missing; add it"
    message = str(first["msg"]).removeprefix("Value error, ")
    remedy = "" if ";" in message else "; correct it"
    return f"{key}: {message}{remedy}" if key else message


def _first(error: ValidationError) -> Any:
    """The error that is told: what is wrong before what is missing."""
    return min(error.errors(include_input=False, include_url=False), key=lambda item: item["type"] == "missing")


def _key(location: tuple[int | str, ...]) -> str:
    """A location as it is written in TOML: mailbox[1].port counts from 1, as a person does."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _suggestion(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    keys = _keys_at(location[:-1], model)
    close = difflib.get_close_matches(str(location[-1]), keys, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(keys)}"


def _keys_at(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The keys that the table at this location knows."""
    for part in location:
        field = next((field for name, field in model.model_fields.items() if (field.alias or name) == part), None)
        if field is None:  # a number in a list, or a name that the person chose ([rule.my_data])
            continue
        model = next(kind for kind in _kinds(field.annotation) if issubclass(kind, BaseModel))
    return [field.alias or name for name, field in model.model_fields.items()]


def _kinds(annotation: Any) -> list[type]:
    inner = getattr(annotation, "__args__", ())
    found = [annotation] if isinstance(annotation, type) and not inner else []
    return found + [kind for part in inner for kind in _kinds(part)]
