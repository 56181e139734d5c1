"""A responder that answers `/hypertool`, as a process of its own, which can be killed.

    asking_replica.py DATABASE SLACK_API MODE      prints its address and serves

MODE is `answer`, or `stall`: what is asked is worked on and never done.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from responder import log
from responder.clients.slack import SlackClient
from responder.diagnose.clients import Clients
from responder.diagnose.registry import specs
from responder.domain.clock import system_clock
from responder.domain.notice import Notice
from responder.engine.commands.known import Known
from responder.engine.commands.parts import CommandParts
from responder.engine.engine import Config, Engine, Ports
from responder.notify.answers import AnswerVoice
from responder.playbook.load import load
from responder.render import answers
from responder.resources import resource_dir
from responder.slackbot import Commanding, SlackParts, router
from responder.storage.database import Database
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator
from responder.testing.loopback import serving
from responder.testing.orphans import die_with_parent
from responder.testing.samples import SEVEN
from responder.testing.slack import SECRET, TOKEN
from responder.web.factory import WebConfig, create_app


class NoValues:
    """Prometheus, where nothing is known."""

    async def label_values(self, label: str, selectors: Sequence[str], **_: object) -> tuple[str, ...]:
        return ()


async def diagnosed(alert: str, labels: Mapping[str, str]) -> Notice:
    return replace(SEVEN[alert](), asked=True)


async def never(alert: str, labels: Mapping[str, str]) -> Notice:
    await asyncio.get_running_loop().create_future()
    return await diagnosed(alert, labels)


async def main(url: str, slack_api: str, mode: str) -> None:
    die_with_parent()
    log.configure(level="error")
    values = NoValues()
    async with SlackClient(TOKEN, slack_api) as slack:
        commands = CommandParts(
            voice=AnswerVoice(slack, answers),
            diagnose=never if mode == "stall" else diagnosed,
            clients=Clients(),
            values=values,
        )
        ports = Ports(
            investigator=ScriptedInvestigator(), assessor=ScriptedAssessor(), notifiers=[], commands=commands
        )
        engine = Engine(Database(url), ports, Config(executor="one"))
        playbooks = load(resource_dir("playbooks"), specs())
        parts = SlackParts(
            slack=slack,
            people=None,
            incidents=engine.asking,
            secret=lambda: SECRET,
            approvers=tuple,
            clock=system_clock,
            commanding=Commanding(
                commands=engine.commands, playbooks=lambda: playbooks, known=Known(values, system_clock)
            ),
            api_url=slack.api_url,
        )
        async with serving(create_app(engine, WebConfig(), [router(parts)])) as address:
            await slack.team_id()  # within a click there is less than a second for it
            print(address, flush=True)  # noqa: T201 - whoever started it waits for this line
            await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
