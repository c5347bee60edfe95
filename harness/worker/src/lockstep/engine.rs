use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use flatbench_plugin::host::Seat;
use flatbench_problems::{Evaluator, GroupEvaluator, Problem};

use super::clock::RunClock;
use super::seat::SeatedEvaluator;
use super::stack::{Leave, Request, Stack, Stop};

/// Numbers in the measurements from which on a pass that is shared saves more than two handovers between threads cost.
const WORTH_A_HANDOVER: usize = 200_000;

/// Does `run` on a stack of the given kind, without company.
///
/// # Errors
/// No memory for a stack, or no thread to be had.
pub fn alone_on<T>(seat: Seat, run: impl FnOnce() -> T) -> std::io::Result<T> {
    if seat == Seat::Coroutine {
        // Which is content with the stack that there is.
        return Ok(run());
    }
    // SAFETY: the stack is left behind before this returns.
    let mut stack = unsafe { Stack::new(seat, |_: &dyn Leave| run()) }?;
    match stack.resume(f64::NAN) {
        Stop::Ended(end) => Ok(end),
        Stop::Waits(_) => unreachable!("it was given nothing to wait by"),
    }
}

/// A group of runs, each of which ends with a `T`.
///
/// Dropping it with unfinished runs abandons their stacks and what they own: plugins cannot be unwound.
pub struct Lockstep<'a, T> {
    problem: &'a dyn Problem,
    group: Box<dyn GroupEvaluator + 'a>,
    members: VecDeque<Member<T>>,
    /// What each member waits for.
    requests: Vec<Request>,
    /// What comes with the answers.
    losses: Vec<f64>,
}

struct Member<T> {
    tag: usize,
    stack: Stack<T>,
    clock: Rc<RunClock>,
}

impl<'a, T> Lockstep<'a, T> {
    /// An empty group over the instance that `group` evaluates.
    pub fn new(problem: &'a dyn Problem, group: Box<dyn GroupEvaluator + 'a>) -> Self {
        let capacity = group.capacity();
        Lockstep {
            problem,
            group,
            members: VecDeque::with_capacity(capacity),
            requests: Vec::with_capacity(capacity),
            losses: Vec::with_capacity(capacity),
        }
    }

    /// Whether another run would be served in the same pass.
    pub fn has_room(&self) -> bool {
        self.members.len() < self.group.capacity()
    }

    /// Whether a run on such a stack is done sooner in a group than by itself.
    pub fn pays_for(&self, seat: Seat) -> bool {
        let dimensions = self.problem.dimensions();
        let numbers = dimensions.measurements * dimensions.rows * dimensions.cols;
        seat == Seat::Coroutine || numbers >= WORTH_A_HANDOVER
    }

    /// Whether no run is left.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets a run begin on a stack of the given kind and go on until it waits for the group. Returns its end if it never does.
    ///
    /// `run` is given its evaluator and its clock; a panic in it passes through here or through [`Lockstep::round`].
    ///
    /// # Errors
    /// No memory for a stack, or no thread to be had.
    pub fn admit(
        &mut self,
        tag: usize,
        seat: Seat,
        run: impl FnOnce(Box<dyn Evaluator + '_>, &RunClock) -> T + 'a,
    ) -> std::io::Result<Option<T>> {
        let clock = Rc::new(RunClock::new());
        let (problem, own) = (self.problem, clock.clone());
        let body = move |stack: &dyn Leave| run(Box::new(SeatedEvaluator::new(problem.evaluator(), stack)), &own);
        // SAFETY: the closure borrows for 'a, which outlives this group, and only a group resumes its members.
        let stack = unsafe { Stack::new(seat, body) }?;
        let member = Member { tag, stack, clock };
        Ok(self.go_on(member, f64::NAN, Instant::now()).0)
    }

    /// Serves everyone, then lets each run go on until it waits again; tells which ended, and how.
    pub fn round(&mut self, ended: &mut dyn FnMut(usize, T)) {
        let begun = Instant::now();
        self.group.serve(&mut self.requests);
        self.losses.clear();
        self.losses.extend(self.requests.iter().map(|request| request.loss));
        // From here on the buffers belong to the runs again.
        self.requests.clear();
        let mut now = Instant::now();
        let share = (now - begun) / self.members.len().max(1) as u32;
        let waiting = self.members.len();
        for index in 0..waiting {
            // Members leave in front and come back behind, so that their order stays.
            #[expect(clippy::expect_used, reason = "as many are taken as were there, and none is taken elsewhere")]
            let member = self.members.pop_front().expect("one member per answer");
            member.clock.charge(share);
            let tag = member.tag;
            let (end, at) = self.go_on(member, self.losses[index], now);
            now = at;
            if let Some(end) = end {
                ended(tag, end);
                now = Instant::now();
            }
        }
    }

    /// Resumes one run; keeps it if it waits again. Also says when it stopped.
    fn go_on(&mut self, mut member: Member<T>, loss: f64, now: Instant) -> (Option<T>, Instant) {
        member.clock.resume(now);
        let result = member.stack.resume(loss);
        let at = Instant::now();
        member.clock.pause(at);
        match result {
            Stop::Waits(request) => {
                self.requests.push(request);
                self.members.push_back(member);
                (None, at)
            }
            Stop::Ended(end) => (Some(end), at),
        }
    }
}
