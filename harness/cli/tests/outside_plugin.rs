//! Plugins outside the source tree, given by their path: a crate written by hand, and a C file.
mod support;

use std::path::Path;
use std::process::Output;

use flatbench_records::{Init, Outcome};
use support::{Bench, flatbench, root, shown};

const SUITE: &str = r#"
name = "outside"
budget = 500
seeds = 1

[[case]]
family = "matrix-sensing"
rows = 8
cols = 6
rank = 1
factor_rank = 6
measurements = 40

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "half-gd"
settings = [{ step_size = 0.1 }]
"#;

/// Gradient descent with half the step that it is told: its run must equal that of gd with half the step.
const SOURCE: &str = r#"
use flatbench_plugin::prelude::*;

/// Gradient descent with half the step size.
#[derive(Hyperparameters)]
pub struct HalfGd {
    /// Twice the step size.
    #[hyper(default = 0.1, min = 0.0)]
    step_size: f64,
}

impl Optimizer for HalfGd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        w.scaled_add(-0.5 * self.step_size, &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("half-gd", HalfGd);
"#;

/// Writes the crate of an optimizer to a folder, with the lock file of this tree; `more` ends its manifest.
fn write_crate(folder: &Path, name: &str, source: &str, more: &str) {
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(folder.join("src/lib.rs"), source).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nflatbench-plugin = {{ path = {:?} }}\n\n[workspace]\n{more}",
        root().join("plugins/sdk")
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Runs the suite with a plugin, in the versions, the profile and the target folder of this tree, so that what both depend on is
/// not built twice.
fn run_with(bench: &Bench, plugin: &Path) -> Output {
    let mut command = bench.run_command("out");
    command.args(["--quiet", "--plugin", plugin.to_str().unwrap()]);
    command.env("CARGO_TARGET_DIR", root().join("target")).env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    command.output().expect("flatbench starts")
}

#[test]
fn a_crate_elsewhere_runs_beside_the_shipped_ones() {
    let bench = Bench::new(SUITE);
    let folder = bench.path("half-gd");
    write_crate(&folder, "half-gd", SOURCE, "");
    let output = run_with(&bench, &folder);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let of = |name: &str, init| records.iter().find(|r| r.optimizer == name && r.init == init).expect("a record");
    for init in [Init::Large, Init::Small] {
        let (theirs, ours) = (of("half-gd", init), of("gd", init));
        assert_eq!(theirs.optimizer_version, "0.3.0");
        assert_eq!(theirs.result.iterate, ours.result.iterate, "the same arithmetic gives the same bits");
    }
}

/// The flag of the macro: every run of the crate has a thread of its own, and the same numbers.
#[test]
fn a_crate_that_asks_for_threads_has_them() {
    let bench = Bench::new(&SUITE.replace("half-gd", "threaded"));
    let folder = bench.path("threaded");
    let source = SOURCE
        .replace("half-gd\", HalfGd", "threaded\", HalfGd, own_thread")
        .replace("let gradient", "assert_ne!(thread(), main_thread(), \"on the main thread\");\n        let gradient");
    let threads = r#"
fn thread() -> std::path::PathBuf {
    std::fs::canonicalize("/proc/thread-self").expect("Linux tells")
}

fn main_thread() -> std::path::PathBuf {
    let process = std::fs::canonicalize("/proc/self").expect("Linux tells");
    process.join("task").join(process.file_name().expect("a number"))
}
"#;
    write_crate(&folder, "threaded", &[&source, threads].concat(), "");
    let output = run_with(&bench, &folder);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let of = |name: &str| records.iter().find(|r| r.optimizer == name && r.init == Init::Large).expect("a record");
    assert_eq!(of("threaded").result.iterate, of("gd").result.iterate, "{:?}", of("threaded").result.outcome_detail);
}

/// Where a panic aborts, the message would die with the process: the record has it all the same.
#[test]
fn the_last_words_of_a_crate_whose_panics_abort_are_in_its_record() {
    let bench = Bench::new(&SUITE.replace("half-gd", "aborts"));
    let folder = bench.path("aborts");
    let source = SOURCE
        .replace(
            "let gradient",
            "assert!(w.is_empty(), \"no more than {} numbers\", w.len() - w.len());\n        let gradient",
        )
        .replace("half-gd", "aborts");
    write_crate(
        &folder,
        "aborts",
        &source,
        "\n[profile.dev]\npanic = \"abort\"\n\n[profile.release]\npanic = \"abort\"\n",
    );
    let output = run_with(&bench, &folder);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let records = bench.records("out");
    let (dead, alive): (Vec<_>, Vec<_>) = records.iter().partition(|record| record.optimizer == "aborts");
    assert!(dead.len() == 2 && alive.iter().all(|record| record.result.outcome == Outcome::Completed));
    for record in dead {
        let detail = record.result.outcome_detail.as_deref().unwrap_or_default();
        assert_eq!(record.result.outcome, Outcome::Crashed, "{detail}");
        assert!(
            detail.contains("SIGABRT") && detail.contains("src/lib.rs:") && detail.contains("no more than 0 numbers"),
            "{detail}"
        );
    }
}

#[test]
fn a_c_file_elsewhere_is_compiled_and_its_library_decides_the_key() {
    let suite = SUITE.replace("half-gd", "in-c").replace("step_size = 0.1 ", "step_size = 0.05 ");
    let bench = Bench::new(&suite);
    let folder = bench.path("in-c");
    let folder = folder.to_str().expect("a readable path");
    let output = flatbench().args(["plugin", "new", "in-c", "--lang", "c", "--dir", folder]).output();
    let output = output.expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains(&format!(" run quick --optimizer gd,in-c --plugin {folder}\n"))
    );

    let file = format!("{folder}/in-c.c");
    let run = |path: &str| {
        let output = bench.run("out", &["--quiet", "--plugin", path]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let records = bench.records("out");
        let of = |name: &str| {
            let run = records.iter().find(|r| r.optimizer == name && r.init == Init::Large).expect("a record");
            (run.key.clone(), run.result.iterate.clone())
        };
        [of("gd"), of("in-c")]
    };
    let [gd, in_c] = run(folder);
    assert_eq!(gd.1, in_c.1, "the same arithmetic gives the same bits");
    assert_eq!(run(&file), [gd.clone(), in_c.clone()], "the file and its folder are one plugin");

    let source = std::fs::read_to_string(&file).expect("it was written");
    std::fs::write(&file, source.replace("w[i] -= step_size", "w[i] -= 0.5 * step_size")).expect("a writable file");
    let [same, changed] = run(folder);
    assert_eq!(same, gd);
    assert!(changed.0 != in_c.0 && changed.1 != in_c.1, "another library is another run");
}
