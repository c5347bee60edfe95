//! One kind of mishap after the other, in the middle of a plan.

use std::time::Duration;

use flatbench_records::Outcome;

use crate::cluster::{Cluster, kill};
use crate::history::{Differences, Undisturbed, recorded, wait_until};
use crate::submitted::{assert_reached, submit};
use crate::support::{Bench, records, root, shown, text};

/// Long enough for a mishap in the middle, on a fast machine too.
fn long() -> Bench {
    Bench::new(&crate::suite(8, 60_000))
}

/// Submits four parts and waits until each of the first two has something to lose.
fn under_way(cluster: &Cluster, bench: &Bench, further: &[&str]) -> String {
    let output = submit(cluster, bench, "out", &[&["--tasks", "4"], further].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    for part in [1, 2] {
        wait_until("a record", || recorded(&bench.path(&format!("out/parts/{part}-of-4"))) > 0);
    }
    let submission = std::fs::read_to_string(bench.path("out/cluster/submission.json")).expect("a submission");
    let submission: serde_json::Value = serde_json::from_str(&submission).expect("JSON");
    submission["jobs"][0]["job"].as_str().expect("the name of a job").to_owned()
}

/// Records of all parts that are on the disk now.
fn kept(bench: &Bench) -> usize {
    (1..=4).map(|part| recorded(&bench.path(&format!("out/parts/{part}-of-4")))).sum()
}

#[test]
fn requeued_and_cancelled_tasks_cost_the_runs_in_progress_alone() {
    let Some(cluster) = Cluster::start(2) else { return };
    let bench = long();
    let undisturbed = Undisturbed::run(&bench);
    let job = under_way(&cluster, &bench, &[]);
    let before = kept(&bench);
    let requeued = format!("{job}_1");
    assert!(cluster.ask("scontrol", &["requeue", &requeued]).is_some());
    assert!(cluster.ask("scancel", &[&format!("{job}_2")]).is_some());
    wait_until("the task to wait again", || cluster.jobs_in("PENDING").contains(&requeued));
    cluster.wait_for_silence(Duration::from_secs(180));
    assert!(kept(&bench) >= before, "records were lost");

    let status = cluster.flatbench(&["status", &text(&bench.path("out"))]);
    let said = shown(&status);
    assert!(said.contains("cancelled") && said.contains("submitting again"), "{said}");
    let page = std::fs::read_to_string(bench.path("out/index.html")).expect("a report of what is there");
    assert!(page.contains("partial") || page.contains("missing"), "the report does not say that it is incomplete");
    assert_reached(&cluster, &bench, "out", &undisturbed);
}

#[test]
fn cancelling_keeps_what_is_recorded() {
    let Some(cluster) = Cluster::start(2) else { return };
    let bench = long();
    let undisturbed = Undisturbed::run(&bench);
    let job = under_way(&cluster, &bench, &[]);
    let out = text(&bench.path("out"));
    // Without the job that joins all, submitting again brings another one.
    let merge = (job.parse::<u32>().expect("a number") + 1).to_string();
    assert!(cluster.ask("scancel", &[&merge]).is_some());
    wait_until("its end", || !cluster.jobs_in("PENDING").contains(&merge));
    let again = submit(&cluster, &bench, "out", &[]);
    let said = shown(&again);
    assert!(again.status.success() && said.contains("in 0 of 4 parts") && said.contains("merge"), "{said}");
    let cancelled = cluster.flatbench(&["cancel", &out]);
    let said = shown(&cancelled);
    assert!(cancelled.status.success() && said.contains("are recorded and kept"), "{said}");
    cluster.wait_for_silence(Duration::from_secs(60));
    assert!(kept(&bench) > 0 && kept(&bench) < undisturbed.records.len());
    let merged = cluster.flatbench(&["merge", &out, "--out", &out]);
    assert_eq!(merged.status.code(), Some(0), "{}", shown(&merged));
    assert_eq!(undisturbed.differences(&bench, "out").wrong, 0);
    assert_reached(&cluster, &bench, "out", &undisturbed);
}

#[test]
fn a_task_at_its_time_limit_is_continued_by_the_next_submission() {
    let Some(cluster) = Cluster::start(2) else { return };
    // Far longer than the shortest limit there is, a minute.
    let bench = Bench::new(&crate::suite(8, 60_000).replace("seeds = 8", "seeds = 60"));
    let output = submit(&cluster, &bench, "out", &["--tasks", "2", "--time", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    // One is asked to stop, as it is in the script; the other is killed.
    let script = bench.path("out/cluster/runs.sh");
    assert!(std::fs::read_to_string(script).expect("a script").contains("--signal=B:TERM@60"));
    cluster.wait_for_silence(Duration::from_secs(300));
    let status = shown(&cluster.flatbench(&["status", &text(&bench.path("out"))]));
    assert!(status.contains("submitting again"), "{status}");
    let printed = std::fs::read_dir(bench.path("out/cluster/output")).expect("a folder").flatten();
    let printed: String = printed.map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default()).collect();
    assert!(printed.contains("runs are recorded in"), "{printed}");
    let first = records(&bench.path("out"));
    assert!(!first.is_empty() && first.iter().all(|record| record.result.outcome == Outcome::Completed));
}

#[test]
fn a_plugin_that_crashes_costs_its_own_runs() {
    let Some(cluster) = Cluster::start(2) else { return };
    let hostile = root().join("harness/fixtures/hostile").display().to_string();
    let suite = crate::suite(4, 300)
        + "[[optimizer]]\nname = \"hostile\"\nsettings = [{ misbehaviour = \"abort\" }, { misbehaviour = \"none\" }]\n";
    let bench = Bench::new(&suite);
    let whole = bench.run("undisturbed", &["--quiet", "--plugin", &hostile]);
    assert_eq!(whole.status.code(), Some(3), "{}", shown(&whole));
    let output = submit(&cluster, &bench, "out", &["--tasks", "4", "--wait", "--plugin", &hostile]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let of = |out: &str| {
        let of = |record: flatbench_records::Record| (record.key, record.result.outcome, record.result.iterate);
        let mut all: Vec<_> = bench.records(out).into_iter().map(of).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    assert_eq!(of("out"), of("undisturbed"));
    assert!(of("out").iter().any(|(_, outcome, _)| *outcome == Outcome::Crashed));
}

#[test]
fn a_lost_node_costs_the_runs_in_progress_alone() {
    let Some(mut cluster) = Cluster::start(2) else { return };
    let bench = long();
    let undisturbed = Undisturbed::run(&bench);
    under_way(&cluster, &bench, &[]);
    let before = kept(&bench);
    wait_until("tasks on the first node", || !cluster.tasks_on(1).is_empty());
    cluster.lose_node(1);
    // Slurm finds out by itself, and gives the tasks to the other node.
    wait_until("the tasks to be given back", || cluster.jobs_in("RUNNING").len() <= 2);
    assert!(kept(&bench) >= before, "records were lost");
    cluster.start_node(1);
    cluster.wait_for_silence(Duration::from_secs(300));
    assert_reached(&cluster, &bench, "out", &undisturbed);
}

#[test]
fn a_killed_task_and_a_killed_controller_lose_nothing() {
    let Some(mut cluster) = Cluster::start(2) else { return };
    let bench = long();
    let undisturbed = Undisturbed::run(&bench);
    under_way(&cluster, &bench, &[]);
    let (_, task) = *cluster.tasks().first().expect("a task");
    kill(task);
    cluster.kill("ctld");
    std::thread::sleep(Duration::from_secs(1));
    let silent = cluster.flatbench(&["status", &text(&bench.path("out"))]);
    assert!(shown(&silent).contains("does not answer"), "{}", shown(&silent));
    cluster.start_controller();
    cluster.wait_for_silence(Duration::from_secs(180));
    // The joining job may have gone with what the controller had not saved; submitting again brings it back.
    if bench.path("out/records.jsonl").exists() {
        assert_eq!(undisturbed.differences(&bench, "out").wrong, 0);
    }
    assert_reached(&cluster, &bench, "out", &undisturbed);
    assert_eq!(undisturbed.differences(&bench, "out"), Differences::default());
}
