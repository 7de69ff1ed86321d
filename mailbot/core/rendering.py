"""Templates and words in, text out. A missing variable is an error; a mail's text is only ever a value.

Jinja2 sees templates as strings from a mapping: nothing is read from disk here, and text from a mail is never
compiled. Plain text is not escaped; HTML is autoescaped.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from jinja2 import (
    DictLoader,
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context

from mailbot.core.errors import ConfigurationError

Words = Mapping[str, Mapping[str, str]]
"""One language's words by section and key, e.g. words["rights"]["access"]; from `templates/<language>/words.toml`."""

FALLBACK_LANGUAGE: Final = "en"


class TemplateBroken(ConfigurationError):
    """A template does not compile or uses a variable that does not exist; the message names file and line."""


class Texts:
    """All templates and words. `sources` maps "nl/answer.txt" to its text; `words` maps a language to its words.

    Compiles every template at once, so that a broken one shows at the start. Raises `TemplateBroken`.
    """

    def __init__(self, sources: Mapping[str, str], words: Mapping[str, Words]) -> None:
        self._words = words
        self._sources = frozenset(sources)
        # autoescape by name: only digest and report pages are HTML
        self._environment = Environment(
            loader=DictLoader(dict(sources)),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters |= {"day": _day, "instant": _instant}
        for name in sorted(sources):
            self._compile(name)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have words."""
        return tuple(sorted(self._words))

    def desk_language(self, language: str) -> str:
        """This language if the privacy contact's texts exist in it, else English; some have letters only."""
        return language if "folders" in self._words.get(language, {}) else FALLBACK_LANGUAGE

    def has(self, language: str, name: str) -> bool:
        """Whether there is such a template in that language."""
        return f"{language}/{name}" in self._sources

    def words(self, language: str) -> Words:
        """The words of a language, of the fallback language where it has none. Raises `ConfigurationError`."""
        for candidate in (language, FALLBACK_LANGUAGE):
            if candidate in self._words:
                return self._words[candidate]
        raise ConfigurationError(f"templates/{language}/words.toml: missing; there is none in English either")

    def render(self, language: str, name: str, values: Mapping[str, object]) -> str:
        """The template `<language>/<name>` with `values`, `language` and `words`.

        Filters: `{{ date | day }}` writes a date, `{{ moment | instant(zone) }}` a moment, as that language does.

        Raises `TemplateBroken` when the template is missing, fails, or needs a value that is not there.
        """
        template = f"{language}/{name}"
        try:
            return self._environment.get_template(template).render(
                {**values, "language": language, "words": self.words(language)}
            )
        except TemplateError as error:
            raise TemplateBroken(f"templates/{template}: {error.message}; mend the template") from error

    def titled(self, language: str, name: str, values: Mapping[str, object]) -> tuple[str, str]:
        """Subject and text of a template whose first line is the subject. Raises `TemplateBroken`."""
        subject, _, text = self.render(language, name, values).partition("\n")
        return subject.strip(), text.strip("\n") + "\n"

    def _compile(self, name: str) -> None:
        try:
            self._environment.get_template(name)
        except TemplateSyntaxError as error:
            raise TemplateBroken(
                f"templates/{error.name or name}: line {error.lineno}: {error.message}; mend the template"
            ) from error


@pass_context
def _day(context: Context, value: date) -> str:
    return format_date(value, format="long", locale=_locale(context))


@pass_context
def _instant(context: Context, value: datetime, zone: str) -> str:
    local = value.astimezone(ZoneInfo(zone))
    return f"{_day(context, local.date())} {format_time(local, format='HH:mm', locale=_locale(context))}"


def _locale(context: Context) -> str:
    """How dates are written: as `words["reply"]["locale"]` says, since English alone would mean American dates."""
    return str(context["words"]["reply"]["locale"])
