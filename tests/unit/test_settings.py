"""The configuration says everything that is wrong with it at once, and never repeats a secret."""

from pathlib import Path

import pytest

from responder.domain.access import May
from responder.domain.errors import ConfigError
from responder.domain.fix import FixMode
from responder.settings import load_settings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESPONDER_CONFIG", raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "responder.yaml"


def problems(path: Path | None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_without_a_file_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.server.host == "127.0.0.1"
    assert settings.server.port == 8080
    assert settings.server.max_body == 64 * 1024 * 1024
    assert settings.fixes.mode is FixMode.SUGGEST
    assert not settings.slack.on


def test_the_environment_wins_over_the_file_key_by_key(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("server: {port: 1, host: 127.0.0.2}\n")
    monkeypatch.setenv("RESPONDER_SERVER__PORT", "9999")
    monkeypatch.setenv("RESPONDER_CONFIG", str(config))
    settings = load_settings()
    assert (settings.server.host, settings.server.port) == ("127.0.0.2", 9999)


def test_the_address_for_client_commands_is_no_setting(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell in which `responder incidents` asks a server runs all other commands as well."""
    config.write_text("server: {port: 81}\n")
    monkeypatch.setenv("RESPONDER_SERVER", "http://responder.example.org")
    monkeypatch.setenv("RESPONDER_SERVER__HOST", "127.0.0.3")
    server = load_settings(config).server
    assert (server.host, server.port) == ("127.0.0.3", 81)


def test_a_list_of_secrets_may_come_from_the_environment_or_a_file(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESPONDER_ALERTMANAGER__WEBHOOK_TOKENS", '["one", "two"]')
    assert [t.get_secret_value() for t in load_settings().alertmanager.webhook_tokens] == ["one", "two"]
    monkeypatch.delenv("RESPONDER_ALERTMANAGER__WEBHOOK_TOKENS")
    secret = tmp_path / "tokens"
    secret.write_text("first\nsecond\n\n")
    config.write_text(f"alertmanager: {{webhook_tokens_file: {secret}}}\n")
    tokens = load_settings(config).alertmanager.webhook_tokens
    assert [token.get_secret_value() for token in tokens] == ["first", "second"]


def test_a_token_of_the_api_has_a_name_and_a_right(config: Path, tmp_path: Path) -> None:
    (tmp_path / "t").write_text("s3cret\n")
    config.write_text(f"server: {{tokens: [{{name: ci, token_file: {tmp_path}/t, may: approve}}]}}\n")
    (token,) = load_settings(config).server.tokens
    assert (token.name, token.may, token.token.get_secret_value()) == ("ci", May.APPROVE, "s3cret")


def test_every_mistake_is_named_at_once_with_its_line_and_what_to_do(config: Path) -> None:
    config.write_text(
        "server:\n  prot: 80\n  port: eighty\nprometheus:\n  url: localhost:9090\n  timeout: 0\n"
        "slak: {}\nfixes:\n  mode: sugest\n"
    )
    assert problems(config) == [
        '2: server.prot: there is no such key (did you mean "port"?)',
        "3: server.port: input should be a valid integer, unable to parse string as an integer, not 'eighty'",
        '5: prometheus.url: write a whole address, such as "http://127.0.0.1:9090", not "localhost:9090"',
        "6: prometheus.timeout: input should be greater than 0, not 0",
        '7: slak: there is no such key (did you mean "slack"?)',
        (
            "9: fixes.mode: input should be 'off', 'suggest', 'approve' or 'auto', not 'sugest' "
            '(did you mean "suggest"?)'
        ),
    ]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        # a section that isn't there
        ("RESPONDER_SLAKC__CHANNEL", "x", 'no such setting (did you mean "RESPONDER_SLACK"?)'),
        # a key that isn't there
        ("RESPONDER_SERVER__PROT", "80", 'there is no such key (did you mean "port"?)'),
        # a value that can't be
        (
            "RESPONDER_SERVER__PORT",
            "x",
            "input should be a valid integer, unable to parse string as an integer",
        ),
        # however it is written
        ("responder_server__port", "x", "input should be a valid integer"),
        # a key within what is given as a whole
        ("RESPONDER_SLACK", '{"chanel": "x"}', 'chanel: there is no such key (did you mean "channel"?)'),
        ("RESPONDER_SERVER__TOKENS", '[{"token": "x"}]', "name: this key is missing"),
        # what its section says of it
        ("RESPONDER_DATABASE__URL", "mysql://x", 'url must begin with "sqlite:///"'),
        ("RESPONDER_ALERTMANAGER__WEBHOOK_TOKENS", '[""]', "a webhook token is empty"),
        ("RESPONDER_SLACK__BOT_TOKEN_FILE", "/nowhere", 'the file "/nowhere" can\'t be read'),
        # what is said of all together
        ("RESPONDER_SERVER__HOST", "0.0.0.0", "server.host 0.0.0.0 can be reached"),
        # no JSON where there has to be some
        ("RESPONDER_SLACK__APPROVERS", "U0ANN", 'write it as JSON: a list as ["x", "y"]'),
        ("RESPONDER_STORM", "x", "write it as JSON"),
    ],
)
def test_a_mistake_in_the_environment_names_its_variable(
    variable: str, value: str, said: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("server: {port: 8081}\nslack: {approvers: [U0ANN]}")
    monkeypatch.setenv(variable, value)
    (problem,) = problems(config)
    assert problem.startswith(f"environment: {variable}: {said}")


def test_a_mistake_of_the_file_is_not_blamed_on_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESPONDER_SLACK__SIGNING_SECRET", "x")
    config.write_text("slack: {channel: ops}\nserver: {prot: 1}")
    assert problems(config) == [
        "1: slack: slack needs both bot_token (or bot_token_file) and channel",
        '2: server.prot: there is no such key (did you mean "port"?)',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server: [1", "this is no YAML"),
        ("- a", "the configuration must be keys and values"),
        ("server: {}\nserver: {}", "this key stands here twice; the first is in line 1"),
        ("database: {url: mysql://x}", 'url must begin with "sqlite:///" or "postgresql+psycopg://"'),
        ("database: {url: sqlite}", 'url must begin with "sqlite:///" or "postgresql+psycopg://"'),
        ("database: {url: 'postgresql://u:p@db:1:2/x'}", "url is no address"),
        ('alertmanager: {webhook_tokens: [""]}', "a webhook token is empty"),
        ('server: {tokens: [{name: x, token: " "}]}', "give a token or a token_file"),
        ("slack: {channel: ops}", "slack needs both bot_token (or bot_token_file) and channel"),
        ("slack: {channels: [{channel: C0COST}]}", "give severity, category or labels"),
        ("slack: {channels: [{severity: urgent, channel: C0COST}]}", "'critical', 'warning' or 'info'"),
        ("slack: {channels: [{severity: critical}]}", "slack.channels[0].channel"),
        ("slack: {mentions: [{category: cost, who: []}]}", "name 1 to 10 users or user groups, not 0"),
        ("slack: {mentions: [{category: cost, who: ['<!channel>']}]}", 'not "<!channel>"'),
        ("slack: {mentions: [{categorie: cost, who: [U0ANN]}]}", 'did you mean "category"?'),
        ("slack: {approvers: ['@ann']}", 'write the id of a user (U…) or of a user group (S…), not "@ann"'),
        ("server: {host: 0.0.0.0}", "server.host 0.0.0.0 can be reached from other machines"),
        ("server: {host: ''}", "can be reached from other machines"),  # uvicorn listens everywhere
        ("server: {host: '::'}", "can be reached from other machines"),
        ("server: {host: responder.example.org}", "or say alertmanager.open_to_all: true"),
        ("server: {link_key: a, link_key_file: b}", "give either link_key or link_key_file, not both"),
        ("server: {link_key_file: /does/not/exist}", 'the file "/does/not/exist" can\'t be read'),
        ("server: {tokens: [{name: x}]}", "give a token or a token_file"),
        ("fixes: {limits: {inforce: 3}}", 'there is no such key (did you mean "in_force"?)'),
        ("fixes: {limits: {in_force: 0}}", "input should be greater than or equal to 1, not 0"),
        ("fixes: {limits: {cooldown_minutes: -1}}", "input should be greater than or equal to 0"),
        ("fixes: {limits: {ceilings: {budgets: 1}}}", 'there is no such key (did you mean "budget"?)'),
        ("fixes: {commands: {restart-hypertool: [x]}}", "there is no such key (known are: restart)"),
        ("fixes: {commands: {restart: systemctl restart x}}", "input should be a valid tuple"),
        ("storm: {incidents: 0}", "input should be greater than or equal to 1"),
        ("pagerduty: {api_token: x}", "api_token needs from_email"),
        ("pagerduty: {mode: page}", "mode page needs a routing_key"),
        ("pagerduty: {webhook_secrets: ['']}", "a webhook secret is empty"),
        ("pagerduty: {min_severity: urgent}", "'critical', 'warning' or 'info'"),
    ],
)
def test_what_can_not_work_is_refused_with_what_to_do(text: str, said: str, config: Path) -> None:
    config.write_text(text)
    (problem,) = problems(config)
    assert said in problem


def test_a_missing_file_is_said_with_how_to_name_another(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "nothing.yaml")
    assert "No such file" in problem
    assert "--config" in problem


@pytest.mark.parametrize(
    "text",
    [
        "slack: {bot_token: 84848484, channel: ops}",
        "slack: {bot_token: s3cr3t-84848484}",
        "server: {tokens: [{name: x, token: 84848484, may: wirte}]}",
        "hypertool: {control_token: [84848484]}",
        "database: {url: 'postgresql://u:s3cr3t-84848484@db:1:2/x'}",
    ],
)
def test_no_error_repeats_a_secret(text: str, config: Path) -> None:
    config.write_text(text)
    assert not [problem for problem in problems(config) if "84848484" in problem]


@pytest.mark.parametrize("mark", ["persona", "metadata", "metadata.", "tag", "name.x", ""])
def test_where_langfuse_says_who_is_one_of_four_places(config: Path, mark: str) -> None:
    """A typo would read as "no call says its persona" in every report."""
    config.write_text(f'langfuse: {{persona: "{mark}"}}')
    (problem,) = problems(config)
    assert "write metadata.KEY, tag.BEGINNING, name or trace_name" in problem


@pytest.mark.parametrize(
    ("text", "hears"),
    [
        ("slack: {bot_token: x, channel: a}", False),  # it speaks only: there are no buttons
        ("slack: {bot_token: x, channel: a, signing_secret: s}", True),
        ("slack: {bot_token: x, channel: a, app_token: xapp-1}", True),  # by socket nothing is signed
        ("slack: {signing_secret: s}", False),
    ],
)
def test_slack_is_heard_by_http_or_by_socket(text: str, config: Path, *, hears: bool) -> None:
    config.write_text(text)
    assert load_settings(config).slack.hears is hears


@pytest.mark.parametrize("alertmanager", ["{webhook_tokens: [old, new]}", "{open_to_all: true}"])
def test_others_may_reach_it_with_tokens_or_when_it_is_said_that_none_are_wanted(
    alertmanager: str, config: Path
) -> None:
    config.write_text(f"server: {{host: 0.0.0.0}}\nalertmanager: {alertmanager}\n")
    assert not load_settings(config).server.loopback
