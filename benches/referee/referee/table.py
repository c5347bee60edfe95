"""The tally as lines of text, and as a table in Markdown."""

import numpy as np


SHORT = {
    "matrix-sensing": "sensing",
    "bilinear-sensing": "bilinear",
    "matrix-completion": "completion",
    "robust-pca": "robust PCA",
    "covariance-estimation": "covariance",
    "phase-retrieval": "phase",
    "quadratic-network": "quadratic",
    "deep-matrix-factorization": "deep",
    "deep-sparse-recovery": "sparse",
    "all": "all",
}


def text(tally, summary):
    """One line for every quantity and family, and at last what is beyond its tolerance, with the place of the worst."""
    width = max(len(quantity) for quantity, _ in tally.lines)
    out = [f"{'quantity':{width}}  {'family':10}  {'worst':>8}  {'allowed':>8}  {'number':>6}"]
    for (quantity, family), line in tally.lines.items():
        verdict = "ok" if line.passed else f"BEYOND in {line.beyond}: {line.where}"
        out.append(
            f"{quantity:{width}}  {SHORT[family]:10}  {number(line.worst):>8}  {number(line.tolerance):>8}  {line.count:6}  {verdict}"
        )
    beyond = sum(line.beyond for line in tally.lines.values())
    count = sum(line.count for line in tally.lines.values())
    return "\n".join([*out, f"{summary}; {count} comparisons, {beyond} beyond their tolerance"])


def markdown(tally, summary):
    """A row for every quantity, a column for every family."""
    families = [f for f in SHORT if any(family == f for _, family in tally.lines)]
    quantities = list(dict.fromkeys(quantity for quantity, _ in tally.lines))
    count = sum(line.count for line in tally.lines.values())
    out = [f"{summary}; {count} comparisons.", ""]
    out += [
        "| quantity | allowed | number | " + " | ".join(SHORT[f] for f in families) + " |",
        "|---" * (3 + len(families)) + "|",
    ]
    for quantity in sorted(quantities, key=kind):
        lines = [tally.lines.get((quantity, f)) for f in families]
        present = [line for line in lines if line]
        cells = ["" if line is None else number(line.worst) if line.passed else f"**{number(line.worst)}**" for line in lines]
        allowed, total = (
            " or ".join(number(t) for t in sorted({line.tolerance for line in present})),
            sum(line.count for line in present),
        )
        out.append(f"| {quantity} | {allowed} | {total} | " + " | ".join(cells) + " |")
    return "\n".join(out)


def kind(quantity):
    """Groups quantities that begin alike, metrics of points first."""
    starts = (
        "export",
        "start of",
        "small start",
        "reference",
        "limit",
        "distance",
        "gd ",
        "momentum",
        "adam",
        "replayed",
        "trajectory",
        "gradient_",
        "budget",
        "calls",
        "measurements",
        "interpolated",
        "no ",
        "chosen",
        "resolved",
        "verdict",
    )
    return next((k + 1 for k, start in enumerate(starts) if quantity.startswith(start)), 0)


def number(value):
    return "0" if value == 0 else "no" if np.isinf(value) else f"{value:.1e}" if value < 0.01 or value >= 1000 else f"{value:.2g}"


def replace(path, name, figures):
    """Puts the figures between the markers of that name in a file."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, rest = path.read_text().split(begin)
    _, after = rest.split(end)
    path.write_text(f"{before}{begin}\n{figures}\n{end}{after}")
