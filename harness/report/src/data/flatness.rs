use flatbench_records::Reference;

use crate::study::{End, Measure, Run, Study};

/// Flatness against recovery error in one panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Landscape {
    pub(crate) panel: usize,
    pub(crate) measure: Measure,
    pub(crate) points: Vec<Point>,
    /// Certified flattest minima, one per instance.
    pub(crate) flattest: Vec<Mark>,
    /// Minima of smallest norm, one per instance.
    pub(crate) norm_minimal: Vec<Mark>,
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
}

/// A reference solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) instance: u64,
    pub(crate) error: f64,
    pub(crate) flatness: f64,
    pub(crate) certified: bool,
}

/// The picture of a panel; `None` if no run and no reference has a place in it.
pub(crate) fn landscape(study: &Study, panel: usize) -> Option<Landscape> {
    let measure = study.panels[panel].measure;
    let mut out =
        Landscape { panel, measure, points: Vec::new(), flattest: Vec::new(), norm_minimal: Vec::new(), unplaced: 0 };
    for run in study.in_panel(panel) {
        let place = |end| Some((run.error(end)?, run.flatness(measure, end)?));
        let iterate = place(End::Iterate);
        let limit = run.limit().and_then(|_| place(End::Limit));
        if iterate.is_some() || limit.is_some() {
            out.points.push(Point {
                optimizer: run.optimizer,
                key: run.record.key.clone(),
                label: run.label(study.optimizers[run.optimizer]),
                iterate,
                limit,
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
    let mark = |r: &Reference| {
        let flatness = r.hessian_trace / unit?;
        let error = r.relative_error.filter(|e| e.is_finite() && *e >= 0.0)?;
        (flatness.is_finite() && flatness > 0.0).then_some(Mark {
            instance: run.record.instance_seed,
            error,
            flatness,
            certified: r.certified,
        })
    };
    for (reference, marks) in [(&reference.flat, &mut out.flattest), (&reference.norm_minimal, &mut out.norm_minimal)] {
        // Every run of an instance carries the same reference.
        if let Some(mark) = reference.as_ref().and_then(mark).filter(|m| !marks.contains(m)) {
            marks.push(mark);
        }
    }
}
