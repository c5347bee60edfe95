"""Methods of ``scipy.optimize.minimize``: :func:`scipy`."""

from __future__ import annotations

import difflib
import importlib.util
from importlib import metadata
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import PluginError
from ..schedule import Schedule
from ..vector import Vector
from ._adapter import Adapter, make
from ._arguments import Arguments
from ._rerun import Pause, Script

if TYPE_CHECKING:
    from .._flatbench import Oracle

_DERIVATIVES: dict[str, tuple[str, ...]] = {
    "Nelder-Mead": (),
    "Powell": (),
    "COBYLA": (),
    "COBYQA": (),
    "CG": ("jac",),
    "BFGS": ("jac",),
    "L-BFGS-B": ("jac",),
    "TNC": ("jac",),
    "SLSQP": ("jac",),
    "Newton-CG": ("jac", "hessp"),
    "trust-ncg": ("jac", "hessp"),
    "trust-krylov": ("jac", "hessp"),
    "trust-constr": ("jac", "hessp"),
    "dogleg": ("jac", "hess"),
    "trust-exact": ("jac", "hess"),
}

_LIMITS = {"maxiter", "maxfun", "maxfev"}
"""Options that end a method by themselves."""


def scipy(method: str, *, name: str | None = None, **options: Any) -> Adapter:
    """Makes an optimizer of a method of ``scipy.optimize.minimize``.

    ``fb.scipy("L-BFGS-B", maxcor=20)``. Loss, gradient and, where the method takes them, Hessian-vector products are the oracle's, each
    asked (and paid) where SciPy asks; a method that wants the whole Hessian pays for as many products as there are parameters.

    SciPy's methods run from start to end by themselves. A step here goes on for a tenth of the iterations so far, at least one, and then breaks
    off; the next one begins again from the start with the answers that were had, which costs no budget, and goes on. So there
    are steps, w is the last iterate after each, and the iterates are those of one call. The method is over when SciPy says so; by
    its own tolerances that is early (give it others, such as ``gtol=0, ftol=0``). Where it gives up it begins anew from the iterate, and has
    converged if that brings nothing.

    Parameters
    ----------
    method
        Its name, as ``minimize`` has it.
    name
        What to call it: ``scipy-`` and the name of the method if left out.
    **options
        Options of the method. Numbers and switches are hyper-parameters.

    Raises
    ------
    PluginError
        If there is no such method, or an option is a schedule.
    """
    if importlib.util.find_spec("scipy") is None:
        raise PluginError("fb.scipy needs SciPy, which is not here: pip install 'flatbench[scipy]'")
    known = {title.lower(): title for title in _DERIVATIVES}
    title = known.get(method.lower()) if isinstance(method, str) else None
    if title is None:
        letters = {key.replace("-", ""): title for key, title in known.items()}
        close = difflib.get_close_matches(str(method).lower().replace("-", ""), letters, 1)
        hint = f"did you mean {letters[close[0]]}?" if close else f"there are: {', '.join(_DERIVATIVES)}"
        raise PluginError(f"scipy.optimize.minimize has no method {method!r} ({hint})")
    what = f"scipy.optimize.minimize by {title}"
    arguments = Arguments()
    for option, value in options.items():
        if isinstance(value, Schedule):
            raise PluginError(f"the option `{option}` of {what} cannot be a schedule: it holds for the whole run")
        if not arguments.add(option, value, value, type(value), schedule=False):
            arguments.fixed[option] = value
    namespace = {"description": f"{title} of SciPy (scipy.optimize.minimize).", "version": metadata.version("scipy"), "_what": what}
    namespace["_method"] = title
    return make(Scipy, title, f"scipy-{title.lower()}" if name is None else name, namespace, arguments)


class Scipy(Adapter):
    """A method of ``scipy.optimize.minimize``."""

    packages = ("scipy",)

    _method: ClassVar[str]

    def initialize(self, w: Vector, oracle: Oracle) -> None:
        self._begin(w)
        self._anew = False

    def _begin(self, w: Vector) -> None:
        self._start = np.array(w, subok=False)
        self._script = Script(self._what)

    def step(self, w: Vector, oracle: Oracle) -> bool:
        from scipy.optimize import minimize

        script = self._script
        script.begin(w, oracle)
        asked = {name: getattr(script, name) for name in _DERIVATIVES[self._method]}
        options = self._arguments.call(self._values())
        try:
            result = minimize(script.loss, self._start.copy(), method=self._method, callback=script.iterated, options=options, **asked)
        except Pause:
            return False
        w[:] = result.x
        if result.success or _LIMITS & options.keys() or (script.iterations <= 1 and self._anew):
            return True
        # It gave up, for want of precision or patience: once more from here, without its memory.
        self._begin(w)
        self._anew = True
        return False
