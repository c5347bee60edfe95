"""The limit of gradient flow ẇ = −∇f(w) by backward differentiation formulas with the dense Hessian: a stiff integrator of another
kind than flatbench's exponential one."""

import numpy as np
from scipy.integrate import solve_ivp

from .loss import flat, unflat


def limit(loss, w, start_loss, rtol=1e-5):
    """The first point on the flow with f ≤ 1e-16 of its value at the start, or None where 1e12 units of time do not lead there."""
    target = 1e-16 * start_loss
    if loss.value(w) <= target:
        return w

    def velocity(_, at):
        return -flat(loss.gradient(unflat(at, w)))

    def jacobian(_, at):
        return -loss.hessian(unflat(at, w), moving=True)

    def arrived(_, at):
        return loss.value(unflat(at, w)) - target

    arrived.terminal = True
    at = flat(w)
    # An error of `atol` in every entry must not hide the target: residuals vanish to half of the digits.
    atol = 1e-10 * np.linalg.norm(at) / np.sqrt(len(at))
    with np.errstate(over="ignore", invalid="ignore"):  # in trial steps that are refused
        found = solve_ivp(velocity, (0.0, 1e12), at, "BDF", jac=jacobian, events=arrived, rtol=rtol, atol=atol)
    return unflat(found.y_events[0][-1], w) if len(found.y_events[0]) else None
