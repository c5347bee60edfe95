//! Weak duality, checked without the solvers' own bookkeeping.

use ndarray::Array2;
use proptest::prelude::*;

use super::draws::*;
use crate::reference::Measurements;
use crate::reference::affine::Affine;
use crate::reference::dense::nuclear_norm;
use crate::reference::weight::Weight;

fn nuclear(x: &Array2<f64>) -> f64 {
    nuclear_norm(crate::reference::dense::to_faer(x.view()).as_ref()).expect("finite")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_dual_value_exceeds_any_feasible_primal_value(seed in any::<u64>(), rows in 2usize..7, cols in 2usize..7) {
        let rng = &mut generator(seed);
        let m = (rows * cols / 2).max(1);
        let truth = normal(rng, rows, cols);
        let a = normal(rng, m, rows * cols);
        let measurements = Measurements::Dense(a.view());
        let operator = measurements.whitened(&Weight::identity(rows), &Weight::identity(cols));
        let affine = Affine::new(operator, measurements.apply(truth.view())).expect("consistent");
        for _ in 0..8 {
            let y: Vec<f64> = normal(rng, m, 1).iter().copied().collect();
            let lower = affine.feasible_dual(&y).expect("finite");
            prop_assert!(lower <= nuclear(&truth) * (1.0 + 1e-12));
        }
        // The solver's own bounds lie between any feasible point and any dual point.
        let solution = norm_minimal(measurements, &truth);
        prop_assert!(solution.certified, "gap {}", solution.relative_gap);
        prop_assert!(solution.dual_value <= nuclear(&truth) * (1.0 + 1e-12));
        prop_assert!(solution.value <= nuclear(&truth) * (1.0 + 1e-12));
        prop_assert!((nuclear(&solution.x) / solution.value - 1.0).abs() < 1e-12);
        prop_assert!(solution.relative_gap >= -1e-12);
    }
}

#[test]
fn moving_along_the_feasible_set_never_helps() {
    let rng = &mut generator(5);
    let truth = low_rank(rng, 8, 6, 2);
    let a = normal(rng, 30, 48);
    let measurements = Measurements::Dense(a.view());
    let solution = norm_minimal(measurements, &truth);
    let operator = measurements.whitened(&Weight::identity(8), &Weight::identity(6));
    let affine = Affine::new(operator, measurements.apply(truth.view())).expect("consistent");
    for scale in [1e-6, 1e-3, 1.0] {
        for _ in 0..20 {
            let moved = &solution.x + &(normal(rng, 8, 6) * scale);
            let (feasible, _) = affine.project(crate::reference::dense::to_faer(moved.view()).as_ref());
            let value = nuclear_norm(feasible.as_ref()).expect("finite");
            assert!(value >= solution.value * (1.0 - 1e-8), "{value} below {}", solution.value);
        }
    }
}
