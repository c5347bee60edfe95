use flatbench_plugin::prelude::*;

use crate::linearization::{Linearization, dot};

/// Residuals that are 0 for the precision of numbers, relative to the predictions.
const EXACT: f64 = 1e-15;
/// Residuals that are taken for 0 where they fall no further.
const ROUNDING: f64 = 1e-11;
/// A correction has to bring the residuals down to this fraction.
const WORTH: f64 = 0.7;
/// Accuracy of a correction: the next one takes care of the rest.
const ACCURACY: f64 = 0.1;
const CORRECTIONS: usize = 20;
const PRODUCTS: usize = 12;

/// A point of zero loss, and what rounding left of it.
pub(crate) struct Arrival {
    pub(crate) w: Vector,
    pub(crate) loss: f64,
}

/// The point of zero loss next to `start`, by Gauss-Newton corrections of least norm; none if they do not bring the residuals down
/// at once. `scale` is the norm of the predictions.
///
/// # Errors
/// Those of the oracle.
pub(crate) fn retract(
    start: &Parameters,
    scale: f64,
    linearization: &mut Linearization,
    oracle: &mut Oracle,
) -> Result<Option<Arrival>> {
    let mut w = start.to_vector();
    let mut before = f64::INFINITY;
    for _ in 0..CORRECTIONS {
        let residuals = oracle.residuals(&w)?;
        let square = dot(&residuals, &residuals);
        let norm = square.sqrt();
        if norm <= EXACT * scale || (norm <= ROUNDING * scale && norm > 0.5 * before) {
            return Ok(Some(Arrival { w, loss: square / residuals.len() as f64 }));
        }
        if norm > WORTH * before || !norm.is_finite() {
            return Ok(None);
        }
        let correction = linearization.least_norm(&w, &residuals, ACCURACY, PRODUCTS, oracle)?;
        w.scaled_add(-1.0, &correction);
        before = norm;
    }
    Ok(None)
}
