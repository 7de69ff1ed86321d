"""A coverage-guided fuzz target for the reader: any octets are read, classified and checked, and keep the promises.

    .venv/bin/pip install '.[demo,fuzz]' && .venv/bin/python tests/fuzz/fuzz_reader.py CORPUS -max_total_time=2400

CORPUS is a folder that is created and filled with seeds when it is missing (a temporary one without an argument); what
libFuzzer finds worth keeping is added to it. All of libFuzzer's options work. A finding ends the run with its traceback
and leaves a file crash-..., timeout-... or oom-... beside the corpus, which is looked at again with

    .venv/bin/python tests/fuzz/fuzz_reader.py crash-...

Nothing is skipped: no exception is expected, and none is caught.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

atheris.enabled_hooks.add("str")  # guides through startswith and endswith
with atheris.instrument_imports(include=["mailbot"]):
    from mailbot.config.reading import load_reading_words
    from mailbot.config.rules import load_rules
    from mailbot.core.authentication import Trust
    from mailbot.core.classifying import classify
    from mailbot.core.reading import Reader, split
    from mailbot.core.sender import check_sender

from fuzz.promises import PromiseBroken, keep, keep_classified  # noqa: E402 - found by the path that is set above
from fuzz.seeds import SEED_CAP, write_corpus, write_dictionary  # noqa: E402 - as above

_RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_READER = Reader(load_reading_words(None, frozenset({"info@example.com"})))
_RULES = load_rules(None)
_TRUST = Trust("mx.example.com")


def look_at(octets: bytes) -> None:
    """What is tried with every input."""
    mail = _READER.read(split(octets, _RECEIVED))
    if _READER.read(split(octets, _RECEIVED)) != mail:
        raise PromiseBroken("read twice, it is not the same mail")
    keep(mail)
    keep_classified(classify(mail, _RULES))
    check_sender(mail, lambda _: None, _TRUST)


def main() -> None:
    """Hand over to libFuzzer, which ends the process."""
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    corpus = Path(folders[0] if folders else tempfile.mkdtemp(prefix="fuzz-reader-"))
    if corpus.is_file():
        look_at(corpus.read_bytes())
        return
    count = write_corpus(corpus)
    words = corpus.parent / f"{corpus.name}.dict"
    write_dictionary(words)
    sys.stderr.write(f"{count} seeds in {corpus}\n")
    found = f"-artifact_prefix={corpus.parent}/"
    usual = [f"-dict={words}", f"-max_len={SEED_CAP}", "-timeout=10", "-rss_limit_mb=1024", found]
    atheris.Setup([sys.argv[0], *usual, *options, str(corpus), *folders[1:]], look_at)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
