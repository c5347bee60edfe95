"""What can go wrong, as exceptions: all of them are a :class:`FlatbenchError`."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BudgetSpent",
    "FlatbenchError",
    "NotSupported",
    "OracleError",
    "PluginError",
    "RunError",
    "SuiteError",
]


class FlatbenchError(Exception):
    """Base of every exception that flatbench raises itself."""


class BudgetSpent(FlatbenchError):
    """The budget of the run does not cover an oracle call.

    The normal end of a run: let it pass through ``step``, and ``w`` counts as it was left.
    """


class NotSupported(FlatbenchError):
    """The family of the problem cannot answer this oracle call; the run is skipped where this leaves ``step``."""


class OracleError(FlatbenchError):
    """An oracle call with arguments that make no sense: a wrong length, dtype or index."""


class SuiteError(FlatbenchError):
    """A suite that makes no sense.

    Attributes
    ----------
    mistakes
        All that was found, one text each, with the line or the path of its place.
    """

    mistakes: list[str]

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(self.mistakes))


class PluginError(FlatbenchError):
    """An optimizer, or what is asked of one, that makes no sense."""


class RunError(FlatbenchError):
    """The harness could not run a suite."""
