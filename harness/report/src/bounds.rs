//! Excess flatness where the flattest minimum is known between two ends only.

use flatbench_records::Reference;

use crate::numbers::{self, NONE, compact, multiple, short};
use crate::study::Measure;

/// What is known of a positive number: it is at least `low` and at most `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

impl Bounds {
    pub(crate) fn exactly(value: f64) -> Self {
        Bounds { low: Some(value), high: Some(value) }
    }

    /// A trace over that of the flattest zero-loss point; `None` where the reference bounds nothing.
    pub(crate) fn excess(trace: f64, reference: &Reference) -> Option<Self> {
        let over = |end: Option<f64>| end.map(|end| trace / end).filter(|ratio| ratio.is_finite() && *ratio > 0.0);
        let bounds = Bounds { low: over(reference.known()), high: over(reference.least()) };
        bounds.height().map(|_| bounds)
    }

    /// Medians of the ends: bounds of the median. An end that one of them lacks is unknown.
    pub(crate) fn median(all: impl IntoIterator<Item = Bounds>) -> Option<Self> {
        let all: Vec<Bounds> = all.into_iter().collect();
        let end = |of: fn(&Bounds) -> Option<f64>| {
            let ends: Option<Vec<f64>> = all.iter().map(of).collect();
            numbers::median(ends?)
        };
        let bounds = Bounds { low: end(|b| b.low), high: end(|b| b.high) };
        bounds.height().map(|_| bounds)
    }

    /// The number to rank, draw and colour by: over the flattest that is known, else over the lower bound.
    pub(crate) fn height(self) -> Option<f64> {
        self.low.or(self.high)
    }

    /// For a sentence: `1.02×`, `1.02× to 1.90×`, `at least 1.02×`, `at most 1.90×`.
    pub(crate) fn words(self) -> String {
        self.said(multiple, ["at least ", "at most "])
    }

    /// For the cell of a table, in the unit of `measure`: as [`Bounds::words`] with ≥ and ≤.
    pub(crate) fn cell(self, measure: Measure) -> String {
        self.said(if measure == Measure::Excess { multiple } else { short }, ["≥ ", "≤ "])
    }

    /// For a narrow column, without a unit.
    pub(crate) fn compact(self) -> String {
        self.said(compact, ["≥ ", "≤ "])
    }

    fn said(self, number: fn(f64) -> String, [least, most]: [&str; 2]) -> String {
        match (self.low.map(number), self.high.map(number)) {
            (Some(low), Some(high)) if low == high => low,
            (Some(low), Some(high)) => format!("{low} to {high}"),
            (Some(low), None) => format!("{least}{low}"),
            (None, Some(high)) => format!("{most}{high}"),
            (None, None) => NONE.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_said_that_makes_it_true() {
        let known = |lower, upper, exact, certified, hessian_trace| Reference {
            hessian_trace,
            exact,
            certified,
            lower,
            upper,
            ..Reference::default()
        };
        let said = |reference: &Reference| Bounds::excess(3.0, reference).map(Bounds::words);
        let minimum = known(None, None, true, true, 2.0);
        assert_eq!(said(&minimum).as_deref(), Some("1.50×"));
        let between = known(Some(1.0), Some(2.0), true, false, 2.0);
        assert_eq!(said(&between).as_deref(), Some("1.50× to 3.00×"));
        assert_eq!(said(&known(None, None, true, false, 2.0)).as_deref(), Some("at least 1.50×"));
        assert_eq!(said(&known(Some(1.0), None, false, false, 1.0)).as_deref(), Some("at most 3.00×"));
        assert_eq!(said(&known(Some(1.0), Some(2.0), false, false, 1.0)).as_deref(), Some("1.50× to 3.00×"));
        assert_eq!(said(&known(None, None, false, true, 2.0)), None, "an estimate bounds nothing");
        let all = [Bounds::exactly(1.0), Bounds { low: Some(1.5), high: Some(3.0) }, Bounds::exactly(2.0)];
        assert_eq!(Bounds::median(all), Some(Bounds { low: Some(1.5), high: Some(2.0) }));
        let open = Bounds { low: Some(1.0), high: None };
        assert_eq!(Bounds::median([open, all[0]]), Some(open));
        assert_eq!(Bounds::median([]), None);
    }
}
