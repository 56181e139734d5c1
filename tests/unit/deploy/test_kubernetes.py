"""The manifests for Kubernetes: its API knows every key, and they fit each other, image and settings."""

import ipaddress
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from responder.engine.engine import FINISH_SECONDS
from responder.knowledge.rules import RulesFile
from responder.serving import GRACE_SECONDS
from responder.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.27", "1.37")
"""The oldest that the manifests are for, and the newest that there was."""
KINDS = {
    ("v1", "ConfigMap"): "io.k8s.api.core.v1.ConfigMap",
    ("v1", "Secret"): "io.k8s.api.core.v1.Secret",
    ("v1", "Service"): "io.k8s.api.core.v1.Service",
    ("v1", "ServiceAccount"): "io.k8s.api.core.v1.ServiceAccount",
    ("apps/v1", "StatefulSet"): "io.k8s.api.apps.v1.StatefulSet",
    ("policy/v1", "PodDisruptionBudget"): "io.k8s.api.policy.v1.PodDisruptionBudget",
    ("networking.k8s.io/v1", "NetworkPolicy"): "io.k8s.api.networking.v1.NetworkPolicy",
}
TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "object", "additionalProperties": TEXT}
DURATION = {"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"}
OPERATORS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": "ServiceMonitor"},
        "metadata": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": TEXT, "labels": TEXTS},
        },
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["selector", "endpoints"],
            "properties": {
                "selector": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"matchLabels": TEXTS},
                },
                "endpoints": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "port": TEXT,
                            "path": {"type": "string", "pattern": "^/"},
                            "interval": DURATION,
                            "scrapeTimeout": DURATION,
                            "relabelings": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "properties": {"targetLabel": TEXT, "replacement": TEXT},
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""As much of the Prometheus operator's ServiceMonitor as is used here, from its API reference."""

Manifest = dict[str, Any]


def manifests() -> Iterator[Manifest]:
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def of_kind(kind: str) -> list[Manifest]:
    return [one for one in manifests() if one["kind"] == kind]


def validator(version: str, manifest: Manifest) -> Draft202012Validator:
    if manifest["kind"] == "ServiceMonitor":
        return Draft202012Validator(OPERATORS)
    schema = json.loads((Path(__file__).parent / f"kubernetes-{version}.json").read_text())
    kind = KINDS[manifest["apiVersion"], manifest["kind"]]
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{kind}"})


def mistakes(version: str, manifest: Manifest) -> list[str]:
    errors = validator(version, manifest).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.fixture
def stateful_set() -> Manifest:
    [one] = of_kind("StatefulSet")
    return one


@pytest.fixture
def pod(stateful_set: Manifest) -> Manifest:
    spec: Manifest = stateful_set["spec"]["template"]["spec"]
    return spec


@pytest.fixture
def container(pod: Manifest) -> Manifest:
    [one] = pod["containers"]
    return dict(one)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_that_the_api_knows(version: str) -> None:
    found = {one["metadata"]["name"] + " " + one["kind"]: mistakes(version, one) for one in manifests()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert {name.split()[1] for name in found} == {kind for _, kind in KINDS} | {"ServiceMonitor"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda spec: spec.update(replica=2),  # a key that there isn't
        lambda spec: spec.update(replicas="2"),  # a text in the place of a number
        lambda spec: spec.pop("serviceName"),  # one that must be there
        lambda spec: spec["template"]["spec"]["containers"][0]["livenessProbe"].update(path="/"),  # misplaced
    ],
)
def test_a_mistake_in_one_would_be_found(version: str, spoil: Any, stateful_set: Manifest) -> None:
    spoil(stateful_set["spec"])
    if "serviceName" in stateful_set["spec"] or version == "1.27":  # newer ones don't need it
        assert mistakes(version, stateful_set) != []


def test_two_replicas_have_names_that_stay_the_same(stateful_set: Manifest, container: Manifest) -> None:
    assert stateful_set["spec"]["replicas"] == 2
    assert stateful_set["spec"]["serviceName"] in {one["metadata"]["name"] for one in of_kind("Service")}
    [name] = [one for one in container["env"] if one["name"] == "RESPONDER_SERVER__REPLICA"]
    assert name["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


def test_all_of_them_are_about_the_same_pods(stateful_set: Manifest) -> None:
    labels = stateful_set["spec"]["template"]["metadata"]["labels"].items()
    selectors = [one["spec"]["selector"] for one in of_kind("Service")]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")]
    selectors += [one["spec"]["podSelector"]["matchLabels"] for one in of_kind("NetworkPolicy")]
    selectors += [stateful_set["spec"]["selector"]["matchLabels"]]
    assert len(selectors) == 5
    assert all(selector.items() <= labels for selector in selectors)


def test_prometheus_scrapes_each_replica_once_as_the_job_that_the_rules_ask_for() -> None:
    [monitor] = of_kind("ServiceMonitor")
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    [service] = [one for one in of_kind("Service") if wanted <= one["metadata"]["labels"].items()]
    assert service["spec"]["publishNotReadyAddresses"] is True
    [endpoint] = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "responder"}]


def test_it_runs_as_the_image_does_and_writes_nowhere(pod: Manifest, container: Manifest) -> None:
    [user] = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    context = pod["securityContext"]
    assert (str(context["runAsUser"]), str(context["runAsGroup"])) == user
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = [one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")]
    assert writable == ["/tmp"]  # noqa: S108 - within the container
    assert container["resources"].keys() == {"requests", "limits"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False  # their variables would be unknown settings


def test_its_probes_ask_for_life_and_readiness(container: Manifest) -> None:
    """While the database is away it is alive: another start would not bring that back."""
    paths = {name: one["httpGet"]["path"] for name, one in container.items() if name.endswith("Probe")}
    assert paths == {
        "livenessProbe": "/-/healthy",
        "readinessProbe": "/-/ready",
        "startupProbe": "/-/healthy",
    }


def test_it_answers_for_a_while_after_it_was_told_to_stop(pod: Manifest, container: Manifest) -> None:
    """The cluster sends people there until it has heard of it; time is left to stop in good order."""
    assert container["lifecycle"].keys() == {"preStop"}
    program, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert program == "sleep"  # Debian's, on which the image is built
    assert "FROM python:3.11-slim\n" in (ROOT / "Dockerfile").read_text()
    assert 3 <= int(seconds) <= 10
    assert int(seconds) + FINISH_SECONDS + GRACE_SECONDS + 10 <= pod["terminationGracePeriodSeconds"]


def reachable(rules: list[Manifest], where: Any, port: int) -> bool:
    """Whether a namespace, or an address, may be reached at a port of its pods."""

    def meant(peer: Manifest) -> bool:
        if isinstance(where, str):
            labels = {"kubernetes.io/metadata.name": where}
            return bool(peer.get("namespaceSelector") == {"matchLabels": labels})
        block = peer.get("ipBlock", {"cidr": "255.255.255.255/32"})
        within = where in ipaddress.ip_network(block["cidr"])
        return within and not any(where in ipaddress.ip_network(one) for one in block.get("except", ()))

    return any(
        any(map(meant, rule.get("to", ()))) and any(one["port"] == port for one in rule["ports"])
        for rule in rules
    )


@pytest.mark.parametrize(
    ("where", "port", "may"),
    [
        ("kube-system", 53, True),
        (ipaddress.ip_address("169.254.20.10"), 53, True),  # NodeLocal DNSCache
        (ipaddress.ip_address("169.254.169.254"), 53, False),  # what clouds tell their machines
        (ipaddress.ip_address("169.254.169.254"), 443, False),
        ("openshift-dns", 5353, True),  # the port of its pods
        ("langfuse", 3000, True),
        (ipaddress.ip_address("203.0.113.7"), 443, True),
        (ipaddress.ip_address("2001:db8::7"), 443, True),
        (ipaddress.ip_address("10.1.2.3"), 443, False),
        (ipaddress.ip_address("fd00::7"), 443, False),
        (ipaddress.ip_address("fe80::7"), 443, False),
    ],
)
def test_it_reaches_what_it_needs_and_no_private_network(where: Any, port: int, *, may: bool) -> None:
    [policy] = of_kind("NetworkPolicy")
    assert reachable(policy["spec"]["egress"], where, port) is may


def test_the_docs_make_what_the_operator_takes_of_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [script] = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "deploying.md").read_text(), re.DOTALL)
    stand_ins = {
        "kubectl": f'cat > "{tmp_path}/$file.yaml"',
        "responder": f'"{sys.executable}" -m responder "$@"',
    }
    for name, does in stand_ins.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    script = f"export file\n{script}"
    subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", script], check=True, timeout=60)  # noqa: S603 - the docs'
    for file in RulesFile:
        made = yaml.safe_load((tmp_path / f"{file.value}.yaml").read_text())
        assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
        assert re.fullmatch("[a-z-]+", made["metadata"]["name"])
        assert made["spec"].keys() == {"groups"}
        names = [[rule["alert"] for rule in group["rules"]] for group in made["spec"]["groups"]]
        kept = yaml.safe_load(file.text())["groups"]
        assert names == [[rule["alert"] for rule in group["rules"]] for group in kept]
        assert "localhost" not in str(made)


def secrets(folder: Path, value: str) -> Path:
    """The configuration as the container sees it, with every secret of this value."""
    [secret], [configuration] = of_kind("Secret"), of_kind("ConfigMap")
    for name in secret["stringData"]:
        (folder / name).write_text(value)
    text = configuration["data"]["responder.yaml"].replace("/run/secrets/responder", str(folder))
    file = folder / "responder.yaml"
    file.write_text(text)
    return file


def test_the_responder_accepts_the_configuration(
    container: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in container["env"]:
        value = "postgresql+psycopg://u:p@h/d" if one["name"].endswith("URL") else "hypertool-responder-0"
        monkeypatch.setenv(one["name"], value)
    settings: Settings = load_settings(secrets(tmp_path, "a-secret\n"))
    assert settings.server.replica == "hypertool-responder-0"
    assert (settings.server.loopback, settings.slack.on) == (False, True)
    assert settings.server.port == container["ports"][0]["containerPort"]


def test_every_secret_is_read_and_none_is_given(container: Manifest, tmp_path: Path) -> None:
    """An empty one is no token that everybody knows: with it the responder does not start."""
    [secret] = of_kind("Secret")
    assert set(secret["stringData"].values()) == {""}
    configuration = (FOLDER / "configuration.yaml").read_text()
    by_file = set(re.findall(r"/run/secrets/responder/(\w+)", configuration))
    sources = [one["valueFrom"] for one in container["env"]]
    by_variable = {one["secretKeyRef"]["key"] for one in sources if "secretKeyRef" in one}
    assert by_file | by_variable == set(secret["stringData"])
    with pytest.raises(Exception, match="is empty"):
        load_settings(secrets(tmp_path, ""))
