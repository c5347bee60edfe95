//! What happens around a run: references, limit points, eigenvalues, and the way through a plugin.

mod cases;

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use cases::square;
use criterion::{Criterion, criterion_group, criterion_main};
use flatbench_plugin::host::{Block, HostOracle, Library, OracleError};
use flatbench_problems::reference::{Settings, flattest};
use flatbench_records::Init;
use flatbench_worker::{lambda_max, limit_point};

fn references(c: &mut Criterion) {
    let mut group = c.benchmark_group("reference");
    for (family, d, m) in [
        ("matrix-sensing", 10, 60),
        ("matrix-sensing", 20, 240),
        ("bilinear-sensing", 20, 240),
        ("matrix-completion", 20, 0),
        ("deep-sparse-recovery", 100, 50),
    ] {
        let problem = square(family, d, m);
        group.bench_function(format!("{family}/d={d},m={m}"), |b| {
            b.iter(|| flattest(black_box(&*problem), &Settings::default()).expect("well posed"))
        });
    }
    group.finish();
}

fn end_points(c: &mut Criterion) {
    for name in ["limit-point", "lambda-max"] {
        let mut group = c.benchmark_group(name);
        for (family, d, m) in [("matrix-sensing", 20, 240), ("bilinear-sensing", 20, 240), ("matrix-completion", 20, 0)]
        {
            let problem = square(family, d, m);
            let w = problem.initial_point(Init::Large, 1);
            let mut evaluator = problem.evaluator();
            let (loss, measurements) = (evaluator.loss(&w), problem.dimensions().measurements);
            group.bench_function(format!("{family}/d={d},m={m}"), |b| {
                b.iter(|| match name {
                    "limit-point" => drop(limit_point(&mut *evaluator, &w, measurements, loss).expect("supported")),
                    _ => drop(lambda_max(&mut *evaluator, &w).expect("supported")),
                })
            });
        }
        group.finish();
    }
}

/// An oracle that costs nothing, so that what is left is the way to it.
struct Free;

impl HostOracle for Free {
    fn loss(&mut self, _: &[f64]) -> Result<f64, OracleError> {
        Ok(0.0)
    }

    fn gradient(&mut self, _: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        out.fill(1e-9);
        Ok(0.0)
    }

    fn minibatch_gradient(
        &mut self,
        _: &[f64],
        _: &[usize],
        _: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        out.fill(1e-9);
        Ok(())
    }

    fn perturbed_gradient(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        out.fill(1e-9);
        Ok(())
    }

    fn hessian_vector(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        out.fill(1e-9);
        Ok(())
    }

    fn hessian_trace(&mut self, _: &[f64]) -> Result<f64, OracleError> {
        Ok(0.0)
    }

    fn hessian_trace_gradient(&mut self, _: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        out.fill(1e-9);
        Ok(())
    }

    fn progress(&self) -> f64 {
        0.5
    }

    fn remaining(&self) -> f64 {
        1e6
    }

    fn measurements(&self) -> usize {
        240
    }
}

/// A step of each shipped optimizer with free oracles: what the plugin and the way through its interface cost.
fn plugin_steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("plugin-step");
    for name in ["gd", "sgd", "sam", "label-noise-sgd", "trace-penalty", "momentum"] {
        let library = Library::open(built(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let values: Vec<_> = library
            .description()
            .hyperparameters
            .iter()
            .map(|parameter| (parameter.name.clone(), parameter.default.clone()))
            .collect();
        for dimension in [8, 800] {
            let blocks = [Block::new("L", dimension / 8, 4), Block::new("R", dimension / 8, 4)];
            let mut optimizer = library.create(&values, &blocks, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut w = vec![0.1; dimension];
            optimizer.initialize(&mut w, &mut Free).expect("free oracles do not fail");
            group.bench_function(format!("{name}/parameters={dimension}"), |b| {
                b.iter(|| optimizer.step(&mut w, &mut Free).expect("free oracles do not fail"))
            });
        }
    }
    group.finish();
}

/// The library of a shipped optimizer, built now if it is not.
fn built(name: &str) -> PathBuf {
    let package = format!("flatbench-{name}");
    let status = Command::new(env!("CARGO")).args(["build", "--quiet", "--release", "-p", &package]).status();
    assert!(status.is_ok_and(|status| status.success()), "cargo builds {package}");
    let bench = std::env::current_exe().expect("a running executable has a path");
    let folder = bench.ancestors().nth(2).expect("target/release/deps");
    let stem = package.replace('-', "_");
    folder.join(format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX))
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800));
    targets = references, end_points, plugin_steps
}
criterion_main!(benches);
