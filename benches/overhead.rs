//! What the harness adds to a step: the loop around it, the ledger, the plugin interface and, in a group, the changes of stack
//! or of thread.
//!
//! Whole runs over oracles that cost nothing, the time of a step as a record has it, less the time that the same plugin
//! takes for a step when it is called directly. Best of many short runs, in a group too. With `--test` once.
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod cases;
mod clock;
mod free;
mod free_problem;
mod plugin;

use std::collections::BTreeMap;
use std::path::PathBuf;

use cases::{instance, square};
use flatbench_instances::Instance;
use flatbench_plugin::host::{Block, Library, Seat, Status};
use flatbench_problems::{GroupRequest, Pass, Problem, Question};
use flatbench_records::protocol::{RunRequest, Tier};
use flatbench_records::{Init, References, RunResult, Value};
use flatbench_worker::{Lockstep, RunPlan, Silent, drive, drive_with};
use free::Free;
use free_problem::FreeProblem;

const STEPS: f64 = 1500.0;
const GROUP: usize = 16;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let test = arguments.iter().any(|argument| argument == "--test");
    let repeats = if test { 1 } else { 40 };
    println!(
        "nanoseconds per step        plugin   in a run   harness   in a group of {GROUP}   harness   on threads   harness"
    );
    for (name, d) in [("gd", 4), ("gd", 50), ("sgd", 4), ("sgd", 50)] {
        let library = plugin::open(name);
        let instance = free_instance(d);
        let mut directly = f64::INFINITY;
        let (mut alone, mut grouped, mut threads) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        for _ in 0..repeats {
            directly = directly.min(plugin_step(&library, &instance));
            alone = alone.min(run(&instance, &library, name));
            grouped = grouped.min(group(&instance, &library, name, Seat::Coroutine));
            threads = threads.min(group(&instance, &library, name, Seat::Thread));
        }
        println!(
            "{name:>4}, {:>5} parameters  {directly:>8.0} {alone:>10.0} {:>9.0} {grouped:>18.0} {:>9.0} {threads:>12.0} {:>9.0}",
            instance.start.len(),
            alone - directly,
            grouped - directly,
            threads - directly
        );
    }
    if !test {
        kernels();
    }
}

/// d × d, with few measurements, since none is looked at; measured at no cost.
fn free_instance(d: usize) -> Instance {
    let sizes = [("rows", d), ("cols", d), ("rank", 1), ("factor_rank", d), ("measurements", 20)];
    let problem = Box::new(FreeProblem(instance("matrix-sensing", &sizes)));
    let start = problem.initial_point(Init::Large, 1);
    Instance {
        problem,
        start,
        start_loss: 1.0,
        start_metrics: Default::default(),
        unit_lambda_max: Some(1.0),
        references: References::default(),
        seconds: 0.0,
        runs: 1,
    }
}

/// A step called without a harness.
fn plugin_step(library: &Library, instance: &Instance) -> f64 {
    let blocks: Vec<_> = instance.problem.blocks().iter().map(|b| Block::new(b.name.clone(), b.rows, b.cols)).collect();
    let mut values = plugin::defaults(library);
    if let Some((_, size)) = values.iter_mut().find(|(name, _)| name == "batch_size") {
        *size = flatbench_plugin::host::Value::Integer(1);
    }
    let mut optimizer = library.create(&values, &blocks, 1).expect("values in range");
    let mut w = instance.start.clone();
    optimizer.initialize(&mut w, &mut Free).expect("free oracles do not fail");
    let rate = clock::best(1, STEPS, || {
        for _ in 0..STEPS as usize {
            let status = optimizer.step(&mut w, &mut Free).expect("free oracles do not fail");
            assert_eq!(status, Status::Continue);
        }
    });
    1e9 / rate
}

fn request(optimizer: &str, index: usize) -> RunRequest {
    let mut hyperparameters = BTreeMap::from([("step_size".to_owned(), Value::Real(0.5))]);
    if optimizer == "sgd" {
        hyperparameters.insert("batch_size".to_owned(), Value::Integer(1));
        hyperparameters.insert("replacement".to_owned(), Value::Bool(false));
    }
    let (key, optimizer) = (index.to_string(), optimizer.to_owned());
    RunRequest { key, optimizer, library: PathBuf::new(), hyperparameters, stream_seed: 1 }
}

/// A budget of about [`STEPS`] steps: a mini-batch of one costs a twentieth of a gradient.
fn budget(optimizer: &str) -> f64 {
    if optimizer == "sgd" { STEPS / 20.0 } else { STEPS }
}

fn run(instance: &Instance, library: &Library, optimizer: &str) -> f64 {
    let plan = RunPlan::new(budget(optimizer), Tier::Cheap);
    let done = drive(instance, library, &request(optimizer, 0), &plan, &mut Silent);
    let (result, _) = done.expect("memory for a stack");
    1e9 * result.optimizer_seconds / result.steps as f64
}

/// A step in a group on such seats, by the clock of the run that was quickest.
fn group(instance: &Instance, library: &Library, optimizer: &str, seat: Seat) -> f64 {
    let problem = &*instance.problem;
    let requests: Vec<_> = (0..GROUP).map(|index| request(optimizer, index)).collect();
    let plan = &RunPlan::new(budget(optimizer), Tier::Cheap);
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(GROUP).expect("there is one"));
    let mut least = f64::INFINITY;
    let mut note = |result: RunResult| least = least.min(result.optimizer_seconds / result.steps as f64);
    for (index, request) in requests.iter().enumerate() {
        let ended = lockstep
            .admit(index, seat, move |evaluator, clock| {
                drive_with(instance, library, request, plan, evaluator, clock, &mut Silent).0
            })
            .expect("memory for a stack");
        if let Some(result) = ended {
            note(result);
        }
    }
    while !lockstep.is_empty() {
        lockstep.round(&mut |_, result| note(result));
    }
    1e9 * least
}

/// What the steps above come on top of.
fn kernels() {
    let problem = square("matrix-sensing", 50, 1000);
    let points: Vec<_> = (0..GROUP as u64).map(|seed| problem.initial_point(Init::Large, seed)).collect();
    let mut outs = points.clone();
    let mut evaluator = problem.evaluator();
    let alone = 1e9
        / clock::best(40, 1.0, || {
            evaluator.gradient(&points[0], &mut outs[0]);
        });
    let batch = 1e9
        / clock::best(200, 1.0, || {
            evaluator.answer(&points[0], Question::MinibatchGradient { batch: &[7], noise: None }, &mut outs[0]);
        });
    let mut group = problem.group_evaluator(GROUP).expect("dense");
    let mut requests: Vec<GroupRequest<'_>> =
        points.iter().zip(&mut outs).map(|(w, out)| GroupRequest { w, pass: Pass::Gradient, out, loss: 0.0 }).collect();
    let grouped = 1e9 / clock::best(40, GROUP as f64, || group.serve(&mut requests));
    println!(
        "matrix-sensing, d = 50, m = 1000: gradient alone {alone:.0}, in a group of {GROUP} {grouped:.0}, of one measurement {batch:.0}"
    );
}
