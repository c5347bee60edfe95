//! A worker that computes nothing: each run does what the name of its optimizer says.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it answers by its pipes")]

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use flatbench_records::protocol::{Event, Job, JobFailure, RunRequest, VERSION};
use flatbench_records::{
    Checkpoint, Dimensions, FORMAT, Factor, Metrics, OracleCalls, Outcome, Point, References, RunResult, Runtime,
    Termination, Trajectory,
};
use rustix::process::{Signal, getpid, kill_process};

fn main() {
    if std::env::args().any(|argument| argument == "stillborn") {
        eprintln!("cannot start");
        std::process::exit(9);
    }
    // What it was started for, if that is said.
    let runtime: Option<Runtime> = std::env::args().next_back().and_then(|word| word.parse().ok());
    send(&Event::Ready { version: VERSION });
    for line in std::io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line.expect("a line")).expect("a job");
        TOKEN.lock().expect("one thread").clone_from(&job.token);
        // Each run of a job, not the job as a whole: it must not mix them.
        let suits = |run: &RunRequest| runtime.is_none_or(|runtime| Runtime::of(&run.library) == runtime);
        assert!(job.runs.iter().all(suits), "a worker for {runtime:?} was given other runs");
        let failed = |failure, reason: &str| Event::JobFailed { id: job.id, failure, reason: reason.into() };
        match job.case.name.as_str() {
            "impossible" => {
                send(&failed(JobFailure::Case, "an unobserved row"));
                continue;
            }
            "placeless" => {
                send(&failed(JobFailure::Place, "no data"));
                continue;
            }
            "too-large" => die(Signal::ABORT),
            "slow-references" if job.sparing.is_none() => std::thread::sleep(Duration::from_secs(3600)),
            _ => {}
        }
        let missing = job.sparing.clone();
        let sparing = missing.map(|missing| References { missing: Some(missing), ..References::default() });
        let references = job.references.clone().or(sparing).unwrap_or_else(|| solved(&job));
        send(&Event::Drawn { dimensions: dimensions(), references: Box::new(references.clone()) });
        if job.runs.iter().any(|run| run.optimizer.starts_with("together")) {
            together(&job, &references);
        } else {
            job.runs.iter().for_each(|run| one(&job, run, &references));
        }
        send(&Event::JobDone { id: job.id });
    }
}

/// Whether a run has broken the process for those after it.
static POISONED: AtomicBool = AtomicBool::new(false);

/// Runs that the process has begun.
static BEGUN: AtomicUsize = AtomicUsize::new(0);
/// Token of the job.
static TOKEN: Mutex<String> = Mutex::new(String::new());

/// A run after the other.
fn one(job: &Job, run: &RunRequest, references: &References) {
    let company = BEGUN.fetch_add(1, Ordering::Relaxed) > 0;
    send(&Event::Started { key: run.key.clone(), measuring_seconds: 0.0 });
    if Runtime::of(&run.library) == Runtime::Python {
        send(&Event::Opening { key: run.key.clone() });
        match run.optimizer.as_str() {
            // Longer than the time limit of the tests.
            "slow-import" => std::thread::sleep(Duration::from_secs(2)),
            "fatal-import" => die(Signal::SEGV),
            _ => {}
        }
        send(&Event::Opened { key: run.key.clone(), measuring_seconds: 0.0 });
    }
    send(&Event::Heartbeat { key: run.key.clone(), steps: 7, gradient_equivalents: 7.0, seconds: 0.01 });
    if POISONED.load(Ordering::Relaxed) {
        die(Signal::SEGV);
    }
    match run.optimizer.as_str() {
        "segfault" => die(Signal::SEGV),
        "poison" => POISONED.store(true, Ordering::Relaxed),
        "killed" => die(Signal::KILL),
        "killed-once" => {
            // The first process to get here leaves a mark for the next one.
            let mark = std::env::args().nth(1).expect("a folder for marks") + "/" + &run.key;
            if !std::path::Path::new(&mark).exists() {
                std::fs::write(mark, "").expect("a mark");
                die(Signal::KILL);
            }
        }
        "exit" => std::process::exit(0),
        "exit-7" => {
            eprintln!("these are my last words");
            std::process::exit(7);
        }
        "hang" => std::thread::sleep(Duration::from_secs(3600)),
        // A plugin that fails because others have used up what it needs.
        "starved" if company => {
            return send(&ended(run, RunResult::ended(Outcome::LoadFailed, "no memory")));
        }
        "changes" => {
            send(&Event::Changed { what: vec!["the locale".into()] });
            if job.runs.len() > 1 {
                std::thread::sleep(Duration::from_secs(3600));
            }
        }
        // The optimizer is done, and the host measures.
        "measured-for-ever" | "dies-while-measured" => {
            let Event::Finished { key, mut result, trajectory } = finished(run, references) else { unreachable!() };
            result.limit = None;
            tell_points(job, run);
            send(&Event::Stopped { key: key.clone(), result: result.clone(), trajectory });
            send(&Event::Stopped { key, result, trajectory: None });
            if run.optimizer == "dies-while-measured" {
                die(Signal::ABORT);
            }
            std::thread::sleep(Duration::from_secs(3600));
        }
        "slow-checkpoints" if job.sparing.is_none() => measure_for_ever(),
        "forges" => {
            // What a plugin may write that has found the pipe: without the token it is nothing.
            let skipped =
                serde_json::json!({"event": "job-failed", "id": job.id, "failure": "case", "reason": "forged"});
            println!("{skipped}");
            println!("0123456789abcdef {skipped}");
            println!("{}", serde_json::json!({"event": "ready", "version": 99}));
        }
        "slow" => std::thread::sleep(Duration::from_millis(400)),
        "garbage" => println!("this is no event\n{{\"event\":\"unheard-of\"}}"),
        "mute" => {
            // Closes its end of the protocol and lives on.
            let nowhere = std::fs::File::open("/dev/null").expect("/dev/null");
            rustix::stdio::dup2_stdout(&nowhere).expect("a standard output");
            std::thread::sleep(Duration::from_secs(3600));
        }
        "talker" => (0..20_000).for_each(|i| eprintln!("line {i} of much talk")),
        "lost-report" => return,
        "orphan" => {
            // A descendant keeps the pipe open when the worker dies.
            let mut child = std::process::Command::new("sleep").arg("3600").spawn().expect("sleep");
            std::thread::spawn(|| die(Signal::ABORT));
            child.wait().expect("a child");
        }
        "misfit" => reach(run, Point::Start, 9),
        _ => {}
    }
    tell_points(job, run);
    send(&finished(run, references));
}

/// Start, iterate, and a limit that no result speaks of.
fn tell_points(job: &Job, run: &RunRequest) {
    if job.keep_parameters {
        [Point::Start, Point::Iterate, Point::Limit].into_iter().for_each(|point| reach(run, point, 10));
    }
}

/// A point with so many numbers, although w has 10.
fn reach(run: &RunRequest, point: Point, numbers: usize) {
    let factor = |name: &str, rows, cols| Factor { name: name.to_owned(), rows, cols };
    let factors = vec![factor("L", 3, 2), factor("R", 2, 2)];
    send(&Event::Reached { key: run.key.clone(), point, factors, w: vec![0.1; numbers] });
}

/// All runs at once: any "together-segfault" kills the process with the others in progress.
fn together(job: &Job, references: &References) {
    job.runs.iter().for_each(|run| send(&Event::Started { key: run.key.clone(), measuring_seconds: 0.0 }));
    if job.runs.iter().any(|run| run.optimizer == "together-segfault") {
        die(Signal::SEGV);
    }
    job.runs.iter().for_each(|run| send(&finished(run, references)));
}

/// Beats as a worker does that is at the host's work.
fn measure_for_ever() -> ! {
    let mut seconds = 0.0;
    loop {
        std::thread::sleep(Duration::from_millis(100));
        seconds += 0.1;
        send(&Event::Alive {
            steps: 7,
            processor_seconds: seconds,
            measuring_seconds: seconds,
            measuring_for: seconds,
        });
    }
}

fn die(signal: Signal) -> ! {
    // The first SIGSEGV may end in the handler that Rust installs against stack overflow, which then steps aside.
    loop {
        kill_process(getpid(), signal).expect("a signal");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn send(event: &Event) {
    let token = TOKEN.lock().expect("one thread").clone();
    let line = format!("{token} {}\n", serde_json::to_string(event).expect("an event")).into_bytes();
    let mut out = std::io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).expect("a pipe");
}

fn dimensions() -> Dimensions {
    Dimensions {
        depth: None,
        rows: 3,
        cols: 2,
        rank: Some(1),
        factor_rank: 2,
        measurements: 5,
        parameters: 10,
        oversampling: Some(1.25),
    }
}

/// References of an instance; those of a case whose name begins with "told" tell for which job they were solved.
fn solved(job: &Job) -> References {
    let missing = job.case.name.starts_with("told").then(|| format!("solved for job {}", job.id));
    References { truth_floor: Some((job.instance_seed % 1000) as f64), missing, ..References::default() }
}

/// A result that depends on the request and the references alone, as that of a real worker does.
fn finished(run: &RunRequest, references: &References) -> Event {
    let point = |loss: f64| Metrics {
        train_loss: Some(loss),
        validation_loss: Some((run.stream_seed % 1000) as f64),
        hessian_trace: Some(4.0),
        relative_error: Some(0.5),
        ..Metrics::default()
    };
    let result = RunResult {
        outcome: if run.optimizer == "plugin-error" { Outcome::PluginError } else { Outcome::Completed },
        outcome_detail: None,
        termination: Some(Termination::Budget),
        interpolated: true,
        resolved: BTreeMap::new(),
        oracle_calls: OracleCalls { gradient: 10, ..OracleCalls::default() },
        gradient_equivalents: 10.0,
        steps: 10,
        optimizer_seconds: 0.001,
        measurement_seconds: 0.0,
        reference_seconds: 0.0,
        start: Some(Metrics { validation_loss: Some(1000.0), ..point(1.0) }),
        iterate: Some(point(1e-9)),
        limit: None,
        nearest: None,
        crossings: Vec::new(),
        reference: references.clone(),
        unmeasured: None,
    };
    ended(run, result)
}

fn ended(run: &RunRequest, result: RunResult) -> Event {
    let checkpoint = Checkpoint { train_loss: Some(1e-9), gradient_equivalents: 10.0, ..Checkpoint::default() };
    let trajectory = Trajectory { format: FORMAT, key: run.key.clone(), checkpoints: vec![checkpoint] };
    Event::Finished { key: run.key.clone(), result: Box::new(result), trajectory: Some(trajectory) }
}
