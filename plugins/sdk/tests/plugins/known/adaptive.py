"""Writes adaptive.txt: first ten iterates as in trajectories.py, of methods whose steps are scaled entry by entry, by rows and
columns, or by the loss.

    python adaptive.py > adaptive.txt        (made with Python 3.11, NumPy 2.4)
    python adaptive.py pytorch               (prints how far PyTorch's own optimizers are from that: AdamW, RMSprop and Adafactor of
                                              PyTorch 2.15 by at most 2e-15)
"""
import sys

import numpy as np
from trajectories import A, B, M, START, gradient, join, show, split


def loss(w):
    left, right = split(w)
    return np.sum((np.einsum("iab,ab->i", A, left @ right.T) - B) ** 2) / M


def adamw(step_size, decay, beta1, beta2, epsilon):
    w, m, v, t = START.copy(), 0.0, 0.0, 0
    while True:
        t += 1
        g = gradient(w)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w = w - step_size * ((m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon) + decay * w)
        yield w


def rmsprop(step_size, decay_rate, momentum, epsilon):
    w, v, b = START.copy(), 0.0, 0.0
    while True:
        g = gradient(w)
        v = decay_rate * v + (1 - decay_rate) * g**2
        b = momentum * b + g / (np.sqrt(v) + epsilon)
        w = w - step_size * b
        yield w


def lion(step_size, decay, beta1, beta2):
    w, m = START.copy(), 0.0
    while True:
        g = gradient(w)
        update = np.sign(beta1 * m + (1 - beta1) * g)
        m = beta2 * m + (1 - beta2) * g
        w = w - step_size * (update + decay * w)
        yield w


def adafactor(step_size, exponent, threshold, epsilon, least_size):
    def rms(x):
        return np.sqrt(np.mean(x**2))

    factors = split(START.copy())
    rows, cols, t = [0.0, 0.0], [0.0, 0.0], 0
    while True:
        t += 1
        beta, moved = 1 - t**-exponent, []
        for i, (x, g) in enumerate(zip(factors, split(gradient(join(*factors))))):
            rows[i] = beta * rows[i] + (1 - beta) * (g**2 + epsilon) @ np.ones(g.shape[1])
            cols[i] = beta * cols[i] + (1 - beta) * np.ones(g.shape[0]) @ (g**2 + epsilon)
            u = g / np.sqrt(np.outer(rows[i], cols[i]) / np.sum(rows[i]))
            moved.append(x - max(least_size, rms(x)) * step_size * u / max(1, rms(u) / threshold))
        factors = moved
        yield join(*factors)


def polyak_gd(factor, least_loss, largest_step):
    w = START.copy()
    while True:
        g = gradient(w)
        w = w - min(factor * max(loss(w) - least_loss, 0) / np.sum(g**2), largest_step) * g
        yield w


def pytorch():
    import torch

    def compare(method, make, **settings):
        w = [torch.nn.Parameter(torch.tensor(x)) for x in split(START.copy())]
        optimizer, worst = make(w), 0.0
        for _, known in zip(range(10), method(**settings)):
            flat = join(*[x.detach().numpy() for x in w])
            for x, g in zip(w, split(gradient(flat))):
                x.grad = torch.tensor(g)
            optimizer.step()
            worst = max(worst, np.max(np.abs(join(*[x.detach().numpy() for x in w]) - known)))
        print(method.__name__, torch.__version__, worst)

    optim = torch.optim
    adam = {"betas": (0.875, 0.96875), "eps": 1e-8, "weight_decay": 0.25}
    compare(adamw, lambda w: optim.AdamW(w, lr=0.0625, **adam), **ADAMW)
    rms = {"alpha": 0.75, "eps": 1e-8, "momentum": 0.5}
    compare(rmsprop, lambda w: optim.RMSprop(w, lr=0.03125, **rms), **RMSPROP)
    compare(adafactor, lambda w: optim.Adafactor(w, lr=0.0625, beta2_decay=-0.75), **ADAFACTOR)


ADAMW = {"step_size": 0.0625, "decay": 0.25, "beta1": 0.875, "beta2": 0.96875, "epsilon": 1e-8}
RMSPROP = {"step_size": 0.03125, "decay_rate": 0.75, "momentum": 0.5, "epsilon": 1e-8}
ADAFACTOR = {"step_size": 0.0625, "exponent": 0.75, "threshold": 1.0, "epsilon": 1e-30, "least_size": 1e-3}

if __name__ == "__main__":
    if sys.argv[1:] == ["pytorch"]:
        pytorch()
        sys.exit()
    show(adamw, **ADAMW)
    show(rmsprop, **RMSPROP)
    show(lion, step_size=0.0625, decay=0.25, beta1=0.75, beta2=0.875)
    show(adafactor, **ADAFACTOR)
    show(adafactor, step_size=0.25, exponent=0.5, threshold=0.5, epsilon=0.125, least_size=1.0)
    show(polyak_gd, factor=1.0, least_loss=0.0, largest_step=1e9)
    show(polyak_gd, factor=1.5, least_loss=0.125, largest_step=0.25)
