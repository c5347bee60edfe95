use flatbench_records::Nearest;

use super::flow::distance;
use super::krylov::norm;
use super::linearisation::{Linearisation, has_jacobian};
use crate::evaluator::Evaluator;

/// Longest search.
const STEPS: usize = 300;
/// Measurements up to which JJᵀ is written down.
pub const MOST_MEASUREMENTS: usize = 1000;
/// Share of the fall that the linear model promises which a step has to keep (Armijo), and shortest step that is tried.
const SUFFICIENT: f64 = 1e-4;
const SHORTEST: f64 = 1e-6;

/// The zero-loss point nearest to `start`, among those near `from`: sequential quadratic programming for min ½‖w − start‖² subject to
/// ρ(w) = 0 with the identity for the Hessian of the Lagrangian (Nocedal and Wright 2006, chapter 18). A step goes to the nearest point
/// of the linearised zero-loss set, v = start + Jᵀ(JJᵀ)⁻¹(J(w − start) − ρ), as far as the merit ½‖w − start‖² + μ‖ρ‖ falls, where need
/// be with a step back to the set. It finds a local minimiser: another one may be nearer.
///
/// Returns the point, or the last that was reached, and what is to be said of it. `None` where residuals have no Jacobian, where there are more than [`MOST_MEASUREMENTS`], and where something is not finite.
pub fn nearest_point(
    evaluator: &mut dyn Evaluator,
    measurements: usize,
    from: &[f64],
    start: &[f64],
    start_loss: f64,
) -> Option<(Vec<f64>, Nearest)> {
    if measurements > MOST_MEASUREMENTS || !has_jacobian(evaluator) {
        return None;
    }
    let mut w = from.to_vec();
    let mut penalty = 0.0_f64;
    for steps in 0.. {
        let linear = Linearisation::at(evaluator, &w, measurements);
        let (target, multipliers) = linear.nearest(&w, start)?;
        let step: Vec<f64> = target.iter().zip(&w).map(|(v, w)| v - w).collect();
        let away = distance(&w, start);
        let nearest = Nearest {
            distance: away,
            limit_distance: distance(from, start),
            train_loss: linear.residual_norm().powi(2) / measurements as f64,
            tangential: linear.tangential(&w, start)? / away.max(f64::MIN_POSITIVE),
        };
        if steps == STEPS || nearest.is_found(start_loss) {
            return Some((w, nearest));
        }
        penalty = penalty.max(2.0 * multipliers);
        let merit = |evaluator: &mut dyn Evaluator, w: &[f64]| {
            let loss = evaluator.loss(w);
            0.5 * distance(w, start).powi(2) + penalty * (loss * measurements as f64).sqrt()
        };
        let before = merit(evaluator, &w);
        let slope = step.iter().zip(w.iter().zip(start)).map(|(d, (w, s))| d * (w - s)).sum::<f64>()
            - penalty * linear.residual_norm();
        let moved = |size: f64| -> Vec<f64> { w.iter().zip(&step).map(|(w, d)| w + size * d).collect() };
        let mut size = 1.0;
        let next = loop {
            let direct = moved(size);
            if merit(evaluator, &direct) <= before + SUFFICIENT * size * slope {
                break Some(direct);
            }
            // Along a curved set the way to the tangent leaves it: back to it by a step of Gauss and Newton with this J.
            let mut residuals = vec![0.0; measurements];
            evaluator.residuals(&direct, &mut residuals);
            let back = linear.least_change(&residuals)?;
            let corrected: Vec<f64> = direct.iter().zip(&back).map(|(w, b)| w - b).collect();
            if merit(evaluator, &corrected) <= before + SUFFICIENT * size * slope {
                break Some(corrected);
            }
            size *= 0.5;
            if size < SHORTEST {
                break None;
            }
        };
        match next {
            Some(next) if norm(&next).is_finite() => w = next,
            // The merit falls no further within rounding.
            _ => return Some((w, nearest)),
        }
    }
    None
}
