//! What a person at a terminal has: completions, manual pages, nearest names, a short plan, lines that fit.
mod support;

use std::process::{Command, Output};

use support::{Bench, TWO_OPTIMIZERS, empty_shelf, flatbench, shown, text};

fn called(arguments: &[&str]) -> Output {
    flatbench().args(arguments).output().expect("flatbench starts")
}

/// What a command that succeeds prints.
fn said(arguments: &[&str]) -> String {
    let output = called(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", shown(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Names of the subcommands that `help` of some command lists.
fn subcommands(of: &[&str]) -> Vec<String> {
    let help = said(&[of, &["--help"]].concat());
    let (_, list) = help.split_once("Commands:\n").unwrap_or(("", ""));
    let names =
        list.lines().take_while(|line| line.starts_with("  ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn bash_takes_the_completions() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    let script = said(&["completions", "bash"]);
    std::fs::write(bench.path("flatbench.bash"), &script).expect("a temporary folder");
    let bash = |command: &str| {
        let output = Command::new("bash").args(["--norc", "-c", command]).current_dir(bench.path("")).output();
        let output = output.expect("bash starts");
        assert!(output.status.success() && output.stderr.is_empty(), "{command}: {}", shown(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    bash("bash -n flatbench.bash");
    assert!(bash("source ./flatbench.bash; complete -p flatbench").contains("_flatbench"));
    // What is typed after `flatbench re` and after `flatbench run --li`.
    let completed = |words: &str, at: usize| {
        let typed = format!("COMP_WORDS=({words}); COMP_CWORD={at}");
        let last = words.split(' ').next_back().unwrap_or_default();
        let before = words.split(' ').rev().nth(1).unwrap_or_default();
        bash(&format!(
            "source ./flatbench.bash; {typed}; _flatbench flatbench {last} {before}; echo \"${{COMPREPLY[@]}}\""
        ))
    };
    assert_eq!(completed("flatbench re", 1).trim(), "report replay");
    assert_eq!(completed("flatbench run --libr", 2).trim(), "--libraries");
    assert!(!script.contains("__worker"), "what users do not type is not offered");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(said(&["completions", shell]).contains("export-instance"), "{shell}");
    }
    let refused = called(&["completions", "bahs"]);
    assert!(refused.status.code() == Some(2) && shown(&refused).contains("'bash'"), "{}", shown(&refused));
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    let folder = bench.path("share/man1");
    said(&["man", &text(&folder)]);
    let page =
        |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut pages = vec!["flatbench.1".to_owned()];
    for command in subcommands(&[]) {
        pages.push(format!("flatbench-{command}.1"));
        pages.extend(subcommands(&[&command]).iter().map(|inner| format!("flatbench-{command}-{inner}.1")));
    }
    assert!(pages.len() > 20 && pages.contains(&"flatbench-plugin-check.1".to_owned()), "{pages:?}");
    for name in &pages {
        assert!(page(name).contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(page("flatbench-run.1").contains("beside"));
    let all = std::fs::read_dir(&folder).expect("a folder").flatten();
    let hidden = all.filter(|entry| entry.file_name().to_string_lossy().contains("worker")).count();
    assert_eq!(hidden, 0);
    let refused = called(&["man", "/dev/null/man1"]);
    assert!(refused.status.code() == Some(4) && shown(&refused).contains("/dev/null/man1"), "{}", shown(&refused));
}

#[test]
fn a_near_miss_is_answered_with_the_nearest_name() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    let (shelf, suite) = (empty_shelf(), text(&bench.path("suite.toml")));
    let shelf = text(shelf.path());
    let misspelt = text(&bench.path("siute.toml"));
    for (arguments, meant) in [
        (vec!["reprot"], "'report'".to_owned()),
        (vec!["run", "quik"], "did you mean `quick`?".to_owned()),
        (vec!["run", &misspelt], format!("did you mean `{suite}`?")),
        (vec!["run", "quik.toml"], "did you mean `quick`?".to_owned()),
        (vec!["export-instance", &suite, "sensin", "--out", "x"], "did you mean `sensing`?".to_owned()),
        (vec!["run", "quick", "--optimizer", "trace-penality"], "did you mean `trace-penalty`?".to_owned()),
        (
            vec!["run", "quick", "--optimizer", "gd", "--family", "matrix-sensng"],
            "did you mean `matrix-sensing`?".to_owned(),
        ),
        (vec!["run", "quick", "--beside", "refrence"], "did you mean `reference`?".to_owned()),
        (vec!["verify", "refrence", "--libraries", &shelf], "did you mean the archive ".to_owned()),
        (vec!["compare", "refrence", "reference"], "did you mean the archive ".to_owned()),
        (vec!["list", "archive"], "'archives'".to_owned()),
    ] {
        let output = called(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", shown(&output));
        assert!(shown(&output).contains(&meant), "{arguments:?}: {}", shown(&output));
    }
}

#[test]
fn a_plan_says_what_is_swept() {
    let bench = Bench::new(include_str!("../../suites/sweep.toml"));
    let output = bench.run("out", &["--list"]);
    let listed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    for line in [
        "swept cases sensing: measurements 45 … 85 (5 values): 5 cases",
        "swept settings sam: radius 0.03 … 3.0 (7 values): 7 settings, all are evaluated",
        "swept settings sam-batch-1: radius 0.01 … 0.3 (7 values): 7 settings, all are evaluated",
        "0 tuning and 600 evaluation runs",
    ] {
        assert!(listed.lines().any(|own| own == line), "{line}: {listed}");
    }
}

#[test]
fn a_plan_is_short_and_has_every_run_where_it_is_asked_for() {
    let bench = Bench::new(&TWO_OPTIMIZERS.replace("seeds = 2", "seeds = 40"));
    let listed = |more: &[&str]| {
        let output = bench.run("out", more);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let short = listed(&["--list"]);
    assert!(short.lines().count() < 10, "{short}");
    let row = short.lines().find(|line| line.starts_with("sensing ")).expect("a line for the case");
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["sensing", "large", "0", "80", "50"], "{short}");
    assert!(short.contains("0 tuning and 80 evaluation runs") && short.contains("--list=runs"), "{short}");
    assert!(short.contains("\nabout 1 s with ") && short.contains("by what there is to compute"), "{short}");
    let runs = listed(&["--list=runs"]);
    assert_eq!(runs.lines().filter(|line| line.starts_with("evaluation ")).count(), 80, "{runs}");
    assert!(!bench.path("out").exists());
    // What is recorded tells what the rest may take.
    listed(&["--quiet", "--optimizer", "gd"]);
    let half = listed(&["--list", "--jobs", "3"]);
    assert!(half.contains("40 are recorded; the others take about 1 s with 3 workers, going by 40 records"), "{half}");
    listed(&["--quiet"]);
    assert!(listed(&["--list"]).contains("\n80 are recorded\n"));
}

#[test]
fn families_are_listed_with_what_their_parameters_may_be() {
    let families = said(&["list", "families"]);
    let (_, sensing) = families.split_once("matrix-sensing\n").expect("the family");
    for line in [
        "        measurements: a whole number from 1 to 100000000; required\n            Number of measurements.\n",
        "        noise: a number at least 0; default 0.0\n",
        "        truth_file: the path of a data file, as a string; may be left out\n",
    ] {
        assert!(sensing.contains(line), "{line}{families}");
    }
}

/// A session in a terminal of so many columns, on which `script` shows what a person sees.
fn at_terminal(bench: &Bench, columns: usize, term: &str, out: &str) -> String {
    let (program, suite) = (env!("CARGO_BIN_EXE_flatbench"), text(&bench.path("suite.toml")));
    let command = format!(
        "stty rows 24 cols {columns} && '{program}' run '{suite}' --no-build --out '{}'",
        text(&bench.path(out))
    );
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env("TERM", term).current_dir(support::root());
    let output = script.output().expect("script starts: it is a part of util-linux");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text without what moves the cursor and clears lines.
fn without_escapes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    first
        + &parts
            .map(|part| part.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).get(1..).unwrap_or(""))
            .collect::<String>()
}

#[test]
fn lines_fit_narrow_and_dumb_terminals() {
    let bench = Bench::new(TWO_OPTIMIZERS);
    // Cargo builds the plugins; what it says is its own.
    assert_eq!(bench.run("before", &["--list", "--quiet"]).status.code(), Some(0));
    let last = |text: &str| text.lines().rev().find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    for columns in [40, 80] {
        let seen = at_terminal(&bench, columns, "dumb", &format!("at-{columns}")).replace('\r', "");
        assert!(!seen.contains('\u{1b}'), "{seen:?}");
        for line in seen.lines().filter(|line| !line.starts_with("report: ")) {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("1/1 cases: sensing is done") || words.contains("1/1 case: sensing is done"), "{seen}");
        assert!(words.contains("least excess flatness on sensing, large start: "), "{seen}");
        assert!(words.contains("From a large start: "), "{seen}");
        assert!(last(&seen).ends_with("index.html"), "{seen}");
    }
    // Where a line can move, it stays one.
    let seen = at_terminal(&bench, 40, "xterm", "moving");
    let drawn = seen.split("\nsensing").next().unwrap_or_default();
    let mut lines = drawn.split(['\r', '\n']).map(without_escapes).filter(|line| line.contains("/4 "));
    assert!(lines.clone().any(|line| line.contains("0/1 case")), "{drawn:?}");
    assert!(lines.all(|line| line.chars().count() <= 40), "{drawn:?}");
    // A pipe has the same lines whatever the environment says of a terminal.
    let piped = |columns: &str, out: &str| {
        let output = bench.run_command(out).arg("--no-build").env("COLUMNS", columns).env("TERM", "xterm").output();
        let output = output.expect("flatbench starts");
        let table = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(!table.contains('\u{1b}') && !String::from_utf8_lossy(&output.stderr).contains('\u{1b}'));
        table.split("spent ").next().unwrap_or_default().to_owned()
    };
    let (narrow, wide) = (piped("20", "a"), piped("200", "b"));
    assert_eq!(narrow, wide);
    assert!(narrow.contains("\nFrom a large start: "), "{narrow}");
    let quiet = bench.run("c", &["--no-build", "--quiet"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", shown(&quiet));
}
