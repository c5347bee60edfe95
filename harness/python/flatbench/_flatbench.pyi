"""The compiled part: the program itself, and what a run is given."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .vector import Block, Vector

__version__: str

Point = NDArray[np.float64]

def main(argv: Sequence[str]) -> int:
    """Runs the command line, the name of the program first; returns its exit status."""

class Oracle:
    """Answers questions about the loss f(w) = (1/m) Σ ρ_i(w)² over m measurements, and counts them.

    Every answer is charged to the budget, in full-gradient equivalents: a mini-batch gradient of B indices costs B/m. Points are
    arrays of float64 of shape ``(d,)``. A vector is written into `out`, contiguous and of its length, where one is given.

    Raises
    ------
    BudgetSpent
        By any question that the budget does not cover: the normal end of a run.
    NotSupported
        By a question that the family cannot answer.
    OracleError
        By wrong lengths, dtypes and indices, and by questions outside of a step or on another thread.
    """

    @property
    def dimension(self) -> int:
        """Number of parameters d, the length of w."""
    @property
    def blocks(self) -> list[Block]:
        """The factors that make up w, in order."""
    @property
    def measurements(self) -> int:
        """Number of measurements m."""
    @property
    def progress(self) -> float:
        """Spent fraction of the budget, in [0, 1]."""
    @property
    def remaining(self) -> float:
        """Budget left, in full-gradient equivalents."""
    @property
    def random(self) -> Random:
        """The optimizer's own random numbers, seeded by the host."""
    def loss(self, w: Point) -> float:
        """f(w)."""
    def gradient(self, w: Point, out: Point | None = None) -> Vector:
        """∇f(w), shape ``(d,)``."""
    def minibatch_gradient(
        self, w: Point, batch: Batch | ArrayLike, noise: Point | None = None, out: Point | None = None
    ) -> Vector:
        """Gradient of (1/B) Σ ρ_i(w)² over the B indices of `batch`, repeats allowed; with `noise[j]` added to the target of `batch[j]`."""
    def gradient_with_noise(self, w: Point, noise: Point, out: Point | None = None) -> Vector:
        """∇f(w) with `noise`, shape ``(m,)``, added to the targets."""
    def batch_gradient(self, w: Point, batch: Batch, noise: Point | None = None, out: Point | None = None) -> Vector:
        """Gradient over a drawn batch, the full gradient where the batch is whole; `noise` is as in `minibatch_gradient`."""
    def hessian_vector(self, w: Point, v: Point, out: Point | None = None) -> Vector:
        """∇²f(w)·v."""
    def hessian_trace(self, w: Point) -> float:
        """tr ∇²f(w), exact."""
    def hessian_trace_gradient(self, w: Point, out: Point | None = None) -> Vector:
        """∇ tr ∇²f(w), exact."""
    def loss_and_gradient(self, w: Point, out: Point | None = None) -> tuple[float, Vector]:
        """f(w) and ∇f(w), for the price of the gradient."""
    def losses_along(self, w: Point, direction: Point, steps: ArrayLike) -> Array:
        """f(w + t·`direction`) for every t of `steps`, of shape ``(len(steps),)``; each is charged as a loss."""
    def minibatch_loss(self, w: Point, batch: Batch | ArrayLike) -> float:
        """(1/B) Σ ρ_i(w)² over the B indices of `batch`, repeats allowed."""
    def batch_loss(self, w: Point, batch: Batch) -> float:
        """The mean over a drawn batch, f(w) where the batch is whole."""
    def minibatch_hessian_vector(
        self, w: Point, v: Point, batch: Batch | ArrayLike, out: Point | None = None
    ) -> Vector:
        """The Hessian of (1/B) Σ ρ_i(w)² over the B indices of `batch`, repeats allowed, times v."""
    def batch_hessian_vector(self, w: Point, v: Point, batch: Batch, out: Point | None = None) -> Vector:
        """The same over a drawn batch, ∇²f(w)·v where the batch is whole."""
    def residuals(self, w: Point) -> Array:
        """ρ(w), shape ``(m,)``; f(w) is the mean of their squares."""
    def minibatch_residuals(self, w: Point, batch: Batch | ArrayLike) -> Array:
        """ρ_i(w) for the B indices of `batch`, repeats allowed, shape ``(B,)``."""
    def batch_residuals(self, w: Point, batch: Batch) -> Array:
        """ρ_i(w) for a drawn batch, one for each entry."""
    def jacobian_vector(self, w: Point, v: Point) -> Array:
        """J v, shape ``(m,)``, J the derivative of the residuals."""
    def jacobian_transpose_vector(self, w: Point, u: Point, out: Point | None = None) -> Vector:
        """Jᵀ u for a `u` of shape ``(m,)``."""
    def gauss_newton_vector(self, w: Point, v: Point, out: Point | None = None) -> Vector:
        """(2/m) JᵀJ v, the Gauss-Newton part of ∇²f(w)·v."""
    def hessian_trace_by_block(self, w: Point) -> Array:
        """tr ∇²f(w) split by factor, exact: one number for each of `blocks`."""
    def weighted_hessian_trace_gradient(self, w: Point, weights: ArrayLike, out: Point | None = None) -> Vector:
        """∇ Σ_b c_b tr H_bb with one weight c_b for each of `blocks`, exact."""
    def lambda_max(self, w: Point, out: Point | None = None) -> tuple[float, Vector]:
        """The largest eigenvalue of ∇²f(w) and a unit eigenvector; charged as the Hessian-vector products that it takes."""
    def curvature_gradient(self, w: Point, v: Point, out: Point | None = None) -> Vector:
        """∇(vᵀ∇²f(w)v) in w for a fixed v, exact: the gradient of an eigenvalue for its unit eigenvector."""
    def relative_flatness(self, w: Point) -> float:
        """Relative flatness (Petzka et al. 2021), summed over the layers."""
    def relative_flatness_gradient(self, w: Point, out: Point | None = None) -> Vector:
        """The gradient of relative flatness, exact."""
    def sample_batch(self, size: int, replacement: bool = False) -> Batch:
        """Draws the next batch of measurements.

        `size` 0 means all, each once; one above m counts as m. With `replacement` every index is drawn independently. Without, batches
        are consecutive pieces of a random permutation, reshuffled at the end of every epoch; the last of an epoch is smaller where
        the size does not divide m.
        """

class Random:
    """The optimizer's own stream of random numbers: the same on every platform for the same seed."""

    def uniform(self) -> float:
        """Uniform on [0, 1), a multiple of 2⁻⁵³."""
    def index(self, n: int) -> int:
        """Uniform on 0, …, `n` − 1; `n` > 0."""
    @overload
    def normal(self, size: None = None) -> float: ...
    @overload
    def normal(self, size: int) -> NDArray[np.float64]:
        """A standard normal number, or an array of them of shape ``(size,)``."""
    def fill_normal(self, out: NDArray[np.float64]) -> None:
        """Overwrites `out` with independent standard normal numbers."""

class Batch:
    """Indices of measurements, drawn by :meth:`Oracle.sample_batch`."""

    @property
    def indices(self) -> NDArray[np.int64]:
        """The indices, shape ``(B,)``, read-only."""
    @property
    def is_whole(self) -> bool:
        """Whether it is every measurement once: then the full gradient is its gradient."""
    def __len__(self) -> int: ...
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.int64]: ...

Array = NDArray[np.float64]

class Instance:
    """What :class:`flatbench.Instance` is made of."""

    @staticmethod
    def draw(
        family: str,
        parameters: str,
        start: tuple[str, float | None],
        seeds: tuple[int, int],
        budget: float,
        data_root: str,
    ) -> Instance: ...
    @staticmethod
    def of_suite(
        path: str, text: str, data_root: str, case: str, init: str, split: str, repetition: int
    ) -> Instance: ...
    def about(self) -> str: ...
    @property
    def blocks(self) -> list[Block]: ...
    @property
    def start(self) -> Vector: ...
    @property
    def truth(self) -> Array | None: ...
    @property
    def targets(self) -> Array: ...
    def measurements(self) -> dict[str, Any]: ...
    def loss(self, w: Point) -> float: ...
    def gradient(self, w: Point, out: Point | None = None) -> Vector: ...
    def value_and_gradient(self, w: Point) -> tuple[float, Vector]: ...
    def minibatch_gradient(
        self, w: Point, batch: Batch | ArrayLike, noise: Point | None = None, out: Point | None = None
    ) -> Vector: ...
    def gradient_with_noise(self, w: Point, noise: Point, out: Point | None = None) -> Vector: ...
    def hessian_vector(self, w: Point, v: Point, out: Point | None = None) -> Vector: ...
    def hessian_trace(self, w: Point) -> float: ...
    def hessian_trace_gradient(self, w: Point, out: Point | None = None) -> Vector: ...
    def residuals(self, w: Point) -> Array: ...
    def end_to_end(self, w: Point) -> Array: ...
    def limit(self, w: Point) -> tuple[Vector | None, float, str | None]: ...
    def metrics(self, w: Point) -> str: ...
    def reference_records(self) -> str: ...
    def reference_point(self, which: str) -> tuple[Array | None, Vector | None]: ...

class Table:
    """The records of a run directory as an Arrow table."""

    def __init__(self, dir: str) -> None: ...
    def __len__(self) -> int: ...
    @property
    def flaws(self) -> list[str]: ...
    @property
    def columns(self) -> list[tuple[str, str, str]]: ...
    def json(self, index: int) -> str: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

def trajectory(dir: str, key: str) -> str | None: ...
def summary(dir: str) -> tuple[list[str], str | None]: ...
def to_toml(json: str) -> str: ...
def built_in_suite(name: str) -> str | None: ...
def check_suite(path: str, text: str, data_root: str) -> list[tuple[int, str]]: ...
