//! The recipe for a library in Python, built by a real interpreter: `python3`, or the one that `FLATBENCH_PYTHON` names, with
//! the packages cffi and numpy.
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use flatbench_records::{Outcome, Record};
use support::{Bench, flatbench, root, shown, timeless};

/// Long passes, so that the runs make a group, and short ones, so that they do not; more settings than two of everything.
const SUITE: &str = r#"
name = "recipe"
budget = 60
seeds = 2

[[case]]
name = "long"
family = "matrix-sensing"
rows = 30
cols = 30
rank = 1
factor_rank = 3
measurements = 300
init = ["large"]

[[case]]
name = "short"
family = "matrix-sensing"
rows = 9
cols = 8
rank = 1
factor_rank = 8
measurements = 60
init = ["large"]

[[optimizer]]
name = "mine"
settings = [{ step_size = 0.05 }, { step_size = 0.02 }, { step_size = 0.01 }, { step_size = 0.005 }, { step_size = 0.002 }]

[[optimizer]]
name = "normalized-gd"
settings = [{ step_size = 0.02 }]
"#;

/// Builds the recipe, with `change` in the place of its step.
fn build(folder: &Path, change: impl Fn(&str) -> String) -> PathBuf {
    let python = std::env::var("FLATBENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let recipe = root().join("plugins/sdk/recipes/cffi_plugin.py");
    let source = folder.join("recipe.py");
    std::fs::write(&source, change(&std::fs::read_to_string(recipe).expect("the recipe"))).expect("a writable folder");
    let library = folder.join("mine.so");
    let output = Command::new(&python)
        .arg(&source)
        .args([&root().join("plugins/sdk/include"), &library])
        .output()
        .unwrap_or_else(|error| panic!("{python} does not start: {error} (name a Python in FLATBENCH_PYTHON)"));
    assert!(
        output.status.success(),
        "the recipe does not build (it needs `{python} -m pip install cffi numpy`, and Python's header and shared library): {}",
        shown(&output)
    );
    library
}

fn run(bench: &Bench, library: &Path, out: &str, arguments: &[&str]) -> Vec<Record> {
    let plugin = library.display().to_string();
    let output = bench.run(out, &[&["--quiet", "--plugin", &plugin], arguments].concat());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", shown(&output));
    bench.records(out).into_iter().map(timeless).collect()
}

#[test]
fn several_settings_share_an_instance_and_have_equal_bits() {
    let bench = Bench::new(SUITE);
    let processes = bench.path("processes");
    let note = format!(
        "    import traceback\n    import os\n    with open({processes:?}, 'a') as file: print(os.getpid(), file=file)\n"
    );
    let library = build(&bench.path(""), |text| text.replace("    import traceback\n", &note));
    let together = run(&bench, &library, "together", &["--jobs", "1"]);
    assert_eq!(together.len(), 24);
    for record in &together {
        let what = (&record.optimizer, &record.result.outcome_detail);
        assert_eq!(record.result.outcome, Outcome::Completed, "{what:?}");
    }
    // One process to describe it and one for all runs: none was lost and done again.
    let processes = std::fs::read_to_string(processes).expect("the library was loaded");
    assert_eq!(processes.lines().count(), 2, "{processes}");
    assert_eq!(run(&bench, &library, "two", &["--no-build", "--jobs", "2"]), together);
}

#[test]
fn the_recipe_conforms_and_without_its_flag_is_found() {
    let bench = Bench::new(SUITE);
    let check = |library: &Path| flatbench().args(["plugin", "check"]).arg(library).output().expect("flatbench starts");
    let output = check(&build(&bench.path(""), str::to_owned));
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let output = check(&build(&bench.path(""), |text| text.replace("own_thread = True", "own_thread = False")));
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("failed   stack of its own") && said.contains("CPython (") && said.contains("libpython"),
        "{said}"
    );
}

/// An exception ends its run, with its traceback in the record, and nothing else.
#[test]
fn an_exception_is_told() {
    let bench = Bench::new(SUITE);
    let library = build(&bench.path(""), |text| {
        text.replace(
            "        if norm == 0.0:",
            "        if self.step_size == 0.01: raise KeyError('momentum')\n        if norm == 0.0:",
        )
    });
    let records = run(&bench, &library, "out", &["--jobs", "1"]);
    let (failed, fine): (Vec<_>, Vec<_>) =
        records.iter().partition(|record| record.result.outcome == Outcome::PluginError);
    assert_eq!((failed.len(), fine.len()), (4, 20));
    for record in failed {
        let told = record.result.outcome_detail.as_deref().unwrap_or_default();
        assert!(
            told.contains("Traceback") && told.contains("KeyError: 'momentum'") && told.contains("in step"),
            "{told}"
        );
    }
}
