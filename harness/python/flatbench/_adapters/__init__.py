"""Optimizers of other packages, as those of flatbench."""

from __future__ import annotations
