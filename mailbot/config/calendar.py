"""`rules/calendar/<country>.toml`: what a country's list of public holidays has beside the published ones."""

from datetime import date
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mailbot.config.data import files
from mailbot.config.tables import read_table
from mailbot.core.deadlines import HolidayRules

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_COMMON_YEAR: Final = 2001  # a holiday on 29 February is no holiday every year


class _Fixed(BaseModel):
    model_config = _STRICT
    name: str
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    source: str

    @model_validator(mode="after")
    def _every_year(self) -> Self:
        date(_COMMON_YEAR, self.month, self.day)
        return self


class _GoodFriday(BaseModel):
    model_config = _STRICT
    equated: bool
    source: str


class _Equated(BaseModel):
    model_config = _STRICT
    days: tuple[date, ...]
    source: str


class _CalendarFile(BaseModel):
    model_config = _STRICT
    country: str = Field(pattern=r"^[A-Z]{2}$")
    fixed: tuple[_Fixed, ...] = ()
    good_friday: _GoodFriday | None = None
    equated: tuple[_Equated, ...] = ()


def load_holiday_rules(country: str, override: Path | None = None) -> HolidayRules:
    """The rules of a country (ISO 3166-1 alpha-2); none beside the published holidays when it has no file.

    `override` is the folder of the configuration whose files replace the built-in ones. Raises `ConfigurationError`.
    """
    path = dict(files("rules", ".toml", override)).get(f"calendar/{country}.toml")
    return read_holiday_rules(path) if path else HolidayRules(country)


def read_holiday_rules(path: Path) -> HolidayRules:
    """One calendar file. Raises `ConfigurationError` naming file and key."""
    calendar = read_table(path, _CalendarFile)
    return HolidayRules(
        country=calendar.country,
        fixed=tuple((entry.month, entry.day) for entry in calendar.fixed),
        good_friday_equated=calendar.good_friday is not None and calendar.good_friday.equated,
        equated_days=frozenset(day for entry in calendar.equated for day in entry.days),
    )
