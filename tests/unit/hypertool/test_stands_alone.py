"""What a Hypertool mounts works where nothing but prometheus-client and fastapi is installed."""

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

import responder.hypertool

ALLOWED: Final = ("prometheus-client", "fastapi")

PROGRAM: Final = """
import sys
sys.path[:0] = [{folder!r}]
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from responder.hypertool import HypertoolMetrics, Variant, collector_knobs, control_router
metrics = HypertoolMetrics(CollectorRegistry(), Variant.DEPLOYED)
metrics.record_token_usage("data-scientist", "bug-fix", "gpt-4", 7)
FastAPI().include_router(control_router(collector_knobs(metrics), {{"responder": "token"}}))
print(generate_latest(metrics.registry).decode())
print("foreign", {{"httpx", "sqlalchemy", "yaml", "structlog", "responder.domain"}} & sys.modules.keys())
"""


def closure(names: tuple[str, ...]) -> set[str]:
    """These distributions and all that they require, without extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        required = map(Requirement, distribution(name).requires or ())
        waiting += [one.name for one in required if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of packages with nothing else in it."""
    for name in closure(ALLOWED):
        for file in distribution(name).files or ():
            top = Path(str(file)).parts[0]
            if top not in {"..", "__pycache__"} and not (tmp_path / top).exists():
                (tmp_path / top).symlink_to(Path(str(distribution(name).locate_file(top))))
    ours = Path(responder.hypertool.__file__).parent
    (tmp_path / "responder").mkdir()
    (tmp_path / "responder" / "__init__.py").symlink_to(ours.parent / "__init__.py")
    (tmp_path / "responder" / "hypertool").symlink_to(ours)
    return tmp_path


def test_it_works_with_prometheus_client_and_fastapi_alone(bare: Path) -> None:
    """Without site-packages (-S) and the environment (-I) only the bare folder can be imported from."""
    program = PROGRAM.format(folder=str(bare))
    run = subprocess.run(  # noqa: S603 - this interpreter, our program
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert 'hypertool_persona_token_budget_remaining{persona="data-scientist"} 1693.0' in run.stdout
    assert "foreign set()" in run.stdout


def test_the_bare_folder_is_bare(bare: Path) -> None:
    """Else the test above would prove nothing."""
    names = {path.name for path in bare.iterdir()}
    assert {"fastapi", "prometheus_client", "pydantic"} <= names
    assert not {"httpx", "uvicorn", "sqlalchemy", "yaml"} & names
    assert [path.name for path in (bare / "responder").iterdir() if path.is_symlink()]
    assert {path.name for path in (bare / "responder").iterdir()} == {"__init__.py", "hypertool"}
