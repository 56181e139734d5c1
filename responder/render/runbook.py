"""The runbook, and one playbook, as pages: light and dark, phone and desktop, whole without script. Pure.

The runbook's one script, and the style, carry the nonce of the answer's policy; nothing is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from responder.domain.marks import Tally
from responder.playbook.model import Dashboard, Playbook
from responder.playbook.runbook import Runbook, anchor, words_of_alert, words_of_chapter
from responder.render.pages import render
from responder.render.runbook_words import PASTE, SET_THEM_ONCE, exports

LONGEST_QUERY: Final = 1_500
"""Characters of a query in an address."""
LONGEST_SEARCH: Final = 200
"""Characters that are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Where a page leads to. Addresses without a slash at the end, empty where nothing is configured.

    `ticket`: what lets its reader in (names and values of a query), carried along from page to page.
    """

    prometheus_url: str = ""
    grafana_url: str = ""
    ticket: Sequence[tuple[str, str]] = ()

    def page(self, path: str) -> str:
        """Another page of ours."""
        return f"{path}?{urlencode(self.ticket)}" if self.ticket else path

    def graph(self, query: str) -> str:
        """A query in Prometheus's own page, ready to be run; empty if that can't be."""
        if not self.prometheus_url or len(query) > LONGEST_QUERY:
            return ""
        return f"{self.prometheus_url}/graph?{urlencode({'g0.expr': query, 'g0.tab': '1'})}"

    def dashboard(self, dashboard: Dashboard) -> str:
        """A dashboard, and the panel if there is one."""
        if not self.grafana_url:
            return ""
        panel = f"?viewPanel={dashboard.panel}" if dashboard.panel else ""
        return f"{self.grafana_url}/d/{dashboard.uid}{panel}"


NOWHERE: Final = Around()
NEVER: Final = Tally()


def runbook_page(runbook: Runbook, *, search: str = "", around: Around = NOWHERE, nonce: str = "") -> str:
    """The whole runbook; of its parts those are shown in which every word of `search` stands."""
    general = runbook.general
    return render(
        "runbook.html.j2",
        nonce=nonce,
        runbook=runbook,
        general=general,
        around=around,
        search=search[:LONGEST_SEARCH].strip(),
        found=found(runbook, search[:LONGEST_SEARCH]),
        total=len(runbook.playbooks) + len(runbook.chapters),
        words={"once": SET_THEM_ONCE, "paste": PASTE},
        exports="\n".join(exports(general)) if general else "",
        issues=[(one.see, one.means, one.do) for one in general.issues] if general else (),
    )


def playbook_page(
    runbook: Runbook, playbook: Playbook, tally: Tally = NEVER, *, around: Around = NOWHERE, nonce: str = ""
) -> str:
    """One playbook: its part of the runbook, what the responder asks, and what decides between the causes.

    `tally`: how often its alert was a false alarm.
    """
    return render(
        "playbook.html.j2", nonce=nonce, runbook=runbook, playbook=playbook, tally=tally, around=around
    )


def found(runbook: Runbook, search: str) -> frozenset[str]:
    """The anchors of the parts that have every word in them, in whatever case; of all without a word."""
    parts = {anchor(one.alert): words_of_alert(one) for one in runbook.playbooks}
    parts |= {chapter.anchor: words_of_chapter(runbook, chapter) for chapter in runbook.chapters}
    words = search.lower().split()
    return frozenset(at for at, text in parts.items() if all(word in text.lower() for word in words))
