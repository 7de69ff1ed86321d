"""`rules/calendar/<country>.toml`: what a country's list of public holidays has beside the published ones."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mailbot.config.data import files, read_text
from mailbot.core.deadlines import HolidayRules
from mailbot.core.errors import ConfigurationError

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_COMMON_YEAR: Final = 2001  # a holiday on 29 February is no holiday every year


class _Fixed(BaseModel):
    model_config = _STRICT
    name: str
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    source: str


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
    calendar = _checked(path)
    return HolidayRules(
        country=calendar.country,
        fixed=tuple((entry.month, entry.day) for entry in calendar.fixed),
        good_friday_equated=calendar.good_friday is not None and calendar.good_friday.equated,
        equated_days=frozenset(day for entry in calendar.equated for day in entry.days),
    )


def _checked(path: Path) -> _CalendarFile:
    try:
        calendar = _CalendarFile.model_validate(tomllib.loads(read_text(path)))
        for entry in calendar.fixed:
            date(_COMMON_YEAR, entry.month, entry.day)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}; mend the line") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {key}: {first['msg']}; mend the key") from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: fixed: {error}; mend month and day") from error
    return calendar
