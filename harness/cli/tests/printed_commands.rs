//! Every command that is printed works as it is printed, in another folder than the one it was printed in.
mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{Bench, flatbench, shown, text};

const SUITE: &str = r#"
name = "printed"
budget = 60
seeds = 1

[[case]]
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
factor_rank = 5
measurements = 30
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "in-c"
settings = [{ step_size = 0.05 }]
"#;

/// What a shell would make of a command line, run in `folder`, with the binary under test in the place of `flatbench`.
fn typed(line: &str, folder: &Path) -> Output {
    let rest = line.strip_prefix("flatbench ").expect("a command of flatbench");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("\"$FLATBENCH\" {rest}")).env("FLATBENCH", env!("CARGO_BIN_EXE_flatbench"));
    // Started by cargo, flatbench would name itself as cargo does.
    shell.env_remove("CARGO_PKG_NAME").env("NO_COLOR", "1").current_dir(folder).output().expect("sh starts")
}

/// The commands in a page, as its text shows them.
fn commands_in(html: &str) -> Vec<String> {
    let codes = html.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next());
    let plain = codes.map(|code| code.replace("&#x2f;", "/").replace("&#x27;", "'").replace("&amp;", "&"));
    plain.filter(|code| code.starts_with("flatbench ")).collect()
}

#[test]
fn printed_commands_work_in_another_folder_where_a_plugin_came_from_outside() {
    let bench = Bench::new(SUITE);
    let (plugin, out, elsewhere) = (bench.path("my plugins/in-c"), bench.path("my runs"), bench.path("elsewhere"));
    std::fs::create_dir(&elsewhere).expect("a temporary folder");

    // `plugin new` in a folder above, by a relative path with a space in it.
    std::fs::create_dir(bench.path("my plugins")).expect("a temporary folder");
    let mut new = flatbench();
    new.args(["plugin", "new", "in-c", "--lang", "c", "--dir", "my plugins/in-c"]).env_remove("CARGO_PKG_NAME");
    let output = new.current_dir(bench.path("")).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let hints: Vec<&str> = said.lines().map(str::trim).filter(|line| line.starts_with("flatbench ")).collect();
    assert_eq!(hints.len(), 2, "{said}");
    for hint in hints {
        let hint = if hint.contains(" run ") { format!("{hint} --list") } else { hint.to_owned() };
        let output = typed(&hint, &elsewhere);
        assert_eq!(output.status.code(), Some(0), "{hint}: {}", shown(&output));
    }

    // The page of a run that was given the plugin by a relative path.
    let mut run = flatbench();
    run.args(["run", "suite.toml", "--quiet", "--out", "my runs", "--plugin", "my plugins/in-c"]);
    let output = run.current_dir(bench.path("")).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let page = std::fs::read_to_string(out.join("index.html")).expect("it was written");
    let commands = commands_in(&page);
    assert_eq!(commands.iter().filter(|c| c.starts_with("flatbench replay ")).count(), 2, "{commands:?}");
    assert_eq!(commands.iter().filter(|c| c.starts_with("flatbench verify ")).count(), 1, "{commands:?}");
    for command in &commands {
        let output = typed(command, &elsewhere);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", shown(&output));
    }

    // A page that may be moved names the folder it lies in.
    let output = flatbench().args(["report", &text(&out), "--portable"]).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let page = std::fs::read_to_string(out.join("index.html")).expect("it was written");
    let moved = bench.path("moved runs");
    std::fs::rename(&out, &moved).expect("one file system");
    for command in commands_in(&page) {
        assert!(!command.contains("my runs"), "{command}");
        let output = typed(&command, &moved);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", shown(&output));
    }

    // A run of a shipped plugin is repeated without the other one; that one's runs say what is missing.
    for record in bench.records("moved runs") {
        let output = typed(&format!("flatbench replay '{}' {}", moved.display(), record.key), &elsewhere);
        let expected = if record.optimizer == "gd" { 0 } else { 2 };
        assert_eq!(output.status.code(), Some(expected), "{}", shown(&output));
        assert_eq!(shown(&output).contains("give it with --plugin PATH"), record.optimizer == "in-c");
    }
    assert!(plugin.is_dir());
}

/// The settings of the default suite were tuned; an optimizer that it does not have runs at its defaults, which is said, and how to look at them.
#[test]
fn an_optimizer_beside_tuned_ones_runs_at_the_defaults_that_its_plugin_shows() {
    let bench = Bench::new(SUITE);
    let folder = bench.path("my plugins/in-c");
    std::fs::create_dir(bench.path("my plugins")).expect("a temporary folder");
    let made = flatbench().args(["plugin", "new", "in-c", "--lang", "c", "--dir", &text(&folder)]).output();
    assert_eq!(made.expect("flatbench starts").status.code(), Some(0));
    let options = format!("--plugin '{}'", folder.display());
    let output = typed(&format!("flatbench run default --optimizer in-c {options} --list"), &bench.path(""));
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("the suite has no `in-c`: it runs at the defaults of its plugin, while the others are tuned"),
        "{said}"
    );
    let output = typed(&format!("flatbench plugin show in-c {options}"), &bench.path(""));
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}
