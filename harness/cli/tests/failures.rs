//! A plugin that misbehaves costs its own run: one record that says what happened, and nothing else changes.
mod support;

use flatbench_records::{Outcome, Record, Termination};
use support::{Bench, flatbench, root, shown, timeless};

/// One way of misbehaving, and what has to come of it.
struct Row {
    misbehaviour: &'static str,
    outcome: Outcome,
    /// Where it matters.
    termination: Option<Termination>,
    /// Part of the record's detail, and of the reason in the report.
    reason: &'static str,
    /// The check of `flatbench plugin check` that fails; none for what does no harm to a run.
    check: Option<&'static str>,
}

const fn row(
    misbehaviour: &'static str,
    outcome: Outcome,
    termination: Option<Termination>,
    reason: &'static str,
    check: Option<&'static str>,
) -> Row {
    Row { misbehaviour, outcome, termination, reason, check }
}

use Outcome::{Completed, Crashed, Panicked, PluginError, TimedOut};
use Termination::{Budget, Converged, Diverged, Stalled};

const DETERMINISTIC: Option<&str> = Some("deterministic");
const PROCESS: Option<&str> = Some("process left as it was");
const FINITE: Option<&str> = Some("stays finite");
const BUDGET: Option<&str> = Some("respects the budget");
const CONVEX: Option<&str> = Some("progress, convex");

/// The expected outcome of every misbehaviour.
const EXPECTED: [Row; 24] = [
    // Caught inside the library.
    row("panic", Panicked, None, "panics on purpose", DETERMINISTIC),
    row("error", PluginError, None, "fails on purpose", DETERMINISTIC),
    row(
        "refuse-values",
        PluginError,
        None,
        "cannot make sense of its hyper-parameters",
        Some("made from its defaults"),
    ),
    row("oracle-after-step", Panicked, None, "answers only during a step", CONVEX),
    // Ends the process, which is replaced; the first check that runs the plugin is not come back from.
    row("abort", Crashed, None, "SIGABRT", PROCESS),
    row("segfault", Crashed, None, "SIGSEGV", PROCESS),
    row("stack-overflow", Crashed, None, "signal", PROCESS),
    row("exit-0", Crashed, None, "status 0", PROCESS),
    row("huge-allocation", Crashed, None, "SIGABRT", PROCESS),
    // Never comes back.
    row("endless-loop", TimedOut, None, "limit", PROCESS),
    row("sleep", TimedOut, None, "limit", PROCESS),
    // Seen by the host, which looks for itself.
    row("nan", Completed, Some(Diverged), "not finite", FINITE),
    row("infinity", Completed, Some(Diverged), "not finite", FINITE),
    row("exceed-budget", Completed, Some(Budget), "stopped inside a step", BUDGET),
    row("false-convergence", Completed, Some(Converged), "", Some("honest about converging")),
    row("idle", Completed, Some(Stalled), "without an oracle call", Some("progress, factorization")),
    // Does no harm, because a worker keeps its channels, its folder and its life to itself.
    row("flood-stdout", Completed, Some(Budget), "", None),
    row("flood-stderr", Completed, Some(Budget), "", None),
    row("threads", Completed, Some(Budget), "", None),
    // Changes what its process shares, which is then given up; checking the plugin shows it.
    row("signal-handler", Completed, Some(Budget), "", PROCESS),
    row("working-directory", Completed, Some(Budget), "", PROCESS),
    // Spoils its own numbers only; checking the plugin shows it.
    row("unseeded", Completed, Some(Budget), "", DETERMINISTIC),
    row("shared-state", Completed, Some(Budget), "", DETERMINISTIC),
    row("write-outside", PluginError, None, "outside of its parameters", Some("writes only to w")),
];

fn suite(with_hostile: bool) -> String {
    let mut text = String::from(
        r#"
name = "failures"
budget = 300
seeds = 1
time_limit = 2

[[case]]
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 50
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.01 }]
"#,
    );
    if with_hostile {
        for Row { misbehaviour, .. } in EXPECTED {
            text += &format!(
                "[[optimizer]]\nname = \"hostile-{misbehaviour}\"\nplugin = \"hostile\"\nsettings = [{{ misbehaviour = \"{misbehaviour}\" }}]\n"
            );
        }
    }
    text + "[[optimizer]]\nname = \"sgd\"\nsettings = [{ step_size = 0.001, batch_size = 4 }]\n"
}

fn hostile() -> String {
    root().join("harness/fixtures/hostile").to_str().expect("a readable path").to_owned()
}

/// The row of the report's list of failures for an optimizer.
fn listed(html: &str, optimizer: &str) -> Option<String> {
    let section = html.split("<section id=\"failures\"").nth(1)?.split("</section>").next()?;
    section.split("<tr").find(|row| row.contains(&format!("<td>{optimizer}</td>"))).map(str::to_owned)
}

#[test]
fn each_misbehaviour_is_one_honest_record_and_the_others_are_untouched() {
    let bench = Bench::new(&suite(true));
    let output = bench.run("out", &["--quiet", "--plugin", &hostile()]);
    assert_eq!(output.status.code(), Some(3), "some runs failed: {}", shown(&output));
    let records = bench.records("out");
    assert_eq!(records.len(), EXPECTED.len() + 2, "every planned run has one record");
    let html = std::fs::read_to_string(bench.path("out/index.html")).expect("a report");
    for Row { misbehaviour, outcome, termination, reason, .. } in EXPECTED {
        let name = format!("hostile-{misbehaviour}");
        let record = records.iter().find(|r| r.optimizer == name).expect("a record");
        assert_eq!(record.result.outcome, outcome, "{misbehaviour}: {:?}", record.result.outcome_detail);
        if termination.is_some() {
            assert_eq!(record.result.termination, termination, "{misbehaviour}");
        }
        let detail = record.result.outcome_detail.as_deref().unwrap_or_default();
        assert!(detail.contains(reason), "{misbehaviour}: {detail:?} does not say {reason:?}");
        assert!(!record.result.interpolated, "{misbehaviour}: what a plugin claims is not believed");
        let row = listed(&html, &name);
        if outcome != Completed || termination == Some(Diverged) {
            assert!(row.as_ref().is_some_and(|row| row.contains(reason)), "{misbehaviour}: the report says {row:?}");
        } else {
            assert_eq!(row, None, "{misbehaviour} is no failure");
        }
    }

    let alone = Bench::new(&suite(false));
    let output = alone.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let good = |records: Vec<Record>| -> Vec<Record> {
        records.into_iter().filter(|r| !r.optimizer.starts_with("hostile")).map(timeless).collect()
    };
    assert_eq!(good(bench.records("out")), good(alone.records("out")));
}

#[test]
fn checking_the_plugin_shows_what_is_wrong() {
    for Row { misbehaviour, outcome, check, .. } in EXPECTED {
        let limit = if outcome == TimedOut { "3" } else { "120" };
        let output = flatbench()
            .args([
                "plugin",
                "check",
                &hostile(),
                "--time-limit",
                limit,
                "--set",
                &format!("misbehaviour={misbehaviour}"),
            ])
            .output()
            .expect("flatbench starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let Some(check) = check else {
            assert_eq!(output.status.code(), Some(0), "{misbehaviour}: {}", shown(&output));
            continue;
        };
        assert_eq!(output.status.code(), Some(3), "{misbehaviour}: {}", shown(&output));
        let mut lines = said.lines();
        let failed = lines.any(|line| line.trim_start().starts_with(&format!("failed   {check}")));
        assert!(failed, "{misbehaviour} does not fail `{check}`: {said}");
        assert!(lines.next().is_some_and(|line| line.contains('→')), "{misbehaviour}: no remedy: {said}");
    }
}

#[test]
fn values_that_the_schema_does_not_allow_never_reach_the_plugin() {
    let bench = Bench::new(&suite(true).replace("misbehaviour = \"panic\"", "misbehaviour = \"nonsense\""));
    let output = bench.run("out", &["--quiet", "--plugin", &hostile()]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`misbehaviour` is \"nonsense\"") && said.contains("suite.toml"), "{said}");
    assert!(!bench.path("out").exists(), "nothing was run");
}
