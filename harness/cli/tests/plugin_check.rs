//! `flatbench plugin check`: what it takes, and its exit statuses. What it finds is in the table of `failures.rs`.
mod support;

use std::process::Output;

use support::{flatbench, root, shown, text};

fn check(arguments: &[&str]) -> Output {
    flatbench().args(["plugin", "check"]).args(arguments).output().expect("flatbench starts")
}

fn in_tree(path: &str) -> String {
    text(&root().join(path))
}

#[test]
fn a_crate_a_c_folder_a_c_file_and_a_library_conform() {
    for path in
        ["plugins/sam", "plugins/c/momentum", "plugins/c/momentum/momentum.c", "plugins/c/momentum/target/momentum.so"]
    {
        let output = check(&[&in_tree(path)]);
        assert_eq!(output.status.code(), Some(0), "{path}: {}", shown(&output));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("passed   deterministic") && said.contains("passed   cost per step"), "{said}");
    }
}

#[test]
fn json_has_every_check() {
    let output = check(&[&in_tree("plugins/c/momentum"), "--json"]);
    let reports: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    let checks = reports[0]["checks"].as_array().expect("a list");
    assert_eq!(checks.len(), 15);
    assert!(checks.iter().all(|check| check["verdict"] != "failed" && check["remedy"].is_null()), "{checks:?}");
}

#[test]
fn what_cannot_be_checked_is_bad_usage() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a writable folder");
        text(&path)
    };
    let wrong = file("wrong.c", "#include \"flatbench_plugin.h\"\nint x = ;\n");
    for (arguments, word) in [
        (vec!["no/such/plugin"], "no such file or folder"),
        (vec![wrong.as_str()], "expected expression"),
        (vec!["harness/docs"], "neither a plugin nor a folder of plugins"),
        (vec!["plugins/conformance"], "builds no dynamic library"),
        (vec!["plugins/gd", "--set", "step_size"], "expected NAME=VALUE"),
        (vec!["plugins/gd", "--time-limit", "0"], "greater than 0"),
    ] {
        let output = check(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", shown(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{arguments:?}: {}", shown(&output));
    }
}

#[test]
fn a_file_that_is_no_library_and_a_wrong_value_are_failed_checks() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text_file = folder.path().join("text.so");
    std::fs::write(&text_file, "text").expect("a writable folder");
    for (arguments, name) in [
        (vec![text(&text_file)], "loads"),
        (vec![in_tree("plugins/gd"), "--set".into(), "step_size=-1".into()], "made from its defaults"),
        (vec![in_tree("plugins/gd"), "--set".into(), "stepsize=1".into()], "made from its defaults"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = check(&arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", shown(&output));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(&format!("failed   {name}")) && said.contains('→'), "{said}");
    }
}
