//! Plain data that crosses a boundary of flatbench: what a suite asks for ([`Case`], [`Value`]), what a worker is told
//! and answers ([`protocol`]), and what is kept of a run ([`Record`], [`Trajectory`], [`Environment`]); with the catalogue
//! that a suite is checked against ([`FamilyDescription`], [`OptimizerDescription`]) and what comes of the check
//! ([`CheckedCase`]).
//!
//! What has to be said of them once is said here: the table of [`METRICS`], the kinds of oracle calls ([`CallKind`]), the words for
//! choices, and how a run [`directory`] is read. Nothing here knows a problem, runs anything, or decides
//! what is written.
//!
//! Everything that reaches a file or a pipe carries a version: [`FORMAT`] for records and trajectories,
//! [`protocol::VERSION`] for the pipe between supervisor and worker.

#![deny(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod call;
mod call_kind;
mod case;
mod catalog;
mod checked_case;
mod crossing;
pub mod directory;
mod environment;
mod factorization;
mod given;
mod limit;
mod measure;
mod metric;
mod nearest;
mod outcome;
mod parameter;
pub mod path;
mod plain;
mod points;
pub mod protocol;
mod published;
mod reading;
mod record;
mod reference;
mod result;
mod runtime;
mod shell;
mod trajectory;
mod trial;
pub mod tuning;
mod value;
mod whereabouts;
mod words;

pub use call::OracleCalls;
pub use call_kind::CallKind;
pub use case::{Case, Dimensions, Init};
pub use catalog::{Choice, FamilyDescription, MeasurementAmount, OptimizerDescription};
pub use checked_case::{CaseMistake, CheckedCase, with_data_hash};
pub use crossing::Crossing;
pub use environment::{Environment, Libraries, Machine, PluginBuild, PythonBuild};
pub use factorization::FactorizationKind;
pub use given::{Given, StartPoint};
pub use limit::{LIMIT_LOSS, Limit, LimitState};
pub use measure::{Measure, Spacing};
pub use metric::{Access, METRICS, Metric, Metrics};
pub use nearest::Nearest;
pub use outcome::{Outcome, Termination};
pub use parameter::{Parameter, ParameterKind};
pub use plain::plain;
pub use points::{Factor, Point, Points};
pub use published::{Compared, Published, Quantity, Solution};
pub use reading::{READING_KEYS, Reading, number};
pub use record::{Record, Rule, Split};
pub use reference::{Quality, Reference, References};
pub use result::{INTERPOLATION, RunResult};
pub use runtime::{PARCEL, Runtime};
pub use shell::{quoted, quoted_path};
pub use trajectory::{Checkpoint, Trajectory};
pub use trial::{Trial, TrialRung};
pub use value::{Schedule, Shape, Unit, Value};
pub use whereabouts::{Part, PlanSize, Planned, QueueJob, join_parts};

/// Version of the record and trajectory format. Fields may be added within a version; a change of meaning or a removal
/// raises it. Readers accept this version and older ones, and refuse newer ones.
pub const FORMAT: u32 = 1;

/// Version of the numbers: raised by every change to flatbench that changes what a run computes, so that a record made
/// before such a change is never taken for one made after it. Part of the key of a record.
pub const NUMERICS: u32 = 4;
