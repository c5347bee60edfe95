//! The parts of a plan, run by themselves and merged, are the whole plan.
mod support;

use std::process::Output;

use flatbench_records::Split;
use support::{Bench, flatbench, shown, timeless};

const SUITE: &str = r#"
name = "shards"
budget = 300
seeds = 2

[tuning]
seeds = 1

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 8
cols = 6
rank = 1
measurements = 40

[[case]]
name = "completion"
family = "matrix-completion"
rows = 8
cols = 7
rank = 1
sampling_rate = 0.8
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }, { step_size = 0.02 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.01, batch_size = 4 }, { step_size = 0.005, batch_size = 4 }]
"#;

#[test]
fn shards_at_once_merge_into_the_whole() {
    let bench = Bench::new(SUITE);
    let whole = bench.run("whole", &["--quiet"]);
    assert_eq!(whole.status.code(), Some(0), "{}", shown(&whole));
    let expected: Vec<_> = bench.records("whole").into_iter().map(timeless).collect();

    // As an array of jobs counts that begins with 0.
    let mut parts: Vec<_> = ["1/2", "0/2"]
        .iter()
        .map(|shard| {
            let out = format!("part-{}", &shard[..1]);
            bench.run_command(&out).args(["--quiet", "--shard", shard]).spawn().expect("flatbench starts")
        })
        .collect();
    for part in &mut parts {
        assert_eq!(part.wait().expect("a child").code(), Some(0));
    }
    for part in ["part-1", "part-0"] {
        let count = bench.records(part).len();
        assert!(count > 0 && count < expected.len(), "{part} has {count} of {} records", expected.len());
    }
    let merge = |dirs: &[&str], out: &str| {
        let mut command = flatbench();
        command.arg("merge").args(dirs.iter().map(|dir| bench.path(dir))).arg("--out").arg(bench.path(out));
        command.output().expect("flatbench starts")
    };
    for _ in 0..2 {
        let output = merge(&["part-1", "part-0", "part-1"], "merged");
        assert_eq!(output.status.code(), Some(0), "merging again changes nothing: {}", shown(&output));
        assert_eq!(bench.records("merged").into_iter().map(timeless).collect::<Vec<_>>(), expected);
    }
    assert!(bench.path("merged/index.html").is_file());
    // The merged directory continues as if it had been run in one piece: nothing is left to do.
    let before = std::fs::read(bench.path("merged/records.jsonl")).expect("records");
    let again = bench.run("merged", &["--quiet"]);
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    assert_eq!(std::fs::read(bench.path("merged/records.jsonl")).expect("records"), before);

    let mut forged = bench.records("part-0");
    forged[0].result.steps += 1;
    let lines: Vec<String> =
        forged.iter().map(|record| serde_json::to_string(record).expect("a record") + "\n").collect();
    std::fs::write(bench.path("part-0/records.jsonl"), lines.concat()).expect("a writable file");
    let output = merge(&["whole", "part-0"], "contradiction");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("contradict"), "{}", shown(&output));
    assert!(!bench.path("contradiction").exists(), "nothing is written");
}

/// Joins run directories of a bench.
fn merge(bench: &Bench, dirs: &[String], out: &str) {
    let mut command = flatbench();
    command.arg("merge").args(dirs.iter().map(|dir| bench.path(dir))).arg("--out").arg(bench.path(out));
    let output = command.output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", shown(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn two_stages_in_many_parts_merge_into_the_whole() {
    // The rule that asks for trajectories, too.
    let bench = Bench::new(&SUITE.replace("[tuning]", "[tuning]\nrule = \"train\""));
    succeeded(&bench.run("whole", &["--quiet"]));
    let expected: Vec<_> = bench.records("whole").into_iter().map(timeless).collect();
    let parts = |stage: &str, count: usize, options: &[&str]| -> Vec<String> {
        let run = |index: usize| {
            let (shard, out) = (format!("{index}/{count}"), format!("{stage}-{index}"));
            let said = succeeded(&bench.run(&out, &[&["--no-build", "--shard", &shard], options].concat()));
            let compared = said.contains("excess flatness");
            assert!(said.contains("report: ") && compared == (stage != "tuning"), "{said}");
            out
        };
        (0..count).map(run).collect()
    };
    let first = parts("tuning", 5, &["--stage", "tuning"]);
    for part in &first {
        let records = bench.records(part);
        assert!(!records.is_empty() && records.iter().all(|record| record.split == Split::Tuning), "{part}");
    }
    merge(&bench, &first, "tuned");
    let tuned = bench.path("tuned").display().to_string();
    let second = parts("evaluation", 7, &["--tuned-in", &tuned]);
    for part in &second {
        let records = bench.records(part);
        assert!(!records.is_empty() && records.iter().all(|record| record.split == Split::Evaluation), "{part}");
    }
    // The list knows what is chosen.
    let list = bench.run("out", &["--no-build", "--list=runs", "--tuned-in", &tuned]);
    let said = succeeded(&list);
    let evaluated = expected.iter().filter(|record| record.split == Split::Evaluation);
    assert!(evaluated.clone().all(|record| said.contains(&record.key)), "{said}");
    assert!(said.contains(&format!("0 tuning and {} evaluation runs", evaluated.count())), "{said}");

    merge(&bench, &[vec!["tuned".to_owned()], second].concat(), "joined");
    assert_eq!(bench.records("joined").into_iter().map(timeless).collect::<Vec<_>>(), expected);
    let before = std::fs::read(bench.path("joined/records.jsonl")).expect("records");
    succeeded(&bench.run("joined", &["--quiet", "--no-build"]));
    assert_eq!(std::fs::read(bench.path("joined/records.jsonl")).expect("records"), before, "nothing is left to do");

    // What is missing of the tuning, one run of two and a trajectory, is done where it is needed.
    let text = std::fs::read_to_string(bench.path("tuned/records.jsonl")).expect("records");
    let some: String = text.lines().step_by(2).map(|line| line.to_owned() + "\n").collect();
    std::fs::write(bench.path("tuned/records.jsonl"), some).expect("a file");
    let again = parts("again", 4, &["--tuned-in", &tuned]);
    let done = again.iter().flat_map(|part| bench.records(part)).filter(|record| record.split == Split::Tuning);
    assert!(done.count() > 0);
    merge(&bench, &[vec!["tuned".to_owned()], again].concat(), "again");
    assert_eq!(bench.records("again").into_iter().map(timeless).collect::<Vec<_>>(), expected);
}

#[test]
fn stages_that_make_no_sense_are_refused() {
    let bench = Bench::new(SUITE);
    let refused = |bench: &Bench, arguments: &[&str], words: &str| {
        let output = bench.run("out", &[&["--no-build"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(words), "{arguments:?}: {}", shown(&output));
        assert!(!bench.path("out").exists(), "{arguments:?}");
    };
    let nowhere = bench.path("nowhere").display().to_string();
    refused(&bench, &["--tuned-in", &nowhere], "has no records.jsonl (join the parts");
    refused(&bench, &["--stage", "tuning", "--tuned-in", &nowhere], "cannot be used with");
    refused(&bench, &["--stage", "evaluation"], "[possible values: tuning]");
    // Three (case, start), each with two optimizers of two settings.
    refused(&bench, &["--stage", "tuning", "--shard", "1/13"], "ask for 1 to 12 parts");
    let plain = Bench::new(&SUITE.replace("[tuning]\nseeds = 1\n", ""));
    refused(&plain, &["--stage", "tuning"], "leave out --stage tuning");
    refused(&plain, &["--tuned-in", &nowhere], "leave out --tuned-in");
    let other = Bench::new(&SUITE.replace("name = \"shards\"", "name = \"other\""));
    succeeded(&other.run("out", &["--no-build", "--quiet", "--stage", "tuning", "--shard", "1/12"]));
    let theirs = other.path("out").display().to_string();
    refused(&bench, &["--tuned-in", &theirs], "runs of the suite `other`, not `shards`");
}

#[test]
fn one_run_is_the_smallest_part() {
    // Evaluation: two cases, one of them from two starts, each with two repetitions of two optimizers.
    let runs = 3 * 2 * 2;
    let bench = Bench::new(SUITE);
    let mut keys = std::collections::BTreeSet::new();
    for index in 0..runs {
        let output = bench.run("out", &["--no-build", "--list=runs", "--shard", &format!("{index}/{runs}")]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let own: Vec<&str> = said.lines().filter(|line| line.starts_with("evaluation ")).collect();
        assert_eq!(own.len(), 1, "{said}");
        assert!(keys.insert(own[0].to_owned()), "twice: {}", own[0]);
        assert!(said.contains("tuning runs are done again"), "{said}");
    }
    let output = bench.run("out", &["--no-build", "--shard", &format!("1/{}", runs + 1)]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("ask for 1 to 12 parts"), "{}", shown(&output));
    assert!(!bench.path("out").exists());
}

#[test]
fn parts_of_the_default_suite_cost_about_the_same() {
    for (parts, most) in [(8, 1.05), (16, 1.1), (64, 1.6), (200, 1.8)] {
        let mut command = flatbench();
        command.args(["run", "default", "--no-build", "--list", "--shard", &format!("1/{parts}")]);
        let output = command.output().expect("flatbench starts");
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let times = said.split("the largest part costs ").nth(1).and_then(|rest| rest.split(' ').next());
        let imbalance: f64 = times.and_then(|number| number.parse().ok()).expect("a number");
        println!("{parts} parts: largest/mean {imbalance}");
        assert!((1.0..=most).contains(&imbalance), "{parts} parts: {imbalance}");
    }
}

#[test]
fn shards_that_do_not_exist_are_refused() {
    let bench = Bench::new(SUITE);
    for shard in ["3/2", "1", "a/b", "1/0", "0/0", "-1/2"] {
        let output = bench.run("out", &["--shard", shard]);
        assert_eq!(output.status.code(), Some(2), "{shard}: {}", shown(&output));
    }
}
