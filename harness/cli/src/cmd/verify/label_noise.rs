use flatbench_records::{Record, Trajectory, Value};

use super::check::Check;
use super::suites::Bench;
use crate::status::Failure;

const SUITE: &str = include_str!("../../../../suites/verification/label-noise.toml");

/// Largest relative deviation.
const TOLERANCE: f64 = 0.15;
/// Part of the budget after which the loss is taken for stationary.
const SETTLED: f64 = 0.3;

/// The excess loss of label-noise SGD, (η σ²/2B) tr H to first order in η (Damian, Ma and Lee 2021).
pub fn checks(bench: &Bench, keep: &mut dyn FnMut(Check)) -> Result<(), Failure> {
    let suite = bench.suite("verification/label-noise.toml", SUITE)?;
    let runs = bench.run(&suite)?;
    let name = "label-noise SGD keeps an excess loss of (step size · noise² / 2B) · tr H";
    let means: Vec<f64> = runs.iter().filter_map(|(record, trajectory)| mean_ratio(record, trajectory)).collect();
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let variance = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let error = (variance / count).sqrt();
    let passed = means.len() == runs.len() && (mean - 1.0).abs() <= TOLERANCE;
    let detail = format!(
        "measured over predicted {mean:.3} ± {error:.3} over {} of {} runs (allowed 1 ± {TOLERANCE})",
        means.len(),
        runs.len()
    );
    keep(Check::new(name, passed, detail, &[("ratio", mean), ("standard_error", error), ("runs", count)]));
    Ok(())
}

/// Mean over the late checkpoints of f / ((η σ²/2B) tr H).
fn mean_ratio(record: &Record, trajectory: &Trajectory) -> Option<f64> {
    let resolved = |name: &str| record.result.resolved.get(name).or(record.hyperparameters.get(name));
    let constant = |name: &str| resolved(name).and_then(Value::as_schedule).map(|schedule| schedule.from);
    let (step, noise) = (constant("step_size")?, constant("noise")?);
    let batch = resolved("batch_size")?.as_real()?;
    let factor = step * noise * noise / (2.0 * batch);
    let late = trajectory.checkpoints.iter().filter(|point| point.gradient_equivalents >= SETTLED * record.budget);
    let ratios: Vec<f64> = late.filter_map(|point| Some(point.train_loss? / (factor * point.hessian_trace?))).collect();
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    mean.is_finite().then_some(mean)
}
