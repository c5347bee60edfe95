use std::collections::BTreeMap;

use flatbench_records::{METRICS, Metric};

use super::comparison::SEED;
use crate::numbers::median;
use crate::statistics::{Pair, Within, kendall, simultaneous, spearman, within};
use crate::study::{End, Study};

/// Correlations that sentences are made of: of tr H and of tr H over the floor of its X, each inside cases and inside optimizers.
const SAID: usize = 4;

/// How a measure of sharpness goes with the relative error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sharpness {
    pub(crate) name: &'static str,
    /// Ranks within cases, all optimizers of a case together.
    pub(crate) in_cases: Within,
    /// Ranks within the runs of one optimizer on one case, which differ in the instance alone.
    pub(crate) in_optimizers: Option<Within>,
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
        let within = self.in_cases.correlation.estimate;
        self.pooled.is_some_and(|pooled| pooled * within < 0.0 && pooled.abs() > 0.1 && within.abs() > 0.1)
    }
}

/// Correlation of every measure with the relative error at the limit points, strongest first. Controls are left out:
/// there is nothing to predict by.
pub(crate) fn sharpness(study: &Study) -> Vec<Sharpness> {
    let measures = METRICS.iter().filter(|metric| metric.sharpness);
    let mut out: Vec<Sharpness> = measures.filter_map(|measure| correlate(study, measure)).collect();
    out.sort_by(|a, b| b.in_cases.correlation.estimate.total_cmp(&a.in_cases.correlation.estimate));
    out
}

fn correlate(study: &Study, measure: &Metric) -> Option<Sharpness> {
    let mut panels: Vec<(usize, Vec<Pair>)> = (0..study.panels.len()).map(|panel| (panel, Vec::new())).collect();
    for run in study.compared().filter(|r| r.is_at_minimum() && !study.panels[r.panel].control) {
        let Some(metrics) = run.metrics(End::Limit) else { continue };
        let value = measure.number(metrics).filter(|v| v.is_finite());
        // Below rounding, errors have no order.
        let error = run.error(End::Limit).map(|e| e.max(1e-9));
        if let (Some(measure), Some(outcome)) = (value, error) {
            let (instance, optimizer) = (run.record.instance_seed, run.optimizer);
            panels[run.panel].1.push(Pair { instance, optimizer, measure, outcome });
        }
    }
    let level = simultaneous(SAID);
    // The starts of a case share its instances, which are resampled as one.
    let case_of = |panel: usize| {
        let own = &study.panels[panel];
        study.panels.iter().position(|p| (&p.suite, &p.case) == (&own.suite, &own.case)).unwrap_or(panel)
    };
    let cases: Vec<(usize, Vec<Pair>)> = panels.iter().map(|(panel, pairs)| (case_of(*panel), pairs.clone())).collect();
    let mut cells: BTreeMap<(usize, usize), Vec<Pair>> = BTreeMap::new();
    for (panel, pairs) in &panels {
        pairs.iter().for_each(|pair| cells.entry((*panel, pair.optimizer)).or_default().push(*pair));
    }
    let cells: Vec<(usize, Vec<Pair>)> = cells.into_iter().map(|((panel, _), pairs)| (case_of(panel), pairs)).collect();
    let split = |pairs: &[Pair]| -> (Vec<f64>, Vec<f64>) { pairs.iter().map(|p| (p.measure, p.outcome)).unzip() };
    let by_panel = panels
        .iter()
        .filter_map(|(panel, pairs)| {
            let (x, y) = split(pairs);
            Some((*panel, spearman(&x, &y)?))
        })
        .collect();
    let all: Vec<Pair> = panels.iter().flat_map(|(_, pairs)| pairs.iter().copied()).collect();
    let (x, y) = split(&all);
    Some(Sharpness {
        name: measure.symbol,
        in_cases: within(&cases, level, SEED)?,
        in_optimizers: within(&cells, level, SEED),
        kendall: median(panels.iter().filter_map(|(_, pairs)| {
            let (x, y) = split(pairs);
            kendall(&x, &y)
        })),
        pooled: spearman(&x, &y),
        by_panel,
    })
}
