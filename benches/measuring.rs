//! What happens around a run: references, limit points and eigenvalues, with their growth in the size of the matrix.

mod cases;

use std::hint::black_box;
use std::time::Duration;

use cases::square;
use criterion::{Criterion, criterion_group, criterion_main};
use flatbench_instances::lambda_max;
use flatbench_problems::limit::limit_point;
use flatbench_problems::reference::{Settings, flattest};
use flatbench_records::Init;

fn references(c: &mut Criterion) {
    let mut group = c.benchmark_group("reference");
    for (family, d, m) in [
        ("matrix-sensing", 10, 60),
        ("matrix-sensing", 20, 240),
        ("matrix-sensing", 30, 360),
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
        for (family, d, m) in [
            ("matrix-sensing", 10, 60),
            ("matrix-sensing", 20, 240),
            ("matrix-sensing", 30, 360),
            ("bilinear-sensing", 20, 240),
            ("matrix-completion", 20, 0),
        ] {
            let problem = square(family, d, m);
            let w = problem.initial_point(Init::Large, 1);
            let mut evaluator = problem.evaluator();
            let loss = evaluator.loss(&w);
            group.bench_function(format!("{family}/d={d},m={m}"), |b| {
                b.iter(|| match name {
                    "limit-point" => drop(limit_point(&*problem, &mut *evaluator, &w, loss, 10_000)),
                    _ => drop(lambda_max(&mut *evaluator, &w)),
                })
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800));
    targets = references, end_points
}
criterion_main!(benches);
