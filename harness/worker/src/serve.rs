use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use flatbench_plugin::host::Library;
use flatbench_records::protocol::{Event, Job, RunRequest, RunResult, VERSION};
use flatbench_records::{OracleCalls, Outcome, References, Trajectory};

use crate::cases::CaseError;
use crate::drive::drive;
use crate::instance::Instance;

/// The worker's loop: reads jobs from standard input until it ends, and answers with events.
///
/// Events go to what was standard output; standard output itself is joined to standard error first, so that nothing a
/// plugin prints can be mistaken for an event.
pub fn serve() -> ExitCode {
    let mut events = match claim_stdout() {
        Ok(pipe) => Events { pipe },
        Err(error) => {
            eprintln!("worker: cannot set its pipes apart: {error}");
            return ExitCode::from(4);
        }
    };
    let mut libraries = HashMap::new();
    let done = events.send(&Event::Ready { version: VERSION }).and_then(|()| {
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let job: Job = serde_json::from_str(&line).map_err(std::io::Error::other)?;
            do_job(&job, &mut libraries, &mut events)?;
        }
        Ok(())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::from(4)
        }
    }
}

fn do_job(job: &Job, libraries: &mut HashMap<PathBuf, Library>, events: &mut Events) -> std::io::Result<()> {
    if job.version != VERSION {
        let reason = format!("the supervisor speaks protocol {}, this worker {VERSION}", job.version);
        return events.send(&Event::JobFailed { id: job.id, skipped: false, reason });
    }
    let instance = match Instance::draw(job) {
        Ok(instance) => instance,
        Err(error) => {
            let skipped = matches!(error, CaseError::Draw(_));
            return events.send(&Event::JobFailed { id: job.id, skipped, reason: error.to_string() });
        }
    };
    events.send(&Event::Drawn { dimensions: *instance.problem.dimensions() })?;
    for request in &job.runs {
        events.send(&Event::Started { key: request.key.clone() })?;
        let (result, trajectory) = do_run(job, request, &instance, libraries, events);
        let key = request.key.clone();
        events.send(&Event::Finished { key, result: Box::new(result), trajectory })?;
    }
    events.send(&Event::JobDone { id: job.id })
}

fn do_run(
    job: &Job,
    request: &RunRequest,
    instance: &Instance,
    libraries: &mut HashMap<PathBuf, Library>,
    events: &mut Events,
) -> (RunResult, Trajectory) {
    if !libraries.contains_key(&request.library) {
        match Library::open(&request.library) {
            Ok(library) => drop(libraries.insert(request.library.clone(), library)),
            Err(error) => return (load_failed(error.to_string()), Trajectory::default()),
        }
    }
    let library = &libraries[&request.library];
    let mut pulse = |steps, gradient_equivalents| {
        let heartbeat = Event::Heartbeat { key: request.key.clone(), steps, gradient_equivalents };
        // A lost heartbeat does no harm; a broken pipe shows at the next event that matters.
        let _ = events.send(&heartbeat);
    };
    drive(instance, library, request, job.case.budget, job.tier, &mut pulse)
}

fn load_failed(reason: String) -> RunResult {
    RunResult {
        outcome: Outcome::LoadFailed,
        outcome_detail: Some(reason),
        termination: None,
        interpolated: false,
        resolved: Default::default(),
        oracle_calls: OracleCalls::default(),
        gradient_equivalents: 0.0,
        steps: 0,
        optimizer_seconds: 0.0,
        measurement_seconds: 0.0,
        start: None,
        iterate: None,
        limit: None,
        reference: References::default(),
    }
}

struct Events {
    pipe: File,
}

impl Events {
    /// Writes one event as one line in one call, so that a worker that dies leaves whole lines.
    fn send(&mut self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.pipe.write_all(&line)
    }
}

fn claim_stdout() -> std::io::Result<File> {
    let pipe = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(pipe))
}
