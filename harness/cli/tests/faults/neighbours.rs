//! A plugin that changes what its process shares, among many that do not: nobody else's numbers change.

use flatbench_records::{Outcome, Record};

use crate::hostile_plugin;
use crate::support::{Bench, flatbench, root, shown, timeless};

/// What is changed, and the words for it in the log and by `flatbench plugin check`. What is put back needs no new worker.
const CHANGES: [(&str, &str); 10] = [
    ("rounding-mode", "the rounding mode"),
    ("flush-to-zero", "the treatment of subnormal numbers"),
    ("x87-precision", "the precision of the x87 unit"),
    ("locale", "the locale (C → "),
    ("environment", "the environment (HOSTILE)"),
    ("signal-mask", "the mask of blocked signals"),
    ("signal-handler", "what happens on signals SIG"),
    ("working-directory", "the working folder ("),
    ("umask", "the umask ("),
    ("resource-limit", "the limits on address space"),
];
const PUT_BACK: usize = 3;

/// Thirty optimizers, or all of them but the one that is hostile.
fn suite(hostile: Option<&str>) -> String {
    let mut text = String::from(
        r#"
name = "neighbours"
budget = 60
seeds = 1
time_limit = 20

[[case]]
family = "matrix-sensing"
rows = 6
cols = 6
rank = 1
factor_rank = 6
measurements = 40
init = ["large"]
"#,
    );
    let mut optimizer = |name: &str, plugin: &str, setting: &str| {
        text += &format!("[[optimizer]]\nname = \"{name}\"\nplugin = \"{plugin}\"\nsettings = [{{ {setting} }}]\n");
    };
    for index in 0..13 {
        optimizer(&format!("gd-{index}"), "gd", &format!("step_size = {}", 0.01 + 0.001 * f64::from(index)));
        optimizer(
            &format!("sam-{index}"),
            "sam",
            &format!("step_size = {}, radius = 0.05", 0.01 + 0.001 * f64::from(index)),
        );
        if index == 6
            && let Some(misbehaviour) = hostile
        {
            optimizer("hostile", "hostile", &format!("misbehaviour = \"{misbehaviour}\""));
        }
    }
    // These would show it if they met a process that is not as it was.
    for index in 0..3 {
        optimizer(&format!("sensitive-{index}"), "hostile", "misbehaviour = \"sensitive\", after = 0");
    }
    text
}

fn others(records: Vec<Record>) -> Vec<Record> {
    records.into_iter().filter(|record| record.optimizer != "hostile").map(timeless).collect()
}

#[test]
fn what_one_plugin_changes_reaches_none_of_twenty_nine_others() {
    let plugin = hostile_plugin();
    let alone = Bench::new(&suite(None));
    let output = alone.run("out", &["--quiet", "--jobs", "2", "--plugin", &plugin]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let expected = others(alone.records("out"));
    assert_eq!(expected.len(), 29);
    for (index, (change, words)) in CHANGES.into_iter().enumerate() {
        let bench = Bench::new(&suite(Some(change)));
        let output = bench.run("out", &["--quiet", "--jobs", "2", "--no-build", "--plugin", &plugin]);
        assert_eq!(output.status.code(), Some(0), "{change}: {}", shown(&output));
        let records = bench.records("out");
        assert_eq!(records.len(), 30, "{change}");
        assert_eq!(others(records), expected, "{change}");
        let log = std::fs::read_to_string(bench.path("out/log.txt")).unwrap_or_default();
        // A process that may map nothing more may also die before it can tell what was changed.
        let died = change == "resource-limit" && log.contains("killed by signal 6");
        assert_eq!(log.contains(words) || died, index >= PUT_BACK, "{change}: {log}");
    }
}

#[test]
fn plugin_check_names_what_is_changed() {
    let plugin = hostile_plugin();
    for (change, words) in CHANGES
        .into_iter()
        .chain([("leak-descriptors", "open descriptors more"), ("timer", "timers that raise a signal")])
    {
        let output = check(&plugin, &["--set", &format!("misbehaviour={change}")]);
        assert!(output.contains("failed   process left as it was") && output.contains(words), "{change}: {output}");
    }
    let constructor = compiled(&[], "constructor.so");
    let output = check(constructor.path("constructor.so").to_str().expect("a readable path"), &[]);
    assert!(output.contains("failed   process left as it was"), "{output}");
    for words in ["loading the library changes the treatment of subnormal numbers", "on signals SIGTERM"] {
        assert!(output.contains(words), "{output}");
    }
}

fn check(plugin: &str, arguments: &[&str]) -> String {
    let output = flatbench().args(["plugin", "check", plugin]).args(arguments).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The library that changes its process when it is loaded, in a folder of its own.
pub fn compiled(flags: &[&str], name: &str) -> Bench {
    let bench = Bench::new("");
    let source = root().join("harness/fixtures/c/constructor.c");
    let headers = root().join("plugins/sdk/include");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = std::process::Command::new(compiler);
    command.args(["-shared", "-fPIC", "-O1"]).args(flags).arg("-I").arg(headers);
    let status = command.arg("-o").arg(bench.path(name)).arg(source).arg("-lm").status();
    assert!(status.expect("a C compiler").success());
    bench
}

#[test]
fn a_library_that_changes_its_process_when_loaded_is_kept_apart() {
    let library = compiled(&[], "constructor.so");
    let alone = Bench::new(&suite(None));
    let hostile = hostile_plugin();
    let output = alone.run("out", &["--quiet", "--jobs", "1", "--plugin", &hostile]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let with = suite(None).replace(
        "[[optimizer]]\nname = \"gd-4\"",
        "[[optimizer]]\nname = \"constructor\"\n[[optimizer]]\nname = \"gd-4\"",
    );
    let bench = Bench::new(&with);
    let path = library.path("constructor.so").display().to_string();
    let output = bench.run("out", &["--quiet", "--jobs", "1", "--no-build", "--plugin", &hostile, "--plugin", &path]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let (own, rest): (Vec<_>, Vec<_>) =
        bench.records("out").into_iter().partition(|record| record.optimizer == "constructor");
    assert!(own.len() == 1 && own[0].result.outcome == Outcome::Completed);
    assert_eq!(others(rest), others(alone.records("out")));
    let log = std::fs::read_to_string(bench.path("out/log.txt")).unwrap_or_default();
    assert!(log.contains("constructor changes its process: what happens on signals SIGTERM"), "{log}");
}
