"""What one person is told where they pressed something."""

from responder.domain.errors import AdapterError
from responder.log import Action, get_logger
from responder.slackbot.modal import Place
from responder.slackbot.parts import Slack
from responder.slackbot.payload import Click, User

log = get_logger()


async def whisper(slack: Slack, place: Place, user: User, text: str, *, url: str = "") -> None:
    """Tell one person; where that fails they see that nothing changed.

    `url`: the address that came with a command, which reaches them also where the bot is no member.
    """
    if not text or (url and await _answered(slack, url, text)) or not place.channel:
        return
    try:
        await slack.whisper(place.channel, user.id, text, thread_ts=place.thread_ts)
    except AdapterError as error:
        log.warning(Action.SLACK_ANSWER_FAILED, error=str(error))


async def _answered(slack: Slack, url: str, text: str) -> bool:
    """Whether they were told by this address."""
    try:
        await slack.answer(url, {"text": text, "response_type": "ephemeral", "replace_original": False})
    except AdapterError as error:
        log.warning(Action.SLACK_ANSWER_FAILED, error=str(error))
        return False
    return True


def place_of(click: Click) -> Place:
    """Where a button stood."""
    return Place(channel=click.channel.id if click.channel else None, thread_ts=click.container.thread_ts)
