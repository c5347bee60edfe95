//! Plugins in Python from the native binary: through workers that are the package `flatbench` in a real interpreter, which the
//! variable FLATBENCH_PYTHON names. Where it is missing nothing of this is tested, which is an error where CI is set.
mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flatbench_records::{Environment, Outcome, Record};
use support::{Bench, flatbench, root, shown, text, timeless};

/// The interpreter, if it has the package.
fn python() -> Option<PathBuf> {
    let program = std::env::var_os("FLATBENCH_PYTHON").map(PathBuf::from);
    let has_package = |program: &PathBuf| {
        let asked = Command::new(program).args(["-P", "-m", "flatbench", "--version"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    let found = program.filter(has_package);
    if found.is_none() {
        let missing =
            "FLATBENCH_PYTHON names no interpreter with the package flatbench: plugins in Python are NOT tested";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        // Not by a macro, whose text the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "{missing}");
    }
    found
}

const CASE: &str = r#"
[[case]]
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
factor_rank = 5
measurements = 30
init = ["large"]
"#;

/// A suite on small instances.
fn suite(head: &str, optimizers: &str) -> String {
    format!("name = \"python\"\nbudget = 60\n{head}\n{CASE}\n{optimizers}")
}

/// An `[[optimizer]]` for each misbehaviour.
fn hostile(misbehaviours: &[&str]) -> String {
    let section = |name: &&str| {
        format!(
            "[[optimizer]]\nname = \"{name}\"\nplugin = \"hostile\"\nsettings = [{{ misbehaviour = \"{name}\" }}]\n"
        )
    };
    misbehaviours.iter().map(section).collect()
}

/// Gradient descent in Python.
const MINE: &str = r#"
import flatbench as fb
from helper import half

class Mine(fb.Optimizer):
    """Gradient descent."""

    step_size: float = fb.hyper(0.05, schedule=True, min=0, doc="Step size.")

    def step(self, w, oracle):
        w -= 2 * half(self.step_size(oracle)) * oracle.gradient(w)
"#;

/// A folder for a suite and the plugin `mine`, with what it imports beside it.
fn bench_with_mine(suite: &str) -> Bench {
    let bench = Bench::new(suite);
    std::fs::create_dir(bench.path("my plugins")).expect("a temporary folder");
    std::fs::write(bench.path("my plugins/mine.py"), MINE).expect("a temporary folder");
    std::fs::write(bench.path("my plugins/helper.py"), "def half(x):\n    return x / 2\n").expect("a temporary folder");
    bench
}

fn of<'a>(records: &'a [Record], optimizer: &str) -> &'a Record {
    let mut found = records.iter().filter(|record| record.optimizer == optimizer);
    found.next().unwrap_or_else(|| panic!("no record of {optimizer}"))
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", shown(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a shell would make of a command, in `folder`.
fn typed(line: &str, folder: &Path) -> Output {
    let rest = line.strip_prefix("flatbench ").expect("a command of flatbench");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("\"$FLATBENCH\" {rest}")).env("FLATBENCH", env!("CARGO_BIN_EXE_flatbench"));
    shell.env_remove("CARGO_PKG_NAME").env("NO_COLOR", "1").current_dir(folder).output().expect("sh starts")
}

#[test]
fn whatever_an_optimizer_does_costs_its_own_run() {
    if python().is_none() {
        return;
    }
    let bad = ["raise", "sleep", "loop", "exit", "memory"];
    let harmless = ["none", "threads", "print", "chdir", "environment"];
    let gd = "[[optimizer]]\nname = \"gd\"\nsettings = [{ step_size = 0.05 }]\n";
    let optimizers = gd.to_owned() + &hostile(&[harmless.as_slice(), &bad].concat());
    let bench = Bench::new(&suite("seeds = 1\ntime_limit = 3", &optimizers));
    std::fs::copy(root().join("harness/fixtures/python/hostile.py"), bench.path("hostile.py")).expect("a fixture");
    let output =
        bench.run("out", &["--plugin", &text(&bench.path("hostile.py")), "--memory-limit", "1GiB", "--jobs", "2"]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let records = bench.records("out");
    assert_eq!(records.len(), 11);
    for name in harmless {
        let record = of(&records, name);
        assert_eq!(
            (record.result.outcome, record.result.iterate.as_ref()),
            (Outcome::Completed, of(&records, "gd").result.iterate.as_ref()),
            "{name}: {:?}",
            record.result.outcome_detail
        );
    }
    let detail = |name: &str| of(&records, name).result.outcome_detail.clone().unwrap_or_default();
    for (name, outcome, words) in [
        ("raise", Outcome::PluginError, "ValueError: on purpose"),
        ("sleep", Outcome::TimedOut, "the processor idle"),
        ("loop", Outcome::TimedOut, "the processor busy"),
        ("exit", Outcome::Crashed, "exited with status 3 in the middle of a run"),
    ] {
        assert_eq!(of(&records, name).result.outcome, outcome, "{name}: {}", detail(name));
        assert!(detail(name).contains(words), "{name}: {}", detail(name));
    }
    let traceback = detail("raise");
    for words in ["Traceback (most recent call last)", &text(&bench.path("hostile.py")), "in do_raise"] {
        assert!(traceback.contains(words), "{words}: {traceback}");
    }
    // Refused by the system, or stopped by the supervisor.
    let memory = of(&records, "memory").result.outcome;
    assert!(matches!(memory, Outcome::PluginError | Outcome::Crashed), "{memory}: {}", detail("memory"));
    let log = std::fs::read_to_string(bench.path("out/log.txt")).expect("a log");
    assert!(log.contains("this goes to the log") && log.contains("and so does this"), "{log}");
    assert!(log.contains("hostile") && log.contains("changes its process: the working folder"), "{log}");
}

#[test]
fn a_hundred_runs_that_share_instances_have_the_bits_that_each_has_alone() {
    if python().is_none() {
        return;
    }
    let settings: Vec<String> = (1..=10).map(|n| format!("{{ step_size = {} }}", 0.01 * f64::from(n))).collect();
    let settings = settings.join(", ");
    let section = |name: &str| format!("[[optimizer]]\nname = \"{name}\"\nsettings = [{settings}]\n");
    let bench = bench_with_mine(&suite("seeds = 10", &(section("gd") + &section("mine"))));
    let plugin = text(&bench.path("my plugins/mine.py"));
    succeeded(&bench.run("out", &["--quiet", "--plugin", &plugin, "--jobs", "2"]));
    let records = bench.records("out");
    assert_eq!(records.iter().filter(|record| record.optimizer == "mine").count(), 100);
    for record in records.iter().filter(|record| record.optimizer == "mine") {
        assert_eq!(record.result.outcome, Outcome::Completed, "{:?}", record.result.outcome_detail);
        let twin = records.iter().find(|twin| {
            let place = |record: &Record| (record.repetition, record.hyperparameters.clone());
            twin.optimizer == "gd" && place(twin) == place(record)
        });
        assert_eq!(record.result.iterate, twin.expect("a run of gd").result.iterate);
    }
    let verified =
        flatbench().args(["verify", &text(&bench.path("out")), "--sample", "12", "--plugin", &plugin]).output();
    succeeded(&verified.expect("flatbench starts"));
    for record in records.iter().filter(|record| record.optimizer == "mine").step_by(33) {
        let replayed =
            flatbench().args(["replay", &text(&bench.path("out")), &record.key, "--plugin", &plugin]).output();
        let said = succeeded(&replayed.expect("flatbench starts"));
        assert!(said.contains("every number equals the record's, bit for bit"), "{said}");
    }
    // On one worker, in shards, and again.
    succeeded(&bench.run("one", &["--quiet", "--plugin", &plugin, "--jobs", "1"]));
    let plain = |out: &str| bench.records(out).into_iter().map(timeless).collect::<Vec<_>>();
    assert_eq!(plain("one"), plain("out"));
    for shard in ["1/2", "2/2"] {
        let out = format!("part {}", &shard[..1]);
        succeeded(&bench.run(&out, &["--quiet", "--plugin", &plugin, "--shard", shard]));
    }
    let parts = [text(&bench.path("part 1")), text(&bench.path("part 2"))];
    let merged = flatbench().arg("merge").args(parts).arg("--out").arg(bench.path("whole")).output();
    succeeded(&merged.expect("flatbench starts"));
    assert_eq!(plain("whole"), plain("out"));
    let before = std::fs::metadata(bench.path("one/records.jsonl")).and_then(|file| file.modified()).expect("records");
    succeeded(&bench.run("one", &["--quiet", "--plugin", &plugin]));
    let after = std::fs::metadata(bench.path("one/records.jsonl")).and_then(|file| file.modified()).expect("records");
    assert_eq!(before, after, "nothing was missing");
    // What it imports from beside it is a part of it.
    std::fs::write(bench.path("my plugins/helper.py"), "def half(x):\n    return 0.5 * x\n").expect("a writable file");
    let changed = bench.run("one", &["--plugin", &plugin, "--list=runs"]);
    let planned = succeeded(&changed);
    let keys: Vec<&str> =
        records.iter().filter(|record| record.optimizer == "mine").map(|record| &*record.key).collect();
    assert!(keys.iter().all(|key| !planned.contains(key)), "{planned}");
}

#[test]
fn importing_is_not_the_time_of_an_optimizer() {
    if python().is_none() {
        return;
    }
    let bench = Bench::new(&suite("seeds = 1\ntime_limit = 2", "[[optimizer]]\nname = \"slow\"\n"));
    let slow = "import time\ntime.sleep(3)\n".to_owned()
        + &MINE.replace("Mine", "Slow").replace("from helper import half", "half = lambda x: x / 2");
    std::fs::write(bench.path("slow.py"), slow).expect("a temporary folder");
    succeeded(&bench.run("out", &["--quiet", "--plugin", &text(&bench.path("slow.py"))]));
    let records = bench.records("out");
    let record = of(&records, "slow");
    assert_eq!(record.result.outcome, Outcome::Completed, "{:?}", record.result.outcome_detail);
    assert!(record.result.optimizer_seconds < 1.5, "{}", record.result.optimizer_seconds);
}

#[test]
fn a_file_that_cannot_be_used_is_told_with_its_traceback() {
    if python().is_none() {
        return;
    }
    let bench = Bench::new("");
    let said = |file: &str, content: &str| {
        std::fs::write(bench.path(file), content).expect("a temporary folder");
        let listed = flatbench().args(["list", "optimizers", "--plugin", &text(&bench.path(file))]).output();
        let listed = listed.expect("flatbench starts");
        assert_eq!(listed.status.code(), Some(2), "{}", shown(&listed));
        String::from_utf8_lossy(&listed.stderr).into_owned()
    };
    let broken = said("broken.py", "import flatbench\n\nraise RuntimeError('no such luck')\n");
    let line = broken.lines().find(|line| line.starts_with("error: ")).expect("an error");
    assert!(line.contains("broken.py: cannot be imported: RuntimeError: no such luck"), "{broken}");
    assert!(broken.contains("broken.py\", line 3, in <module>"), "{broken}");
    let empty = said("empty.py", "import flatbench\n");
    assert!(empty.contains("empty.py: there is no optimizer in it (a subclass of flatbench.Optimizer"), "{empty}");
    let quits = said("quits.py", "import os\nos._exit(0)\n");
    assert!(quits.contains("quits.py: it ended the process that imported it"), "{quits}");
}

#[test]
fn a_new_plugin_runs_conforms_and_is_shown() {
    let Some(python) = python() else { return };
    let bench = Bench::new("");
    let new = flatbench()
        .args(["plugin", "new", "my-method", "--lang", "python", "--dir", "my plugins/my-method"])
        .env_remove("CARGO_PKG_NAME")
        .current_dir(bench.path(""))
        .output()
        .expect("flatbench starts");
    let said = succeeded(&new);
    assert!(said.contains("put the idea into my plugins/my-method/my_method.py"), "{said}");
    let hints: Vec<&str> = said.lines().map(str::trim).filter(|line| line.starts_with("flatbench ")).collect();
    assert_eq!(hints.len(), 2, "{said}");
    for hint in hints {
        let out = if hint.contains(" run ") { " --out out" } else { "" };
        let output = typed(&format!("{hint}{out}"), &bench.path(""));
        assert_eq!(output.status.code(), Some(0), "{hint}: {}", shown(&output));
    }
    let records = bench.records("out");
    for record in records.iter().filter(|record| record.optimizer == "my-method") {
        let twin = records.iter().find(|twin| {
            let place = |record: &Record| (record.case.clone(), record.repetition);
            twin.optimizer == "gd" && place(twin) == place(record)
        });
        assert_eq!(record.result.iterate, twin.expect("a run of gd").result.iterate, "what the template does is gd");
    }
    let environment = std::fs::read(bench.path("out/environment.json")).expect("it was written");
    let environment: Environment = serde_json::from_slice(&environment).expect("it can be read");
    let build = environment.plugins["my-method"].python.as_ref().expect("it is in Python");
    assert_eq!((build.interpreter.clone(), build.version.starts_with("3.")), (python.clone(), true));

    let plugin = text(&bench.path("my plugins/my-method/my_method.py"));
    let show =
        flatbench().args(["plugin", "show", "my-method", "--plugin", &plugin]).output().expect("flatbench starts");
    let shown = succeeded(&show);
    assert!(
        shown.contains(
            "step_size: a number at least 0, or a schedule of such numbers; default { value = 0.5, unit = \"1/lambda_max\" }"
        ),
        "{shown}"
    );
    assert!(shown.contains(&format!("source  {}", plugin)), "{shown}");
    let env = flatbench().args(["env", "--plugin", &plugin]).output().expect("flatbench starts");
    let said = succeeded(&env);
    assert!(said.contains(&format!("in Python {} ({})", build.version, python.display())), "{said}");
}

#[test]
fn printed_commands_find_files_and_parcels_also_where_a_directory_was_moved() {
    if python().is_none() {
        return;
    }
    let optimizers = "[[optimizer]]\nname = \"mine\"\n";
    let bench = bench_with_mine(&suite("seeds = 1", optimizers));
    let elsewhere = bench.path("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a temporary folder");
    let commands = |out: &Path| {
        let page = std::fs::read_to_string(out.join("index.html")).expect("it was written");
        let codes = page.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next());
        let plain = codes.map(|code| code.replace("&#x2f;", "/").replace("&#x27;", "'").replace("&amp;", "&"));
        plain.filter(|code| code.starts_with("flatbench ")).collect::<Vec<_>>()
    };
    succeeded(&bench.run("from file", &["--quiet", "--plugin", &text(&bench.path("my plugins/mine.py"))]));
    // As the package leaves parcels of live objects in a run directory.
    let kept = bench.path("from parcel/plugins");
    std::fs::create_dir_all(&kept).expect("a temporary folder");
    let parcel = kept.join("mine.fbpy");
    std::fs::copy(bench.path("my plugins/target/mine/mine.fbpy"), &parcel).expect("the parcel was made");
    succeeded(&bench.run("from parcel", &["--quiet", "--plugin", &text(&parcel)]));
    for out in ["from file", "from parcel"] {
        let commands = commands(&bench.path(out));
        assert!(
            commands.iter().filter(|command| command.starts_with("flatbench replay ")).count() == 1,
            "{commands:?}"
        );
        for command in commands {
            let output = typed(&command, &elsewhere);
            assert_eq!(output.status.code(), Some(0), "{command}: {}", shown(&output));
        }
    }
    let portable = flatbench().arg("report").arg(bench.path("from parcel")).arg("--portable").output();
    succeeded(&portable.expect("flatbench starts"));
    let moved = bench.path("moved");
    std::fs::rename(bench.path("from parcel"), &moved).expect("one file system");
    for command in commands(&moved) {
        let output = typed(&command, &moved);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", shown(&output));
    }
}

#[test]
fn a_run_in_this_process_needs_an_interpreter_in_it() {
    let Some(python) = python() else { return };
    let bench = bench_with_mine(&suite("seeds = 1", "[[optimizer]]\nname = \"mine\"\n"));
    let plugin = text(&bench.path("my plugins/mine.py"));
    succeeded(&bench.run("my out", &["--quiet", "--plugin", &plugin]));
    let key = bench.records("my out")[0].key.clone();
    let out = text(&bench.path("my out"));
    let refused = flatbench().args(["replay", &out, &key, "--in-process", "--plugin", &plugin]).output();
    let refused = refused.expect("flatbench starts");
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("no interpreter is in this process, and the run is of a plugin in Python"), "{said}");
    let hint = said.split("(use `").nth(1).and_then(|rest| rest.split('`').next()).expect("a command");
    assert!(hint.starts_with(&format!("{} -P -m flatbench replay ", python.display())), "{hint}");
    let output = Command::new("sh").args(["-c", hint]).current_dir(bench.path("")).output().expect("sh starts");
    let said = succeeded(&output);
    assert!(said.contains("every number equals the record's, bit for bit"), "{said}");
}
