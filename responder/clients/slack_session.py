"""The connections to Slack: they follow no redirect and keep no cookies."""

import aiohttp
from aiohttp.client import DEFAULT_TIMEOUT

from responder.clients.names import Names
from responder.clients.slack_failure import SYSTEM
from responder.domain.errors import Effect, Reason, Refused


def slack_session(within: float | None = None) -> aiohttp.ClientSession:
    """Connections for the library to use instead of its own. To be closed.

    Args:
        within: seconds until an answer has to be there; None: whoever asks sees to that.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Names()),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=DEFAULT_TIMEOUT if within is None else aiohttp.ClientTimeout(total=within),
        trace_configs=[_no_redirects()],
    )


def _no_redirects() -> aiohttp.TraceConfig:
    """An answer from a place that nobody configured is not an answer."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refused)
    return tracing


async def _refused(*_: object) -> None:
    raise Refused(SYSTEM, Reason.REFUSED, "redirects elsewhere: is slack.api_url right?", effect=Effect.NONE)
