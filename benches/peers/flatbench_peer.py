"""flatbench itself: a process that draws the same instance and takes steps when asked to (see steps.rs)."""

import json
import subprocess

import numpy as np


class Flatbench:
    def __init__(self, program, libraries, instance):
        self.folder = instance.folder
        command = [program, instance.folder, libraries]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._read()
        drawn, exported = self.about["loss"], instance.about["start"]["loss"]
        assert abs(drawn / exported - 1) < 1e-12, f"another instance: loss {drawn}, exported {exported}"

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the program for {self.folder} ended with status {self.process.wait()}")
        return json.loads(line)

    def _ask(self, what, **request):
        self.process.stdin.write(json.dumps({"what": what, **request}) + "\n")
        self.process.stdin.flush()
        return self._read()

    def gd_many(self, step_sizes, steps):
        answer = self._ask("steps", optimizer="gd", step_sizes=list(step_sizes), steps=steps)
        return answer["seconds"], answer["losses"]

    def gd(self, step_size, steps):
        seconds, losses = self.gd_many([step_size], steps)
        return seconds, losses[0]

    def sgd(self, step_size, batches):
        steps, size = batches.shape
        answer = self._ask("steps", optimizer="sgd", step_sizes=[step_size], batch_size=size, steps=steps)
        return answer["seconds"], answer["losses"][0]

    def batches(self, step_size, batch_size, steps):
        """The rows that the plugin will draw, (steps, batch_size)."""
        file = self.folder / f"batches-{batch_size}.bin"
        self._ask("batches", step_size=step_size, batch_size=batch_size, steps=steps, file=str(file))
        return np.fromfile(file, dtype="<u8").astype(np.int64).reshape(steps, batch_size)

    def gradients(self, runs, repeats):
        return self._ask("gradients", runs=runs, repeats=repeats)["seconds"]

    def trace(self, repeats):
        answer = self._ask("trace", repeats=repeats)
        return answer["seconds"] / repeats, answer["trace"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
