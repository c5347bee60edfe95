use flatbench_records::Case;

use crate::problem::Problem;

/// Where runs of a case start: the point of its regime for this seed, times its [`init_scale`](Case::init_scale) where it has one.
pub fn starting_point(problem: &dyn Problem, case: &Case, seed: u64) -> Vec<f64> {
    let mut w = problem.initial_point(case.init, seed);
    if let Some(factor) = case.init_scale {
        w.iter_mut().for_each(|x| *x *= factor);
    }
    w
}
