//! The report: records → figure data → SVG through plotters → one self-contained HTML page.
//!
//! It runs nothing and computes no metric: all it has are records and what the catalogue says of their families. Its own are
//! the statistics over runs, and the thresholds by which it says that a minimum is the flattest, that the truth is recovered,
//! and that a difference is resolved. [`read()`] takes a run
//! directory apart, [`render()`] is a pure function from [`Input`] to a page and its figures (the same records give the
//! same bytes), [`write()`] and [`write_joined`] put both on disk. [`statistics`] holds the estimates and tests that the
//! verdicts are made from.

// Records reach this crate: what they say must not end the process.
#![deny(clippy::expect_used, clippy::unwrap_used)]

mod axis;
mod beside;
mod bounds;
mod canvas;
mod data;
mod entries;
mod error;
mod figures;
mod gallery;
mod input;
mod numbers;
mod order;
mod page;
mod palette;
mod planned;
mod read;
mod reasons;
mod render;
mod run;
pub mod statistics;
mod study;
mod templates;
mod write;

#[cfg(test)]
extern crate self as flatbench_report;
#[cfg(test)]
#[path = "../tests/report/synthetic.rs"]
mod synthetic;

pub use beside::{Archived, Pairing, Spot, foresee, pair, spots};
pub use data::Replication;
pub use entries::Entries;
pub use error::Error;
pub use figures::{Plane, ValleyPoint};
pub use gallery::{Gallery, Method, gallery};
pub use input::{Complaint, Input, Source};
pub use numbers::{multiple, short};
pub use order::in_suite_order;
pub use page::{Digest, DigestRow, Group, digest, replications, replications_markdown};
pub use planned::Done;
pub use read::{read, read_beside};
pub use render::{Rendered, render};
pub use write::{Naming, Step, write, write_gallery, write_joined, write_telling};
