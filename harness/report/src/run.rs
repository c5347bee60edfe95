//! A record in its place in the report.

use flatbench_records::{Metrics, Outcome, Quality, Record, Rule, Split, Termination};

use crate::bounds::Bounds;
use crate::numbers;
use crate::reasons::Reasons;
use crate::study::{End, Measure, RECOVERED, positive};

/// Relative error up to which a reference is the truth.
const IS_TRUTH: f64 = 1e-6;

/// A record and its place in the report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) record: &'a Record,
    pub(crate) source: usize,
    pub(crate) optimizer: usize,
    pub(crate) panel: usize,
    /// Whether it is one of the runs that optimizers are compared by.
    pub(crate) compared: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn order(&self) -> (usize, usize, u32, u64, Split, &'a str) {
        let r = self.record;
        (self.panel, self.optimizer, r.repetition, r.instance_seed, r.split, &r.key)
    }

    /// Whether its setting was chosen by a rule that knows the truth.
    pub(crate) fn chosen_by_truth(&self) -> bool {
        self.record.selection_rule == Some(Rule::Oracle)
    }

    /// What pairs runs of different optimizers.
    pub(crate) fn instance(&self) -> (usize, u64, u32) {
        (self.panel, self.record.instance_seed, self.record.repetition)
    }

    /// Metrics at `end`; at the limit, if one was reached.
    pub(crate) fn metrics(&self, end: End) -> Option<&'a Metrics> {
        match end {
            End::Limit => self.limit(),
            End::Iterate => self.record.result.iterate.as_ref(),
        }
    }

    /// Metrics at the limit, if one was reached.
    pub(crate) fn limit(&self) -> Option<&'a Metrics> {
        self.record.result.limit()
    }

    /// Whether it ended at a minimum. A run that reached no zero-loss point did not, and its flatness says nothing about
    /// minima: an iterate off zero loss can be flatter than all of them.
    pub(crate) fn is_at_minimum(&self) -> bool {
        self.record.result.outcome == Outcome::Completed && self.limit().is_some()
    }

    /// Positive finite flatness at `end`, where there is such a point: the number that is drawn.
    pub(crate) fn flatness(&self, measure: Measure, end: End) -> Option<f64> {
        match measure {
            Measure::Trace => self.trace(end),
            Measure::Excess => {
                let recorded = self.metrics(end)?.excess_flatness;
                let flat = self.record.result.reference.flat.as_ref();
                let ratio = recorded.or_else(|| Some(self.trace(end)? / flat?.hessian_trace));
                ratio.filter(|ratio| positive(*ratio))
            }
        }
    }

    /// What is known of the flatness at `end` in the unit of `measure`.
    pub(crate) fn bounds(&self, measure: Measure, end: End) -> Option<Bounds> {
        let flat = self.record.result.reference.flat.as_ref();
        match measure {
            Measure::Trace => self.trace(end).map(Bounds::exactly),
            Measure::Excess if flat?.is_minimum() => self.flatness(measure, end).map(Bounds::exactly),
            Measure::Excess => Bounds::excess(self.trace(end)?, flat?),
        }
    }

    /// Positive finite tr H at `end`.
    pub(crate) fn trace(&self, end: End) -> Option<f64> {
        self.metrics(end)?.hessian_trace.filter(|t| positive(*t))
    }

    /// Non-negative finite relative error at `end`; for the limit, that of the iterate where none was reached.
    pub(crate) fn error(&self, end: End) -> Option<f64> {
        let metrics = match end {
            End::Limit => self.record.result.compared(),
            End::Iterate => self.record.result.iterate.as_ref(),
        };
        metrics?.relative_error.filter(|e| e.is_finite() && *e >= 0.0)
    }

    pub(crate) fn recovered(&self, end: End) -> bool {
        self.error(end).is_some_and(|e| e <= RECOVERED)
    }

    /// Whether the flattest minimum that is known is the truth; `None` where none is known.
    pub(crate) fn flattest_is_truth(&self) -> Option<bool> {
        let reference = &self.record.result.reference;
        let flat = reference.flat.as_ref()?;
        match flat.quality() {
            Quality::Minimum | Quality::BestKnown => flat.relative_error.map(|error| error <= IS_TRUTH),
            // No zero-loss point has the X of the program; the one with the least trace that is known may be the truth.
            Quality::LowerBound => Some(reference.truth_floor? <= flat.known()? * (1.0 + IS_TRUTH)),
            Quality::Unattained => None,
        }
    }

    /// Whether it stopped somewhere: a run that failed or diverged did not, and where it happened to be cut off says nothing.
    pub(crate) fn stopped(&self) -> bool {
        let result = &self.record.result;
        result.outcome == Outcome::Completed && result.termination != Some(Termination::Diverged)
    }

    /// Whether it counts where successes are counted.
    pub(crate) fn counts(&self) -> bool {
        self.record.result.outcome != Outcome::Skipped
    }

    /// Hyper-parameters in one line.
    pub(crate) fn setting(&self) -> String {
        let parts: Vec<String> = self
            .record
            .hyperparameters
            .iter()
            .map(|(name, value)| match self.record.result.resolved.get(name) {
                Some(resolved) if resolved != value => format!("{name} = {value} (here {resolved})"),
                _ => format!("{name} = {value}"),
            })
            .collect();
        parts.join(", ")
    }

    /// For hover text.
    pub(crate) fn label(&self, optimizer: &str) -> String {
        let r = self.record;
        let end = |end| {
            let flatness = match self.bounds(Measure::Excess, end) {
                Some(bounds) => bounds.words(),
                None => format!("tr H {}", numbers::optional(self.trace(end))),
            };
            format!("{flatness}, error {}", numbers::optional(self.error(end)))
        };
        let iterate = end(End::Iterate);
        if self.limit().is_some() {
            return format!("{optimizer}, rep. {}: limit {}; iterate {iterate}", r.repetition, end(End::Limit));
        }
        let reason = Reasons::of([r]).each().next().map_or_else(|| r.result.outcome.to_string(), |(reason, _)| reason);
        format!("{optimizer}, rep. {}: at no minimum ({reason}); where it stopped, {iterate}", r.repetition)
    }
}
