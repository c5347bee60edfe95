//! A group gives each of its members the bits that the member gets alone.

use crate::support::{case, drawn};
use flatbench_problems::{GroupRequest, Pass, Problem, Question, Structure, small_cases};
use flatbench_records::{Case, Init};
use proptest::prelude::*;

fn cases() -> Vec<Case> {
    let mut cases = small_cases();
    // Long enough for several blocks of rows and several pieces of a row.
    cases.push(case(
        "matrix-sensing",
        &[("rows", "31"), ("cols", "37"), ("rank", "2"), ("factor_rank", "5"), ("measurements", "203")],
    ));
    cases
}

/// Only over measurements that are an array does a pass serve several points.
#[test]
fn groups_exist_where_measurements_are_dense() {
    for case in cases() {
        let problem = drawn(&case, 1);
        let group = problem.group_evaluator(5);
        let dense = matches!(problem.operator().structure(), Structure::Dense)
            && problem.outlier_radius().is_none()
            && problem.least_absolute().is_none();
        assert_eq!(group.is_some(), dense, "{}", case.family);
        assert!(group.is_none_or(|group| group.capacity() == 5), "{}", case.family);
    }
}

/// One answer alone, with its loss behind it where there is one.
fn alone(problem: &dyn Problem, w: &[f64], pass: Pass<'_>) -> Vec<f64> {
    let mut out = vec![f64::NAN; w.len()];
    let loss = problem.evaluator().answer(w, Question::Pass(pass), &mut out);
    if matches!(pass, Pass::Gradient) {
        out.push(loss);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Random members of random kinds, served by an evaluator that is used again in another order and smaller company.
    #[test]
    fn members_have_the_bits_of_a_run_alone(
        which in 0..cases().len(),
        kinds in proptest::collection::vec(0..3_u8, 1..20),
        capacity in 1..18_usize,
        seed in 0..1000_u64,
    ) {
        let problem = drawn(&cases()[which], seed);
        let Some(mut group) = problem.group_evaluator(capacity) else { return Ok(()) };
        let m = problem.dimensions().measurements;
        let point = |i: usize, salt: u64| problem.initial_point(Init::Large, seed + 100 * i as u64 + salt);
        let points: Vec<_> = (0..kinds.len()).map(|i| (point(i, 1), point(i, 2))).collect();
        let noise: Vec<f64> = (0..m).map(|i| (i as f64 + seed as f64).sin()).collect();
        let passes: Vec<Pass<'_>> = kinds.iter().zip(&points).map(|(kind, (_, v))| match kind {
            0 => Pass::Gradient,
            1 => Pass::PerturbedGradient(&noise),
            _ => Pass::HessianVector(v),
        }).collect();
        let forward: Vec<usize> = (0..kinds.len()).collect();
        let backward: Vec<usize> = (0..kinds.len()).rev().step_by(2).collect();
        for order in [forward, backward] {
            let mut outs: Vec<Vec<f64>> = order.iter().map(|&i| vec![f64::NAN; points[i].0.len()]).collect();
            let mut requests: Vec<GroupRequest<'_>> = order.iter().zip(&mut outs).map(|(&i, out)| {
                GroupRequest { w: &points[i].0, pass: passes[i], out, loss: f64::NAN }
            }).collect();
            group.serve(&mut requests);
            let losses: Vec<f64> = requests.iter().map(|request| request.loss).collect();
            for ((&i, mut out), loss) in order.iter().zip(outs).zip(losses) {
                if matches!(passes[i], Pass::Gradient) {
                    out.push(loss);
                }
                prop_assert_eq!(out, alone(&*problem, &points[i].0, passes[i]), "member {} of {:?}", i, &order);
            }
        }
    }
}
