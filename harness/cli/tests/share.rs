//! Processes that share one directory: together they do the plan once, whichever of them are killed.
mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use flatbench_records::Record;
use support::{Bench, records, root, shown, timeless};

const SUITE: &str = r#"
name = "shared"
budget = 6000
seeds = 3

[tuning]
seeds = 1
cases = ["sensing"]

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 10
cols = 8
rank = 1
measurements = 60

[[case]]
name = "completion"
family = "matrix-completion"
rows = 8
cols = 7
rank = 1
sampling_rate = 0.8

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.005 }, { step_size = 0.002 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.001, batch_size = 4 }, { step_size = 0.0005, batch_size = 4 }]
"#;

/// The records of an undisturbed run, without its times.
fn expected(bench: &Bench) -> Vec<Record> {
    let output = bench.run("whole", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    bench.records("whole").into_iter().map(timeless).collect()
}

fn shared(bench: &Bench, preloaded: Option<&Path>) -> Command {
    let mut command = bench.run_command("out");
    command.args(["--share", "--no-build", "--jobs", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs(preloaded.map(|library| ("LD_PRELOAD", library)));
    command
}

fn ended(child: Child) -> String {
    let output = child.wait_with_output().expect("a child");
    said(&output)
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", shown(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn joined(bench: &Bench) -> Vec<Record> {
    bench.records("out").into_iter().map(timeless).collect()
}

/// The lines of records in the directories of the parts.
fn in_parts(bench: &Bench) -> Vec<String> {
    let folders = std::fs::read_dir(bench.path("out/parts")).into_iter().flatten().flatten();
    let texts = folders.filter_map(|folder| std::fs::read_to_string(folder.path().join("records.jsonl")).ok());
    texts.flat_map(|text| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// A file on the board with that ending.
fn on_board(bench: &Bench, ending: &str) -> PathBuf {
    let entries = std::fs::read_dir(bench.path("out/parts/.board")).expect("a board").flatten();
    let found = entries.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(ending));
    found.unwrap_or_else(|| panic!("no {ending} on the board"))
}

#[test]
fn several_processes_do_a_plan_together() {
    let bench = Bench::new(SUITE);
    let expected = expected(&bench);
    let children: Vec<Child> = (0..3).map(|_| shared(&bench, None).spawn().expect("flatbench starts")).collect();
    let texts: Vec<String> = children.into_iter().map(ended).collect();
    assert!(texts.iter().any(|text| text.contains("report: ")), "one joins: {texts:?}");
    assert_eq!(joined(&bench), expected);
    assert_eq!(in_parts(&bench).len(), expected.len(), "none was done twice");
    assert!(bench.path("out/index.html").is_file());
    // Once more there is nothing to do.
    let before = std::fs::read(bench.path("out/records.jsonl")).expect("records");
    let again = shared(&bench, None).output().expect("flatbench starts");
    assert!(said(&again).contains("0 of them new"), "{}", shown(&again));
    assert_eq!(std::fs::read(bench.path("out/records.jsonl")).expect("records"), before);

    let other = shared(&bench, None).args(["--seeds", "2"]).output().expect("flatbench starts");
    let words = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(2) && words.contains("runs of another plan"), "{}", shown(&other));
}

#[test]
fn what_a_killed_process_had_begun_is_taken_over() {
    let bench = Bench::new(SUITE);
    let expected = expected(&bench);
    let library = bench.path("no-flock.so");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let source = root().join("harness/fixtures/c/no-flock.c");
    let compiled = Command::new(compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
    assert!(compiled.expect("a C compiler").success());
    // With the locks of the file system, and without.
    for preloaded in [None, Some(library.as_path())] {
        let _ = std::fs::remove_dir_all(bench.path("out"));
        for kills in 1..=3 {
            let mut child = shared(&bench, preloaded).spawn().expect("flatbench starts");
            let begun = Instant::now();
            let enough = 5 * kills;
            while in_parts(&bench).len() < enough && begun.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(2));
            }
            child.kill().expect("a process");
            child.wait().expect("it ends");
        }
        let before = in_parts(&bench);
        assert!(before.len() < expected.len(), "it was killed in the middle");
        let children: Vec<Child> =
            (0..2).map(|_| shared(&bench, preloaded).spawn().expect("flatbench starts")).collect();
        children.into_iter().for_each(|child| drop(ended(child)));
        assert_eq!(joined(&bench), expected, "locks: {}", preloaded.is_none());
        let after = std::fs::read_to_string(bench.path("out/records.jsonl")).expect("records");
        let whole = before.iter().filter(|line| line.ends_with('\n'));
        assert!(whole.clone().count() > 0 && whole.clone().all(|line| after.contains(line.as_str())), "done once");
    }
}

#[test]
fn a_claim_of_another_machine_holds_until_it_is_silent() {
    let bench = Bench::new(SUITE);
    let expected = expected(&bench);
    said(&shared(&bench, None).output().expect("flatbench starts"));
    // Another machine is at a part of which it has a half.
    let done = on_board(&bench, ".done");
    let part = done.file_stem().expect("a name").to_string_lossy().into_owned();
    std::fs::remove_file(&done).expect("a file");
    let claim = done.with_extension("claim");
    std::fs::write(&claim, "1 on another-machine\n").expect("a file");
    std::fs::remove_file(bench.path("out/records.jsonl")).expect("records");
    let own = std::fs::read_dir(bench.path("out/parts")).expect("parts").flatten().map(|entry| entry.path());
    let own =
        own.into_iter().find(|path| path.to_string_lossy().contains(&format!("/{part}-"))).expect("its directory");
    let theirs = own.with_file_name(format!("{part}-another-machine"));
    std::fs::rename(&own, &theirs).expect("a folder");
    let text = std::fs::read_to_string(theirs.join("records.jsonl")).expect("records");
    let half: String = text.split_inclusive('\n').take(text.lines().count() / 2).collect();
    std::fs::write(theirs.join("records.jsonl"), &half).expect("a file");

    let waits = said(&shared(&bench, None).output().expect("flatbench starts"));
    assert!(waits.contains("1 parts are still being done by process 1 on another-machine"), "{waits}");
    assert!(!bench.path("out/records.jsonl").exists() && claim.exists());

    let long_ago = SystemTime::now() - Duration::from_secs(600);
    std::fs::File::options().write(true).open(&claim).and_then(|file| file.set_modified(long_ago)).expect("a file");
    said(&shared(&bench, None).output().expect("flatbench starts"));
    assert_eq!(joined(&bench), expected);
    assert_eq!(records(&own).len(), text.lines().count() - half.lines().count(), "what it had done is not done again");
}
