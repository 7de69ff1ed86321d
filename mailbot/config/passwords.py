"""Where passwords come from: environment, file or command. Asked for at each login, kept nowhere, shown nowhere."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mailbot.config.data import read_text
from mailbot.config.settings import Account
from mailbot.core.errors import ConfigurationError

_COMMAND_TIMEOUT_SECONDS: Final = 30  # a password manager that asks for a touch answers within this


def password_of(account: Account, environment: Mapping[str, str]) -> Callable[[], str]:
    """How to get the password: asked for at each login, never kept. The call raises `ConfigurationError`."""

    def password() -> str:
        if account.password_env is not None:
            return _from_environment(account.password_env, environment)
        if account.password_file is not None:
            return _from_file(account.password_file)
        return _from_command(account.password_command or [])

    return password


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if not (value := environment.get(name, "")):
        raise ConfigurationError(f"the environment variable {name} is not set; set it to the password")
    return value


def _from_file(path: Path) -> str:
    text = read_text(path).rstrip("\r\n")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path}: others can read this password file; run: chmod 600 {path}")
    if not text:
        raise ConfigurationError(f"{path}: the password file is empty; put the password on its first line")
    return text


def _from_command(command: list[str]) -> str:
    try:
        # The command comes from the configuration, whose owner may run it anyway; no shell takes part.
        result = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=_COMMAND_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired, IndexError) as error:
        raise ConfigurationError(f"password_command does not run ({type(error).__name__}); try it by hand") from error
    text = result.stdout.rstrip("\r\n")
    if result.returncode or not text:
        raise ConfigurationError(f"password_command ended with {result.returncode} and no password; try it by hand")
    return text
