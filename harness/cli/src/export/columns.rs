use flatbench_records::{LimitState, Metrics, OracleCalls, Record, Reference, Split};
use serde::Serialize;

use super::metrics::METRICS;

/// A column of the table.
pub struct Column {
    pub name: String,
    pub meaning: String,
    /// The field of a record, empty where it has none.
    pub cell: Box<dyn Fn(&Record) -> String>,
}

/// Every column, in the order of the table.
pub fn all() -> Vec<Column> {
    let mut columns = identity();
    columns.extend(course());
    type Point = fn(&Record) -> Option<&Metrics>;
    let points: [(&str, &str, Point); 3] = [
        ("start", "the starting point", |record| record.start.as_ref()),
        ("iterate", "the returned point", |record| record.iterate.as_ref()),
        ("limit", "the zero-loss point next to it", |record| record.limit.as_ref().map(|limit| &limit.metrics)),
    ];
    for (prefix, place, point) in points {
        for (name, meaning, metric) in METRICS {
            let cell = move |record: &Record| real(point(record).and_then(metric));
            columns.push(column(&format!("{prefix}_{name}"), &format!("{meaning}, at {place}"), cell));
        }
        let cell =
            move |record: &Record| point(record).map(|metrics| json(&metrics.singular_values)).unwrap_or_default();
        columns.push(column(
            &format!("{prefix}_singular_values"),
            &format!("largest singular values as a JSON list, at {place}"),
            cell,
        ));
    }
    columns.extend(references());
    columns
}

fn column(name: &str, meaning: &str, cell: impl Fn(&Record) -> String + 'static) -> Column {
    Column { name: name.to_owned(), meaning: meaning.to_owned(), cell: Box::new(cell) }
}

/// What the run is.
fn identity() -> Vec<Column> {
    type Size = fn(&flatbench_records::Dimensions) -> Option<String>;
    let size = |name: &str, meaning: &str, size: Size| {
        column(name, meaning, move |record| record.dimensions.as_ref().and_then(size).unwrap_or_default())
    };
    vec![
        column("format", "version of the record format", |r| r.format.to_string()),
        column("key", "content hash of everything that decides the result", |r| r.key.clone()),
        column("suite", "suite", |r| r.suite.clone()),
        column("case", "case within the suite", |r| r.case.clone()),
        column("family", "family of problems", |r| r.family.clone()),
        size("depth", "number of layers or factors, where it varies", |d| d.depth.map(|n| n.to_string())),
        size("rows", "rows of X", |d| Some(d.rows.to_string())),
        size("cols", "columns of X", |d| Some(d.cols.to_string())),
        size("rank", "rank of the truth (non-zeros of a vector)", |d| d.rank.map(|n| n.to_string())),
        size("factor_rank", "width of the factorization", |d| Some(d.factor_rank.to_string())),
        size("measurements", "number of measurements m", |d| Some(d.measurements.to_string())),
        size("parameters", "length of w", |d| Some(d.parameters.to_string())),
        size("oversampling", "m over the degrees of freedom of the truth", |d| {
            d.oversampling.map(|x| format!("{x:?}"))
        }),
        column("init", "starting regime, large or small", |r| r.init.name().to_owned()),
        column("instance_seed", "seed of truth and measurements", |r| r.instance_seed.to_string()),
        column("repetition", "which draw of the case", |r| r.repetition.to_string()),
        column("budget", "budget in full-gradient equivalents", |r| real(Some(r.budget))),
        column("optimizer", "optimizer, by its name in the suite", |r| r.optimizer.clone()),
        column("optimizer_version", "version of the plugin", |r| r.optimizer_version.clone()),
        column("plugin_hash", "content hash of its library", |r| r.plugin_hash.clone()),
        column("hyperparameters", "every hyper-parameter, as a JSON object", |r| json(&r.hyperparameters)),
        column("resolved", "numbers put in the place of relative ones, as a JSON object", |r| json(&r.resolved)),
        column("split", "tuning or evaluation", |r| match r.split {
            Split::Tuning => "tuning".to_owned(),
            Split::Evaluation => "evaluation".to_owned(),
        }),
        column("selected", "whether the setting was chosen for the comparison", |r| r.selected.to_string()),
    ]
}

/// How the run went.
fn course() -> Vec<Column> {
    let calls = |name: &str, meaning: &str, count: fn(&OracleCalls) -> u64| {
        column(&format!("{name}_calls"), meaning, move |r| count(&r.oracle_calls).to_string())
    };
    vec![
        column("outcome", "what happened to the process", |r| r.outcome.name().to_owned()),
        column("outcome_detail", "in words", |r| r.outcome_detail.clone().unwrap_or_default()),
        column("termination", "why the optimization stopped", |r| {
            r.termination.map(|termination| format!("{termination:?}").to_lowercase()).unwrap_or_default()
        }),
        column("interpolated", "whether the loss fell to 1e-6 of its start", |r| r.interpolated.to_string()),
        calls("loss", "evaluations of the loss", |calls| calls.loss),
        calls("gradient", "full gradients", |calls| calls.gradient),
        calls("minibatch", "mini-batch gradients", |calls| calls.minibatch),
        column("minibatch_measurements", "measurements in all mini-batches together", |r| {
            r.oracle_calls.minibatch_measurements.to_string()
        }),
        calls("hvp", "Hessian-vector products", |calls| calls.hvp),
        calls("trace", "exact traces", |calls| calls.trace),
        calls("trace_gradient", "gradients of the trace", |calls| calls.trace_gradient),
        column("gradient_equivalents", "budget spent", |r| real(Some(r.gradient_equivalents))),
        column("steps", "completed steps", |r| r.steps.to_string()),
        column("optimizer_seconds", "seconds in the optimizer and its oracle calls", |r| {
            real(Some(r.optimizer_seconds))
        }),
        column("measurement_seconds", "seconds spent on metrics", |r| real(Some(r.measurement_seconds))),
        column("reference_seconds", "share in drawing the instance and its references", |r| {
            real(Some(r.reference_seconds))
        }),
        column("limit_state", "whether the zero-loss point was reached", |r| match &r.limit {
            Some(limit) if limit.state == LimitState::Reached => "reached".to_owned(),
            Some(_) => "not-reached".to_owned(),
            None => String::new(),
        }),
        column("limit_reason", "why it was not", |r| {
            r.limit.as_ref().and_then(|limit| limit.reason.clone()).unwrap_or_default()
        }),
        column("limit_distance_moved", "distance from the returned point to it", |r| {
            real(r.limit.as_ref().and_then(|limit| limit.distance_moved))
        }),
    ]
}

/// What the run is compared with.
fn references() -> Vec<Column> {
    type Which = fn(&Record) -> Option<&Reference>;
    let solutions: [(&str, &str, Which); 2] = [
        ("flat", "the flattest zero-loss point", |r| r.reference.flat.as_ref()),
        ("norm_minimal", "the norm-minimal zero-loss point", |r| r.reference.norm_minimal.as_ref()),
    ];
    let mut columns = Vec::new();
    for (name, place, which) in solutions {
        let mut add = |field: &str, meaning: &str, cell: fn(&Reference) -> String| {
            let cell = move |record: &Record| which(record).map(cell).unwrap_or_default();
            columns.push(column(&format!("reference_{name}_{field}"), &format!("{meaning} of {place}"), cell));
        };
        add("hessian_trace", "trace of the flattest factorization", |r| real(Some(r.hessian_trace)));
        add("relative_error", "relative error", |r| real(r.relative_error));
        add("duality_gap", "relative duality gap", |r| real(r.duality_gap));
        add("certified", "whether that gap is at most 1e-8,", |r| r.certified.to_string());
        add("exact", "whether the trace is exact, not a limit,", |r| r.exact.to_string());
    }
    columns.push(column("reference_truth_floor", "trace of the flattest factorization of the truth", |r| {
        real(r.reference.truth_floor)
    }));
    columns.push(column("reference_missing", "why a reference is missing", |r| {
        r.reference.missing.clone().unwrap_or_default()
    }));
    columns
}

/// The shortest text that reads back as the same number.
fn real(value: Option<f64>) -> String {
    value.map(|x| format!("{x:?}")).unwrap_or_default()
}

fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("fields of records have a JSON form")
}
