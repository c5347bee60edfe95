//! `flatbench run --events`: what happens, one JSON object a line on standard output, for programs that start flatbench.
//!
//! The first line is a `session`, the last one `finished`, `interrupted` or `failed`; a process that ends without one of these
//! was killed. Lines may be added within a format, and fields to a line; a removal or a change of meaning raises [`FORMAT`].

mod say;
mod stream;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Init, Outcome, Split, Termination, Value};
use serde::Serialize;

pub use say::{failed, interrupted, mistakes, plugin_problems, say};
pub use stream::Stream;

/// Version of the lines.
pub const FORMAT: u32 = 1;

/// One line. The table beside this file says what each field means.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    Session {
        format: u32,
        flatbench: &'a str,
        suite: &'a str,
    },
    PluginProblem {
        text: String,
        refused: bool,
    },
    Mistake {
        path: &'a str,
        line: usize,
        column: usize,
        message: &'a str,
        allowed: &'a str,
        help: &'a str,
    },
    Warning {
        text: &'a str,
    },
    Note {
        text: &'a str,
    },
    Planned {
        suite: &'a str,
        #[serde(with = "flatbench_records::path")]
        out: &'a Path,
        tuning: usize,
        evaluation: usize,
    },
    Stage {
        split: &'a str,
        planned: usize,
        done: usize,
    },
    Begun {
        #[serde(flatten)]
        run: Run<'a>,
    },
    Ended {
        #[serde(flatten)]
        run: Run<'a>,
        outcome: Outcome,
        outcome_detail: Option<&'a str>,
        failed: bool,
        termination: Option<Termination>,
        interpolated: bool,
        limit_excess_flatness: Option<f64>,
        limit_relative_error: Option<f64>,
        done: usize,
        planned: usize,
    },
    Finished {
        #[serde(with = "flatbench_records::path")]
        out: &'a Path,
        #[serde(with = "flatbench_records::path")]
        report: &'a Path,
        recorded: usize,
        done_now: usize,
        failed: usize,
        status: u8,
    },
    Interrupted {
        signal: u8,
        recorded: Option<usize>,
        missing: Option<usize>,
        status: u8,
    },
    Failed {
        text: &'a str,
        status: u8,
    },
}

/// Which run a line is about: fields of its record.
#[derive(Debug, Serialize)]
pub struct Run<'a> {
    pub key: &'a str,
    pub case: &'a str,
    pub init: Init,
    pub repetition: u32,
    pub optimizer: &'a str,
    pub hyperparameters: &'a BTreeMap<String, Value>,
    pub split: Split,
}
