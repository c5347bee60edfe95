"""The tests run against the installed package, or else against this source tree."""

import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("flatbench") is None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
