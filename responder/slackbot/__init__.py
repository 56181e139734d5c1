"""What people do in Slack: buttons and modals, signed by Slack and decided by the engine.

A request goes one way: `endpoint` reads it, `guard` proves that Slack sent it, `payload` takes it apart, and
the slack-bolt app of `bolt` hands it to `clicks` or `modal`; who may is known by `approvers`.
"""

from responder.slackbot.endpoint import router
from responder.slackbot.parts import SlackParts

__all__ = ["SlackParts", "router"]
