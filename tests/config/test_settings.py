"""mailbot.toml: what is accepted, what is refused and with which words, and where passwords come from."""

import sys
from pathlib import Path

import pytest

from mailbot.config.passwords import password_of
from mailbot.config.settings import Settings, load_settings
from mailbot.core.errors import ConfigurationError

SMALLEST = """\
[controller]
name = "Werkplaats"
privacy_contact = "Daan Voorbeeld <daan@example.com>"

[[mailbox]]
name = "daan"
host = "imap.example.com"
user = "daan@example.com"
password_env = "MAILBOT_TEST"
addresses = ["daan@example.com"]

[review]
mailbox = "daan"

[smtp]
host = "smtp.example.com"
user = "daan@example.com"
password_env = "MAILBOT_TEST"
from = "Werkplaats <Daan@example.com>"

[digest]
to = "daan@example.com"
"""


def settings(folder: Path, *changes: tuple[str, str]) -> Settings:
    text = SMALLEST
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "mailbot.toml").write_text(text)
    return load_settings(folder / "mailbot.toml")


def test_the_smallest_configuration_has_sensible_defaults(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.mailbox[0].port == 993
    assert found.mailbox[0].tls == "implicit"
    assert found.smtp.port == 465
    assert found.digest.at.isoformat() == "08:00:00"
    assert found.policy.days == 30
    assert found.register_.path == tmp_path / "register.json"
    assert found.own_addresses == {"daan@example.com"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('host = "imap.example.com"\n', "", "mailbox[1].host: missing; add it"),
        ('name = "daan"', 'name = "daan"\npassword = "x"', "mailbox[1].password: unknown key"),
        ('password_env = "MAILBOT_TEST"\n', "", "give exactly one of password_env"),
        ('password_env = "MAILBOT_TEST"', 'password_env = "A"\npassword_file = "b"', "give exactly one of"),
        ('host = "imap.example.com"', 'host = "imap.example.com"\ntls = "none"', "only allowed on this machine"),
        ('host = "imap.example.com"', 'host = "imap.example.com"\nport = 0', "mailbox[1].port"),
        ('"Daan Voorbeeld <daan@example.com>"', '"Daan"', "controller.privacy_contact: not an e-mail address"),
        ('to = "daan@example.com"', 'to = "dään@example.com"', "digest.to: not an e-mail address"),
        ('name = "Werkplaats"', 'name = "Werkplaats"\ntimezone = "Europe/Delft"', "no such time zone"),
        ('mailbox = "daan"', 'mailbox = "info"', "review.mailbox names no [[mailbox]]"),
        ("[review]", "[policy]\ndays = 31\n[review]", "policy.days"),
        ("[review]", "[serivce]\n[review]", "did you mean service?"),
    ],
)
def test_a_wrong_key_is_named_with_its_remedy(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path, (old, new))
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "mailbot.toml"))
    assert "\n" not in str(caught.value)


def test_an_error_never_shows_the_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path, ('password_env = "MAILBOT_TEST"', 'pasword_env = "hunter2"'))
    assert "hunter2" not in str(caught.value)


def test_a_mailbox_name_is_given_once(tmp_path: Path) -> None:
    table = SMALLEST[SMALLEST.index("[[mailbox]]") : SMALLEST.index("[review]")]
    with pytest.raises(ConfigurationError, match="same name"):
        settings(tmp_path, ("[review]", table + "[review]"))


def test_the_password_comes_from_the_environment(tmp_path: Path) -> None:
    ask = password_of(settings(tmp_path).smtp, {"MAILBOT_TEST": "s3cret"})
    assert ask() == "s3cret"


def test_the_password_comes_from_a_file_that_only_the_owner_can_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    table = settings(tmp_path, ('password_env = "MAILBOT_TEST"', 'password_file = "secret"')).mailbox[0]
    secret.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        password_of(table, {})()
    secret.chmod(0o600)
    assert password_of(table, {})() == "s3cret"


@pytest.mark.parametrize(("code", "fine"), [("print('s3cret')", True), ("raise SystemExit(1)", False), ("", False)])
def test_the_password_comes_from_a_command(tmp_path: Path, code: str, fine: bool) -> None:
    command = f'password_command = ["{sys.executable}", "-c", "{code}"]'
    ask = password_of(settings(tmp_path, ('password_env = "MAILBOT_TEST"', command)).mailbox[0], {})
    if fine:
        assert ask() == "s3cret"
    else:
        with pytest.raises(ConfigurationError, match="try it by hand"):
            ask()
