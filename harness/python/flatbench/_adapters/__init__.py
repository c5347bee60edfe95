"""Optimizers of other packages, as those of flatbench. The packages themselves are imported where one is used."""

from __future__ import annotations

from ._optax import optax
from ._scipy import scipy
from ._torch import torch

__all__ = ["optax", "scipy", "torch"]
