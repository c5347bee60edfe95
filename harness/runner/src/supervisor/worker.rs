use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::time::{Duration, Instant};

use super::Settings;
use super::tail::Tail;
use super::vitals::Vitals;
use crate::household::{Household, secret};
use flatbench_records::Runtime;
use flatbench_records::protocol::{Event, Job};
use rustix::process::Signal;

/// Longest line of the protocol; a worker that writes a longer one has lost its mind.
const LONGEST_LINE: u64 = 256 << 20;
/// How long a process may take to be gone once its pipe has closed, or to close its pipe once it is gone.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// What a worker's pipe brings.
pub(super) enum Message {
    Line(Line),
    /// No more lines.
    Closed,
    /// A pipe cannot be read or written, and why: nothing that the worker did.
    Unreachable(String),
}

pub(super) enum Line {
    Event {
        /// What stood before it.
        token: String,
        event: Event,
    },
    /// A line that is no event.
    Garbage(String),
}

/// A worker process. Dropping it kills and reaps it with all its descendants.
pub(super) struct Worker {
    child: Child,
    /// Of the jobs that it may be given.
    pub(super) runtime: Runtime,
    household: Household,
    /// Of the jobs that it was given; the last one counts for all but beats.
    tokens: Vec<String>,
    jobs: Option<Sender<String>>,
    pub(super) output: Tail,
    /// Messages that were read from its pipe and not dealt with.
    pending: Arc<AtomicUsize>,
    /// Ready to be given jobs.
    pub(super) ready: bool,
    /// Whether it was ever given a job.
    pub(super) used: bool,
    /// Whether it is given no more.
    pub(super) spent: bool,
    pub(super) vitals: Vitals,
    pub(super) spawned: Instant,
    /// When it was first seen dead.
    gone: Option<Instant>,
}

impl Worker {
    /// Starts a worker for jobs of a runtime, whose messages arrive as `(id, message)`.
    pub(super) fn spawn(
        settings: &Settings,
        runtime: Runtime,
        id: u64,
        to: SyncSender<(u64, Message)>,
    ) -> std::io::Result<Self> {
        let household = Household::new();
        let mut command = settings.programs.of(runtime).command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Where memory is refused, writing a backtrace asks for more, and the standard library then waits for itself.
        command.env("RUST_BACKTRACE", "0");
        let child = household.spawn(&mut command)?;
        let mut worker = Worker {
            child,
            runtime,
            household,
            tokens: Vec::new(),
            jobs: None,
            output: Tail::default(),
            pending: Arc::default(),
            ready: false,
            used: false,
            spent: false,
            vitals: Vitals::default(),
            spawned: Instant::now(),
            gone: None,
        };
        // Where the system refuses a thread, the worker is dropped, and so killed.
        if let Some(stderr) = worker.child.stderr.take() {
            worker.output = Tail::follow(stderr)?;
        }
        if let Some(stdout) = worker.child.stdout.take() {
            let (pending, to) = (worker.pending.clone(), to.clone());
            std::thread::Builder::new().spawn(move || read_events(stdout, id, &pending, &to))?;
        }
        if let Some(stdin) = worker.child.stdin.take() {
            let pending = worker.pending.clone();
            let complain = move |error: Error| {
                pending.fetch_add(1, Ordering::Relaxed);
                let _ = to.send((id, Message::Unreachable(error.to_string())));
            };
            worker.jobs = Some(write_on_thread(stdin, complain)?);
        }
        Ok(worker)
    }

    /// One of its messages is dealt with.
    pub(super) fn message_taken(&self) {
        self.pending.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether all that it said is dealt with, so that its silence means something.
    pub(super) fn is_heard_out(&self) -> bool {
        self.pending.load(Ordering::Relaxed) == 0
    }

    /// Whether it can have said that: an event about a job has the job's token in front, which is told to no plugin.
    pub(super) fn has_said(&self, token: &str, event: &Event, busy: bool) -> bool {
        match event {
            Event::Ready { .. } => !self.ready && token.is_empty(),
            Event::Alive { .. } => token.is_empty() || self.tokens.iter().any(|known| known == token),
            _ => !busy || self.tokens.last().is_some_and(|known| known == token),
        }
    }

    /// Bytes of memory that the process has in use, where the system tells.
    pub(super) fn memory(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).ok()?;
        let resident: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
        Some(resident * rustix::param::page_size() as u64)
    }

    /// Gives it a job, with a token. A worker that is gone is noticed by its silence, not here.
    pub(super) fn give(&mut self, job: &mut Job) {
        self.used = true;
        job.token = secret();
        self.tokens.push(job.token.clone());
        #[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
        let line = serde_json::to_string(job).expect("plain data has a JSON form");
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(line);
        }
    }

    /// Makes allowance for time in which nobody listened to it.
    pub(super) fn forgive(&mut self, time: Duration) {
        self.spawned += time;
        self.vitals.forgive(time);
    }

    /// Whether the process has been gone for a while although its pipe is open: a descendant holds it.
    pub(super) fn is_long_gone(&mut self) -> bool {
        match (self.gone, self.child.try_wait()) {
            (Some(since), _) => since.elapsed() > GRACE,
            (None, Ok(Some(_))) => {
                self.gone = Some(Instant::now());
                false
            }
            (None, _) => false,
        }
    }

    /// Waits a moment for the process to end by itself, kills what is left of it, and returns how it ended: `None` if it
    /// had to be killed.
    pub(super) fn reap(&mut self, patience: Duration) -> Option<ExitStatus> {
        self.jobs = None;
        let deadline = Instant::now() + patience;
        let mut own = self.child.try_wait().ok().flatten();
        while own.is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
            own = self.child.try_wait().ok().flatten();
        }
        self.kill();
        self.output.wait(GRACE);
        own
    }

    /// Sends a signal to it and to the processes that a plugin started.
    pub(super) fn signal(&self, signal: Signal) {
        Household::signal(&self.child, signal);
    }

    fn kill(&mut self) {
        self.household.end(&mut self.child);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_events(stdout: ChildStdout, id: u64, pending: &AtomicUsize, to: &SyncSender<(u64, Message)>) {
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        let message = match read {
            Ok(1..) if line.ends_with(b"\n") => Message::Line(parse(&line)),
            Ok(_) => Message::Closed,
            Err(error) => Message::Unreachable(error.to_string()),
        };
        let last = matches!(message, Message::Closed | Message::Unreachable(_));
        pending.fetch_add(1, Ordering::Relaxed);
        if to.send((id, message)).is_err() || last {
            return;
        }
    }
}

/// An event, and the token before it: what comes before the brace.
fn parse(line: &[u8]) -> Line {
    let brace = line.iter().position(|&byte| byte == b'{').unwrap_or(line.len());
    let (token, object) = line.split_at(brace);
    match (std::str::from_utf8(token), serde_json::from_slice(object)) {
        (Ok(token), Ok(event)) => Line::Event { token: token.trim_end().to_owned(), event },
        _ => Line::Garbage(beginning(line)),
    }
}

/// Writes lines on a thread, so that a worker that does not read cannot stop the supervisor. That a worker is gone is noticed by
/// its silence.
fn write_on_thread(
    mut stdin: ChildStdin,
    complain: impl FnOnce(Error) + Send + 'static,
) -> std::io::Result<Sender<String>> {
    let (sender, lines) = channel::<String>();
    std::thread::Builder::new().spawn(move || {
        let mut write = |line: String| stdin.write_all(line.as_bytes()).and_then(|()| stdin.write_all(b"\n"));
        if let Err(error) = lines.iter().try_for_each(&mut write)
            && error.kind() != ErrorKind::BrokenPipe
        {
            complain(error);
        }
    })?;
    Ok(sender)
}

/// As much of a line as a log should hold.
fn beginning(line: &[u8]) -> String {
    let end = line.len().min(2000);
    String::from_utf8_lossy(line.get(..end).unwrap_or_default()).trim().to_owned()
}
