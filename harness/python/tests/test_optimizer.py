"""Optimizers as classes: hyper-parameters, names, descriptions, and what is said of mistakes."""

from __future__ import annotations

import abc

import numpy as np
import pytest
from support import LeastSquares, begin, defaults

import flatbench as fb
from flatbench import _name, _spec


class Everything(fb.Optimizer):
    """Something of everything:
    in two lines.

    A second paragraph.

    Parameters
    ----------
    not for users
    """

    version = "1.2.3"
    step_size: fb.Schedule = fb.hyper(0.5, schedule=True, unit="1/lambda_max", min=0, scale="log", doc="Step size η.")
    radius: float = fb.hyper(1, above=0, max=2, doc="A radius,\n   in two lines.")
    samples: int = fb.hyper(3, min=1)
    from_default = fb.hyper(5)
    nesterov: bool = fb.hyper(False)
    norm: str = fb.hyper("frobenius", choices=["frobenius", "spectral"])
    curve = fb.hyper(fb.schedule.linear(1, 0, 0.5), schedule=True)

    def step(self, w, oracle):
        w -= self.step_size(oracle) * oracle.gradient(w)


def entry(name, kind, default, **others):
    plain = {
        "description": "",
        "min": None,
        "max": None,
        "min_excluded": False,
        "words": [],
        "default_unit": "absolute",
        "log_scale": False,
    }
    return {"name": name, "kind": kind, "default": default, **plain, **others}


def test_a_class_is_described():
    assert _spec.describe(Everything) == {
        "name": "everything",
        "version": "1.2.3",
        "description": "Something of everything: in two lines.\nA second paragraph.",
        "hyperparameters": [
            entry("step_size", "schedule", 0.5, description="Step size η.", min=0.0, default_unit="1/lambda_max", log_scale=True),
            entry("radius", "real", 1.0, description="A radius, in two lines.", min=0.0, max=2.0, min_excluded=True),
            entry("samples", "integer", 3, min=1),
            entry("from_default", "integer", 5),
            entry("nesterov", "bool", False),
            entry("norm", "choice", "frobenius", words=["frobenius", "spectral"]),
            entry("curve", "schedule", {"schedule": "linear", "from": 1.0, "to": 0.0, "until": 0.5}),
        ],
    }


def test_the_values_of_a_template_are_its_defaults_and_its_setting():
    template = Everything(step_size=0.1, nesterov=True)
    found = {e["name"]: e for e in _spec.describe(template)["hyperparameters"]}
    assert (found["step_size"]["default"], found["step_size"]["default_unit"]) == (0.1, "absolute")
    assert found["nesterov"]["default"] is True and found["radius"]["default"] == 1.0
    assert _spec.setting(template) == {"step_size": fb.schedule.constant(0.1), "nesterov": True}
    assert _spec.setting(Everything) == _spec.setting(Everything()) == {}
    template.samples = 7
    assert _spec.setting(template)["samples"] == 7
    assert repr(Everything(samples=2)) == "Everything(samples=2)"


def test_attributes_are_values():
    assert Everything().radius == 1.0 and Everything().step_size == fb.schedule.constant(0.5)
    assert Everything(curve=3).curve == fb.schedule.constant(3)
    run = _spec.create(Everything, {**defaults(Everything), "step_size": ("cosine", 1.0, 0.0, 1.0), "samples": 4}, [("L", 1, 1)])
    assert run._optimizer.step_size == fb.schedule.cosine(1, 0) and run._optimizer.samples == 4


def test_mistakes_in_values_are_named_together():
    with pytest.raises(fb.PluginError) as error:
        Everything(stepsize=1, radius=0, samples=1.5, nesterov=1, norm="nuclear", curve=float("nan"))
    assert str(error.value) == (
        "Everything: there is no hyper-parameter `stepsize` (did you mean `step_size`?); "
        "`radius` is 0, and has to be a finite number > 0 and ≤ 2; `samples` is 1.5, and has to be a whole number ≥ 1; "
        "`nesterov` is 1, and has to be True or False; `norm` is 'nuclear', and has to be one of the words frobenius, spectral; "
        "`curve` is nan, and has to be a finite number, or a schedule between such numbers"
    )
    with pytest.raises(fb.PluginError, match="has to be a finite number ≥ 0, or a schedule between such numbers"):
        Everything(step_size=fb.schedule.linear(1, -1))


@pytest.mark.parametrize(
    "body, message",
    [
        ({"__annotations__": {"a": complex}, "a": fb.hyper(1)}, "`a` cannot have the type complex"),
        ({"__annotations__": {"a": "float | None"}, "a": fb.hyper(1)}, r"`a` cannot have the type float \| None"),
        ({"a": fb.hyper([1])}, "`a` cannot have the type list"),
        ({"__annotations__": {"a": "int"}, "a": fb.hyper(1.5)}, "the default of `a` is 1.5, and has to be a whole number"),
        ({"a": fb.hyper(1.0, min=2.0)}, "the default of `a` is 1.0, and has to be a finite number ≥ 2.0"),
        ({"a": fb.hyper(1.0, min=0, above=0)}, "give `a` either `min`"),
        ({"a": fb.hyper(1.0, min=3, max=2)}, "`a` has the bounds 3 and 2, and nothing between"),
        ({"a": fb.hyper(1.0, above=2, max=2)}, "`a` has the bounds 2 and 2, and nothing between"),
        ({"a": fb.hyper(1, min=0.5)}, "a bound of `a` is 0.5, and has to be a whole number"),
        ({"a": fb.hyper(1.0, min="0")}, "a bound of `a` is '0', and has to be a number"),
        ({"a": fb.hyper("x")}, "`a` needs its allowed words"),
        ({"a": fb.hyper("x", choices=["y"])}, "the default of `a` is 'x', and has to be one of the words y"),
        ({"a": fb.hyper(True, min=0)}, "`min` of `a` means nothing for True or False"),
        ({"a": fb.hyper(1, unit="1/lambda_max")}, "`unit` of `a` means nothing for a whole number"),
        ({"a": fb.hyper(1.0, unit="meters")}, "the unit of `a` is 'meters'"),
        ({"a": fb.hyper(1.0, scale="cubic")}, "the scale of `a` is 'cubic'"),
        ({"a": fb.hyper(float("nan"))}, "the default of `a` is nan"),
        ({"a": fb.hyper(2**63)}, "the default of `a` is 9223372036854775808"),
        ({"step": fb.hyper(1.0)}, "a hyper-parameter cannot be called `step`"),
        ({"_a": fb.hyper(1.0)}, "a hyper-parameter cannot be called `_a`"),
        ({"name": "My Method"}, "its name 'My Method' cannot be used: it does not begin with a lower-case letter"),
        ({"version": ""}, "its version '' has to be a text in one line"),
    ],
)
def test_a_class_that_makes_no_sense_is_refused_where_it_is_made(body, message):
    with pytest.raises(fb.PluginError, match=message):
        type("Wrong", (fb.Optimizer,), body)


def test_all_mistakes_of_a_class_are_named_together():
    with pytest.raises(fb.PluginError, match=r"Wrong makes no sense: .*`a`.*; .*`b`.*; its name"):
        type("Wrong", (fb.Optimizer,), {"a": fb.hyper([1]), "b": fb.hyper("x"), "name": "-"})


def test_a_number_in_a_unit_is_not_held_against_bounds():
    cls = type("Scaled", (fb.Optimizer,), {"a": fb.hyper(5.0, schedule=True, unit="1/lambda_max", max=1.0)})
    assert cls._hyperparameters["a"].default == fb.schedule.constant(5.0)


def test_subclasses_inherit_and_replace():
    class Child(Everything):
        """A child."""

        samples: int = fb.hyper(9)
        nesterov = True
        more: float = fb.hyper(0.0)

    assert list(Child._hyperparameters) == ["step_size", "radius", "samples", "from_default", "norm", "curve", "more"]
    assert Child().samples == 9 and Everything().samples == 3 and Child().nesterov is True
    assert (Child.name, Child.version, Child.description) == ("child", "1.2.3", "A child.")

    class Grandchild(Child):
        pass

    assert Grandchild.description == "A child." and Grandchild.name == "grandchild"


def test_names_are_kebab_case():
    names = {
        "Mine": "mine",
        "NormalizedGD": "normalized-gd",
        "AdamW": "adam-w",
        "SGD": "sgd",
        "My_Method2": "my-method2",
        "LBFGSPlus": "lbfgs-plus",
    }
    assert {name: _name.kebab(name) for name in names} == names


@pytest.mark.parametrize("name", ["gd", "a", "sgd2", "my-method", "adam-w-3", "a" * 40])
def test_good_names(name):
    assert _name.mistake(name) is None


@pytest.mark.parametrize(
    "name", ["", "a b", "../../x", "Mine", "my_method", "2fast", "-a", "a-", "a--b", "ü", "a\0b", "a=b", "a\n", "a" * 41, 3]
)
def test_bad_names(name):
    assert _name.mistake(name) is not None


def test_what_cannot_be_run_is_no_spec():
    class Idle(fb.Optimizer):
        pass

    class Abstract(fb.Optimizer, abc.ABC):
        def step(self, w, oracle): ...

        @abc.abstractmethod
        def direction(self): ...

    class Needy(fb.Optimizer):
        def __init__(self, kind):
            super().__init__()

        def step(self, w, oracle): ...

    with pytest.raises(fb.PluginError, match="Idle does not say what a step does"):
        _spec.describe(Idle)
    with pytest.raises(fb.PluginError, match="Abstract is abstract: it lacks direction"):
        _spec.describe(Abstract)
    with pytest.raises(fb.PluginError, match="3 is no optimizer"):
        _spec.describe(3)
    with pytest.raises(fb.PluginError, match=r"Needy cannot be made without arguments: .*'kind'"):
        _spec.create(Needy, {}, [("L", 1, 1)])
    assert _spec.create(Needy("x"), {}, [("L", 1, 1)])
    with pytest.raises(fb.PluginError, match="cannot be called 'méthode'"):
        _spec.describe(type("Méthode", (Everything,), {}))


class Remembering(fb.Optimizer):
    """Keeps what it is given."""

    scale = fb.hyper(1.0)

    def __init__(self, **values):
        super().__init__(**values)
        self.seen = []

    def step(self, w, oracle):
        self.seen.append(len(self.seen))
        w += self.scale
        return len(self.seen) == 2


def test_each_run_has_an_object_of_its_own():
    template = Remembering(scale=2.0)
    for spec in (Remembering, template):
        problem = LeastSquares()
        (first, w), (second, v) = begin(spec, problem), begin(spec, problem, scale=3.0)
        assert first.step(w, problem) is False and first.step(w, problem) is True
        assert second.step(v, problem) is False
        np.testing.assert_array_equal(v - problem.start, np.full(7, 3.0) + problem.start - problem.start)
    assert template.seen == []


def test_a_value_is_needed_for_each_hyperparameter():
    with pytest.raises(fb.PluginError, match="no value for the hyper-parameter `scale`"):
        _spec.create(Remembering, {}, [("L", 1, 1)])


def outcome(**methods):
    spec = type("Made", (fb.Optimizer,), {"rate": fb.hyper(fb.schedule.linear(1, 0), schedule=True), "step": lambda *_: None, **methods})
    problem = LeastSquares(budget=4)
    run, w = begin(spec, problem)
    problem.loss(w)
    return run, w, problem


@pytest.mark.parametrize("said, found", [(None, False), (False, False), (True, True), (np.True_, True), (np.False_, False)])
def test_a_step_says_whether_it_has_converged(said, found):
    run, w, problem = outcome(step=lambda *_: said)
    assert run.step(w, problem) is found


@pytest.mark.parametrize(
    "said, message",
    [
        (np.zeros(7), "Made.step returned an array: w is changed in place"),
        (1.0, r"Made.step returned 1.0: it has to be True \(converged\), False or None"),
        ("done", "Made.step returned 'done'"),
    ],
)
def test_a_step_that_returns_something_else_is_a_mistake(said, message):
    run, w, problem = outcome(step=lambda *_: said)
    with pytest.raises(fb.PluginError, match=message):
        run.step(w, problem)


def test_schedules_are_reported_by_themselves():
    run, _, problem = outcome(report=lambda self, oracle: {"b": np.float32(2), "a": np.array(1), "c": True})
    assert run.report(problem) == {"rate": 0.875, "b": 2.0, "a": 1.0, "c": 1.0} and list(run.report(problem))[1:] == ["b", "a", "c"]
    run, _, problem = outcome(report=lambda self, oracle: {"rate": 5.0})
    assert run.report(problem) == {"rate": 5.0}
    run, _, problem = outcome(report=lambda self, oracle: None)
    assert run.report(problem) == {"rate": 0.875}


@pytest.mark.parametrize(
    "said, message",
    [
        ([1], r"report returned \[1\]: it has to be a dict"),
        ({"a": "x"}, "report has 'x' for 'a'"),
        ({"a": np.zeros(2)}, "report has array"),
        ({1: 2.0}, "report has the name 1"),
    ],
)
def test_a_report_of_something_else_is_a_mistake(said, message):
    run, _, problem = outcome(report=lambda self, oracle: said)
    with pytest.raises(fb.PluginError, match=message):
        run.report(problem)


def test_another_point_can_be_judged():
    run, w, _ = outcome(evaluation_point=lambda self, w: (np.array(w) / 2).astype(np.float32))
    point = run.evaluation_point(w)
    assert isinstance(point, fb.Vector) and point.dtype == np.float64 and list(point.blocks) == ["L", "R"]
    np.testing.assert_allclose(point, w / 2, rtol=1e-6)
    assert outcome()[0].evaluation_point(w) is None


@pytest.mark.parametrize("said", [np.zeros(3), np.zeros((7, 1)), "w", np.zeros(7, dtype=complex), 3.0])
def test_a_point_of_another_kind_is_a_mistake(said):
    run, w, _ = outcome(evaluation_point=lambda self, w: said)
    with pytest.raises(fb.PluginError, match=r"Made.evaluation_point returned an array of shape .*it has to be \(7,\), float64, or None"):
        run.evaluation_point(w)


def test_the_point_to_be_judged_is_not_to_be_changed():
    def change(self, w):
        w -= 1

    run, w, _ = outcome(evaluation_point=change)
    with pytest.raises(ValueError, match="read-only"):
        run.evaluation_point(w)
    w -= 1
