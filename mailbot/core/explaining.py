"""A classification laid out for a person to read; the words around it are templates (`templates/<language>/`)."""

from collections.abc import Mapping

from mailbot.core.classifying import Classification, Evidence
from mailbot.core.rules import Ruleset

_LEARNED, _DESK = "learned/", "desk/"


def explanation(found: Classification, ruleset: Ruleset) -> dict[str, object]:
    """The values of the template explanation.txt: what the rules, the scorer and the desk said, each by itself."""
    about = {rule.id: str(rule.about or "") for rule in ruleset.rules}
    learned = [one for one in found.evidence if one.rule.startswith(_LEARNED)]
    desk = [one for one in found.evidence if one.rule.startswith(_DESK)]
    hits = [one for one in found.evidence if one.rule in about]
    return {
        "found": found,
        "hits": [_line(one, about) for one in hits],
        "learned": [_line(one, {one.rule: one.rule.removeprefix(_LEARNED)}) for one in learned],
        "desk": [_line(one, {}) | {"rule": one.rule.removeprefix(_DESK)} for one in desk],
        "guards": [_line(one, about) for one in found.guards],
        "misses": [_line(one, about) for one in found.misses],
    }


def _line(one: Evidence, about: Mapping[str, str]) -> dict[str, object]:
    return {
        "rule": one.rule,
        "text": one.text,
        "weight": one.weight,
        "place": str(one.place),
        "about": about.get(one.rule, ""),
    }
