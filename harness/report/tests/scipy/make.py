"""Writes expected.json: statistics of fixed data by SciPy, for tests/statistics.rs.

    python -m venv env && env/bin/pip install scipy && env/bin/python make.py
"""

import json
import math
import pathlib

import numpy as np
import scipy
from scipy import stats

random = np.random.default_rng(20240601)
cases = {"scipy": scipy.__version__, "numpy": np.__version__, "wilcoxon": [], "correlation": [], "wilson": [], "median": []}

for n, ties in [(3, False), (5, False), (8, False), (12, True), (20, False), (25, False), (40, False), (60, True)]:
    x = random.normal(0.4, 1.0, n).round(1 if ties else 6)
    kept = x[x != 0]
    if n <= 25 and not ties:
        p = stats.wilcoxon(kept, method="exact").pvalue
    elif n <= 25:
        p = stats.wilcoxon(kept, method=stats.PermutationMethod(n_resamples=2**len(kept) + 1)).pvalue
    else:
        p = stats.wilcoxon(kept, method="approx", correction=False).pvalue
    cases["wilcoxon"].append({"differences": x.tolist(), "p": p})

for n, digits in [(2, 6), (5, 6), (10, 0), (30, 1), (200, 6), (200, 0)]:
    x = random.normal(size=n).round(digits)
    y = (0.6 * x + random.normal(size=n)).round(digits)
    cases["correlation"].append({
        "x": x.tolist(), "y": y.tolist(),
        "spearman": stats.spearmanr(x, y).statistic, "kendall": stats.kendalltau(x, y).statistic,
    })

for successes, trials in [(0, 1), (0, 5), (3, 5), (5, 5), (17, 40), (999, 1000)]:
    interval = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    cases["wilson"].append({"successes": successes, "trials": trials, "low": interval.low, "high": interval.high})

for n in [1, 2, 7, 10]:
    x = random.normal(size=n)
    cases["median"].append({"values": x.tolist(), "median": float(np.median(x))})

path = pathlib.Path(__file__).with_name("expected.json")
path.write_text(json.dumps(cases, indent=1, allow_nan=False) + "\n")
