"""What is told to PagerDuty, and how it is examined, as the settings have it."""

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.pagerduty import PagerDutyApi, PagerDutyEvents
from responder.domain.clock import Clock
from responder.engine.desk import Desk
from responder.engine.paged import AlertmanagerPages
from responder.engine.paging import Paging
from responder.engine.ports import Notifier
from responder.notify.pagerduty import PageNotes
from responder.notify.pagerduty_events import OwnPages, PageEvents, own_keys
from responder.notify.pagerduty_watchdog import WatchingPager
from responder.render import pagerduty as words
from responder.render.watchdog import loss_page
from responder.settings import PagerDuty, PagerDutyMode
from responder.storage.database import Database


def api_of(settings: PagerDuty, http: Http) -> PagerDutyApi | None:
    """The REST API, where a token is configured."""
    token, email = settings.api_token, settings.from_email
    return PagerDutyApi(http, settings.api_url, token.get_secret_value(), email) if token and email else None


def events_of(settings: PagerDuty, http: Http) -> PagerDutyEvents | None:
    """The Events API, where a routing key is configured."""
    key = settings.routing_key
    return PagerDutyEvents(http, settings.events_url, key.get_secret_value()) if key else None


def pagers(
    settings: PagerDuty, http: Http, database: Database, alertmanager: Alertmanager | None, clock: Clock
) -> tuple[Notifier, ...]:
    """The one notifier for PagerDuty; none where it isn't configured.

    Where Alertmanager pages, its configuration says which page is an incident's. With a routing key a lost
    watchdog has a page of its own.
    """
    pages = AlertmanagerPages(database, alertmanager, clock) if alertmanager else None
    made, events = _pager(settings, http, pages, clock), events_of(settings, http)
    if made is None:
        return ()
    return (made if events is None else WatchingPager(made, events, loss_page),)


def hearing(desk: Desk) -> Paging:
    """Who hears what people do to pages."""
    return Paging(desk)


def _pager(
    settings: PagerDuty, http: Http, alertmanager: AlertmanagerPages | None, clock: Clock
) -> PageEvents | OwnPages | PageNotes | None:
    api, events = api_of(settings, http), events_of(settings, http)
    if settings.mode is PagerDutyMode.PAGE and events is not None:
        notes = PageNotes(api, own_keys, words, clock) if api else None
        return OwnPages(events, settings.min_severity, words.page, notes)
    if alertmanager is None:
        return None
    if api is not None:
        return PageNotes(api, alertmanager.keys, words, clock)
    if events is not None:
        return PageEvents(events, alertmanager.keys, alertmanager.still_fires, words.page, clock)
    return None
