"""A diagnosis that somebody asks for says no more than what is measured."""

from responder.diagnose.clients import Clients
from responder.diagnose.registry import specs
from responder.engine.diagnosing import diagnose
from responder.engine.explaining import PlaybookInvestigator
from responder.engine.surroundings import Surroundings
from responder.playbook.context import Context
from responder.playbook.load import load
from responder.render.text import lock_screen
from responder.resources import resource_dir
from responder.testing.clock import ManualClock


async def test_of_a_name_that_nobody_knows_it_says_nothing_as_if_it_were_so() -> None:
    """With an alert the headline may say what the alert says; here the name may be mistyped."""
    clock, playbooks = ManualClock(), load(resource_dir("playbooks"), specs())
    clients = Clients()
    around = Surroundings(Context(), None, None, clock)
    investigator = PlaybookInvestigator(lambda: playbooks, clients, around, clock)
    notice = await diagnose(investigator, "TokenBudgetExceeded", {"persona": "nobody"})
    assert lock_screen(notice) == "[asked] nothing is measured of nobody"
