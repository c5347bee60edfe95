use ndarray::Array2;

use super::{direction, inner, moved, norm, relative_difference};
use crate::problem::Problem;

/// |⟨u, Hv⟩ − ⟨v, Hu⟩| relative to ‖Hv‖‖u‖, for random u and v.
pub fn symmetry(problem: &dyn Problem, w: &[f64], seed: u64) -> f64 {
    let (u, v) = (direction(w.len(), seed), direction(w.len(), seed ^ 1));
    let mut evaluator = problem.evaluator();
    let (mut hu, mut hv) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    evaluator.hessian_vector(w, &u, &mut hu);
    evaluator.hessian_vector(w, &v, &mut hv);
    (inner(&u, &hv) - inner(&v, &hu)).abs() / (norm(&hv) * norm(&u))
}

/// ‖Hv − (∇f(w + h v) − ∇f(w − h v))/2h‖ relative to ‖Hv‖: rounding and h² terms leave about 1e-8.
pub fn hessian_vector_by_differences(problem: &dyn Problem, w: &[f64], v: &[f64]) -> f64 {
    let mut evaluator = problem.evaluator();
    let mut product = vec![0.0; w.len()];
    evaluator.hessian_vector(w, v, &mut product);
    let h = 1e-5 * norm(w).max(1e-3) / norm(v);
    let (mut plus, mut minus) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    evaluator.gradient(&moved(w, h, v), &mut plus);
    evaluator.gradient(&moved(w, -h, v), &mut minus);
    let differences: Vec<f64> = plus.iter().zip(&minus).map(|(p, m)| (p - m) / (2.0 * h)).collect();
    relative_difference(&differences, &product)
}

/// ∇²f(w), column by column from Hessian-vector products. For small problems.
pub fn dense_hessian(problem: &dyn Problem, w: &[f64]) -> Array2<f64> {
    let mut evaluator = problem.evaluator();
    let mut hessian = Array2::zeros((w.len(), w.len()));
    let mut unit = vec![0.0; w.len()];
    for (j, mut row) in hessian.outer_iter_mut().enumerate() {
        unit[j] = 1.0;
        evaluator.hessian_vector(w, &unit, row.as_slice_mut().expect("rows of a fresh array are contiguous"));
        unit[j] = 0.0;
    }
    hessian
}

/// ∇²f(w) from central differences of the gradient. For small problems.
pub fn dense_hessian_by_differences(problem: &dyn Problem, w: &[f64]) -> Array2<f64> {
    let mut evaluator = problem.evaluator();
    let mut hessian = Array2::zeros((w.len(), w.len()));
    let h = 1e-5 * norm(w).max(1e-3) / (w.len() as f64).sqrt();
    let (mut plus, mut minus) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    let mut point = w.to_vec();
    for j in 0..w.len() {
        point[j] = w[j] + h;
        evaluator.gradient(&point, &mut plus);
        point[j] = w[j] - h;
        evaluator.gradient(&point, &mut minus);
        point[j] = w[j];
        for i in 0..w.len() {
            hessian[[j, i]] = (plus[i] - minus[i]) / (2.0 * h);
        }
    }
    hessian
}

/// |tr ∇²f − Σ_j ⟨e_j, H e_j⟩| relative to the trace: the exact trace against Hessian-vector products.
pub fn trace_against_hessian(problem: &dyn Problem, w: &[f64]) -> f64 {
    let trace = problem.evaluator().hessian_trace(w);
    let sum = dense_hessian(problem, w).diag().sum();
    (trace - sum).abs() / sum.abs()
}
