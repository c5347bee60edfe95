//! What a run shows while it lasts: a bar with the time left on a terminal, plain lines elsewhere, nothing if quiet.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use crate::output::errln;
use flatbench_records::Record;
use flatbench_runner::session::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// Plans up to this size print a line for every run; longer ones at most two lines a second.
const EVERY_RUN: usize = 200;

/// Columns below which the line of a bar would break.
const NARROW: u16 = 90;

/// Whether text on standard error may be coloured.
pub fn color() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether standard error is a terminal that can more than print.
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| !term.is_empty() && term != "dumb")
}

/// Columns of the terminal that standard error is; 80 where it does not say.
fn columns() -> u16 {
    rustix::termios::tcgetwinsize(std::io::stderr())
        .ok()
        .map(|size| size.ws_col)
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}

/// How the bar is laid out on a terminal of some columns.
fn layout(columns: u16, color: bool) -> &'static str {
    match (columns < NARROW, color) {
        (true, _) => "{prefix:>10} {pos}/{len}  {eta} left  {wide_msg}",
        (false, true) => "{prefix:>10} [{bar:32.cyan}] {pos}/{len}  {elapsed} gone, {eta} left  {wide_msg}",
        (false, false) => "{prefix:>10} [{bar:32}] {pos}/{len}  {elapsed} gone, {eta} left  {wide_msg}",
    }
}

/// The display that fits where standard error goes.
pub fn display(quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Silence)
    } else if is_terminal() {
        Box::new(Bar { bar: ProgressBar::hidden(), failed: 0 })
    } else {
        Box::new(Lines { total: 0, done: 0, last: None })
    }
}

struct Silence;

impl Progress for Silence {
    fn stage(&mut self, _name: &str, _total: usize, _done: usize) {}
    fn recorded(&mut self, _record: &Record) {}
    fn say(&mut self, _text: &str) {}
    fn stage_over(&mut self) {}
}

struct Bar {
    bar: ProgressBar,
    failed: usize,
}

impl Progress for Bar {
    fn stage(&mut self, name: &str, total: usize, done: usize) {
        let style =
            ProgressStyle::with_template(layout(columns(), color())).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar = ProgressBar::new(total as u64).with_style(style.progress_chars("=> ")).with_prefix(name.to_owned());
        self.bar.set_position(done as u64);
        self.bar.reset_eta();
        // A bar that does not move by itself moves with the runs; without a thread for it, its library would panic.
        if std::thread::Builder::new().spawn(|| ()).is_ok() {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn recorded(&mut self, record: &Record) {
        if record.result.outcome.is_failure() {
            self.failed += 1;
            self.bar.suspend(|| errln!("{}", line(record)));
        }
        let failed = if self.failed > 0 { format!("{} failed  ", self.failed) } else { String::new() };
        self.bar.set_message(format!("{failed}{} on {}", record.optimizer, record.case));
        self.bar.inc(1);
    }

    fn say(&mut self, text: &str) {
        self.bar.suspend(|| errln!("{text}"));
    }

    fn stage_over(&mut self) {
        self.bar.finish_and_clear();
    }
}

struct Lines {
    total: usize,
    done: usize,
    last: Option<Instant>,
}

impl Progress for Lines {
    fn stage(&mut self, name: &str, total: usize, done: usize) {
        (self.total, self.done, self.last) = (total, done, None);
        let already = if done > 0 { format!(", {done} done before") } else { String::new() };
        errln!("{name}: {total} runs{already}");
    }

    fn recorded(&mut self, record: &Record) {
        self.done += 1;
        let recent = self.last.is_some_and(|last| last.elapsed() < Duration::from_millis(500));
        let skip = self.total > EVERY_RUN && recent && !record.result.outcome.is_failure() && self.done < self.total;
        if !skip {
            self.last = Some(Instant::now());
            let width = self.total.to_string().len();
            errln!("[{:>width$}/{}] {}", self.done, self.total, line(record));
        }
    }

    fn say(&mut self, text: &str) {
        errln!("{text}");
    }

    fn stage_over(&mut self) {}
}

fn line(record: &Record) -> String {
    let detail = match (&record.result.outcome_detail, record.result.termination) {
        (Some(detail), _) if record.result.outcome.is_failure() => format!(": {detail}"),
        (_, Some(termination)) => format!(" ({termination})"),
        _ => String::new(),
    };
    format!(
        "{} {} #{} {}  {}{detail}",
        record.case,
        record.init.name(),
        record.repetition,
        record.optimizer,
        record.result.outcome.name()
    )
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn a_narrow_terminal_gets_no_bar() {
        for color in [true, false] {
            assert!(layout(200, color).contains("{bar:32") && !layout(60, color).contains("{bar"));
        }
    }
}
