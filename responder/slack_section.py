"""The section `slack` of the configuration."""

import re
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from responder.domain.alert import Severity
from responder.domain.audience import ChannelRule, Condition, MentionRule
from responder.section import Section, Url

MENTIONED_MOST: Final = 10
"""People and groups that one rule names."""


def _someone(text: str) -> str:
    if not re.fullmatch(r"[UWS][A-Z0-9]{1,30}", text):
        raise ValueError(f'write the id of a user (U…) or of a user group (S…), not "{text}"')
    return text


def _a_few(who: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(who) <= MENTIONED_MOST:
        raise ValueError(f"name 1 to {MENTIONED_MOST} users or user groups, not {len(who)}")
    return who


Someone = Annotated[str, AfterValidator(_someone)]


class When(Section):
    """Which incidents a rule is for: all that is given must be so."""

    severity: Severity | None = None
    category: str = ""
    labels: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.severity or self.category or self.labels):
            raise ValueError("say for which incidents: give severity, category or labels")
        return self

    @property
    def condition(self) -> Condition:
        return Condition(severity=self.severity, category=self.category, labels=self.labels)


class Told(When):
    """Incidents that are so are told in this channel."""

    channel: str = Field(min_length=1)


class Mentions(When):
    """Of incidents that are so these people are told."""

    who: Annotated[tuple[Someone, ...], AfterValidator(_a_few)]


class Slack(Section):
    """On with a bot token and a channel."""

    bot_token: SecretStr | None = None
    bot_token_file: Path | None = None
    signing_secret: SecretStr | None = None
    signing_secret_file: Path | None = None
    app_token: SecretStr | None = None
    app_token_file: Path | None = None
    channel: str = ""
    api_url: Url = "https://slack.com/api"
    approvers: tuple[Someone, ...] = ()
    channels: tuple[Told, ...] = ()
    mentions: tuple[Mentions, ...] = ()
    charts: bool = True

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.bot_token) != bool(self.channel):
            raise ValueError("slack needs both bot_token (or bot_token_file) and channel")
        return self

    @property
    def on(self) -> bool:
        return self.bot_token is not None

    @property
    def hears(self) -> bool:
        """Whether what people press reaches us: signed by HTTP, or by socket."""
        return self.on and (self.signing_secret is not None or self.app_token is not None)

    @property
    def channel_rules(self) -> tuple[ChannelRule, ...]:
        return tuple(ChannelRule(one.condition, one.channel) for one in self.channels)

    @property
    def mention_rules(self) -> tuple[MentionRule, ...]:
        return tuple(MentionRule(one.condition, one.who) for one in self.mentions)

    @property
    def all_channels(self) -> tuple[str, ...]:
        """Every channel that something may be told in."""
        return tuple(dict.fromkeys((self.channel, *(one.channel for one in self.channels))))
