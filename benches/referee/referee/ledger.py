"""The budget: counts times prices, and what a step of each method costs."""

PRICES = {
    "loss": 0.5,
    "gradient": 1.0,
    "hvp": 2.0,
    "trace": 1.0,
    "trace_gradient": 1.0,
    "residuals": 0.5,
    "jacobian_vector": 0.5,
    "jacobian_transpose_vector": 0.5,
    "gauss_newton_vector": 1.0,
    "curvature_gradient": 3.0,
    "relative_flatness": 2.0,
    "relative_flatness_gradient": 2.0,
}
BATCHES = {"minibatch": 1.0, "minibatch_loss": 0.5, "minibatch_hvp": 2.0, "minibatch_residuals": 0.5}
"""For all measurements of a batch."""
OVERDRAFT = 16.0


def spent(record):
    """Full-gradient equivalents by the price list of METRICS.md."""
    count = lambda kind: record["oracle_calls"].get(kind, 0)
    of_batches = sum(price * count(f"{kind}_measurements") for kind, price in BATCHES.items())
    return sum(price * count(kind) for kind, price in PRICES.items()) + of_batches / record["measurements"]


def of_a_step(record, plugin):
    """Oracle calls of one step by the method's formula: (kind, number), or None for a method that is not known here."""
    batch = record["hyperparameters"].get("batch_size", 0)
    kind = "minibatch" if 0 < batch < record["measurements"] else "gradient"
    if plugin == "sam":
        return kind, 2
    if plugin in ("gd", "momentum", "momentum-c", "adam", "normalized-gd", "sign-gd", "sgd", "label-noise-sgd"):
        return kind, 1
    return None


def in_batches(batches, size, count):
    """Measurements in so many batches without replacement: the last batch of each pass over all `count` takes what is left."""
    passes, rest = divmod(batches, -(-count // size))
    return passes * count + rest * size


def check(tally, record, plugin, where):
    family = record["family"]
    if record["outcome"] != "completed":
        return
    tally.compare("gradient_equivalents", family, record["gradient_equivalents"], spent(record), 1e-12, where)
    tally.claim("budget is kept", family, record["gradient_equivalents"] <= record["budget"] + OVERDRAFT, where)
    step = of_a_step(record, plugin)
    if step:
        kind, number = step
        calls = record["oracle_calls"][kind]
        # The last step may have been begun and not ended.
        tally.claim("calls of a step", family, 0 <= calls - number * record["steps"] <= number, where)
        if kind == "minibatch" and calls == number * record["steps"]:
            wanted = number * in_batches(record["steps"], record["hyperparameters"]["batch_size"], record["measurements"])
            tally.claim("measurements of all batches", family, record["oracle_calls"]["minibatch_measurements"] == wanted, where)
    if record["iterate"] and record["iterate"]["train_loss"] is not None:
        reached = record["iterate"]["train_loss"] <= 1e-6 * record["start"]["train_loss"]
        tally.claim("interpolated", family, reached == record["interpolated"], where)
