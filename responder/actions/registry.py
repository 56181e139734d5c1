"""Finds the actions: every module of this package that has an `ACTION`."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

import responder.actions
from responder.actions.action import Doing, Kind
from responder.actions.tools import Tools


def offered(tools: Tools) -> Mapping[str, Doing]:
    """The actions that can be offered with what is configured, by the names that playbooks use."""
    built = {name: kind.build(tools) for name, kind in kinds().items()}
    return {name: action for name, action in built.items() if action is not None}


@cache
def kinds() -> Mapping[str, type[Kind]]:
    """All there are, by name."""
    package = responder.actions
    names = (found.name for found in pkgutil.iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    found = [module.ACTION for module in modules if hasattr(module, "ACTION")]
    return {kind.name: kind for kind in found}
