"""Runs of plain optimizers, taken again step by step from the formulas that `flatbench plugin show` prints."""

import numpy as np

from .loss import flat, unflat


def schedule(setting, spent):
    """The value of a resolved schedule when a fraction `spent` of the budget is gone."""
    if not isinstance(setting, dict):
        return setting
    part = min(spent / setting["until"], 1.0)
    low, high = setting["from"], setting["to"]
    if setting["schedule"] == "constant":
        return low
    if setting["schedule"] == "linear":
        return low + (high - low) * part
    if setting["schedule"] == "geometric":
        return low * (high / low) ** part
    return high + (low - high) * (1 + np.cos(np.pi * part)) / 2  # cosine


def gd(h):
    return lambda g, eta, _: -eta * g


def momentum(h):
    mean = [0.0]

    def move(g, eta, _):
        mean[0] = h["momentum"] * mean[0] + g
        return -eta * (g + h["momentum"] * mean[0] if h["nesterov"] else mean[0])

    return move


def adam(h):
    first, second = [0.0], [0.0]

    def move(g, eta, step):
        first[0] = h["beta1"] * first[0] + (1 - h["beta1"]) * g
        second[0] = h["beta2"] * second[0] + (1 - h["beta2"]) * g**2
        mean, square = first[0] / (1 - h["beta1"] ** step), second[0] / (1 - h["beta2"] ** step)
        return -eta * mean / (np.sqrt(square) + h["epsilon"])

    return move


MOVES = {"gd": gd, "momentum": momentum, "momentum-c": momentum, "adam": adam}


def run(loss, start, record, plugin, steps, checkpoints=(), nudge=0.0):
    """The iterate after `steps` full-gradient steps, and the points at the steps named by `checkpoints`.

    With `nudge` the start is moved by that relative amount: how far such a twin ends from the run is what rounding can do.
    """
    h = {**record["hyperparameters"], **record.get("resolved", {})}
    move = MOVES[plugin](h)
    w = flat(start) * (1.0 + nudge * np.random.default_rng(1).standard_normal(sum(b.size for b in start)))
    seen, wanted = {}, set(checkpoints)
    for step in range(1, steps + 1):
        g = flat(loss.gradient(unflat(w, start)))
        # The step size is asked for after the gradient, which has been paid for by then.
        w = w + move(g, schedule(h["step_size"], step / record["budget"]), step)
        if step in wanted:
            seen[step] = unflat(w, start)
    return unflat(w, start), seen
