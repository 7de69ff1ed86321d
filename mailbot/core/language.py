"""Which language a text is written in, from the small words that every text of a language holds."""

from collections import Counter
from collections.abc import Iterable, Mapping


def detect_language(text_words: Iterable[str], profiles: Mapping[str, frozenset[str]]) -> str:
    """The language whose words (folded) occur most, as ISO 639-1; "" when none or two of them fit equally.

    A word that several languages know counts for each of them by its share: `de` says little, `gegevens` a lot.
    """
    sharing = Counter(word for profile in profiles.values() for word in profile)
    counts = Counter(text_words)
    scores = sorted(
        (sum(counts[word] / sharing[word] for word in profile & counts.keys()), language)
        for language, profile in profiles.items()
    )
    if not scores or scores[-1][0] < 1 or (len(scores) > 1 and scores[-1][0] == scores[-2][0]):
        return ""
    return scores[-1][1]
