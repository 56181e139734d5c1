"""Our own probe: what is at an address, and whether it is Hypertool's metrics."""

from datetime import UTC, datetime

import httpx
import pytest

from responder.clients.http import Http
from responder.diagnose.clients import Clients, Endpoint
from responder.diagnose.http import HttpKind, HttpSpec
from responder.diagnose.kind import Question
from responder.domain.errors import Refused
from responder.domain.report import FindingState, Scalar

QUESTION = Question(subjects=(), now=datetime(2026, 1, 10, 3, tzinfo=UTC), within=5)
SPEC = HttpSpec(id="probe", kind="http", title="Probe", endpoint="metrics")
METRICS = '# TYPE hypertool_persona_tokens_used counter\nhypertool_persona_tokens_used_total{persona="a"} 1\n'


async def probe(answer: httpx.Response | Exception) -> dict[str, Scalar]:
    def serve(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with Http(httpx.MockTransport(serve)) as http:
        kind = HttpKind.build(
            Clients(http=http, endpoints={"metrics": Endpoint(url="http://h:9464/metrics")})
        )
        found = await kind.ask(SPEC, QUESTION)
    assert found.state is FindingState.MEASURED
    return dict(found.rows[0].values)


@pytest.mark.parametrize(
    ("answer", "reachable", "status", "is_metrics", "failure"),
    [
        (httpx.Response(200, text=METRICS), True, 200, True, "none"),
        # metrics, but somebody else's
        (httpx.Response(200, text="# TYPE go_goroutines gauge\ngo_goroutines 8\n"), True, 200, False, "none"),
        # the port is taken by something else
        (httpx.Response(200, html="<html><body>hypertool_x 1</body></html>"), True, 200, False, "none"),
        (httpx.Response(200, content=b"\xff\xfe\x00"), True, 200, False, "none"),
        (httpx.Response(404, text="no"), True, 404, False, "status"),
        (httpx.Response(500, text=METRICS), True, 500, False, "status"),
        (httpx.RemoteProtocolError("SSH-2.0"), True, None, False, "not_metrics"),
        (ConnectionRefusedError(111, "refused"), False, None, None, "refused"),
        (httpx.ReadTimeout("hangs"), False, None, None, "timeout"),
    ],
)  # fmt: skip
async def test_a_probe_tells_what_is_there(
    *,
    answer: httpx.Response | Exception,
    reachable: bool,
    status: int | None,
    is_metrics: bool | None,
    failure: str,
) -> None:
    values = await probe(answer)
    assert (values["reachable"], values["status"]) == (reachable, status)
    assert (values["is_metrics"], values["failure"]) == (is_metrics, failure)


async def test_only_configured_endpoints_are_probed() -> None:
    async with Http() as http:
        with pytest.raises(Refused, match=r"set hypertool\.metrics_url"):
            await HttpKind.build(Clients(http=http)).ask(SPEC, QUESTION)
