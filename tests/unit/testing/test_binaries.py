"""Programs are found on PATH, in the cache, or fetched once, with a stand-in for the package manager."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from responder.testing import binaries
from responder.testing.binaries import Tool, ToolMissing, cache_dir, find

APT_GET = """#!/bin/sh
echo "$@" >> "{log}"
{behaviour}
touch prometheus_2.42_amd64.deb
"""

DPKG_DEB = """#!/bin/sh
mkdir -p "$3/usr/bin"
printf 'a tool' > "$3/usr/bin/promtool"
printf 'looks at /usr/share/prometheus/web' > "$3/usr/bin/prometheus"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """An installed product on a machine whose apt-get behaves as told; answers what it was asked."""
    programs, log = tmp_path / "bin", tmp_path / "asked"
    programs.mkdir()
    monkeypatch.setattr(binaries, "_CHECKOUT", tmp_path / "nowhere")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(binaries, "_NAMES", {tool: (str(tool),) for tool in Tool})

    def make(behaviour: str = "") -> Path:
        _program(programs / "apt-get", APT_GET.format(log=log, behaviour=behaviour))
        _program(programs / "dpkg-deb", DPKG_DEB)
        return log

    return make


def test_a_program_on_path_is_taken_and_nothing_is_fetched(
    machine: Callable[[str], Path], tmp_path: Path
) -> None:
    log = machine("")
    _program(tmp_path / "bin" / "promtool", "#!/bin/sh\n")
    assert find(Tool.PROMTOOL) == tmp_path / "bin" / "promtool"
    assert not log.exists()


def test_a_package_is_fetched_once_however_many_ask_at_the_same_time(machine: Callable[[str], Path]) -> None:
    log = machine("")
    said: list[str] = []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: find(Tool.PROMTOOL, say=said.append), range(8)))
    assert set(found) == {cache_dir() / "prometheus" / "usr" / "bin" / "promtool"}
    assert len(log.read_text().splitlines()) == 1
    assert said == ["fetching the distribution's package prometheus (once, not installed)"]


def test_a_server_is_started_where_it_finds_its_files(machine: Callable[[str], Path]) -> None:
    """A path below the root becomes one below the package's folder; the program keeps its length."""
    machine("")
    script = find(Tool.PROMETHEUS)
    folder = cache_dir() / "prometheus"
    assert script == folder / "run" / "prometheus"
    assert script.stat().st_mode & stat.S_IXUSR
    assert (folder / "usr" / "bin" / "prometheus").read_text() == "looks at usr/share/prometheus//web"


def test_without_package_lists_own_ones_are_made(machine: Callable[[str], Path]) -> None:
    log = machine('case "$*" in "-qq download"*) exit 100;; esac')
    assert find(Tool.PROMTOOL).exists()
    first, update, download = log.read_text().splitlines()
    assert "Dir::State::Lists" not in first
    assert "Dir::State::Lists" in update
    assert update.endswith(" update")
    assert download.endswith(" download prometheus")


def test_what_cannot_be_fetched_is_named_with_the_reason_and_what_to_do(
    machine: Callable[[str], Path],
) -> None:
    machine("echo 'E: no network.' >&2; exit 100")
    with pytest.raises(ToolMissing, match=r"promtool is not on PATH.*: E: no network\. Install it "):
        find(Tool.PROMTOOL)
    assert not (cache_dir() / "prometheus").exists()


def test_a_package_without_the_program_says_so(machine: Callable[[str], Path]) -> None:
    machine("")
    with pytest.raises(ToolMissing, match="the package prometheus-alertmanager has no such program"):
        find(Tool.AMTOOL)


def test_a_machine_without_apt_is_told_what_it_lacks(
    machine: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine("")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="no apt-get and no dpkg-deb"):
        find(Tool.PROMTOOL)


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
