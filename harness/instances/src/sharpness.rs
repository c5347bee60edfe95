use flatbench_problems::Evaluator;

/// Radius ρ of the worst-case sharpness.
pub const RADIUS: f64 = 0.05;
const ASCENT_STEPS: usize = 20;

/// max f(w+ε) − f(w) over ‖ε‖ ≤ [`RADIUS`], from below: the best point of ε ← ρ ∇f(w+ε)/‖∇f(w+ε)‖ started at both ends of
/// the `leading` unit eigenvector of the Hessian. The iteration is the power method where f is quadratic.
///
/// `None` where the gradient or the result is not finite.
pub fn worst_case(evaluator: &mut dyn Evaluator, w: &[f64], leading: &[f64]) -> Option<f64> {
    let base = evaluator.loss(w);
    let mut best = 0.0f64;
    let (mut moved, mut gradient) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    for sign in [RADIUS, -RADIUS] {
        moved.iter_mut().zip(w).zip(leading).for_each(|((m, w), v)| *m = w + sign * v);
        for _ in 0..ASCENT_STEPS {
            best = best.max(evaluator.gradient(&moved, &mut gradient) - base);
            let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            if length == 0.0 {
                break;
            }
            moved.iter_mut().zip(w).zip(&gradient).for_each(|((m, w), g)| *m = w + RADIUS * g / length);
        }
        best = best.max(evaluator.loss(&moved) - base);
    }
    best.is_finite().then_some(best)
}
