"""What the README says is what the program does."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailbot.cli.main import cli
from mailbot.config.settings import load_settings

README = Path(__file__).resolve().parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_every_command_is_in_the_readme_and_every_command_there_exists() -> None:
    named = set(re.findall(r"`(?:\S*/)?mailbot ([a-z-]+)", README.read_text(encoding="utf-8")))
    assert named == set(cli.commands)


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_command_teaches(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_every_option_in_the_readme_exists() -> None:
    for command, option in re.findall(r"mailbot ([a-z-]+)[^`\n|]*? (--[a-z-]+)", README.read_text(encoding="utf-8")):
        parameters = [
            name for parameter in cli.commands[command].params for name in (*parameter.opts, *parameter.secondary_opts)
        ]
        assert option in parameters, f"{command} {option}"


def test_the_configuration_in_the_readme_is_valid_and_complete(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    config = tmp_path / "mailbot.toml"
    config.write_text(block)
    settings = load_settings(config)
    written = tomllib.loads(block)
    assert set(written) == {field.alias or name for name, field in type(settings).model_fields.items()}


def test_every_test_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", README.read_text(encoding="utf-8")))
    sources = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    assert named
    assert {name for name in named if f"def {name}(" not in sources} == set()


def test_the_two_lines_need_nothing_but_python() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("python3")]
    assert len(lines) == 2
    assert all(line.startswith("python3 -m venv .venv && .venv/bin/pip install -q '.[") for line in lines)


def test_the_demo_goes_the_whole_way_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mailbot", "demo"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for heading in ("recognised, and why", "who wrote, and until when", "ready in Drafts", "moves it to", "digest"):
        assert heading in done.stdout
    assert "sent 1 mail" in done.stdout
    assert "a second pass sends 0 mails and lays 0 drafts" in done.stdout
    assert list(tmp_path.iterdir()) == []
