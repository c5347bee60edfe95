//! What the lines mean, as the documentation says it.
/// The fields that say which run a line is about.
const RUN: (&str, &str) =
    ("`key`, `case`, `init`, `repetition`, `optimizer`, `hyperparameters`, `split`", "which run, as in its record");

/// Name, when it is said, and the fields with their meaning.
pub type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Every line there is, in the order in which they may first come.
pub const EVENTS: [Row; 12] = [
    (
        "session",
        "first",
        &[
            ("`format`", "version of the lines: 1"),
            ("`flatbench`", "version of the program"),
            ("`suite`", "as it was given"),
        ],
    ),
    (
        "plugin-problem",
        "for each plugin that cannot be used",
        &[("`text`", "why, with the remedy"), ("`refused`", "whether its path was given, so that nothing is run")],
    ),
    (
        "mistake",
        "for each mistake in the suite",
        &[
            ("`path`, `line`, `column`", "where it is; both count from 1, columns in characters"),
            ("`message`", "what is wrong"),
            ("`allowed`, `help`", "what is allowed there, what to do; may be empty"),
        ],
    ),
    ("warning", "what may not be meant", &[("`text`", "in words")]),
    ("note", "something to know, such as records that were moved aside", &[("`text`", "in words")]),
    (
        "planned",
        "once the plan is known",
        &[
            ("`suite`, `out`", "name of the suite, run directory"),
            ("`tuning`, `evaluation`", "numbers of planned runs, those with a record included"),
        ],
    ),
    (
        "stage",
        "when the runs that tune begin, and when those that are compared do",
        &[("`split`", "`tuning` or `evaluation`"), ("`planned`, `done`", "its runs, and those with a record")],
    ),
    ("begun", "a run begins; again, if its worker ended through no fault of it", &[RUN]),
    (
        "ended",
        "a run has ended, and its record is on the disk",
        &[
            RUN,
            ("`outcome`, `outcome_detail`, `termination`, `interpolated`", "as in its record"),
            ("`failed`", "whether the outcome is a failure"),
            ("`limit_excess_flatness`, `limit_relative_error`", "at the limit; null if none was reached"),
            ("`done`, `planned`", "runs of the stage with a record, and all of them"),
        ],
    ),
    (
        "finished",
        "last: every planned run is recorded",
        &[
            ("`out`, `report`", "run directory, page of the report"),
            ("`recorded`, `done_now`, `failed`", "planned runs, those done in this session, those that failed"),
            ("`status`", "exit status, 0 or 3"),
        ],
    ),
    (
        "interrupted",
        "last: a signal came; the same command continues",
        &[
            ("`signal`", "its number"),
            ("`recorded`, `missing`", "planned runs with a record and without; null before there is a plan"),
            ("`status`", "exit status, 128 plus the number"),
        ],
    ),
    (
        "failed",
        "last: nothing was run, or not everything",
        &[("`text`", "what standard error says, without colours"), ("`status`", "exit status, 2 or 4")],
    ),
];

/// The names in the fields of a row.
pub fn fields(row: &Row) -> impl Iterator<Item = &'static str> {
    row.2.iter().flat_map(|(names, _)| names.split(", ")).map(|name| name.trim_matches('`'))
}

/// The table of the documentation.
pub fn markdown() -> String {
    let mut table = "| `event` | said | fields |\n|---|---|---|\n".to_owned();
    for (name, when, fields) in &EVENTS {
        let fields: Vec<String> = fields.iter().map(|(names, meaning)| format!("{names}: {meaning}")).collect();
        table += &format!("| `{name}` | {when} | {} |\n", fields.join("; "));
    }
    table
}
