use plotters::element::{Circle, EmptyElement, PathElement, Polygon};
use plotters::style::Color;

use super::chart::{Area, Drawn, shorten, text};
use crate::canvas::{Canvas, px};
use crate::palette::{INK, Look, MUTED};
use crate::study::Study;

/// Line and marker of an optimizer, for lists and tables.
pub(crate) fn swatch(look: Look) -> String {
    let canvas = Canvas::new(30.0, 14.0);
    let drawn = sample(&canvas, &canvas.area(), look, (0.0, 7.0));
    if drawn.is_ok() { canvas.decoration("swatch") } else { String::new() }
}

fn sample(canvas: &Canvas, area: &Area, look: Look, (left, middle): (f64, f64)) -> Drawn {
    let y = px(middle);
    canvas.open(&[("stroke-dasharray", look.dash())]);
    let path = vec![(px(left + 1.0), y), (px(left + 29.0), y)];
    area.draw(&PathElement::new(path, look.line().stroke_width(px(1.6) as u32)))?;
    canvas.close();
    let stroke = stroke_of(look);
    canvas.open(&[("stroke", &stroke.0), ("class", &stroke.1), ("fill-opacity", look.opacity())]);
    let (centre, radius) = ((px(left + 15.0), y), 4.2);
    let corners: Vec<(i32, i32)> =
        look.shape().corners().into_iter().map(|(x, y)| (px(radius * x), px(radius * y))).collect();
    if corners.is_empty() {
        area.draw(&Circle::new(centre, px(radius), look.fill().filled()))?;
    } else {
        area.draw(&(EmptyElement::at(centre) + Polygon::new(corners, look.fill().filled())))?;
    }
    canvas.close();
    Ok(())
}

/// Colour and class of an optimizer's outline, for the group around its markers.
pub(super) fn stroke_of(look: Look) -> (String, String) {
    let c = look.line();
    (format!("#{:02x}{:02x}{:02x}", c.0, c.1, c.2), format!("s-l{}", look.number()))
}

/// Opens the group of all marks of an entry, in its look; the caller closes it.
pub(super) fn open_series(canvas: &Canvas, study: &Study, entry: usize) {
    let look = study.look(entry);
    let (stroke, class) = stroke_of(look);
    canvas.open(&[
        ("class", &format!("series {class}")),
        ("data-o", &entry.to_string()),
        ("data-optimizer", &study.optimizers[entry]),
        ("stroke", &stroke),
        ("fill-opacity", look.opacity()),
    ]);
}

/// Entries of a printed legend; a longer list would be no help.
pub(super) const MOST: usize = 24;

/// Height of a row of it, pixels.
pub(super) const ROW: f64 = 18.0;

/// A printed legend: optimizers as they are drawn, in the order of the report, then what the other marks mean.
pub(super) fn legend(
    canvas: &Canvas,
    area: &Area,
    entries: &[(Look, String)],
    per_row: usize,
    notes: &str,
    width: f64,
) -> Drawn {
    let step = width / per_row as f64;
    let room = ((step - 40.0) / 5.6) as usize;
    for (place, (look, name)) in entries.iter().take(MOST).enumerate() {
        let (left, middle) = ((place % per_row) as f64 * step + 8.0, (place / per_row) as f64 * ROW + 12.0);
        sample(canvas, area, *look, (left, middle))?;
        area.draw_text(&shorten(name, room), &text(11.0, &INK), (px(left + 36.0), px(middle - 4.5)))?;
    }
    let rows = entries.len().min(MOST).div_ceil(per_row);
    let more = entries.len().saturating_sub(MOST);
    let notes = if more > 0 { format!("and {more} more optimizers. {notes}") } else { notes.to_owned() };
    area.draw_text(&notes, &text(9.5, &MUTED), (px(8.0), px(rows as f64 * ROW + 6.0)))
}
