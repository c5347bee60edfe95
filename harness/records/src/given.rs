use serde::{Deserialize, Serialize};

use crate::points::bits;

/// A point that runs start at in the place of a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Where it comes from and what it is.
    pub point: StartPoint,
    /// w, bit for bit, all of it finite.
    #[serde(with = "bits")]
    pub w: Vec<f64>,
}

/// What a record says of the given point that its run started at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPoint {
    /// Where it comes from, in words.
    pub from: String,
    /// Content hash of w, 16 hexadecimal digits.
    pub hash: String,
}
