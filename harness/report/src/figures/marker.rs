use plotters::element::{Circle, EmptyElement, PathElement, Polygon};
use plotters::style::{Color, RGBColor};

use super::chart::{Chart, Drawn};
use crate::canvas::px;
use crate::palette::{INK, PAPER, Shape};

/// A marker of about the area of a circle of `radius` pixels. Its outline is what the group around it strokes with.
pub(super) fn marker(chart: &Chart, at: (f64, f64), shape: Shape, radius: f64, fill: RGBColor) -> Drawn {
    let corners = shape.corners();
    if corners.is_empty() {
        return chart.plotting_area().draw(&Circle::new(at, px(radius), fill.filled()));
    }
    polygon(chart, at, corners, radius, fill)
}

fn polygon(chart: &Chart, at: (f64, f64), corners: Vec<(f64, f64)>, radius: f64, fill: RGBColor) -> Drawn {
    let corners: Vec<(i32, i32)> = corners.into_iter().map(|(x, y)| (px(radius * x), px(radius * y))).collect();
    chart.plotting_area().draw(&(EmptyElement::at(at) + Polygon::new(corners, fill.filled())))
}

/// Star: the flattest zero-loss point.
pub(super) fn star(chart: &Chart, at: (f64, f64), certified: bool) -> Drawn {
    let corners = (0..10)
        .map(|i| {
            let radius = if i % 2 == 0 { 1.0 } else { 0.45 };
            let angle = std::f64::consts::TAU * f64::from(i) / 10.0;
            (radius * angle.sin(), -radius * angle.cos())
        })
        .collect();
    polygon(chart, at, corners, 10.0, if certified { INK } else { PAPER })
}

/// Ring with a cross: the zero-loss point of smallest norm.
pub(super) fn ring(chart: &Chart, at: (f64, f64)) -> Drawn {
    let (r, style) = (px(7.0), INK.stroke_width(px(1.4) as u32));
    let d = (f64::from(r) * 0.7) as i32;
    let area = chart.plotting_area();
    area.draw(&(EmptyElement::at(at) + Circle::new((0, 0), r, style)))?;
    area.draw(&(EmptyElement::at(at) + PathElement::new(vec![(-d, -d), (d, d)], style)))?;
    area.draw(&(EmptyElement::at(at) + PathElement::new(vec![(-d, d), (d, -d)], style)))
}
