use std::collections::BTreeMap;

use flatbench_records::Init;

use crate::statistics::{Interval, bootstrap_median, holm, wilcoxon};
use crate::study::{End, Run, Study};

/// Seed of every resampling: a report is a function of its records.
pub(crate) const SEED: u64 = 20_240_601;

/// What a comparison shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Flatter,
    LessFlat,
    NotResolved,
}

/// An optimizer against the baseline, paired over instances.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) optimizer: usize,
    /// Starts are compared apart: from a small one, little is left to find.
    pub(crate) init: Init,
    pub(crate) pairs: usize,
    /// Median of tr H over the baseline's on the same instance.
    pub(crate) ratio: Interval,
    /// Least and greatest of those ratios.
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    /// Median of the relative error over the baseline's, where both are positive.
    pub(crate) error_ratio: Option<Interval>,
    /// Wilcoxon's signed-rank test of the logarithms of the trace ratios.
    pub(crate) p: Option<f64>,
    /// The same, adjusted for testing every optimizer from every start.
    pub(crate) adjusted: Option<f64>,
}

impl Comparison {
    pub(crate) fn finding(&self) -> Finding {
        match self.adjusted {
            Some(p) if p < 0.05 && self.ratio.high < 1.0 => Finding::Flatter,
            Some(p) if p < 0.05 && self.ratio.low > 1.0 => Finding::LessFlat,
            _ => Finding::NotResolved,
        }
    }
}

/// Every optimizer against the baseline at the limit points, over the panels that `keep` accepts.
pub(crate) fn comparisons(study: &Study, keep: impl Fn(usize) -> bool) -> Vec<Comparison> {
    let Some(baseline) = study.baseline else { return Vec::new() };
    let mut out: Vec<Comparison> = Vec::new();
    for init in Init::ALL {
        let mut runs = by_optimizer(study, |panel| study.panels[panel].init == init && keep(panel));
        let base = runs.remove(&baseline).unwrap_or_default();
        out.extend(runs.into_iter().filter_map(|(optimizer, runs)| compare(study, optimizer, init, &runs, &base)));
    }
    let tested: Vec<f64> = out.iter().filter_map(|c| c.p).collect();
    let mut adjusted = holm(&tested).into_iter();
    for comparison in &mut out {
        comparison.adjusted = comparison.p.and_then(|_| adjusted.next());
    }
    out
}

type ByInstance<'s, 'a> = BTreeMap<(usize, u64, u32), Vec<&'s Run<'a>>>;

fn by_optimizer<'s, 'a>(study: &'s Study<'a>, keep: impl Fn(usize) -> bool) -> BTreeMap<usize, ByInstance<'s, 'a>> {
    let mut out: BTreeMap<usize, ByInstance> = BTreeMap::new();
    for run in study.compared().filter(|run| keep(run.panel) && study.is_minimum(run)) {
        out.entry(run.optimizer).or_default().entry(run.instance()).or_default().push(run);
    }
    out
}

fn compare(study: &Study, optimizer: usize, init: Init, runs: &ByInstance, base: &ByInstance) -> Option<Comparison> {
    // Runs on one instance share its truth and measurements: one cluster.
    let mut traces: BTreeMap<(&str, &str, u64), Vec<f64>> = BTreeMap::new();
    let mut errors = traces.clone();
    for (instance, own) in runs {
        let Some(other) = base.get(instance) else { continue };
        let panel = &study.panels[instance.0];
        let cluster = (panel.suite.as_str(), panel.case.as_str(), instance.1);
        let middle =
            |runs: &[&Run], of: &dyn Fn(&Run) -> Option<f64>| crate::numbers::median(runs.iter().filter_map(|r| of(r)));
        let trace = |run: &Run| run.trace(End::Limit);
        if let (Some(a), Some(b)) = (middle(own, &trace), middle(other, &trace)) {
            traces.entry(cluster).or_default().push(log_ratio(a, b));
        }
        let error = |run: &Run| run.error(End::Limit).filter(|e| *e > 0.0);
        if let (Some(a), Some(b)) = (middle(own, &error), middle(other, &error)) {
            errors.entry(cluster).or_default().push(log_ratio(a, b));
        }
    }
    let interval = |clusters: BTreeMap<_, Vec<f64>>| {
        let clusters: Vec<Vec<f64>> = clusters.into_values().collect();
        let i = bootstrap_median(&clusters, SEED ^ optimizer as u64)?;
        Some(Interval { estimate: i.estimate.exp(), low: i.low.exp(), high: i.high.exp() })
    };
    let logs: Vec<f64> = traces.values().flatten().copied().collect();
    Some(Comparison {
        optimizer,
        init,
        pairs: logs.len(),
        ratio: interval(traces)?,
        least: logs.iter().copied().fold(f64::INFINITY, f64::min).exp(),
        greatest: logs.iter().copied().fold(f64::NEG_INFINITY, f64::max).exp(),
        error_ratio: interval(errors),
        p: wilcoxon(&logs),
        adjusted: None,
    })
}

/// Differences at the level of rounding are ties, not evidence.
fn log_ratio(a: f64, b: f64) -> f64 {
    let log = (a / b).ln();
    if log.abs() < 1e-9 { 0.0 } else { log }
}

/// The same on the panels where theory allows no difference.
pub(crate) fn controls(study: &Study) -> Vec<Comparison> {
    comparisons(study, |panel| study.panels[panel].control)
}
