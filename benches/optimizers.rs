//! A step of each shipped optimizer: with free oracles, which leaves the plugin and the way to it, and with those of an
//! instance, alone and in groups. The time is that of one step of one run.

mod cases;
mod free;
mod plugin;

use std::cell::Cell;
use std::time::{Duration, Instant};

use cases::square;
use criterion::{Criterion, criterion_group, criterion_main};
use flatbench_plugin::host::{Block, HostOracle, Library, OptimizerInstance, Seat, Value};
use flatbench_problems::{Evaluator, Problem};
use flatbench_records::Init;
use flatbench_worker::{Lockstep, MeteredOracle};
use free::Free;

/// The optimizers whose steps are measured: every one in Rust.
const SHIPPED: [&str; 28] = [
    "adafactor",
    "adam",
    "adamw",
    "asam",
    "entropy-sgd",
    "gd",
    "gradient-norm-penalty",
    "label-noise-sgd",
    "langevin",
    "lion",
    "lookahead",
    "momentum",
    "muon",
    "muon-polar",
    "norm-matched-gd",
    "normalized-gd",
    "polyak-gd",
    "rmsprop",
    "sam",
    "scaled-gd",
    "sgd",
    "shampoo",
    "sign-gd",
    "soap",
    "swa",
    "trace-penalty",
    "weight-decay",
    "weight-noise-gd",
];

fn made(library: &Library, values: &[(String, Value)], problem: &dyn Problem) -> OptimizerInstance {
    let blocks: Vec<_> = problem.blocks().iter().map(|b| Block::new(b.name.clone(), b.rows, b.cols)).collect();
    library.create(values, &blocks, 1).expect("values in range")
}

fn plugin_steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("plugin-step");
    for name in SHIPPED {
        let library = plugin::open(name);
        for d in [2, 20] {
            let problem = square("matrix-sensing", d, 3 * d);
            let mut optimizer = made(&library, &plugin::defaults(&library), &*problem);
            let mut w = problem.initial_point(Init::Large, 1);
            optimizer.initialize(&mut w, &mut Free).expect("free oracles do not fail");
            group.bench_function(format!("{name}/parameters={}", w.len()), |b| {
                b.iter(|| optimizer.step(&mut w, &mut Free).expect("free oracles do not fail"))
            });
        }
    }
    group.finish();
}

fn optimizer_steps(c: &mut Criterion) {
    let mut criterion_group = c.benchmark_group("optimizer-step");
    let problem = square("matrix-sensing", 20, 240);
    let problem = &*problem;
    for name in SHIPPED {
        let library = plugin::open(name);
        let values = standing(&library);
        let walk = |steps: &Cell<u64>, most: u64, evaluator: Box<dyn Evaluator + '_>| {
            let mut oracle = MeteredOracle::new(evaluator, problem.dimensions().measurements, 1e18);
            let oracle: &mut dyn HostOracle = &mut oracle;
            let mut optimizer = made(&library, &values, problem);
            let mut w = problem.initial_point(Init::Large, 1);
            optimizer.initialize(&mut w, oracle).expect("dense sensing supports every call");
            while steps.get() < most {
                optimizer.step(&mut w, oracle).expect("dense sensing supports every call");
                steps.set(steps.get() + 1);
            }
        };
        criterion_group.bench_function(format!("{name}/alone"), |b| {
            b.iter_custom(|iterations| {
                let begun = Instant::now();
                walk(&Cell::new(0), iterations, problem.evaluator());
                begun.elapsed()
            })
        });
        for size in [4, 16] {
            criterion_group.bench_function(format!("{name}/group={size}"), |b| {
                b.iter_custom(|iterations| {
                    let most = iterations.next_multiple_of(size as u64);
                    let steps = Cell::new(0);
                    let begun = Instant::now();
                    let group = problem.group_evaluator(size).expect("dense measurements");
                    let mut lockstep = Lockstep::new(problem, group);
                    for tag in 0..size {
                        lockstep
                            .admit(tag, Seat::Coroutine, |evaluator, _| walk(&steps, most, evaluator))
                            .expect("memory for a stack");
                    }
                    while !lockstep.is_empty() {
                        lockstep.round(&mut |_, ()| {});
                    }
                    begun.elapsed().mul_f64(iterations as f64 / steps.get() as f64)
                })
            });
        }
    }
    criterion_group.finish();
}

/// The defaults, with step sizes so small that the point stays where it is, however many steps are taken.
fn standing(library: &Library) -> Vec<(String, Value)> {
    let mut values = plugin::defaults(library);
    for (_, value) in values.iter_mut().filter(|(name, _)| ["step_size", "largest_step"].contains(&name.as_str())) {
        *value = Value::Real(1e-12);
    }
    values
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200));
    targets = plugin_steps, optimizer_steps
}
criterion_main!(benches);
