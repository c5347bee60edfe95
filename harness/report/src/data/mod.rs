//! What figures and tables show: pure functions of the records.

mod choice;
mod comparison;
mod crossing;
mod failure;
mod flatness;
mod heat;
mod phase;
mod profile;
mod ration;
mod recovery;
mod sensitivity;
mod sharpness;
mod standing;
mod sweep;
mod table;
mod trajectory;
mod tried;

#[cfg(test)]
mod tests;

pub(crate) use choice::{Choice, choices};
pub(crate) use comparison::{Comparison, Finding, Ratio, SMALLEST_EFFECT, comparisons, controls};
pub(crate) use crossing::{AtLevel, Descent, LevelPoint, descents};
pub(crate) use failure::failures;
pub(crate) use flatness::{Drawn, Landscape, Point, landscape};
pub(crate) use heat::{Heat, heats};
pub(crate) use phase::{Phase, PhasePoint, phases, stem};
pub(crate) use profile::{Profile, Target, profile};
pub(crate) use ration::{FAILURES, POINTS, ROWS, shown};
pub(crate) use recovery::{Curve, Recovery, THRESHOLDS, on_controls, recoveries};
pub(crate) use sensitivity::{Sensitivity, Spread, Trial, sensitivities};
pub(crate) use sharpness::{Sharpness, sharpness};
pub(crate) use standing::{CaseStanding, Standing, left_out, ranked, standings};
pub(crate) use sweep::{Sweep, sweeps};
pub(crate) use table::{Cell, Summary, table};
pub(crate) use trajectory::{Quantity, RunTrajectory, drawn_per_cell, trajectories, wanted_trajectories};
