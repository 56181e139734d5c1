"""Every command and option is in the docs, and every command line in the docs can be called."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from responder.cli import COMMANDS, command

OPTIONS_OF_ALL = frozenset({"--help", "-h", "--install-completion", "--show-completion"})


def all_commands() -> Mapping[str, Any]:
    """Every command that can be called, by its words: "check", "rules render"."""
    found: dict[str, Any] = {}
    for name in COMMANDS:
        one = command(name)
        below = getattr(one, "commands", None)
        found |= {f"{name} {inner}": below[inner] for inner in below} if below else {name: one}
    return found


def options(one: Any) -> set[str]:
    return {option for parameter in one.params for option in parameter.opts if option.startswith("-")}


def lines(pages: Any) -> Iterator[tuple[str, list[str]]]:
    """The command lines of console blocks: the page, and the words up to a redirection."""
    for block in pages.blocks("console"):
        for line in re.findall(r"^\$ (.*)$", block.text, re.MULTILINE):
            words = shlex.split(line)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            yield block.page, words[: words.index(">")] if ">" in words else words


def test_every_command_and_option_is_in_the_reference(pages: Any) -> None:
    commands, page = all_commands(), pages["docs/cli.md"]
    rows = dict(re.findall(r"^\| `(--[\w-]+)` \| ([\w, ]+) \|", page, re.MULTILINE))
    assert set(re.findall(r"^\| `responder ([\w ]+)` \|", page, re.MULTILINE)) == set(commands)
    of: dict[str, list[str]] = {}
    for name, one in commands.items():
        for option in options(one) - OPTIONS_OF_ALL:
            of.setdefault(option, []).append(name)
    assert {option: sorted(said.split(", ")) for option, said in rows.items()} == {
        option: sorted(names) for option, names in of.items()
    }


def test_every_command_line_calls_a_command_with_options_it_has(pages: Any) -> None:
    commands = all_commands()
    wrong = []
    for page, words in lines(pages):
        if words[0] != "responder":
            continue
        name = " ".join(words[1:3]) if " ".join(words[1:3]) in commands else words[1]
        given = {word.partition("=")[0] for word in words if word.startswith("-")}
        if name not in commands or given - options(commands[name]) - OPTIONS_OF_ALL:
            wrong.append(f"{page}: {' '.join(words)}")
    assert wrong == []


def test_every_make_target_exists(pages: Any, root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    called = {words[1] for _, words in lines(pages) if words[0] == "make"}
    called |= set(re.findall(r"`make ([a-z]+)", pages.all_text))
    assert called - targets == set()


def test_every_path_of_the_checkout_that_is_named_exists(pages: Any, root: Path) -> None:
    """Between backticks: `responder/engine`, `engine/intake.py`, `testing/servers.py`."""
    names = set(re.findall(r"`((?:[\w-]+/)+[\w.-]*)`", pages.all_text))
    names |= set(re.findall(r"`([\w/]+\.py)`", pages.all_text))
    known = {name for name in names if name.split("/")[0] in {"responder", "rules", "playbooks", "tests"}}
    inside = {name for name in names - known if name.endswith(".py")}
    missing = {name for name in known if not (root / name).exists()}
    missing |= {name for name in inside if not (root / "responder" / name).exists()}
    assert missing == set()
