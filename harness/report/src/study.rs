//! What the records are about: optimizers, panels (a case from one start) and the runs in them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use flatbench_records::{
    FamilyDescription, Init, MeasurementAmount, Metrics, Outcome, Quality, Record, References, Rule, Split, Value,
};

use crate::palette::{self, Look};
pub(crate) use crate::run::Run;
use crate::{Entries, Input};

/// Relative error at or below which a run counts as having recovered the truth.
pub(crate) const RECOVERED: f64 = 1e-3;

/// Settings of one optimizer from which on pictures and tables of all optimizers show them together.
pub(crate) const MANY_SETTINGS: usize = 5;

/// What every comparison of settings that it chose has to say.
pub(crate) const CAUTION: &str = "Beware: settings were chosen by the rule “oracle”, which knows the truth, so that this \
                                  bounds what tuning could do and is not what a user can expect.";

/// What flatness is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// tr H over that of the flattest zero-loss point, or over what is known of it.
    Excess,
    /// tr H itself, where nothing is.
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
    /// The least that is known of the flattest minimum of an instance of it; `None` where nothing is of any.
    pub(crate) quality: Option<Quality>,
    /// Why no flattest minimum is known, where that was recorded.
    pub(crate) missing: Option<String>,
    /// Whether the truth is known, so that errors and recoveries mean something; where nothing completed, it may be.
    pub(crate) truth: bool,
    /// Whether a run reached a zero-loss point; where none did, flatness is that of iterates alone.
    pub(crate) minima: bool,
    /// Whether settings were chosen on instances of it.
    pub(crate) tuned: bool,
    /// Whether the zero-loss points of the family all have the same trace: nothing to find, so nothing to be found.
    pub(crate) control: bool,
    /// Case and start, and the suite where there are several.
    pub(crate) title: String,
}

/// Suite, place of the case in it, case and start: the order of panels.
type Place<'a> = (&'a str, usize, &'a str, Init);

/// All of it, in the order of the report.
pub(crate) struct Study<'a> {
    families: &'a [FamilyDescription],
    /// Labels of the entries: an optimizer, or one of its settings where several are compared.
    pub(crate) optimizers: Vec<String>,
    /// The optimizer of every entry.
    pub(crate) names: Vec<&'a str>,
    pub(crate) panels: Vec<Panel>,
    pub(crate) runs: Vec<Run<'a>>,
    /// The archive that each entry is from; `None` for those that were run here.
    pub(crate) archived: Vec<Option<&'a str>>,
    /// How each entry is drawn.
    looks: Vec<Look>,
    /// What the others are compared with.
    pub(crate) baseline: Option<usize>,
    /// Whether compared settings were chosen by a rule that knows the truth.
    pub(crate) truth_chose: bool,
}

impl<'a> Study<'a> {
    /// Independent of the order of the records.
    pub(crate) fn new(input: &'a Input) -> Self {
        let all: Vec<(usize, &Record)> =
            input.sources.iter().enumerate().flat_map(|(i, s)| s.records.iter().map(move |r| (i, r))).collect();
        let entries = Entries::of(all.iter().map(|(_, record)| *record));
        let mut listed = entries.all().to_vec();
        // The baseline comes first.
        let is_there = |baseline: &&str| listed.iter().any(|(_, name)| name == baseline);
        let named = input.own().find_map(|s| s.baseline.as_deref()).filter(is_there).unwrap_or("gd").to_owned();
        let from: BTreeMap<&str, &str> = input
            .beside()
            .flat_map(|(source, archived)| {
                source.records.iter().map(move |r| (r.optimizer.as_str(), archived.name.as_str()))
            })
            .collect();
        listed.sort_by_key(|(_, name)| (*name != named, from.contains_key(name)));
        let archived: Vec<Option<&str>> = listed.iter().map(|(_, name)| from.get(name).copied()).collect();
        let (optimizers, names): (Vec<String>, Vec<&str>) = listed.into_iter().unzip();
        let baseline = (!optimizers.is_empty()).then_some(0);
        // Settings that are shown together look like their optimizer.
        let of_group = |group: Range<usize>| {
            let together = group.len() > 1;
            group.map(move |entry| (entry, together))
        };
        let looks = palette::looks(groups(&names).into_iter().flat_map(of_group).map(|(entry, together)| {
            (if together { names[entry] } else { optimizers[entry].as_str() }, archived[entry])
        }));
        let labelled: BTreeMap<&str, usize> = optimizers.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
        let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            first_of.entry(name).or_insert(index);
        }

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

        let mut runs: Vec<Run> = all
            .iter()
            .map(|&(source, record)| {
                // A setting that was tried and not chosen goes by its optimizer.
                let own = labelled.get(entries.label(record).as_str()).copied();
                let optimizer = own.unwrap_or_else(|| first_of[record.optimizer.as_str()]);
                Run {
                    record,
                    source,
                    optimizer,
                    panel: panel_of[&place(record)],
                    compared: entries.is_compared(record),
                }
            })
            .collect();
        runs.sort_by(|a, b| a.order().cmp(&b.order()));
        // Older records do not name their rule; their suite does.
        let truth_chose = input.sources.iter().any(|source| source.selection.as_deref() == Some(Rule::Oracle.name()))
            || runs.iter().any(|run| run.compared && run.chosen_by_truth());
        Study { families: &input.families, optimizers, names, archived, looks, panels, runs, baseline, truth_chose }
    }

    /// What says how much is measured in records of a family, where the number of measurements does not.
    pub(crate) fn amount(&self, family: &str) -> Option<&'a MeasurementAmount> {
        described(self.families, family)?.amount.as_ref()
    }

    /// Whether any entry is from an archive.
    pub(crate) fn has_archived(&self) -> bool {
        self.archived.iter().any(Option::is_some)
    }

    /// Whether an entry is from an archive.
    pub(crate) fn is_archived(&self, entry: usize) -> bool {
        self.archived.get(entry).is_some_and(Option::is_some)
    }

    /// An entry for a legend, which says whether it is archived.
    pub(crate) fn shown(&self, entry: usize) -> String {
        let name = &self.optimizers[entry];
        match self.archived.get(entry) {
            Some(Some(archive)) if name.ends_with(&format!("({archive})")) => format!("{name}, archived"),
            Some(Some(_)) => format!("{name} (archived)"),
            _ => name.clone(),
        }
    }

    /// How an entry is drawn.
    pub(crate) fn look(&self, entry: usize) -> Look {
        self.looks[entry]
    }

    /// Runs by which optimizers are compared.
    pub(crate) fn compared(&self) -> impl Iterator<Item = &Run<'a>> {
        self.runs.iter().filter(|r| r.compared)
    }

    /// The entries of the optimizer that an entry is of, which stand next to each other: one, or one for each of its settings.
    pub(crate) fn entries_of(&self, entry: usize) -> Range<usize> {
        let first = self.first_of(entry);
        first..first + self.names[first..].iter().take_while(|name| **name == self.names[first]).count()
    }

    /// The first of them.
    pub(crate) fn first_of(&self, entry: usize) -> usize {
        let before = self.names[..entry].iter().rev().take_while(|name| **name == self.names[entry]);
        entry - before.count()
    }

    /// Whether the optimizer of an entry is in it by several settings of which none was chosen.
    pub(crate) fn is_several(&self, entry: usize) -> bool {
        self.entries_of(entry).len() > 1
    }

    /// Entries as pictures and tables of all optimizers have them: each for itself, and those of an optimizer with many settings together.
    pub(crate) fn groups(&self) -> Vec<Range<usize>> {
        groups(&self.names)
    }

    /// What a group is called.
    pub(crate) fn group_name(&self, group: &Range<usize>) -> String {
        match group.len() {
            1 => self.shown(group.start),
            settings => format!("{} ({settings} settings)", self.names[group.start]),
        }
    }

    /// Whether the settings of any optimizer are shown together.
    pub(crate) fn has_grouped(&self) -> bool {
        self.groups().iter().any(|group| group.len() > 1)
    }

    /// Whether an optimizer is in it by several settings of which none was chosen.
    pub(crate) fn has_settings(&self) -> bool {
        self.names.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Whether the truth of any case is known.
    pub(crate) fn knows_truth(&self) -> bool {
        self.panels.is_empty() || self.panels.iter().any(|panel| panel.truth)
    }

    /// Whether any run reached a zero-loss point, so that there is flatness of minima.
    pub(crate) fn has_minima(&self) -> bool {
        self.panels.is_empty() || self.panels.iter().any(|panel| panel.minima)
    }

    /// Compared runs of one panel.
    pub(crate) fn in_panel(&self, panel: usize) -> impl Iterator<Item = &Run<'a>> {
        self.places_in_panel(panel).map(|(_, run)| run)
    }

    /// The same with their places among all runs.
    pub(crate) fn places_in_panel(&self, panel: usize) -> impl Iterator<Item = (usize, &Run<'a>)> {
        let start = self.runs.partition_point(|r| r.panel < panel);
        let own = self.runs.iter().enumerate().skip(start).take_while(move |(_, run)| run.panel == panel);
        own.filter(|(_, run)| run.compared)
    }
}

/// Neighbours of one name, where they are many; every other entry for itself.
fn groups(names: &[&str]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for own in names.chunk_by(|one, other| one == other) {
        let first = out.last().map_or(0, |group| group.end);
        if own.len() >= MANY_SETTINGS {
            out.push(first..first + own.len());
        } else {
            out.extend((first..first + own.len()).map(|entry| entry..entry + 1));
        }
    }
    out
}

fn described<'a>(families: &'a [FamilyDescription], name: &str) -> Option<&'a FamilyDescription> {
    families.iter().find(|family| family.name == name)
}

fn panel((suite, _, case, init): Place, records: &[&Record], several: bool, families: &[FamilyDescription]) -> Panel {
    let flattest = records.iter().filter_map(|r| r.result.reference.flat.as_ref());
    let quality = flattest.filter(|f| positive(f.hessian_trace)).map(|f| f.quality()).max();
    let first = records.iter().find_map(|r| r.dimensions);
    let sizes = first.map_or_else(String::new, |d| {
        let mut parts = vec![if d.cols == 1 { format!("n = {}", d.rows) } else { format!("{}×{}", d.rows, d.cols) }];
        parts.extend(d.rank.map(|r| format!("r = {r}")));
        parts.extend(d.depth.map(|l| format!("depth {l}")));
        parts.push(format!("m = {}", d.measurements));
        parts.extend(d.oversampling.filter(|o| o.is_finite()).map(|o| format!("{o:.1}× dof")));
        parts.extend(records.first().map_or_else(Vec::new, |record| standardization(record)));
        parts.extend(records.first().and_then(|r| r.start_point.as_ref()).map(|point| format!("from {}", point.from)));
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
        measure: if quality.is_some_and(|q| q != Quality::Unattained) { Measure::Excess } else { Measure::Trace },
        quality,
        missing: records.iter().find_map(|r| no_flattest(&r.result.reference)).map(str::to_owned),
        truth: knows_truth(records),
        minima: records.iter().any(|r| r.result.limit().is_some()),
        tuned: records.iter().any(|r| r.split == Split::Tuning || r.selection_rule.is_some()),
        control: described(families, family)
            .is_some_and(|family| records.iter().all(|r| family.is_control(&r.family_parameters))),
        // The name of a swept case says the factor already.
        title: match records.iter().find_map(|record| record.init_scale).filter(|_| !case.contains("init_scale=")) {
            Some(scale) => format!("{prefix}{case} · {}", init.times(Some(scale))),
            None => format!("{prefix}{case} · {} init", init.name()),
        },
    }
}

/// How the entries of a data file were centred and scaled, in words.
fn standardization(record: &Record) -> Vec<String> {
    let said = |key: &str, done: &str| match record.family_parameters.get(key) {
        Some(Value::Text(by)) if by == "mean" => Some(format!("{done} by the mean")),
        Some(Value::Text(by)) if by == "both" => Some(format!("{done} by rows and columns")),
        Some(Value::Text(by)) if by != "none" => Some(format!("{done} by {by}")),
        _ => None,
    };
    [said("center", "centred"), said("scale", "scaled")].into_iter().flatten().collect()
}

/// Whether the truth of the case of `records` is known, so that errors and recoveries mean something; where nothing was measured, it
/// may be.
pub(crate) fn knows_truth(records: &[&Record]) -> bool {
    let mut points = records.iter().flat_map(|r| r.result.start.iter().chain(&r.result.iterate)).peekable();
    points.peek().is_none() || points.any(|metrics| metrics.relative_error.is_some())
}

/// Why an instance has no flattest minimum, where it has none.
pub(crate) fn no_flattest(reference: &References) -> Option<&str> {
    let missing = reference.missing.as_deref().filter(|_| reference.flat.is_none())?;
    let own = missing.strip_prefix("flattest: ").unwrap_or(missing);
    Some(own.split("; norm-minimal: ").next().unwrap_or(own))
}

/// Mean squared error of the iterate on data that no run saw: what a case is judged by whose truth is not known. `None` where the run
/// did not complete or nothing is held out.
pub(crate) fn held_out_error(record: &Record) -> Option<f64> {
    returned(record)?.test_loss
}

/// The same as a root mean square error in the units of the data file; `None` without a file of entries too.
pub(crate) fn held_out_rmse(record: &Record) -> Option<f64> {
    returned(record)?.test_rmse
}

/// Metrics of the iterate of a run that completed.
fn returned(record: &Record) -> Option<&Metrics> {
    record.result.iterate.as_ref().filter(|_| record.result.outcome == Outcome::Completed)
}

/// Whether a number can stand on a logarithmic axis.
pub(crate) fn positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}
