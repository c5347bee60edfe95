use flatbench_problems::{Evaluator, NotSupported};

/// The zero-loss point next to an iterate.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitPoint {
    /// The point, or the nearest that was reached.
    pub w: Vec<f64>,
    /// f there.
    pub loss: f64,
    /// ‖w − iterate‖.
    pub distance: f64,
    /// Why the loss is above the bound; `None` where the limit was reached.
    pub failure: Option<String>,
}

/// Loss at the limit, relative to the loss at the start of the run.
pub const LIMIT_LOSS: f64 = 1e-20;
const MOST_STEPS: usize = 60;

/// The limit map of Li, Wang and Arora (2022), by Levenberg-Marquardt steps of minimum norm: δ solves
/// (J Jᵀ + μ I) u = −ρ, δ = Jᵀ u, by conjugate gradients without ever forming J.
///
/// With μ proportional to ‖ρ‖ the convergence is quadratic even where J loses rank, as it does at low-rank points
/// (Fan and Yuan, On the quadratic convergence of the Levenberg-Marquardt method, 2005). A step that does not lower the
/// loss is taken back and tried again with a larger μ.
pub fn limit_point(
    evaluator: &mut dyn Evaluator,
    iterate: &[f64],
    measurements: usize,
    start_loss: f64,
) -> Result<LimitPoint, NotSupported> {
    let bound = LIMIT_LOSS * start_loss;
    let mean = 1.0 / measurements as f64;
    let mut search = Search::new(iterate.len(), measurements);
    let mut w = iterate.to_vec();
    evaluator.residuals(&w, &mut search.residual)?;
    let mut loss = mean * dot(&search.residual, &search.residual);
    // ‖J‖² in the units of μ, from one product: it only sets the scale.
    let mut damping = 1e-3;
    let mut failure = None;
    let mut steps = 0;
    while loss > bound {
        if !loss.is_finite() {
            failure = Some(format!("the loss is not finite after {steps} steps"));
            break;
        }
        if steps == MOST_STEPS {
            failure = Some(format!(
                "loss {:.1e} of the start's after {MOST_STEPS} Levenberg-Marquardt steps",
                loss / start_loss
            ));
            break;
        }
        steps += 1;
        let step = search.step(evaluator, &w, damping * (loss / start_loss).sqrt())?;
        let trial: Vec<f64> = w.iter().zip(step).map(|(w, d)| w + d).collect();
        evaluator.residuals(&trial, &mut search.trial_residual)?;
        let trial_loss = mean * dot(&search.trial_residual, &search.trial_residual);
        if trial_loss < loss {
            damping = if trial_loss < 0.1 * loss { damping * 0.1 } else { damping };
            w = trial;
            loss = trial_loss;
            std::mem::swap(&mut search.residual, &mut search.trial_residual);
        } else if damping > 1e12 {
            failure = Some(format!("no step lowers the loss below {:.1e} of the start's", loss / start_loss));
            break;
        } else {
            damping = if damping == 0.0 { 1e-12 } else { damping * 10.0 };
        }
    }
    let distance = w.iter().zip(iterate).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    Ok(LimitPoint { w, loss, distance, failure })
}

/// Scratch space of the search.
struct Search {
    residual: Vec<f64>,
    trial_residual: Vec<f64>,
    u: Vec<f64>,
    remainder: Vec<f64>,
    direction: Vec<f64>,
    product: Vec<f64>,
    pulled: Vec<f64>,
    step: Vec<f64>,
}

impl Search {
    fn new(parameters: usize, measurements: usize) -> Self {
        let short = || vec![0.0; measurements];
        Search {
            residual: short(),
            trial_residual: short(),
            u: short(),
            remainder: short(),
            direction: short(),
            product: short(),
            pulled: vec![0.0; parameters],
            step: vec![0.0; parameters],
        }
    }

    /// The damped minimum-norm step; `damping` is relative to the curvature J Jᵀ has along the residual.
    fn step(&mut self, evaluator: &mut dyn Evaluator, w: &[f64], damping: f64) -> Result<&[f64], NotSupported> {
        self.u.fill(0.0);
        self.remainder.iter_mut().zip(&self.residual).for_each(|(r, rho)| *r = -rho);
        self.direction.copy_from_slice(&self.remainder);
        let mut squared = dot(&self.remainder, &self.remainder);
        // Inexact solves keep the quadratic rate as long as their tolerance falls with the residual; the outer loop
        // needs ten digits in all, so one fixed tight tolerance is simpler and costs little more.
        let tolerance = 1e-24 * squared;
        let mut shift = None;
        for _ in 0..2 * self.residual.len().max(50) {
            if squared <= tolerance {
                break;
            }
            evaluator.jacobian_transpose_vector(w, &self.direction, &mut self.pulled)?;
            let length = dot(&self.direction, &self.direction);
            let stretch = dot(&self.pulled, &self.pulled);
            let shift = *shift.get_or_insert(damping * stretch / length);
            let curvature = stretch + shift * length;
            if curvature <= f64::MIN_POSITIVE {
                break;
            }
            evaluator.jacobian_vector(w, &self.pulled, &mut self.product)?;
            let along = squared / curvature;
            for i in 0..self.u.len() {
                self.u[i] += along * self.direction[i];
                self.remainder[i] -= along * (self.product[i] + shift * self.direction[i]);
            }
            let before = squared;
            squared = dot(&self.remainder, &self.remainder);
            let ratio = squared / before;
            self.direction.iter_mut().zip(&self.remainder).for_each(|(d, r)| *d = r + ratio * *d);
        }
        evaluator.jacobian_transpose_vector(w, &self.u, &mut self.step)?;
        Ok(&self.step)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
