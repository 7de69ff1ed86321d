"""The pages as a person sees them: in a real browser, on a telephone, a screen and paper, by day and by night.

Skipped where no Chromium is installed; CI installs it. `SHOTS=folder` keeps the pictures, to be looked at.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from browser.busy_register import NOW, ZONE, closed_cases, open_cases
from browser.chromium import Browser, Page, a_browser, chromium

from mailbot.core.digest import build_digest
from mailbot.core.digest import render as render_digest
from mailbot.core.rendering import Texts
from mailbot.core.report_page import Imprint, render_report, render_year
from mailbot.core.reporting import build, of_year

_TEMPLATES: Final = Path(__file__).parents[2] / "templates"
_LANGUAGES: Final = ("nl", "en")
_IMPRINT: Final = Imprint("Werkplaats Voorbeeld", "0.1.0", NOW, ZONE)
_PHONES: Final = (320, 390)  # pixels wide; 320 is what WCAG 2.1 SC 1.4.10 asks for
_TEXT_CONTRAST: Final = 4.5  # WCAG 2.1 SC 1.4.3
_PICTURE_CONTRAST: Final = 3.0  # SC 1.4.11
_NOTES: Final = {"failing:info": f"{NOW:%Y-%m-%dT%H:%M:%S}+00:00 down", "paused:smtp": f"{NOW:%Y-%m-%dT%H:%M:%S}+00:00"}

# The contrast of every text, and of what is drawn, with the colour behind it. Everything here is opaque.
_CONTRAST: Final = """
(() => {
  const parse = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || element.closest('title, desc, style')) continue;
    const style = getComputedStyle(element);
    const colour = parse(element.closest('svg') ? style.fill : style.color);
    found.push(['text', ratio(colour, behind(element)), text.slice(0, 30)]);
  }
  for (const shape of document.querySelectorAll('svg rect, svg path, svg line')) {
    if (shape.matches('.grid') || shape.closest('defs')) continue;
    const style = getComputedStyle(shape);
    const paint = shape.tagName === 'line' || style.fill.startsWith('url') ? style.stroke : style.fill;
    found.push(['picture', ratio(parse(paint), behind(shape)), shape.getAttribute('class')]);
  }
  return found;
})()
"""


def _texts() -> Texts:
    sources = {
        path.relative_to(_TEMPLATES).as_posix(): path.read_text(encoding="utf-8")
        for language in _LANGUAGES
        for path in (_TEMPLATES / language).rglob("*")
        if path.suffix in {".txt", ".html"}
    }
    return Texts(sources, {name: tomllib.loads((_TEMPLATES / name / "words.toml").read_text()) for name in _LANGUAGES})


def _pages() -> Iterator[tuple[str, str]]:
    texts = _texts()
    for language in _LANGUAGES:
        for number in (0, 1, 12, 60) if language == "nl" else (12,):
            report = build([*open_cases(number), *closed_cases(70 if number else 0)], (), NOW, ZONE)
            yield f"report-{number}-{language}", render_report(report, texts, language, _IMPRINT)
        year = of_year([*open_cases(12), *closed_cases(70)], (), NOW.year, NOW, ZONE)
        yield f"report-year-{language}", render_year(year, texts, language, _IMPRINT)
        digest = build_digest(open_cases(12), _NOTES, NOW, ZONE)
        yield f"digest-{language}", render_digest(digest, texts, language).html


PAGES: Final = dict(_pages())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no Chromium: .ci/run installs it")
        pytest.skip("no Chromium: apt-get install chromium")
    with a_browser(program) as running:
        yield running


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def page(browser: Browser, name: str, tmp_path: Path) -> Page:
    """The page, opened on a desktop screen by day."""
    file = tmp_path / f"{name}.html"
    file.write_text(PAGES[name], encoding="utf-8")
    page = browser.new_page()
    page.size(1200)
    page.scheme("light")
    page.open(file)
    return page


def _keep(name: str, picture: bytes) -> None:
    if folder := os.environ.get("SHOTS"):
        (Path(folder) / name).write_bytes(picture)


def test_it_opens_without_complaint_and_asks_for_nothing_else(page: Page, name: str) -> None:
    assert page.complaints == []
    (asked,) = page.requests
    assert asked.endswith(f"{name}.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(page: Page, scheme: str) -> None:
    page.scheme(scheme)
    needed = {"text": _TEXT_CONTRAST, "picture": _PICTURE_CONTRAST}
    found = page.run(_CONTRAST)
    assert found
    assert [(ratio, what) for kind, ratio, what in found if ratio < needed[kind]] == []


def test_day_and_night_look_different(page: Page, name: str) -> None:
    pictures = {}
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        pictures[scheme] = page.picture()
        _keep(f"{name}-desktop-{scheme}.png", pictures[scheme])
    assert pictures["light"] != pictures["dark"]
    assert page.run("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", _PHONES)
def test_nothing_sticks_out_on_a_telephone(page: Page, name: str, width: int) -> None:
    page.size(width)
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        _keep(f"{name}-{width}-{scheme}.png", page.picture())
    assert page.run("document.documentElement.scrollWidth") == width


def test_words_on_the_line_of_days_do_not_run_into_each_other(page: Page) -> None:
    for width in (*_PHONES, 700, 1200):
        page.size(width)
        edges = page.run(
            "[...document.querySelectorAll('.axis text:not(.today)')].map(t => t.getBoundingClientRect())"
            ".map(r => [r.left, r.right])"
        )
        assert all(before[1] < after[0] for before, after in pairwise(edges)), (width, edges)


def test_it_prints_dark_on_white_by_night_too(page: Page, name: str) -> None:
    page.scheme("dark", medium="print")
    needed = {"text": _TEXT_CONTRAST, "picture": _PICTURE_CONTRAST}
    assert [(ratio, what) for kind, ratio, what in page.run(_CONTRAST) if ratio < needed[kind]] == []
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.scheme("dark")
    printed = page.print()
    _keep(f"{name}.pdf", printed)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 1
