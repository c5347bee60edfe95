//! Records made up for tests: the values of known results, several cases and starts, failures; the same every time.

#[path = "synthetic/surroundings.rs"]
mod surroundings;

use std::collections::BTreeMap;

use flatbench_records::{
    Checkpoint, Dimensions, FORMAT, Init, Limit, LimitState, Metrics, OracleCalls, Outcome, Record, Reference,
    References, RunResult, Schedule, Shape, Split, Termination, Trajectory, Unit, Value,
};
use flatbench_report::{Input, Source};
use surroundings::environment;
pub use surroundings::families;

/// Case, family, measurements, rank, floor of the flattest, its error, norm-minimal (trace, error), and what
/// (gd, sam, label noise, trace penalty) reach from the large start: (tr H, relative error).
type Case = (&'static str, &'static str, usize, usize, f64, f64, (f64, f64), [(f64, f64); 4]);

pub const CASES: [Case; 10] = [
    (
        "matrix-sensing",
        "matrix-sensing",
        240,
        2,
        110.99,
        3e-9,
        (110.99, 2e-9),
        [(1149.0, 1.94), (379.0, 0.87), (223.0, 0.42), (110.99, 3e-16)],
    ),
    (
        "anisotropic",
        "matrix-sensing",
        180,
        2,
        3.957,
        1e-9,
        (4.9, 0.24),
        [(70.4, 3.46), (13.6, 2.22), (4.78, 1.05), (3.957, 2e-15)],
    ),
    (
        "anisotropic-few",
        "matrix-sensing",
        120,
        2,
        3.87,
        0.61,
        (4.2, 0.8),
        [(71.0, 3.5), (13.9, 2.3), (4.9, 1.1), (3.957, 1e-4)],
    ),
    (
        "bilinear-sensing",
        "bilinear-sensing",
        240,
        2,
        113.77,
        1e-9,
        (113.8, 1e-8),
        [(1265.0, 2.01), (945.0, 1.72), (1196.0, 1.93), (113.77, 4e-16)],
    ),
    (
        "matrix-completion",
        "matrix-completion",
        200,
        2,
        107.59,
        4e-8,
        (107.6, 2e-8),
        [(1145.0, 2.29), (513.0, 1.41), (223.0, 0.7), (107.59, 2e-16)],
    ),
    (
        "quadratic-network",
        "quadratic-network",
        130,
        3,
        265.2,
        6e-9,
        (265.3, 1e-8),
        [(2878.0, 1.74), (1134.0, 0.84), (2801.0, 1.71), (265.22, 5e-12)],
    ),
    (
        "deep-matrix-factorization",
        "deep-matrix-factorization",
        240,
        2,
        70.1,
        1e-9,
        (70.1, 1e-9),
        [(626.0, 0.92), (264.0, 0.65), (158.0, 0.21), (71.43, 4e-16)],
    ),
    (
        "deep-sparse-recovery",
        "deep-sparse-recovery",
        50,
        5,
        8.41,
        1e-9,
        (8.41, 1e-9),
        [(88.8, 1.55), (69.6, 1.34), (79.7, 1.47), (8.41, 9e-14)],
    ),
    (
        "robust-pca",
        "robust-pca",
        400,
        2,
        2234.7,
        1e-7,
        (2234.7, 1e-7),
        [(3174.0, 0.11), (3172.0, 0.11), (3180.0, 0.12), (2234.7, 4e-6)],
    ),
    (
        "covariance-estimation",
        "covariance-estimation",
        120,
        2,
        267.56,
        0.02,
        (267.56, 0.02),
        [(267.56, 0.31), (267.56, 0.3), (267.56, 0.33), (267.56, 0.02)],
    ),
];

pub const OPTIMIZERS: [&str; 5] = ["gd", "sgd", "sam", "label-noise-sgd", "trace-penalty"];

/// A small generator of numbers in (−1, 1), so that a test needs no seed from outside.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// What a suite of `repetitions` draws of the first `cases` cases records, with trajectories.
pub fn study(cases: usize, repetitions: u32, optimizers: usize) -> Input {
    let mut numbers = Numbers(1);
    let mut records = Vec::new();
    let mut trajectories = BTreeMap::new();
    for (index, case) in CASES.iter().cycle().take(cases).enumerate() {
        for init in [Init::Large, Init::Small] {
            for repetition in 0..repetitions {
                for optimizer in 0..optimizers {
                    let mut record = record(case, init, repetition, optimizer, &mut numbers);
                    if index >= CASES.len() {
                        record.case = format!("{}-{}", record.case, index / CASES.len());
                    }
                    record.key = format!("{:016x}", records.len() as u64 * 0x9e37_79b9 + 7);
                    trajectories.insert(record.key.clone(), trajectory(&record));
                    records.push(record);
                }
            }
        }
    }
    Input { families: families(), sources: vec![source(records)], trajectories }
}

pub fn source(records: Vec<Record>) -> Source {
    Source {
        directory: ".".to_owned(),
        name: Some("default".to_owned()),
        description: Some("All families, both starts, five optimizers.".to_owned()),
        selection: Some("validation".to_owned()),
        baseline: Some("gd".to_owned()),
        published: Vec::new(),
        cases: CASES.iter().map(|c| c.0.to_owned()).collect(),
        environment: Some(environment()),
        records,
        trials: Vec::new(),
        complaints: Vec::new(),
        archived: None,
    }
}

fn metrics(flat: f64, trace: f64, error: f64, loss: f64) -> Metrics {
    let floor = flat * (1.0 + error.min(4.0) * 0.9);
    Metrics {
        train_loss: Some(loss),
        validation_loss: Some(error * error * 0.9),
        test_loss: Some(error * error),
        test_rmse: None,
        relative_error: Some(error),
        hessian_trace: Some(trace),
        scaled_trace: Some(trace / 20.0),
        lambda_max: Some(4.0 + trace / 90.0),
        lambda_max_residual: Some(1e-9),
        flatness_floor: Some(floor.min(trace)),
        balance_gap: Some(trace / floor.min(trace)),
        model_gap: Some(floor.min(trace) / flat),
        excess_flatness: Some(trace / flat),
        nuclear_norm: Some(1.4 + error),
        effective_rank: Some(2.0 + 6.0 * error.min(2.0)),
        stable_rank: Some(1.7 + error.min(2.0)),
        balancedness: Some(trace / flat - 1.0),
        parameter_norm: Some((trace / flat).sqrt() * 2.0),
        relative_flatness: Some(trace * 1.3),
        worst_case_sharpness: None,
        singular_values: (0..10)
            .map(|i| if i < 2 { 0.8 - 0.2 * f64::from(i) } else { error * 0.3 / f64::from(i) })
            .collect(),
        root_trace: None,
        hessian_eigenvalues: Vec::new(),
    }
}

fn record(case: &Case, init: Init, repetition: u32, optimizer: usize, numbers: &mut Numbers) -> Record {
    let (name, family, measurements, rank, flat, flat_error, norm, ends) = *case;
    let wobble = |numbers: &mut Numbers, by: f64| 1.0 + by * numbers.next();
    // `sgd` does as `gd`; beyond the known ones, optimizers lie between `gd` and the penalty.
    let (mut trace, mut error) = match optimizer % 5 {
        0 | 1 => ends[0],
        other => ends[other - 1],
    };
    let control = family == "covariance-estimation";
    if init == Init::Small && !control {
        (trace, error) = (flat * (1.0 + (trace / flat - 1.0) * 0.02), error * 0.01);
        if name.starts_with("anisotropic") && optimizer % 5 < 4 {
            (trace, error) = (flat * 1.37, 0.51);
        }
    }
    if trace > flat * 1.01 {
        trace = (trace * wobble(numbers, 0.12)).max(flat * 1.0001);
        error *= wobble(numbers, 0.15);
    }
    let noisy = matches!(OPTIMIZERS[optimizer % 5], "label-noise-sgd" | "sam");
    let (iterate_loss, iterate_error) = if noisy { (2e-3, error * 1.2 + 0.12) } else { (1e-13, error) };
    let failed = (name == "robust-pca" && optimizer % 5 == 3).then_some(Outcome::Skipped).or_else(|| {
        (name == "bilinear-sensing" && optimizer % 5 == 2 && repetition == 1 && init == Init::Large)
            .then_some(Outcome::Crashed)
    });
    let count = |n: u64| if failed.is_some() { 0 } else { n };
    let (gradient, minibatch) = match optimizer % 5 {
        1 | 3 => (0, 60_000),
        2 => (40_000, 0),
        _ => (20_000, 0),
    };
    let done = failed.is_none();
    Record {
        format: FORMAT,
        key: String::new(),
        suite: "default".to_owned(),
        case: name.to_owned(),
        family: family.to_owned(),
        family_parameters: BTreeMap::new(),
        dimensions: Some(Dimensions {
            depth: family.starts_with("deep").then_some(if family == "deep-sparse-recovery" { 2 } else { 3 }),
            rows: if family == "deep-sparse-recovery" { 100 } else { 20 },
            cols: if family == "deep-sparse-recovery" { 1 } else { 20 },
            rank: Some(rank),
            factor_rank: 20,
            measurements,
            parameters: 800,
            oversampling: Some(measurements as f64 / 76.0),
        }),
        init,
        init_scale: None,
        start_point: None,
        instance_seed: 1000 + u64::from(repetition),
        repetition,
        budget: 40_000.0,
        stop_at_loss: None,
        optimizer: if optimizer < 5 { OPTIMIZERS[optimizer].to_owned() } else { format!("method-{optimizer}") },
        optimizer_version: "0.1.0".to_owned(),
        plugin_hash: format!("{optimizer:016x}"),
        hyperparameters: settings(optimizer % 5),
        split: Split::Evaluation,
        selected: true,
        selection_rule: None,
        result: RunResult {
            outcome: failed.unwrap_or(Outcome::Completed),
            outcome_detail: match failed {
                Some(Outcome::Skipped) => Some("label noise has no meaning for this loss".to_owned()),
                Some(_) => Some("the worker was killed by signal 11 (SIGSEGV) in step 1812".to_owned()),
                None => None,
            },
            termination: done.then_some(Termination::Budget),
            interpolated: done && !noisy,
            resolved: BTreeMap::from([("step_size".to_owned(), Value::Real(0.0123))]),
            oracle_calls: OracleCalls {
                loss: 0,
                gradient: count(gradient),
                minibatch: count(minibatch),
                minibatch_measurements: count(minibatch * 16),
                trace_gradient: count(if optimizer % 5 == 4 { 20_000 } else { 0 }),
                ..OracleCalls::default()
            },
            gradient_equivalents: if done { 40_000.0 } else { 0.0 },
            steps: count(20_000),
            optimizer_seconds: if done { 0.31 } else { 0.0 },
            measurement_seconds: if done { 0.04 } else { 0.0 },
            reference_seconds: if done { 0.02 } else { 0.0 },
            unmeasured: None,
            start: Some(metrics(flat, flat * 14.0, 4.0, 3.0)),
            iterate: done.then(|| metrics(flat, trace * if noisy { 1.04 } else { 1.0 }, iterate_error, iterate_loss)),
            nearest: None,
            limit: done.then(|| Limit {
                state: LimitState::Reached,
                reason: None,
                distance_moved: Some(if noisy { 0.2 } else { 1e-7 }),
                metrics: metrics(flat, trace, error, 1e-24),
            }),
            crossings: Vec::new(),
            reference: References {
                flat: Some(if family.starts_with("deep-matrix") {
                    known(flat, flat_error)
                } else {
                    minimum(flat, flat_error)
                }),
                norm_minimal: Some(minimum(norm.0, norm.1)),
                truth_floor: Some(flat * if flat_error > 0.1 { 1.02 } else { 1.0 }),
                missing: None,
            },
        },
    }
}

fn minimum(trace: f64, error: f64) -> Reference {
    Reference {
        hessian_trace: trace,
        relative_error: Some(error),
        duality_gap: Some(3e-10),
        certified: true,
        exact: true,
        lower: Some(trace),
        upper: Some(trace),
    }
}

/// The flattest that is known, where none has less than half of its trace.
fn known(trace: f64, error: f64) -> Reference {
    Reference { certified: false, duality_gap: Some(0.5), lower: Some(trace / 2.0), ..minimum(trace, error) }
}

fn settings(optimizer: usize) -> BTreeMap<String, Value> {
    let schedule = |shape, from, to, unit| Value::Schedule(Schedule { schedule: shape, from, to, until: 1.0, unit });
    let mut out =
        BTreeMap::from([("step_size".to_owned(), schedule(Shape::Constant, 0.5, 0.5, Unit::InverseLambdaMax))]);
    match optimizer {
        1 | 3 => drop(out.insert("batch_size".to_owned(), Value::Integer(16))),
        2 => drop(out.insert("radius".to_owned(), Value::Real(0.05))),
        4 => drop(out.insert("strength".to_owned(), schedule(Shape::Geometric, 0.1, 1e-7, Unit::Absolute))),
        _ => {}
    }
    out
}

/// A trajectory from the start to the iterate on a logarithmic schedule.
pub fn trajectory(record: &Record) -> Trajectory {
    let (Some(start), Some(end)) = (&record.result.start, &record.result.iterate) else {
        return Trajectory { format: FORMAT, key: record.key.clone(), checkpoints: Vec::new() };
    };
    let between = |a: Option<f64>, b: Option<f64>, t: f64| Some(a?.powf(1.0 - t) * b?.max(1e-18).powf(t));
    let checkpoints = (0..=48)
        .map(|i| {
            let t = f64::from(i) / 48.0;
            let spent = if i == 0 { 0.0 } else { record.result.gradient_equivalents.powf(t) };
            let late = t.powi(2);
            Checkpoint {
                step: (spent / 2.0) as u64,
                gradient_equivalents: spent,
                seconds: spent * 8e-6,
                train_loss: between(start.train_loss, end.train_loss, t),
                hessian_trace: between(start.hessian_trace, end.hessian_trace, late),
                relative_error: between(start.relative_error, end.relative_error, late),
                singular_values: end
                    .singular_values
                    .iter()
                    .map(|s| 0.6_f64.powf(1.0 - t) * s.max(1e-9).powf(t))
                    .collect(),
                balancedness: Some(1.0),
                parameters: Vec::new(),
                distance: Some(t),
                path_length: Some(t * 1.1),
                lambda_max: None,
                reported: BTreeMap::new(),
            }
        })
        .collect();
    Trajectory { format: FORMAT, key: record.key.clone(), checkpoints }
}

/// Tuning records: `gd` with five step sizes on each case, the middle one chosen.
pub fn with_tuning(mut input: Input) -> Input {
    let base: Vec<Record> =
        input.sources[0].records.iter().filter(|r| r.repetition == 0 && r.optimizer == "gd").cloned().collect();
    for record in base {
        for (index, step) in [0.125, 0.25, 0.5, 1.0, 2.0].into_iter().enumerate() {
            let mut tuned = record.clone();
            tuned.key = format!("{}t{index}", record.key);
            tuned.split = Split::Tuning;
            tuned.selected = index == 2;
            tuned.instance_seed += 500;
            tuned.hyperparameters.insert("step_size".to_owned(), Value::Real(step));
            if let Some(limit) = &mut tuned.result.limit {
                limit.metrics.relative_error =
                    limit.metrics.relative_error.map(|e| e * (1.0 + (index as f64 - 2.0).powi(2) * 0.1));
            }
            if index == 4 {
                tuned.result.termination = Some(Termination::Diverged);
                tuned.result.iterate = None;
                tuned.result.limit = None;
                tuned.result.outcome_detail = Some("the loss grew beyond 1e12 times its start in step 3".to_owned());
            }
            input.sources[0].records.push(tuned);
        }
    }
    input
}
