use flatbench_plugin::prelude::*;

/// Evaluations after which a search is given up.
const LIMIT: usize = 30;
/// By how much a step grows while the loss falls as steeply as at its start.
const GROWTH: f64 = 4.0;
/// How near to an end of the bracket a step may come, relative to its length.
const MARGIN: f64 = 0.1;
/// Rises of the loss by this fraction of it are rounding.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// A point w + t d of a search.
pub(crate) struct Trial {
    /// t.
    pub(crate) step: f64,
    pub(crate) loss: f64,
    /// ∇f · d.
    pub(crate) slope: f64,
    pub(crate) gradient: Vector,
}

/// The fractions of the slope at t = 0 that a step must fall by, and that the slope there may still have.
pub(crate) struct Conditions {
    pub(crate) decrease: f64,
    pub(crate) curvature: f64,
}

/// A step that meets the strong Wolfe conditions, found by a bracket and cubic interpolation in it (Nocedal and Wright 2006, algorithms
/// 3.5 and 3.6); if none is found in time, one with the decrease alone, and otherwise none.
///
/// # Errors
/// Those of `evaluate`.
pub(crate) fn search(
    start: Trial,
    first: f64,
    conditions: &Conditions,
    mut evaluate: impl FnMut(f64) -> Result<Trial>,
) -> Result<Option<Trial>> {
    let (loss, slope) = (start.loss, start.slope);
    let (mut low, mut high): (Trial, Option<Trial>) = (start, None);
    let mut step = first;
    for _ in 0..LIMIT {
        let trial = evaluate(step)?;
        let allowed = loss + conditions.decrease * step * slope + ROUNDING * loss.abs();
        // Written so that a loss that is no number counts as too high.
        let falls = trial.loss <= allowed && (low.step == 0.0 || trial.loss < low.loss);
        if !falls {
            high = Some(trial);
        } else if trial.slope.abs() <= -conditions.curvature * slope {
            return Ok(Some(trial));
        } else {
            let beyond = high.as_ref().map_or(1.0, |high| high.step - low.step);
            let passed = std::mem::replace(&mut low, trial);
            if low.slope * beyond >= 0.0 {
                high = Some(passed);
            }
        }
        step = high.as_ref().map_or(GROWTH * low.step, |high| between(&low, high));
    }
    Ok((low.step > 0.0).then_some(low))
}

/// The minimizer of the cubic with the losses and slopes of both ends, kept away from them.
fn between(low: &Trial, high: &Trial) -> f64 {
    let width = high.step - low.step;
    let d1 = low.slope + high.slope - 3.0 * (low.loss - high.loss) / (low.step - high.step);
    let root = (d1 * d1 - low.slope * high.slope).sqrt().copysign(width);
    let fraction = 1.0 - (high.slope + root - d1) / (high.slope - low.slope + 2.0 * root);
    // What is no number (an end without a finite loss) becomes the middle.
    let fraction = if fraction.is_finite() { fraction.clamp(MARGIN, 1.0 - MARGIN) } else { 0.5 };
    low.step + fraction * width
}
