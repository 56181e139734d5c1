"""What Slack's refusals and failures mean, in our words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable
from responder.domain.hiding import without_tokens

SYSTEM: Final = "Slack"
DETAIL_LONGEST: Final = 300
"""Characters of Slack's own words that are kept for people."""


class SlackRefusal(Refused):
    """Slack said no, with a word of its own: a person has to change something.

    `code` is that word, for example `channel_not_found`. After `message_not_found` (somebody deleted it) a
    notifier may post anew.
    """

    def __init__(self, reason: Reason, code: str, detail: str) -> None:
        super().__init__(SYSTEM, reason, detail)
        self.code = code


PASSING: Final[Mapping[str, Reason]] = {
    "accesslimited": Reason.OVERLOADED,
    "external_channel_migrating": Reason.OVERLOADED,
    "fatal_error": Reason.SERVER_ERROR,
    "internal_error": Reason.SERVER_ERROR,
    "rate_limited": Reason.RATE_LIMITED,
    "ratelimited": Reason.RATE_LIMITED,
    "request_timeout": Reason.TIMEOUT,
    "service_unavailable": Reason.OVERLOADED,
    "team_added_to_org": Reason.OVERLOADED,
    "update_failed": Reason.SERVER_ERROR,
}
"""Errors that another try may get past; "some aspect of the operation" may have been done all the same."""

LASTING: Final[Mapping[str, Reason]] = {
    "account_inactive": Reason.UNAUTHORIZED,
    "invalid_auth": Reason.UNAUTHORIZED,
    "missing_scope": Reason.UNAUTHORIZED,
    "no_permission": Reason.UNAUTHORIZED,
    "not_allowed_token_type": Reason.UNAUTHORIZED,
    "not_authed": Reason.UNAUTHORIZED,
    "token_expired": Reason.UNAUTHORIZED,
    "token_revoked": Reason.UNAUTHORIZED,
    "channel_not_found": Reason.NOT_FOUND,
    "message_not_found": Reason.NOT_FOUND,
    "thread_not_found": Reason.NOT_FOUND,
    "unknown_method": Reason.NOT_FOUND,
    "metadata_too_large": Reason.TOO_LARGE,
    "msg_blocks_too_long": Reason.TOO_LARGE,
    "msg_too_long": Reason.TOO_LARGE,
}
"""Errors that stay; those that aren't here are `refused`."""

ADVICE: Final[Mapping[str, str]] = {
    "channel_not_found": "is slack.channel right, and may the bot see it?",
    "invalid_auth": "is slack.bot_token right?",
    "is_archived": "the channel is archived",
    "missing_scope": "the bot's token lacks a scope",
    "not_in_channel": "invite the bot to the channel",
    "token_revoked": "the app must be installed again",
}
"""What a person can do about it."""


@contextmanager
def slack_translated() -> Iterator[None]:
    """Inside, what Slack answers and what its library makes of odd answers becomes ours."""
    try:
        yield
    except SlackApiError as error:
        raise _meaning(error.response) from error
    except SlackClientError as error:
        raise Refused(SYSTEM, Reason.REFUSED, "its library refused the call") from error
    except (AttributeError, UnicodeDecodeError) as error:
        # The library reads keys of whatever JSON it gets, also of a list.
        raise unreadable() from error


def unreadable(why: str = "") -> Unreachable:
    """What answers isn't Slack: a proxy's page or an outage's, which passes."""
    return Unreachable(SYSTEM, Reason.BAD_ANSWER, why or "its answer can't be read")


def too_many(retry_after: float | None) -> Unreachable:
    """There were too many calls: surely nothing was done; it may be asked again after so many seconds."""
    return Unreachable(SYSTEM, Reason.RATE_LIMITED, retry_after=retry_after, effect=Effect.NONE)


def refusal(code: str, answer: Mapping[str, Any] | None = None) -> SlackRefusal:
    """Slack's own no."""
    more = "; ".join(filter(None, (ADVICE.get(code), _missing(answer or {}), *_messages(answer or {}))))
    detail = without_tokens(f"{code}: {more}" if more else code)
    return SlackRefusal(LASTING.get(code, Reason.REFUSED), code, detail[:DETAIL_LONGEST])


def _meaning(response: AsyncSlackResponse | aiohttp.ClientResponse) -> AdapterError:
    status, answer = _status_and_answer(response)
    code = answer.get("error")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return too_many(_retry_after(response))
    if isinstance(code, str) and (reason := PASSING.get(code)):
        if reason is Reason.RATE_LIMITED:
            return too_many(_retry_after(response))
        return Unreachable(SYSTEM, reason, code, _retry_after(response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reason = Reason.OVERLOADED if status == HTTPStatus.SERVICE_UNAVAILABLE else Reason.SERVER_ERROR
        return Unreachable(SYSTEM, reason, f"status {status}", _retry_after(response))
    if isinstance(code, str) and code:
        return refusal(code, answer)
    return _not_slack(status)


def _not_slack(status: int) -> AdapterError:
    if status == HTTPStatus.OK:
        return unreadable()
    reason = Reason.NOT_FOUND if status == HTTPStatus.NOT_FOUND else Reason.REFUSED
    return Refused(SYSTEM, reason, f"status {status}: is slack.api_url right?")


def _status_and_answer(
    response: AsyncSlackResponse | aiohttp.ClientResponse,
) -> tuple[int, Mapping[str, Any]]:
    """The library hands over the bare HTTP response where the body was no JSON."""
    if isinstance(response, aiohttp.ClientResponse):
        return response.status, {}
    return response.status_code, response.data if isinstance(response.data, dict) else {}


def _retry_after(response: AsyncSlackResponse | aiohttp.ClientResponse) -> float | None:
    said = str(response.headers.get("Retry-After", ""))
    return float(said) if said.isascii() and said.isdecimal() else None


def _missing(answer: Mapping[str, Any]) -> str:
    needed = answer.get("needed")
    return f"needed: {needed}" if isinstance(needed, str) else ""


def _messages(answer: Mapping[str, Any]) -> list[str]:
    more = answer.get("response_metadata")
    messages = more.get("messages") if isinstance(more, dict) else None
    return [str(message) for message in messages] if isinstance(messages, list) else []
