//! Runs in company against runs alone, and what a round costs besides the kernels.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flatbench_plugin::host::{self, HostOracle, Seat};
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
    let case = Case { name: family.clone(), family, parameters, init: Init::Large, budget: 1.0, ..Case::default() };
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

/// What each of the members sits on.
type Seats = fn(usize) -> Seat;

const COROUTINES: Seats = |_| Seat::Coroutine;
const THREADS: Seats = |_| Seat::Thread;
const MIXED: Seats = |tag| if tag % 2 == 0 { Seat::Thread } else { Seat::Coroutine };

#[test]
fn company_changes_no_bit_and_an_end_disturbs_nobody() {
    for seats in [COROUTINES, THREADS, MIXED] {
        company_changes_no_bit(seats);
    }
}

fn company_changes_no_bit(seats: Seats) {
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
                if let Some(end) = lockstep.admit(tag, seats(tag), run).expect("a stack") {
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
    for seats in [COROUTINES, THREADS, MIXED] {
        a_clock_leaves_out_others(seats);
    }
}

fn a_clock_leaves_out_others(seats: Seats) {
    let problem = sensing();
    let problem = &*problem;
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(2).expect("dense"));
    let sleepy = |milliseconds: u64| {
        move |mut evaluator: Box<dyn Evaluator + '_>, clock: &super::RunClock| {
            for _ in 0..3 {
                std::thread::sleep(Duration::from_millis(milliseconds));
                wander(problem, 0, 1, &mut *evaluator);
            }
            clock.elapsed().as_secs_f64()
        }
    };
    assert!(lockstep.admit(0, seats(0), sleepy(0)).expect("a stack").is_none());
    assert!(lockstep.admit(1, seats(1), sleepy(60)).expect("a stack").is_none());
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
    for seats in [COROUTINES, THREADS, MIXED] {
        no_step_allocates(seats);
    }
}

fn no_step_allocates(seats: Seats) {
    let problem = sensing();
    let problem = &*problem;
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(4).expect("dense"));
    for tag in 0..3 {
        let run = move |evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
            let mut oracle = MeteredOracle::new(evaluator, 20, 1e9);
            let mut w = problem.initial_point(Init::Large, tag as u64);
            let (mut g, mut h) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            let noise = vec![0.1; 20];
            let mut before = 0;
            for step in 0..1000 {
                if step == 10 {
                    before = ALLOCATIONS.with(Cell::get);
                }
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
            assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0, "allocations in 990 steps, on the thread of the run");
        };
        assert!(lockstep.admit(tag, seats(tag), run).expect("a stack").is_none());
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

/// A run is on one thread from its begin to its end, which is not the worker's, and the thread is gone when the end is told.
#[test]
fn a_thread_belongs_to_its_run() {
    thread_local! {
        static OWN: OnExit = const { OnExit(Cell::new(None)) };
    }
    struct OnExit(Cell<Option<&'static AtomicUsize>>);
    impl Drop for OnExit {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_millis(20));
            if let Some(gone) = self.0.get() {
                gone.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
    static GONE: AtomicUsize = AtomicUsize::new(0);
    let problem = sensing();
    let problem = &*problem;
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(3).expect("dense"));
    for tag in 0..3 {
        let run = move |mut evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
            OWN.with(|own| own.0.set(Some(&GONE)));
            let id = std::thread::current().id();
            for _ in 0..5 + tag {
                wander(problem, 0, 1, &mut *evaluator);
                assert_eq!(std::thread::current().id(), id);
            }
            id
        };
        assert!(lockstep.admit(tag, Seat::Thread, run).expect("a thread").is_none());
    }
    let mut ids = vec![std::thread::current().id()];
    while !lockstep.is_empty() {
        lockstep.round(&mut |_, id| {
            ids.push(id);
            assert_eq!(GONE.load(Ordering::SeqCst), ids.len() - 1);
        });
    }
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 4);
}

/// As it does with coroutines: the caller finds the panic, and the other runs go on.
#[test]
fn a_panic_passes_through() {
    let problem = sensing();
    let problem = &*problem;
    for seats in [COROUTINES, THREADS] {
        let mut lockstep = Lockstep::new(problem, problem.group_evaluator(2).expect("dense"));
        let run = |steps: usize| {
            move |mut evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
                wander(problem, 0, steps, &mut *evaluator);
                assert!(steps != 1, "on purpose");
            }
        };
        assert!(lockstep.admit(0, seats(0), run(5)).expect("a stack").is_none());
        assert!(lockstep.admit(1, seats(1), run(1)).expect("a stack").is_none());
        let thrown = catch_unwind(AssertUnwindSafe(|| lockstep.round(&mut |_, ()| panic!("too early to end"))));
        assert_eq!(thrown.expect_err("a panic").downcast_ref::<&str>(), Some(&"on purpose"));
        let mut ended = 0;
        while !lockstep.is_empty() {
            lockstep.round(&mut |_, ()| ended += 1);
        }
        assert_eq!(ended, 1);
    }
}

/// What is on the stacks is never touched again; a thread does not outlive its process.
#[test]
fn an_unfinished_group_is_abandoned() {
    struct Loud;
    impl Drop for Loud {
        fn drop(&mut self) {
            panic!("a run was unwound");
        }
    }
    let problem = sensing();
    let problem = &*problem;
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(6).expect("dense"));
    for tag in 0..6 {
        let run = move |mut evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
            let _loud = Loud;
            wander(problem, 0, 9, &mut *evaluator);
        };
        assert!(lockstep.admit(tag, MIXED(tag), run).expect("a stack").is_none());
    }
    lockstep.round(&mut |_, ()| panic!("too early to end"));
    drop(lockstep);
}

/// Also where the thread that made it had changed them.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_thread_begins_with_the_standard_control_words() {
    let upward: u32 = 0x5f80;
    // SAFETY: a valid word, of this thread alone, which ends with the test.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const upward, options(nostack)) };
    let third = || std::hint::black_box(1.0) / std::hint::black_box(3.0);
    assert!(third() > 1.0 / 3.0);
    // SAFETY: there is nothing but numbers in it.
    assert_eq!(unsafe { Seat::Thread.hold(third) }.expect("a thread"), 1.0 / 3.0);
    host::standard_control_words();
}

/// Many runs at once and one after the other: each has the bits that it has alone.
#[test]
fn hundreds_of_threads_come_and_go() {
    let problem = sensing();
    let problem = &*problem;
    let alone: Vec<Vec<f64>> = (0..10).map(|i| wander(problem, i, 5 + i, &mut *problem.evaluator())).collect();
    let mut lockstep = Lockstep::new(problem, problem.group_evaluator(100).expect("dense"));
    let mut ended = 0;
    for tag in 0..300 {
        while !lockstep.has_room() {
            lockstep.round(&mut |tag, end| {
                assert_eq!(end, alone[tag % 10], "{tag}");
                ended += 1;
            });
        }
        let run = move |mut evaluator: Box<dyn Evaluator + '_>, _: &super::RunClock| {
            wander(problem, tag % 10, 5 + tag % 10, &mut *evaluator)
        };
        if let Some(end) = lockstep.admit(tag, Seat::Thread, run).expect("a thread") {
            assert_eq!(end, alone[tag % 10], "{tag}");
            ended += 1;
        }
    }
    while !lockstep.is_empty() {
        lockstep.round(&mut |tag, end| {
            assert_eq!(end, alone[tag % 10], "{tag}");
            ended += 1;
        });
    }
    assert_eq!(ended, 300);
}
