"""Links lead to panels that are there, files are where provisioning looks, and mistakes are found."""

import copy
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import yaml

from responder.diagnose.registry import specs
from responder.domain.errors import ConfigError
from responder.knowledge.dashboard_copies import differences, is_stored
from responder.knowledge.dashboards import Board, BoardFile, mistakes, read_boards
from responder.playbook.load import load
from responder.resources import resource_dir

OVERVIEW: Final = "hypertool-persona-overview"
WORKFLOW: Final = "hypertool-workflow-performance"
BY_WORKFLOW: Final = "label_values(hypertool_workflow_stage_duration_seconds_count, workflow)"
MOUNTED: Final = "/var/lib/grafana/dashboards"

Change = Callable[[dict[str, Any]], object]


def assert_leads_somewhere(board: Board, panel: int | None, variables: set[str]) -> None:
    assert panel in {None, *(one.id for one in board.panels)}
    assert variables <= {one.name for one in board.variables}


def test_every_playbook_leads_to_a_panel_and_to_choices_that_are_there(
    boards: Mapping[str, BoardFile],
) -> None:
    playbooks = load(resource_dir("playbooks"), specs())
    assert len(playbooks) == 7
    for playbook in playbooks.values():
        link = playbook.links.dashboard
        assert link is not None
        assert_leads_somewhere(boards[link.uid].board, link.panel, set(link.variables))


@pytest.mark.parametrize("name", ["hypertool.rules.yml", "responder.rules.yml"])
def test_every_rule_leads_to_a_panel_and_to_choices_that_are_there(
    boards: Mapping[str, BoardFile], rules_dir: Path, name: str
) -> None:
    groups = yaml.safe_load((rules_dir / name).read_text())["groups"]
    urls = [rule["annotations"]["dashboard_url"] for group in groups for rule in group["rules"]]
    assert urls
    for url in urls:
        found = re.search(r"/d/([\w-]+)(?:\?viewPanel=(\d+))?", url)
        assert found
        panel = int(found[2]) if found[2] else None
        assert_leads_somewhere(boards[found[1]].board, panel, set(re.findall(r"var-(\w+)=", url)))


def test_provisioning_looks_where_the_docs_say_to_mount() -> None:
    folder = resource_dir("dashboards") / "provisioning"
    provider = yaml.safe_load((folder / "dashboards/hypertool.yaml").read_text())["providers"][0]
    page = (Path(__file__).parents[3] / "docs/dashboards.md").read_text()
    assert provider["options"]["path"] == MOUNTED
    assert f"./dashboards:{MOUNTED}" in page
    assert "./dashboards/provisioning:/etc/grafana/provisioning" in page
    assert (provider["type"], provider["folder"]) == ("file", "Hypertool")


def test_compose_mounts_what_is_provisioned_and_has_the_prometheus_that_is_asked() -> None:
    services = yaml.safe_load((Path(__file__).parents[3] / "compose.yaml").read_text())["services"]
    mounts = {volume.rpartition(":")[0] for volume in services["grafana"]["volumes"]}
    assert {"./dashboards/provisioning:/etc/grafana/provisioning", f"./dashboards:{MOUNTED}"} <= mounts
    sources = resource_dir("dashboards") / "provisioning/datasources/prometheus.yaml"
    [source] = yaml.safe_load(sources.read_text())["datasources"]
    assert urlsplit(source["url"]).hostname in services


def test_what_is_provisioned_as_data_source_can_be_chosen(boards: Mapping[str, BoardFile]) -> None:
    folder = resource_dir("dashboards") / "provisioning"
    source = yaml.safe_load((folder / "datasources/prometheus.yaml").read_text())["datasources"][0]
    assert source["isDefault"] is True
    assert re.fullmatch(r"[\w-]{1,40}", source["uid"])
    choices = [file.document["templating"]["list"][0]["query"] for file in boards.values()]
    assert set(choices) == {source["type"]}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda board: board.update(uid="u" * 41), "its uid must have 1 to 40 characters"),
        (lambda board: board["panels"][1].update(id=1), "two panels have the id 1"),
        (
            lambda board: board["templating"]["list"].append(board["templating"]["list"][0]),
            "two variables have the name datasource",
        ),
        (
            lambda board: board["panels"][3]["gridPos"].update(y=17),
            'panel 2 "Persona Duration Distribution" and panel 4 "Token Budget Remaining" overlap',
        ),
        (
            lambda board: board["panels"][4]["gridPos"].update(x=1),
            'panel 5 "Top Persona Transitions" does not stand within 24 columns',
        ),
        (
            lambda board: board["panels"][1]["targets"][1].update(refId="A"),
            'panel 2 "Persona Duration Distribution": two queries are called A',
        ),
        (
            lambda board: board["panels"][0]["targets"][0].update(expr=" "),
            'panel 1 "Persona Switch Rate": a query is without refId or expr',
        ),
        (
            lambda board: board["panels"][0]["targets"][0]["datasource"].update(uid="${other}"),
            'panel 1 "Persona Switch Rate": there is no variable for its data source ${other}',
        ),
    ],
)
def test_a_mistake_in_a_dashboard_is_found(boards: Mapping[str, BoardFile], spoil: Change, said: str) -> None:
    document = copy.deepcopy(dict(boards[OVERVIEW].document))
    spoil(document)
    assert said in list(mistakes(Board.model_validate(document)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "boards/own.json:1: this is no JSON"),
        ("[]", "boards/own.json:1: this is no dashboard"),
        ('{"title": "T"}', "boards/own.json:1: uid: this key is missing"),
    ],
)
def test_a_file_that_is_no_dashboard_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/own.json").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_boards(tmp_path / "boards")


def test_a_folder_without_dashboards_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no dashboard here"):
        read_boards(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda board: board.update(title="Mine"),
            "title: 'Mine' instead of 'Hypertool Workflow Performance'",
        ),
        (
            lambda board: board["templating"]["list"].pop(2),
            "variable persona: it is missing",
        ),
        (
            lambda board: board["templating"]["list"][1].update(query="label_values(up, workflow)"),
            f"variable workflow: 'label_values(up, workflow)' instead of {BY_WORKFLOW!r}",
        ),
        (lambda board: board["panels"].pop(2), 'panel 3 "Failed Quality Gates": it is missing'),
        (
            lambda board: board["panels"][0].update(type="graph"),
            "panel 1 \"Workflow Stage Duration\": its type is 'graph' instead of 'timeseries'",
        ),
        (
            lambda board: board["panels"][4]["targets"].pop(),
            'panel 5 "Workflow Execution Trends", query B: it is missing',
        ),
        (
            lambda board: board["panels"][4]["targets"].append({"refId": "C", "expr": "up"}),
            'panel 5 "Workflow Execution Trends", query C: it is not ours',
        ),
        (
            lambda board: board["panels"].append({**board["panels"][0], "id": 9, "title": "More"}),
            'panel 9 "More": it is not ours',
        ),
        (lambda board: board.pop("title"), "dashboard: it is there in a form that can't be read"),
    ],
)
def test_a_difference_is_said_where_it_is(boards: Mapping[str, BoardFile], change: Change, said: str) -> None:
    document = copy.deepcopy(dict(boards[WORKFLOW].document))
    assert differences(boards[WORKFLOW].board, document) == ()
    change(document)
    assert [str(one) for one in differences(boards[WORKFLOW].board, document)] == [said]


def test_what_grafana_adds_is_no_difference_and_what_it_loses_is(boards: Mapping[str, BoardFile]) -> None:
    ours = boards[WORKFLOW].document
    theirs = copy.deepcopy(dict(ours)) | {"id": 7, "version": 3, "schemaVersion": 41, "iteration": 1}
    assert is_stored(ours, theirs)
    theirs["panels"][0]["options"].pop("legend")
    assert not is_stored(ours, theirs)


def test_the_choice_of_personas_can_be_written_either_way(boards: Mapping[str, BoardFile]) -> None:
    """Older Grafanas write a variable's query bare, later ones in an object."""
    document = copy.deepcopy(dict(boards[WORKFLOW].document))
    variable = document["templating"]["list"][2]
    variable["query"] = variable["query"]["query"]
    assert differences(boards[WORKFLOW].board, document) == ()
