//! A figure as a file of its own, which no page explains.

use super::Figure;
use super::chart::Drawn;
use super::legend::{self, ROW, legend};
use crate::canvas::Canvas;
use crate::palette::Look;
use crate::study::Study;

/// What a figure says below itself where it stands alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Below {
    /// Size of the figure, pixels.
    pub(super) size: (f64, f64),
    /// Meaning of marks that are not those of an optimizer.
    pub(super) notes: &'static str,
}

/// Width of an entry of the legend, pixels.
const ENTRY: f64 = 142.0;

/// The document of `figure`, with a legend of the optimizers in it.
pub(crate) fn standalone(study: &Study, figure: &Figure) -> String {
    figure.below.and_then(|below| with_legend(study, figure, below)).unwrap_or_else(|| figure.svg.clone())
}

fn with_legend(study: &Study, figure: &Figure, below: Below) -> Option<String> {
    let (width, height) = below.size;
    let is_drawn = |index: &usize| figure.svg.contains(&format!(" data-o=\"{index}\""));
    let entries: Vec<(Look, String)> =
        (0..study.optimizers.len()).filter(is_drawn).map(|index| (study.look(index), study.shown(index))).collect();
    let per_row = (width / ENTRY).floor().max(1.0) as usize;
    let rows = entries.len().min(legend::MOST).div_ceil(per_row);
    let notes = if below.notes.is_empty() && entries.len() <= legend::MOST { 4.0 } else { 20.0 };
    let strip = rows as f64 * ROW + notes;
    let canvas = Canvas::new(width, strip);
    let drawn: Drawn = legend(&canvas, &canvas.area(), &entries, per_row, below.notes, width);
    drawn.ok()?;
    let whole = |height: f64| format!("height=\"{height}\" viewBox=\"0 0 {width} {height}\"");
    let (head, body) = figure.svg.split_once(&whole(height))?;
    let body = body.trim_end().strip_suffix("</svg>")?;
    let legend = canvas.fragment();
    Some(format!("{head}{}{body}<g transform=\"translate(0 {height})\">{legend}</g></svg>\n", whole(height + strip)))
}
