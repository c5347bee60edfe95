use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use flatbench_conformance::{Check, Event, Report, Value, check_each};
use flatbench_records::Runtime;
use flatbench_runner::plugins::{Child, End, build_at, watch};

use crate::output::{self, errln, outln};
use crate::plugins;
use crate::program::Program;
use crate::status::{Failure, SOME_FAILED};
use crate::workers::{default_memory, programs};

#[derive(Args)]
pub struct Arguments {
    /// A plugin crate, a C, C++ or Python file, a folder with such files, a library, or a folder of those
    path: PathBuf,
    /// Check at this value in place of a default, in absolute units (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<Assignment>,
    /// Seconds that the checks of one library may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = crate::quantity::seconds)]
    time_limit: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `NAME=VALUE`.
#[derive(Clone)]
struct Assignment {
    text: String,
    name: String,
    value: Value,
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as batch_size=4")?;
    let (name, value) = (name.trim(), value.trim());
    let value = match (value.parse(), value.parse(), value.parse::<f64>()) {
        (Ok(b), _, _) => Value::Bool(b),
        (_, Ok(n), _) => Value::Integer(n),
        // "nan" and "infinity" are words.
        (_, _, Ok(x)) if x.is_finite() => Value::Real(x),
        _ => Value::Text(value.to_owned()),
    };
    Ok(Assignment { text: text.to_owned(), name: name.to_owned(), value })
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (tree, interpreter) = (plugins::source_tree()?, Program::own().interpreter()?);
    let libraries = build_at(&arguments.path, tree.as_ref(), &interpreter, arguments.json).map_err(Failure::usage)?;
    let mut reports = Vec::new();
    for library in &libraries {
        let (report, child) = supervise(library, arguments)?;
        if !arguments.json {
            outln!("{report}{}", conclusion(&report));
            if !report.conforms() {
                printed(&child);
            }
        }
        reports.push(report);
    }
    if arguments.json {
        output::json(&reports)?;
    }
    let conform = reports.iter().all(Report::conforms);
    Ok(if conform { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) })
}

fn conclusion(report: &Report) -> String {
    let failed = report.checks.iter().filter(|check| check.remedy.is_some()).count();
    match failed {
        0 => "the plugin conforms".to_owned(),
        1 => "1 check failed".to_owned(),
        _ => format!("{failed} checks failed"),
    }
}

/// What the plugin printed: where another language keeps its tracebacks.
fn printed(child: &Child) {
    let text = child.printed();
    if !text.is_empty() {
        outln!("\nthe plugin printed\n{text}");
    }
}

/// Checks a library in a child process, which it may end or hang.
fn supervise(library: &Path, arguments: &Arguments) -> Result<(Report, Child), Failure> {
    let trouble = |what: &str, path: &Path| {
        let text = format!("cannot {what} {}", path.display());
        move |error| Failure::trouble(anyhow::Error::new(error).context(text))
    };
    let library = library.canonicalize().map_err(trouble("find", library))?;
    let folder = tempfile::tempdir().map_err(trouble("make a folder in", &std::env::temp_dir()))?;
    let events = folder.path().join("events.jsonl");
    File::create_new(&events).map_err(trouble("create", &events))?;
    let mut command = programs(default_memory())?.of(Runtime::of(&library)).command();
    command.arg("check").arg(&library).arg(&events);
    for assignment in &arguments.set {
        command.arg("--set").arg(&assignment.text);
    }
    let child = watch(&mut command, Duration::from_secs_f64(arguments.time_limit.min(1e9)))
        .map_err(trouble("check the plugin in a process of", Path::new("flatbench")))?;
    let mut report = Report::new(&library);
    // A line that the child did not live to finish tells nothing.
    let told = std::fs::read_to_string(&events).map_err(trouble("read", &events))?;
    told.lines().filter_map(|line| serde_json::from_str(line).ok()).for_each(|event| report.take(event));
    if !report.over {
        let check = cut_off(&report, &child, arguments.time_limit);
        report.take(Event::Ended(check));
    }
    Ok((report, child))
}

/// The check that the child did not come back from.
fn cut_off(report: &Report, child: &Child, limit: f64) -> Check {
    let name = report.under_way.as_deref().unwrap_or("stays alive");
    let words = child.last_words();
    let said = if words.is_empty() { String::new() } else { format!(", saying {words:?}") };
    let (what, remedy) = match &child.end {
        End::TimedOut => (
            format!("no end after {limit} s, so the process was killed"),
            "let every call return soon: bound the loops, do not sleep or wait; a slow plugin gets more with --time-limit",
        ),
        End::Status(status) => (
            format!("the plugin ended the process with status {status}{said}"),
            "do not call exit: return an error, which ends the run and not the process",
        ),
        End::Died(death) => (
            format!("the process was {death}{said}"),
            "find what crashes in this call: a bad pointer, an index out of range in unsafe code or C, endless recursion, an abort, \
             more memory than there is",
        ),
    };
    Check::failed(name, format!("{what}; the checks after it were not made"), remedy)
}

/// What the child does.
#[derive(Args)]
pub struct Inspection {
    library: PathBuf,
    /// Existing file that is told what happens
    events: PathBuf,
    #[arg(long, value_parser = assignment)]
    set: Vec<Assignment>,
}

/// Checks a library in this process.
pub fn inspect(inspection: &Inspection) -> ExitCode {
    let mut events = match OpenOptions::new().append(true).open(&inspection.events) {
        Ok(file) => file,
        Err(error) => {
            errln!("{}: {error}", inspection.events.display());
            return ExitCode::from(4);
        }
    };
    let overrides: Vec<_> = inspection.set.iter().map(|set| (set.name.clone(), set.value.clone())).collect();
    check_each(&inspection.library, &overrides, &mut |event| {
        // One call per line, so that a process that dies leaves whole lines; a line that is lost shows as a check not made.
        if let Ok(mut line) = serde_json::to_vec(&event) {
            line.push(b'\n');
            let _ = events.write_all(&line);
        }
    });
    ExitCode::SUCCESS
}
