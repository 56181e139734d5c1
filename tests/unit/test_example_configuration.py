"""The example configuration is whole and true: uncommented it loads, and no key is missing from it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from responder.demo.ports import USUAL
from responder.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "responder.example.yaml"
PORTS = {
    "control_url": USUAL.control,
    "metrics_url": USUAL.metrics,
    "supervisor_url": USUAL.supervisor,
}


def uncommented() -> str:
    return re.sub(r"(?m)^(\s*)#(?=[a-z])", r"\1", EXAMPLE.read_text())


def keys_of(model: type[BaseModel], prefix: str = "") -> set[str]:
    keys = set()
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            keys |= keys_of(inner, f"{prefix}{name}.")
        else:
            keys.add(prefix + name)
    return keys


def keys_in(data: dict[str, Any], prefix: str = "") -> set[str]:
    keys = set()
    for name, value in data.items():
        keys |= keys_in(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name}
    return keys


def test_the_example_as_it_stands_changes_nothing() -> None:
    assert load_settings(EXAMPLE) == load_settings()


def test_the_example_names_every_key_and_no_other() -> None:
    assert keys_in(yaml.safe_load(uncommented())) == keys_of(Settings)


def test_every_line_of_the_example_works_when_uncommented(tmp_path: Path) -> None:
    """A secret and its file exclude each other: each half is loaded on its own."""
    data = yaml.safe_load(uncommented())
    (tmp_path / "secret").write_text("from-a-file\n")
    files: dict[str, Any] = {}
    for section, values in data.items():
        if isinstance(values, dict):
            files[section] = {key: str(tmp_path / "secret") for key in values if key.endswith("_file")}
            data[section] = {key: value for key, value in values.items() if not key.endswith("_file")}
    data["server"]["tokens"][0]["token_file"] = str(tmp_path / "secret")
    files["slack"]["channel"] = "C1"
    files["pagerduty"]["from_email"] = "on-call@example.com"
    for name, half in (("values", data), ("files", files)):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(half))
        assert load_settings(path).slack.on


@pytest.mark.parametrize("key", PORTS)
def test_every_example_names_the_port_that_the_demo_has(key: str) -> None:
    """One beside it is the demo's switches, which answer to no client of ours."""
    files = [EXAMPLE, ROOT / "compose" / "responder.yaml", *(ROOT / "docs").glob("*.md")]
    found = re.findall(rf"{key}: http://[\w.-]+:(\d+)", "\n".join(file.read_text() for file in files))
    assert len(found) > 2
    assert {int(port) for port in found} == {PORTS[key]}
