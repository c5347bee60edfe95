use std::fmt;

use crate::FORMAT;

/// A line of a file of records that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: FlawKind,
    /// The line itself, without its end.
    pub text: Vec<u8>,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// Nothing stands in it.
    Empty,
    /// The last line, cut off while it was written.
    Torn,
    /// No record, and why not.
    Corrupt(String),
    /// A record of another suite, this one.
    Foreign(String),
    /// A further record with the key of one on an earlier line, this one.
    Duplicate(usize),
    /// Of a newer format, this one, than can be read.
    Newer(u32),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.kind {
            FlawKind::Empty => write!(f, "empty"),
            FlawKind::Torn => write!(f, "cut off while it was written"),
            FlawKind::Corrupt(reason) => write!(f, "no record ({reason})"),
            FlawKind::Foreign(suite) => write!(f, "a record of the suite `{suite}`"),
            FlawKind::Duplicate(first) => write!(f, "the same key as line {first}"),
            FlawKind::Newer(found) => write!(f, "record format {found} is newer than {FORMAT}"),
        }
    }
}
