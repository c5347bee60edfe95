"""The class that optimizers are derived from."""

from __future__ import annotations

import difflib
import inspect
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from . import _name
from ._hyperparameter import Hyperparameter
from .errors import PluginError

if TYPE_CHECKING:
    from ._flatbench import Oracle
    from .vector import Vector

__all__ = ["Optimizer"]


class Optimizer:
    """An optimization method: derive from it, and say what a :meth:`step` does.

    The harness makes one object per run, gives it its hyper-parameters as attributes, calls :meth:`initialize` once and then
    :meth:`step` until the budget is spent or the method says that it has converged. State is whatever these put on ``self``.
    All calls come one after the other; several runs may take turns, so keep no state in classes and modules.

    Parameters
    ----------
    **hyperparameters
        Values other than the defaults. They become the setting of this optimizer in :func:`flatbench.run`.

    Attributes
    ----------
    name
        What suites and reports say: 1 to 40 lower-case letters, digits and single dashes, a letter first. The name of the class in
        such letters, if the class gives none.
    version
        Of the method, for readers of a report.
    description
        What it does, for users: the docstring, if the class gives none.
    packages
        Distributions that the numbers depend on beside those that the source imports; their versions decide whether two runs are
        the same.

    Raises
    ------
    PluginError
        Where a class is made whose name or hyper-parameters make no sense, with all that was found; where an object is made with
        hyper-parameters that there are not, or values that are not allowed.
    """

    name: ClassVar[str]
    version: ClassVar[str] = "0.1.0"
    description: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()

    _hyperparameters: ClassVar[dict[str, Hyperparameter]] = {}

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        own = cls.__dict__
        given = set(own)
        if "name" not in own:
            cls.name = _name.kebab(cls.__name__)
        if "description" not in own:
            cls.description = paragraphs(own.get("__doc__") or "") or _inherited_description(cls)
        mistakes = _collect(cls)
        # A name that is made from that of the class is held against the rule where the optimizer is used.
        reason = _name.mistake(cls.name) if "name" in given else None
        if reason is not None:
            mistakes.append(f"its name {cls.name!r} cannot be used: {reason} (give it `name`: {_name.RULE})")
        if not isinstance(cls.version, str) or not cls.version.strip() or not cls.version.isprintable():
            mistakes.append(f"its version {cls.version!r} has to be a text in one line, such as '0.1.0'")
        if mistakes:
            raise PluginError(f"the optimizer {cls.__qualname__} makes no sense: " + "; ".join(mistakes))

    def __init__(self, **hyperparameters: Any) -> None:
        self._set(hyperparameters)

    def _set(self, hyperparameters: dict[str, Any]) -> None:
        """Gives hyper-parameters their values, all or none of them."""
        known = self._hyperparameters
        mistakes, values = [], {}
        for name, value in hyperparameters.items():
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known) or 'none'}"
                mistakes.append(f"there is no hyper-parameter `{name}` ({hint})")
                continue
            try:
                values[name] = known[name].checked(value)
            except PluginError as error:
                mistakes.append(str(error))
        if mistakes:
            raise PluginError(f"{type(self).__name__}: " + "; ".join(mistakes))
        self.__dict__.update(values)

    @classmethod
    def prepare(cls) -> None:
        """Called once in a process that is going to run it, before any run: for imports and whatever else takes long the first time.

        What it takes is the time of no run.
        """

    def initialize(self, w: Vector, oracle: Oracle) -> None:
        """Prepares the state for the starting point `w`, shape ``(d,)``, which it may also change. Oracle calls count."""

    def step(self, w: Vector, oracle: Oracle) -> bool | None:
        """Takes one step: changes `w` in place (``w -= …``, ``w[:] = …``).

        It may call the oracle any number of times, at any point.

        Parameters
        ----------
        w
            The parameters, shape ``(d,)``, the run's own memory.
        oracle
            What can be asked about the loss.

        Returns
        -------
        bool or None
            True if there is nothing more to gain: the harness stops here and looks for itself.

        Raises
        ------
        Exception
            Any exception ends the run. :class:`BudgetSpent` of the oracle is its normal end, with `w` as it was left;
            :class:`NotSupported` skips the run; any other makes a record with the traceback.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what a step does (def step(self, w, oracle))")

    def report(self, oracle: Oracle) -> dict[str, float]:
        """Named scalars for the trajectory. Schedules are reported by themselves. The oracle is there to read, not to call."""
        return {}

    def evaluation_point(self, w: Vector) -> Vector | None:
        """Another point to be judged in the place of `w`, such as an average, shape ``(d,)``; None for `w` itself."""
        return None

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._hyperparameters if name in self.__dict__)
        return f"{type(self).__name__}({values})"


def paragraphs(text: str) -> str:
    """The first part of a docstring, up to a heading: a line each for its paragraphs."""
    parts: list[str] = []
    for part in inspect.cleandoc(text).split("\n\n"):
        lines = [line.strip() for line in part.strip().splitlines()]
        if len(lines) > 1 and set(lines[1]) == {"-"}:
            break
        if lines:
            parts.append(" ".join(lines))
    return "\n".join(parts)


def _inherited_description(cls: type[Optimizer]) -> str:
    for base in cls.__mro__[1:]:
        if base is Optimizer:
            break
        if "description" in base.__dict__ and isinstance(base.__dict__["description"], str):
            return base.__dict__["description"]
    return f"The optimizer {cls.__name__}, in Python."


def _collect(cls: type[Optimizer]) -> list[str]:
    """Finds the hyper-parameters of a class, those of its bases first, and returns what is wrong with them."""
    found: dict[str, Hyperparameter] = {}
    for base in cls.__mro__[1:]:
        for name in getattr(base, "_hyperparameters", {}):
            # One that is replaced by another keeps its place; by something else, it is none any more.
            now = inspect.getattr_static(cls, name, None)
            if isinstance(now, Hyperparameter):
                found.setdefault(name, now)
    own = {name: value for name, value in cls.__dict__.items() if isinstance(value, Hyperparameter)}
    mistakes: list[str] = []
    annotations = _annotations(cls) if own else {}
    for name, hyperparameter in own.items():
        if name.startswith("_") or hasattr(Optimizer, name) or name in ("name", "description"):
            mistakes.append(f"a hyper-parameter cannot be called `{name}`")
        mistakes.extend(hyperparameter.settle(annotations.get(name)))
        found[name] = hyperparameter
    cls._hyperparameters = found
    return mistakes


def _annotations(cls: type) -> dict[str, str]:
    """The annotations of a class as texts, without evaluating any: they may name what is there for type checkers only."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.STRING)
    given = inspect.get_annotations(cls)
    return {name: value.__name__ if isinstance(value, type) else str(value) for name, value in given.items()}
