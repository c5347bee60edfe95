//! The problems: small, with every answer in closed form, and a ledger of what was asked.

mod curvature;
mod layers;
mod ledger;
mod measurement;
mod problem;

pub(crate) use ledger::Ledger;
pub(crate) use problem::Problem;
