//! The suites that repeat papers: what each claims is read off the archive of its runs in `reports/papers`, and the tables of PAPERS.md are
//! those that `flatbench report reports/papers/NAME --published` prints. To write them anew:
//!
//! ```sh
//! FLATBENCH_WRITE_DOCS=1 cargo test -p flatbench --test papers tables
//! ```
mod support;

use std::path::PathBuf;
use std::process::Output;

use flatbench_instances::catalog;
use flatbench_report::Replication;
use serde_json::Value;
use support::{flatbench, root, shown, text};

const PAPERS: [&str; 8] =
    ["ding2024", "gatmiry2023", "wen2023", "damian2021", "cohen2021", "oymak2019", "singh2026", "tong2021"];

fn archive(name: &str) -> PathBuf {
    root().join("reports/papers").join(name)
}

fn suite(name: &str) -> PathBuf {
    root().join(format!("harness/suites/papers/{name}.toml"))
}

fn called(arguments: &[&str]) -> Output {
    let output = flatbench().args(arguments).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    output
}

fn found(name: &str) -> Vec<Replication> {
    let input = flatbench_report::read(&[(&archive(name), name)], &catalog()).expect("it is committed");
    flatbench_report::replications(&input)
}

#[test]
fn every_suite_is_built_in_and_archived_as_it_is() {
    for name in PAPERS {
        let published = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let suite: toml::Table = toml::from_str(&text).expect("TOML");
            suite["published"].as_array().expect("an array of tables").clone()
        };
        assert_eq!(published(archive(name).join("suite.toml")), published(suite(name)), "{name}: run it again");
        // The runs are those of the suite, each with its key.
        let tier = if name == "cohen2021" { &["--tier", "full"][..] } else { &[] };
        let runs = |suite: &str| {
            let out = called(&[&["run", suite, "--list=runs", "--no-build"], tier].concat()).stdout;
            let lines = String::from_utf8(out).expect("text");
            let mut runs: Vec<String> =
                lines.lines().filter(|line| line.starts_with("evaluation ")).map(str::to_owned).collect();
            runs.sort();
            runs
        };
        let (own, kept) = (runs(name), runs(&text(&archive(name).join("suite.toml"))));
        assert!(own.len() > 30 && own == kept, "{name}: {} and {} runs", own.len(), kept.len());
        let records = flatbench_records::directory::Contents::of(&archive(name), None).expect("records").records;
        assert_eq!(records.len(), own.len(), "{name}");
    }
}

#[test]
fn every_published_number_is_beside_one_that_was_found_and_what_differs_says_why() {
    for name in PAPERS {
        let rows = found(name);
        assert!(rows.len() >= 4, "{name} makes {} claims", rows.len());
        for row in &rows {
            let what = &row.published.what;
            let agrees = row.agrees().unwrap_or_else(|| panic!("{name}: nothing was found of {what:?}"));
            assert!(row.runs >= 3, "{name}: {what:?} rests on {} runs", row.runs);
            assert!(
                agrees || row.published.remark.len() > 30,
                "{name}: {what:?} differs, and the suite does not say why"
            );
        }
        let agree = rows.iter().filter(|row| row.agrees() == Some(true)).count();
        assert!(3 * agree >= 2 * rows.len(), "{name}: {agree} of {} agree", rows.len());
    }
}

/// `section` with `table` in the place of its own, and `sentence` in the place of its own count.
fn rewritten(section: &str, table: &str, sentence: &str) -> String {
    let mut lines: Vec<&str> = section.lines().filter(|line| !line.starts_with('|')).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    if lines.last().is_some_and(|line| line.ends_with(" agree.**")) {
        lines.pop();
    }
    format!("{}\n\n{sentence}\n\n{}\n", lines.join("\n").trim_end(), table.trim())
}

#[test]
fn the_documentation_has_the_tables_that_are_printed() {
    let path = root().join("harness/docs/PAPERS.md");
    let document = std::fs::read_to_string(&path).expect("it is committed");
    let mut sections: Vec<String> =
        document.split("\n## ").map(|section| format!("{}\n", section.trim_end())).collect();
    for name in PAPERS {
        let table = called(&["report", &text(&archive(name)), "--published"]).stdout;
        let rows = found(name);
        let agree = rows.iter().filter(|row| row.agrees() == Some(true)).count();
        let sentence = format!("**{agree} of {} agree.**", rows.len());
        let section = sections.iter_mut().find(|section| section.starts_with(&format!("{name}\n")));
        let section = section.unwrap_or_else(|| panic!("{name} has no section"));
        *section = rewritten(section, &String::from_utf8(table).expect("text"), &sentence);
    }
    let expected = sections.join("\n## ");
    if std::env::var_os("FLATBENCH_WRITE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("a writable tree");
    } else {
        assert!(document == expected, "write harness/docs/PAPERS.md anew; the command stands above");
    }
}

#[test]
fn a_run_of_every_suite_comes_out_the_same() {
    for name in PAPERS {
        let output = called(&["verify", &text(&archive(name)), "--rebuilt", "--sample", "1", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["checks"].as_array().map(Vec::len), Some(1), "{report}");
    }
}

#[test]
fn an_instance_can_be_taken_out_though_no_plugin_is_asked_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = text(&folder.path().join("instance"));
    called(&["export-instance", "wen2023", "sensing", "--out", &out]);
    assert!(folder.path().join("instance").is_dir());
}
