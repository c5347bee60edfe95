"""A second opinion on every number of flatbench, from exported instances and saved parameters, by NumPy and SciPy alone."""
