use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use flatbench_plugin::host::Library;
use flatbench_records::protocol::{Event, Job, RunRequest, VERSION};
use flatbench_records::{Outcome, RunResult, Trajectory};

use crate::beat;
use crate::drive::{Pulse, drive, drive_with};
use crate::lockstep::Lockstep;
use flatbench_instances::CaseError;
use flatbench_instances::Instance;

/// The worker's loop: reads jobs from standard input until it ends, and answers with events.
///
/// Events go to what was standard output; standard output itself is joined to standard error first, so that nothing a
/// plugin prints can be mistaken for an event.
pub fn serve() -> ExitCode {
    let mut events = match claim_stdout() {
        Ok(pipe) => Events { pipe: Arc::new(Mutex::new(pipe)) },
        Err(error) => {
            return complain(&format!("cannot set its pipes apart: {error}"));
        }
    };
    let mut libraries = HashMap::new();
    let done = events.send(&Event::Ready { version: VERSION }).and_then(|()| {
        beat::start(events.pipe.clone());
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let job: Job = serde_json::from_str(&line).map_err(std::io::Error::other)?;
            do_job(&job, &mut libraries, &mut events)?;
        }
        Ok(())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error.to_string()),
    }
}

/// Says why the worker ends, if anybody listens.
fn complain(reason: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "worker: {reason}");
    ExitCode::from(4)
}

fn do_job(job: &Job, libraries: &mut Libraries, events: &mut Events) -> std::io::Result<()> {
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
    // Before any plugin is loaded for this job, so that none of them can have had a hand in it.
    let (dimensions, references) = (*instance.problem.dimensions(), Box::new(instance.references.clone()));
    events.send(&Event::Drawn { dimensions, references })?;
    let desk = Desk { job, instance: &instance, events: RefCell::new(&mut *events) };
    // A run by itself needs no stack of its own.
    let group = if job.runs.len() > 1 { instance.problem.group_evaluator(job.runs.len()) } else { None };
    match group {
        Some(group) => desk.side_by_side(Lockstep::new(&*instance.problem, group), libraries)?,
        None => desk.one_by_one(libraries)?,
    }
    events.send(&Event::JobDone { id: job.id })
}

type Libraries = HashMap<PathBuf, Rc<Library>>;
type Ending = (RunResult, Trajectory);

/// The runs of one job.
struct Desk<'a> {
    job: &'a Job,
    instance: &'a Instance,
    /// Shared by the runs, which take turns.
    events: RefCell<&'a mut Events>,
}

impl Desk<'_> {
    fn one_by_one(&self, libraries: &mut Libraries) -> std::io::Result<()> {
        for request in &self.job.runs {
            let ending = match self.begin(request, libraries)? {
                Ok(library) => {
                    let (budget, tier) = (self.job.case.budget, self.job.tier);
                    drive(self.instance, &library, request, budget, tier, &mut |pulse| self.pulse(request, pulse))
                }
                Err(ending) => *ending,
            };
            self.finish(request, ending)?;
        }
        Ok(())
    }

    /// Keeps the group as large as it may be until no run is left.
    fn side_by_side<'a>(
        &'a self,
        mut lockstep: Lockstep<'a, Ending>,
        libraries: &mut Libraries,
    ) -> std::io::Result<()> {
        let mut pending = self.job.runs.iter().enumerate();
        loop {
            while lockstep.has_room()
                && let Some((index, request)) = pending.next()
            {
                let ending = match self.begin(request, libraries)? {
                    Ok(library) => lockstep.admit(index, move |evaluator, clock| {
                        let (budget, tier) = (self.job.case.budget, self.job.tier);
                        let pulse = &mut |pulse| self.pulse(request, pulse);
                        drive_with(self.instance, &library, request, budget, tier, evaluator, clock, pulse)
                    })?,
                    Err(ending) => Some(*ending),
                };
                if let Some(ending) = ending {
                    self.finish(request, ending)?;
                }
            }
            if lockstep.is_empty() {
                return Ok(());
            }
            let mut sent = Ok(());
            lockstep.round(&mut |index, ending| {
                if sent.is_ok() {
                    sent = self.finish(&self.job.runs[index], ending);
                }
            });
            sent?;
        }
    }

    /// Announces a run and loads its library, or says how the run ended because it could not.
    fn begin(
        &self,
        request: &RunRequest,
        libraries: &mut Libraries,
    ) -> std::io::Result<Result<Rc<Library>, Box<Ending>>> {
        self.events.borrow_mut().send(&Event::Started { key: request.key.clone() })?;
        if let Some(library) = libraries.get(&request.library) {
            return Ok(Ok(library.clone()));
        }
        Ok(match Library::open(&request.library) {
            Ok(library) => Ok(libraries.entry(request.library.clone()).or_insert(Rc::new(library)).clone()),
            Err(error) => {
                let result = RunResult::ended(Outcome::LoadFailed, error.to_string());
                Err(Box::new((result, Trajectory::default())))
            }
        })
    }

    fn pulse(&self, request: &RunRequest, pulse: Pulse) {
        let Pulse { steps, gradient_equivalents, seconds } = pulse;
        let heartbeat = Event::Heartbeat { key: request.key.clone(), steps, gradient_equivalents, seconds };
        // A lost heartbeat does no harm; a broken pipe shows at the next event that matters.
        let _ = self.events.borrow_mut().send(&heartbeat);
    }

    fn finish(&self, request: &RunRequest, (result, trajectory): Ending) -> std::io::Result<()> {
        let key = request.key.clone();
        self.events.borrow_mut().send(&Event::Finished { key, result: Box::new(result), trajectory })
    }
}

struct Events {
    /// Shared with the thread that sends beats: a line is written whole.
    pipe: Arc<Mutex<File>>,
}

impl Events {
    /// Writes one event as one line in one call, so that a worker that dies leaves whole lines.
    fn send(&mut self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

fn claim_stdout() -> std::io::Result<File> {
    let pipe = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(pipe))
}
