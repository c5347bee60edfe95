"""Writes trajectories.txt: the first ten iterates of every method on a small matrix-sensing instance, computed with NumPy from the
formulas in the papers, independently of the plugins.

    python trajectories.py > trajectories.txt        (made with Python 3.11, NumPy 2.4)

The instance: m = 8 matrices A_i (3 x 2), f(w) = (1/m) sum (<A_i, L R'> - b_i)^2, w = (L, R) with L 3 x 2 and R 2 x 2 row by row.
All its numbers are small fractions of powers of two, so both sides have them exactly. Chance comes from files: for seed 7 the
plugin's random stream gives the standard normal numbers in normals.txt, or the batches of four without replacement in batches.txt,
or the batches of three with replacement, each with three normal numbers, in noisy-batches.txt; a test holds them against the stream.
"""
from pathlib import Path

import numpy as np

M, ROWS, COLS, K = 8, 3, 2, 2
A = np.array([[[(37 * i * i + 11 * a * (i + 1) + 5 * b + 3) % 17 - 8 for b in range(COLS)] for a in range(ROWS)] for i in range(M)]) / 8
TRUTH = np.array([[1.0, 0.5], [-0.5, 0.25], [0.0, 0.75]])
B = np.einsum("iab,ab->i", A, TRUTH)
START = np.array([(29 * j * j + 7 * j + 3) % 13 - 6 for j in range((ROWS + COLS) * K)]) / 8


def lines(name):
    return [[float(x) for x in line.split()] for line in (Path(__file__).parent / name).read_text().splitlines()]


NORMALS = np.concatenate(lines("normals.txt"))
BATCHES = [[int(i) for i in line] for line in lines("batches.txt")]
NOISY_BATCHES = [([int(i) for i in line[:3]], np.array(line[3:])) for line in lines("noisy-batches.txt")]


def split(w):
    return w[: ROWS * K].reshape(ROWS, K), w[ROWS * K :].reshape(COLS, K)


def join(left, right):
    return np.concatenate([left.ravel(), right.ravel()])


def gradient(w, batch=range(M), noise=0.0):
    left, right = split(w)
    batch = list(batch)
    residual = np.einsum("iab,ab->i", A[batch], left @ right.T) - (B[batch] + noise)
    g = 2 / len(batch) * np.einsum("i,iab->ab", residual, A[batch])
    return join(g @ right, g.T @ left)


def batches(size):
    """What a method draws for a batch size; 0 means all."""
    assert size in (0, len(BATCHES[0]))
    return BATCHES if size else [range(M)] * 10


def trace_gradient(w):
    left, right = split(w)
    s1, s2 = np.einsum("iab,icb->ac", A, A), np.einsum("iab,iac->bc", A, A)
    return 4 / M * join(s1 @ left, s2 @ right)


def gd(step_size):
    w = START.copy()
    while True:
        w = w - step_size * gradient(w)
        yield w


def momentum(step_size, momentum, nesterov):
    w, v = START.copy(), np.zeros_like(START)
    while True:
        g = gradient(w)
        v = momentum * v + g
        w = w - step_size * (g + momentum * v if nesterov else v)
        yield w


def sgd(step_size, batch_size):
    w = START.copy()
    for batch in batches(batch_size):
        w = w - step_size * gradient(w, batch)
        yield w


def label_noise_sgd(step_size, noise, batch_size, replacement):
    assert replacement and batch_size == len(NOISY_BATCHES[0][0])
    w = START.copy()
    for batch, normals in NOISY_BATCHES:
        w = w - step_size * gradient(w, batch, noise * normals)
        yield w


def sam(step_size, radius, batch_size=0):
    w = START.copy()
    for batch in batches(batch_size):
        g = gradient(w, batch)
        w = w - step_size * gradient(w + radius * g / np.linalg.norm(g), batch)
        yield w


def asam(step_size, radius, offset, batch_size=0):
    w = START.copy()
    for batch in batches(batch_size):
        t = np.diag(np.abs(w) + offset)
        g = gradient(w, batch)
        w = w - step_size * gradient(w + radius * t @ t @ g / np.linalg.norm(t @ g), batch)
        yield w


def trace_penalty(step_size, penalty, momentum):
    w, v = START.copy(), np.zeros_like(START)
    while True:
        v = momentum * v + gradient(w) + penalty * trace_gradient(w)
        w = w - step_size * v
        yield w


def adam(step_size, beta1, beta2, epsilon):
    w, m, v, t = START.copy(), 0.0, 0.0, 0
    while True:
        t += 1
        g = gradient(w)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w = w - step_size * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        yield w


def normalized_gd(step_size):
    w = START.copy()
    while True:
        g = gradient(w)
        w = w - step_size * g / np.linalg.norm(g)
        yield w


def sign_gd(step_size):
    w = START.copy()
    while True:
        w = w - step_size * np.sign(gradient(w))
        yield w


def weight_decay(step_size, decay):
    w = START.copy()
    while True:
        w = w - step_size * gradient(w) - step_size * decay * w
        yield w


def weight_noise_gd(step_size, noise, samples):
    w, normals = START.copy(), iter(NORMALS.reshape(-1, START.size))
    while True:
        w = w - step_size * np.mean([gradient(w + noise * next(normals)) for _ in range(samples)], axis=0)
        yield w


def newton_schulz(g, iterations):
    """The iteration on singular values, by way of the SVD instead of matrix products."""
    u, s, vt = np.linalg.svd(g, full_matrices=False)
    s = s / (np.linalg.norm(g) + 1e-7)
    for _ in range(iterations):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return u @ np.diag(s) @ vt


def muon(step_size, momentum, nesterov, iterations):
    factors, velocity = split(START.copy()), [np.zeros((ROWS, K)), np.zeros((COLS, K))]
    while True:
        gradients = split(gradient(join(*factors)))
        velocity = [momentum * v + g for v, g in zip(velocity, gradients)]
        moves = [g + momentum * v if nesterov else v for v, g in zip(velocity, gradients)]
        factors = [
            f - step_size * max(1, f.shape[0] / f.shape[1]) ** 0.5 * newton_schulz(d, iterations)
            for f, d in zip(factors, moves)
        ]
        yield join(*factors)


def scaled_gd(step_size, damping):
    left, right = split(START.copy())
    trace = 2 / M * sum(np.linalg.norm(a @ right) ** 2 + np.linalg.norm(a.T @ left) ** 2 for a in A)
    curvature = trace / (ROWS * np.linalg.norm(right) ** 2 + COLS * np.linalg.norm(left) ** 2)
    while True:
        g_left, g_right = split(gradient(join(left, right)))
        eye = damping * np.eye(K)
        left, right = (
            left - step_size / curvature * g_left @ np.linalg.inv(right.T @ right + eye),
            right - step_size / curvature * g_right @ np.linalg.inv(left.T @ left + eye),
        )
        yield join(left, right)


def alternating_scaled_gd(step_size, damping):
    left, right = split(START.copy())
    trace = 2 / M * sum(np.linalg.norm(a @ right) ** 2 + np.linalg.norm(a.T @ left) ** 2 for a in A)
    curvature = trace / (ROWS * np.linalg.norm(right) ** 2 + COLS * np.linalg.norm(left) ** 2)
    eye = damping * np.eye(K)
    while True:
        g_left, _ = split(gradient(join(left, right)))
        left = left - step_size / curvature * g_left @ np.linalg.pinv(right.T @ right + eye)
        _, g_right = split(gradient(join(left, right)))
        right = right - step_size / curvature * g_right @ np.linalg.pinv(left.T @ left + eye)
        yield join(left, right)


def residuals(w):
    left, right = split(w)
    return np.einsum("iab,ab->i", A, left @ right.T) - B


def jacobian(w):
    left, right = split(w)
    return np.array([join(a @ right, a.T @ left) for a in A])


def levenberg_marquardt(damping, accuracy):
    w, nu = START.copy(), 2
    g = gradient(w)
    mu = damping * 2 / M * np.linalg.norm(jacobian(w) @ g) ** 2 / (g @ g)
    while True:
        j, r = jacobian(w), residuals(w)
        # The damped least-squares problem by its stacked form.
        stacked = np.vstack([j, (mu * M / 2) ** 0.5 * np.eye(w.size)])
        step = np.linalg.lstsq(stacked, -np.concatenate([r, np.zeros(w.size)]), rcond=None)[0]
        model = r @ r / M - (np.linalg.norm(r + j @ step) ** 2 / M)
        after = residuals(w + step)
        gain = (r @ r - after @ after) / M / model
        if gain > 0:
            w, mu, nu = w + step, mu * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2
        else:
            mu, nu = nu * mu, 2 * nu
        yield w


def l_bfgs(memory, decrease, curvature, first_step):
    """The matrix H written out, by the update of Broyden, Fletcher, Goldfarb and Shanno. Steps of other lengths than 1 (and the first)
    are for the test of the line search."""
    w, pairs, step, loss = START.copy(), [], first_step, lambda w: residuals(w) @ residuals(w) / M
    while True:
        g = gradient(w)
        h = np.eye(w.size)
        if pairs:
            s, y = pairs[-1]
            h *= s @ y / (y @ y)
        for s, y in pairs:
            v = np.eye(w.size) - np.outer(y, s) / (s @ y)
            h = v.T @ h @ v + np.outer(s, s) / (s @ y)
        d = -h @ g
        new = w + step * d
        assert loss(new) <= loss(w) + decrease * step * (g @ d) and abs(gradient(new) @ d) <= curvature * abs(g @ d)
        pairs = (pairs + [(new - w, gradient(new) - g)])[-memory:]
        w, step = new, 1
        yield w


def relative_flatness_gradient(w):
    """Of (2/m) sum |L'A_i R|^2 + |A_i' L R'|^2: the layers are L, with its rows, and R', with the columns of R, as neurons."""
    left, right = split(w)
    inner = [(a @ right, a.T @ left, left.T @ a @ right, left.T @ a @ a.T @ left) for a in A]
    to_left = sum(ar @ lar.T for ar, _, lar, _ in inner) + sum(a @ a.T for a in A) @ left @ right.T @ right
    to_right = sum(al @ lar for _, al, lar, _ in inner) + right @ sum(square for *_, square in inner)
    return 4 / M * join(to_left, to_right)


def fam(step_size, penalty, momentum):
    w, v = START.copy(), np.zeros_like(START)
    while True:
        v = momentum * v + gradient(w) + penalty * relative_flatness_gradient(w)
        w = w - step_size * v
        yield w


def hessian(w):
    j, r = jacobian(w), residuals(w)
    h = 2 / M * j.T @ j
    weighted = 2 / M * np.einsum("i,iab->ab", r, A)
    # Between L_ac and R_bd it is weighted_ab where c = d.
    block = np.einsum("ab,cd->acbd", weighted, np.eye(K)).reshape(ROWS * K, COLS * K)
    h[: ROWS * K, ROWS * K :] += block
    h[ROWS * K :, : ROWS * K] += block.T
    return h


def lambda_max_penalty(step_size, penalty, momentum):
    w, v = START.copy(), np.zeros_like(START)
    while True:
        u = np.linalg.eigh(hessian(w))[1][:, -1]
        # The Hessian is quadratic in w, so that central differences are exact but for rounding.
        slope = [u @ (hessian(w + e) - hessian(w - e)) @ u / 2 for e in np.eye(w.size)]
        v = momentum * v + gradient(w) + penalty * np.array(slope)
        w = w - step_size * v
        yield w


def swa(step_size, batch_size, start):
    assert start == 0.0
    iterates = []
    for w in sgd(step_size, batch_size):
        iterates.append(w)
        yield np.mean(iterates, axis=0)


def show(method, **settings):
    text = [f"{name}={str(value).lower()}" for name, value in settings.items()]
    print(method.__name__.replace("_", "-"), *text)
    for _, w in zip(range(10), method(**settings)):
        print(*[repr(float(x)) for x in w])


if __name__ == "__main__":
    show(gd, step_size=0.25)
    show(momentum, step_size=0.125, momentum=0.75, nesterov=False)
    show(momentum, step_size=0.125, momentum=0.75, nesterov=True)
    show(sam, step_size=0.25, radius=0.125)
    show(asam, step_size=0.25, radius=0.25, offset=0.0625)
    show(trace_penalty, step_size=0.125, penalty=0.03125, momentum=0.5)
    show(adam, step_size=0.0625, beta1=0.875, beta2=0.96875, epsilon=1e-8)
    show(normalized_gd, step_size=0.125)
    show(sign_gd, step_size=0.0625)
    show(weight_decay, step_size=0.25, decay=0.0625)
    show(weight_noise_gd, step_size=0.25, noise=0.125, samples=2)
    show(muon, step_size=0.0625, momentum=0.75, nesterov=True, iterations=5)
    show(muon, step_size=0.0625, momentum=0.75, nesterov=False, iterations=3)
    show(scaled_gd, step_size=0.25, damping=0.0625)
    show(swa, step_size=0.25, batch_size=0, start=0.0)
    show(swa, step_size=0.125, batch_size=4, start=0.0)
    show(sgd, step_size=0.125, batch_size=4)
    show(sam, step_size=0.125, radius=0.125, batch_size=4)
    show(asam, step_size=0.125, radius=0.25, offset=0.0625, batch_size=4)
    show(label_noise_sgd, step_size=0.0625, noise=0.5, batch_size=3, replacement=True)
    show(scaled_gd, step_size=0.0078125, damping=0.0)
    show(alternating_scaled_gd, step_size=0.0625, damping=0.0)
    show(alternating_scaled_gd, step_size=0.5, damping=0.0625)
    show(levenberg_marquardt, damping=512.0, accuracy=1e-15)
    show(l_bfgs, memory=4, decrease=1e-4, curvature=0.9, first_step=0.25)
    show(fam, step_size=0.125, penalty=0.03125, momentum=0.5)
    show(lambda_max_penalty, step_size=0.125, penalty=0.03125, momentum=0.5)
