//! What the records are about: optimizers, panels (a case from one start) and the runs in them.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{FamilyDescription, Init, MeasurementAmount, Metrics, Outcome, Record, Rule, Split};

use crate::{Input, numbers};

/// Relative error at or below which a run counts as having recovered the truth.
pub(crate) const RECOVERED: f64 = 1e-3;

/// What every comparison of settings that it chose has to say.
pub(crate) const CAUTION: &str = "Beware: settings were chosen by the rule “oracle”, which knows the truth, so that this \
                                  bounds what tuning could do and is not what a user can expect.";

/// What flatness is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// tr H over that of the flattest zero-loss point.
    Excess,
    /// tr H itself, where no flattest point is known.
    Trace,
}

impl Measure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Measure::Excess => "excess flatness",
            Measure::Trace => "tr H",
        }
    }
}

/// Where a run is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The zero-loss point next to the iterate, where it was reached.
    Limit,
    /// The returned point.
    Iterate,
}

/// A case from one start: what every optimizer was given alike.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Panel {
    pub(crate) suite: String,
    pub(crate) case: String,
    pub(crate) family: String,
    pub(crate) init: Init,
    pub(crate) sizes: String,
    pub(crate) measure: Measure,
    /// Whether the zero-loss points of the family all have the same trace: nothing to find, so nothing to be found.
    pub(crate) control: bool,
    /// Case and start, and the suite where there are several.
    pub(crate) title: String,
}

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

/// Suite, place of the case in it, case and start: the order of panels.
type Place<'a> = (&'a str, usize, &'a str, Init);

/// All of it, in the order of the report.
pub(crate) struct Study<'a> {
    families: &'a [FamilyDescription],
    pub(crate) optimizers: Vec<&'a str>,
    pub(crate) panels: Vec<Panel>,
    pub(crate) runs: Vec<Run<'a>>,
    /// What the others are compared with.
    pub(crate) baseline: Option<usize>,
    /// Whether any compared run has a limit point.
    pub(crate) limits: bool,
    /// Whether compared settings were chosen by a rule that knows the truth.
    pub(crate) truth_chose: bool,
}

impl<'a> Study<'a> {
    /// Independent of the order of the records.
    pub(crate) fn new(input: &'a Input) -> Self {
        let all: Vec<(usize, &Record)> =
            input.sources.iter().enumerate().flat_map(|(i, s)| s.records.iter().map(move |r| (i, r))).collect();
        let names: BTreeSet<&str> = all.iter().map(|(_, r)| r.optimizer.as_str()).collect();
        let mut optimizers: Vec<&str> = names.into_iter().collect();
        // The baseline comes first and so has the same look in every report.
        let named = input.sources.iter().find_map(|s| s.baseline.as_deref()).filter(|b| optimizers.contains(b));
        optimizers.sort_by_key(|name| *name != named.unwrap_or("gd"));
        let baseline = (!optimizers.is_empty()).then_some(0);
        let optimizer_of: BTreeMap<&str, usize> = optimizers.iter().enumerate().map(|(i, n)| (*n, i)).collect();

        // Cases in the order of their suite, those it does not name after them.
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, case) in input.sources.iter().flat_map(|s| &s.cases).enumerate() {
            places.entry(case).or_insert(place);
        }
        let place = |record: &'a Record| -> Place<'a> {
            let order = places.get(record.case.as_str()).copied().unwrap_or(usize::MAX);
            (&record.suite, order, &record.case, record.init)
        };
        let mut groups: BTreeMap<Place, Vec<&Record>> = BTreeMap::new();
        for (_, record) in &all {
            groups.entry(place(record)).or_default().push(record);
        }
        let several = groups.keys().map(|k| k.0).collect::<BTreeSet<_>>().len() > 1;
        let panel_of: BTreeMap<_, _> = groups.keys().enumerate().map(|(i, k)| (*k, i)).collect();
        let panels = groups.into_iter().map(|(key, records)| panel(key, &records, several, &input.families)).collect();

        let mut chosen: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        let mut runs: Vec<Run> = all
            .iter()
            .map(|&(source, record)| {
                let panel = panel_of[&place(record)];
                let optimizer = optimizer_of[record.optimizer.as_str()];
                let compared = record.split == Split::Evaluation && record.selected;
                *chosen.entry((panel, optimizer)).or_default() |= compared;
                Run { record, source, optimizer, panel, compared }
            })
            .collect();
        for run in &mut runs {
            // Where a suite chose no setting, all that it evaluated are compared.
            run.compared |= !chosen[&(run.panel, run.optimizer)] && run.record.split == Split::Evaluation;
        }
        runs.sort_by(|a, b| a.order().cmp(&b.order()));
        let limits = runs.iter().any(|run| run.compared && run.limit().is_some());
        // Older records do not name their rule; their suite does.
        let truth_chose = input.sources.iter().any(|source| source.selection.as_deref() == Some(Rule::Oracle.name()))
            || runs.iter().any(|run| run.compared && run.chosen_by_truth());
        Study { families: &input.families, optimizers, panels, runs, baseline, limits, truth_chose }
    }

    /// What says how much is measured in records of a family, where the number of measurements does not.
    pub(crate) fn amount(&self, family: &str) -> Option<&'a MeasurementAmount> {
        described(self.families, family)?.amount.as_ref()
    }

    /// Runs by which optimizers are compared.
    pub(crate) fn compared(&self) -> impl Iterator<Item = &Run<'a>> {
        self.runs.iter().filter(|r| r.compared)
    }

    /// Whether a run ended at a minimum. One that reached no zero-loss point did not, and its flatness says nothing about
    /// minima: an iterate off zero loss can be flatter than all of them. Where no run has a limit point, iterates stand in.
    pub(crate) fn is_minimum(&self, run: &Run) -> bool {
        run.record.result.outcome == Outcome::Completed && (!self.limits || run.limit().is_some())
    }

    /// Compared runs of one panel.
    pub(crate) fn in_panel(&self, panel: usize) -> impl Iterator<Item = &Run<'a>> {
        let start = self.runs.partition_point(|r| r.panel < panel);
        self.runs[start..].iter().take_while(move |r| r.panel == panel).filter(|r| r.compared)
    }
}

fn described<'a>(families: &'a [FamilyDescription], name: &str) -> Option<&'a FamilyDescription> {
    families.iter().find(|family| family.name == name)
}

fn panel((suite, _, case, init): Place, records: &[&Record], several: bool, families: &[FamilyDescription]) -> Panel {
    let excess = records.iter().any(|r| r.result.reference.flat.as_ref().is_some_and(|f| positive(f.hessian_trace)));
    let first = records.iter().find_map(|r| r.dimensions);
    let sizes = first.map_or_else(String::new, |d| {
        let mut parts = vec![if d.cols == 1 { format!("n = {}", d.rows) } else { format!("{}×{}", d.rows, d.cols) }];
        parts.extend(d.rank.map(|r| format!("r = {r}")));
        parts.extend(d.depth.map(|l| format!("depth {l}")));
        parts.push(format!("m = {}", d.measurements));
        parts.extend(d.oversampling.filter(|o| o.is_finite()).map(|o| format!("{o:.1}× dof")));
        parts.join(", ")
    });
    let family = records.iter().map(|r| r.family.as_str()).min().unwrap_or_default();
    let prefix = if several { format!("{suite} / ") } else { String::new() };
    Panel {
        suite: suite.to_owned(),
        case: case.to_owned(),
        family: family.to_owned(),
        init,
        sizes,
        measure: if excess { Measure::Excess } else { Measure::Trace },
        control: described(families, family).is_some_and(|family| family.control),
        title: format!("{prefix}{case} · {} init", init.name()),
    }
}

fn positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}

impl<'a> Run<'a> {
    fn order(&self) -> (usize, usize, u32, u64, Split, &'a str) {
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

    /// Metrics at `end`; for the limit, those of the iterate where no limit was reached.
    pub(crate) fn metrics(&self, end: End) -> Option<&'a Metrics> {
        match end {
            End::Limit => self.record.result.compared(),
            End::Iterate => self.record.result.iterate.as_ref(),
        }
    }

    /// Metrics at the limit, if one was reached.
    pub(crate) fn limit(&self) -> Option<&'a Metrics> {
        self.record.result.limit()
    }

    /// Positive finite flatness at `end`.
    pub(crate) fn flatness(&self, measure: Measure, end: End) -> Option<f64> {
        flatness(self.record, self.metrics(end)?, measure)
    }

    /// Positive finite tr H at `end`.
    pub(crate) fn trace(&self, end: End) -> Option<f64> {
        self.metrics(end)?.hessian_trace.filter(|t| positive(*t))
    }

    /// Non-negative finite relative error at `end`.
    pub(crate) fn error(&self, end: End) -> Option<f64> {
        error(self.metrics(end)?)
    }

    pub(crate) fn recovered(&self, end: End) -> bool {
        self.error(end).is_some_and(|e| e <= RECOVERED)
    }

    /// Whether its certified flattest minimum is the truth (relative error ≤ 1e-6).
    pub(crate) fn flattest_is_truth(&self) -> Option<bool> {
        self.record.result.reference.flat.as_ref().filter(|f| f.certified)?.relative_error.map(|e| e <= 1e-6)
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
            let flatness = match r.result.reference.flat {
                Some(_) => format!("{} ×", numbers::optional(self.flatness(Measure::Excess, end))),
                None => format!("tr H {}", numbers::optional(self.flatness(Measure::Trace, end))),
            };
            format!("{flatness}, error {}", numbers::optional(self.error(end)))
        };
        let limit = if self.limit().is_some() { end(End::Limit) } else { "not reached".to_owned() };
        format!("{optimizer}, rep. {}: limit {limit}; iterate {}", r.repetition, end(End::Iterate))
    }
}

/// Flatness of `metrics` of a point of `record`.
pub(crate) fn flatness(record: &Record, metrics: &Metrics, measure: Measure) -> Option<f64> {
    let value = match measure {
        Measure::Trace => metrics.hessian_trace,
        Measure::Excess => metrics.excess_flatness.or_else(|| {
            let flattest = record.result.reference.flat.as_ref()?.hessian_trace;
            metrics.hessian_trace.map(|t| t / flattest)
        }),
    };
    value.filter(|v| positive(*v))
}

/// Relative error of `metrics` where it makes sense.
pub(crate) fn error(metrics: &Metrics) -> Option<f64> {
    metrics.relative_error.filter(|e| e.is_finite() && *e >= 0.0)
}
