use flatbench_records::{Quality, Reference};

use crate::bounds::Bounds;
use crate::study::{End, Measure, Run, Study};

/// Flatness against recovery error in one panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Landscape {
    pub(crate) panel: usize,
    pub(crate) measure: Measure,
    pub(crate) points: Vec<Point>,
    /// Flattest minima, as far as they are known, one per instance.
    pub(crate) flattest: Vec<Mark>,
    /// Minima of smallest norm, one per instance.
    pub(crate) norm_minimal: Vec<Mark>,
    /// Excess flatness below which no minimum lies, in any instance, where the flattest is not certified.
    pub(crate) least: Option<f64>,
    /// Completed runs that have no place in the picture, for want of a number.
    pub(crate) unplaced: usize,
}

/// A run: (relative error, flatness) at the iterate and at the limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) optimizer: usize,
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) iterate: Option<(f64, f64)>,
    pub(crate) limit: Option<(f64, f64)>,
    /// What is known of the flatness at the limit.
    pub(crate) bounds: Option<Bounds>,
}

/// A reference solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) instance: u64,
    pub(crate) error: f64,
    pub(crate) flatness: f64,
    /// What it is, in words.
    pub(crate) name: &'static str,
    /// Whether it is certified.
    pub(crate) certified: bool,
}

/// The picture of a panel; `None` if no run and no reference has a place in it.
pub(crate) fn landscape(study: &Study, panel: usize) -> Option<Landscape> {
    let measure = study.panels[panel].measure;
    let mut out = Landscape {
        panel,
        measure,
        points: Vec::new(),
        flattest: Vec::new(),
        norm_minimal: Vec::new(),
        least: None,
        unplaced: 0,
    };
    for run in study.in_panel(panel) {
        let place = |end| Some((run.error(end)?, run.flatness(measure, end)?));
        let iterate = place(End::Iterate);
        let limit = run.limit().and_then(|_| place(End::Limit));
        if iterate.is_some() || limit.is_some() {
            out.points.push(Point {
                optimizer: run.optimizer,
                key: run.record.key.clone(),
                label: run.label(&study.optimizers[run.optimizer]),
                iterate,
                limit,
                bounds: run.bounds(measure, End::Limit),
            });
        } else {
            out.unplaced += usize::from(run.record.result.outcome == flatbench_records::Outcome::Completed);
        }
        marks(run, measure, &mut out);
    }
    (!out.points.is_empty() || !out.flattest.is_empty()).then_some(out)
}

fn marks(run: &Run, measure: Measure, out: &mut Landscape) {
    let reference = &run.record.result.reference;
    let unit = match measure {
        Measure::Trace => Some(1.0),
        Measure::Excess => reference.flat.as_ref().map(|f| f.hessian_trace),
    };
    if let Some(flat) = reference.flat.as_ref().filter(|flat| flat.quality() == Quality::BestKnown) {
        let least = flat.least().map(|least| least / flat.hessian_trace).filter(|least| least.is_finite());
        out.least = out.least.into_iter().chain(least).reduce(f64::min);
    }
    let mark = |trace: f64, error: Option<f64>, certified: bool, name: &'static str| {
        let flatness = trace / unit?;
        let error = error.filter(|e| e.is_finite() && *e >= 0.0)?;
        let instance = run.record.instance_seed;
        (flatness.is_finite() && flatness > 0.0).then_some(Mark { instance, error, flatness, name, certified })
    };
    let flattest = |flat: &Reference| {
        let quality = flat.quality();
        match quality {
            // What the bound is of is no zero-loss point; the flattest that is known is the truth, where it is one.
            Quality::LowerBound => {
                let is_truth = run.flattest_is_truth() == Some(true);
                mark(flat.known()?, is_truth.then_some(0.0), false, Quality::BestKnown.words())
            }
            _ => mark(flat.hessian_trace, flat.relative_error, flat.is_minimum(), quality.words()),
        }
    };
    let norm_minimal = |norm: &Reference| {
        let name =
            if norm.exact { "norm-minimal solution" } else { "norm-minimal X, which no factors of this width have" };
        mark(norm.hessian_trace, norm.relative_error, norm.certified, name)
    };
    // Every run of an instance carries the same reference.
    let flat = reference.flat.as_ref().and_then(flattest).filter(|mark| !out.flattest.contains(mark));
    out.flattest.extend(flat);
    let norm = reference.norm_minimal.as_ref().and_then(norm_minimal).filter(|mark| !out.norm_minimal.contains(mark));
    out.norm_minimal.extend(norm);
}
