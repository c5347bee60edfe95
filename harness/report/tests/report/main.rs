//! Tests of the report on made-up records.

mod beside;
mod degenerate;
mod directory;
mod page;
mod places;
mod synthetic;
mod unknown_truth;
mod without_flatness;
