"""Writes factors.txt: first ten iterates as in trajectories.py, of methods that take every factor as a matrix.

    python factors.py > factors.txt        (made with Python 3.11, NumPy 2.4)
"""
import numpy as np
from trajectories import COLS, K, ROWS, START, gradient, join, newton_schulz, show, split


def stepwise(moves):
    """Iterates of W - move, the moves of both factors made from their gradients."""
    factors = split(START.copy())
    while True:
        gradients = split(gradient(join(*factors)))
        factors = [x - move for x, move in zip(factors, moves(gradients))]
        yield join(*factors)


def momenta(momentum, nesterov):
    velocity = [np.zeros((ROWS, K)), np.zeros((COLS, K))]

    def take(gradients):
        velocity[:] = [momentum * v + g for v, g in zip(velocity, gradients)]
        return [g + momentum * v if nesterov else v for v, g in zip(velocity, gradients)]

    return take


def stretch(matrix):
    return max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5


def muon_polar(step_size, momentum, nesterov):
    def polar(matrix):
        u, _, vt = np.linalg.svd(matrix, full_matrices=False)
        return u @ vt

    take = momenta(momentum, nesterov)
    return stepwise(lambda gradients: [step_size * stretch(m) * polar(m) for m in take(gradients)])


def norm_matched_gd(step_size, momentum, nesterov, iterations):
    def move(matrix):
        length = np.linalg.norm(newton_schulz(matrix, iterations))
        return step_size * stretch(matrix) * length * matrix / np.linalg.norm(matrix)

    take = momenta(momentum, nesterov)
    return stepwise(lambda gradients: [move(m) for m in take(gradients)])


def power(matrix, exponent):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**exponent) @ vectors.T


def shampoo(step_size, decay_rate, epsilon, interval):
    left, right = [epsilon * np.eye(n) for n in (ROWS, COLS)], [epsilon * np.eye(K) for _ in range(2)]
    roots, step = [None, None], 0

    def moves(gradients):
        nonlocal step
        weight = 1 if decay_rate == 1 else 1 - decay_rate
        for i, g in enumerate(gradients):
            left[i] = decay_rate * left[i] + weight * g @ g.T
            right[i] = decay_rate * right[i] + weight * g.T @ g
            if step < interval or step % interval == 0:
                roots[i] = power(left[i], -1 / 4), power(right[i], -1 / 4)
        step += 1
        return [step_size * l @ g @ r for g, (l, r) in zip(gradients, roots)]

    return stepwise(moves)


def soap(step_size, beta1, beta2, epsilon, interval):
    first = split(gradient(START))
    left, right = [(1 - beta2) * g @ g.T for g in first], [(1 - beta2) * g.T @ g for g in first]
    ql, qr = ([np.linalg.eigh(p)[1][:, ::-1] for p in side] for side in (left, right))
    mean, square, t = [0.0, 0.0], [0.0, 0.0], 0

    def moves(gradients):
        nonlocal t
        t += 1
        out = []
        for i, g in enumerate(gradients):
            turned = ql[i].T @ g @ qr[i]
            mean[i] = beta1 * mean[i] + (1 - beta1) * g
            square[i] = beta2 * square[i] + (1 - beta2) * turned**2
            m = ql[i].T @ mean[i] @ qr[i] / (1 - beta1**t)
            n = m / (np.sqrt(square[i] / (1 - beta2**t)) + epsilon)
            out.append(step_size * ql[i] @ n @ qr[i].T)
            left[i] = beta2 * left[i] + (1 - beta2) * g @ g.T
            right[i] = beta2 * right[i] + (1 - beta2) * g.T @ g
            if t % interval == 0:
                ql[i], qr[i] = np.linalg.qr(left[i] @ ql[i])[0], np.linalg.qr(right[i] @ qr[i])[0]
        return out

    return stepwise(moves)


if __name__ == "__main__":
    show(muon_polar, step_size=0.0625, momentum=0.75, nesterov=True)
    show(muon_polar, step_size=0.0625, momentum=0.5, nesterov=False)
    show(norm_matched_gd, step_size=0.0625, momentum=0.0, nesterov=True, iterations=5)
    show(norm_matched_gd, step_size=0.0625, momentum=0.75, nesterov=True, iterations=3)
    show(norm_matched_gd, step_size=0.0625, momentum=0.75, nesterov=False, iterations=5)
    show(shampoo, step_size=0.25, decay_rate=1.0, epsilon=0.0625, interval=1)
    show(shampoo, step_size=0.125, decay_rate=0.75, epsilon=0.125, interval=3)
    show(soap, step_size=0.0625, beta1=0.75, beta2=0.875, epsilon=0.0625, interval=1)
    show(soap, step_size=0.0625, beta1=0.75, beta2=0.875, epsilon=0.0625, interval=3)
