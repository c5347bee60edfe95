#![expect(clippy::indexing_slicing, reason = "a test that fails names its line")]

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{OptimizerDescription, Parameter, ParameterKind, Schedule, Shape, Unit, Value};

use super::{Space, Wish};
use crate::suite::Setting;

fn parameter(name: &str, kind: ParameterKind, default: Value, log_scale: bool) -> Parameter {
    Parameter { name: name.into(), description: "It.".into(), kind, default: Some(default), optional: false, log_scale }
}

fn plugin(hyperparameters: Vec<Parameter>) -> OptimizerDescription {
    let text = || String::from("x");
    OptimizerDescription {
        name: text(),
        version: text(),
        description: text(),
        interface_version: text(),
        hyperparameters,
    }
}

fn step() -> Parameter {
    let default = Value::Schedule(Schedule { unit: Unit::InverseLambdaMax, ..Schedule::constant(0.5) });
    parameter("step_size", ParameterKind::Schedule { min: Some(0.0), max: None, min_excluded: false }, default, true)
}

fn switch(name: &str) -> Parameter {
    parameter(name, ParameterKind::Bool, Value::Bool(false), false)
}

fn batch(default: i64) -> Parameter {
    parameter("batch_size", ParameterKind::Integer { min: 0, max: i64::MAX }, Value::Integer(default), true)
}

fn momentum() -> Parameter {
    let kind = ParameterKind::Real { min: Some(0.0), max: Some(0.999), min_excluded: false };
    parameter("momentum", kind, Value::Real(0.9), false)
}

fn whole() -> OptimizerDescription {
    plugin(vec![step(), momentum(), switch("nesterov"), batch(16)])
}

fn space(plugin: &OptimizerDescription, wishes: &[&str]) -> Result<Space, Vec<String>> {
    let wishes: Vec<Wish> = wishes.iter().map(|text| text.parse().expect("a wish")).collect();
    Space::new(plugin, &BTreeMap::new(), &wishes.iter().collect::<Vec<_>>())
}

fn trials(plugin: &OptimizerDescription, number: usize, seed: u32) -> Vec<Setting> {
    space(plugin, &[]).expect("a space").trials(number, seed)
}

fn column<'a>(trials: &'a [Setting], name: &str) -> Vec<&'a Value> {
    trials.iter().filter_map(|setting| setting.get(name)).collect()
}

#[test]
fn the_first_trial_is_the_default_and_all_differ() {
    let trials = trials(&whole(), 24, 0);
    let defaults: Setting =
        whole().hyperparameters.into_iter().filter_map(|own| Some((own.name, own.default?))).collect();
    assert_eq!(trials.first(), Some(&defaults));
    let distinct: BTreeSet<String> = trials.iter().map(|setting| format!("{setting:?}")).collect();
    assert_eq!((trials.len(), distinct.len()), (24, 24));
    for setting in &trials {
        for own in whole().hyperparameters {
            assert!(own.kind.admits(&setting[&own.name]), "{setting:?}");
        }
    }
}

#[test]
fn trials_depend_neither_on_their_number_nor_on_other_hyperparameters() {
    let all = trials(&whole(), 32, 0);
    assert_eq!(trials(&whole(), 7, 0), all[..7]);
    assert_eq!(trials(&whole(), 32, 0), all, "the same every time");
    assert_ne!(trials(&whole(), 32, 1), all, "another seed");
    let alone = trials(&plugin(vec![step()]), 32, 0);
    assert_eq!(column(&alone, "step_size"), column(&all, "step_size"));
    let fixed = space(&whole(), &["x.momentum=0.5"]).expect("a space").trials(32, 0);
    assert_eq!(column(&fixed, "batch_size"), column(&all, "batch_size"));
    assert_eq!(column(&fixed, "momentum"), [&Value::Real(0.5); 32]);
}

#[test]
fn where_there_are_fewer_settings_all_of_them_are_tried() {
    let two = plugin(vec![switch("a"), switch("b"), batch(0)]);
    let all = trials(&two, 9, 0);
    assert_eq!(all.len(), 4);
    assert_eq!(all[0]["a"], Value::Bool(false));
    assert_eq!(trials(&two, 3, 0).len(), 3);
    let nothing = space(&plugin(vec![batch(0)]), &[]).expect("a space");
    assert_eq!(nothing.trials(16, 0).len(), 1);
    let (name, value, reason) = &nothing.kept()[0];
    assert_eq!((name.as_str(), value), ("batch_size", &Value::Integer(0)));
    assert!(reason.contains("no place on its logarithmic scale"), "{reason}");
    assert_eq!(trials(&plugin(Vec::new()), 5, 0), [Setting::new()]);
}

#[test]
fn wishes_take_the_place_of_what_the_plugin_says() {
    let numbers = |wish: &str, name: &str| -> Vec<Value> {
        let trials = space(&whole(), &[wish]).expect("a space").trials(64, 0);
        column(&trials, name).into_iter().cloned().collect()
    };
    let ends = |values: Vec<Value>| {
        let numbers: Vec<f64> = values.iter().filter_map(Value::as_schedule).map(|curve| curve.from).collect();
        (numbers.iter().copied().fold(f64::MAX, f64::min), numbers.iter().copied().fold(0.0, f64::max))
    };
    let (low, high) = ends(numbers("x.step_size=1e-3..10 log", "step_size"));
    assert!((1e-3..2e-3).contains(&low) && (5.0..=10.0).contains(&high), "{low} {high}");
    let units = numbers("x.step_size=1e-3..10", "step_size");
    assert!(units.iter().all(|value| value.as_schedule().is_some_and(|curve| curve.unit == Unit::InverseLambdaMax)));
    for wish in ["x.step_size=2", "x.step_size=[2, 2.5]"] {
        let own = numbers(wish, "step_size");
        let are = own.iter().all(|value| value.as_schedule().is_some_and(|curve| curve.unit == Unit::InverseLambdaMax));
        assert!(are, "{wish}: numbers are in the unit of the default: {own:?}");
    }
    let falling = Schedule { from: 0.1, to: 1e-6, schedule: Shape::Geometric, ..Schedule::constant(0.1) };
    let kind = ParameterKind::Schedule { min: Some(0.0), max: None, min_excluded: false };
    let penalty = plugin(vec![parameter("penalty", kind, Value::Schedule(falling.clone()), true)]);
    let given = |wish| space(&penalty, &[wish]).expect("a space").trials(1, 0)[0]["penalty"].as_schedule();
    assert_eq!(given("x.penalty=0.2"), Some(Schedule { from: 0.2, to: 2e-6, ..falling }), "its curve goes with it");
    assert_eq!(given("x.penalty=0"), Some(Schedule::constant(0.0)), "equal ratios have no zero");
    let absolute = numbers("x.step_size={ value = 2.0 }", "step_size");
    assert_eq!(absolute[0].as_schedule(), Some(Schedule::constant(2.0)), "a schedule is what it says");
    let (low, _) = ends(numbers("x.step_size = 1 .. 2 linear", "step_size"));
    assert!((1.0..1.05).contains(&low), "{low}");
    let batches = numbers("x.batch_size=[1, 4, 16]", "batch_size");
    assert_eq!(batches[0], Value::Integer(16), "the default is among them");
    assert!(batches.iter().all(|batch| [1, 4, 16].map(Value::Integer).contains(batch)));
    assert!([1, 4].map(Value::Integer).iter().all(|batch| batches.contains(batch)));
    assert_ne!(numbers("x.batch_size=[1, 4]", "batch_size")[0], Value::Integer(16), "it is not");
}

#[test]
fn a_wish_that_cannot_be_granted_says_why() {
    for (wish, said) in [
        ("x.step=1..2", "no hyper-parameter `step` (did you mean `step_size`?"),
        ("x.step_size=2..1", "the smaller end comes first"),
        ("x.step_size=0..1", "cannot begin at 0"),
        ("x.step_size=1..2 lag", "`lag` is no scale (log or linear)"),
        ("x.step_size=-1..2", "a number at least 0"),
        ("x.step_size=one..2", "is no value as TOML has them"),
        ("x.batch_size=1.5..8", "expected a whole number"),
        ("x.batch_size=[1, \"a\"]", "expected a whole number"),
        ("x.batch_size=[1, 1]", "listed twice"),
        ("x.batch_size=[]", "a list without values"),
        ("x.nesterov=0..1", "has no range: it is true or false"),
        ("x.nesterov=maybe", "is no value as TOML has them"),
        ("x.momentum=1.5", "at most 0.999"),
    ] {
        let wrong = space(&whole(), &[wish]).expect_err(wish).join("\n");
        assert!(wrong.contains(said) && wrong.contains("x."), "{wish}: {wrong}");
    }
    let wrong = space(&whole(), &["x.momentum=0.5", "x.momentum=0.6", "x.stepsize=1"]).expect_err("two mistakes");
    assert_eq!(wrong.len(), 2, "all at once: {wrong:?}");
    for text in ["x", "x.step_size", "step_size=1", ".a=1", "x.=1", "x.a="] {
        assert!(text.parse::<Wish>().is_err(), "{text}");
    }
    assert_eq!("v1.2.a = 1".parse::<Wish>().map(|wish| wish.optimizer), Ok("v1.2".to_owned()));
}

#[test]
fn what_has_neither_default_nor_space_has_to_be_given() {
    let needed = Parameter { default: None, ..parameter("decay", ParameterKind::Text, "".into(), false) };
    let wrong = space(&plugin(vec![needed.clone()]), &[]).expect_err("nothing to try").join("\n");
    assert!(wrong.contains("`decay` of `x` has no default") && wrong.contains("--space"), "{wrong}");
    let given = |wish| space(&plugin(vec![needed.clone()]), &[wish]).expect("a value").trials(3, 0)[0]["decay"].clone();
    assert_eq!([given("x.decay=\"slow\""), given("x.decay=slow")], ["slow", "slow"].map(Value::from));
    let bounded = ParameterKind::Real { min: Some(0.01), max: Some(1.0), min_excluded: false };
    let needed = Parameter { default: None, ..parameter("rate", bounded, Value::Real(0.0), true) };
    assert_eq!(trials(&plugin(vec![needed]), 2, 0)[0]["rate"], Value::Real(0.1), "the middle");
}

#[test]
fn pinned_values_stay_unless_they_are_wished_for() {
    let pinned = BTreeMap::from([("batch_size".to_owned(), Value::Integer(1))]);
    let all = Space::new(&whole(), &pinned, &[]).expect("a space").trials(8, 0);
    assert_eq!(column(&all, "batch_size"), [&Value::Integer(1); 8]);
    let wish: Wish = "x.batch_size=[1, 2]".parse().expect("a wish");
    let all = Space::new(&whole(), &pinned, &[&wish]).expect("a space").trials(8, 0);
    assert_eq!(all[0]["batch_size"], Value::Integer(1));
    assert!(column(&all, "batch_size").contains(&&Value::Integer(2)));
}
