use flatbench_records::{Access, CallKind, Dimensions, INTERPOLATION, METRICS, Metrics, Record, Reference};
use serde::Serialize;

/// A column of the table.
pub struct Column {
    /// Name, as in a header.
    pub name: String,
    /// What its numbers are.
    pub meaning: String,
    /// What stands in it.
    pub cells: Cells,
}

/// The field of a record, by type; `None` where it does not exist.
pub enum Cells {
    /// Words, or a JSON text.
    Text(Field<String>),
    /// Whole numbers.
    Integer(Field<i64>),
    /// Numbers.
    Real(Field<f64>),
    /// Yes or no.
    Flag(Field<bool>),
}

/// How a field is taken from a record.
type Field<T> = Box<dyn Fn(&Record) -> Option<T>>;

impl Cells {
    /// The word for the type in the documentation.
    pub fn kind(&self) -> &'static str {
        match self {
            Cells::Text(_) => "text",
            Cells::Integer(_) => "integer",
            Cells::Real(_) => "real",
            Cells::Flag(_) => "true or false",
        }
    }

    /// The field as text, empty where it does not exist. Real numbers are the shortest text that reads back as the same bits.
    pub fn text(&self, record: &Record) -> String {
        let text = match self {
            Cells::Text(field) => field(record),
            Cells::Integer(field) => field(record).map(|n| n.to_string()),
            Cells::Real(field) => field(record).map(|x| format!("{x:?}")),
            Cells::Flag(field) => field(record).map(|yes| yes.to_string()),
        };
        text.unwrap_or_default()
    }
}

/// Every column, in the order of the table.
pub fn all() -> Vec<Column> {
    let mut columns = identity();
    columns.extend(result());
    type Point = fn(&Record) -> Option<&Metrics>;
    let points: [(&str, &str, Point); 3] = [
        ("start", "the starting point", |record| record.result.start.as_ref()),
        ("iterate", "the returned point", |record| record.result.iterate.as_ref()),
        ("limit", "the zero-loss point next to it", |record| record.result.limit.as_ref().map(|limit| &limit.metrics)),
    ];
    for (prefix, place, point) in points {
        columns.extend(METRICS.iter().map(|metric| {
            let (name, meaning) = (format!("{prefix}_{}", metric.name), format!("{}, at {place}", metric.meaning));
            match metric.of {
                Access::Number(of) => real(&name, &meaning, move |record| point(record).and_then(of)),
                Access::List(of) => text(&name, &meaning, move |record| point(record).map(|point| json(&of(point)))),
            }
        }));
    }
    columns.extend(references());
    columns
}

/// Every column, and those of the levels of the loss that some of the records speak of.
pub fn of(records: &[Record]) -> Vec<Column> {
    let mut columns = all();
    let mut levels: Vec<f64> =
        records.iter().flat_map(|r| &r.result.crossings).map(|crossing| crossing.level).collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    levels.dedup();
    columns.extend(levels.into_iter().flat_map(crossing));
    columns
}

/// What was measured where the loss first fell to a level.
fn crossing(level: f64) -> Vec<Column> {
    let name = |field: &str| format!("crossing_{level:e}_{field}");
    let place = format!("where the loss first was at most {level:e} of its start");
    let at = move |r: &Record| r.result.crossings.iter().find(|crossing| crossing.level == level).cloned();
    vec![
        count(&name("step"), &format!("steps {place}"), move |r| Some(at(r)?.step)),
        real(&name("gradient_equivalents"), &format!("budget spent {place}"), move |r| {
            Some(at(r)?.gradient_equivalents)
        }),
        real(&name("train_loss"), &format!("training loss {place}"), move |r| Some(at(r)?.train_loss)),
        real(&name("relative_error"), &format!("relative error {place}"), move |r| at(r)?.relative_error),
        real(&name("hessian_trace"), &format!("tr H {place}"), move |r| at(r)?.hessian_trace),
        real(&name("excess_flatness"), &format!("excess flatness {place}"), move |r| at(r)?.excess_flatness),
    ]
}

fn column(name: &str, meaning: &str, cells: Cells) -> Column {
    Column { name: name.to_owned(), meaning: meaning.to_owned(), cells }
}

fn text(name: &str, meaning: &str, field: impl Fn(&Record) -> Option<String> + 'static) -> Column {
    column(name, meaning, Cells::Text(Box::new(field)))
}

fn real(name: &str, meaning: &str, field: impl Fn(&Record) -> Option<f64> + 'static) -> Column {
    column(name, meaning, Cells::Real(Box::new(field)))
}

fn flag(name: &str, meaning: &str, field: impl Fn(&Record) -> Option<bool> + 'static) -> Column {
    column(name, meaning, Cells::Flag(Box::new(field)))
}

/// A count; one beyond the range of the type, which no run reaches, counts as missing.
fn count<N: TryInto<i64>>(name: &str, meaning: &str, field: impl Fn(&Record) -> Option<N> + 'static) -> Column {
    column(name, meaning, Cells::Integer(Box::new(move |record| field(record).and_then(|n| n.try_into().ok()))))
}

/// What the run is.
fn identity() -> Vec<Column> {
    let size = |name: &str, meaning: &str, size: fn(&Dimensions) -> Option<usize>| {
        count(name, meaning, move |record| record.dimensions.as_ref().and_then(size))
    };
    vec![
        count("format", "version of the record format", |r| Some(r.format)),
        text("key", "content hash of everything that decides the result", |r| Some(r.key.clone())),
        text("suite", "suite", |r| Some(r.suite.clone())),
        text("case", "case", |r| Some(r.case.clone())),
        text("family", "family of problems", |r| Some(r.family.clone())),
        size("depth", "number of layers or factors, where it varies", |d| d.depth),
        size("rows", "rows of X", |d| Some(d.rows)),
        size("cols", "columns of X", |d| Some(d.cols)),
        size("rank", "rank of the truth (non-zeros of a vector)", |d| d.rank),
        size("factor_rank", "width of the factorization", |d| Some(d.factor_rank)),
        size("measurements", "number of measurements m", |d| Some(d.measurements)),
        size("parameters", "length of w", |d| Some(d.parameters)),
        real("oversampling", "m over the degrees of freedom of the truth", |r| r.dimensions?.oversampling),
        text("init", "starting regime, such as large or small", |r| Some(r.init.to_string())),
        real("init_scale", "what the starting point is multiplied by", |r| r.init_scale),
        text("start_point", "where a given start comes from", |r| Some(r.start_point.as_ref()?.from.clone())),
        count("instance_seed", "seed of truth and measurements", |r| Some(r.instance_seed)),
        count("repetition", "which draw of the case", |r| Some(r.repetition)),
        real("budget", "budget in full-gradient equivalents", |r| Some(r.budget)),
        real("stop_at_loss", "loss that ended the run, over that at the start", |r| r.stop_at_loss),
        text("optimizer", "optimizer, by its name in the suite", |r| Some(r.optimizer.clone())),
        text("optimizer_version", "version of the plugin", |r| Some(r.optimizer_version.clone())),
        text("plugin_hash", "content hash of its library", |r| Some(r.plugin_hash.clone())),
        text("hyperparameters", "every hyper-parameter, as a JSON object", |r| Some(json(&r.hyperparameters))),
        text("resolved", "numbers put in the place of relative ones, as a JSON object", |r| {
            Some(json(&r.result.resolved))
        }),
        text("split", "tuning or evaluation", |r| Some(r.split.to_string())),
        flag("selected", "whether the setting was chosen for the comparison", |r| Some(r.selected)),
        text("selection_rule", "rule that chose it among several; oracle knows the truth", |r| {
            r.selection_rule.map(|rule| rule.to_string())
        }),
    ]
}

/// What came of the run.
fn result() -> Vec<Column> {
    let mut columns = vec![
        text("outcome", "what happened to the process", |r| Some(r.result.outcome.to_string())),
        text("outcome_detail", "in words", |r| r.result.outcome_detail.clone()),
        text("termination", "why the optimization stopped", |r| {
            r.result.termination.map(|termination| termination.to_string())
        }),
        flag("interpolated", &format!("whether the loss fell to {INTERPOLATION:e} of its start"), |r| {
            Some(r.result.interpolated)
        }),
    ];
    columns.extend(CallKind::ALL.into_iter().flat_map(calls));
    columns.extend([
        real("gradient_equivalents", "budget spent", |r| Some(r.result.gradient_equivalents)),
        count("steps", "completed steps", |r| Some(r.result.steps)),
        real("optimizer_seconds", "seconds in the optimizer and its oracle calls", |r| {
            Some(r.result.optimizer_seconds)
        }),
        real("measurement_seconds", "seconds spent on metrics", |r| Some(r.result.measurement_seconds)),
        real("reference_seconds", "share in drawing the instance and its references", |r| {
            Some(r.result.reference_seconds)
        }),
        text("unmeasured", "why metrics are missing that exist", |r| r.result.unmeasured.clone()),
        text("limit_state", "whether the zero-loss point was reached", |r| {
            r.result.limit.as_ref().map(|limit| limit.state.to_string())
        }),
        text("limit_reason", "why it was not", |r| r.result.limit.as_ref()?.reason.clone()),
        real("limit_distance_moved", "distance from the returned point to it", |r| {
            r.result.limit.as_ref()?.distance_moved
        }),
    ]);
    columns
}

/// How often the oracle was asked, and over how many measurements where that decides the price.
fn calls(kind: CallKind) -> Vec<Column> {
    let key = kind.key();
    let of = move |r: &Record| Some(r.result.oracle_calls.count(kind));
    let mut columns = vec![count(&format!("{key}_calls"), kind.plural(), of)];
    if kind.is_priced_per_measurement() {
        columns.push(count(
            &format!("{key}_measurements"),
            &format!("measurements in all {} together", kind.plural()),
            move |r| r.result.oracle_calls.measurements(kind),
        ));
    }
    columns
}

/// What the run is compared with.
fn references() -> Vec<Column> {
    type Which = fn(&Record) -> Option<&Reference>;
    let solutions: [(&str, &str, Which); 2] = [
        ("flat", "the flattest zero-loss point", |r| r.result.reference.flat.as_ref()),
        ("norm_minimal", "the norm-minimal zero-loss point", |r| r.result.reference.norm_minimal.as_ref()),
    ];
    let mut columns = Vec::new();
    for (name, place, which) in solutions {
        let name = |field: &str| format!("reference_{name}_{field}");
        let of = |meaning: &str| format!("{meaning} of {place}");
        columns.extend([
            real(&name("hessian_trace"), &of("trace of the flattest factorization"), move |r| {
                which(r).map(|solution| solution.hessian_trace)
            }),
            real(&name("relative_error"), &of("relative error"), move |r| which(r)?.relative_error),
            real(&name("duality_gap"), &of("relative duality gap"), move |r| which(r)?.duality_gap),
            flag(&name("certified"), &of("whether it is attained and that gap at most 1e-8,"), move |r| {
                which(r).map(|solution| solution.certified)
            }),
            flag(&name("exact"), &of("whether a zero-loss point has the trace,"), move |r| {
                which(r).map(|solution| solution.exact)
            }),
        ]);
    }
    columns.extend([
        real("reference_flat_lower", "proven lower bound of the trace of every zero-loss point", |r| {
            r.result.reference.flat.as_ref()?.lower
        }),
        real("reference_flat_upper", "smallest trace of a known zero-loss point", |r| {
            r.result.reference.flat.as_ref()?.upper
        }),
    ]);
    columns.push(real("reference_truth_floor", "trace of the flattest factorization of the truth", |r| {
        r.result.reference.truth_floor
    }));
    columns.push(text("reference_missing", "why a reference is missing", |r| r.result.reference.missing.clone()));
    columns
}

#[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("fields of records have a JSON form")
}
