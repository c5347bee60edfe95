"""A problem instance as an object: its oracles, its metrics, its truth, for loops of one's own."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _flatbench
from .errors import SuiteError
from .vector import Block, Vector

if TYPE_CHECKING:
    import torch

    from ._adapters.module import Model

__all__ = ["Instance", "Limit", "Metrics", "Reference", "References"]

Array = NDArray[np.float64]


class Metrics(Mapping[str, Any]):
    """What is measured at a point, by name: a mapping whose entries are also attributes.

    ``flatbench list metrics`` says what each of them is. A number that does not exist for the family, or is not finite, is None.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"no metric {name!r} (known: {', '.join(self.__dict__.get('_values', ()))})")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._values.items() if not isinstance(value, list))
        return f"Metrics({shown})"


@dataclass(frozen=True)
class Limit:
    """Where gradient flow from a point ends.

    Attributes
    ----------
    w
        A zero-loss point, shape ``(d,)``; None if there is none.
    distance
        From where it began, Euclidean.
    reason
        Why there is none; None if there is one.
    """

    w: Vector | None
    distance: float
    reason: str | None


@dataclass(frozen=True)
class Reference:
    """A zero-loss point that runs are compared with, the solution of a convex program.

    Attributes
    ----------
    trace
        Trace of the Hessian of the flattest factorization of `X`.
    relative_error
        Distance of `X` from the truth, relative; None if there is no truth.
    lower, upper
        Proven lower bound, and least known value, of the trace over all zero-loss points; of the flattest alone.
    duality_gap
        Relative.
    certified
        Whether it is the minimum, up to 1e-8.
    exact
        Whether a zero-loss point has this trace.
    X
        The matrix, shape ``(rows, cols)``; None where nothing had to be solved.
    w
        Its flattest factorization, shape ``(d,)``; None where the factors are too narrow.
    """

    trace: float
    relative_error: float | None
    lower: float | None
    upper: float | None
    duality_gap: float | None
    certified: bool
    exact: bool
    X: Array | None
    w: Vector | None


@dataclass(frozen=True)
class References:
    """What runs on an instance are compared with.

    Attributes
    ----------
    flat
        The flattest zero-loss point.
    norm_minimal
        The one of least nuclear norm (ℓ1 for a vector).
    truth_floor
        Trace of the flattest factorization of the truth.
    missing
        Why one of them is None.
    """

    flat: Reference | None
    norm_minimal: Reference | None
    truth_floor: float | None
    missing: str | None


class Instance:
    """One instance of a family, drawn from a seed, as runs of the harness meet it: the same code, the same bits.

    Parameters
    ----------
    family
        Such as ``"matrix-sensing"``; ``flatbench list families`` has all, with their parameters.
    seed
        Of truth and measurements.
    init
        ``"large"``, ``"small"`` or ``"spectral"`` start.
    init_scale
        What the large or the spectral start is multiplied by, from 1e-6 to 10.
    init_seed
        Of the start; `seed` where it is left out.
    budget
        What a run may spend, in full gradients: the search for a limit may take as much.
    data_root
        Folder that data files are relative to.
    **parameters
        Of the family, such as ``rows=20, cols=20, rank=2, measurements=240``; defaults are filled in.

    Raises
    ------
    SuiteError
        With all that is wrong with the parameters.

    Notes
    -----
    Two threads may use two instances; of one instance, one answers at a time. Long calls release the interpreter's lock.
    """

    def __init__(
        self,
        family: str,
        *,
        seed: int = 0,
        init: str = "large",
        init_scale: float | None = None,
        init_seed: int | None = None,
        budget: float = 4000.0,
        data_root: str | os.PathLike[str] = ".",
        **parameters: Any,
    ) -> None:
        seeds = (_seed("seed", seed), _seed("init_seed", seed if init_seed is None else init_seed))
        if not isinstance(family, str) or not isinstance(init, str):
            raise SuiteError([f"family and init are words, not {family!r} and {init!r}"])
        wrong = [f"{family}, `{name}`: {value!r} is no value" for name, value in parameters.items() if _is_nothing(value)]
        if wrong:
            raise SuiteError(wrong)
        given = json.dumps(parameters, default=_plain)
        start = (init, None if init_scale is None else float(init_scale))
        inner = _flatbench.Instance.draw(family, given, start, seeds, float(budget), os.path.abspath(data_root))
        self._take(inner)

    @classmethod
    def _of_suite(
        cls, path: str, text: str, data_root: str, case: str, init: str, split: str, repetition: int
    ) -> Instance:
        self = cls.__new__(cls)
        self._take(_flatbench.Instance.of_suite(path, text, data_root, case, init, split, repetition))
        return self

    def _take(self, inner: _flatbench.Instance) -> None:
        self._inner = inner
        self._about: dict[str, Any] = json.loads(inner.about())

    # What it is.

    @property
    def family(self) -> str:
        """Name of the family."""
        return str(self._about["family"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter of the family."""
        return dict(self._about["parameters"])

    @property
    def dimensions(self) -> dict[str, Any]:
        """Sizes: rows, cols, rank, factor_rank, measurements, parameters and others."""
        return dict(self._about["dimensions"])

    @property
    def dimension(self) -> int:
        """Number of parameters d, the length of w."""
        return sum(block.rows * block.cols for block in self.blocks)

    @cached_property
    def blocks(self) -> list[Block]:
        """The factors that make up w, in order."""
        return list(self._inner.blocks)

    @cached_property
    def start(self) -> Vector:
        """The starting point, shape ``(d,)``. Read-only: ``instance.start.copy()`` is where a loop begins."""
        start = self._inner.start
        start.flags.writeable = False
        return start

    @property
    def start_loss(self) -> float:
        """The loss there."""
        return float(self._about["start_loss"])

    @cached_property
    def truth(self) -> Array | None:
        """The ground truth, shape ``(rows, cols)``, read-only; None where it is not known."""
        return _read_only(self._inner.truth)

    @cached_property
    def measurements(self) -> dict[str, Any]:
        """The measurements in the cheapest form that has them all.

        ``kind`` says which: ``dense`` (``matrices``, shape ``(m, rows, cols)``), ``rank-one`` (``left`` and ``right``, ``(m, rows)`` and
        ``(m, cols)``), ``entries`` (``positions``, ``(m, 2)``, and ``amplitude``), or ``all-entries`` (``outlier_radius``).
        """
        found: dict[str, Any] = self._inner.measurements()
        return {name: _read_only(value) if isinstance(value, np.ndarray) else value for name, value in found.items()}

    @cached_property
    def targets(self) -> Array:
        """What was measured, shape ``(m,)``, read-only."""
        targets = self._inner.targets
        targets.flags.writeable = False
        return targets

    @cached_property
    def reference(self) -> References:
        """The flattest and the norm-minimal zero-loss point; solved when it is first asked for."""
        found = json.loads(self._inner.reference_records())
        return References(
            self._reference(found["flat"], "flattest"),
            self._reference(found["norm_minimal"], "norm-minimal"),
            found["truth_floor"],
            found.get("missing"),
        )

    def _reference(self, found: dict[str, Any] | None, which: str) -> Reference | None:
        if found is None:
            return None
        x, w = self._inner.reference_point(which)
        return Reference(
            found["hessian_trace"],
            found["relative_error"],
            found.get("lower"),
            found.get("upper"),
            found["duality_gap"],
            found["certified"],
            found["exact"],
            _read_only(x),
            w,
        )

    # What can be asked.

    def loss(self, w: Array) -> float:
        """f(w), the mean square of the residuals."""
        return self._inner.loss(w)

    def gradient(self, w: Array, out: Array | None = None) -> Vector:
        """The gradient of f at w, shape ``(d,)``: a new vector, or `out`."""
        return self._inner.gradient(w, out)

    def value_and_gradient(self, w: Array) -> tuple[float, Vector]:
        """f(w) and its gradient, for the price of the gradient."""
        return self._inner.value_and_gradient(w)

    def minibatch_gradient(self, w: Array, batch: ArrayLike, noise: Array | None = None) -> Vector:
        """The gradient of the mean over the measurements in `batch`; ``noise[j]`` is added to the target of ``batch[j]``."""
        return self._inner.minibatch_gradient(w, np.asarray(batch), noise)

    def gradient_with_noise(self, w: Array, noise: Array) -> Vector:
        """The gradient with `noise`, shape ``(m,)``, added to the targets."""
        return self._inner.gradient_with_noise(w, noise)

    def hessian_vector(self, w: Array, v: Array) -> Vector:
        """The Hessian of f at w times v."""
        return self._inner.hessian_vector(w, v)

    def hessian_trace(self, w: Array) -> float:
        """The trace of the Hessian of f at w, exact."""
        return self._inner.hessian_trace(w)

    def hessian_trace_gradient(self, w: Array) -> Vector:
        """The gradient of that trace, exact."""
        return self._inner.hessian_trace_gradient(w)

    def residuals(self, w: Array) -> Array:
        """Predictions minus targets, shape ``(m,)``."""
        return self._inner.residuals(w)

    def end_to_end(self, w: Array) -> Array:
        """X(w), shape ``(rows, cols)``."""
        return self._inner.end_to_end(w)

    def vector(self, values: ArrayLike) -> Vector:
        """Values as a :class:`Vector` with this problem's factors."""
        return Vector(values, self.blocks)

    # What is measured.

    def limit(self, w: Array) -> Limit:
        """Where gradient flow from w ends."""
        return Limit(*self._inner.limit(w))

    def metrics(self, w: Array) -> Metrics:
        """Everything that is measured at the end of a run: excess flatness, gaps, recovery. The references are solved first."""
        return Metrics(json.loads(self._inner.metrics(w)))

    def torch(self, w: Array | None = None) -> Model:
        """A ``torch.nn.Module`` with a parameter for each factor, whose loss has the gradient of this instance.

        Parameters
        ----------
        w
            Where its parameters stand; the start where it is left out.
        """
        from ._adapters.module import Model

        return Model(self, self.start if w is None else w)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        about = self._about
        return f"Instance({self.family!r}, seed={about['instance_seed']}, init={about['init']!r}, {sizes})"


def _read_only(array: Array | None) -> Array | None:
    if array is not None:
        array.flags.writeable = False
    return array


def _seed(name: str, seed: object) -> int:
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool) and 0 <= int(seed) < 2**64:
        return int(seed)
    raise SuiteError([f"{name} is {seed!r}, and has to be a whole number from 0 to 2**64 - 1"])


def _is_nothing(value: object) -> bool:
    number = isinstance(value, (float, np.floating)) and not math.isfinite(value)
    listed = isinstance(value, (list, tuple)) and not all(isinstance(entry, str) for entry in value)
    return value is None or number or listed


def _plain(value: object) -> Any:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise SuiteError([f"a parameter of a family is a number, a word or a list of words, not {value!r}"])
