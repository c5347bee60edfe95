"""An instance as a module of PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FlatbenchError
from ..vector import Vector

try:
    import torch
except ImportError:
    raise FlatbenchError("instance.torch() needs PyTorch (pip install torch)") from None

if TYPE_CHECKING:
    from ..instance import Instance


class _Loss(torch.autograd.Function):
    """f(w) of an instance; once and twice differentiable by its own gradient and Hessian."""

    @staticmethod
    def forward(ctx: Any, instance: Instance, w: torch.Tensor) -> torch.Tensor:
        ctx.instance = instance
        ctx.save_for_backward(w)
        return torch.tensor(instance.loss(_array(w)), dtype=torch.float64)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[None, torch.Tensor]:
        (w,) = ctx.saved_tensors
        return None, grads[0] * _Gradient.apply(ctx.instance, w)


class _Gradient(torch.autograd.Function):
    """The gradient of f."""

    @staticmethod
    def forward(ctx: Any, instance: Instance, w: torch.Tensor) -> torch.Tensor:
        ctx.instance = instance
        ctx.save_for_backward(w)
        return torch.from_numpy(np.asarray(instance.gradient(_array(w))))

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[None, torch.Tensor]:
        (w,) = ctx.saved_tensors
        product = ctx.instance.hessian_vector(_array(w), _array(grads[0]))
        return None, torch.from_numpy(np.asarray(product))


def loss_at(instance: Instance, w: torch.Tensor) -> torch.Tensor:
    """f(w) for a vector of float64, shape ``(d,)``, with its derivatives."""
    loss: torch.Tensor = _Loss.apply(instance, w)
    return loss


class Model(torch.nn.Module):
    """The factors of an instance as parameters, float64; calling it gives the loss there.

    Any loop of PyTorch trains it: ``loss = model(); loss.backward(); optimizer.step()``. The gradient is the exact one of the instance,
    and may be differentiated once more (Hessian-vector products). ``model.w`` is where it stands, for ``instance.metrics(model.w)``.

    Parameters
    ----------
    instance
        Whose loss it has.
    w
        Where it begins, shape ``(d,)``.
    """

    def __init__(self, instance: Instance, w: NDArray[np.float64]) -> None:
        super().__init__()
        self.instance = instance
        begin = instance.vector(np.array(w, dtype=np.float64))
        for name, block in begin.blocks.items():
            self.register_parameter(name, torch.nn.Parameter(torch.from_numpy(np.array(block))))

    def forward(self) -> torch.Tensor:
        """The loss at the parameters, a scalar of float64."""
        flat = torch.cat([parameter.reshape(-1) for parameter in self.parameters()])
        if flat.dtype != torch.float64:
            raise FlatbenchError(f"the parameters of the model are {flat.dtype}, and float64 is needed (leave out .float() and .half())")
        return loss_at(self.instance, flat)

    @property
    def w(self) -> Vector:
        """The parameters as one vector, shape ``(d,)``, a copy."""
        pieces = [parameter.detach().cpu().numpy().ravel() for parameter in self.parameters()]
        return self.instance.vector(np.concatenate(pieces))


def _array(tensor: torch.Tensor) -> NDArray[np.float64]:
    array: NDArray[np.float64] = tensor.detach().cpu().contiguous().numpy()
    return array
