//! The lines against their table, and the table against the documentation. To write that anew:
//!
//! ```sh
//! FLATBENCH_WRITE_DOCS=1 cargo test -p flatbench --lib events -- --test-threads=1
//! ```
#[expect(dead_code, reason = "the tables of records use all of it")]
#[path = "../../../records/tests/documentation/page.rs"]
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flatbench_records::{Init, Outcome, Split};

use super::table::{EVENTS, fields, markdown};
use super::{Event, FORMAT, Run};

#[test]
fn the_documentation_has_the_table() {
    page::Page::open("FORMAT.md").between_marks("events", &markdown());
}

#[test]
fn every_line_has_the_fields_of_the_table() {
    let hyperparameters = BTreeMap::new();
    let run = || Run {
        key: "k",
        case: "c",
        init: Init::Large,
        repetition: 0,
        optimizer: "gd",
        hyperparameters: &hyperparameters,
        split: Split::Tuning,
    };
    let (text, path) = ("", Path::new("x"));
    let all = [
        Event::Session { format: FORMAT, flatbench: "", suite: "" },
        Event::PluginProblem { text: String::new(), refused: true },
        Event::Mistake { path: "", line: 1, column: 1, message: "", allowed: "", help: "" },
        Event::Warning { text },
        Event::Note { text },
        Event::Planned { suite: "", out: path, tuning: 0, evaluation: 0 },
        Event::Stage { split: "tuning", planned: 0, done: 0 },
        Event::Begun { run: run() },
        Event::Ended {
            run: run(),
            outcome: Outcome::Completed,
            outcome_detail: None,
            failed: false,
            termination: None,
            interpolated: false,
            limit_excess_flatness: None,
            limit_relative_error: None,
            done: 1,
            planned: 1,
        },
        Event::Finished { out: path, report: path, recorded: 0, done_now: 0, failed: 0, status: 0 },
        Event::Interrupted { signal: 2, recorded: None, missing: None, status: 130 },
        Event::Failed { text, status: 2 },
    ];
    let mut seen = Vec::new();
    for event in &all {
        let line: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&serde_json::to_string(event).expect("JSON")).expect("an object");
        let name = line["event"].as_str().expect("a name").to_owned();
        let row = EVENTS.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("no row for {name}"));
        let found: BTreeSet<&str> = line.keys().map(String::as_str).filter(|key| *key != "event").collect();
        assert_eq!(found, fields(row).collect(), "{name}");
        seen.push(name);
    }
    assert_eq!(seen, EVENTS.map(|row| row.0), "every row, in its order");
}
