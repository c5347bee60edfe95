"""Writes neighbourhoods.txt: first ten iterates as in trajectories.py, of methods that look around, by noise, by inner loops or by
the Hessian.

    python neighbourhoods.py > neighbourhoods.txt        (made with Python 3.11, NumPy 2.4)
"""
import numpy as np
from trajectories import NORMALS, START, batches, gradient, show


def normals():
    return iter(NORMALS.reshape(-1, START.size))


def hessian_vector(w, v):
    """By a complex step: exact to rounding, without a formula for second derivatives."""
    return np.imag(gradient(w + 1e-30j * v)) / 1e-30


def gradient_norm_penalty(step_size, penalty):
    w = START.copy()
    while True:
        g = gradient(w)
        w = w - step_size * (g + penalty * hessian_vector(w, g / np.linalg.norm(g)))
        yield w


def langevin(step_size, temperature, batch_size):
    w = START.copy()
    for z, batch in zip(normals(), batches(batch_size)):
        w = w - step_size * gradient(w, batch) + np.sqrt(2 * step_size * temperature) * z
        yield w


def lookahead(step_size, momentum, fast_steps, share, batch_size):
    slow, v, drawn = START.copy(), np.zeros_like(START), iter(batches(batch_size) * fast_steps)
    while True:
        fast = slow
        for _ in range(fast_steps):
            v = momentum * v + gradient(fast, next(drawn))
            fast = fast - step_size * v
        slow = slow + share * (fast - slow)
        yield slow


def entropy_sgd(step_size, inner_step_size, scope, noise, inner_steps, rate, batch_size):
    assert batch_size == 0
    w, drawn = START.copy(), normals()
    while True:
        x = mu = w
        for _ in range(inner_steps):
            x = x - inner_step_size * (gradient(x) - scope * (w - x)) + np.sqrt(inner_step_size) * noise * next(drawn)
            mu = (1 - rate) * mu + rate * x
        w = w - step_size * (w - mu)
        yield w


if __name__ == "__main__":
    show(gradient_norm_penalty, step_size=0.125, penalty=0.25)
    show(langevin, step_size=0.125, temperature=0.03125, batch_size=0)
    show(lookahead, step_size=0.125, momentum=0.0, fast_steps=3, share=0.5, batch_size=0)
    show(lookahead, step_size=0.0625, momentum=0.5, fast_steps=2, share=0.75, batch_size=0)
    show(lookahead, step_size=0.125, momentum=0.5, fast_steps=1, share=0.5, batch_size=4)
    show(entropy_sgd, step_size=0.75, inner_step_size=0.125, scope=0.25, noise=0.125, inner_steps=2, rate=0.75, batch_size=0)
