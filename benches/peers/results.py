"""Results as JSON, one file per part, and a table of all of them."""

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess

PACKAGES = ["numpy", "torch", "jax", "jaxlib", "benchopt"]


def machine():
    model = "unknown"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    output = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_average": os.getloadavg()[1],
        "threads": 1,
        "precision": "float64",
        "versions": {
            "flatbench": output("git", "-C", os.path.dirname(__file__), "rev-parse", "--short", "HEAD"),
            "rustc": output("rustc", "--version").split(" ")[1],
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in PACKAGES},
        },
    }


def save(folder, part, rows):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**machine(), "rows": rows}, indent=2)
    (folder / f"{part}.json").write_text(text + "\n")


def write_table(folder):
    parts = {name: json.loads((folder / f"{name}.json").read_text()) for name in TITLES if (folder / f"{name}.json").exists()}
    lines = ["# Peers", "", "Written by `python benches/peers/run.py`.", ""]
    for name, part in parts.items():
        versions = ", ".join(f"{package} {version}" for package, version in part["versions"].items())
        lines += [f"## {TITLES[name]}", "", f"{part['date']}, {part['machine']}, load average {part['load_average']:.1f}; one core,"]
        lines += [f"one thread, {part['precision']}, processor time, least of several turns. {versions}.", ""]
        lines += whole_table(part["rows"]) if name == "whole" else table(part["rows"])
        lines.append("")
    text = "\n".join(lines)
    (folder / "README.md").write_text(text)
    print(text)


TITLES = {
    "gd": "Gradient descent on all measurements, matrix-sensing, microseconds per step and run",
    "structured": "Gradient descent on structured measurements, microseconds per step and run",
    "batches": "Mini-batches, microseconds per step",
    "trace": "Trace of the Hessian, microseconds",
    "whole": "A whole study",
}


def table(rows):
    """Microseconds, and in brackets how many times those of the first column they are."""
    names = [name for name in rows[0]["microseconds"] if not name.startswith("kernel")]
    extra = {"losses_agree_to": "losses agree to", "sampling_error": "error of the samples"}
    extra = {key: title for key, title in extra.items() if rows[0].get(key) is not None}
    head = ["case", *names, *extra.values()]
    lines = [line(head), line(["---"] * len(head))]
    for row in rows:
        times = row["microseconds"]
        label = f"{row['family']} d={row['d']}, m={row['m']}" + (f", B={row['batch_size']}" if "batch_size" in row else "")
        base, *others = (times[name] for name in names)
        cells = [short(base), *(f"{short(other)} ({short(other / base)} ×)" for other in others)]
        lines.append(line([label, *cells, *(f"{row[key]:.0e}" for key in extra)]))
    return lines


def whole_table(row):
    turns = ", ".join(f"{a:.1f} / {b:.1f}" for a, b in zip(row["flatbench_seconds"], row["benchopt_seconds"]))
    return [
        f"{row['grid']}; seconds from the command line to the end, all processes, in turns (flatbench / benchopt): {turns}.",
        f"The least of benchopt is {row['ratio']:.1f} times the least of flatbench. {row['note']}",
    ]


def line(cells):
    return "| " + " | ".join(cells) + " |"


def short(x):
    return f"{x:.0f}" if x >= 100 else f"{x:.2g}" if x < 10 else f"{x:.1f}"
