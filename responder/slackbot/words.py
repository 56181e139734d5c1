"""What people in Slack are told besides the message: escaped, and only for those who asked."""

import re
from collections.abc import Sequence
from typing import Final

from responder.domain.fix import Fix
from responder.engine.fixing.people import Decided, Decision
from responder.render.fix_words import STATES, change_words, title_of
from responder.render.limits import escape, escape_within, listed
from responder.slackbot.approvers import Standing
from responder.storage.breaker import Breaker

NAMED_MOST: Final = 5
LONGEST: Final = 1_500
ONLY_DESCRIBED: Final = "Quick fixes are only described here: nothing was done."
UNREADABLE: Final = "This button can't be read: nothing was done. Is it from an older message?"
BUSY: Final = "The database can't be reached: nothing was done. Press again in a few seconds."
NO_INCIDENT: Final = "There is no such incident any more, or there never was: nothing was done."
OVER: Final = "Too late: the incident is over."
NOTHING_LEFT: Final = "There is no quick fix to decide about any more."
NOT_OPENED: Final = "Slack did not open the form: nothing was done. Press again."
ASK_AGAIN: Final = "The database can't be reached: nothing was done. Ask again in a few seconds."
NO_FORM: Final = "Slack did not open the form: nothing was done. Ask again."
SHARED: Final = "That was asked for already: the channel is shown it once."
WAITING_MOST: Final = 5
_WHO: Final = re.compile(r"slack:([UW][A-Z0-9]{1,30})(?: \([^()]*\))?")
_AS_MENTION: Final = r"<@\1>"

BEGINNINGS: Final = {
    Decided.NO_SUCH_FIX: "Nothing was done",
    Decided.TOO_LATE: "Too late",
    Decided.CHANGED: "Nothing was done",
    Decided.REFUSED: "Nothing was done",
}


def outcome(decision: Decision) -> str:
    """What came of it; users are named as Slack names them."""
    return f"{with_mentions(_outcome(decision))}."


def with_mentions(text: str) -> str:
    """Escaped; users are named as Slack names them."""
    return _WHO.sub(_AS_MENTION, escape(text))


def _outcome(decision: Decision) -> str:
    fix = decision.fix
    if decision.decided is Decided.DONE and fix is not None:
        return ": ".join(filter(None, (title_of(fix), change_words(fix), STATES[fix.state])))
    return f"{BEGINNINGS.get(decision.decided, 'Done')}: {decision.words}"


def not_understood(why: str) -> str:
    """What is wrong with what somebody asked, and how to learn more."""
    return escape_within(f"Sorry, {why}. Write /hypertool help to see what can be asked.", LONGEST)


def paused(stands: Breaker) -> str:
    """Whether quick fixes are paused now."""
    if not stands.open:
        return "Quick fixes are applied again; what failed before counts no more."
    return (
        "Quick fixes are paused: none is applied until somebody resumes. What is in force ends in its time."
    )


def no_fixes(held: Sequence[Fix], *, paused: bool) -> str:
    """None waits: because all are paused, maybe, or because what there is holds already."""
    why = ": all are paused, and /hypertool status says why" if paused else ""
    now = [f"{title_of(fix)} (incident {fix.incident})" for fix in held]
    more = f" Under way or in force: {listed(now, WAITING_MOST)}; /hypertool fixes says more." if held else ""
    return escape_within(f"No quick fix waits for a decision{why}.{more}", LONGEST)


def which_fixes(waiting: Sequence[Fix]) -> str:
    """Several incidents have quick fixes that wait."""
    some = dict.fromkeys(f"fix {fix.incident} ({title_of(fix)})" for fix in waiting)
    return escape_within(f"Of which incident? Write {listed(list(some), WAITING_MOST)}.", LONGEST)


def not_you(
    standing: Standing, user: str, named: Sequence[str], what: str = "decide about quick fixes"
) -> str:
    """Why somebody may not do that, and what to do about it."""
    match standing:
        case Standing.NOBODY_MAY:
            why = f"nobody may {what} here. Whoever runs the responder can name people"
            return f"Nothing was done: {why} in slack.approvers; your id is {user}."
        case Standing.CANT_BE_ASKED:
            return "Nothing was done: Slack did not say who is in the group of approvers. Press again."
        case _:
            who = listed([_mention(one) for one in named], NAMED_MOST)
            return f"Nothing was done: you ({user}) may not {what} here. Ask {who}."


def _mention(named: str) -> str:
    return f"<!subteam^{named}>" if named.startswith("S") else f"<@{named}>"
