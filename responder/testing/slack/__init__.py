"""A stand-in for Slack: a workspace in memory that speaks the Web API and shows itself as a page.

In a test:

    workspace = Workspace(channels=["alerts"])
    async with serving(create_app(workspace)) as url:
        ...  # slack.api_url = f"{url}/api/", slack.bot_token = TOKEN
    workspace.faults.add(Fault(FaultKind.LOST_ANSWER, "chat.postMessage"))

People press its buttons if it knows where the app takes that, `Interactive(request_url=…)`: on the page, or
by `POST /_stand-in/press`. What it sends is signed as Slack signs.

As a process of its own: `python -m responder.testing.slack --port 8090`.
"""

from responder.testing.slack.app import create_app
from responder.testing.slack.faults import Fault, FaultKind
from responder.testing.slack.interactive import SECRET, Interactive
from responder.testing.slack.model import App, Channel, Message, SlackError
from responder.testing.slack.pace import Tempo
from responder.testing.slack.workspace import TOKEN, Workspace

__all__ = [
    "SECRET",
    "TOKEN",
    "App",
    "Channel",
    "Fault",
    "FaultKind",
    "Interactive",
    "Message",
    "SlackError",
    "Tempo",
    "Workspace",
    "create_app",
]
