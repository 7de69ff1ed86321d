"""Which language a text is written in, from the small words that every text of a language holds."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_SENTENCE = 7  # words; shorter ones are greetings, names and addresses


@dataclass(frozen=True, slots=True)
class Profile:
    """What a language is recognised by."""

    words: frozenset[str]  # folded
    yields: float = 1.0  # to another language that this share of the words in whole sentences is in; 1: never


def detect_language(text_words: Iterable[str], profiles: Mapping[str, Profile]) -> str:
    """The language whose words (folded) occur most, as ISO 639-1; "" when none or two of them fit equally.

    A word that several languages know counts for each of them by its share: `de` says little, `gegevens` a lot.
    """
    sharing = Counter(word for profile in profiles.values() for word in profile.words)
    counts = Counter(text_words)
    scores = sorted(
        (sum(counts[word] / sharing[word] for word in profile.words & counts.keys()), language)
        for language, profile in profiles.items()
    )
    if not scores or scores[-1][0] < 1 or (len(scores) > 1 and scores[-1][0] == scores[-2][0]):
        return ""
    return scores[-1][1]


def written_language(sentences: Iterable[Sequence[str]], profiles: Mapping[str, Profile]) -> str:
    """The language of a text of several sentences, in which one language may yield to another (`Profile.yields`)."""
    parts = [list(sentence) for sentence in sentences]
    found = detect_language((word for part in parts for word in part), profiles)
    share = profiles[found].yields if found else 1.0
    if share < 1:
        told = Counter[str]()
        for part in parts:
            if len(part) >= _SENTENCE:
                told[detect_language(part, profiles)] += len(part)
        others = [(count, language) for language, count in told.items() if language not in {"", found}]
        if others and max(others)[0] >= share * told.total():
            return max(others)[1]
    return found
