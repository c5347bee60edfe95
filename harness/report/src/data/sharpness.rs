use flatbench_records::Metrics;

use super::comparison::SEED;
use crate::numbers::median;
use crate::statistics::{WithinCase, kendall, spearman, within_case};
use crate::study::{End, Study};

/// A measure of sharpness that a record carries.
pub(crate) struct SharpnessMeasure {
    pub(crate) name: &'static str,
    pub(crate) of: fn(&Metrics) -> Option<f64>,
}

const MEASURES: [SharpnessMeasure; 9] = [
    SharpnessMeasure { name: "tr H", of: |m| m.hessian_trace },
    SharpnessMeasure { name: "scaled trace", of: |m| m.scaled_trace },
    SharpnessMeasure { name: "λmax", of: |m| m.lambda_max },
    SharpnessMeasure { name: "floor(X)", of: |m| m.flatness_floor },
    SharpnessMeasure { name: "balance gap", of: |m| m.balance_gap },
    SharpnessMeasure { name: "relative flatness", of: |m| m.relative_flatness },
    SharpnessMeasure { name: "worst-case sharpness", of: |m| m.worst_case_sharpness },
    SharpnessMeasure { name: "nuclear norm", of: |m| m.nuclear_norm },
    SharpnessMeasure { name: "parameter norm", of: |m| m.parameter_norm },
];

/// How a measure of sharpness goes with the relative error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sharpness {
    pub(crate) name: &'static str,
    /// Ranks within panels.
    pub(crate) within: WithinCase,
    /// Median over panels of Kendall's τ.
    pub(crate) kendall: Option<f64>,
    /// Spearman over all runs, panels mixed.
    pub(crate) pooled: Option<f64>,
    /// Spearman of every panel in which both vary.
    pub(crate) by_panel: Vec<(usize, f64)>,
}

impl Sharpness {
    /// Whether mixing the panels turns the sign around (Simpson's paradox).
    pub(crate) fn reverses(&self) -> bool {
        let within = self.within.correlation.estimate;
        self.pooled.is_some_and(|pooled| pooled * within < 0.0 && pooled.abs() > 0.1 && within.abs() > 0.1)
    }
}

/// Correlation of every measure with the relative error at the limit points, strongest first. Controls are left out:
/// there is nothing to predict by.
pub(crate) fn sharpness(study: &Study) -> Vec<Sharpness> {
    let mut out: Vec<Sharpness> = MEASURES.iter().filter_map(|measure| correlate(study, measure)).collect();
    out.sort_by(|a, b| b.within.correlation.estimate.total_cmp(&a.within.correlation.estimate));
    out
}

fn correlate(study: &Study, measure: &SharpnessMeasure) -> Option<Sharpness> {
    let mut panels = vec![Vec::new(); study.panels.len()];
    for run in study.compared().filter(|r| study.is_minimum(r)) {
        let Some(metrics) = run.metrics(End::Limit) else { continue };
        let value = (measure.of)(metrics).filter(|v| v.is_finite());
        // Below rounding, errors have no order.
        let error = run.error(End::Limit).map(|e| e.max(1e-9));
        if let (Some(value), Some(error)) = (value, error)
            && !study.panels[run.panel].is_control()
        {
            panels[run.panel].push((run.record.instance_seed, value, error));
        }
    }
    let within = within_case(&panels, SEED)?;
    let split = |pairs: &[(u64, f64, f64)]| -> (Vec<f64>, Vec<f64>) { pairs.iter().map(|p| (p.1, p.2)).unzip() };
    let by_panel = panels
        .iter()
        .enumerate()
        .filter_map(|(panel, pairs)| {
            let (x, y) = split(pairs);
            Some((panel, spearman(&x, &y)?))
        })
        .collect();
    let (x, y) = split(&panels.concat());
    Some(Sharpness {
        name: measure.name,
        within,
        kendall: median(panels.iter().filter_map(|pairs| {
            let (x, y) = split(pairs);
            kendall(&x, &y)
        })),
        pooled: spearman(&x, &y),
        by_panel,
    })
}
