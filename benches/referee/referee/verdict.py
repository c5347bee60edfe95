"""Comparisons with the baseline and rank correlations, from the records alone, next to what the report page says."""

from collections import defaultdict

import numpy as np
from scipy import stats

from . import page
from .statistics import holm, misplaced, permutation_p, pigeonhole, pooled_ranks, resampled_medians, wilcoxon

CONTROLS = {"covariance-estimation", "phase-retrieval"}
PRINTED = 0.51
"""Units of the last digit that the page prints."""
RESAMPLED = 4.0
"""Standard errors between two sides that are both random: of an end of an interval, each of two bootstraps having some tens of medians
beyond it."""
SHUFFLES = 999
"""Of each side for a permutation p; a share of so many, it is compared in standard errors too."""
MEASURES = {"tr H": "hessian_trace", "scaled trace": "scaled_trace", "λmax": "lambda_max", "floor(X)": "flatness_floor", "balance gap": "balance_gap",
            "nuclear norm": "nuclear_norm", "parameter norm": "parameter_norm", "relative flatness": "relative_flatness",
            "worst-case sharpness": "worst_case_sharpness"}  # fmt: skip



def minima(records):
    """Runs that are compared and reached a minimum, controls left out."""
    return [
        r
        for r in records
        if r["split"] == "evaluation" and r["selected"] and r["family"] not in CONTROLS
        and r["outcome"] == "completed" and r["limit"]["state"] == "reached"
    ]  # fmt: skip


def ratios(records, baseline, field):
    """Logarithms of the ratios to the baseline, by optimizer and start, in clusters of one instance."""
    base = {(r["case"], r["init"], r["instance_seed"]): r["limit"][field] for r in records if r["optimizer"] == baseline}
    out = defaultdict(lambda: defaultdict(list))
    for r in records:
        other = base.get((r["case"], r["init"], r["instance_seed"]))
        own = r["limit"][field]
        if r["optimizer"] != baseline and other and own:
            log = np.log(own / other)
            # Rounding is a tie.
            out[r["optimizer"], r["init"]][r["case"], r["instance_seed"]].append(log if abs(log) >= 1e-9 else 0.0)
    return {key: list(clusters.values()) for key, clusters in out.items()}


def check(tally, suite, records, text):
    runs = minima(records)
    check_pairs(tally, ratios_of(runs, suite["baseline"]), page.comparison(text))
    check_correlations(tally, runs, page.correlations(text))


def ratios_of(runs, baseline):
    return {
        (key, field): clusters
        for field in ("hessian_trace", "relative_error")
        for key, clusters in ratios(runs, baseline, field).items()
    }


def check_pairs(tally, family, rows):
    level = 1 - 0.05 / len(family) if family else 0.95
    tests = {key: wilcoxon(np.concatenate(clusters)) for key, clusters in family.items()}
    known = [key for key, p in tests.items() if p is not None]
    adjusted = dict(zip(known, holm([tests[key] for key in known])))
    tally.claim(
        "verdict: rows of the comparison", "all", {(r["optimizer"], r["init"]) for r in rows} == {key for key, _ in family}
    )
    for row in rows:
        for field in ("hessian_trace", "relative_error"):
            key = ((row["optimizer"], row["init"]), field)
            if row[field] is None or key not in family:
                continue
            ratio, interval, p, finding = row[field]
            clusters, where = family[key], " ".join(key[0]) + " " + field
            logs = np.concatenate(clusters)
            if field == "hessian_trace":
                tally.claim("verdict: pairs", "all", row["pairs"] == len(logs), where)
            printed(tally, "verdict: median ratio", ratio, np.exp(np.median(logs)), where)
            if key in adjusted:
                printed(tally, "verdict: p after Holm", p, adjusted[key], where)
            medians = resampled_medians(clusters)
            own = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])
            check_interval(tally, interval, medians, (1 - level) / 2, where)
            names = ("flatter", "less flat") if field == "hessian_trace" else ("nearer", "further")
            wanted = finding_of(np.exp(np.median(logs)), np.exp(own), adjusted.get(key), names)
            tally.claim(
                "verdict: finding", "all", wanted == finding, where if wanted == finding else f"{where}: {finding}, not {wanted}"
            )


def check_interval(tally, texts, medians, tail, where):
    others = np.clip(25 / tail, 2000, 20_000)  # as many as leave 25 beyond an end
    for text, sign in zip(texts, (1, -1)):
        end, slack = sign * np.log(page.number(text)), 2 * page.unit(text)
        off = misplaced(end, slack, np.sort(sign * medians), tail, others)
        tally.deviation("verdict: interval ends", "all", off, RESAMPLED, where)


def printed(tally, quantity, text, own, where):
    deviation = abs(page.number(text) / own - 1) / (2 * page.unit(text))
    tally.deviation(quantity, "all", deviation, PRINTED, where)


def finding_of(ratio, interval, p, names):
    """A difference has a name from a factor of 1.1, if its p is below 0.05 and its interval excludes 1."""
    low, high = interval
    if p is not None and p < 0.05 and high < 1 and ratio <= 1 / 1.1:
        return names[0]
    if p is not None and p < 0.05 and low > 1 and ratio >= 1.1:
        return names[1]
    return "alike" if low > 1 / 1.1 and high < 1.1 else "too few runs to tell"


def check_correlations(tally, runs, told):
    for name, field in MEASURES.items():
        if name not in told:
            tally.claim("verdict: correlation of every measure", "all", False, name)
            continue
        panels, cells = defaultdict(list), defaultdict(list)
        for r in runs:
            if r["limit"][field] is None or r["limit"]["relative_error"] is None:
                continue
            # Below rounding, errors have no order.
            row = ((r["case"], r["instance_seed"]), r["optimizer"], r["limit"][field], max(r["limit"]["relative_error"], 1e-9))
            panels[r["case"], r["init"]].append(row)
            cells[r["case"], r["init"], r["optimizer"]].append(row)
        check_measure(tally, name, told[name], panels, cells)


def check_measure(tally, name, told, panels, cells):
    pairs = lambda groups: [([row[2] for row in group], [row[3] for row in group]) for group in groups.values()]
    compare = lambda quantity, key, own, tolerance=1e-4: tally.compare(
        f"verdict: {quantity}", "all", told[key], own, tolerance, name, 1.0
    )
    compare("rank correlation in cases", "within", pooled_ranks(pairs(panels)))
    compare("rank correlation in optimizers", "optimizer", pooled_ranks(pairs(cells)))
    x, y = ([v for pair in pairs(panels) for v in pair[k]] for k in (0, 1))
    compare("rank correlation, cases mixed", "mixed", stats.spearmanr(x, y).statistic)
    taus = [t for t in (stats.kendalltau(x, y).statistic for x, y in pairs(panels)) if np.isfinite(t)]
    compare("Kendall's τ, median of cases", "kendall", np.median(taus) if taus else None)
    own, other = permutation_p(pairs(panels), SHUFFLES), np.nan if told["p"] is None else told["p"]
    mean = (own + other) / 2
    off = 0.0 if own == other else abs(own - other) / np.sqrt(2 * mean * (1 - mean) / SHUFFLES)
    tally.deviation("verdict: permutation p, standard errors", "all", off, RESAMPLED, name)
    for groups, prefix in ((panels, ""), (cells, "optimizer_")):
        if told[prefix + "low"] is None:
            continue
        replicates, tail = pigeonhole(list(groups.values())), 0.05 / 4 / 2
        for key, sign in (("low", 1), ("high", -1)):
            off = misplaced(sign * told[prefix + key], 1e-5, np.sort(sign * replicates), tail, 25 / tail)
            tally.deviation("verdict: interval of correlations", "all", off, RESAMPLED, f"{name} {prefix}{key}")
