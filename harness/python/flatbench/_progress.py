"""The progress of a study, in a terminal or in a notebook."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

_WIDTH = 24
_INTERVAL = 0.1


class Progress:
    """Shows events of a run as one line that is written over.

    Parameters
    ----------
    shown
        Whether to show it; in a terminal and in a notebook where it is None.
    """

    def __init__(self, shown: bool | None) -> None:
        self._notebook = _in_notebook()
        self._shown = (self._notebook or sys.stderr.isatty()) if shown is None else shown
        self._stage = ""
        self._done = self._planned = self._failed = 0
        self._began = time.monotonic()
        self._last = 0.0
        self._handle: Any = None
        self._length = 0

    def take(self, event: dict[str, Any]) -> None:
        """An event of ``flatbench run --events``."""
        match event["event"]:
            case "stage":
                self._stage = event["split"]
                self._done, self._planned = event["done"], event["planned"]
                self._began, self._failed = time.monotonic(), 0
                self._show(force=True)
            case "ended":
                self._done, self._planned = event["done"], event["planned"]
                self._failed += bool(event["failed"])
                self._show(force=self._done == self._planned)
            case "warning" | "note":
                self._line(f"{event['event']}: {event['text']}")

    def _show(self, force: bool = False) -> None:
        now = time.monotonic()
        if not self._shown or (now - self._last < _INTERVAL and not force):
            return
        self._last = now
        share = self._done / max(self._planned, 1)
        bar = "█" * round(share * _WIDTH) + "·" * (_WIDTH - round(share * _WIDTH))
        text = f"{self._stage} {bar} {self._done}/{self._planned} runs, {now - self._began:.0f} s"
        if self._failed:
            text += f", {self._failed} failed"
        self._write(text)

    def _write(self, text: str) -> None:
        if not self._notebook:
            print("\r" + text.ljust(self._length), end="", file=sys.stderr, flush=True)
            self._length = len(text)
            return
        from IPython import display

        content = {"text/plain": text}
        if self._handle is None:
            show: Any = display.display
            self._handle = show(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def _line(self, text: str) -> None:
        if self._shown:
            if self._length and not self._notebook:
                print(file=sys.stderr)
                self._length = 0
            print(text, file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._shown and self._length and not self._notebook:
            print(file=sys.stderr)


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    if shell is None:
        return False
    found = shell.get_ipython()
    return found is not None and found.__class__.__name__ == "ZMQInteractiveShell"
