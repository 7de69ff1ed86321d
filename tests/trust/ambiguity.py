"""Can a pattern of Python's `re` take more than linear time? Proved from the pattern, without a clock.

`re` tries one way through a pattern after another. The time that takes is the number of ways in which a text can lead
into the pattern: where that number is bounded for every letter of the text, matching is linear. A pattern is read as an
automaton whose states are the letters in it; it has more and more ways exactly when (Weber and Seidl 1991)

- two different ways lead from a state back to itself over the same text: exponential, as in `(a|a)*b`;
- over one text a state leads to itself, to another state, and that one to itself: at least quadratic, as in `a*a*b`.

Where a pattern is searched for, the place where it starts is one more state, which leads to itself over every letter:
`a*b` is linear by `match` and quadratic by `search`. Where the pattern may end whatever comes, no second way is tried:
a way around through such a state is no reason. `fullmatch` can always fail. Bounded repetitions count as few: their
bound is a constant factor.

It errs towards "not linear". Groups that refer back are not read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any, Final

_parser: Any = import_module("re._parser")
_compiler: Any = import_module("re._compiler")
_constants: Any = import_module("re._constants")

SEARCHES: Final = frozenset({"search", "findall", "finditer", "sub", "subn", "split"})
METHODS: Final = SEARCHES | {"match", "fullmatch"}

_MANY: Final = 3  # a bounded repetition is read as at most this many
_SAMPLES: Final = [*range(256), 0x130, 0x660, 0x2022, 0x2028, 0x3000, 0x4E00, 0xFF20, 0xFF21, 0x1F600]
_START: Final = -1  # the state in which a search still looks for the first letter

Letters = frozenset[int]


@dataclass
class _Automaton:
    """Letters in the order of the pattern, and which letter can follow which, in how many ways."""

    letters: list[Letters] = field(default_factory=list)
    follows: dict[int, Counter[int]] = field(default_factory=dict)
    sure: set[int] = field(default_factory=set)  # states from which the pattern is done, whatever comes


def reasons(pattern: "re.Pattern[str] | re.Pattern[bytes]", method: str) -> tuple[str, ...]:
    """Why matching with this method may take more than linear time; empty when it is proved linear."""
    parsed = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    return tuple(dict.fromkeys(_reasons(parsed, pattern, method)))


def _reasons(parsed: Any, pattern: "re.Pattern[Any]", method: str) -> Iterator[str]:
    automaton = _Builder(parsed, pattern).automaton()
    if method in SEARCHES:
        every = frozenset().union(*automaton.letters, [_other(automaton.letters)])
        automaton.letters.append(every)
        start = len(automaton.letters) - 1
        automaton.follows[start] = automaton.follows.pop(_START) + Counter([start])
    if method == "fullmatch":
        automaton.sure = set()
    yield from _exponential(automaton)
    yield from _polynomial(automaton, searched=method in SEARCHES)
    for inner in _lookarounds(parsed):
        yield from _reasons(inner, pattern, "search")  # it may be tried at every letter


def _other(letters: Iterable[Letters]) -> int:
    return max((max(one, default=0) for one in letters), default=0) + 1


# --- ways that grow ------------------------------------------------------------------------------------------------


def _exponential(automaton: _Automaton) -> Iterator[str]:
    for state in _loops(automaton) - automaton.sure:
        if any(count > 1 and _reaches(automaton, after, state) for after, count in automaton.follows[state].items()):
            yield f"two ways around {_shown(automaton, state)}"
        elif _splits_and_joins(automaton, state):
            yield f"two ways around {_shown(automaton, state)} over the same text"


def _splits_and_joins(automaton: _Automaton, state: int) -> bool:
    """Whether two different ways lead from the state to itself over one text."""
    begin = (state, state, False)
    seen, waiting = {begin}, [begin]
    while waiting:
        one, other, apart = waiting.pop()
        for after in _pairs(automaton, one, other):
            if not automaton.sure.isdisjoint(after):
                continue
            found = (*after, apart or after[0] != after[1])
            if found == (state, state, True):
                return True
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return False


def _polynomial(automaton: _Automaton, *, searched: bool) -> Iterator[str]:
    loops = _loops(automaton)
    start = len(automaton.letters) - 1 if searched else None
    for first, second in product(loops, loops - automaton.sure):
        apart = second not in {first, start} and _reaches(automaton, first, second)
        if apart and _grows(automaton, first, second):
            where = "each start" if first == start else _shown(automaton, first)
            yield f"{_shown(automaton, second)} goes on over what {where} goes on over"


def _grows(automaton: _Automaton, first: int, second: int) -> bool:
    """Whether over one text the first leads to itself and to the second, and the second to itself."""
    begin, end = (first, first, second), (first, second, second)
    seen, waiting = {begin}, [begin]
    while waiting:
        for after in _triples(automaton, *waiting.pop()):
            if after == end:
                return True
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False


def _pairs(automaton: _Automaton, one: int, other: int) -> Iterator[tuple[int, int]]:
    for a, b in product(automaton.follows.get(one, ()), automaton.follows.get(other, ())):
        if automaton.letters[a] & automaton.letters[b]:
            yield a, b


def _triples(automaton: _Automaton, one: int, two: int, three: int) -> Iterator[tuple[int, int, int]]:
    for a, b in _pairs(automaton, one, two):
        both = automaton.letters[a] & automaton.letters[b]
        for c in automaton.follows.get(three, ()):
            if both & automaton.letters[c] and c not in automaton.sure:
                yield a, b, c


def _loops(automaton: _Automaton) -> set[int]:
    return {state for state in range(len(automaton.letters)) if _reaches(automaton, state, state)}


def _reaches(automaton: _Automaton, begin: int, end: int) -> bool:
    seen: set[int] = set()
    waiting = [begin]
    while waiting:
        for after in automaton.follows.get(waiting.pop(), ()):
            if after == end:
                return True
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False


def _shown(automaton: _Automaton, state: int) -> str:
    letters = sorted(automaton.letters[state])
    shown = "".join(chr(letter) for letter in letters if 0x20 < letter < 0x7F)
    return f"[{shown if len(shown) <= 12 else shown[:5] + '…' + shown[-5:]}]"


# --- from a pattern to its automaton -------------------------------------------------------------------------------


class _Builder:
    """A parsed pattern as nodes with silent steps between them, then as an automaton without."""

    def __init__(self, parsed: Any, pattern: "re.Pattern[Any]") -> None:
        self._pattern = pattern
        self._samples = sorted({*_SAMPLES, *_named(parsed)})
        if isinstance(pattern.pattern, bytes):
            self._samples = list(range(256))
        self._letters: list[Letters] = []
        self._silent: dict[int, list[tuple[int, bool]]] = {}  # node to (node, whether it can fail)
        self._reads: dict[int, tuple[int, int]] = {}  # node to (letter, node)
        self._nodes = 0
        self._begin, self._end = self._sequence(parsed)

    def automaton(self) -> _Automaton:
        found = _Automaton(self._letters)
        entries = {_START: self._begin} | dict(self._reads.values())
        for state, node in entries.items():
            ways = Counter[int]()
            for reached, sure in self._silently(node):
                if reached == self._end and sure:
                    found.sure.add(state)
                if reached in self._reads:
                    ways[self._reads[reached][0]] += 1
            found.follows[state] = ways
        return found

    def _silently(self, node: int, sure: bool = True, way: tuple[int, ...] = ()) -> Iterator[tuple[int, bool]]:
        """Every node that silent steps lead to, once for each way without a circle."""
        yield node, sure
        for after, can_fail in self._silent.get(node, ()):
            if after not in way and after != node:
                yield from self._silently(after, sure and not can_fail, (*way, node))

    def _node(self) -> int:
        self._nodes += 1
        return self._nodes

    def _step(self, one: int, other: int, *, can_fail: bool = False) -> None:
        self._silent.setdefault(one, []).append((other, can_fail))

    def _sequence(self, items: Any) -> tuple[int, int]:
        begin = end = self._node()
        for item in items:
            first, last = self._item(*item)
            self._step(end, first)
            end = last
        return begin, end

    def _item(self, operation: Any, argument: Any) -> tuple[int, int]:
        name = str(operation)
        if name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            return self._letter(operation, argument)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            least, most, inner = argument
            return self._repeat(least, most, inner)
        if name == "SUBPATTERN":
            return self._sequence(argument[3])
        if name == "ATOMIC_GROUP":
            return self._sequence(argument)
        if name == "BRANCH":
            return self._branch(argument[1])
        if name in {"AT", "ASSERT", "ASSERT_NOT"}:
            begin, end = self._node(), self._node()
            self._step(begin, end, can_fail=True)
            return begin, end
        raise NotImplementedError(f"{name} in {self._pattern.pattern!r}")

    def _letter(self, operation: Any, argument: Any) -> tuple[int, int]:
        state = _parser.State()
        state.str = self._pattern.pattern
        one = _compiler.compile(_parser.SubPattern(state, [(operation, argument)]), self._pattern.flags)
        is_bytes = isinstance(self._pattern.pattern, bytes)
        texts = {code: bytes([code]) if is_bytes else chr(code) for code in self._samples}
        self._letters.append(frozenset(code for code, text in texts.items() if one.fullmatch(text)))
        begin, end = self._node(), self._node()
        self._reads[begin] = (len(self._letters) - 1, end)
        return begin, end

    def _branch(self, branches: Any) -> tuple[int, int]:
        begin, end = self._node(), self._node()
        for branch in branches:
            first, last = self._sequence(branch)
            self._step(begin, first)
            self._step(last, end)
        return begin, end

    def _repeat(self, least: Any, most: Any, inner: Any) -> tuple[int, int]:
        endless = most is _constants.MAXREPEAT
        needed = min(int(least), _MANY - 1)
        begin = end = self._node()
        for _ in range(needed):
            first, last = self._sequence(inner)
            self._step(end, first)
            end = last
        final = self._node()
        self._step(end, final)
        for _ in range(1 if endless else min(int(most), _MANY) - needed):
            first, last = self._sequence(inner)
            self._step(end, first)
            self._step(last, final)
            if endless:
                self._step(last, first)
            end = last
        return begin, final


def _named(items: Any) -> Iterator[int]:
    """The letters that a pattern names, and their neighbours."""
    for operation, argument in items:
        name = str(operation)
        if name in {"LITERAL", "NOT_LITERAL"}:
            yield from (argument, argument + 1)
        elif name == "RANGE":
            yield from (max(0, argument[0] - 1), argument[0], argument[1], argument[1] + 1)
        elif name == "IN":
            yield from _named(argument)
        for inner in _inside(name, argument):
            yield from _named(inner)


def _inside(name: str, argument: Any) -> Iterable[Any]:
    if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return (argument[2],)
    if name == "SUBPATTERN":
        return (argument[3],)
    if name == "ATOMIC_GROUP":
        return (argument,)
    if name == "BRANCH":
        return tuple(argument[1])
    if name in {"ASSERT", "ASSERT_NOT"}:
        return (argument[1],)
    return ()


def _lookarounds(items: Any) -> Iterator[Any]:
    for operation, argument in items:
        name = str(operation)
        for inner in _inside(name, argument):
            if name in {"ASSERT", "ASSERT_NOT"}:
                yield inner
            yield from _lookarounds(inner)


@cache
def longest_bound(pattern: "re.Pattern[Any]") -> int:
    """The greatest bound of a bounded repetition of more than one letter: a constant factor of a search."""
    return max(_bounds(_parser.parse(pattern.pattern, pattern.flags)), default=1)


def _bounds(items: Any) -> Iterator[int]:
    for operation, argument in items:
        name = str(operation)
        inner = max((bound for one in _inside(name, argument) for bound in _bounds(one)), default=1)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and argument[1] is not _constants.MAXREPEAT:
            yield int(argument[1]) * inner
        else:
            yield inner
