"""Every error that a new user meets first: one line with the remedy, and the right exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from company import configure

from mailbot.config.data import builtin
from mailbot.demo.servers import EmbeddedServers


@pytest.fixture
def config(tmp_path: Path, pymap: EmbeddedServers) -> Path:
    return configure(tmp_path, pymap.imap_port, pymap.smtp_port)


def mailbot(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run the real program; its exit code, and its stderr, which must be one line without a traceback."""
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "nowhere"), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "mailbot", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if "first start" not in line]
    assert len(lines) <= 1, done.stderr
    return done.returncode, lines[0] if lines else ""


def changed(config: Path, old: str, new: str) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new, 1))


def test_no_configuration(tmp_path: Path) -> None:
    code, line = mailbot("run", "--once", folder=tmp_path)
    assert code == 2
    assert "mailbot init" in line
    assert "mailbot demo" in line


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    code, line = mailbot("run", "--once", "--config", "other.toml", folder=tmp_path)
    assert code == 2
    assert "other.toml: no such file" in line


def test_wrong_password(config: Path) -> None:
    (config.parent / "info.password").write_text("wrong")
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "info" in line
    assert "password" in line
    assert "wrong" not in line


def test_password_variable_not_set(config: Path) -> None:
    changed(config, 'password_file = "info.password"', 'password_env = "MAILBOT_NOT_SET"')
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "MAILBOT_NOT_SET is not set" in line


def test_host_down(config: Path, pymap: EmbeddedServers) -> None:
    pymap.stop()
    changed(config, 'name = "info"', 'name = "info"\ntimeout = 5')
    changed(config, 'name = "daan"', 'name = "daan"\ntimeout = 5')
    done = subprocess.run(
        [sys.executable, "-m", "mailbot", "run", "--once"],
        cwd=config.parent, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert all("127.0.0.1" in line for line in done.stderr.splitlines() if "first start" not in line)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('host = "127.0.0.1"', 'hots = "127.0.0.1"', "mailbox[1].hots: unknown key; did you mean host?"),
        ('[digest]', '[digset]', "digset: unknown key; did you mean digest?"),
        ('at = "08:00"', 'at = "8 o\'clock"', 'digest.at: write a time as "08:00"'),
        ('mailbox = "daan"', 'mailbox = "dana"', "review.mailbox names no [[mailbox]]"),
        ('name = "info"', "name = info", "not TOML"),
        ('tls = "none"', 'tls = "nnoe"', "mailbox[1].tls"),
    ],
)  # fmt: skip
def test_a_typo_in_the_configuration(config: Path, old: str, new: str, expected: str) -> None:
    changed(config, old, new)
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "mailbot.toml" in line
    assert expected in line


def overridden(config: Path, kind: str) -> Path:
    """A folder of one's own under [paths], as a user starts one."""
    folder = config.parent / f"my-{kind}"
    folder.mkdir()
    config.write_text(f'{config.read_text()}\n[paths]\n{kind} = "my-{kind}"\n')
    return folder


def test_missing_override_folder(config: Path) -> None:
    overridden(config, "rules").rmdir()
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "my-rules: no such folder" in line


def test_broken_rule_file(config: Path) -> None:
    folder = overridden(config, "rules")
    (folder / "nl").mkdir()
    (folder / "nl" / "erasure.toml").write_text("this is no rule\n")
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "nl/erasure.toml" in line


def test_broken_template(config: Path) -> None:
    folder = overridden(config, "templates")
    (folder / "nl").mkdir()
    source = (builtin("templates") / "nl" / "acknowledgement.txt").read_text()
    (folder / "nl" / "acknowledgement.txt").write_text(source + "\n{% if %}\n")
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "nl/acknowledgement.txt" in line
    assert "line" in line


def test_missing_rule_file(tmp_path: Path) -> None:
    """An installation that lost a rule file says which, before it can miss a request."""
    installed = tmp_path / "site"
    package = builtin("rules").parent
    for name in ("rules", "templates"):
        shutil.copytree(builtin(name), installed / "mailbot" / "data" / name)
    source = Path(sys.modules["mailbot"].__file__ or "").parent
    shutil.copytree(source, installed / "mailbot", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (installed / "mailbot" / "data" / "rules" / "nl" / "erasure.toml").unlink()
    assert package.is_dir()
    config = configure(tmp_path, 1, 1)
    done = subprocess.run(
        [sys.executable, "-m", "mailbot", "run", "--once", "--config", str(config)],
        cwd=installed, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "erasure" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_customer_list_that_is_not_there(config: Path) -> None:
    (config.parent / "customers.csv").unlink()
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 2
    assert "customers.csv" in line


def test_read_only_folder(config: Path) -> None:
    """Root may write anywhere, so the folder is made unwritable in a way that binds root too: it is a file."""
    changed(config, "[review]", '[register]\npath = "customers.csv/register.json"\n\n[review]')
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 3
    assert "register.json" in line


def test_a_register_that_was_lost_is_never_started_afresh(config: Path) -> None:
    assert mailbot("run", "--once", folder=config.parent)[0] == 0
    (config.parent / "register.json").unlink()
    code, line = mailbot("run", "--once", folder=config.parent)
    assert code == 3
    assert "register.json" in line
    assert not (config.parent / "register.json").exists()


def test_a_damaged_register_names_the_remedy(config: Path) -> None:
    assert mailbot("run", "--once", folder=config.parent)[0] == 0
    register = config.parent / "register.json"
    register.write_bytes(register.read_bytes().replace(b"1", b"2", 1))
    code, line = mailbot("cases", folder=config.parent)
    assert code == 3
    assert "register.json.previous" in line


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("frobnicate",), 2), (("approve",), 2), (("deadline", "yesterday"), 2), (("approve", "P-NOSUCH"), 1),
     (("show", "P-NOSUCH"), 1), (("classify", "nosuch.eml"), 3)],
)  # fmt: skip
def test_wrong_use(config: Path, arguments: tuple[str, ...], code: int) -> None:
    mailbot("run", "--once", folder=config.parent)
    found, line = mailbot(*arguments, folder=config.parent)
    assert found == code
    assert line


def test_a_second_instance_names_the_first(config: Path) -> None:
    service = subprocess.Popen(
        [sys.executable, "-m", "mailbot", "run"], cwd=config.parent, stderr=subprocess.PIPE, text=True
    )
    try:
        assert service.stderr is not None
        while "works for" not in service.stderr.readline():
            assert service.poll() is None
        code, line = mailbot("run", "--once", folder=config.parent)
    finally:
        service.terminate()
        assert service.wait(20) == 0
        if service.stderr:
            service.stderr.close()
    assert code == 4
    assert str(service.pid) in line
