"""Finds the kinds of diagnostics: every module of this package that has a `KIND`."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import responder.diagnose
from responder.diagnose.clients import Clients
from responder.diagnose.kind import Kind
from responder.playbook.diagnostic import Diagnostic


def specs() -> Mapping[str, type[Diagnostic]]:
    """What a playbook's diagnostics may be, by kind."""
    return {name: kind.spec for name, kind in _kinds()}


def build(clients: Clients) -> Mapping[str, Kind[Any]]:
    """All kinds, ready to ask."""
    return {name: kind.build(clients) for name, kind in _kinds()}


def _kinds() -> Iterator[tuple[str, type[Kind[Any]]]]:
    for module in pkgutil.iter_modules(responder.diagnose.__path__):
        if kind := getattr(import_module(f"{responder.diagnose.__name__}.{module.name}"), "KIND", None):
            yield module.name, kind
