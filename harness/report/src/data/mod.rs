//! What figures and tables show: pure functions of the records.

mod balance;
mod cells;
mod choice;
mod comparison;
mod crossing;
mod edge;
mod ends;
mod failure;
mod flatness;
mod hessian;
mod map;
mod modes;
mod phase;
mod profile;
mod published;
mod ration;
mod recovery;
mod response;
mod sensitivity;
mod series;
mod sharpness;
mod standing;
mod sweep;
mod table;
mod trajectory;
mod tried;
mod way;

#[cfg(test)]
mod swept;
#[cfg(test)]
mod tests;

pub(crate) use balance::{balance_along, balance_kept};
pub(crate) use cells::{CellValue, cell_values};
pub(crate) use choice::{Choice, choices};
pub(crate) use comparison::{Comparison, Finding, Ratio, SMALLEST_EFFECT, comparisons, controls};
pub(crate) use crossing::{AtLevel, Descent, LevelPoint, descents};
pub(crate) use edge::{AT_EDGE, Edge, edge_at_end, edges};
pub(crate) use ends::{EndValues, FOUND, ends};
pub(crate) use failure::failures;
pub(crate) use flatness::{Drawn, Landscape, Point, landscape};
pub(crate) use hessian::{hessian_spectra, root_traces};
pub(crate) use map::{Map, MapCell, maps};
pub(crate) use modes::modes;
pub(crate) use phase::{Phase, PhasePoint, phases, stem};
pub(crate) use profile::{Profile, Target, profile};
pub use published::Replication;
pub(crate) use published::replications;
pub(crate) use ration::{FAILURES, POINTS, ROWS, shown};
pub(crate) use recovery::{Curve, Recovery, THRESHOLDS, on_controls, recoveries};
pub(crate) use response::{LinePoint, Response, responses};
pub(crate) use sensitivity::{Sensitivity, Spread, Trial, sensitivities};
pub(crate) use series::Scale;
pub(crate) use sharpness::{Sharpness, sharpness};
pub(crate) use standing::{CaseStanding, Standing, left_out, ranked, standings};
pub(crate) use sweep::{Sweep, sweeps};
pub(crate) use table::{Cell, Summary, table};
pub(crate) use trajectory::{Moment, Quantity, RunTrajectory, drawn_per_cell, trajectories, wanted_trajectories};
pub(crate) use way::{beyond_nearest, nearest_distances, over_nearest, way};
