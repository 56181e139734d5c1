"""`compose.yaml` is whole: what it mounts is there, what it names exists, what it publishes is on loopback.

No container engine runs here: this reads the file, and runs of it what can be run without one.
"""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from responder.demo import hypertool, supervisor
from responder.domain.clock import system_clock
from responder.settings import load_settings

ROOT: Final = Path(__file__).parents[2]
Service = dict[str, Any]
HOSTS: Final = r"\b(hypertool|prometheus|alertmanager|grafana|slack|responder)\b:\d+"


def yaml_of(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml_of("compose.yaml"))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Service]:
    return dict(compose["services"])


def mounts(service: Service) -> list[list[str]]:
    """Source, target and mode of each."""
    return [volume.split(":") for volume in service.get("volumes", ())]


def test_everything_that_is_mounted_is_in_the_checkout_or_a_named_volume(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    used = set()
    for name, service in services.items():
        for source, target, *mode in mounts(service):
            assert target.startswith("/"), name
            if source.startswith("."):
                assert (ROOT / source).exists(), source
                assert mode == ["ro"], f"{name} may not write {source}"
            else:
                used.add(source)
    assert used == set(compose["volumes"])


def test_only_the_maker_of_secrets_may_write_them(services: dict[str, Service]) -> None:
    writers = [
        name
        for name, service in services.items()
        for source, _, *mode in mounts(service)
        if source == "tokens" and mode != ["ro"]
    ]
    assert writers == ["tokens"]
    for name, service in services.items():
        if any(source == "tokens" and mode for source, _, *mode in mounts(service)):
            assert service["depends_on"]["tokens"] == {"condition": "service_completed_successfully"}, name


def test_what_is_published_can_be_reached_from_this_machine_only(services: dict[str, Service]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)
    assert len(set(ports)) == len(ports) == 6


def test_images_are_pinned_and_ours_is_this_version(services: dict[str, Service]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {service["image"] for service in services.values()}
    assert f"hypertool-responder:{version}" in images
    assert all(re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+", image) for image in images)
    built = [service["image"] for service in services.values() if "build" in service]
    assert built == [f"hypertool-responder:{version}"]


def test_each_is_healthy_by_a_check_and_waits_for_healthy_ones(services: dict[str, Service]) -> None:
    for name, service in services.items():
        if name == "tokens":
            continue
        assert service["healthcheck"]["test"][0] == "CMD", name
        for other, wanted in service.get("depends_on", {}).items():
            once = services[other].get("restart") == "no"
            expected = "service_completed_successfully" if once else "service_healthy"
            assert wanted == {"condition": expected}, f"{name} -> {other}"


def test_whoever_is_named_in_a_configuration_is_a_service_listening_there(
    services: dict[str, Service],
) -> None:
    listening = {
        "hypertool": {9464, 9465, 9467},
        "prometheus": {9090},
        "alertmanager": {9093},
        "slack": {8090},
        "responder": {8080},
    }
    files = [*(ROOT / "compose").iterdir(), *(ROOT / "dashboards/provisioning").rglob("*.yaml")]
    named = {
        (found[1], int(found[0].rpartition(":")[2]))
        for file in files
        for found in re.finditer(HOSTS, file.read_text())
    }
    assert {name for name, _ in named} == set(listening) <= set(services)
    assert [(name, port) for name, port in sorted(named) if port not in listening[name]] == []


def test_the_secrets_are_made_once_and_every_one_that_is_read_is_made(
    services: dict[str, Service], tmp_path: Path
) -> None:
    [script] = services["tokens"]["command"]
    script = script.replace('"/data"', repr(str(tmp_path)))
    made = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - the checkout's own
        made.append({path.name: path.read_text() for path in tmp_path.iterdir()})
    assert made[0] == made[1]
    assert len(set(made[0].values())) == len(made[0])
    texts = [
        (ROOT / "compose.yaml").read_text(),
        *(path.read_text() for path in (ROOT / "compose").iterdir()),
    ]
    assert set(re.findall(r"/tokens/([\w-]+)", "".join(texts))) == set(made[0])


def test_the_responder_accepts_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("webhook", "operator", "control", "slack", "link-key"):
        (tmp_path / name).write_text("a-secret\n")
    text = (ROOT / "compose/responder.yaml").read_text().replace("/tokens/", f"{tmp_path}/")
    (tmp_path / "responder.yaml").write_text(text)
    settings = load_settings(tmp_path / "responder.yaml")
    assert (settings.server.loopback, settings.slack.on) == (False, True)


def test_hypertool_and_its_supervisor_accept_their_arguments(services: dict[str, Service]) -> None:
    words = shlex.split(services["hypertool"]["command"])
    at = words.index("--")
    options = hypertool._parser(system_clock).parse_args(words[at + 1 :])
    assert (options.port, options.control_port, options.admin_port) == (9464, 9465, 9466)
    assert (options.factor, options.fresh) == (1, True)
    assert services["hypertool"]["entrypoint"][-1] == supervisor.__name__


def without_addresses(config: Any) -> Any:
    """The configuration with every host, path of a secret and rule file taken out."""
    text = re.sub(
        r"(localhost|hypertool|alertmanager|responder|prometheus):(?=\d)", "HOST:", yaml.safe_dump(config)
    )
    text = re.sub(r"(/etc/alertmanager/responder-token|/tokens/webhook)", "TOKEN", text)
    return yaml.safe_load(text)


def test_prometheus_is_configured_as_the_example_says() -> None:
    example, ours = yaml_of("rules/prometheus.yml"), yaml_of("compose/prometheus.yml")
    patterns = ours.pop("rule_files")
    files = {path.name for pattern in patterns for path in ROOT.glob(pattern)}
    assert files == set(example.pop("rule_files"))
    assert without_addresses(ours) == without_addresses(example)


def test_alertmanager_is_configured_as_the_example_says_without_the_pager() -> None:
    example, ours = yaml_of("rules/alertmanager.yml"), yaml_of("compose/alertmanager.yml")
    for receiver in example["receivers"]:
        receiver.pop("pagerduty_configs", None)
    assert without_addresses(ours) == without_addresses(example)


@pytest.mark.scenario
def test_promtool_and_amtool_accept_the_configurations(promtool: Any, amtool: Any, tmp_path: Path) -> None:
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    (tmp_path / "prometheus.yml").write_text((ROOT / "compose/prometheus.yml").read_text())
    checked = promtool("check", "config", tmp_path / "prometheus.yml")
    assert checked.returncode == 0, checked.stderr
    assert "2 rule files found" in checked.stdout
    checked = amtool("check-config", ROOT / "compose/alertmanager.yml")
    assert checked.returncode == 0, checked.stderr
