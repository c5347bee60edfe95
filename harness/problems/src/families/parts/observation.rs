use ndarray::Array2;

use crate::composed::HeldOut;
use crate::operator::MeasurementOperator;
use crate::randomness::gaussians;

/// Measurements set aside for validation, and again for the test: a quarter of the training measurements, at least 16.
pub(crate) fn held_out_count(measurements: usize) -> usize {
    measurements.div_ceil(4).max(16)
}

/// Targets ⟨A_i, X*⟩ with noise from the stream `noise-<set>`; the noise level is relative to the clean targets' root mean
/// square.
pub(crate) fn targets(
    operator: &dyn MeasurementOperator,
    truth: &Array2<f64>,
    noise: f64,
    seed: u64,
    set: &str,
) -> Vec<f64> {
    let mut targets = vec![0.0; operator.count()];
    operator.apply_in_order(truth.as_slice().expect("a truth is stored row by row"), &mut targets);
    add_noise(&mut targets, noise, seed, set);
    targets
}

/// Adds noise relative to the root mean square of the values.
pub(crate) fn add_noise(values: &mut [f64], noise: f64, seed: u64, set: &str) {
    if noise > 0.0 {
        let mean_square = values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64;
        let sigma = noise * mean_square.sqrt();
        let perturbation = gaussians(seed, &format!("noise-{set}"), values.len(), sigma);
        values.iter_mut().zip(perturbation).for_each(|(value, e)| *value += e);
    }
}

/// Held-out measurements of the same kind as the training ones, from the stream named by the set.
pub(crate) fn held_out<O: MeasurementOperator + 'static>(
    operator: O,
    truth: &Array2<f64>,
    noise: f64,
    seed: u64,
    set: &str,
) -> Option<HeldOut> {
    let targets = targets(&operator, truth, noise, seed, set);
    HeldOut::new(operator, targets)
}
