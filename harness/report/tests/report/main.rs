//! Tests of the report on made-up records.

mod degenerate;
mod directory;
mod example;
mod page;
mod synthetic;
