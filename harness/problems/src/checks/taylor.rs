use super::{inner, moved, norm};
use crate::problem::Problem;

/// Order in t of f(w + t v) − f(w) − t⟨∇f(w), v⟩: 2 for a right gradient, 1 for a wrong one; infinite where nothing but
/// rounding is left.
pub fn gradient_slope(problem: &dyn Problem, w: &[f64], v: &[f64]) -> f64 {
    let mut evaluator = problem.evaluator();
    let mut gradient = vec![0.0; w.len()];
    let value = evaluator.gradient(w, &mut gradient);
    slope(w, v, value, inner(&gradient, v), |w| evaluator.loss(w))
}

/// The same for tr ∇²f and its gradient.
pub fn trace_gradient_slope(problem: &dyn Problem, w: &[f64], v: &[f64]) -> f64 {
    let mut evaluator = problem.evaluator();
    let mut gradient = vec![0.0; w.len()];
    let value = evaluator.hessian_trace_gradient(w, &mut gradient);
    let derivative = inner(&gradient, v);
    slope(w, v, value, derivative, |w| evaluator.hessian_trace(w))
}

fn slope(w: &[f64], v: &[f64], value: f64, derivative: f64, mut f: impl FnMut(&[f64]) -> f64) -> f64 {
    // Steps small enough for the second order to lead, large enough to stand clear of rounding.
    let unit = 1e-2 * norm(w).max(1e-3) / norm(v);
    let mut one_sided = |t: f64| (f(&moved(w, t, v)) - value - t * derivative).abs();
    // Both sides together: a third-order term cannot cancel the second on both.
    let mut remainder = |t: f64| one_sided(t) + one_sided(-t);
    let (coarse, fine) = (remainder(unit), remainder(unit / 8.0));
    let rounding = 1e-13 * (value.abs() + (unit * derivative).abs());
    if coarse <= rounding { f64::INFINITY } else { (coarse / fine.max(f64::MIN_POSITIVE)).log2() / 3.0 }
}
