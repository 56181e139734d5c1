"""A stand-in for Langfuse on a real port of this machine, and our client that speaks with it."""

from collections.abc import AsyncIterator, Callable

import pytest

from responder.clients.http import Http
from responder.clients.langfuse import Langfuse
from responder.clients.langfuse_marks import Mark
from responder.testing.langfuse import PUBLIC_KEY, SECRET_KEY, Edition, Project, create_app
from responder.testing.loopback import serving

MARKS = {name: Mark.of(f"metadata.{name}") for name in ("persona", "workflow", "stage")}

Connect = Callable[..., Langfuse]


@pytest.fixture(params=list(Edition))
def edition(request: pytest.FixtureRequest) -> Edition:
    """Each of the three that are in the field."""
    found: Edition = request.param
    return found


@pytest.fixture
def project(edition: Edition) -> Project:
    return Project(edition)


@pytest.fixture
async def connect(project: Project) -> AsyncIterator[Connect]:
    """Makes a client of the project, perhaps with other keys or marks; what hangs is released at the end."""
    async with serving(create_app(project)) as url, Http() as http:

        def langfuse(*, secret_key: str = SECRET_KEY, **marks: str) -> Langfuse:
            read = {name: Mark.of(text) for name, text in marks.items()}
            return Langfuse(http, url, PUBLIC_KEY, secret_key, {**MARKS, **read})

        yield langfuse
        project.faults.clear()
