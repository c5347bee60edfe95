//! The zero-loss point nearest to a start.

use flatbench_problems::checks::direction;
use flatbench_problems::limit::{limit_point, nearest_point};
use flatbench_problems::{Problem, small_cases};
use flatbench_records::{Init, Nearest};

use crate::support::{case, drawn};

fn norm(x: impl Iterator<Item = f64>) -> f64 {
    x.map(|x| x * x).sum::<f64>().sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(a.iter().zip(b).map(|(a, b)| a - b))
}

/// From the limit of gradient flow from the start.
fn nearest(problem: &dyn Problem, start: &[f64]) -> Option<(Vec<f64>, Nearest, f64)> {
    let mut evaluator = problem.evaluator();
    let start_loss = evaluator.loss(start);
    let limit = limit_point(problem, &mut *evaluator, start, start_loss, 100_000);
    if limit.failure.is_some() {
        return None;
    }
    let m = problem.dimensions().measurements;
    let (w, found) = nearest_point(&mut *evaluator, m, &limit.w, start, start_loss)?;
    assert!((found.distance - distance(&w, start)).abs() <= 1e-12 * (1.0 + found.distance));
    assert!((found.train_loss - evaluator.loss(&w)).abs() <= 1e-9 * found.train_loss + 1e-30);
    found.is_found(start_loss).then(|| (w, found, distance(&limit.w, start)))
}

/// l r = x: the nearest point of a hyperbola, by looking at all of it.
#[test]
fn on_a_hyperbola_it_is_the_nearest_of_all() {
    let sizes = [("rows", "1"), ("cols", "1"), ("rank", "1"), ("factor_rank", "1"), ("measurements", "1")];
    for seed in 0..20 {
        let problem = drawn(&case("matrix-sensing", &sizes), seed);
        let start = problem.initial_point(Init::Large, seed);
        let (w, found, _) = nearest(&*problem, &start).expect("a regular point");
        let x = problem.truth().expect("drawn")[[0, 0]];
        assert!((w[0] * w[1] - x).abs() <= 1e-7 * x.abs());
        let sign = w[0].signum();
        let along = (0..400_000).map(|i| sign * 10f64.powf(f64::from(i) * 1e-5 - 2.0));
        let least = along.map(|l| distance(&[l, x / l], &start)).fold(f64::INFINITY, f64::min);
        assert!((found.distance - least).abs() <= 1e-6 * least, "seed {seed}: {} against {least}", found.distance);
    }
}

#[test]
fn no_zero_loss_point_around_it_is_nearer() {
    let (mut all, mut reached, mut nearer) = (0, 0, Vec::new());
    for case in small_cases() {
        for seed in 0..3 {
            let problem = drawn(&case, seed);
            let start = problem.initial_point(Init::Large, seed);
            all += 1;
            let Some((w, found, of_flow)) = nearest(&*problem, &start) else { continue };
            reached += 1;
            assert!(found.distance <= of_flow * (1.0 + 1e-9), "{}: {} of {of_flow}", case.family, found.distance);
            nearer.push(of_flow / found.distance);
            let mut evaluator = problem.evaluator();
            let start_loss = evaluator.loss(&start);
            for nudge in 0..20 {
                let noise = direction(start.len(), 1000 * seed + nudge);
                let size = 0.03 * norm(w.iter().copied()) / norm(noise.iter().copied());
                let moved: Vec<f64> = w.iter().zip(&noise).map(|(w, d)| w + size * d).collect();
                let other = limit_point(&*problem, &mut *evaluator, &moved, start_loss, 100_000);
                if other.failure.is_none() {
                    let away = distance(&other.w, &start);
                    assert!(away >= found.distance * (1.0 - 1e-7), "{} seed {seed}: {away}, {found:?}", case.family);
                }
            }
        }
    }
    let most = nearer.iter().copied().fold(1.0, f64::max);
    println!("{reached} of {all} found; gradient flow ends up to {most:.3} times as far away");
    assert!(2 * reached > all && most > 1.005, "{reached} of {all}, {most}");
}
