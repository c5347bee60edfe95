use crate::evaluator::Evaluator;

use super::minimum_norm::MinimumNorm;

/// The zero-loss point next to an iterate.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitPoint {
    /// The point, or the nearest that was reached.
    pub w: Vec<f64>,
    /// f there.
    pub loss: f64,
    /// ‖w − iterate‖.
    pub distance: f64,
    /// Why there is no limit next to the iterate; `None` where it was reached.
    pub failure: Option<String>,
}

/// Loss at the limit, relative to the loss at the start of the run.
pub const LIMIT_LOSS: f64 = 1e-20;
const MOST_STEPS: usize = 400;
/// The loss has to halve within so many steps.
const PATIENCE: usize = 40;
const FIRST_DAMPING: f64 = 1e-3;
const LEAST_DAMPING: f64 = 1e-12;
const MOST_DAMPING: f64 = 1e6;
/// Multiples of a step that are tried.
const LONGEST: f64 = 4.0;
const SHORTEST: f64 = 0.1;
/// A step that leaves more than this part of the loss converges no faster than linearly, as where predictions are of higher
/// order in what still has to vanish; a multiple of it then goes further.
const LINEAR: f64 = 0.01;

/// The limit map of Li, Wang and Arora (2022), by Levenberg-Marquardt steps of minimum norm: δ solves
/// (J Jᵀ + μ I) u = −ρ, δ = Jᵀ u.
///
/// With μ proportional to ‖ρ‖ the convergence is quadratic even where J loses rank along the zero-loss set (Fan and Yuan
/// 2005). A step that does not lower the loss is halved, and in the end tried again with a larger μ. Where the convergence is
/// only linear, at a root of higher order, the step is lengthened as long as that pays (Griewank 1985).
///
/// A zero-loss point further from the iterate than the origin is not next to it: `failure` says so.
pub fn limit_point(evaluator: &mut dyn Evaluator, iterate: &[f64], measurements: usize, start_loss: f64) -> LimitPoint {
    let mean_square = |residual: &[f64]| residual.iter().map(|r| r * r).sum::<f64>() / measurements as f64;
    let bound = LIMIT_LOSS * start_loss;
    let mut solver = MinimumNorm::new(iterate.len(), measurements);
    let mut w = iterate.to_vec();
    let (mut residual, mut trial_residual) = (vec![0.0; measurements], vec![0.0; measurements]);
    evaluator.residuals(&w, &mut residual);
    let mut loss = mean_square(&residual);
    let mut damping = FIRST_DAMPING;
    let mut failure = None;
    let mut history = vec![loss];
    while loss > bound || !loss.is_finite() {
        let stands_at = |loss: f64| format!("the loss stands at {:.1e} of its start", loss / start_loss);
        if !loss.is_finite() {
            failure = Some("the loss is not finite".to_owned());
            break;
        }
        let steps = history.len() - 1;
        if steps == MOST_STEPS {
            failure = Some(format!("{} after {MOST_STEPS} Levenberg-Marquardt steps", stands_at(loss)));
            break;
        }
        let stuck = steps >= PATIENCE && loss > 0.5 * history[steps - PATIENCE];
        if stuck || damping > MOST_DAMPING {
            failure = Some(format!("{} and hardly falls: no zero-loss point is near", stands_at(loss)));
            break;
        }
        let step = solver.step(evaluator, &w, &residual, damping * (loss / start_loss).sqrt());
        let before = loss;
        let mut best: Option<(Vec<f64>, f64)> = None;
        let mut multiple = 1.0;
        loop {
            let trial: Vec<f64> = w.iter().zip(step).map(|(w, d)| w + multiple * d).collect();
            evaluator.residuals(&trial, &mut trial_residual);
            let trial_loss = mean_square(&trial_residual);
            let bar = best.as_ref().map_or(before, |best| best.1);
            if trial_loss < bar {
                best = Some((trial, trial_loss));
                std::mem::swap(&mut residual, &mut trial_residual);
                if trial_loss <= LINEAR * before || !(1.0..LONGEST).contains(&multiple) {
                    break;
                }
                multiple += 1.0;
            } else if best.is_none() && multiple > SHORTEST {
                multiple *= 0.5;
            } else {
                break;
            }
        }
        match best {
            Some((trial, trial_loss)) => {
                if multiple >= 1.0 {
                    damping *= if trial_loss < 0.1 * before { 0.1 } else { 0.5 };
                    damping = damping.max(LEAST_DAMPING);
                }
                (w, loss) = (trial, trial_loss);
            }
            None => damping *= 10.0,
        }
        history.push(loss);
    }
    let length = |differences: &mut dyn Iterator<Item = f64>| differences.map(|d| d * d).sum::<f64>().sqrt();
    let distance = length(&mut w.iter().zip(iterate).map(|(a, b)| a - b));
    let norm = length(&mut iterate.iter().copied());
    // From the saddle at the origin the steps find some zero-loss point, which says nothing about who stopped there.
    if failure.is_none() && distance > norm {
        failure = Some(format!(
            "the zero-loss point found lies {distance:.2} away, further than the origin ({norm:.2}): none is near"
        ));
    }
    LimitPoint { w, loss, distance, failure }
}
