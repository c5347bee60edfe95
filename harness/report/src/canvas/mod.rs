//! A drawing surface for plotters that keeps the structure of a figure: series and runs become groups of an SVG that
//! style sheets, scripts and screen readers can address. plotters' own SVG backend writes a flat list of shapes.

mod backend;
mod document;
mod tidy;

pub(crate) use backend::Backend;
pub(crate) use document::{Canvas, escape};

/// Units of the drawing surface per pixel: plotters places on whole numbers, and a pixel is too coarse for a marker.
pub(crate) const UNITS: f64 = 10.0;

/// `pixels` in units of the surface, for the many places where plotters wants an integer.
pub(crate) fn px(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}
