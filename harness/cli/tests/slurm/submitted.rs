//! What is submitted ends with the records of an undisturbed run.

use std::path::Path;

use flatbench_records::Record;

use crate::cluster::Cluster;
use crate::history::{Differences, Undisturbed};
use crate::support::{Bench, shown, text, timeless};

/// Submits the suite of a bench into `out`, without waiting, in so many parts.
pub fn submit(cluster: &Cluster, bench: &Bench, out: &str, further: &[&str]) -> std::process::Output {
    let (suite, out) = (text(&bench.path("suite.toml")), text(&bench.path(out)));
    let arguments = [&["submit", suite.as_str(), "--out", out.as_str()], further].concat();
    cluster.flatbench(&arguments)
}

/// Submits what is missing and waits; the end has to be that of an undisturbed run.
pub fn assert_reached(cluster: &Cluster, bench: &Bench, out: &str, undisturbed: &Undisturbed) {
    let output = submit(cluster, bench, out, &["--wait"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(undisturbed.differences(bench, out), Differences::default());
    assert_eq!(unfinished_below(&bench.path(out)), Vec::<String>::new());
}

/// Locks, half-written files and copies of libraries that were left behind.
fn unfinished_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".unfinished") || name.starts_with("lock") || name == ".held" {
            found.push(entry.path().display().to_string());
        } else if entry.path().is_dir() {
            found.extend(unfinished_below(&entry.path()));
        }
    }
    found
}

#[test]
fn an_array_over_quick_is_an_undisturbed_run_bit_for_bit() {
    let Some(cluster) = Cluster::start(2) else { return };
    let quick = include_str!("../../../suites/quick.toml");
    let bench = Bench::new(quick);
    let undisturbed = Undisturbed::run(&bench);
    let output = submit(&cluster, &bench, "out", &["--tasks", "4", "--wait"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let said = shown(&output);
    assert!(said.contains("in 4 of 4 parts") && said.contains("report: "), "{said}");
    assert_eq!(undisturbed.differences(&bench, "out"), Differences::default());
    let page = std::fs::read_to_string(bench.path("out/index.html")).expect("a report");
    assert!(page.contains("Where it ran"), "the report does not say where parts ran");

    let out = text(&bench.path("out"));
    let status = cluster.flatbench(&["status", &out]);
    let said = shown(&status);
    let runs = undisturbed.records.len();
    assert!(said.contains(&format!("{runs} of {runs} runs recorded, 0 failed")) && said.contains("report: "), "{said}");
    let watched = shown(&cluster.flatbench(&["watch", &out]));
    assert!(watched.contains("excess flatness") && watched.contains(&format!("{runs} of {runs} runs")), "{watched}");
    let again = submit(&cluster, &bench, "out", &[]);
    assert!(shown(&again).contains("nothing to submit"), "{}", shown(&again));
}

#[test]
fn parts_with_settings_to_choose_first_are_the_whole() {
    let Some(cluster) = Cluster::start(2) else { return };
    // One place to tune: whole tuning groups would be three parts, of which most do the same.
    let suite =
        crate::suite(4, 300).replace("seeds = 4\n", "seeds = 4\n\n[tuning]\nseeds = 4\nrule = \"validation\"\n");
    let suite = suite
        .replace("settings = [{ ", "settings = [{ step_size = 0.01 }, { step_size = 0.03 }, { step_size = 0.05 }] #");
    let suite = suite.replace("init = [\"small\"]", "init = [\"large\"]");
    let bench = Bench::new(&suite);
    let undisturbed = Undisturbed::run(&bench);
    let output = submit(&cluster, &bench, "out", &["--tasks", "12", "--wait"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let said = shown(&output);
    assert!(said.contains("tuning") && said.contains("choose"), "{said}");
    assert_eq!(undisturbed.differences(&bench, "out"), Differences::default());
}

#[test]
fn a_task_needs_the_folder_and_nothing_else() {
    let Some(cluster) = Cluster::start(1) else { return };
    let suite = crate::suite(1, 200)
        + "[[case]]\nname = \"own\"\nfamily = \"matrix-completion\"\nfile = \"entries.csv\"\nfactor_rank = 2\ninit = [\"large\"]\n";
    let bench = Bench::new(&suite);
    let rows: Vec<String> = (0..8)
        .map(|i| {
            (0..6)
                .map(|j| if (i + 2 * j) % 5 == 0 { String::new() } else { format!("{}.5", i * j) })
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    std::fs::write(bench.path("entries.csv"), rows.join("\n") + "\n").expect("a writable folder");
    let undisturbed = Undisturbed::run(&bench);
    // Nothing of this environment reaches the tasks, and no job begins before the file is gone.
    let held = submit(&cluster, &bench, "out", &["--tasks", "3", "--", "--export=NONE", "--hold"]);
    assert_eq!(held.status.code(), Some(0), "{}", shown(&held));
    std::fs::remove_file(bench.path("entries.csv")).expect("the data file");
    std::fs::rename(bench.path("suite.toml"), bench.path("elsewhere.toml")).expect("the suite");
    for job in cluster.jobs_in("PENDING") {
        assert!(cluster.ask("scontrol", &["release", &job]).is_some());
    }
    cluster.wait_for_silence(std::time::Duration::from_secs(120));
    // The path of the file is that of the copy; what decides is its content.
    let of = |out: &str| -> Vec<Record> {
        let mut records = bench.records(out);
        records.iter_mut().for_each(|record| drop(record.family_parameters.remove("file")));
        records.into_iter().map(timeless).collect()
    };
    assert_eq!(of("out"), of("undisturbed"));
    assert_eq!(of("out").len(), undisturbed.records.len());
    // Nor is anything else needed to go on: the suite that was submitted is in the folder.
    let (suite, out) = (text(&bench.path("out/cluster/suite.toml")), text(&bench.path("out")));
    let again = cluster.flatbench(&["submit", &suite, "--out", &out]);
    assert!(shown(&again).contains("nothing to submit"), "{}", shown(&again));
}
