use flatbench_problems::{Evaluator, Problem};

/// Radius ρ of the worst-case sharpness.
pub const RADIUS: f64 = 0.05;
const ASCENT_STEPS: usize = 20;
/// Relative flatness takes one Hessian-vector product per pair of columns of a factor; beyond so many it is left out.
const MOST_PRODUCTS: usize = 1000;

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

/// Relative flatness of Petzka et al. (2021), summed over the factors: Σ_{s,s'} ⟨w_s, w_s'⟩ tr H_{s,s'} over the rows
/// w_s of a factor W, which is Σ_{c,j} uᵀHu over u = W_c e_jᵀ.
///
/// `None` where a factor is too wide for it or the family has no Hessian-vector product.
pub fn relative_flatness(problem: &dyn Problem, evaluator: &mut dyn Evaluator, w: &[f64]) -> Option<f64> {
    let products: usize = problem.blocks().iter().map(|b| b.cols * b.cols).sum();
    if products > MOST_PRODUCTS {
        return None;
    }
    let mut total = 0.0;
    let (mut u, mut hu) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    for block in problem.blocks() {
        let at = |row: usize, col: usize| block.offset + row * block.cols + col;
        for c in 0..block.cols {
            for j in 0..block.cols {
                u.fill(0.0);
                (0..block.rows).for_each(|s| u[at(s, j)] = w[at(s, c)]);
                evaluator.hessian_vector(w, &u, &mut hu).ok()?;
                total += (0..block.rows).map(|s| u[at(s, j)] * hu[at(s, j)]).sum::<f64>();
            }
        }
    }
    Some(total)
}
