"""What adapters have in common."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from .. import _name
from ..errors import PluginError
from ..optimizer import Optimizer, paragraphs
from ._arguments import Arguments


class Adapter(Optimizer):
    """An optimizer of another package."""

    batch_size: int = 0

    _what: ClassVar[str]
    _arguments: ClassVar[Arguments]

    def _values(self) -> dict[str, Any]:
        """The hyper-parameters of this run, schedules as such."""
        return {name: getattr(self, name) for name in self._arguments.hyperparameters}


def make(base: type[Adapter], title: str, name: str, namespace: Mapping[str, Any], arguments: Arguments) -> Adapter:
    """An object of a new class with these hyper-parameters.

    Raises
    ------
    PluginError
        If the name, or a value that was given, is not allowed.
    """
    reason = _name.mistake(name)
    if reason is not None:
        raise PluginError(f"{namespace['_what']} cannot be called {name!r}: {reason} (name=..: {_name.RULE})")
    setting = dict(arguments.setting)
    # The class is the same whatever values it was asked for with.
    arguments.setting.clear()
    body = {**namespace, "name": name, "_arguments": arguments, "__module__": base.__module__, "__qualname__": title}
    for entry, hyperparameter in arguments.hyperparameters.items():
        hyperparameter.name = entry
        body[entry] = hyperparameter
    cls = type(title, (base,), body)
    made: Adapter = cls(**setting)
    return made


def about(thing: Any, what: str) -> str:
    """The first sentence that a class or function says of itself, and what it is."""
    text = paragraphs(inspect.getdoc(thing) or "").split("\n")[0].strip()
    return f"{text.rstrip('.')} ({what})." if text else f"{what}."
