use super::{direction, inner, norm};
use crate::operator::MeasurementOperator;
use crate::problem::Problem;

/// |⟨A(X), u⟩ − ⟨X, A*(u)⟩| relative to ‖A(X)‖‖u‖, for random X and u.
pub fn adjoint_identity(operator: &dyn MeasurementOperator, seed: u64) -> f64 {
    let entries = operator.rows() * operator.cols();
    let mut x = vec![0.0; operator.matrix_len()];
    x[..entries].copy_from_slice(&direction(entries, seed));
    let u = direction(operator.count(), seed ^ 1);
    let mut measured = vec![0.0; operator.count()];
    operator.apply(&x, &mut measured);
    let mut adjoint = vec![0.0; operator.matrix_len()];
    operator.adjoint(&u, &mut adjoint);
    (inner(&measured, &u) - inner(&x, &adjoint)).abs() / (norm(&measured) * norm(&u))
}

/// |⟨J v, u⟩ − ⟨v, Jᵀu⟩| relative to ‖J v‖‖u‖ at w, for random v and u.
pub fn jacobian_adjoint(problem: &dyn Problem, w: &[f64], seed: u64) -> f64 {
    let m = problem.dimensions().measurements;
    let (v, u) = (direction(w.len(), seed), direction(m, seed ^ 1));
    let mut evaluator = problem.evaluator();
    let (mut forward, mut backward) = (vec![0.0; m], vec![0.0; w.len()]);
    evaluator.jacobian_vector(w, &v, &mut forward);
    evaluator.jacobian_transpose_vector(w, &u, &mut backward);
    (inner(&forward, &u) - inner(&v, &backward)).abs() / (norm(&forward) * norm(&u))
}
