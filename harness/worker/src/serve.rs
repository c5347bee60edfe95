use std::collections::HashMap;
use std::io::{BufRead, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use flatbench_instances::{CaseError, Instance};
use flatbench_plugin::host::{Library, ProcessState, standard_control_words};
use flatbench_records::protocol::{Event, Job, JobFailure, VERSION};

use crate::beat;
use crate::desk::{Desk, Halt};
use crate::lockstep::Lockstep;
use crate::pipe::Pipe;

/// What a worker has across jobs.
pub(crate) struct Office {
    pub(crate) pipe: Arc<Pipe>,
    pub(crate) libraries: HashMap<PathBuf, Rc<Library>>,
    /// The process as it was before any plugin was loaded.
    pub(crate) untouched: ProcessState,
}

/// The worker's loop: reads jobs from standard input until it ends, and answers with events on what was standard output.
pub fn serve() -> ExitCode {
    standard_control_words();
    let pipe = match Pipe::claim() {
        Ok(pipe) => Arc::new(pipe),
        Err(error) => {
            return complain(&format!("cannot set its pipes apart: {error}"));
        }
    };
    let done = pipe.send(&Event::Ready { version: VERSION }).map_err(Halt::from).and_then(|()| {
        beat::start(pipe.clone());
        let mut office = Office { pipe, libraries: HashMap::new(), untouched: ProcessState::read() };
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let job: Job = serde_json::from_str(&line).map_err(std::io::Error::other)?;
            office.pipe.begin_job(&job.token);
            do_job(&job, &mut office)?;
        }
        Ok(())
    });
    match done {
        Ok(()) | Err(Halt::Changed) => ExitCode::SUCCESS,
        Err(Halt::Pipe(error)) => complain(&error.to_string()),
    }
}

/// Says why the worker ends, if anybody listens.
fn complain(reason: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "worker: {reason}");
    ExitCode::from(4)
}

fn do_job(job: &Job, office: &mut Office) -> Result<(), Halt> {
    if job.version != VERSION {
        let reason = format!("the supervisor speaks protocol {}, this worker {VERSION}", job.version);
        return Ok(office.pipe.send(&failed(job, JobFailure::Place, reason))?);
    }
    let instance = match beat::measure(|| Instance::draw(job)) {
        Ok(instance) => instance,
        Err(error) => return Ok(office.pipe.send(&failed(job, failure(&error), error.to_string()))?),
    };
    // Threads that a plugin of an earlier job left behind may have gone on; before any plugin all is the host's own doing.
    if office.libraries.is_empty() {
        office.untouched = ProcessState::read();
    }
    let changes = ProcessState::read().lasting_changes(&office.untouched, 0);
    if !changes.is_empty() {
        office.pipe.send(&Event::Changed { what: changes })?;
        return Err(Halt::Changed);
    }
    // Before any plugin is loaded for this job, so that none of them can have had a hand in it.
    let (dimensions, references) = (*instance.problem.dimensions(), Box::new(instance.references.clone()));
    office.pipe.send(&Event::Drawn { dimensions, references })?;
    let desk = Desk::new(job, &instance, office);
    // A run by itself needs no stack of its own.
    let group = if job.runs.len() > 1 { instance.problem.group_evaluator(job.runs.len()) } else { None };
    let done = match group {
        Some(group) => desk.side_by_side(Lockstep::new(&*instance.problem, group)),
        None => desk.one_by_one(),
    };
    match done? {
        None => Ok(office.pipe.send(&Event::JobDone { id: job.id })?),
        Some(reason) => Ok(office.pipe.send(&failed(job, JobFailure::Place, reason))?),
    }
}

fn failure(error: &CaseError) -> JobFailure {
    if error.is_of_the_place() { JobFailure::Place } else { JobFailure::Case }
}

fn failed(job: &Job, failure: JobFailure, reason: String) -> Event {
    Event::JobFailed { id: job.id, failure, reason }
}
