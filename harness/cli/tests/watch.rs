//! `flatbench watch`: what is shown of a run that goes on, that is over, and that nobody is at any more.
mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use flatbench_runner::store::Lock;
use support::{Bench, TWO_OPTIMIZERS, flatbench, shown, text};

fn watch(dir: &Path, more: &[&str]) -> Output {
    flatbench().arg("watch").arg(dir).args(more).output().expect("flatbench starts")
}

/// What a command prints that ends with that status.
fn said(output: &Output, status: i32) -> String {
    assert_eq!(output.status.code(), Some(status), "{}", shown(output));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Runs the suite and returns what that printed.
fn run(bench: &Bench, out: &str, more: &[&str]) -> String {
    said(&bench.run(out, more), 0)
}

/// A copy of a run directory as it is found while its third record is being written, or after that was cut off.
fn cut_off(bench: &Bench, from: &str, to: &str) {
    std::fs::create_dir(bench.path(to)).expect("a writable folder");
    for file in ["suite.toml", "environment.json"] {
        std::fs::copy(bench.path(from).join(file), bench.path(to).join(file)).expect("a copy");
    }
    let whole = std::fs::read_to_string(bench.path(from).join("records.jsonl")).expect("records");
    let two: usize = whole.lines().take(2).map(|line| line.len() + 1).sum();
    std::fs::write(bench.path(to).join("records.jsonl"), &whole[..two + 100]).expect("a writable folder");
}

/// A watch that looks again all the time, and writes a page.
fn begun(bench: &Bench, out: &str) -> Child {
    let mut command = flatbench();
    command.arg("watch").arg(bench.path(out)).args(["--every", "0.1", "--page"]).arg(bench.path("page.html"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("flatbench starts")
}

/// Waits until there is the page of a run that goes on.
fn page_of_two(bench: &Bench) -> String {
    let begun = Instant::now();
    loop {
        let page = std::fs::read_to_string(bench.path("page.html")).unwrap_or_default();
        if page.contains("2 of 4 planned runs are recorded") {
            return page;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no page came: {page}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_that_is_over_is_shown_as_it_ended() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    let ended = run(&bench, "out", &[]);
    let table = ended.split("\nspent ").next().expect("a table").trim();
    let shown = said(&watch(&bench.path("out"), &[]), 0);
    assert!(table.contains("From a large start: ") && shown.contains(table), "{table}\n{shown}");
    let report = bench.path("out/index.html");
    assert!(shown.ends_with(&format!("\n4 of 4 runs recorded, 0 failed; report: {}\n", report.display())), "{shown}");
}

#[test]
fn a_directory_that_is_being_written_is_followed_to_its_end() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    run(&bench, "whole", &["--quiet"]);
    cut_off(&bench, "whole", "out");
    let lock = Lock::take(&bench.path("out")).expect("nobody has it");
    let watching = begun(&bench, "out");
    let page = page_of_two(&bench);
    assert_eq!(page.matches("location.reload()").count(), 1, "the page of a run that goes on loads itself again");
    let whole = std::fs::read(bench.path("whole/records.jsonl")).expect("records");
    let written = std::fs::metadata(bench.path("out/records.jsonl")).expect("records").len() as usize;
    let mut records = std::fs::OpenOptions::new().append(true).open(bench.path("out/records.jsonl")).expect("records");
    records.write_all(&whole[written..]).expect("a writable file");
    drop(lock);
    let text = said(&watching.wait_with_output().expect("a child"), 0);
    assert!(text.contains("\n2 of 4 runs recorded, 0 failed; 1 process at work\n"), "{text}");
    assert!(text.contains("\n4 of 4 runs recorded, 0 failed; no report yet: flatbench report "), "{text}");
    // The same again is not printed again where nothing is drawn over.
    assert!(text.matches("2 of 4").count() == 1 && !text.contains('\u{1b}'), "{text}");
    let page = std::fs::read_to_string(bench.path("page.html")).expect("the last page");
    assert!(!page.contains("location.reload()") && page.contains("</html>"));
}

#[test]
fn ctrl_c_ends_it() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    run(&bench, "whole", &["--quiet"]);
    cut_off(&bench, "whole", "out");
    let _lock = Lock::take(&bench.path("out")).expect("nobody has it");
    let watching = begun(&bench, "out");
    page_of_two(&bench);
    let killed = std::process::Command::new("kill").args(["-INT", &watching.id().to_string()]).status();
    assert!(killed.expect("kill starts").success());
    let output = watching.wait_with_output().expect("a child");
    assert!(said(&output, 130).contains("2 of 4 runs recorded") && output.stderr.is_empty(), "{}", shown(&output));
    let page = std::fs::read_to_string(bench.path("page.html")).expect("the last page");
    assert!(!page.contains("location.reload()"), "nobody writes it any more");
}

#[test]
fn a_run_that_nobody_is_at_any_more_says_so() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    run(&bench, "whole", &["--quiet"]);
    cut_off(&bench, "whole", "out");
    // A moment ago something was written: perhaps from a machine whose locks are not seen here.
    let text = said(&watch(&bench.path("out"), &["--once"]), 0);
    assert!(text.ends_with("\n2 of 4 runs recorded, 0 failed; nobody is seen at work\n"), "{text}");
    let records = std::fs::File::options().append(true).open(bench.path("out/records.jsonl")).expect("records");
    records.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("a time");
    let text = said(&watch(&bench.path("out"), &[]), 4);
    assert!(text.ends_with("nobody is at it any more: the command that began it continues it\n"), "{text}");
}

#[test]
fn parts_are_watched_as_one() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    let whole = run(&bench, "whole", &[]);
    run(&bench, "parts/1-of-2", &["--quiet", "--no-build", "--shard", "1/2"]);
    let parts = bench.path("parts");
    let half = said(&watch(&parts, &["--once"]), 0);
    assert!(half.contains(" of 4 runs recorded, 0 failed; nobody is seen at work"), "{half}");
    let submission = |jobs: &str| {
        std::fs::create_dir_all(bench.path("cluster")).expect("a writable folder");
        let text = format!(
            r#"{{ "format": 1, "flatbench": "0", "engine": "slurm", "suite": "seen", "resources": {{}}, "options": [], "tasks": 2,
                  "runs": 4, "stages": [{{ "role": "runs", "parts": [{{ "runs": 2, "cost": 1 }}, {{ "runs": 2, "cost": 1 }}] }}],
                  "jobs": [{jobs}] }}"#
        );
        std::fs::write(bench.path("cluster/submission.json"), text).expect("a writable folder");
        let mut command = flatbench();
        command.arg("watch").arg(bench.path("")).arg("--once").env("PATH", "/nowhere");
        said(&command.output().expect("flatbench starts"), 0)
    };
    let submitted = submission("");
    assert!(
        submitted.contains("excess flatness") && submitted.ends_with("; 0 tasks running, 0 waiting\n"),
        "{submitted}"
    );
    let silent = submission(r#"{ "role": "runs", "job": "1", "parts": [1, 2] }"#);
    assert!(silent.ends_with("2 of 4 runs recorded, 0 failed; the engine does not answer\n"), "{silent}");
    run(&bench, "parts/2-of-2", &["--quiet", "--no-build", "--shard", "2/2"]);
    let submitted = submission(r#"{ "role": "runs", "job": "1", "parts": [1, 2] }"#);
    assert!(submitted.contains("\n4 of 4 runs recorded, 0 failed; no report yet: flatbench merge "), "{submitted}");
    std::fs::remove_dir_all(bench.path("cluster")).expect("a folder");
    let table = whole.split("\nspent ").next().expect("a table").trim();
    // The folder of the parts, and the one with parts/ in it, as `run --share` and `submit` fill it.
    for dir in [&parts, &bench.path("")] {
        let all = said(&watch(dir, &[]), 0);
        assert!(all.contains(table), "{table}\n{all}");
        assert!(all.contains("\n4 of 4 runs recorded, 0 failed; no report yet: flatbench merge "), "{all}");
    }
    run(&bench, "parts/other", &["--quiet", "--no-build", "--seeds", "1", "--optimizer", "gd"]);
    std::fs::write(bench.path("parts/other/suite.toml"), TWO_OPTIMIZERS.replace("\"seen\"", "\"unseen\""))
        .expect("a file");
    let refused = watch(&parts, &[]);
    assert!(said(&refused, 2).is_empty() && shown(&refused).contains("several suites (seen, unseen)"), "{refused:?}");
}

#[test]
fn what_is_no_run_directory_is_named() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    std::fs::create_dir(bench.path("empty")).expect("a writable folder");
    for (dir, words) in [
        (text(&bench.path("nowhere")), "nowhere is no run directory"),
        (text(&bench.path("empty")), "empty is no run directory, and has none in it"),
        (text(&bench.path("suite.toml")), "suite.toml is no folder"),
        ("refrence".to_owned(), "did you mean the archive "),
    ] {
        let output = watch(Path::new(&dir), &[]);
        let said = shown(&output);
        assert!(output.status.code() == Some(2) && output.stdout.is_empty() && said.contains(words), "{said}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{said}");
    }
    let refused = watch(&bench.path("empty"), &["--every", "0"]);
    assert!(refused.status.code() == Some(2) && shown(&refused).contains("greater than 0"), "{}", shown(&refused));
}
