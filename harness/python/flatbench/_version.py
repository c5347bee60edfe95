"""The version of the package: that of the compiled part, which is that of the source tree."""

from __future__ import annotations

try:
    from ._flatbench import __version__
except ImportError:
    # A source tree that is not built yet: enough to write optimizers and to test them.
    __version__ = "0.0.0+source"

__all__ = ["__version__"]
