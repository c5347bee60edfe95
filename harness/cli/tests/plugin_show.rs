//! What `plugin show` prints can be pasted into a suite, and `list optimizers` says what there is.
mod support;

use serde_json::Value;
use support::{Bench, flatbench, shown};

fn said(arguments: &[&str]) -> String {
    let output = flatbench().args(arguments).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

const CASE: &str = "name = \"pasted\"\nbudget = 40\nseeds = 1\n\n[[case]]\nfamily = \"matrix-sensing\"\nrows = 4\ncols = 4\nrank = 1\nfactor_rank = 4\nmeasurements = 12\ninit = [\"large\"]\n";

#[test]
fn the_lines_for_a_suite_can_be_pasted() {
    let listed: Value = serde_json::from_str(&said(&["list", "optimizers", "--json"])).expect("JSON");
    let names: Vec<&str> = listed.as_array().expect("a list").iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(names.len() >= 16 && names.contains(&"momentum-c") && names.contains(&"gd"), "{names:?}");
    let (mut suite, mut defaults) = (CASE.to_owned(), CASE.to_owned());
    for name in &names {
        let text = said(&["plugin", "show", name, "--no-build"]);
        let (_, lines) = text.split_once("In a suite\n").expect("the lines for a suite");
        let lines: Vec<&str> = lines.lines().take_while(|line| !line.is_empty()).collect();
        assert!(lines[0].trim() == "[[optimizer]]" && lines.len() == 3, "{text}");
        suite += &format!("\n{}\n", lines.join("\n"));
        defaults += &format!("\n[[optimizer]]\nname = {name:?}\n");
    }
    let plan = |suite: &str| {
        let output = Bench::new(suite).run("out", &["--list=runs", "--no-build"]);
        assert_eq!(output.status.code(), Some(0), "{}\n{suite}", shown(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let plan_of_pasted = plan(&suite);
    assert!(names.iter().all(|name| plan_of_pasted.contains(&format!(" {name} setting 1"))), "{plan_of_pasted}");
    assert_eq!(plan_of_pasted, plan(&defaults), "what is shown are the defaults, so the runs are the same");
}

#[test]
fn types_ranges_and_defaults_are_shown() {
    let shown = said(&["plugin", "show", "sam"]);
    for line in [
        "Sharpness-aware minimization: w ← w − η ∇f_batch(w + ρ g/‖g‖), g = ∇f_batch(w).",
        "  step_size: a number at least 0, or a schedule of such numbers; default { value = 0.25, unit = \"1/lambda_max\" }",
        "      Radius ρ of the perturbation.",
        "      in `flatbench tune`: 0.00156 to 1.6, in equal ratios",
        "      in `flatbench tune`: not searched: its default has no place on its logarithmic scale",
        "      in `flatbench tune`: false | true",
        "  batch_size: a whole number, at least 0; default 0",
        "  replacement: true or false; default false",
        "  name = \"sam\"",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
}

#[test]
fn a_range_with_two_ends_is_shown() {
    let shown = said(&["plugin", "show", "momentum"]);
    assert!(
        shown.lines().any(|line| line == "  momentum: a number at least 0 and at most 0.999; default 0.9"),
        "{shown}"
    );
    let space = "      in `flatbench tune`: 0 to 0.999, 1 − x in equal ratios";
    assert!(shown.lines().any(|line| line == space), "{shown}");
}

#[test]
fn the_list_has_name_version_hash_source_description_and_settings() {
    let list = said(&["list", "optimizers"]);
    let mut lines = list.lines().skip_while(|line| !line.starts_with("trace-penalty "));
    let words: Vec<&str> = lines.next().expect("it is listed").split_whitespace().collect();
    assert!(
        words[1] == env!("CARGO_PKG_VERSION") && words[2].len() == 16 && words[3] == "plugins/trace-penalty",
        "{words:?}"
    );
    assert!(lines.next().is_some_and(|line| line.starts_with("    Gradient descent with momentum on f(w) + λ tr")));
    assert!(lines.next().is_some_and(|line| line.starts_with("    settings: step_size = { value = ")));
}

/// As in a container that is entered from outside: the session of its first process has no number inside.
#[test]
fn a_session_that_began_outside_a_container_is_no_obstacle() {
    let inside = |program: &str, arguments: &[&str]| {
        let alone = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", program];
        std::process::Command::new("unshare").args(alone).args(arguments).output()
    };
    if !inside("true", &[]).is_ok_and(|output| output.status.success()) {
        eprintln!("left out: this system gives no name space of processes (unshare --user --pid)");
        return;
    }
    said(&["list", "optimizers"]);
    let output =
        inside(env!("CARGO_BIN_EXE_flatbench"), &["plugin", "show", "sam", "--no-build"]).expect("unshare starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(!shown(&output).contains("crashed"), "{}", shown(&output));
}
