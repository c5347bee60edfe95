"""Objects that have no file, such as classes of a notebook, as bytes."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import cloudpickle

from ..errors import PluginError
from ._packages import local_modules


def dumps(thing: Any, name: str) -> tuple[bytes, set[str]]:
    """An object as bytes, and the first names of the modules it needs.

    What comes from the main program, from a notebook, or from a module that is not installed goes along by value.

    Raises
    ------
    PluginError
        If something in it cannot be taken to another process.
    """
    with _by_value():
        try:
            content = cloudpickle.dumps(thing, protocol=5)
        except Exception as error:
            raise PluginError(
                f"the optimizer `{name}` cannot be taken to another process: {error} (open files, locks and the like are made in "
                "`initialize`; or write it into a file of its own)"
            ) from error
    reader = _Reader(io.BytesIO(content))
    reader.load()
    return content, reader.modules


def unpickle(content: bytes) -> Any:
    """The object again."""
    return _Reader(io.BytesIO(content)).load()


class _Reader(pickle.Unpickler):
    """Reads a pickle, and notes which modules it names."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.modules: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        top = module.split(".")[0]
        found = super().find_class(module, name)
        if top == "cloudpickle":
            # How a function refers to a module.
            return self._subimport if name == "subimport" else found
        self.modules.update({top} - sys.stdlib_module_names)
        return found

    def _subimport(self, name: str) -> Any:
        self.modules.update({name.split(".")[0]} - sys.stdlib_module_names)
        __import__(name)
        return sys.modules[name]


@contextmanager
def _by_value() -> Iterator[None]:
    """Has cloudpickle take along the code of modules that another process would not find."""
    known = cloudpickle.list_registry_pickle_by_value()
    registered = [module for module in local_modules() if module.__name__ not in known]
    for module in registered:
        cloudpickle.register_pickle_by_value(module)
    try:
        # Classes would get random numbers, by which a process knows one again: the same class has to be the same bytes, and those of
        # two parcels are never one.
        with patch.object(cloudpickle.cloudpickle, "_get_or_create_tracker_id", lambda cls: None):
            yield
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)
