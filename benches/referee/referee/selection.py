"""Which setting each optimizer should have been given, from the tuning records alone."""

import json
from collections import defaultdict

import numpy as np

ZERO = {"validation": 1e-14, "train": 0.0, "flattest": 0.0, "oracle": 1e-7}
SAME = 1e-8


def setting(record):
    return json.dumps(record["hyperparameters"], sort_keys=True)


def grid(suite, optimizer, init):
    """The settings of an optimizer from a start, in the order of the suite."""
    settings = next(o for o in suite["optimizer"] if o["name"] == optimizer)["settings"]
    return [json.dumps(s, sort_keys=True) for s in (settings[init] if isinstance(settings, dict) else settings)]


def score(record, rule):
    """The smaller the better; taken at the limit where there is one."""
    if record["outcome"] != "completed" or record["termination"] == "diverged":
        return np.inf
    point = record["limit"] if record["limit"]["state"] == "reached" else record["iterate"]
    if rule == "validation":
        value = point["validation_loss"] / record["start"]["validation_loss"]
    elif rule == "oracle":
        value = point["relative_error"]
    elif rule == "flattest":
        value = point["hessian_trace"] if record["interpolated"] else np.inf
    else:
        raise ValueError(f"the referee does not know the rule {rule!r}, which goes by trajectories")
    return value if value > ZERO[rule] else 0.0


def choose(settings, records, rule):
    """The setting of the least median score; of those that tie the middle one in the order of the suite, of two the earlier."""
    scores = [np.median([score(r, rule) for r in records if setting(r) == s]) for s in settings]
    least = min(scores)
    tied = [s for s, value in zip(settings, scores) if value <= least * (1 + SAME)]
    return tied[(len(tied) - 1) // 2]


def check(tally, suite, records):
    """Settings that were compared are those that the tuning records choose, and no tuning instance is compared on."""
    tuning, evaluation = (defaultdict(list) for _ in range(2))
    for record in records:
        key = (record["case"], record["init"], record["optimizer"])
        (tuning if record["split"] == "tuning" else evaluation)[key].append(record)
    seeds = {
        split: {(r["case"], r["instance_seed"]) for r in records if r["split"] == split} for split in ("tuning", "evaluation")
    }
    if seeds["tuning"]:
        tally.claim("no instance both tunes and compares", "all", not seeds["tuning"] & seeds["evaluation"])
    for key, tried in tuning.items():
        if all(r["outcome"] == "skipped" for r in tried):
            continue
        rule = next(r["selection_rule"] for r in evaluation[key] if r["selected"])
        settings = [s for s in grid(suite, key[2], key[1]) if s in {setting(r) for r in tried}]
        compared = {setting(r) for r in evaluation[key] if r["selected"]}
        family = tried[0]["family"]
        tally.claim("chosen setting", family, compared == {choose(settings, tried, rule)}, " ".join(key))
