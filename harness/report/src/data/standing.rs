use std::collections::BTreeMap;

use flatbench_records::{Init, Outcome, Quality, Record};

use crate::bounds::Bounds;
use crate::reasons::Reasons;
use crate::study::{End, Measure, RECOVERED, Run, Study, no_flattest};

/// tr H over that of the flattest minimum that is known at or below which a limit point counts as being there.
pub(crate) const REACHED: f64 = 1.01;

/// How an optimizer did from one start where a claim can be made: on instances whose flattest minimum, as far as it is known,
/// is itself the truth.
#[derive(Clone, Debug)]
pub(crate) struct Standing<'a> {
    pub(crate) optimizer: usize,
    /// One entry per panel with such instances.
    pub(crate) cases: Vec<CaseStanding<'a>>,
}

/// The same on one panel.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaseStanding<'a> {
    /// Its place among the panels of the study.
    pub(crate) panel: usize,
    /// Whether settings were chosen on instances of the case.
    pub(crate) tuned: bool,
    /// Whether the flattest minimum of each instance is certified.
    pub(crate) certified: bool,
    /// Runs, failed ones included, skipped ones not.
    pub(crate) runs: Vec<&'a Record>,
    /// Runs whose limit point is, within 1 %, at least as flat as the flattest minimum that is known.
    pub(crate) reached: usize,
    /// Excess flatness of the runs that have a limit point.
    pub(crate) excess: Vec<Bounds>,
    /// Relative errors of the completed runs.
    pub(crate) errors: Vec<f64>,
}

impl CaseStanding<'_> {
    /// Whether every run came to the flattest minimum.
    pub(crate) fn is_reached(&self) -> bool {
        !self.runs.is_empty() && self.reached == self.runs.len()
    }

    /// Median excess flatness of the runs that have a limit point.
    pub(crate) fn median(&self) -> Option<Bounds> {
        Bounds::median(self.excess.iter().copied())
    }

    /// Runs whose relative error is at most `threshold`.
    pub(crate) fn recovered(&self, threshold: f64) -> usize {
        self.errors.iter().filter(|error| **error <= threshold).count()
    }
}

impl<'a> Standing<'a> {
    /// Cases on which every run came to the flattest minimum.
    pub(crate) fn reached(&self) -> usize {
        self.cases.iter().filter(|c| c.is_reached()).count()
    }

    /// Runs on the cases that are tuned, or that are not.
    pub(crate) fn runs(&self, tuned: bool) -> usize {
        self.kind(tuned).map(|c| c.runs.len()).sum()
    }

    /// Those of them whose relative error is at most `threshold`.
    pub(crate) fn recovered(&self, tuned: bool, threshold: f64) -> usize {
        self.kind(tuned).map(|c| c.recovered(threshold)).sum()
    }

    /// Whether no run recovered, tuned or not.
    pub(crate) fn recovered_nothing(&self) -> bool {
        [true, false].iter().all(|tuned| self.recovered(*tuned, RECOVERED) == 0)
    }

    fn kind(&self, tuned: bool) -> impl Iterator<Item = &CaseStanding<'a>> {
        self.cases.iter().filter(move |c| c.tuned == tuned)
    }

    /// Median over cases of the median excess flatness there, of the cases that `keep` accepts.
    pub(crate) fn excess(&self, keep: impl Fn(&CaseStanding<'a>) -> bool) -> Option<Bounds> {
        let cases = self.cases.iter().filter(|c| keep(c));
        Bounds::median(cases.filter_map(CaseStanding::median))
    }

    /// Number by which optimizers are ranked.
    pub(crate) fn height(&self) -> Option<f64> {
        self.excess(|_| true)?.height()
    }

    /// Largest relative error of the runs that recovered.
    pub(crate) fn worst_recovered(&self) -> Option<f64> {
        let errors = self.cases.iter().flat_map(|c| &c.errors).copied();
        errors.filter(|error| *error <= RECOVERED).reduce(f64::max)
    }

    /// Runs on all cases.
    pub(crate) fn all_runs(&self) -> usize {
        self.cases.iter().map(|c| c.runs.len()).sum()
    }

    /// Why runs reached no minimum.
    pub(crate) fn reasons(&self) -> Reasons {
        Reasons::of(self.cases.iter().flat_map(|c| c.runs.iter().copied()))
    }
}

/// Whether claims can be made on the instance of a run: the flattest minimum that is known is the truth.
fn is_telling(run: &Run) -> bool {
    run.flattest_is_truth() == Some(true)
}

/// Every optimizer's standing, the best first.
pub(crate) fn standings<'a>(study: &Study<'a>, init: Init) -> Vec<Standing<'a>> {
    let mut cases: BTreeMap<usize, BTreeMap<usize, CaseStanding>> = BTreeMap::new();
    let own = |run: &&Run| {
        let panel = &study.panels[run.panel];
        panel.init == init && !panel.control && run.counts() && is_telling(run)
    };
    for run in study.compared().filter(own) {
        let case = cases.entry(run.optimizer).or_default().entry(run.panel).or_insert_with(|| CaseStanding {
            panel: run.panel,
            tuned: study.panels[run.panel].tuned,
            certified: true,
            ..CaseStanding::default()
        });
        case.runs.push(run.record);
        case.certified &= run.record.result.reference.flat.as_ref().is_some_and(|flat| flat.is_minimum());
        if run.record.result.outcome != Outcome::Completed {
            continue;
        }
        // Off zero loss a point can be flatter than every zero-loss point: only limit points count as reaching one.
        let excess = run.bounds(Measure::Excess, End::Limit);
        case.reached += usize::from(excess.and_then(|e| e.low).is_some_and(|low| low <= REACHED));
        case.excess.extend(excess);
        case.errors.extend(run.error(End::Limit));
    }
    let mut out: Vec<Standing> = cases
        .into_iter()
        .map(|(optimizer, cases)| Standing { optimizer, cases: cases.into_values().collect() })
        .collect();
    let height = |s: &Standing| s.height().unwrap_or(f64::INFINITY);
    out.sort_by(|a, b| b.reached().cmp(&a.reached()).then(height(a).total_cmp(&height(b))));
    out
}

/// The optimizers of standings from several starts: in the order of the first, those that are missing there after them.
pub(crate) fn ranked<'a>(all: impl Iterator<Item = &'a Standing<'a>>) -> Vec<usize> {
    let mut order = Vec::new();
    for standing in all {
        if !order.contains(&standing.optimizer) {
            order.push(standing.optimizer);
        }
    }
    order
}

/// Cases on which no claim can be made about reaching and recovering, each with the reason: (case, reason).
pub(crate) fn left_out(study: &Study) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (index, panel) in study.panels.iter().enumerate().filter(|(_, p)| !p.control) {
        let runs: Vec<&Run> = study.in_panel(index).filter(|r| r.counts()).collect();
        let Some(first) = runs.first().filter(|_| !runs.iter().any(|r| is_telling(r))) else { continue };
        let reference = &first.record.result.reference;
        let reason = match reference.flat.as_ref().map(|flat| flat.quality()) {
            None => no_flattest(reference).unwrap_or("no flattest minimum was computed").to_owned(),
            Some(Quality::Minimum) => "its flattest minimum is not the truth".to_owned(),
            Some(Quality::BestKnown) => "its flattest minimum, as far as it is known, is not the truth".to_owned(),
            Some(Quality::LowerBound) => "no more is known of its flattest minimum than a lower bound".to_owned(),
            Some(quality) => format!("there is no more than an {}", quality.words()),
        };
        let entry = (panel.case.clone(), reason);
        if !out.contains(&entry) {
            out.push(entry);
        }
    }
    out
}
