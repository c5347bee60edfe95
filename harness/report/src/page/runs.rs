//! A place for every run, and the list of those that failed.

use flatbench_records::{Access, CallKind, METRICS, Metric, Metrics, OracleCalls, Quality, Split, Termination, quoted};
use serde::Serialize;

use crate::Input;
use crate::data;
use crate::numbers::{NONE, optional, short};
use crate::study::{Run, Study, no_flattest};

/// Runs up to which each row has room for the metrics that are lists.
const WITH_LISTS: usize = 2000;

/// Runs up to which their tables start unfolded, so that a page without a script shows all of them at once.
const UNFOLDED: usize = 300;

#[derive(Serialize)]
pub(super) struct Runs {
    total: usize,
    /// Runs with a row.
    listed: usize,
    /// Command that writes the rows of all.
    export: String,
    unfolded: bool,
    columns: Vec<&'static str>,
    panels: Vec<PanelRuns>,
}

#[derive(Serialize)]
struct PanelRuns {
    panel: usize,
    title: String,
    note: String,
    count: usize,
    listed: usize,
    reference: String,
    optimizers: Vec<OptimizerRuns>,
}

#[derive(Serialize)]
struct OptimizerRuns {
    optimizer: usize,
    rows: Vec<RunRow>,
}

#[derive(Serialize)]
struct RunRow {
    key: String,
    short: String,
    failed: bool,
    cells: Vec<String>,
    command: String,
}

#[derive(Serialize)]
pub(super) struct Failures {
    total: usize,
    /// How many runs the rows are of, where there is no room for all.
    listed: usize,
    rows: Vec<FailureRow>,
}

/// The runs of an optimizer that failed of one thing.
#[derive(Serialize)]
pub(super) struct FailureRow {
    optimizer: usize,
    name: String,
    /// The panel, where it is one only.
    panel: Option<usize>,
    what: &'static str,
    why: String,
    runs: Vec<FailedRun>,
}

#[derive(Serialize)]
pub(super) struct FailedRun {
    key: String,
    /// Case, start and repetition.
    title: String,
    command: String,
}

/// Columns of words, after the optimizer.
const WORDS: [&str; 14] = [
    "rep.",
    "instance",
    "used for",
    "settings",
    "outcome",
    "stopped by",
    "detail",
    "gradient equivalents",
    "of budget",
    "steps",
    "oracle calls",
    "seconds (+ measuring)",
    "interpolated",
    "limit moved",
];

pub(super) fn runs(study: &Study, input: &Input) -> Runs {
    // Lists are long: they have no column in a report with many runs.
    let used: Vec<&Metric> = METRICS
        .iter()
        .filter(|metric| match metric.of {
            // All eigenvalues of a Hessian are no cell of a table.
            Access::List(_) => metric.name == "singular_values" && study.runs.len() <= WITH_LISTS,
            Access::Number(of) => study.runs.iter().any(|r| {
                let limit = r.record.result.limit.as_ref().map(|l| &l.metrics);
                [r.record.result.iterate.as_ref(), limit].into_iter().flatten().any(|m| of(m).is_some())
            }),
        })
        .collect();
    let own = |run: &Run| !study.is_archived(run.optimizer);
    let shown = data::shown(study, data::ROWS, own);
    let rows: Vec<Run> = study.runs.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(run, _)| *run).collect();
    let panels = rows
        .chunk_by(|a, b| a.panel == b.panel)
        .map(|listed| {
            let panel = &study.panels[listed[0].panel];
            let from = study.runs.partition_point(|run| run.panel < listed[0].panel);
            let runs = study.runs[from..].chunk_by(|a, b| a.panel == b.panel).next().unwrap_or_default();
            let optimizers = listed
                .chunk_by(|a, b| a.optimizer == b.optimizer)
                .map(|runs| OptimizerRuns {
                    optimizer: runs[0].optimizer,
                    rows: runs.iter().map(|run| row(study, input, run, &used)).collect(),
                })
                .collect();
            PanelRuns {
                panel: runs[0].panel,
                title: panel.title.clone(),
                note: format!("{}, {}", panel.family, panel.sizes),
                count: runs.iter().filter(|run| own(run)).count(),
                listed: listed.len(),
                reference: reference(runs),
                optimizers,
            }
        })
        .collect();
    let columns = ["optimizer"]
        .into_iter()
        .chain(WORDS)
        .chain(used.iter().map(|metric| metric.symbol))
        .chain(["repeat it"])
        .collect();
    let directories: Vec<String> = input.own().map(|source| quoted(&source.directory)).collect();
    let export = format!("flatbench export {} --format csv --out records.csv", directories.join(" "));
    let total = study.runs.iter().filter(|run| own(run)).count();
    Runs { total, listed: rows.len(), export, unfolded: total <= UNFOLDED, columns, panels }
}

fn row(study: &Study, input: &Input, run: &Run, used: &[&Metric]) -> RunRow {
    let r = run.record;
    let used_for = match (r.split, r.selected) {
        (Split::Tuning, true) => "tuning, chosen",
        (Split::Tuning, false) => r.split.name(),
        (Split::Evaluation, _) if run.chosen_by_truth() => "comparison, setting chosen by knowing the truth",
        (Split::Evaluation, _) => "comparison",
    };
    let moved = match &r.result.limit {
        Some(limit) if limit.reached().is_some() => optional(limit.distance_moved),
        Some(limit) => format!("no minimum: {}", limit.reason.as_deref().unwrap_or("no reason was recorded")),
        None => NONE.to_owned(),
    };
    let mut cells = vec![
        study.optimizers[run.optimizer].clone(),
        r.repetition.to_string(),
        r.instance_seed.to_string(),
        used_for.to_owned(),
        run.setting(),
        r.result.outcome.name().to_owned(),
        r.result.termination.map_or(NONE, Termination::name).to_owned(),
        r.result.outcome_detail.clone().unwrap_or_default(),
        short(r.result.gradient_equivalents),
        if r.budget > 0.0 {
            format!("{:.0} %", 100.0 * r.result.gradient_equivalents / r.budget)
        } else {
            NONE.to_owned()
        },
        r.result.steps.to_string(),
        ledger(&r.result.oracle_calls),
        format!("{} (+ {})", short(r.result.optimizer_seconds), short(r.result.measurement_seconds)),
        if r.result.interpolated { "yes" } else { "no" }.to_owned(),
        moved,
    ];
    let limit = r.result.limit.as_ref().map(|l| &l.metrics);
    let minima = study.has_minima();
    cells.extend(used.iter().map(|metric| match cell(metric, r.result.iterate.as_ref()) {
        iterate if minima => both(&iterate, &cell(metric, limit)),
        iterate => iterate,
    }));
    RunRow {
        key: r.key.clone(),
        short: r.key.chars().take(10).collect(),
        failed: r.result.outcome.is_failure(),
        cells,
        command: command(input, run),
    }
}

/// `iterate → limit`, or one of them where they look alike.
fn both(iterate: &str, limit: &str) -> String {
    if iterate == limit { iterate.to_owned() } else { format!("{iterate} → {limit}") }
}

/// A metric at a point; of a list the first five numbers.
fn cell(metric: &Metric, point: Option<&Metrics>) -> String {
    let values: Vec<String> =
        point.map_or_else(Vec::new, |point| metric.numbers(point)).into_iter().take(5).map(short).collect();
    if values.is_empty() { NONE.to_owned() } else { values.join(", ") }
}

/// The command that repeats a run.
fn command(input: &Input, run: &Run) -> String {
    let source = &input.sources[run.source];
    format!("flatbench replay {} {}{}", quoted(&source.directory), run.record.key, source.plugins())
}

fn ledger(calls: &OracleCalls) -> String {
    let word = |kind: CallKind| match calls.measurements(kind) {
        Some(measurements) => format!("{} {} ({measurements} measurements)", calls.count(kind), kind.name()),
        None => format!("{} {}", calls.count(kind), kind.name()),
    };
    let words: Vec<String> = CallKind::ALL.into_iter().filter(|kind| calls.count(*kind) > 0).map(word).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// The references of a panel's instances, in one line.
fn reference(runs: &[Run]) -> String {
    let mut seen = std::collections::BTreeMap::new();
    for run in runs {
        seen.entry((run.record.instance_seed, run.record.repetition)).or_insert(&run.record.result.reference);
    }
    let describe = |reference: &flatbench_records::References| {
        let Some(flat) = &reference.flat else {
            return format!("no flattest minimum known ({})", no_flattest(reference).unwrap_or("none computed"));
        };
        let ends = match (flat.quality(), flat.least(), flat.known()) {
            (Quality::BestKnown, Some(least), _) => format!("; none has less than {}", short(least)),
            (Quality::LowerBound, _, Some(known)) => format!("; the least known is {}", short(known)),
            _ => String::new(),
        };
        let norm = reference.norm_minimal.as_ref().map_or_else(String::new, |n| {
            format!("; norm-minimal tr H {}, relative error {}", short(n.hessian_trace), optional(n.relative_error))
        });
        let truth = reference.truth_floor.map_or_else(String::new, |t| format!("; truth tr H {}", short(t)));
        let gap = flat.duality_gap.map_or_else(String::new, |g| format!(", gap {}", short(g)));
        format!(
            "{}: tr H {}, relative error {}{gap}{ends}{norm}{truth}",
            flat.quality().words(),
            short(flat.hessian_trace),
            optional(flat.relative_error)
        )
    };
    let mut parts: Vec<String> = seen
        .iter()
        .take(6)
        .map(|((seed, _), reference)| format!("Instance {seed}: {}.", describe(reference)))
        .collect();
    if seen.len() > parts.len() {
        parts.push(format!("And {} more instances.", seen.len() - parts.len()));
    }
    parts.join(" ")
}

pub(super) fn failures(study: &Study, input: &Input) -> Failures {
    let (listed, total) = data::failures(study, data::FAILURES);
    let mut rows: Vec<FailureRow> = Vec::new();
    for failure in &listed {
        let (run, why) = (&failure.run, failure.why.unwrap_or("no reason was recorded"));
        let title = format!("{}, repetition {}", study.panels[run.panel].title, run.record.repetition);
        let failed = FailedRun { key: run.record.key.clone(), title, command: command(input, run) };
        let same =
            |row: &&mut FailureRow| (row.optimizer, row.what, row.why.as_str()) == (run.optimizer, failure.what, why);
        match rows.iter_mut().find(same) {
            Some(row) => {
                row.panel = row.panel.filter(|panel| *panel == run.panel);
                row.runs.push(failed);
            }
            None => rows.push(FailureRow {
                optimizer: run.optimizer,
                name: study.optimizers[run.optimizer].clone(),
                panel: Some(run.panel),
                what: failure.what,
                why: why.to_owned(),
                runs: vec![failed],
            }),
        }
    }
    Failures { total, listed: listed.len(), rows }
}
