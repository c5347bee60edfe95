use std::fmt;

use flatbench_records::{Metrics, Record, Split};
use flatbench_report::Entries;
use flatbench_report::statistics::{bootstrap_median, holm, simultaneous, wilcoxon};
use serde::Serialize;

use super::pairing::{Pairing, Place, at_ends, at_iterates, at_minima};
use crate::sameness;

/// Relative errors below this count as this: the ratio of two roundings says nothing.
const SMALLEST_ERROR: f64 = 1e-12;
/// Places that are listed in words; JSON has them all.
const LISTED: usize = 10;

/// What changed between two sets of records.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Runs in both.
    pub pairs: usize,
    /// Pairs whose results are equal, bit for bit.
    pub identical: usize,
    /// Pairs that met different instances although they have the same names.
    pub other_instances: usize,
    /// Pairs whose plugin has another content hash.
    pub other_plugins: usize,
    /// Evaluation runs by case, start, optimizer and setting.
    pub groups: Vec<Group>,
    /// Runs that ended in another way.
    pub outcomes: Vec<Outcome>,
    /// Runs in the first directory alone.
    pub only_before: Vec<String>,
    /// Runs in the second directory alone.
    pub only_after: Vec<String>,
}

/// The evaluation runs of one optimizer and setting on one case.
#[derive(Debug, Serialize)]
pub struct Group {
    pub case: String,
    pub init: &'static str,
    pub optimizer: String,
    pub setting: String,
    /// The optimizer, with what tells its settings apart where several are compared.
    pub entry: String,
    pub pairs: usize,
    pub identical: usize,
    pub hessian_trace: Option<Ratio>,
    pub relative_error: Option<Ratio>,
    /// Pairs whose errors are those of iterates, because one of the two has no limit.
    pub errors_at_iterates: usize,
}

/// Median of the paired ratios after/before.
#[derive(Debug, Serialize)]
pub struct Ratio {
    pub median: f64,
    /// Bootstrap interval; those of all groups of a metric hold at once with 95 %.
    pub low: f64,
    pub high: f64,
    /// Wilcoxon signed-rank test of the logarithms, adjusted over all groups of this metric (Holm); null where none differs.
    pub p: Option<f64>,
    pub pairs: usize,
}

/// A run that ended in another way.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub run: String,
    pub before: String,
    pub after: String,
}

impl Difference {
    /// Pairs the records and compares each group.
    pub fn between(before: &[Record], after: &[Record]) -> Self {
        let pairing = Pairing::new(before, after);
        let identical = |(_, a, b): &&(Place, &Record, &Record)| sameness::of_records(a, b).is_empty();
        let differ =
            |differs: fn(&Record, &Record) -> bool| pairing.pairs.iter().filter(|(_, a, b)| differs(a, b)).count();
        let evaluated: Vec<_> = pairing.pairs.iter().filter(|(place, ..)| place.split == Split::Evaluation).collect();
        let same_group = |a: &&(Place, &Record, &Record), b: &&(Place, &Record, &Record)| {
            let key = |place: &Place| (place.case.clone(), place.init, place.optimizer.clone(), place.setting.clone());
            key(&a.0) == key(&b.0)
        };
        let stands_in = |(_, a, b): &&(Place, &Record, &Record)| {
            at_iterates(a, b).is_some_and(|(a, b)| a.relative_error.and(b.relative_error).is_some())
        };
        let entries = Entries::of(before.iter().chain(after));
        let members: Vec<_> = evaluated.chunk_by(same_group).collect();
        let level = simultaneous(members.len());
        let mut groups: Vec<Group> = members
            .into_iter()
            .filter_map(|members| {
                let (place, record, _) = members.first()?;
                Some(Group {
                    case: place.case.clone(),
                    init: place.init.name(),
                    optimizer: place.optimizer.clone(),
                    setting: place.setting.clone(),
                    entry: entries.label(record),
                    pairs: members.len(),
                    identical: members.iter().filter(|member| identical(member)).count(),
                    hessian_trace: ratio(members, at_minima, |metrics| metrics.hessian_trace, level),
                    relative_error: ratio(members, at_ends, |m| Some(m.relative_error?.max(SMALLEST_ERROR)), level),
                    errors_at_iterates: members.iter().filter(|member| stands_in(member)).count(),
                })
            })
            .collect();
        adjust(&mut groups, |group| group.hessian_trace.as_mut());
        adjust(&mut groups, |group| group.relative_error.as_mut());
        Difference {
            pairs: pairing.pairs.len(),
            identical: pairing.pairs.iter().filter(identical).count(),
            other_instances: differ(|a, b| a.instance_seed != b.instance_seed || a.family != b.family),
            other_plugins: differ(|a, b| a.plugin_hash != b.plugin_hash),
            groups,
            outcomes: pairing.pairs.iter().filter_map(|(place, a, b)| outcome(place, a, b)).collect(),
            only_before: pairing.only_before.iter().map(Place::label).collect(),
            only_after: pairing.only_after.iter().map(Place::label).collect(),
        }
    }
}

fn outcome(place: &Place, before: &Record, after: &Record) -> Option<Outcome> {
    let words = |record: &Record| match record.result.termination {
        Some(termination) => format!("{} ({termination})", record.result.outcome),
        None => record.result.outcome.to_string(),
    };
    let (a, b) = (words(before), words(after));
    (a != b).then(|| Outcome { run: place.label(), before: a, after: b })
}

/// The points of two records that are compared.
type Points = for<'a> fn(&'a Record, &'a Record) -> Option<(&'a Metrics, &'a Metrics)>;

fn ratio(
    members: &[&(Place, &Record, &Record)],
    points: Points,
    metric: fn(&Metrics) -> Option<f64>,
    level: f64,
) -> Option<Ratio> {
    let logs: Vec<f64> = members
        .iter()
        .filter_map(|(_, a, b)| {
            let (a, b) = points(a, b)?;
            let (a, b) = (metric(a)?, metric(b)?);
            // Zero over zero is no change.
            if a == b { Some(0.0) } else { Some((b / a).ln()).filter(|log| log.is_finite()) }
        })
        .collect();
    let clusters: Vec<Vec<f64>> = logs.iter().map(|&log| vec![log]).collect();
    let interval = bootstrap_median(&clusters, level, 0)?;
    Some(Ratio {
        median: interval.estimate.exp(),
        low: interval.low.exp(),
        high: interval.high.exp(),
        p: wilcoxon(&logs),
        pairs: logs.len(),
    })
}

fn adjust(groups: &mut [Group], of: fn(&mut Group) -> Option<&mut Ratio>) {
    let mut ratios: Vec<&mut Ratio> = groups.iter_mut().filter_map(of).filter(|ratio| ratio.p.is_some()).collect();
    let adjusted = holm(&ratios.iter().filter_map(|ratio| ratio.p).collect::<Vec<_>>());
    ratios.iter_mut().zip(adjusted).for_each(|(ratio, p)| ratio.p = Some(p));
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} runs in both, {} of them identical bit for bit", self.pairs, self.identical)?;
        if self.other_plugins > 0 {
            writeln!(f, "{} runs used another build of their plugin", self.other_plugins)?;
        }
        if self.other_instances > 0 {
            writeln!(
                f,
                "{} pairs are of different instances (suite or case parameters changed): their ratios mix instances",
                self.other_instances
            )?;
        }
        let changed: Vec<&Group> = self.groups.iter().filter(|group| group.identical < group.pairs).collect();
        if !changed.is_empty() {
            writeln!(f, "\nafter / before, median with simultaneous 95 % interval, at limit points")?;
            let width = changed.iter().map(|group| group.case.len()).max().unwrap_or(0).max(4);
            let names = changed.iter().map(|group| group.entry.chars().count()).max().unwrap_or(0).max(9);
            writeln!(f, "{:<width$}  init   {:<names$}  pairs  {:<34}  relative error", "case", "optimizer", "tr H")?;
            let mut stopped = false;
            for group in changed {
                let mark = if group.errors_at_iterates > 0 { "*" } else { "" };
                stopped |= !mark.is_empty();
                writeln!(
                    f,
                    "{:<width$}  {:<5}  {:<names$}  {:>5}  {:<34}  {}{mark}",
                    group.case,
                    group.init,
                    group.entry,
                    group.pairs,
                    shown(&group.hessian_trace),
                    shown(&group.relative_error)
                )?;
            }
            if stopped {
                writeln!(
                    f,
                    "* some pair has no limit in one of the two, and counts with the errors where both stopped"
                )?;
            }
        }
        if !self.outcomes.is_empty() {
            writeln!(f, "\n{} runs ended in another way", self.outcomes.len())?;
            for outcome in self.outcomes.iter().take(LISTED) {
                writeln!(f, "  {}: {}, now {}", outcome.run, outcome.before, outcome.after)?;
            }
        }
        for (name, runs) in [("first", &self.only_before), ("second", &self.only_after)] {
            if !runs.is_empty() {
                writeln!(f, "\n{} runs in the {name} directory alone", runs.len())?;
                runs.iter().take(LISTED).try_for_each(|run| writeln!(f, "  {run}"))?;
            }
        }
        Ok(())
    }
}

fn shown(ratio: &Option<Ratio>) -> String {
    match ratio {
        None => "-".to_owned(),
        Some(Ratio { median, low, high, p, .. }) => {
            let p = p.map(|p| format!(" p {p:.2}")).unwrap_or_default();
            format!("{median:.4} [{low:.4}, {high:.4}]{p}")
        }
    }
}
