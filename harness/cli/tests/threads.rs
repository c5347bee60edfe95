//! A library that asks for a thread gets one for every run, alone and in company, with the same bits.
mod support;

use std::path::PathBuf;

use flatbench_records::{Outcome, Record};
use support::{Bench, flatbench, root, shown, timeless};

/// Two cases: one whose passes are worth a change of threads, and one whose are not.
const SUITE: &str = r#"
name = "threads"
budget = 40
seeds = 1

[[case]]
name = "long-passes"
family = "matrix-sensing"
rows = 30
cols = 30
rank = 1
factor_rank = 3
measurements = 300
init = ["large"]

[[case]]
name = "short-passes"
family = "matrix-sensing"
rows = 9
cols = 8
rank = 1
factor_rank = 8
measurements = 60
init = ["large"]

[[case]]
name = "no-passes"
family = "matrix-completion"
rows = 9
cols = 8
rank = 1
factor_rank = 8
sampling_rate = 0.8
init = ["large"]
"#;

const GD: &str = r#"
[[optimizer]]
name = "gd"
settings = [{ step_size = 0.01 }, { step_size = 0.02 }, { step_size = 0.005 }]
"#;

const SGD: &str = r#"
[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.005, batch_size = 4 }, { step_size = 0.002, batch_size = 8 }]
"#;

/// `NAME` with the settings of [`GD`].
fn like_gd(name: &str) -> String {
    GD.replace("\"gd\"", &format!("{name:?}"))
}

/// The fixture as a plugin of a bench, with what stands before it.
fn fixture(bench: &Bench, file: &str, defines: &str) -> PathBuf {
    let source = root().join("harness/fixtures/c/own-thread.c");
    let source = std::fs::read_to_string(source).expect("the fixture");
    let path = bench.path(file);
    std::fs::write(&path, format!("{defines}{source}")).expect("a writable folder");
    path
}

fn records(bench: &Bench, out: &str, plugins: &[&PathBuf], arguments: &[&str]) -> Vec<Record> {
    let plugins: Vec<String> =
        plugins.iter().flat_map(|path| ["--plugin".to_owned(), path.display().to_string()]).collect();
    let plugins: Vec<&str> = plugins.iter().map(String::as_str).collect();
    let output = bench.run(out, &[&["--quiet"], &*plugins, arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records: Vec<Record> = bench.records(out).into_iter().map(timeless).collect();
    for record in &records {
        let what = (&record.optimizer, record.result.outcome, &record.result.outcome_detail);
        assert_eq!(record.result.outcome, Outcome::Completed, "{what:?}");
    }
    records
}

#[test]
fn a_run_has_its_thread_alone_and_in_company_and_equal_bits() {
    let bench = Bench::new(&[SUITE, &like_gd("own-thread"), GD, SGD, &like_gd("another-thread")].concat());
    let own = fixture(&bench, "own.c", "");
    let another = fixture(&bench, "another.c", "#define NAME \"another-thread\"\n");
    let plugins = [&own, &another];
    let together = records(&bench, "together", &plugins, &["--jobs", "1"]);
    assert_eq!(together.len(), 3 * (3 + 3 + 2 + 3));
    assert_eq!(records(&bench, "two", &plugins, &["--no-build", "--jobs", "2"]), together);
    for optimizer in ["own-thread", "gd", "sgd"] {
        let apart = records(&bench, optimizer, &plugins, &["--no-build", "--jobs", "1", "--optimizer", optimizer]);
        let same: Vec<Record> = together.iter().filter(|record| record.optimizer == optimizer).cloned().collect();
        assert_eq!(apart, same, "{optimizer}");
    }
    // One run at a time in a worker.
    let single = Bench::new(
        &[SUITE, &GD.replace("\"gd\"", "\"own-thread\"").replace(", { step_size = 0.02 }, { step_size = 0.005 }", "")]
            .concat(),
    );
    let alone = records(&single, "alone", &[&fixture(&single, "own.c", "")], &["--jobs", "1"]);
    assert_eq!(alone.len(), 3);
    let results = |records: &[Record]| {
        let mut numbers: Vec<_> = records.iter().map(|record| (record.case.clone(), record.result.clone())).collect();
        numbers.sort_by(|a, b| a.0.cmp(&b.0));
        numbers
    };
    let same: Vec<Record> = together
        .iter()
        .filter(|record| {
            record.optimizer == "own-thread" && alone.iter().any(|one| one.hyperparameters == record.hyperparameters)
        })
        .cloned()
        .collect();
    assert_eq!(results(&alone), results(&same));
}

/// The test above is one: without the flag the fixture finds itself on the main thread, and in company on a coroutine.
#[test]
fn without_the_flag_there_is_no_thread() {
    let bench = Bench::new(&[SUITE, &like_gd("own-thread")].concat());
    let plugin = fixture(&bench, "own.c", "#define OWN_THREAD false\n").display().to_string();
    let output = bench.run("out", &["--quiet", "--jobs", "1", "--plugin", &plugin]);
    let failed = bench.records("out");
    assert!(failed.iter().all(|record| record.result.outcome == Outcome::PluginError), "{}", shown(&output));
    let said = |words: &str| failed.iter().any(|record| record.result.outcome_detail.as_deref() == Some(words));
    assert!(said("the run is on the main thread"), "{failed:?}");
}

/// The one process in which a run is done again, and the one in which a plugin is checked, keep to it too.
#[test]
fn replay_and_check_give_a_thread() {
    let bench = Bench::new(&[SUITE, &like_gd("own-thread")].concat());
    let plugin = fixture(&bench, "own.c", "");
    let records = records(&bench, "out", &[&plugin], &["--jobs", "1"]);
    for arguments in [&[][..], &["--in-process"]] {
        let mut command = flatbench();
        command.arg("replay").arg(bench.path("out")).arg(&records[0].key).args(arguments).arg("--plugin").arg(&plugin);
        let output = command.output().expect("flatbench starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", shown(&output));
    }
    let output = flatbench().args(["plugin", "check"]).arg(&plugin).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

/// What each run-time system shows of itself, in a plugin that does nothing with it.
const SIGNS: [(&str, &str); 4] = [
    ("CPython", "int Py_IsInitialized(void) { return 1; }\n"),
    ("Go", "const char note[] = \"\\xff Go build\" \"inf:\";\n"),
    ("Julia", "void jl_init(void) {}\n"),
    ("a Java virtual machine", "int JNI_GetCreatedJavaVMs(void) { return 0; }\n"),
];

#[test]
fn a_library_that_minds_its_stack_and_asks_for_no_thread_is_found() {
    let bench = Bench::new(SUITE);
    let momentum = root().join("plugins/c/momentum/momentum.c");
    let momentum = std::fs::read_to_string(momentum).expect("the plugin");
    for (index, (name, sign)) in SIGNS.into_iter().enumerate() {
        let check = |file: &str, source: &str| {
            let path = bench.path(file);
            std::fs::write(&path, format!("{sign}{source}")).expect("a writable folder");
            let output = flatbench().args(["plugin", "check"]).arg(&path).output().expect("flatbench starts");
            (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let (status, said) = check(&format!("unaware{index}.c"), &momentum);
        assert_eq!(status, Some(3), "{said}");
        let line = said.lines().find(|line| line.contains("stack of its own")).expect("a check of this name");
        assert!(
            line.contains("failed") && line.contains(name) && line.contains(&format!("unaware{index}.so")),
            "{line}"
        );
        assert!(said.contains("→ ask for a thread for every run, `.own_thread = true`"), "{said}");
        let aware = momentum
            .replace("    };\n    return &optimizer;", "        .own_thread = true,\n    };\n    return &optimizer;");
        let (status, said) = check(&format!("aware{index}.c"), &aware);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("it asks for a thread for every run"), "{said}");
    }
}
