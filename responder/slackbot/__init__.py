"""What people do in Slack: slash commands, buttons and modals, signed by Slack and decided by the engine.

A request goes one way: `endpoint` reads it, `guard` proves that Slack sent it (in Socket Mode `socket` has it
from Slack itself), `payload` takes it apart, and the slack-bolt app of `bolt` hands it to `handlers` or, what
was written after `/hypertool`, to `slash`; who may is known by `approvers`.
"""

from responder.slackbot.endpoint import router
from responder.slackbot.parts import Commanding, SlackParts

__all__ = ["Commanding", "SlackParts", "router"]
