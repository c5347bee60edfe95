use std::collections::BTreeMap;

use flatbench_records::{Init, Outcome};

use crate::numbers::median;
use crate::study::{End, Measure, Run, Study};

/// Excess flatness at or below which a limit point counts as the flattest minimum.
pub(crate) const REACHED: f64 = 1.01;

/// How an optimizer did from one start where a claim can be made: on instances whose certified flattest minimum is itself
/// the truth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) optimizer: usize,
    pub(crate) init: Init,
    /// One entry per panel with such instances.
    pub(crate) cases: Vec<CaseStanding>,
}

/// The same on one panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CaseStanding {
    /// Runs, failed ones included, skipped ones not.
    pub(crate) runs: usize,
    /// Runs whose limit point is the flattest minimum within 1 %.
    pub(crate) reached: usize,
    /// Runs whose relative error is at most the threshold of recovery.
    pub(crate) recovered: usize,
    /// Excess flatness of the runs that have a limit point.
    pub(crate) excess: Vec<f64>,
    /// Relative errors of the runs that recovered.
    pub(crate) errors: Vec<f64>,
}

impl CaseStanding {
    /// Whether every run came to the flattest minimum.
    pub(crate) fn is_reached(&self) -> bool {
        self.runs > 0 && self.reached == self.runs
    }
}

impl Standing {
    /// Cases on which every run came to the flattest minimum.
    pub(crate) fn reached(&self) -> usize {
        self.cases.iter().filter(|c| c.is_reached()).count()
    }

    pub(crate) fn runs(&self) -> usize {
        self.cases.iter().map(|c| c.runs).sum()
    }

    pub(crate) fn recovered(&self) -> usize {
        self.cases.iter().map(|c| c.recovered).sum()
    }

    /// Median over cases of the median excess flatness there, of the cases that `keep` accepts.
    pub(crate) fn excess(&self, keep: impl Fn(&CaseStanding) -> bool) -> Option<f64> {
        median(self.cases.iter().filter(|c| keep(c)).filter_map(|c| median(c.excess.iter().copied())))
    }

    /// Largest relative error of the runs that recovered.
    pub(crate) fn worst_recovered(&self) -> Option<f64> {
        self.cases.iter().flat_map(|c| &c.errors).copied().reduce(f64::max)
    }
}

/// Whether claims can be made on the instance of a run: its flattest minimum is known exactly, certified, and the truth.
fn is_telling(run: &Run) -> bool {
    run.flattest_is_truth() == Some(true) && run.record.result.reference.flat.as_ref().is_some_and(|f| f.exact)
}

/// Every optimizer's standing, the best first.
pub(crate) fn standings(study: &Study, init: Init) -> Vec<Standing> {
    let mut cases: BTreeMap<usize, BTreeMap<usize, CaseStanding>> = BTreeMap::new();
    let own = |run: &&Run| {
        let panel = &study.panels[run.panel];
        panel.init == init && !panel.control && run.counts() && is_telling(run)
    };
    for run in study.compared().filter(own) {
        let case = cases.entry(run.optimizer).or_default().entry(run.panel).or_default();
        case.runs += 1;
        if run.record.result.outcome != Outcome::Completed {
            continue;
        }
        // Off zero loss a point can be flatter than every zero-loss point: only limit points count as reaching one.
        let excess = run.limit().and_then(|_| run.flatness(Measure::Excess, End::Limit));
        case.reached += usize::from(excess.is_some_and(|e| e <= REACHED));
        case.excess.extend(excess);
        if run.recovered(End::Limit) {
            case.recovered += 1;
            case.errors.extend(run.error(End::Limit));
        }
    }
    let mut out: Vec<Standing> = cases
        .into_iter()
        .map(|(optimizer, cases)| Standing { optimizer, init, cases: cases.into_values().collect() })
        .collect();
    let height = |s: &Standing| s.excess(|_| true).unwrap_or(f64::INFINITY);
    out.sort_by(|a, b| b.reached().cmp(&a.reached()).then(height(a).total_cmp(&height(b))));
    out
}

/// Cases on which no claim can be made about reaching and recovering, each with the reason: (case, reason).
pub(crate) fn left_out(study: &Study) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (index, panel) in study.panels.iter().enumerate().filter(|(_, p)| !p.control) {
        let runs: Vec<&Run> = study.in_panel(index).filter(|r| r.counts()).collect();
        let Some(first) = runs.first().filter(|_| !runs.iter().any(|r| is_telling(r))) else { continue };
        let reference = &first.record.result.reference;
        let reason = match &reference.flat {
            None => reference.missing.clone().unwrap_or_else(|| "no flattest minimum was computed".to_owned()),
            Some(flat) if !flat.certified => "its flattest minimum is not certified".to_owned(),
            Some(flat) if !flat.exact => "its flattest minimum is known approximately only".to_owned(),
            Some(_) => "its flattest minimum is not the truth".to_owned(),
        };
        let entry = (panel.case.clone(), reason);
        if !out.contains(&entry) {
            out.push(entry);
        }
    }
    out
}
