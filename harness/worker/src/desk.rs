//! The runs of one job, from their announcement to their report.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use flatbench_instances::Instance;
use flatbench_plugin::host::{Library, LoadError, ProcessState};
use flatbench_records::protocol::{Event, Job, RunRequest};
use flatbench_records::{Outcome, Point, RunResult, Runtime, Trajectory};

use crate::beat;
use crate::drive::{Listener, Pulse, RunPlan, drive, drive_with};
use crate::lockstep::Lockstep;
use crate::plugins::factors;
use crate::serve::Office;

/// Descriptors that plugins may have open while others of them are not done.
const SPARE_DESCRIPTORS: usize = 16;

/// What a run that could not use its library says where the place is to blame. The texts are the system's, in its own language
/// since no locale is set.
const OF_THE_PLACE: [&str; 8] = [
    "Cannot allocate memory",
    "cannot allocate memory",
    "Too many open files",
    "Operation not permitted",
    "Permission denied",
    "No such file",
    "no such file",
    "Input/output error",
];

/// Why a worker does nothing more.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The supervisor is gone.
    Pipe(std::io::Error),
    /// A plugin has changed the process.
    Changed,
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Halt::Pipe(error)
    }
}

type Ending = (RunResult, Option<Trajectory>);
/// The job cannot be gone on with, for a reason of the place.
type Broken = Option<String>;

/// The runs of one job.
pub(crate) struct Desk<'a> {
    job: &'a Job,
    instance: &'a Instance,
    plan: RunPlan,
    /// Shared by the runs, which take turns.
    office: RefCell<&'a mut Office>,
    /// Runs that have begun and not ended.
    active: Cell<usize>,
    /// Whether a change of the process was told.
    told: Cell<bool>,
    /// Why a trajectory, or a point, did not get through, which is sent only once.
    lost: RefCell<Option<std::io::Error>>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(job: &'a Job, instance: &'a Instance, office: &'a mut Office) -> Self {
        let plan = RunPlan {
            budget: job.case.budget,
            tier: job.tier,
            measure: job.measure.clone(),
            measuring_limit: job.measuring_limit,
            sparing: job.sparing.clone(),
            keep_parameters: job.keep_parameters,
        };
        let (active, told, lost) = (Cell::new(0), Cell::new(false), RefCell::new(None));
        Desk { job, instance, plan, office: RefCell::new(office), active, told, lost }
    }

    pub(crate) fn one_by_one(&self) -> Result<Broken, Halt> {
        for request in &self.job.runs {
            let ending = match self.begin(request)? {
                Begun::Library(library) => match self.by_itself(request, &library) {
                    Ok(ending) => ending,
                    Err(error) => return Ok(Some(no_stack(&error))),
                },
                Begun::Failed(result) => (*result, Some(Trajectory::default())),
                Begun::Broken(reason) => return Ok(Some(reason)),
            };
            self.finish(request, ending)?;
        }
        Ok(None)
    }

    /// Keeps the group as large as it may be until no run is left.
    pub(crate) fn side_by_side<'b>(&'b self, mut lockstep: Lockstep<'b, Ending>) -> Result<Broken, Halt> {
        let mut pending = self.job.runs.iter().enumerate();
        loop {
            while lockstep.has_room()
                && let Some((index, request)) = pending.next()
            {
                let ending = match self.begin(request)? {
                    // The others wait as long: to hand over at every question would cost more than the company gains.
                    Begun::Library(library) if !lockstep.pays_for(library.seat()) => {
                        match self.by_itself(request, &library) {
                            Ok(ending) => Some(ending),
                            Err(error) => return Ok(Some(no_stack(&error))),
                        }
                    }
                    Begun::Library(library) => {
                        let seat = library.seat();
                        let run = move |evaluator: Box<dyn flatbench_problems::Evaluator + '_>, clock: &_| {
                            let teller = &mut Teller { desk: self, request };
                            drive_with(self.instance, &library, request, &self.plan, evaluator, clock, teller)
                        };
                        match lockstep.admit(index, seat, run) {
                            Ok(ending) => ending,
                            Err(error) => return Ok(Some(no_stack(&error))),
                        }
                    }
                    Begun::Failed(result) => Some((*result, Some(Trajectory::default()))),
                    Begun::Broken(reason) => return Ok(Some(reason)),
                };
                if let Some(ending) = ending {
                    self.finish(request, ending)?;
                }
            }
            if lockstep.is_empty() {
                return Ok(None);
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

    fn by_itself(&self, request: &RunRequest, library: &Library) -> std::io::Result<Ending> {
        drive(self.instance, library, request, &self.plan, &mut Teller { desk: self, request })
    }

    /// Announces a run and loads its library, whose constructors may do anything.
    fn begin(&self, request: &RunRequest) -> Result<Begun, Halt> {
        let mut office = self.office.borrow_mut();
        office.pipe.send(&Event::Started { key: request.key.clone(), measuring_seconds: beat::measured() })?;
        self.active.set(self.active.get() + 1);
        if let Some(library) = office.libraries.get(&request.library) {
            return Ok(Begun::Library(library.clone()));
        }
        let is_imported = Runtime::of(&request.library) == Runtime::Python;
        if is_imported {
            // What runs under way have changed is not to pass for what is imported now.
            drop(office);
            self.look_for_changes()?;
            office = self.office.borrow_mut();
            office.pipe.send(&Event::Opening { key: request.key.clone() })?;
        }
        let opened = Library::open(&request.library);
        if is_imported {
            office.untouched.settle(&ProcessState::read());
            office.pipe.send(&Event::Opened { key: request.key.clone(), measuring_seconds: beat::measured() })?;
        }
        let begun = match opened {
            Ok(library) => {
                let library = Rc::new(library);
                office.libraries.insert(request.library.clone(), library.clone());
                Begun::Library(library)
            }
            Err(error) => {
                let by_the_system = matches!(error, LoadError::Missing { .. } | LoadError::NotALibrary { .. });
                let reason = error.to_string();
                match by_the_system && OF_THE_PLACE.iter().any(|words| reason.contains(words)) {
                    true => Begun::Broken(reason),
                    false => Begun::Failed(Box::new(RunResult::ended(Outcome::LoadFailed, reason))),
                }
            }
        };
        drop(office);
        self.look_for_changes()?;
        Ok(begun)
    }

    /// Reports a run, if the process is as it was: what a plugin changed may have changed the numbers of every run that was under
    /// way.
    fn finish(&self, request: &RunRequest, (result, trajectory): Ending) -> Result<(), Halt> {
        self.active.set(self.active.get() - 1);
        self.look_for_changes()?;
        if let Some(error) = self.lost.take() {
            return Err(Halt::Pipe(error));
        }
        let key = request.key.clone();
        Ok(self.office.borrow().pipe.send(&Event::Finished { key, result: Box::new(result), trajectory })?)
    }

    /// Tells what has been changed. A job of a single run goes on: its plugin has harmed nobody else.
    fn look_for_changes(&self) -> Result<(), Halt> {
        let spare = if self.active.get() == 0 { 0 } else { SPARE_DESCRIPTORS };
        let office = self.office.borrow();
        let changes = ProcessState::read().lasting_changes(&office.untouched, spare);
        if changes.is_empty() || self.told.get() {
            return Ok(());
        }
        office.pipe.send(&Event::Changed { what: changes })?;
        self.told.set(true);
        if self.job.runs.len() > 1 { Err(Halt::Changed) } else { Ok(()) }
    }
}

fn no_stack(error: &std::io::Error) -> String {
    format!("no memory for the stack of a run: {error}")
}

/// How a run began.
enum Begun {
    Library(Rc<Library>),
    /// The plugin does not load.
    Failed(Box<RunResult>),
    /// Nothing would load here.
    Broken(String),
}

/// Passes on what a run says.
struct Teller<'a, 'b> {
    desk: &'a Desk<'b>,
    request: &'a RunRequest,
}

impl Listener for Teller<'_, '_> {
    fn pulse(&mut self, pulse: Pulse) {
        let Pulse { steps, gradient_equivalents, seconds } = pulse;
        let heartbeat = Event::Heartbeat { key: self.request.key.clone(), steps, gradient_equivalents, seconds };
        // A lost heartbeat does no harm; a broken pipe shows at the next event that matters.
        let _ = self.desk.office.borrow().pipe.send(&heartbeat);
    }

    fn reached(&mut self, point: Point, w: &[f64]) {
        let factors = factors(self.desk.instance.problem.blocks());
        let event = Event::Reached { key: self.request.key.clone(), point, factors, w: w.to_vec() };
        if let Err(error) = self.desk.office.borrow().pipe.send(&event) {
            self.desk.lost.replace(Some(error));
        }
    }

    fn stopped(&mut self, result: &RunResult, trajectory: Option<Trajectory>) {
        let (key, result) = (self.request.key.clone(), Box::new(result.clone()));
        if let Err(error) = self.desk.office.borrow().pipe.send(&Event::Stopped { key, result, trajectory }) {
            self.desk.lost.replace(Some(error));
        }
    }
}
