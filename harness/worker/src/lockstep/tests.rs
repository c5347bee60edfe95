//! Runs in company against runs alone, and what a round costs besides the kernels.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use flatbench_plugin::host::{self, HostOracle};
use flatbench_problems::{Evaluator, Problem, Question};
use flatbench_records::{Case, Init, Value};

use super::Lockstep;
use crate::oracle::MeteredOracle;

/// Counts what each thread allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is handed to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn sensing() -> Box<dyn Problem> {
    let sizes = [("rows", 6), ("cols", 5), ("rank", 1), ("factor_rank", 4), ("measurements", 20)];
    let parameters: BTreeMap<String, Value> =
        sizes.iter().map(|(name, n)| ((*name).to_owned(), Value::Integer(*n))).collect();
    let family = "matrix-sensing".to_owned();
    let case = Case { name: family.clone(), family, parameters, init: Init::Large, budget: 1.0 };
    flatbench_instances::draw(&case, 1, Path::new(".")).expect("a sound case")
}

/// What the runs of the test do: kind 0 takes gradients, 1 also curvature, 2 mini-batches only, 3 ends at once.
fn wander(problem: &dyn Problem, kind: usize, steps: usize, evaluator: &mut dyn Evaluator) -> Vec<f64> {
    let mut w = problem.initial_point(Init::Large, kind as u64);
    let (mut g, mut h) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    for step in 0..steps {
        match kind % 4 {
            0 => drop(evaluator.gradient(&w, &mut g)),
            1 => {
                evaluator.gradient(&w, &mut h);
                evaluator.hessian_vector(&w, &h, &mut g);
                g.iter_mut().zip(&h).for_each(|(g, h)| *g = h + 1e-3 * *g);
            }
            2 => {
                let batch = [step % 20, 3];
                evaluator.answer(&w, Question::MinibatchGradient { batch: &batch, noise: None }, &mut g);
            }
            _ => break,
        }
        w.iter_mut().zip(&g).for_each(|(w, g)| *w -= 1e-3 * g);
    }
    w
}

#[test]
fn company_changes_no_bit_and_an_end_disturbs_nobody() {
    let problem = sensing();
    let problem = &*problem;
    // Lengths differ, so runs leave the group one after another; one panics half-way as a plugin would.
    let plan: Vec<(usize, usize)> = (0..11).map(|i| (i, 10 + 7 * (i % 5))).collect();
    let alone: Vec<Vec<f64>> =
        plan.iter().map(|&(kind, steps)| wander(problem, kind, steps, &mut *problem.evaluator())).collect();
    for capacity in [2, 3, 11] {
        let mut found: Vec<Option<Vec<f64>>> = vec![None; plan.len()];
        let group = problem.group_evaluator(capacity).expect("dense");
        let mut lockstep = Lockstep::new(problem, group);
        let mut pending = plan.iter().enumerate();
        loop {
            while lockstep.has_room()
                && let Some((tag, &(kind, steps))) = pending.next()
            {
                let run = move |mut evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
                    if tag == 4 {
                        let thrown = catch_unwind(AssertUnwindSafe(|| {
                            wander(problem, kind, 5, &mut *evaluator);
                            std::panic::resume_unwind(Box::new("on purpose"));
                        }));
                        assert!(thrown.is_err());
                        return Vec::new();
                    }
                    wander(problem, kind, steps, &mut *evaluator)
                };
                if let Some(end) = lockstep.admit(tag, run).expect("a stack") {
                    found[tag] = Some(end);
                }
            }
            if lockstep.is_empty() {
                break;
            }
            lockstep.round(&mut |tag, end| found[tag] = Some(end));
        }
        for (tag, (found, alone)) in found.iter().zip(&alone).enumerate() {
            let expected = if tag == 4 { &Vec::new() } else { alone };
            assert_eq!(found.as_ref(), Some(expected), "run {tag} in groups of {capacity}");
        }
    }
}

#[test]
fn a_clock_leaves_out_the_time_of_others() {
    let problem = sensing();
    let problem = &*problem;
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(2).expect("dense"));
    let sleepy = |milliseconds: u64| {
        move |mut evaluator: Box<dyn Evaluator + '_>, clock: &super::RunClock| {
            for _ in 0..3 {
                std::thread::sleep(std::time::Duration::from_millis(milliseconds));
                wander(problem, 0, 1, &mut *evaluator);
            }
            clock.elapsed().as_secs_f64()
        }
    };
    assert!(lockstep.admit(0, sleepy(0)).expect("a stack").is_none());
    assert!(lockstep.admit(1, sleepy(60)).expect("a stack").is_none());
    let mut seconds = [0.0; 2];
    while !lockstep.is_empty() {
        lockstep.round(&mut |tag, end| seconds[tag] = end);
    }
    assert!(seconds[1] >= 0.18, "{seconds:?}");
    assert!(seconds[0] < 0.1, "{seconds:?}");
}

/// A step of each kind through the metered oracle, in a group: after the first rounds the host allocates nothing.
#[test]
fn steps_allocate_nothing() {
    let problem = sensing();
    let problem = &*problem;
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(4).expect("dense"));
    for tag in 0..3 {
        let run = move |evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
            let mut oracle = MeteredOracle::new(evaluator, 20, 1e9);
            let mut w = problem.initial_point(Init::Large, tag as u64);
            let (mut g, mut h) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            let noise = vec![0.1; 20];
            for _ in 0..1000 {
                oracle.answer(&w, host::Question::Gradient, &mut g).expect("in budget");
                let batch = host::Question::MinibatchGradient { batch: &[1, 2, 3], noise: None };
                let others = [
                    host::Question::PerturbedGradient(&noise),
                    host::Question::HessianVector(&g),
                    host::Question::TraceGradient,
                    batch,
                    host::Question::Loss,
                ];
                for question in others {
                    oracle.answer(&w, question, &mut h).expect("in budget");
                }
                w.iter_mut().zip(&g).for_each(|(w, g)| *w -= 1e-3 * g);
            }
        };
        assert!(lockstep.admit(tag, run).expect("a stack").is_none());
    }
    for _ in 0..10 {
        lockstep.round(&mut |_, ()| panic!("too early to end"));
    }
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..2900 {
        lockstep.round(&mut |_, ()| panic!("too early to end"));
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0, "allocations in 2900 rounds of three runs");
    while !lockstep.is_empty() {
        lockstep.round(&mut |_, ()| {});
    }
}
