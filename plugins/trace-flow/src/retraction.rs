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

/// Fall of the residuals that a shortened correction has to bring, as a fraction of what the linearized equations promise.
const DECREASE: f64 = 0.25;
/// Corrections on the way from afar, halvings of each, and their accuracy.
const APPROACHES: usize = 50;
const HALVINGS: usize = 12;
const CAREFUL: (f64, usize) = (1e-2, 60);

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

/// The same from further away: corrections are shortened until they bring the residuals down, each with a factor of its own.
///
/// # Errors
/// Those of the oracle.
pub(crate) fn approach(
    start: &Parameters,
    scale: f64,
    linearization: &mut Linearization,
    oracle: &mut Oracle,
) -> Result<Option<Arrival>> {
    let mut w = start.to_vector();
    let mut residuals = oracle.residuals(&w)?;
    for round in 0..APPROACHES {
        if let Some(arrival) = retract(&w, scale, linearization, oracle)? {
            return Ok(Some(arrival));
        }
        if round > 0 {
            linearization.refresh(&w, oracle)?;
        }
        let (accuracy, products) = CAREFUL;
        let correction = linearization.least_norm(&w, &residuals, accuracy, products, oracle)?;
        let norm = dot(&residuals, &residuals).sqrt();
        let mut step = 1.0;
        let mut halvings = 0;
        loop {
            let mut next = w.to_vector();
            next.scaled_add(-step, &correction);
            let there = oracle.residuals(&next)?;
            if dot(&there, &there).sqrt() <= (1.0 - DECREASE * step) * norm {
                (w, residuals) = (next, there);
                break;
            }
            halvings += 1;
            if halvings > HALVINGS {
                return Ok(None);
            }
            step *= 0.5;
        }
    }
    Ok(None)
}
