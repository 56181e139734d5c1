"""The rules for another site."""

from pathlib import Path

import pytest

from responder.domain.errors import ConfigError
from responder.knowledge.rules import render_rules

SITE = {"grafana_url": "https://grafana.example.org", "runbook_url": "https://wiki.example.org/hypertool"}


@pytest.fixture(scope="module")
def text(rules_dir: Path) -> str:
    return (rules_dir / "hypertool.rules.yml").read_text()


def test_nothing_changes_but_the_addresses(text: str) -> None:
    changed = [
        (before.strip(), after.strip())
        for before, after in zip(text.splitlines(), render_rules(text, **SITE).splitlines(), strict=True)
        if before != after
    ]
    assert len(changed) == 14
    assert all("localhost" in before and "localhost" not in after for before, after in changed)
    assert changed[0][1] == 'runbook_url: "https://wiki.example.org/hypertool#tokenbudgetexceeded"'


def test_a_grafana_behind_a_path_keeps_it_and_a_last_slash_does_no_harm(text: str) -> None:
    rendered = render_rules(text, grafana_url="https://example.org/grafana/", runbook_url="http://r/")
    assert '"https://example.org/grafana/d/hypertool-persona-overview?viewPanel=4"' in rendered


def test_a_backslash_group_of_a_replacement_is_only_text(text: str) -> None:
    """An address is pasted as it is: `$1` has no meaning in it."""
    assert '"http://r/$1#tokenbudgetexceeded"' in render_rules(
        text, grafana_url="http://g", runbook_url="http://r/$1"
    )


@pytest.mark.parametrize(
    "url",
    [
        "grafana.example.org",  # no scheme
        "ftp://grafana.example.org",
        "https://",  # no host
        'https://x"\n      evil: "',  # out of the quotes
        "https://x/{{ .Labels }}",  # into a template
        "https://x/a b",
        "https://x/#part",  # the alert's name comes there
    ],
)
def test_an_address_that_is_none_or_would_break_the_file_is_refused_by_its_option(
    text: str, url: str
) -> None:
    with pytest.raises(ConfigError, match="--grafana-url: "):
        render_rules(text, grafana_url=url, runbook_url=SITE["runbook_url"])
    with pytest.raises(ConfigError, match="--runbook-url: "):
        render_rules(text, grafana_url=SITE["grafana_url"], runbook_url=url)
