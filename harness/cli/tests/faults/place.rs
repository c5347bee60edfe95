//! What a session was planned with changes while it runs, or the place lacks what every run needs: no record is wrong, and none
//! says of an optimizer what is no fault of it.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use flatbench_records::Outcome;

use crate::disk::SmallDisk;
use crate::history::{Undisturbed, recorded, wait_until};
use crate::processes::{send, workers_of};
use crate::support::{Bench, flatbench, root, shown};
use crate::{aloud, hostile_plugin, suite};

/// A suite over a data file beside it.
fn data_suite() -> String {
    let head = "name = \"held\"\nbudget = 2000\nseeds = 8\n\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"data.csv\"\nfactor_rank = 2\ninit = [\"large\"]\n";
    let optimizers = [
        ("gd", "step_size = 0.02"),
        ("sgd", "step_size = 0.01, batch_size = 4"),
        ("sam", "step_size = 0.02, radius = 0.05"),
    ];
    let lines =
        optimizers.map(|(name, setting)| format!("[[optimizer]]\nname = \"{name}\"\nsettings = [{{ {setting} }}]\n"));
    head.to_owned() + &lines.concat()
}

/// A matrix of rank one as text, scaled.
fn data(scale: f64) -> String {
    let row =
        |i: usize| (1..=9).map(|j| format!("{}", scale * (i * j) as f64 / 9.0)).collect::<Vec<_>>().join(",") + "\n";
    (1..=10).map(row).collect()
}

#[test]
fn a_data_file_written_anew_does_not_change_what_its_keys_stand_for() {
    let bench = Bench::new(&data_suite());
    let file = bench.path("data.csv");
    std::fs::write(&file, data(1.0)).expect("a file");
    let undisturbed = Undisturbed::run(&bench);
    let mut run = bench.run_command("out");
    run.args(["--quiet", "--jobs", "1", "--no-build"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let run = run.spawn().expect("flatbench starts");
    wait_until("a record", || recorded(&bench.path("out")) > 0);
    std::fs::write(&file, data(2.0)).expect("a file");
    std::thread::sleep(std::time::Duration::from_millis(50));
    std::fs::remove_file(&file).expect("a file");
    let output = run.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(undisturbed.differences(&bench, "out"), Default::default());
    std::fs::write(&file, data(1.0)).expect("a file");
    undisturbed.assert_reached_by(&bench, "out");
}

#[test]
fn a_program_that_is_built_anew_does_not_do_the_runs_of_the_old_one() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let program = bench.path("flatbench");
    std::fs::copy(env!("CARGO_BIN_EXE_flatbench"), &program).expect("a copy");
    let mut run = Command::new(&program);
    run.current_dir(root()).arg("run").arg(bench.path("suite.toml")).arg("--out").arg(bench.path("out"));
    run.args(["--quiet", "--jobs", "2", "--no-build"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let run = run.spawn().expect("flatbench starts");
    wait_until("a record", || recorded(&bench.path("out")) > 5);
    // As cargo does it: another file of the same name.
    let other = bench.path("other");
    std::fs::write(&other, "#!/bin/sh\nexit 1\n").expect("a file");
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    std::fs::rename(&other, &program).expect("a rename");
    for worker in workers_of(run.id()) {
        send(worker.id, rustix::process::Signal::KILL);
    }
    let output = run.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    undisturbed.assert_reached_by(&bench, "out");
}

#[test]
fn a_run_directory_that_no_code_may_be_loaded_from_does() {
    let bench = Bench::new(&suite(1, 100));
    let Some(disk) = SmallDisk::mount(bench.path("disk")) else {
        aloud("skipped: a file system without execution (mounting one needs root)");
        return;
    };
    disk.remount("noexec");
    let undisturbed = Undisturbed::run(&bench);
    undisturbed.assert_reached_by(&bench, "disk/out");
    // Where no other folder is any better, nothing is run, and nothing recorded.
    let refused = bench.run_command("disk/refused").arg("--no-build").env("TMPDIR", bench.path("disk")).output();
    let output = refused.expect("flatbench starts");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("both are mounted noexec (set TMPDIR"), "{}", shown(&output));
    assert!(!bench.path("disk/refused/records.jsonl").exists() || recorded(&bench.path("disk/refused")) == 0);
}

#[test]
fn too_little_memory_for_an_instance_is_no_record_of_its_optimizers() {
    // Measurements of 144 MB, and a case that fits beside it. All runs diverge, which takes no time to measure.
    let case = |name: &str, size: usize, measurements: usize| {
        format!(
            "[[case]]\nname = \"{name}\"\nfamily = \"matrix-sensing\"\nrows = {size}\ncols = {size}\nrank = 1\nfactor_rank = 2\nmeasurements = {measurements}\ninit = [\"large\"]\n"
        )
    };
    let optimizer = |name: &str| format!("[[optimizer]]\nname = \"{name}\"\nsettings = [{{ step_size = 1e6 }}]\n");
    let text = "name = \"memory\"\nbudget = 20\nseeds = 1\n".to_owned()
        + &case("small", 6, 40)
        + &case("large", 60, 5000)
        + &optimizer("gd")
        + &optimizer("sign-gd");
    let bench = Bench::new(&text);
    let listed = bench.run("out", &["--quiet", "--list"]);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let output = bench.run("out", &["--quiet", "--no-build", "--jobs", "1", "--memory-limit", "120MiB"]);
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("2 runs could not be done") && said.contains("no instance of large"), "{said}");
    assert!(said.contains("--memory-limit"), "{said}");
    let records = bench.records("out");
    assert!(records.len() == 2 && records.iter().all(|record| record.result.outcome == Outcome::Completed));
    let output = bench.run("out", &["--quiet", "--no-build", "--jobs", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(bench.records("out").len(), 4);
}

#[test]
fn failed_runs_are_done_again_when_that_is_asked_for() {
    let optimizer = "[[optimizer]]\nname = \"slow\"\nplugin = \"hostile\"\nsettings = [{ misbehaviour = \"sleep\" }]\n";
    let bench = Bench::new(&(suite(1, 100) + optimizer));
    let plugin = hostile_plugin();
    let run = |more: &[&str]| {
        let output = flatbench()
            .arg("run")
            .arg(bench.path("suite.toml"))
            .arg("--out")
            .arg(bench.path("out"))
            .args(["--time-limit", "1", "--plugin", &plugin])
            .args(more)
            .output()
            .expect("flatbench starts");
        assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
        shown(&output)
    };
    run(&[]);
    let before = bench.records("out");
    run(&["--no-build"]);
    assert_eq!(bench.records("out"), before, "nothing is done again unasked");
    let said = run(&["--no-build", "--retry-failed"]);
    assert!(said.contains("2 failed or unmeasured runs are done again"), "{said}");
    let again = bench.records("out");
    assert_eq!(again.len(), 14);
    assert!(said.contains("12 done before"), "{said}");
    let aside = std::fs::read_to_string(bench.path("out/records.retried.jsonl")).expect("a file");
    assert_eq!(aside.lines().count(), 2);
}
