use std::collections::BTreeMap;

use flatbench_records::Init;

use crate::statistics::{Interval, bootstrap_median, holm, simultaneous, wilcoxon};
use crate::study::{End, Run, Study};

/// Seed of every resampling: a report is a function of its records.
pub(crate) const SEED: u64 = 20_240_601;

/// The smallest difference worth a word: a factor of 1.1. Less than that is what the step size alone makes of gradient descent
/// (METHODOLOGY, “What a verdict says”), so it is no property of a method.
pub(crate) const SMALLEST_EFFECT: f64 = 1.1;

/// What a ratio to the baseline shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Lower than the baseline's, by at least the smallest effect.
    Lower,
    /// Higher, by as much.
    Higher,
    /// No different by the smallest effect or more, whatever the truth inside the interval.
    Alike,
    NotResolved,
}

/// A median ratio over paired instances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) pairs: usize,
    /// With the interval that holds simultaneously with those of the family.
    pub(crate) interval: Interval,
    /// Wilcoxon's signed-rank test of the logarithms; `None` where all are tied.
    pub(crate) p: Option<f64>,
    /// The same, adjusted for the family: tr H and error of every optimizer from every start.
    pub(crate) adjusted: Option<f64>,
}

impl Ratio {
    pub(crate) fn finding(&self) -> Finding {
        let Interval { estimate, low, high } = self.interval;
        let resolved = self.adjusted.is_some_and(|p| p < 0.05);
        if resolved && high < 1.0 && estimate <= 1.0 / SMALLEST_EFFECT {
            Finding::Lower
        } else if resolved && low > 1.0 && estimate >= SMALLEST_EFFECT {
            Finding::Higher
        } else if low > 1.0 / SMALLEST_EFFECT && high < SMALLEST_EFFECT {
            Finding::Alike
        } else {
            Finding::NotResolved
        }
    }
}

/// An optimizer against the baseline, paired over instances.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) optimizer: usize,
    /// Starts are compared apart: from a small one, little is left to find.
    pub(crate) init: Init,
    /// tr H over the baseline's on the same instance.
    pub(crate) trace: Ratio,
    /// Least and greatest of those ratios.
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    /// The relative error over the baseline's, where both are positive.
    pub(crate) error: Option<Ratio>,
}

impl Comparison {
    pub(crate) fn finding(&self) -> Finding {
        self.trace.finding()
    }
}

/// Logarithms of paired ratios in clusters: those of one instance share its truth and measurements.
type Clusters = Vec<Vec<f64>>;

/// Every optimizer against the baseline at the limit points, over the panels that `keep` accepts.
pub(crate) fn comparisons(study: &Study, keep: impl Fn(usize) -> bool) -> Vec<Comparison> {
    let Some(baseline) = study.baseline else { return Vec::new() };
    let mut paired: Vec<(usize, Init, Clusters, Clusters)> = Vec::new();
    for init in Init::ALL {
        let mut runs = by_optimizer(study, |panel| study.panels[panel].init == init && keep(panel));
        let base = runs.remove(&baseline).unwrap_or_default();
        paired.extend(runs.into_iter().map(|(optimizer, runs)| {
            let [traces, errors] = pairs(study, &runs, &base);
            (optimizer, init, traces, errors)
        }));
    }
    let family = paired.iter().flat_map(|(_, _, traces, errors)| [traces, errors]).filter(|c| !c.is_empty()).count();
    let mut out: Vec<Comparison> = paired
        .into_iter()
        .filter_map(|(optimizer, init, traces, errors)| {
            let logs = || traces.iter().flatten().copied();
            Some(Comparison {
                optimizer,
                init,
                least: logs().fold(f64::INFINITY, f64::min).exp(),
                greatest: logs().fold(f64::NEG_INFINITY, f64::max).exp(),
                trace: ratio(&traces, family, optimizer)?,
                error: ratio(&errors, family, optimizer),
            })
        })
        .collect();
    let mut all: Vec<&mut Ratio> =
        out.iter_mut().flat_map(|c| std::iter::once(&mut c.trace).chain(c.error.as_mut())).collect();
    let adjusted = holm(&all.iter().filter_map(|ratio| ratio.p).collect::<Vec<_>>());
    all.iter_mut().filter(|ratio| ratio.p.is_some()).zip(adjusted).for_each(|(ratio, p)| ratio.adjusted = Some(p));
    out
}

type ByInstance<'s, 'a> = BTreeMap<(usize, u64, u32), Vec<&'s Run<'a>>>;

fn by_optimizer<'s, 'a>(study: &'s Study<'a>, keep: impl Fn(usize) -> bool) -> BTreeMap<usize, ByInstance<'s, 'a>> {
    let mut out: BTreeMap<usize, ByInstance> = BTreeMap::new();
    for run in study.compared().filter(|run| keep(run.panel) && run.is_at_minimum()) {
        out.entry(run.optimizer).or_default().entry(run.instance()).or_default().push(run);
    }
    out
}

/// Clusters of the logarithms of tr H and of the error over the baseline's.
fn pairs(study: &Study, runs: &ByInstance, base: &ByInstance) -> [Clusters; 2] {
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
    [traces, errors].map(|clusters| clusters.into_values().collect())
}

/// Median, interval and test; `family` is the number of ratios among which it stands.
fn ratio(clusters: &Clusters, family: usize, optimizer: usize) -> Option<Ratio> {
    let i = bootstrap_median(clusters, simultaneous(family), SEED ^ optimizer as u64)?;
    let logs = clusters.concat();
    Some(Ratio {
        pairs: logs.len(),
        interval: Interval { estimate: i.estimate.exp(), low: i.low.exp(), high: i.high.exp() },
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
