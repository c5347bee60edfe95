"""Medians of paired ratios, tests and rank correlations, by SciPy."""

import numpy as np
from scipy import stats

EXACT = 25
"""Differences up to which Wilcoxon's distribution is counted out."""
RESAMPLES = 20_000


def holm(p):
    """Adjusted p values [Holm 1979]."""
    p = np.asarray(p, float)
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(adjusted, 1.0)
    return out


def wilcoxon(differences):
    """Two-sided p of the signed-rank test without zeros; None if nothing is left."""
    d = np.asarray(differences)
    d = d[d != 0.0]
    if len(d) == 0:
        return None
    if len(d) > EXACT:
        return stats.wilcoxon(d, zero_method="wilcox", correction=False, method="asymptotic").pvalue
    ranks = np.rint(2 * stats.rankdata(np.abs(d))).astype(int)
    counts = np.ones(1)
    for rank in ranks:  # the generating polynomial of the rank sum
        counts = np.convolve(counts, np.eye(rank + 1)[0] + np.eye(rank + 1)[rank])
    total, seen = ranks.sum(), ranks[d > 0].sum()
    return min(1.0, 2 * counts[: min(seen, total - seen) + 1].sum() / 2.0 ** len(d))


def resampled_medians(clusters, seed=0):
    """Medians of all values in resampled clusters, ascending."""
    values = np.concatenate(clusters)
    order = np.argsort(values)
    values, owner = values[order], np.repeat(np.arange(len(clusters)), [len(c) for c in clusters])[order]
    n = len(clusters)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    reached = np.cumsum(drawn[:, owner], axis=1)
    total = reached[:, -1:]
    middle = [values[np.argmax(reached > place, axis=1)] for place in ((total - 1) // 2, total // 2)]
    return np.sort(np.mean(middle, axis=0))


def misplaced(end, slack, medians, tail, others):
    """How many standard errors a percentile `end` (± `slack`) is from having a fraction `tail` of the resampled medians below it, where
    it comes of `others` resamples itself. The medians are few numbers, so that an end stands for all of a step."""
    below, up_to = np.searchsorted(medians, end - slack, "left"), np.searchsorted(medians, end + slack, "right")
    short = max(below / len(medians) - tail, tail - up_to / len(medians), 0.0)
    return short / np.sqrt(tail * (1 - tail) * (1 / len(medians) + 1 / others))


def pooled_ranks(groups):
    """Correlation of ranks taken inside each group, each group weighing as its number of pairs; None where no group varies.

    `groups` are pairs of equally long lists."""
    products, weight = 0.0, 0
    for x, y in groups:
        if len(x) < 2 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
            continue
        products += len(x) * stats.spearmanr(x, y).statistic
        weight += len(x)
    return products / weight if weight else None


def permutation_p(groups, shuffles, seed=0):
    """Two-sided p of `pooled_ranks` under shuffles inside the groups."""
    random = np.random.default_rng(seed)
    unit = lambda v: (lambda c: c * np.sqrt(len(c)) / np.linalg.norm(c))(stats.rankdata(v) - (len(v) + 1) / 2)
    groups = [(unit(x), unit(y)) for x, y in groups if len(x) > 1 and np.ptp(x) > 0 and np.ptp(y) > 0]
    seen = abs(sum(x @ y for x, y in groups))
    extreme = sum(abs(sum(x @ random.permutation(y) for x, y in groups)) >= seen * (1 - 1e-12) for _ in range(shuffles))
    return (1 + extreme) / (1 + shuffles)


def pigeonhole(groups, resamples=8000, seed=0):
    """`pooled_ranks`, ascending, of resampled instances and, independently, optimizers, ranks kept [owen2007pigeonhole].

    Each group is a list of (instance, optimizer, x, y)."""
    rows = []
    for group in groups:
        x, y = (stats.rankdata([row[k] for row in group]) for k in (2, 3))
        x, y = x - x.mean(), y - y.mean()
        if np.any(x) and np.any(y):
            x, y = (v * np.sqrt(len(v)) / np.linalg.norm(v) for v in (x, y))
            rows += [(row[0], row[1], a, b) for row, a, b in zip(group, x, y)]
    _, instance = np.unique([str(r[0]) for r in rows], return_inverse=True)
    _, optimizer = np.unique([str(r[1]) for r in rows], return_inverse=True)
    x, y = (np.array([r[k] for r in rows]) for k in (2, 3))
    random = np.random.default_rng(seed)
    draw = lambda n: random.multinomial(n, np.full(n, 1 / n), size=resamples)
    weights = draw(instance.max() + 1)[:, instance] * draw(optimizer.max() + 1)[:, optimizer]
    sums = weights @ np.stack([x * y, x * x, y * y], axis=1)
    kept = sums[(sums[:, 1] > 0) & (sums[:, 2] > 0)]
    return np.sort(kept[:, 0] / np.sqrt(kept[:, 1] * kept[:, 2]))
