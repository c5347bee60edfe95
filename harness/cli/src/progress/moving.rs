//! One line that moves, on a terminal that can draw.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flatbench_records::Record;
use flatbench_runner::plan::PlannedRun;
use flatbench_runner::session::Progress;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::course::Course;
use super::line;
use crate::output::errln;
use crate::terminal::{error_columns, wrapped};

/// The line, and what it is about.
pub struct Moving {
    bar: ProgressBar,
    course: Arc<Mutex<Option<Course>>>,
}

impl Default for Moving {
    fn default() -> Self {
        Moving { bar: ProgressBar::hidden(), course: Arc::default() }
    }
}

impl Progress for Moving {
    fn stage(&mut self, name: &str, runs: &[PlannedRun], missing: &[PlannedRun]) {
        *self.course.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Course::new(name, runs, missing, Instant::now()));
        let course = Arc::clone(&self.course);
        // Time goes on, and terminals change their width, while no record comes.
        let drawn = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A line that fills the last column would break on some terminals.
            let columns = error_columns().unwrap_or(usize::MAX).saturating_sub(1);
            let course = course.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = course.iter().try_for_each(|course| out.write_str(&course.line(Instant::now(), columns)));
        };
        let style = ProgressStyle::with_template("{course}").unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar = ProgressBar::new(runs.len() as u64).with_style(style.with_key("course", drawn));
        self.bar.tick();
        // A line that does not move by itself moves with the runs; without a thread for it, its library would panic.
        if std::thread::Builder::new().spawn(|| ()).is_ok() {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn recorded(&mut self, record: &Record) {
        if let Some(course) = self.course.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            course.take(record, Instant::now());
        }
        if record.result.outcome.is_failure() {
            self.say(&line(record));
        }
        self.bar.inc(1);
    }

    fn say(&mut self, text: &str) {
        self.bar.suspend(|| errln!("{}", wrapped(text, error_columns(), 4)));
    }

    fn stage_over(&mut self) {
        self.bar.finish_and_clear();
    }
}
