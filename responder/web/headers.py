"""What a browser is told with every answer: make no more of it than it is, keep it and frame it nowhere."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

USUAL: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""A page says more by a policy of its own."""


class Careful:
    """An application whose answers have these headers, but for those that an answer sets itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                said = {name.lower() for name, _ in own}
                message["headers"] = own + [one for one in USUAL if one[0] not in said]
            await send(message)

        await self._app(scope, receive, careful)
