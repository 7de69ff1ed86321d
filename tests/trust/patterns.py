"""Every regular expression of the program, found in its source: where it stands, and by which methods it is matched.

A pattern is the first argument of `re.compile`, `re.sub` and their like. Its value is computed with the names of its
module; where it is made of values of a function, `MADE_OF` says what they may be.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from trust.ambiguity import METHODS

import mailbot

ROOT: Final = Path(mailbot.__file__).parent

MADE_OF: Final[Mapping[str, Mapping[str, object]]] = {
    "_above_own_received": {"server": re.escape("mx.example.com")},  # the configured name of our own server
    "without_reason": {"opening": r"Deze\s+mail\s+is\s+niet"},  # words of our own templates, spaces aside
}
"""By function: values of the program and of its owner, never of a mail."""

USED_BY: Final = {
    "_OUTSIDE": frozenset({"match"}),  # `(_IN_COMMENT if depth else _OUTSIDE).match(field, position)`
    "_IN_COMMENT": frozenset({"match"}),
}
"""By name: methods that cannot be seen from the name in front of the dot."""


@dataclass(frozen=True)
class Found:
    """One pattern in the source."""

    module: str
    line: int
    name: str  # of the constant that it is assigned to; "" where it is used at once
    pattern: "re.Pattern[str] | re.Pattern[bytes]"
    methods: frozenset[str]

    def __str__(self) -> str:
        return f"{self.module}:{self.line}"


def modules() -> Iterator[str]:
    """All modules of the program."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        if parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def patterns() -> Iterator[Found]:
    """Every pattern of `re` in the program."""
    for module in modules():
        yield from _patterns_of(module)


def _patterns_of(module: str) -> Iterator[Found]:
    loaded = import_module(module)
    tree = ast.parse(Path(str(loaded.__file__)).read_text(encoding="utf-8"))
    names = {id(call): name for name, call in _assigned(tree)}
    for function, call in _calls_of_re(tree):
        method = _attribute(call).attr
        if method in {"escape", "error"}:
            continue
        written = _value(call.args[0], {**vars(loaded), **MADE_OF.get(function, {})})
        flags = [
            argument for argument in (*call.args[1:], *(word.value for word in call.keywords)) if _is_flag(argument)
        ]
        pattern = re.compile(written, *(_value(flag, vars(loaded)) for flag in flags))
        name = names.get(id(call), "")
        methods = frozenset({method}) if method != "compile" else _methods_of(name, tree)
        yield Found(module, call.lineno, name, pattern, methods)


def _calls_of_re(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "re":
                yield inside, node
        yield from _calls_of_re(node, inside)


def _attribute(call: ast.Call) -> ast.Attribute:
    assert isinstance(call.func, ast.Attribute)
    return call.func


def _assigned(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _methods_of(name: str, tree: ast.AST) -> frozenset[str]:
    """How a compiled pattern is used in its module; by every method, where that cannot be seen."""
    if name in USED_BY:
        return USED_BY[name]
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    direct = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    ]  # fmt: skip
    named = frozenset(node.attr for node in direct) & METHODS
    # one use is the assignment itself
    return named if named and len(direct) == len(uses) - 1 else METHODS


def _is_flag(node: ast.expr) -> bool:
    return "re." in ast.unparse(node) and "lambda" not in ast.unparse(node)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(names))  # noqa: S307 - our own source
