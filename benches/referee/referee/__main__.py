"""python -m referee DIR --program FLATBENCH [--records DIR] [--repetitions N] [--jobs N] [--markdown FILE --figures NAME]"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from . import group, ledger, selection, table, verdict
from .run import Directory
from .tally import Tally


def check_records(tally, directory):
    """What records say of each other: budgets, choices and verdicts."""
    for record in directory.records:
        ledger.check(
            tally, record, directory.plugins[record["optimizer"]], f"{record['case']} {record['optimizer']} {record['key'][:8]}"
        )
    selection.check(tally, directory.suite, directory.records)
    verdict.check(tally, directory.suite, directory.records, (directory.path / "index.html").read_text())


def main():
    parser = argparse.ArgumentParser(prog="referee", description=__doc__)
    parser.add_argument("directory", type=Path, help="run directory made with --keep-parameters")
    parser.add_argument("--records", type=Path, help="another run directory, whose records and page alone are checked too")
    parser.add_argument("--program", required=True, help="the binary flatbench, which exports instances")
    parser.add_argument(
        "--repetitions", type=int, default=1, help="draws of each case whose runs are computed again [default: 1]"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--figures", default="full", help="name of the markers there to write it between")
    arguments = parser.parse_args()
    directory, began = Directory(arguments.directory, arguments.program), time.time()

    tally, read = Tally(), 0
    for other in [directory, *([Directory(arguments.records, arguments.program)] if arguments.records else [])]:
        check_records(tally, other)
        read += len(other.records)
    groups = directory.groups(arguments.repetitions)
    if not groups:
        sys.exit(f"{directory.path} has no parameters of any run: make it with `flatbench run --keep-parameters`")
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for (case, _), part in zip(groups, pool.map(group.check, [directory] * len(groups), groups.values())):
            tally.merge(part)
            print(f"{time.time() - began:7.1f} s  {case}", file=sys.stderr, flush=True)
    runs = sum(len(records) for records in groups.values())
    summary = f"{directory.suite['name']}: {runs} runs computed again, {read} records read, {time.time() - began:.0f} s"
    print(table.text(tally, summary))
    if arguments.markdown:
        table.replace(arguments.markdown, arguments.figures, table.markdown(tally, summary))
    sys.exit(0 if tally.passed else 1)


if __name__ == "__main__":
    main()
