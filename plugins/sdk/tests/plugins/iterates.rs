use crate::libraries::{library, sources};
use crate::toy::{Toy, blocks};
use flatbench_plugin::host::{OptimizerInstance, PluginError, Schedule, Status, Value};

const START: [f64; 2] = [2.0, 0.5];

/// An optimizer with the given values and defaults (in absolute units) for the rest.
fn create(package: &str, values: &[(&str, Value)], seed: u64) -> OptimizerInstance {
    let library = library(package);
    let value_of = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let hyperparameters = &library.description().hyperparameters;
    assert!(values.iter().all(|(name, _)| hyperparameters.iter().any(|h| h.name == *name)));
    let all: Vec<_> =
        hyperparameters.iter().map(|h| (h.name.clone(), value_of(&h.name).unwrap_or(h.default.clone()))).collect();
    library.create(&all, &blocks(), seed).expect("the values fit the schema")
}

/// Iterates of `steps` steps.
fn run(optimizer: &mut OptimizerInstance, toy: &mut Toy, steps: usize) -> Vec<[f64; 2]> {
    let mut w = START;
    optimizer.initialize(&mut w, toy).expect("the optimizer initializes");
    (0..steps)
        .map(|_| {
            assert_eq!(optimizer.step(&mut w, toy), Ok(Status::Continue));
            w
        })
        .collect()
}

#[track_caller]
fn assert_close(found: [f64; 2], expected: [f64; 2]) {
    assert!(found.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-14), "found {found:?}, expected {expected:?}");
}

const STEP: (&str, Value) = ("step_size", Value::Real(0.1));

#[test]
fn gd_follows_the_gradient() {
    let mut toy = Toy::new(10.0);
    let path = run(&mut create("flatbench-gd", &[STEP], 0), &mut toy, 2);
    assert_close(path[0], [2.1, 0.9]);
    assert_close(path[1], [2.1 - 0.2205, 0.9 - 0.5145]);
    assert_eq!(toy.spent, 2.0);
}

#[test]
fn a_schedule_moves_with_the_spent_budget() {
    let schedule = Value::Schedule(Schedule::linear(0.2, 0.0));
    let mut toy = Toy::new(2.0);
    let mut gd = create("flatbench-gd", &[("step_size", schedule)], 0);
    // Half of the budget is spent once the gradient is known.
    assert_close(run(&mut gd, &mut toy, 1)[0], [2.1, 0.9]);
    assert_eq!(gd.report(&mut toy), Ok(vec![("step_size".to_owned(), 0.1)]));
}

#[test]
fn momentum_is_heavy_ball_or_nesterov() {
    let values = [STEP, ("momentum", Value::Real(0.5))];
    let path = run(&mut create("flatbench-momentum", &values, 0), &mut Toy::new(10.0), 2);
    assert_close(path[0], [2.1, 0.9]);
    assert_close(path[1], [1.9295, 0.5855]);
    let values = [STEP, ("momentum", Value::Real(0.5)), ("nesterov", Value::Bool(true))];
    let path = run(&mut create("flatbench-momentum", &values, 0), &mut Toy::new(10.0), 1);
    assert_close(path[0], [2.15, 1.1]);
}

#[test]
fn sam_descends_along_the_gradient_at_the_perturbed_point() {
    let mut toy = Toy::new(10.0);
    let path = run(&mut create("flatbench-sam", &[STEP, ("radius", Value::Real(0.05))], 0), &mut toy, 1);
    assert_close(path[0], [2.1134351931366004, 0.9994426157963288]);
    assert_eq!(toy.spent, 2.0);
}

#[test]
fn sam_uses_one_batch_for_both_gradients() {
    let mut toy = Toy::new(100.0);
    run(&mut create("flatbench-sam", &[STEP, ("batch_size", Value::Integer(1))], 4), &mut toy, 8);
    assert!(toy.batches.len() == 16 && toy.batches.chunks(2).all(|pair| pair[0] == pair[1]), "{:?}", toy.batches);
    assert!(toy.batches.iter().any(|batch| batch != &toy.batches[0]));
}

#[test]
fn sam_stays_where_the_gradient_vanishes() {
    let mut w = [0.0, 0.0];
    let mut sam = create("flatbench-sam", &[STEP], 0);
    assert_eq!(sam.step(&mut w, &mut Toy::new(10.0)), Ok(Status::Continue));
    assert_eq!(w, [0.0, 0.0]);
}

#[test]
fn trace_penalty_adds_the_trace_gradient() {
    let values = [STEP, ("penalty", Value::Real(0.01)), ("momentum", Value::Real(0.5))];
    let mut toy = Toy::new(10.0);
    let path = run(&mut create("flatbench-trace-penalty", &values, 0), &mut toy, 2);
    assert_close(path[0], [2.08, 0.895]);
    // Velocity ½·(−0.8, −3.95) + ∇f + 0.01·10·w, with Σ ρ_i a_i = 5uv − 7 = 2.308 at (2.08, 0.895).
    let velocity = [-0.4 + 2.308 * 0.895 + 0.208, -1.975 + 2.308 * 2.08 + 0.0895];
    assert_close(path[1], [2.08 - 0.1 * velocity[0], 0.895 - 0.1 * velocity[1]]);
    assert_eq!(toy.spent, 4.0);
}

#[test]
fn sgd_meets_every_measurement_once_per_epoch() {
    let mut toy = Toy::new(10.0);
    let path = run(&mut create("flatbench-sgd", &[STEP, ("batch_size", Value::Integer(1))], 7), &mut toy, 2);
    let mut seen = toy.batches.concat();
    // Measurement 0 is fitted at the start, so its gradient is 0 there.
    assert_close(path[1], if seen == [0, 1] { [2.2, 1.3] } else { [1.7164, 0.4816] });
    seen.sort_unstable();
    assert_eq!(seen, [0, 1]);
    assert_eq!(toy.spent, 1.0);
}

#[test]
fn a_batch_of_all_is_the_full_gradient() {
    for size in [0, 2, 50] {
        let mut toy = Toy::new(10.0);
        let values = [STEP, ("batch_size", Value::Integer(size))];
        assert_close(run(&mut create("flatbench-sgd", &values, 1), &mut toy, 1)[0], [2.1, 0.9]);
        assert!(toy.batches.is_empty());
    }
}

#[test]
fn label_noise_perturbs_the_targets() {
    let noisy = |sigma: f64| {
        let mut toy = Toy::new(10.0);
        let values = [STEP, ("noise", Value::Real(sigma)), ("batch_size", Value::Integer(0))];
        let path = run(&mut create("flatbench-label-noise-sgd", &values, 3), &mut toy, 1);
        (path[0], toy.noises.concat())
    };
    assert_close(noisy(0.0).0, [2.1, 0.9]);
    let ((w, z), (_, twice)) = (noisy(1.0), noisy(2.0));
    assert!(z[0] != z[1] && twice[0] == 2.0 * z[0] && twice[1] == 2.0 * z[1]);
    // The slope Σ (ρ_i − z_i) a_i is −2 − z_0 − 2 z_1.
    let slope = -2.0 - z[0] - 2.0 * z[1];
    assert_close(w, [2.0 - 0.1 * slope * 0.5, 0.5 - 0.1 * slope * 2.0]);
}

#[test]
fn a_seed_decides_everything() {
    for package in ["flatbench-sgd", "flatbench-sam", "flatbench-label-noise-sgd"] {
        let path = |seed| {
            let values = [("step_size", Value::Real(0.01)), ("batch_size", Value::Integer(1))];
            run(&mut create(package, &values, seed), &mut Toy::new(1000.0), 20)
        };
        assert_eq!(path(1), path(1), "{package}");
        assert_ne!(path(1), path(2), "{package}");
    }
}

#[test]
fn the_host_tells_a_spent_budget_and_a_missing_answer_from_a_failure() {
    let mut gd = create("flatbench-gd", &[STEP], 0);
    let mut toy = Toy::new(1.0);
    let mut w = run(&mut gd, &mut toy, 1)[0];
    assert_eq!(gd.step(&mut w, &mut toy), Err(PluginError::Budget));
    assert_close(w, [2.1, 0.9]);

    let mut penalty = create("flatbench-trace-penalty", &[STEP], 0);
    let mut toy = Toy { without_trace: true, ..Toy::new(10.0) };
    penalty.initialize(&mut w, &mut toy).expect("nothing to refuse");
    assert_eq!(penalty.step(&mut w, &mut toy), Err(PluginError::NotSupported("no traces in this toy".into())));
}

#[test]
fn small_optimizers_stay_small() {
    for (folder, limit) in [("gd", 15), ("sam", 25)] {
        let text = sources(folder);
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        println!("{folder}: {code} code lines");
        assert!(code <= limit, "{folder} has {code} code lines, more than {limit}");
    }
}
