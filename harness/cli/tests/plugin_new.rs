//! A fresh clone, a new plugin, a run: no other step.
mod support;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use support::{flatbench, records, root, shown, text};

/// Copies a folder with its times, so that cargo takes what is built in the target folder for up to date; leaves out what is no part of
/// a clone.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a writable folder");
    for entry in fs::read_dir(from).expect("a readable folder").map(|entry| entry.expect("a readable entry")) {
        let (path, name) = (entry.path(), entry.file_name());
        if ["target", ".git", "reports", "fuzz"].iter().any(|left_out| name == *left_out) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            let copy = to.join(name);
            fs::copy(&path, &copy).expect("a readable file");
            let modified = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
            File::options()
                .write(true)
                .open(&copy)
                .and_then(|file| file.set_modified(modified))
                .expect("a writable file");
        }
    }
}

/// The binary started in the clone. The target folder is that of this tree: nothing but the new plugins has to be built.
fn in_clone(clone: &Path, arguments: &[&str]) -> Output {
    let mut command: Command = flatbench();
    command.current_dir(clone).env("CARGO_TARGET_DIR", root().join("target")).env("CARGO_NET_OFFLINE", "true");
    command.args(arguments).output().expect("flatbench starts")
}

#[track_caller]
fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", shown(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_new_plugin_runs_in_a_fresh_clone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Where links lead, as the plugin's manifest has it.
    let clone = folder.path().canonicalize().expect("it exists").join("clone");
    copy(&root(), &clone);

    let hints = said(&in_clone(&clone, &["plugin", "new", "newcomer"]));
    assert!(hints.contains(" run quick --optimizer gd,newcomer\n"), "{hints}");
    let check = |plugin: &str| format!(" plugin check {}\n", clone.join(plugin).display());
    assert!(hints.contains(&check("plugins/newcomer")), "{hints}");
    let hints = said(&in_clone(&clone, &["plugin", "new", "newcomer-in-c", "--lang", "c"]));
    assert!(hints.contains(&check("plugins/c/newcomer-in-c")), "{hints}");

    let out = text(&folder.path().join("out"));
    let optimizers = "gd,newcomer,newcomer-in-c";
    let run = in_clone(&clone, &["run", "quick", "--optimizer", optimizers, "--out", &out]);
    let table = said(&run);
    assert!(table.contains("newcomer-in-c"), "{table}");
    let warnings = String::from_utf8_lossy(&run.stderr);
    assert!(warnings.contains("warning: the suite has no `newcomer`: it runs at the defaults"), "{warnings}");
    let records = records(Path::new(&out));
    assert_eq!(records.len(), 2 * 2 * 3, "two cases, two repetitions, three optimizers");
    for record in &records {
        // What a template does is gradient descent, with the step size that the suite gives to gd.
        let twin = records
            .iter()
            .find(|twin| twin.optimizer == "gd" && twin.case == record.case && twin.repetition == record.repetition);
        assert_eq!(record.result.iterate, twin.expect("a run of gd").result.iterate, "{}", record.optimizer);
    }

    let list = said(&in_clone(&clone, &["list", "optimizers", "--no-build"]));
    for (name, source) in [("newcomer", "plugins/newcomer"), ("newcomer-in-c", "plugins/c/newcomer-in-c")] {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(name)).expect("it is listed");
        assert!(line.ends_with(source), "{line}");
    }
    for plugin in ["plugins/newcomer", "plugins/c/newcomer-in-c"] {
        let report = said(&in_clone(&clone, &["plugin", "check", plugin]));
        assert!(report.ends_with("the plugin conforms\n"), "{report}");
    }
    let again = in_clone(&clone, &["plugin", "new", "newcomer"]);
    assert_eq!(again.status.code(), Some(2), "{}", shown(&again));
    assert!(String::from_utf8_lossy(&again.stderr).contains("already exists"), "{}", shown(&again));
}

#[test]
fn a_bad_name_and_a_bad_place_are_refused() {
    for (arguments, word) in [
        (&["My_Method"][..], "allowed: 1 to 40 lower-case letters"),
        (&["gd"], "already exists"),
        (&["newcomer", "--dir", "harness/newcomer"], "in its workspace (put it into"),
        (&["newcomer", "--dir", "plugins/newcomer", "--lang", "c"], "plugins/c/newcomer"),
        (&["newcomer", "--sdk", "harness"], "not the crate flatbench-plugin"),
    ] {
        let output = flatbench().args(["plugin", "new"]).args(arguments).output().expect("flatbench starts");
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{}", shown(&output));
    }
    assert!(!root().join("harness/newcomer").exists() && !root().join("plugins/newcomer").exists());
}
