"""The wheel, installed into an empty environment and run in an empty folder, is the whole product.

Third-party packages come from the environment that runs the tests, by a `.pth` file: nothing is downloaded.
There the checkout is installed as editable, which is a `.pth` file as well; but those are read in an
environment's own site-packages only, not in folders that one of them adds, so `responder` can't come from the
checkout. The first test proves that.
"""

import json
import re
import signal
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from responder.testing.free_port import free_port

ROOT: Final = Path(__file__).parents[2]
RUN_SECONDS: Final = 60
READY_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.02

Installed = Callable[..., subprocess.CompletedProcess[str]]


def run(*words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own tools with arguments of ours
        words, cwd=cwd, env=env or None, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of the checkout, by the pinned hatchling."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        *(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT),
        cwd=folder,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it and nothing else of ours."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=True)
    ours = {"base": str(place), "platbase": str(place)}
    site = Path(sysconfig.get_path("purelib", "venv", vars=ours))
    installed = run(
        *(sys.executable, "-m", "pip", "--python", place / "bin/python", "--disable-pip-version-check"),
        *("install", "--quiet", "--no-index", "--no-deps", wheel),
        cwd=place,
    )
    assert installed.returncode == 0, installed.stderr
    (site / "third-party.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def clean(environment: Path, **more: str) -> dict[str, str]:
    """Variables of a process that knows nothing of the one that runs the tests."""
    return {"PATH": f"{environment}/bin:/usr/bin:/bin", "HOME": "/nonexistent", **more}


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Installed:
    """Runs a program of the environment in an empty folder."""

    def call(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run(environment / "bin" / program, *arguments, cwd=tmp_path, **clean(environment, **more))

    return call


@contextmanager
def serving(environment: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`responder serve` with no configuration but a port."""
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [environment / "bin/responder", "serve"],
        cwd=folder,
        env=clean(environment, RESPONDER_SERVER__PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def answer(url: str) -> str:
    """What is answered; empty while nobody does, or not yet with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - loopback
            return str(response.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return ""


def wait_until_ready(process: subprocess.Popen[str], url: str) -> None:
    tries = int(READY_SECONDS / POLL_SECONDS)
    for _ in range(tries):
        if process.poll() is not None:
            pytest.fail(f"it ended with {process.returncode}: {process.communicate()[0]}")
        if answer(f"{url}/-/ready"):
            return
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(POLL_SECONDS)
    pytest.fail(f"not ready within {READY_SECONDS} s")


def test_the_product_comes_from_the_wheel(installed: Installed, environment: Path) -> None:
    code = "import responder.app, responder.resources as r; print(r.__file__, r.resource_dir('rules'))"
    told = installed("python", "-c", code)
    assert told.returncode == 0, told.stderr
    assert [Path(path).is_relative_to(environment) for path in told.stdout.split()] == [True, True]


@pytest.mark.parametrize("kind", ["playbooks", "rules", "catalogue", "dashboards"])
def test_the_wheel_carries_what_comes_along(wheel: Path, kind: str) -> None:
    names = run(sys.executable, "-m", "zipfile", "--list", wheel, cwd=wheel.parent).stdout
    ours = {str(path.relative_to(ROOT / kind)) for path in (ROOT / kind).rglob("*") if path.is_file()}
    assert set(re.findall(rf"responder/data/{kind}/(\S+)", names)) == ours


def test_the_wheel_carries_its_licence(wheel: Path) -> None:
    names = run(sys.executable, "-m", "zipfile", "--list", wheel, cwd=wheel.parent).stdout
    assert "licenses/LICENSE" in names


def test_check_finds_no_mistake(installed: Installed) -> None:
    told = installed("responder", "check")
    assert (told.returncode, told.stdout, told.stderr) == (
        0,
        "7 playbooks, 2 rule files, 3 dashboards, no problem\n",
        "",
    )


def test_rules_are_rendered_for_a_site(installed: Installed) -> None:
    told = installed("responder", "rules", "render", "--runbook-url", "https://wiki.example.org/hypertool")
    assert told.returncode == 0, told.stderr
    assert 'runbook_url: "https://wiki.example.org/hypertool#tokenbudgetexceeded"' in told.stdout


def test_a_diagnosis_against_nothing_says_that_nothing_was_measured(installed: Installed) -> None:
    nowhere = {
        "RESPONDER_PROMETHEUS__URL": "http://127.0.0.1:1",
        "RESPONDER_ALERTMANAGER__URL": "http://127.0.0.1:1",
    }
    told = installed("responder", "diagnose", "ExcessivePersonaSwitching", "--json", **nowhere)
    assert told.returncode == 0, told.stderr
    assert {finding["state"] for finding in json.loads(told.stdout)["findings"]} == {"failed"}


def test_it_serves_without_configuration_and_stops_when_told(environment: Path, tmp_path: Path) -> None:
    with serving(environment, tmp_path) as (process, url):
        wait_until_ready(process, url)
        assert "responder_incidents_open" in answer(f"{url}/metrics")
        assert "<h1" in answer(f"{url}/")
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=RUN_SECONDS)
        assert process.returncode == 0, said
        assert "Traceback" not in said
    assert {path.name for path in tmp_path.iterdir()} == {"responder.db"}
