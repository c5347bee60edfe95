use flatbench_records::{METRICS, Metric};

use super::comparison::SEED;
use crate::numbers::median;
use crate::statistics::{WithinCase, kendall, spearman, within_case};
use crate::study::{End, Study};

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
    let measures = METRICS.iter().filter(|metric| metric.sharpness);
    let mut out: Vec<Sharpness> = measures.filter_map(|measure| correlate(study, measure)).collect();
    out.sort_by(|a, b| b.within.correlation.estimate.total_cmp(&a.within.correlation.estimate));
    out
}

fn correlate(study: &Study, measure: &Metric) -> Option<Sharpness> {
    let mut panels = vec![Vec::new(); study.panels.len()];
    for run in study.compared().filter(|r| study.is_minimum(r)) {
        let Some(metrics) = run.metrics(End::Limit) else { continue };
        let value = measure.number(metrics).filter(|v| v.is_finite());
        // Below rounding, errors have no order.
        let error = run.error(End::Limit).map(|e| e.max(1e-9));
        if let (Some(value), Some(error)) = (value, error)
            && !study.panels[run.panel].control
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
        name: measure.symbol,
        within,
        kendall: median(panels.iter().filter_map(|pairs| {
            let (x, y) = split(pairs);
            kendall(&x, &y)
        })),
        pooled: spearman(&x, &y),
        by_panel,
    })
}
