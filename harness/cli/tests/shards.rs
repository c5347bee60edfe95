//! The parts of a plan, run by themselves and merged, are the whole plan.
mod support;

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
fn two_shards_at_once_merge_into_the_whole() {
    let bench = Bench::new(SUITE);
    let whole = bench.run("whole", &["--quiet"]);
    assert_eq!(whole.status.code(), Some(0), "{}", shown(&whole));
    let expected: Vec<_> = bench.records("whole").into_iter().map(timeless).collect();

    let mut parts: Vec<_> = ["1/2", "2/2"]
        .iter()
        .map(|shard| {
            let out = format!("part-{}", &shard[..1]);
            bench.run_command(&out).args(["--quiet", "--shard", shard]).spawn().expect("flatbench starts")
        })
        .collect();
    for part in &mut parts {
        assert_eq!(part.wait().expect("a child").code(), Some(0));
    }
    for part in ["part-1", "part-2"] {
        let count = bench.records(part).len();
        assert!(count > 0 && count < expected.len(), "{part} has {count} of {} records", expected.len());
    }
    let merge = |dirs: &[&str], out: &str| {
        let mut command = flatbench();
        command.arg("merge").args(dirs.iter().map(|dir| bench.path(dir))).arg("--out").arg(bench.path(out));
        command.output().expect("flatbench starts")
    };
    for _ in 0..2 {
        let output = merge(&["part-1", "part-2", "part-1"], "merged");
        assert_eq!(output.status.code(), Some(0), "merging again changes nothing: {}", shown(&output));
        assert_eq!(bench.records("merged").into_iter().map(timeless).collect::<Vec<_>>(), expected);
    }
    assert!(bench.path("merged/index.html").is_file());
    // The merged directory continues as if it had been run in one piece: nothing is left to do.
    let before = std::fs::read(bench.path("merged/records.jsonl")).expect("records");
    let again = bench.run("merged", &["--quiet"]);
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    assert_eq!(std::fs::read(bench.path("merged/records.jsonl")).expect("records"), before);

    let mut forged = bench.records("part-2");
    forged[0].result.steps += 1;
    let lines: Vec<String> =
        forged.iter().map(|record| serde_json::to_string(record).expect("a record") + "\n").collect();
    std::fs::write(bench.path("part-2/records.jsonl"), lines.concat()).expect("a writable file");
    let output = merge(&["whole", "part-2"], "contradiction");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("contradict"), "{}", shown(&output));
    assert!(!bench.path("contradiction").exists(), "nothing is written");
}

#[test]
fn shards_that_do_not_exist_are_refused() {
    let bench = Bench::new(SUITE);
    for shard in ["0/2", "3/2", "1", "a/b", "1/0"] {
        let output = bench.run("out", &["--shard", shard]);
        assert_eq!(output.status.code(), Some(2), "{shard}: {}", shown(&output));
    }
}
