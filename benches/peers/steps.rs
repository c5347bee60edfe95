//! Times steps of optimizers on an exported instance, the way runs take them: the shipped plugins, loaded as libraries,
//! behind the metered oracle; several runs in lockstep, one run by itself.
//!
//!     peer-steps FOLDER LIBRARIES
//!
//! FOLDER is what `flatbench export-instance` wrote, LIBRARIES where the plugins were built. Answers one JSON line when the
//! instance is drawn, then one for each of the requests it reads from standard input.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;

use flatbench_instances::lambda_max;
use flatbench_plugin::host::{self, Block, Library, OptimizerInstance, Seat};
use flatbench_problems::{Evaluator, Problem, draw, instruction_set};
use flatbench_records::{Case, Init, Value};
use flatbench_worker::{Lockstep, MeteredOracle};
use recording::Recording;
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use serde_json::json;

#[path = "recording.rs"]
mod recording;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The part of `instance.json` that decides an instance.
#[derive(Deserialize)]
struct Exported {
    case: String,
    family: String,
    parameters: BTreeMap<String, Value>,
    init: Init,
    instance_seed: u64,
    init_seed: u64,
}

/// What is to be timed.
#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
enum Request {
    /// Steps of one run for each step size.
    Steps { optimizer: String, step_sizes: Vec<f64>, batch_size: Option<i64>, steps: usize },
    /// The same without timing, one run, its batches written to a file of 64-bit numbers.
    Batches { step_size: f64, batch_size: i64, steps: usize, file: PathBuf },
    /// Gradients at the start, straight from the kernel.
    Gradients { runs: usize, repeats: usize },
    /// The exact Hessian trace at the start.
    Trace { repeats: usize },
}

struct Bench {
    problem: Box<dyn Problem>,
    start: Vec<f64>,
    libraries: PathBuf,
}

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, libraries] = arguments.as_slice() else { return Err("usage: peer-steps FOLDER LIBRARIES".into()) };
    let exported: Exported = serde_json::from_slice(&fs::read(folder.join("instance.json"))?)?;
    let Exported { case: name, family, parameters, init, instance_seed, init_seed } = exported;
    let problem = draw(&Case { name, family, parameters, init, budget: 1.0, ..Case::default() }, instance_seed, None)?;
    let start = problem.initial_point(init, init_seed);
    let mut evaluator = problem.evaluator();
    let (loss, lambda_max) = (evaluator.loss(&start), lambda_max(&mut *evaluator, &start).value);
    drop(evaluator);
    answer(&json!({ "loss": loss, "lambda_max": lambda_max, "instruction_set": instruction_set().name() }))?;
    let bench = Bench { problem, start, libraries: libraries.clone() };
    for line in std::io::stdin().lock().lines() {
        answer(&bench.answer(serde_json::from_str(&line?)?)?)?;
    }
    Ok(())
}

/// Time that this process has spent computing: what else the machine does hardly shows in it.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn answer(value: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

impl Bench {
    fn answer(&self, request: Request) -> Outcome<serde_json::Value> {
        match request {
            Request::Steps { optimizer, step_sizes, batch_size, steps } => {
                let library = self.library(&optimizer)?;
                let mut optimizers = Vec::new();
                for step_size in step_sizes {
                    optimizers.push(self.create(&library, step_size, batch_size)?);
                }
                let begun = cpu_time();
                let ends = match optimizers.len() {
                    // A run by itself needs no stack of its own.
                    1 => vec![self.run(optimizers.remove(0), self.problem.evaluator(), steps)],
                    _ => self.side_by_side(optimizers, steps)?,
                };
                let seconds = (cpu_time() - begun).as_secs_f64();
                let mut evaluator = self.problem.evaluator();
                let losses: Vec<f64> = ends.iter().map(|w| evaluator.loss(w)).collect();
                Ok(json!({ "seconds": seconds, "losses": losses }))
            }
            Request::Batches { step_size, batch_size, steps, file } => {
                let mut optimizer = self.create(&self.library("sgd")?, step_size, Some(batch_size))?;
                let mut oracle = Recording::new(self.oracle(self.problem.evaluator()));
                let mut w = self.start.clone();
                optimizer.initialize(&mut w, &mut oracle)?;
                for _ in 0..steps {
                    optimizer.step(&mut w, &mut oracle)?;
                }
                fs::write(file, oracle.batches())?;
                Ok(json!({ "losses": [self.problem.evaluator().loss(&w)] }))
            }
            Request::Gradients { runs, repeats } => Ok(json!({ "seconds": self.gradients(runs, repeats) })),
            Request::Trace { repeats } => {
                let mut evaluator = self.problem.evaluator();
                let (begun, mut trace) = (cpu_time(), 0.0);
                for _ in 0..repeats {
                    trace = evaluator.hessian_trace(std::hint::black_box(&self.start));
                }
                Ok(json!({ "seconds": (cpu_time() - begun).as_secs_f64(), "trace": trace }))
            }
        }
    }

    fn library(&self, optimizer: &str) -> Outcome<Library> {
        let stem = format!("flatbench_{}", optimizer.replace('-', "_"));
        let name = format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let path = self.libraries.join(name);
        Library::open(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn create(&self, library: &Library, step_size: f64, batch_size: Option<i64>) -> Outcome<OptimizerInstance> {
        let given = |name: &str| match name {
            "step_size" => Some(host::Value::Real(step_size)),
            "batch_size" => batch_size.map(host::Value::Integer),
            _ => None,
        };
        let values: Vec<_> = library
            .description()
            .hyperparameters
            .iter()
            .map(|parameter| (parameter.name.clone(), given(&parameter.name).unwrap_or(parameter.default.clone())))
            .collect();
        let blocks: Vec<Block> =
            self.problem.blocks().iter().map(|block| Block::new(block.name.clone(), block.rows, block.cols)).collect();
        Ok(library.create(&values, &blocks, 1)?)
    }

    fn oracle<'a>(&self, evaluator: Box<dyn Evaluator + 'a>) -> MeteredOracle<'a> {
        MeteredOracle::new(evaluator, self.problem.dimensions().measurements, 1e15)
    }

    /// Where the run ends after so many steps.
    fn run<'a>(&self, mut optimizer: OptimizerInstance, evaluator: Box<dyn Evaluator + 'a>, steps: usize) -> Vec<f64> {
        let mut oracle = self.oracle(evaluator);
        let mut w = self.start.clone();
        optimizer.initialize(&mut w, &mut oracle).expect("the shipped plugins begin anywhere");
        for _ in 0..steps {
            optimizer.step(&mut w, &mut oracle).expect("the budget is beyond reach");
        }
        w
    }

    fn side_by_side(&self, optimizers: Vec<OptimizerInstance>, steps: usize) -> Outcome<Vec<Vec<f64>>> {
        let runs = optimizers.len();
        let Some(group) = self.problem.group_evaluator(runs) else {
            let alone = |optimizer| self.run(optimizer, self.problem.evaluator(), steps);
            return Ok(optimizers.into_iter().map(alone).collect());
        };
        let mut lockstep = Lockstep::new(&*self.problem, group);
        let mut ends = vec![Vec::new(); runs];
        let mut pending = optimizers.into_iter().enumerate();
        loop {
            while lockstep.has_room()
                && let Some((tag, optimizer)) = pending.next()
            {
                lockstep.admit(tag, Seat::Coroutine, move |evaluator, _| self.run(optimizer, evaluator, steps))?;
            }
            if lockstep.is_empty() {
                return Ok(ends);
            }
            lockstep.round(&mut |tag, end| ends[tag] = end);
        }
    }

    fn gradients(&self, runs: usize, repeats: usize) -> f64 {
        use flatbench_problems::{GroupRequest, Pass};
        let points = vec![self.start.clone(); runs];
        let mut outs = points.clone();
        let group = if runs > 1 { self.problem.group_evaluator(runs) } else { None };
        let mut alone = self.problem.evaluator();
        match group {
            Some(mut group) => {
                let mut requests: Vec<GroupRequest<'_>> = points
                    .iter()
                    .zip(&mut outs)
                    .map(|(w, out)| GroupRequest { w, pass: Pass::Gradient, out, loss: 0.0 })
                    .collect();
                let begun = cpu_time();
                (0..repeats).for_each(|_| group.serve(&mut requests));
                (cpu_time() - begun).as_secs_f64()
            }
            None => {
                let begun = cpu_time();
                for _ in 0..repeats {
                    for (w, out) in points.iter().zip(&mut outs) {
                        alone.gradient(w, out);
                    }
                }
                (cpu_time() - begun).as_secs_f64()
            }
        }
    }
}
