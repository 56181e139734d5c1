"""A stand-in for Langfuse: one project in memory that speaks the part of the public API that is used.

In a test:

    project = Project()
    project.add_call(at=..., persona="backend-engineer", tokens_in=1200, tokens_out=80, prompt="...")
    async with serving(create_app(project)) as url:
        ...  # langfuse.host = url, langfuse.public_key = PUBLIC_KEY, langfuse.secret_key = SECRET_KEY
    project.faults.add(Fault(FaultKind.RATE_LIMIT))

As a process of its own: `python -m responder.testing.langfuse --port 3000`. A program writes to it as to the
real one, by `POST /api/public/ingestion`.
"""

from responder.testing.langfuse.app import create_app
from responder.testing.langfuse.project import PUBLIC_KEY, SECRET_KEY, Edition, Project
from responder.testing.slack.faults import Fault, FaultKind

__all__ = ["PUBLIC_KEY", "SECRET_KEY", "Edition", "Fault", "FaultKind", "Project", "create_app"]
