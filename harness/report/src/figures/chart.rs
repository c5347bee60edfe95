use std::convert::Infallible;

use plotters::chart::{ChartBuilder, ChartContext, MeshStyle};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::style::{Color, IntoFont, TRANSPARENT, TextStyle};

use crate::axis::Axis;
use crate::canvas::{Backend, Canvas, px};
use crate::palette::{GRID, INK, MUTED};

pub(super) type Area = DrawingArea<Backend, Shift>;
pub(super) type Chart<'a> = ChartContext<'a, Backend, Cartesian2d<Axis, Axis>>;
pub(super) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<Infallible>>;

/// Size of a panel in a grid of panels, pixels. About 8 cm wide in print.
pub(super) const PANEL: (f64, f64) = (300.0, 236.0);

/// Text of `size` pixels.
pub(super) fn text(size: f64, color: &plotters::style::RGBColor) -> TextStyle<'static> {
    let mut style = TextStyle::from(("sans-serif", px(size)).into_font());
    style.color = color.to_backend_color();
    style
}

/// Grid, axes and labels as all charts have them.
pub(super) fn mesh<'a, 'b>(chart: &'b mut Chart<'a>) -> MeshStyle<'a, 'b, Axis, Axis, Backend> {
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(px(1.0) as u32))
        .axis_style(MUTED.stroke_width(px(1.0) as u32))
        .label_style(text(10.0, &MUTED))
        .axis_desc_style(text(10.5, &INK));
    mesh
}

/// Axes, grid, labels and a heading, in a group of class `mesh`. Without names the axes take less room: those of a panel
/// among others like it.
pub(super) fn chart<'a>(
    canvas: &Canvas,
    area: &'a Area,
    heading: &str,
    (x, x_name): (Axis, &str),
    (y, y_name): (Axis, &str),
) -> Drawn<Chart<'a>> {
    canvas.open(&[("class", "heading")]);
    let mut heading_style = text(11.5, &INK);
    heading_style.font = heading_style.font.style(plotters::style::FontStyle::Bold);
    let compact = x_name.is_empty() && y_name.is_empty();
    area.draw_text(&shorten(heading, if compact { 32 } else { 46 }), &heading_style, (px(8.0), px(6.0)))?;
    canvas.close();
    let mut chart = ChartBuilder::on(area)
        .margin_top(px(24.0))
        .margin_right(px(12.0))
        .margin_bottom(px(2.0))
        .margin_left(px(2.0))
        .x_label_area_size(px(if compact { 20.0 } else { 34.0 }))
        .y_label_area_size(px(if compact { 36.0 } else { 50.0 }))
        .build_cartesian_2d(x, y)?;
    canvas.open(&[("class", "mesh")]);
    mesh(&mut chart)
        .set_all_tick_mark_size(px(3.0))
        .x_labels(if compact { 4 } else { 7 })
        .y_labels(5)
        .x_desc(x_name)
        .y_desc(y_name)
        .draw()?;
    canvas.close_tidied();
    Ok(chart)
}

/// Where the plot lies and what its axes are, for scripts: `left right top bottom|x axis|y axis`, in pixels.
pub(super) fn describe(chart: &Chart, x: &Axis, y: &Axis) -> String {
    let (across, down) = chart.plotting_area().get_pixel_range();
    let place = [across.start, across.end, down.start, down.end]
        .map(|units| format!("{}", f64::from(units) / crate::canvas::UNITS))
        .join(" ");
    format!("{place}|{}|{}", x.describe(), y.describe())
}

/// `text` in at most `most` characters.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
