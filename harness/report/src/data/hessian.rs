use super::cells::{CellValue, cell_values};
use crate::study::{Run, Study, positive};

/// Eigenvalues below this share of the largest are zero: those of a limit are zero to half of the digits.
const ZERO: f64 = 1e-7;

/// The eigenvalues of ∇²f at the limit of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spectrum<'a> {
    pub(crate) run: Run<'a>,
    /// Descending.
    pub(crate) values: &'a [f64],
}

impl Spectrum<'_> {
    /// How many are not zero.
    pub(crate) fn rank(&self) -> usize {
        self.values.iter().filter(|v| v.abs() > ZERO * self.values[0]).count()
    }

    /// How many are negative.
    pub(crate) fn negative(&self) -> usize {
        self.values.iter().filter(|v| **v < -ZERO * self.values[0]).count()
    }
}

/// Of every optimizer on a panel the first run of which they are known.
pub(crate) fn hessian_spectra<'a>(study: &Study<'a>, panel: usize) -> Vec<Spectrum<'a>> {
    let mut all: Vec<Spectrum> = Vec::new();
    for run in study.in_panel(panel) {
        let Some(limit) = run.limit() else { continue };
        let values = limit.hessian_eigenvalues.as_slice();
        let known = values.first().is_some_and(|largest| positive(*largest));
        if known && all.last().is_none_or(|last| last.run.optimizer != run.optimizer) {
            all.push(Spectrum { run: *run, values });
        }
    }
    all
}

/// tr √diag H at the limit over the least of any optimizer on the case.
pub(crate) fn root_traces(study: &Study) -> Vec<CellValue> {
    let mut cells = cell_values(study.compared(), |run| run.limit()?.root_trace.filter(|trace| positive(*trace)));
    for own in cells.chunk_by_mut(|a, b| a.panel == b.panel) {
        let least = own.iter().map(|cell| cell.value).fold(f64::INFINITY, f64::min);
        own.iter_mut().for_each(|cell| cell.value /= least);
    }
    cells
}
