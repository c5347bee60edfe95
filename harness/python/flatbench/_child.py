"""The program as a child process: it supervises workers, and none of that happens in the process of whoever calls."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence
from typing import Any

from ._parcel._load import is_importing
from ._progress import Progress
from .errors import FlatbenchError, PluginError, RunError, SuiteError

COMMAND = (sys.executable, "-P", "-m", "flatbench")


def call(words: Sequence[str]) -> str:
    """What a command prints.

    Raises
    ------
    FlatbenchError
        If it fails: with what it said.
    """
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, env=_environment())
    if done.returncode != 0:
        raise FlatbenchError((_reason(done.stderr) or _reason(done.stdout)) or f"`flatbench {words[0]}` ended with status {done.returncode}")
    return done.stdout


def run(words: Sequence[str], shown: bool | None, asked_for: Collection[str] = ()) -> dict[str, Any]:
    """``flatbench run --events``: shows its progress and returns its last event.

    That the suite does not have an optimizer is no news for those that were `asked_for`.

    Raises
    ------
    SuiteError, PluginError, RunError, KeyboardInterrupt
        As :func:`flatbench.run`.
    """
    if is_importing():
        raise PluginError(
            "fb.run was called while a file of optimizers was imported, which every worker does (put it under "
            '`if __name__ == "__main__":`)'
        )
    mistakes: list[str] = []
    refused: list[str] = []
    last: dict[str, Any] = {}
    # A session of its own: Ctrl-C reaches this process, which hands it on once.
    child = subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        env={**_environment(), "FLATBENCH_PARENT": str(os.getpid())},
    )
    assert child.stdout is not None and child.stderr is not None
    said = _Drain(child.stderr)
    with Progress(shown) as progress:
        try:
            for line in child.stdout:
                last = json.loads(line)
                match last["event"]:
                    case "mistake":
                        mistakes.append(_mistake(last))
                    case "plugin-problem" if last["refused"]:
                        refused.append(last["text"])
                    case "warning" if any(last["text"].startswith(f"the suite has no `{name}`") for name in asked_for):
                        pass
                    case _:
                        progress.take(last)
            child.wait()
        except BaseException:
            # It ends its workers, and keeps what is recorded.
            child.send_signal(signal.SIGINT)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            raise
        finally:
            child.stdout.close()
            text = said.text()
    match last.get("event"):
        case "finished":
            return last
        case "interrupted":
            raise KeyboardInterrupt
    if mistakes and not refused:
        raise SuiteError(mistakes)
    if refused:
        raise PluginError("\n".join([*refused, *mistakes]))
    reason = _reason(str(last.get("text") or text)) or f"flatbench ended with status {child.returncode}"
    raise (PluginError if "plugin" in reason and child.returncode == 2 else RunError)(reason)


class _Drain:
    """Reads a stream to its end beside the other."""

    def __init__(self, stream: Any) -> None:
        import threading

        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: Any) -> None:
        for line in stream:
            self._lines.append(line)
            del self._lines[:-1000]
        stream.close()

    def text(self) -> str:
        self._thread.join(1)
        return "".join(self._lines)


def _mistake(event: dict[str, Any]) -> str:
    text = f"{event['path']}:{event['line']}: {event['message']}"
    extra = "; ".join(part for part in (event["allowed"], event["help"]) if part)
    return f"{text} ({extra})" if extra else text


def _reason(text: str) -> str:
    return text.strip().removeprefix("error: ")


def _environment() -> dict[str, str]:
    # The child is this interpreter with this package, wherever it was found.
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = dict(os.environ)
    if not any(os.path.abspath(place) == package for place in sys.path if place.endswith("site-packages")):
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, environment.get("PYTHONPATH")]))
    return environment
