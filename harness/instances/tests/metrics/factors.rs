//! Excess flatness = balance gap × model gap, and both at least one at zero loss.

use flatbench_instances::{Gauge, references};
use flatbench_problems::Problem;
use flatbench_problems::limit::limit_point;
use flatbench_problems::small_cases;
use flatbench_records::Init;
use proptest::prelude::*;

use crate::support::{case, drawn};

/// What is checked here.
pub const CHECKED: [&str; 2] = ["model_gap", "excess_flatness"];

/// Families at sizes where the flattest minimum is determined in most draws.
fn cases() -> Vec<flatbench_records::Case> {
    let mut cases = small_cases();
    let matrix = [("rows", "6"), ("cols", "6"), ("rank", "1")];
    let with = |more: &[(&'static str, &'static str)]| [&matrix[..], more].concat();
    cases.extend([
        case("matrix-sensing", &with(&[("measurements", "30")])),
        case("matrix-completion", &with(&[("sampling_rate", "0.9")])),
        case("robust-pca", &with(&[("outlier_fraction", "0.05")])),
    ]);
    cases
}

/// The most that what is left of the residuals can take from the trace: (4k/m) Σ |ρ_i tr A_i| where X = ±U Uᵀ, nothing elsewhere.
fn residual_part(problem: &dyn Problem, w: &[f64]) -> f64 {
    let blocks = problem.blocks().iter().filter(|block| block.name.starts_with('U'));
    let width: usize = blocks.map(|block| block.cols).sum();
    if width == 0 {
        return 0.0;
    }
    let (m, d) = (problem.dimensions().measurements, problem.dimensions().rows);
    let mut residuals = vec![0.0; m];
    problem.evaluator().residuals(w, &mut residuals);
    let mut a = vec![0.0; problem.operator().matrix_len()];
    let mut trace = |i: usize| {
        problem.operator().measurement(i, &mut a);
        (0..d).map(|j| a[j * problem.dimensions().cols + j]).sum::<f64>()
    };
    4.0 * width as f64 / m as f64 * (0..m).map(|i| (residuals[i] * trace(i)).abs()).sum::<f64>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_excess_is_the_product_of_two_gaps(index in 0..cases().len(), seed in 0_u64..1_000_000, small in any::<bool>()) {
        let case = &cases()[index];
        let problem = drawn(case, seed);
        let found = references(&*problem);
        let Some(flat) = &found.flat else { return Ok(()) };
        let start = problem.initial_point(if small { Init::Small } else { Init::Large }, seed);
        let mut gauge = Gauge::new(&*problem, &found);
        let loss = gauge.loss(&start);
        let limit = limit_point(&*problem, gauge.evaluator(), &start, loss, 10_000);
        for (at_zero, w) in [(false, start), (limit.failure.is_none(), limit.w)] {
            let metrics = gauge.metrics(&w);
            // A floor that vanishes (no row observed twice) leaves the gaps undefined.
            let (Some(excess), Some(balance), Some(model)) =
                (metrics.excess_flatness, metrics.balance_gap, metrics.model_gap) else { continue };
            prop_assert!((excess / (balance * model) - 1.0).abs() <= 1e-10, "{excess} = {balance} × {model}");
            if at_zero && flat.certified && flat.exact {
                let rest = residual_part(&*problem, &w) / metrics.flatness_floor.expect("a gap was computed");
                prop_assert!(balance >= 1.0 - 1e-9 - rest, "balance gap {balance} of {} seed {seed}", case.family);
                prop_assert!(model >= 1.0 - 1e-9, "model gap {model} of {} seed {seed}", case.family);
            }
        }
    }
}
