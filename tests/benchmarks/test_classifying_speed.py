"""How long the classification takes; README, "Work on it", says how to run it.

`extra_info` (in the saved JSON, `--benchmark-json`) and the printed lines hold what a table of means cannot show: the
median and the 99th percentile over many different mails, and the time per kilobyte as a mail grows.
"""

from statistics import quantiles
from time import perf_counter
from typing import Any

import pytest
from rule_texts import a_written_mail, the_rules

from mailbot.config.rules import load_rules
from mailbot.config.training import load_lessons
from mailbot.core.classifying import classify

REQUEST = (
    "Goedemorgen,\n\nVorig jaar heb ik bij jullie twee borden laten maken. Ik bestel voorlopig niets meer en wil graag "
    "dat jullie mijn gegevens verwijderen, ook mijn telefoonnummer. Kunnen jullie me laten weten wanneer dat gebeurd "
    "is?\n\nGroeten, Anna\n"
)
KILOBYTE = 1000


def test_many_different_mails(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    mails = [a_written_mail(lesson.text, subject=lesson.subject) for lesson in load_lessons()[::5]]
    rules, spent = the_rules(), []

    def classify_all() -> None:
        for mail in mails:
            start = perf_counter()
            classify(mail, rules)
            spent.append((perf_counter() - start) * 1e6)

    benchmark.pedantic(classify_all, rounds=3, warmup_rounds=1)
    cuts = quantiles(spent, n=100)
    benchmark.extra_info |= {"mails": len(mails), "median_us": round(cuts[49]), "p99_us": round(cuts[98])}
    with capsys.disabled():
        print(f"\n{len(mails)} mails: median {cuts[49]:.0f} µs, 99th percentile {cuts[98]:.0f} µs")  # noqa: T201 - the figure is what this is run for


@pytest.mark.parametrize("size", [KILOBYTE, 10 * KILOBYTE, 100 * KILOBYTE, 1000 * KILOBYTE])
def test_growth_with_the_length_of_a_mail(benchmark: Any, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    text = (REQUEST * (size // len(REQUEST) + 1))[:size]
    mail, rules = a_written_mail(text, subject="Mijn gegevens"), the_rules()
    found = benchmark.pedantic(classify, (mail, rules), rounds=5, warmup_rounds=1)
    assert found.rights
    per_kilobyte = benchmark.stats.stats.median * 1e6 / (size / KILOBYTE)
    benchmark.extra_info["us_per_kilobyte"] = round(per_kilobyte)
    with capsys.disabled():
        print(f"\n{size // KILOBYTE} kB: {per_kilobyte:.0f} µs a kilobyte")  # noqa: T201 - as above


def test_loading(benchmark: Any) -> None:
    assert benchmark.pedantic(load_rules, rounds=5).rules
