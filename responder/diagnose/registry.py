"""Finds the kinds of diagnostics: every module of this package that has a `KIND`."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import responder.diagnose
from responder.diagnose.clients import Clients
from responder.diagnose.kind import Kind
from responder.playbook.diagnostic import Diagnostic


def specs() -> Mapping[str, type[Diagnostic]]:
    """What a playbook's diagnostics may be, by kind."""
    return {name: kind.spec for name, kind in _kinds().items()}


def build(clients: Clients) -> Mapping[str, Kind[Any]]:
    """All kinds, ready to ask."""
    return {name: kind.build(clients) for name, kind in _kinds().items()}


@cache
def _kinds() -> Mapping[str, type[Kind[Any]]]:
    package = responder.diagnose
    names = (found.name for found in pkgutil.iter_modules(package.__path__))
    modules = {name: import_module(f"{package.__name__}.{name}") for name in names}
    return {name: module.KIND for name, module in modules.items() if hasattr(module, "KIND")}
