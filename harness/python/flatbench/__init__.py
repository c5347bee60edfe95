"""The implicit bias of optimizers on low-rank recovery, from Python.

An optimizer is a class that says what a step does; see :class:`Optimizer`::

    import flatbench as fb

    class Mine(fb.Optimizer):
        \"\"\"Normalized gradient descent.\"\"\"

        step_size = fb.hyper(0.05, schedule=True, min=0, doc="Step size η.")

        def step(self, w, oracle):
            g = oracle.gradient(w)
            w -= self.step_size(oracle) / fb.norm(g) * g

``torch``, ``optax`` and ``scipy`` make optimizers of those that these packages have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import schedule
from ._adapters import optax, scipy, torch

from ._version import __version__
from .errors import BudgetSpent, FlatbenchError, NotSupported, OracleError, PluginError, RunError, SuiteError
from .hyper import hyper
from .optimizer import Optimizer
from .schedule import Schedule
from .vector import Block, Blocks, Vector, norm

if TYPE_CHECKING:
    from ._flatbench import Batch, Oracle, Random

__all__ = [
    "Batch",
    "Block",
    "Blocks",
    "BudgetSpent",
    "FlatbenchError",
    "NotSupported",
    "Optimizer",
    "Oracle",
    "OracleError",
    "PluginError",
    "Random",
    "RunError",
    "Schedule",
    "SuiteError",
    "Vector",
    "__version__",
    "hyper",
    "norm",
    "optax",
    "schedule",
    "scipy",
    "torch",
]

_COMPILED = ("Batch", "Oracle", "Random")


def __getattr__(name: str) -> Any:
    # The compiled part is large, and not needed to write an optimizer.
    if name in _COMPILED:
        from . import _flatbench

        return getattr(_flatbench, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
