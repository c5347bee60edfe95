//! How runs end, what they are charged, and how settings are chosen: through the real binary and real optimizers.
mod support;

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{Init, LimitState, Metrics, Outcome, Record, Rule, Split, Termination, Trajectory, Value};
use support::{Bench, root, shown, text};

const CASE: &str = r#"
[[case]]
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 50
"#;

fn resolved_step(record: &Record) -> f64 {
    record.result.resolved.get("step_size").and_then(Value::as_schedule).expect("what 1/λ_max came to").from
}

#[test]
fn each_termination_is_reached_and_every_call_is_charged() {
    let optimizer = |name: &str, plugin: &str, setting: &str| {
        format!("[[optimizer]]\nname = \"{name}\"\nplugin = \"{plugin}\"\nsettings = [{{ {setting} }}]\n")
    };
    let relative = |value: &str| format!("step_size = {{ value = {value}, unit = \"1/lambda_max\" }}");
    let suite = "name = \"ends\"\nbudget = 400\nseeds = 1\n".to_owned()
        + CASE
        + "init = [\"large\"]\n"
        + &optimizer("budget", "gd", &relative("0.5"))
        + &optimizer("diverged", "gd", &relative("20"))
        + &optimizer("stalled", "gd", "step_size = 1e-300")
        + &optimizer("idle", "hostile", "misbehaviour = \"idle\"")
        + &optimizer("converged", "hostile", "misbehaviour = \"false-convergence\"")
        + &optimizer("overdraws", "hostile", "misbehaviour = \"exceed-budget\"")
        + &optimizer("sam", "sam", &relative("0.25"))
        + &optimizer("sgd", "sgd", &relative("0.05"))
        + &optimizer("label-noise-sgd", "label-noise-sgd", &relative("0.05"))
        + &optimizer("trace-penalty", "trace-penalty", &relative("0.1"));
    let bench = Bench::new(&suite);
    let hostile = text(&root().join("harness/fixtures/hostile"));
    let output = bench.run("out", &["--quiet", "--plugin", &hostile]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let of = |name: &str| records.iter().find(|record| record.optimizer == name).expect("one record each");

    for (name, termination) in [
        ("budget", Termination::Budget),
        ("diverged", Termination::Diverged),
        ("stalled", Termination::Stalled),
        ("idle", Termination::Stalled),
        ("converged", Termination::Converged),
        ("overdraws", Termination::Budget),
    ] {
        let record = of(name);
        assert_eq!(
            (record.result.outcome, record.result.termination),
            (Outcome::Completed, Some(termination)),
            "{record:?}"
        );
    }
    let limit = of("diverged").result.limit.as_ref().expect("a state");
    assert_eq!((limit.state, limit.reason.as_deref()), (LimitState::NotReached, Some("the run diverged")));
    assert!(!of("converged").result.interpolated, "the claim of convergence is checked against the loss");
    assert!(of("idle").result.outcome_detail.as_ref().is_some_and(|detail| detail.contains("without an oracle call")));
    let overdrawn = of("overdraws");
    let detail = overdrawn.result.outcome_detail.as_deref();
    assert!(detail.is_some_and(|detail| detail.starts_with("stopped inside a step")), "{detail:?}");
    assert_eq!(of("budget").result.outcome_detail, None, "a step that ends with the budget is no refusal");
    assert!(
        (400.0..=416.0).contains(&overdrawn.result.gradient_equivalents),
        "{}",
        overdrawn.result.gradient_equivalents
    );

    for record in &records {
        let calls = record.result.oracle_calls;
        let spent = 0.5 * calls.loss as f64
            + calls.gradient as f64
            + calls.minibatch_measurements as f64 / 50.0
            + 2.0 * calls.hvp as f64
            + calls.trace as f64
            + calls.trace_gradient as f64;
        assert!((record.result.gradient_equivalents - spent).abs() <= 1e-9 * spent, "{}: {spent}", record.optimizer);
    }
    assert_eq!(
        of("sam").result.oracle_calls.gradient,
        2 * of("sam").result.steps,
        "SAM pays for both of its gradients"
    );
    assert_eq!(of("budget").result.oracle_calls.gradient, of("budget").result.steps);
    assert_eq!(of("trace-penalty").result.oracle_calls.trace_gradient, of("trace-penalty").result.steps);
    assert!(of("sgd").result.oracle_calls.minibatch > 0 && of("sgd").result.oracle_calls.gradient == 0);
    // One λ_max for all of them, and what was made of it is in the record.
    let lambda = 0.5 / resolved_step(of("budget"));
    for (name, factor) in [("diverged", 20.0), ("sam", 0.25), ("sgd", 0.05), ("trace-penalty", 0.1)] {
        assert!((resolved_step(of(name)) * lambda / factor - 1.0).abs() < 1e-12, "{name}");
    }
    assert!(
        (of("budget").result.start.as_ref().and_then(|start| start.lambda_max).expect("measured") / lambda - 1.0).abs()
            < 1e-12
    );
}

#[test]
fn what_the_host_has_no_time_to_measure_is_null_with_the_reason_and_costs_the_optimizer_nothing() {
    let suite = "name = \"hurry\"\nbudget = 400\nseeds = 1\n".to_owned()
        + CASE
        + "init = [\"large\"]\n[[optimizer]]\nname = \"gd\"\n[[optimizer]]\nname = \"sam\"\n";
    let bench = Bench::new(&suite);
    let whole = bench.run("whole", &["--quiet"]);
    assert_eq!(whole.status.code(), Some(0), "{}", shown(&whole));
    let output = bench.run("out", &["--quiet", "--no-build", "--measuring-limit", "1e-6"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let (records, whole) = (bench.records("out"), bench.records("whole"));
    assert_eq!(records.len(), 2);
    for (record, whole) in records.iter().zip(&whole) {
        let result = &record.result;
        assert_eq!((result.outcome, result.termination), (Outcome::Completed, Some(Termination::Budget)));
        assert_eq!(result.outcome_detail, None, "nothing is said of the optimizer");
        let reason = result.unmeasured.as_deref().expect("a reason");
        assert!(reason.contains("--measuring-limit"), "{reason}");
        let limit = result.limit.as_ref().expect("a state");
        assert_eq!((limit.state, limit.reason.as_deref()), (LimitState::NotReached, Some(reason)));
        // What decides and what is quick is there, and the same.
        let (iterate, expected) = (result.iterate.as_ref().unwrap(), whole.result.iterate.as_ref().unwrap());
        assert_eq!((iterate.train_loss, iterate.hessian_trace), (expected.train_loss, expected.hessian_trace));
        assert_eq!((iterate.lambda_max, result.steps), (None, whole.result.steps));
        assert_eq!(result.interpolated, whole.result.interpolated);
        assert!(whole.result.unmeasured.is_none() && expected.lambda_max.is_some());
    }
    // Measured when there is time.
    let output = bench.run("out", &["--quiet", "--no-build", "--retry-failed"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(bench.records("out").iter().all(|record| record.result.unmeasured.is_none()));
}

/// The score by which a rule judges a run, smaller is better, from the record and the trajectory alone.
fn score(rule: &str, record: &Record, trajectory: &Trajectory) -> f64 {
    let limit =
        record.result.limit.as_ref().filter(|limit| limit.state == LimitState::Reached).map(|limit| &limit.metrics);
    let iterate = record.result.iterate.as_ref();
    let compared = |of: fn(&Metrics) -> Option<f64>| limit.or(iterate).and_then(of);
    let start = record.result.start.as_ref().and_then(|start| start.train_loss).expect("measured");
    let score = match rule {
        "validation" => compared(|m| m.validation_loss),
        "oracle" => compared(|m| m.relative_error),
        "flattest" => limit.or(iterate.filter(|_| record.result.interpolated)).and_then(|m| m.hessian_trace),
        "train" => trajectory
            .checkpoints
            .iter()
            .find(|point| point.train_loss.is_some_and(|loss| loss <= 1e-6 * start))
            .map(|point| point.gradient_equivalents),
        other => panic!("{other} is no rule"),
    };
    score.unwrap_or(f64::INFINITY)
}

#[test]
fn every_selection_rule_chooses_the_best_on_tuning_instances() {
    let suite = "name = \"rules\"\nbudget = 2000\nseeds = 1\n[tuning]\nseeds = 2\nrule = \"RULE\"\n".to_owned()
        + CASE
        + r#"
[[optimizer]]
name = "gd"
settings = [
  { step_size = { value = 0.05, unit = "1/lambda_max" } },
  { step_size = { value = 0.5, unit = "1/lambda_max" } },
  { step_size = { value = 1.5, unit = "1/lambda_max" } },
]

[[optimizer]]
name = "sam"
settings = [
  { step_size = { value = 0.5, unit = "1/lambda_max" }, radius = 0.01 },
  { step_size = { value = 0.5, unit = "1/lambda_max" }, radius = 0.05 },
  { step_size = { value = 0.5, unit = "1/lambda_max" }, radius = 0.3 },
]
"#;
    let bench = Bench::new(&suite);
    let mut choices = BTreeSet::new();
    for rule in ["validation", "train", "flattest", "oracle"] {
        std::fs::write(bench.path("suite.toml"), suite.replace("RULE", rule)).expect("a writable file");
        // One directory for all: tuning runs are kept, and only the newly chosen are run.
        let output = bench.run("out", &[]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("chosen by `{rule}` on instances of their own")), "{said}");
        assert_eq!(said.contains("knows the ground truth"), rule == "oracle", "{said}");
        let page = std::fs::read_to_string(bench.path("out/index.html")).expect("a report");
        assert_eq!(page.contains("that rule knows the truth"), rule == "oracle");
        assert_eq!(page.contains("chosen by the rule “oracle”, which knows the truth"), rule == "oracle");

        let records = bench.records("out");
        let (tuning, evaluation): (Vec<&Record>, Vec<&Record>) =
            records.iter().partition(|record| record.split == Split::Tuning);
        assert_eq!((tuning.len(), evaluation.len()), (2 * 2 * 2 * 3, 2 * 2));
        assert!(evaluation.iter().all(|run| tuning.iter().all(|other| other.instance_seed != run.instance_seed)));
        assert!(evaluation.iter().all(|run| run.selection_rule.map(Rule::name) == Some(rule)));
        assert!(evaluation.iter().all(|run| run.selected) && tuning.iter().all(|run| !run.selected));
        let mut scores: BTreeMap<(Init, &str, String), Vec<f64>> = BTreeMap::new();
        for record in &tuning {
            let trajectory =
                std::fs::read(bench.path(&format!("out/trajectories/{}.json", record.key))).expect("a trajectory");
            let trajectory: Trajectory = serde_json::from_slice(&trajectory).expect("a trajectory");
            let setting = serde_json::to_string(&record.hyperparameters).expect("plain data");
            scores.entry((record.init, record.optimizer.as_str(), setting)).or_default().push(score(
                rule,
                record,
                &trajectory,
            ));
        }
        // Two tuning repetitions: their median is their mean.
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        for run in &evaluation {
            let setting = serde_json::to_string(&run.hyperparameters).expect("plain data");
            let group: Vec<_> =
                scores.iter().filter(|((init, name, _), _)| *init == run.init && **name == run.optimizer).collect();
            let least = group.iter().map(|(_, scores)| mean(scores)).fold(f64::INFINITY, f64::min);
            let own = group.iter().find(|((_, _, known), _)| *known == setting).map(|(_, scores)| mean(scores));
            assert_eq!(own, Some(least), "{rule} {} {:?}", run.optimizer, run.init);
        }
        let mut chosen: Vec<String> = evaluation.iter().map(|run| run.key.clone()).collect();
        chosen.sort();
        choices.insert(chosen);
    }
    assert!(choices.len() > 1, "the rules do not all choose alike");
}

#[test]
fn a_method_that_does_not_apply_has_been_nowhere() {
    let suite = r#"
name = "skipped"
budget = 50
seeds = 1

[[case]]
family = "robust-pca"
rows = 6
cols = 6
rank = 1
outlier_fraction = 0.05

[[optimizer]]
name = "sgd"
"#;
    let bench = Bench::new(suite);
    let output = bench.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    assert_eq!(records.len(), 2, "a large and a small start");
    for record in &records {
        assert_eq!(record.result.outcome, Outcome::Skipped);
        assert!(record.result.outcome_detail.as_ref().is_some_and(|reason| reason.contains("mini-batch")));
        assert!(record.result.iterate.is_none() && record.result.limit.is_none(), "{record:?}");
        assert!(!bench.path("out/trajectories").join(format!("{}.json", record.key)).exists());
    }
}
