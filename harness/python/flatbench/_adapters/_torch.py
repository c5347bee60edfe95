"""Optimizers of PyTorch: :func:`torch`."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _name
from .._hyperparameter import Value
from ..errors import BudgetSpent, NotSupported, PluginError
from ..schedule import Schedule
from ..vector import Vector
from ._adapter import Adapter, about, make
from ._answers import Answers
from ._arguments import split

if TYPE_CHECKING:
    from .._flatbench import Oracle

_COMPUTING = frozenset({"foreach", "fused", "capturable", "differentiable", "maximize"})
_NONE = object()
"""In the place of the default of an argument that there is not."""


def torch(
    optimizer: Any,
    *args: Any,
    name: str | None = None,
    groups: Mapping[str, Mapping[str, Any]] | None = None,
    batch_size: int | None = None,
    **kwargs: Any,
) -> Adapter:
    """Makes an optimizer of a ``torch.optim.Optimizer``.

    ``fb.torch(torch.optim.AdamW, lr=fb.schedule.linear(1e-2, 0), weight_decay=1e-3)``. Each factor is a ``torch.nn.Parameter`` of float64
    that shares the memory of w. ``lr``, and whatever is given a schedule, follows it; other numbers and switches are hyper-parameters
    with the defaults of PyTorch, tuples one for each entry (``beta1``, ``beta2``); `batch_size` is one more.

    A step has the gradient in ``.grad`` and passes a ``closure`` where the optimizer takes one. Asked at a point where it was asked
    before, it costs nothing; the loss that it returns is asked for (and paid) when somebody looks at it. So LBFGS and optimizers in the
    style of SAM work, and those that ignore it pay for gradients alone.

    Parameters
    ----------
    optimizer
        The class.
    *args, **kwargs
        Its arguments, without the parameters.
    name
        What to call it: ``torch-`` and the name of the class if left out.
    groups
        Arguments of single factors: ``{"L": {"lr": 1e-3}}``, numbers or schedules. A problem without that factor is skipped.
    batch_size
        Measurements in the batch of a step, drawn without replacement; 0, the default, for all. Not for an optimizer that
        needs a closure, since the oracle has no loss of a batch.

    Raises
    ------
    PluginError
        If it is no such class, or does not take the arguments.
    """
    if importlib.util.find_spec("torch") is None:
        raise PluginError("fb.torch needs PyTorch, which is not here: pip install 'flatbench[torch]'")
    import torch as pytorch

    if not (isinstance(optimizer, type) and issubclass(optimizer, pytorch.optim.Optimizer)):
        raise PluginError(f"fb.torch takes a class of optimizers, such as torch.optim.AdamW, not {optimizer!r} (its arguments follow it)")
    what = f"{_public(optimizer)}"
    accepted = inspect.signature(optimizer).parameters
    if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in accepted.values()):
        for factor, group in (groups or {}).items():
            if unknown := sorted(set(group) - set(accepted)):
                raise PluginError(f"{what} takes no {unknown[0]!r}, which the group of {factor} has (known: {', '.join([*accepted][1:])})")
    arguments = split(optimizer, what, args, kwargs, frozenset({"lr"}), _COMPUTING, skip=1)
    arguments.add_batch_size(batch_size, what, _closure_default(optimizer) is inspect.Parameter.empty)
    namespace = {
        "description": about(optimizer, what),
        "version": pytorch.__version__,
        "_what": what,
        "_optimizer": optimizer,
        "_groups": {factor: dict(group) for factor, group in (groups or {}).items()},
    }
    default = f"torch-{_name.kebab(optimizer.__name__)}"
    return make(Torch, optimizer.__name__, default if name is None else name, namespace, arguments)


def _closure_default(optimizer: Any) -> Any:
    """The default of the argument ``closure`` of a step: one without needs the loss, as LBFGS does."""
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return _NONE if closure is None else closure.default


def _public(optimizer: type) -> str:
    module = optimizer.__module__
    return f"{'torch.optim' if module.startswith('torch.optim.') else module}.{optimizer.__qualname__}"


class Torch(Adapter):
    """A ``torch.optim.Optimizer``."""

    packages = ("torch",)

    _optimizer: ClassVar[Any]
    _groups: ClassVar[dict[str, dict[str, Any]]]

    @classmethod
    def prepare(cls) -> None:
        import torch as pytorch

        # The first step of a process imports the compiler.
        parameter = pytorch.nn.Parameter(pytorch.zeros(1, dtype=pytorch.float64))
        parameter.grad = pytorch.zeros(1, dtype=pytorch.float64)
        pytorch.optim.SGD([parameter], lr=0.0).step()

    def initialize(self, w: Vector, oracle: Oracle) -> None:
        import torch as pytorch

        unknown = [factor for factor in self._groups if factor not in w.blocks]
        if unknown:
            raise NotSupported(f"{self._what} has a group for the factor {unknown[0]}, and this problem has {', '.join(w.blocks)}")
        self._parameters = {factor: pytorch.nn.Parameter(pytorch.from_numpy(block)) for factor, block in w.blocks.items()}
        self._w = w
        now = {name: _now(value, oracle) for name, value in self._values().items()}
        plain: list[Any] = [p for factor, p in self._parameters.items() if factor not in self._groups]
        own = [
            {"params": [self._parameters[factor]], **{name: _now(value, oracle) for name, value in group.items()}}
            for factor, group in self._groups.items()
        ]
        grouped = [{"params": plain}] * bool(plain) + own
        self._torch = self._optimizer(grouped if self._groups else plain, **self._arguments.call(now))
        self._closure_default = _closure_default(self._torch)
        self._searches = self._closure_default is inspect.Parameter.empty
        self._answers = Answers(self.batch_size, self._what, self._searches and not self._moves())

    def step(self, w: Vector, oracle: Oracle) -> bool:
        if w is not self._w:
            self._share(w)
        self._answers.begin(oracle)
        closure = self._closure(w)
        # Who cannot do without a closure asks by itself, and may not want the gradient here.
        if not self._searches:
            closure()
        # Behind the gradient, as in the plugins of flatbench: the last step has the last value.
        self._follow_schedules(oracle)
        before = w.copy()
        try:
            if self._closure_default is _NONE:
                self._torch.step()
            else:
                self._torch.step(closure)
        except BudgetSpent:
            # A trial point is none to be judged at: the best one that is known, or where the step began.
            self._gather(w)
            w[:] = before if self._answers.best is None else self._answers.best
            raise
        self._gather(w)
        # Nothing asked and nothing changed, as LBFGS does within its tolerances: so it would go on.
        return self._answers.asked == 0 and bool(np.array_equal(w, before))

    def _moves(self) -> bool:
        """Whether something changes with the budget."""
        values = [*self._values().values(), *(value for group in self._groups.values() for value in group.values())]
        return any(isinstance(value, Schedule) and value.shape != "constant" for value in values)

    def _closure(self, w: Vector) -> Any:
        """The gradient into ``.grad``; the loss, which is asked for when it is looked at."""
        import torch as pytorch

        from ._lazy import Lazy

        def closure() -> Lazy:
            self._gather(w)
            point = w.copy()
            for factor, block in self._answers.gradient(point).copy().blocks.items():
                self._parameters[factor].grad = pytorch.from_numpy(block)
            return Lazy(lambda: self._answers.loss(point))

        return closure

    def _follow_schedules(self, oracle: Oracle) -> None:
        scheduled = {name: getattr(self, name) for name in self._arguments.scheduled()}
        by_parameter = {id(p): self._groups.get(factor, {}) for factor, p in self._parameters.items()}
        for group in self._torch.param_groups:
            own = by_parameter.get(id(group["params"][0]), {})
            for name, value in {**scheduled, **{n: v for n, v in own.items() if isinstance(v, Schedule)}}.items():
                if name in group and (name not in own or isinstance(own[name], Schedule)):
                    group[name] = _now(value, oracle)

    def _share(self, w: Vector) -> None:
        import torch as pytorch

        for factor, block in w.blocks.items():
            self._parameters[factor].data = pytorch.from_numpy(block)
        self._w = w

    def _gather(self, w: Vector) -> None:
        """Takes back what the optimizer has put into other memory (``p.data = …``)."""
        import torch as pytorch

        for factor, block in w.blocks.items():
            data = self._parameters[factor].data
            if data.data_ptr() == block.ctypes.data and data.dtype is pytorch.float64:
                continue
            if data.dtype is not pytorch.float64 or tuple(data.shape) != block.shape:
                raise PluginError(
                    f"{self._what} made the factor {factor} a tensor of {data.dtype} and shape {tuple(data.shape)}: parameters stay "
                    f"torch.float64 of shape {block.shape} (change them in place, and make what is added to them of their dtype)"
                )
            block[...] = data.detach().cpu().numpy()
            self._parameters[factor].data = pytorch.from_numpy(block)


def _now(value: Value, oracle: Oracle) -> Any:
    return value(oracle) if isinstance(value, Schedule) else value
