//! Plain lines, for logs and for terminals that can only print.

use std::time::{Duration, Instant};

use flatbench_records::Record;
use flatbench_runner::plan::PlannedRun;
use flatbench_runner::session::Progress;

use super::course::Course;
use super::line;
use crate::output::errln;
use crate::terminal::{error_columns, wrapped};

/// Plans up to this size print a line for every run; longer ones at most two lines a second.
const EVERY_RUN: usize = 200;

/// A line for every run, and one for every case that is done.
#[derive(Default)]
pub struct Lines {
    course: Option<Course>,
    last: Option<Instant>,
}

impl Progress for Lines {
    fn stage(&mut self, name: &str, runs: &[PlannedRun], missing: &[PlannedRun]) {
        let before = runs.len() - missing.len();
        let already = if before > 0 { format!(", {before} done before") } else { String::new() };
        self.say(&format!("{name}: {} runs{already}", runs.len()));
        (self.course, self.last) = (Some(Course::new(name, runs, missing, Instant::now())), None);
    }

    fn recorded(&mut self, record: &Record) {
        let now = Instant::now();
        let Some(course) = &mut self.course else { return };
        let is_last_of_case = course.take(record, now);
        let (done, total) = course.runs();
        let over = is_last_of_case.then(|| case_done(course, &record.case, now));
        let recent = self.last.is_some_and(|last| last.elapsed() < Duration::from_millis(500));
        if total <= EVERY_RUN || !recent || record.result.outcome.is_failure() || done == total {
            self.last = Some(now);
            let columns = total.to_string().len();
            self.say(&format!("[{done:>columns$}/{total}] {}", line(record)));
        }
        if let Some(text) = over {
            self.say(&text);
        }
    }

    fn say(&mut self, text: &str) {
        errln!("{}", wrapped(text, error_columns(), 4));
    }

    fn stage_over(&mut self) {}
}

/// `3/9 cases: sensing is done; least excess flatness on ..; 12.3 runs/s; about 40 s left`.
fn case_done(course: &Course, case: &str, now: Instant) -> String {
    let best = course.best().map(|[words, _]| words);
    let known = [best, course.pace(now), course.time(now)].into_iter().flatten();
    let words: Vec<String> = [format!("{case} is done")].into_iter().chain(known).collect();
    format!("{}: {}", course.cases(), words.join("; "))
}
