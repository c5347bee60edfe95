use std::collections::HashMap;

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
    /// What is drawn of it; nothing where there is no room for all.
    pub(crate) drawn: Option<Drawn>,
    pub(crate) iterate: Option<(f64, f64)>,
    pub(crate) limit: Option<(f64, f64)>,
    /// What is known of the flatness at the limit.
    pub(crate) bounds: Option<Bounds>,
}

/// What tells a point that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) key: String,
    pub(crate) label: String,
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
    /// Whether a run of its instance is drawn.
    pub(crate) drawn: bool,
}

/// What tells marks apart: instance, error, flatness, name.
type Identity = (u64, u64, u64, &'static str);

impl Mark {
    fn identity(&self) -> Identity {
        (self.instance, self.error.to_bits(), self.flatness.to_bits(), self.name)
    }
}

/// Adds a mark unless it is there. Runs come by optimizer, so that the first one of an instance need not be drawn.
fn add(marks: &mut Vec<Mark>, known: &mut HashMap<Identity, usize>, mark: Mark) {
    let place = *known.entry(mark.identity()).or_insert(marks.len());
    match marks.get_mut(place) {
        Some(there) => there.drawn |= mark.drawn,
        None => marks.push(mark),
    }
}

/// The picture of a panel; `None` if no run and no reference has a place in it.
/// Runs are drawn as far as `shown` says, by their place in the study.
pub(crate) fn landscape(study: &Study, panel: usize, shown: &[bool]) -> Option<Landscape> {
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
    let (mut flattest, mut norm_minimal) = (HashMap::new(), HashMap::new());
    for (place_of_run, run) in study.places_in_panel(panel) {
        let drawn = shown.get(place_of_run) == Some(&true);
        let place = |end| Some((run.error(end)?, run.flatness(measure, end)?));
        let iterate = place(End::Iterate);
        let limit = run.limit().and_then(|_| place(End::Limit));
        if iterate.is_some() || limit.is_some() {
            out.points.push(Point {
                optimizer: run.optimizer,
                drawn: drawn
                    .then(|| Drawn { key: run.record.key.clone(), label: run.label(&study.optimizers[run.optimizer]) }),
                iterate,
                limit,
                bounds: run.bounds(measure, End::Limit),
            });
        } else {
            out.unplaced += usize::from(run.record.result.outcome == flatbench_records::Outcome::Completed);
        }
        let (flat, norm) = marks(run, measure, drawn, &mut out.least);
        flat.into_iter().for_each(|mark| add(&mut out.flattest, &mut flattest, mark));
        norm.into_iter().for_each(|mark| add(&mut out.norm_minimal, &mut norm_minimal, mark));
    }
    (!out.points.is_empty() || !out.flattest.is_empty()).then_some(out)
}

/// The reference solutions of the instance of a run: the flattest, and that of smallest norm.
fn marks(run: &Run, measure: Measure, drawn: bool, lowest: &mut Option<f64>) -> (Option<Mark>, Option<Mark>) {
    let reference = &run.record.result.reference;
    let unit = match measure {
        Measure::Trace => Some(1.0),
        Measure::Excess => reference.flat.as_ref().map(|f| f.hessian_trace),
    };
    if let Some(flat) = reference.flat.as_ref().filter(|flat| flat.quality() == Quality::BestKnown) {
        let least = flat.least().map(|least| least / flat.hessian_trace).filter(|least| least.is_finite());
        *lowest = lowest.iter().copied().chain(least).reduce(f64::min);
    }
    let mark = |trace: f64, error: Option<f64>, certified: bool, name: &'static str| {
        let flatness = trace / unit?;
        let error = error.filter(|e| e.is_finite() && *e >= 0.0)?;
        let instance = run.record.instance_seed;
        (flatness.is_finite() && flatness > 0.0).then_some(Mark { instance, error, flatness, name, certified, drawn })
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
    (reference.flat.as_ref().and_then(flattest), reference.norm_minimal.as_ref().and_then(norm_minimal))
}
