//! Measurement operators and oracle calls: by family, by size, by width, by batch, and in groups.

mod cases;

use std::hint::black_box;
use std::time::Duration;

use cases::{instance, square};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use flatbench_problems::{GroupRequest, Pass, Problem, Question};
use flatbench_records::Init;

const FAMILIES: [(&str, usize, usize); 8] = [
    ("matrix-sensing", 20, 240),
    ("bilinear-sensing", 20, 240),
    ("matrix-completion", 20, 0),
    ("robust-pca", 20, 0),
    ("covariance-estimation", 20, 120),
    ("quadratic-network", 20, 130),
    ("deep-matrix-factorization", 20, 240),
    ("deep-sparse-recovery", 100, 50),
];

/// A and its adjoint on a matrix, which the solvers of the reference programs call; the oracles have ways of their own.
fn operators(c: &mut Criterion) {
    for name in ["apply", "adjoint"] {
        let mut group = c.benchmark_group(name);
        for (family, d, m) in [
            ("matrix-sensing", 20, 240),
            ("matrix-sensing", 50, 1000),
            ("bilinear-sensing", 20, 240),
            ("bilinear-sensing", 50, 1000),
            ("matrix-completion", 20, 0),
            ("matrix-completion", 50, 0),
        ] {
            let problem = square(family, d, m);
            let operator = problem.operator();
            let mut x = vec![0.0; operator.matrix_len()];
            x[..d * d].copy_from_slice(problem.end_to_end(&start(&*problem).0).as_slice().expect("a fresh array"));
            let mut u = vec![1.0; operator.count()];
            group.bench_function(format!("{family}/d={d},m={m}"), |b| {
                b.iter(|| match name {
                    "apply" => operator.apply(black_box(&x), &mut u),
                    _ => operator.adjoint(black_box(&u), &mut x),
                })
            });
        }
        group.finish();
    }
}

fn gradients(c: &mut Criterion) {
    let mut group = c.benchmark_group("gradient");
    let mut measure = |name: String, problem: &dyn Problem| {
        let (w, mut out) = start(problem);
        let mut evaluator = problem.evaluator();
        group.bench_function(name, |b| b.iter(|| evaluator.gradient(black_box(&w), &mut out)));
    };
    for (family, d, m) in FAMILIES {
        measure(format!("{family}/d={d},m={m}"), &*square(family, d, m));
    }
    for (d, m) in [(10, 240), (20, 120), (20, 480), (20, 960), (30, 500), (50, 1000), (50, 1500)] {
        measure(format!("matrix-sensing/d={d},m={m}"), &*square("matrix-sensing", d, m));
        measure(format!("bilinear-sensing/d={d},m={m}"), &*square("bilinear-sensing", d, m));
    }
    for k in [2, 5, 10] {
        let sizes = [("rows", 20), ("cols", 20), ("rank", 2), ("factor_rank", k), ("measurements", 240)];
        measure(format!("matrix-sensing/d=20,m=240,k={k}"), &*instance("matrix-sensing", &sizes));
    }
    for (family, m) in [("bilinear-sensing", 4000), ("matrix-completion", 0), ("robust-pca", 0)] {
        measure(format!("{family}/d=100,m={m}"), &*square(family, 100, m));
    }
    group.finish();
}

fn curvature(c: &mut Criterion) {
    for name in ["hessian-vector", "trace-gradient", "loss"] {
        let mut group = c.benchmark_group(name);
        for (family, d, m) in FAMILIES {
            let problem = square(family, d, m);
            let (w, mut out) = start(&*problem);
            let v = problem.initial_point(Init::Large, 2);
            let mut evaluator = problem.evaluator();
            group.bench_function(format!("{family}/d={d},m={m}"), |b| {
                b.iter(|| match name {
                    "hessian-vector" => evaluator.hessian_vector(black_box(&w), &v, &mut out),
                    "trace-gradient" => {
                        black_box(evaluator.hessian_trace_gradient(black_box(&w), &mut out));
                    }
                    _ => drop(black_box(evaluator.loss(black_box(&w)))),
                })
            });
        }
        group.finish();
    }
}

fn minibatches(c: &mut Criterion) {
    let mut group = c.benchmark_group("minibatch");
    for (family, d, m) in [
        ("matrix-sensing", 20, 240),
        ("matrix-sensing", 50, 1000),
        ("bilinear-sensing", 20, 240),
        ("matrix-completion", 20, 0),
        ("deep-matrix-factorization", 20, 240),
    ] {
        let problem = square(family, d, m);
        let (w, mut out) = start(&*problem);
        let measurements = problem.dimensions().measurements;
        let mut evaluator = problem.evaluator();
        for size in [1, 16] {
            let batch: Vec<usize> = (0..size).map(|i| i * 17 % measurements).collect();
            group.bench_function(format!("{family}/d={d},m={m}/B={size}"), |b| {
                let question = Question::MinibatchGradient { batch: &batch, noise: None };
                b.iter(|| evaluator.answer(black_box(&w), question, &mut out))
            });
        }
    }
    group.finish();
}

/// Time of a whole group; divide by its size for the time of a run's gradient.
fn groups(c: &mut Criterion) {
    let mut criterion_group = c.benchmark_group("group");
    for (family, d, m) in [
        ("matrix-sensing", 20, 240),
        ("matrix-sensing", 30, 500),
        ("matrix-sensing", 50, 1000),
        ("deep-matrix-factorization", 20, 240),
        ("deep-sparse-recovery", 100, 50),
    ] {
        let problem = square(family, d, m);
        for size in [1, 4, 16] {
            let points: Vec<_> = (0..size).map(|seed| problem.initial_point(Init::Large, seed)).collect();
            let mut outs = points.clone();
            let mut group = problem.group_evaluator(size as usize).expect("dense measurements");
            let mut requests: Vec<GroupRequest<'_>> = points
                .iter()
                .zip(&mut outs)
                .map(|(w, out)| GroupRequest { w, pass: Pass::Gradient, out, loss: 0.0 })
                .collect();
            let id = BenchmarkId::new(format!("{family}/d={d},m={m}"), size);
            criterion_group.bench_function(id, |b| b.iter(|| group.serve(&mut requests)));
        }
    }
    criterion_group.finish();
}

fn start(problem: &dyn Problem) -> (Vec<f64>, Vec<f64>) {
    let w = problem.initial_point(Init::Large, 1);
    (w.clone(), w)
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = operators, gradients, curvature, minibatches, groups
}
criterion_main!(benches);
