"""Where rules and templates lie: in the wheel, in a checkout, and in the folder that the configuration names."""

from collections.abc import Iterator
from pathlib import Path

from mailbot.core.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent.parent


def builtin(kind: str) -> Path:
    """The folder that came with mailbot: `kind` is "rules" or "templates". Raises `ConfigurationError`."""
    for folder in (_PACKAGE / "data" / kind, _PACKAGE.parent / kind):
        if folder.is_dir():
            return folder
    raise ConfigurationError(f"{kind}/ is missing from this installation: install mailbot again")


def files(kind: str, suffix: str, override: Path | None = None) -> Iterator[tuple[str, Path]]:
    """All files of a kind as (relative name, path), sorted; one in `override` replaces or joins the built-in ones.

    Raises `ConfigurationError` when the override folder does not exist.
    """
    roots = [builtin(kind)]
    if override is not None:
        if not override.is_dir():
            raise ConfigurationError(f"{override}: no such folder; mend or remove the key {kind!r} in [paths]")
        roots.append(override)
    found = {path.relative_to(root).as_posix(): path for root in roots for path in sorted(root.rglob(f"*{suffix}"))}
    yield from sorted(found.items())


def read_text(path: Path) -> str:
    """A UTF-8 text file. Raises `ConfigurationError` naming the file."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; check the name and the permissions") from error
