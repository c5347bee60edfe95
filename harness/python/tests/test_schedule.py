"""Schedules have the values that the harness gives them."""

import math
from types import SimpleNamespace

import pytest

import flatbench as fb
from flatbench import schedule


def test_each_follows_its_formula():
    assert schedule.constant(0.3).at(0.7) == 0.3
    assert schedule.linear(1, 3).at(0.25) == 1.5
    assert schedule.geometric(1e-1, 1e-7).at(0.5) == pytest.approx(1e-4, rel=1e-15)
    assert schedule.cosine(2, 0).at(0.5) == pytest.approx(1.0, rel=1e-15)
    assert schedule.cosine(2, 0).at(1 / 3) == pytest.approx(1.5, rel=1e-15)


def test_the_end_is_exact_and_stays():
    for s in (schedule.linear(0.1, 0.3, 0.5), schedule.geometric(1, 1e-4, 0.5), schedule.cosine(0.1, 0.7, 0.5)):
        assert s.at(0.0) == pytest.approx(s.from_, rel=1e-15) and s.at(0.5) == s.at(0.9) == s.at(1.0) == s.to


def test_its_value_now_is_by_the_budget_spent():
    class Oracle:
        asked = 0

        @property
        def progress(self):
            Oracle.asked += 1
            return 0.5

    assert schedule.linear(0, 2)(Oracle()) == 1.0 and Oracle.asked == 1
    assert schedule.constant(4)(Oracle()) == 4.0 and Oracle.asked == 1
    assert schedule.linear(0, 2)(SimpleNamespace(progress=1.0)) == 2.0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("wavy", 1, 2), "there is no schedule 'wavy'"),
        (("linear", 1, math.nan), "to of a schedule is nan, and has to be a finite number"),
        (("linear", "1", 2), "from of a schedule is '1'"),
        (("linear", True, 2), "from of a schedule is True"),
        (("linear", 1, 2, 0.0), "`until` of a schedule is 0.0, and has to be a fraction"),
        (("linear", 1, 2, 1.5), "`until` of a schedule is 1.5"),
        (("geometric", 1, 0), "both ends of a geometric schedule have to be > 0"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(fb.PluginError, match=message):
        fb.Schedule(*arguments)


def test_they_are_values():
    assert schedule.linear(1, 2) == fb.Schedule("linear", 1.0, 2.0) and hash(schedule.linear(1, 2)) == hash(schedule.linear(1, 2))
    with pytest.raises(AttributeError):
        schedule.linear(1, 2).to = 3
