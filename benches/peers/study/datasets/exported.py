import os
from pathlib import Path

from benchopt import BaseDataset

from instance import Instance


class Dataset(BaseDataset):
    """Instances written by `flatbench export-instance`."""

    name = "exported"
    parameters = {"case": ["sensing", "anisotropic", "bilinear", "covariance"], "repetition": [0, 1, 2]}

    def get_data(self):
        return dict(instance=Instance(Path(os.environ["FLATBENCH_INSTANCES"]) / f"{self.case}-{self.repetition}"))
