//! What has to hold for any input whatever. Used by the fuzz targets and by the property tests of the command line.

pub mod data;
pub mod protocol;
pub mod records;
pub mod suite;
