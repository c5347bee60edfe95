use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};
use flatbench_problems::{Evaluator, GroupEvaluator, GroupRequest, Problem};

use super::clock::RunClock;
use super::seat::Seat;

/// Bytes of a run's stack, as much as the main thread of a process usually has. Only what is used becomes memory; the page
/// below faults.
const STACK: usize = 8 << 20;

/// A group of runs, each of which ends with a `T`.
///
/// Dropping it with unfinished runs abandons their stacks and what they own: plugins cannot be unwound.
pub struct Lockstep<'a, T> {
    problem: &'a dyn Problem,
    group: Box<dyn GroupEvaluator + 'a>,
    members: VecDeque<Member<T>>,
    /// What each member waits for.
    requests: Vec<GroupRequest<'static>>,
    /// What comes with the answers.
    losses: Vec<f64>,
}

struct Member<T> {
    tag: usize,
    run: Coroutine<f64, GroupRequest<'static>, T>,
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

    /// Whether no run is left.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets a run begin and go on until it waits for the group. Returns its end if it never does.
    ///
    /// `run` is given its evaluator and its clock; a panic in it passes through here or through [`Lockstep::round`].
    ///
    /// # Errors
    /// No memory for a stack.
    pub fn admit(
        &mut self,
        tag: usize,
        run: impl FnOnce(Box<dyn Evaluator + '_>, &RunClock) -> T + 'a,
    ) -> std::io::Result<Option<T>> {
        let clock = Rc::new(RunClock::new());
        let (problem, own) = (self.problem, clock.clone());
        let body = move |yielder: &corosensei::Yielder<f64, GroupRequest<'static>>, _: f64| {
            run(Box::new(Seat::new(problem.evaluator(), yielder)), &own)
        };
        // SAFETY: the closure borrows for 'a, which outlives this group; a group that is dropped early forgets its
        // members, whose stacks are never entered again.
        let run = unsafe { Coroutine::with_stack_unchecked(DefaultStack::new(STACK)?, body) };
        let member = Member { tag, run, clock };
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
        let result = member.run.resume(loss);
        let at = Instant::now();
        member.clock.pause(at);
        match result {
            CoroutineResult::Yield(request) => {
                self.requests.push(request);
                self.members.push_back(member);
                (None, at)
            }
            CoroutineResult::Return(end) => (Some(end), at),
        }
    }
}

impl<T> Drop for Lockstep<'_, T> {
    fn drop(&mut self) {
        for member in self.members.drain(..) {
            std::mem::forget(member.run);
        }
    }
}
