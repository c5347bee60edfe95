//! All panels of a start in one drawing with a legend, for papers, slides and the front page of a project.

use flatbench_records::{Init, Quality};
use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform};

use super::Figure;
use super::chart::{Drawn, text};
use super::flatness::{Scale, draw};
use super::legend::{self, ROW, legend};
use crate::canvas::{Canvas, px};
use crate::data::Landscape;
use crate::numbers::{self, multiple};
use crate::palette::{INK, Look, PAPER};
use crate::study::{Measure, Study};

/// Panels in one drawing; more are put on further ones.
const PER_PAGE: usize = 24;

/// Entries in a row of the legend.
const PER_ROW: usize = 6;

/// Size of a panel, and what stays free around all of them for what they share, in pixels.
const PANEL: (f64, f64) = (221.0, 176.0);
const TITLE: f64 = 26.0;
const LEFT: f64 = 16.0;
const BELOW: f64 = 20.0;

/// One drawing, or several, for each start.
pub(crate) fn overviews(study: &Study, all: &[Landscape]) -> Vec<Figure> {
    let mut out = Vec::new();
    for init in Init::ALL {
        let own: Vec<&Landscape> = all.iter().filter(|l| study.panels[l.panel].init == init).collect();
        let scale = Scale::of(own.iter().copied());
        for (index, page) in own.chunks(PER_PAGE).enumerate() {
            let number = if index > 0 { format!("-{}", index + 1) } else { String::new() };
            out.extend(overview(study, page, &scale, init, format!("flatness-{}-init{number}", init.name())));
        }
    }
    out
}

fn overview(study: &Study, all: &[&Landscape], scale: &Scale, init: Init, id: String) -> Option<Figure> {
    let columns = all.len().clamp(2, 4);
    let rows = all.len().div_ceil(columns);
    let names = &study.optimizers;
    let width = LEFT + PANEL.0 * columns.max(4) as f64;
    let head = TITLE + names.len().min(legend::MOST).div_ceil(PER_ROW) as f64 * ROW + 26.0;
    let canvas = Canvas::new(width, head + PANEL.1 * rows as f64 + BELOW);
    let title = format!("Flatness against recovery error, from a {} start", init.name());
    paint(&canvas, study, all, scale, &title, (head, columns, rows)).ok()?;
    let sentence = sentence(study, all);
    Some(Figure {
        svg: canvas.finish(&id, &title, &sentence, ""),
        id,
        title,
        sentence,
        panel: None,
        optimizer: None,
        below: None,
    })
}

fn paint(
    canvas: &Canvas,
    study: &Study,
    all: &[&Landscape],
    scale: &Scale,
    title: &str,
    (head, columns, rows): (f64, usize, usize),
) -> Drawn {
    let root = canvas.area();
    let (width, height) = root.dim_in_pixel();
    // Shown by itself, on whatever a browser or a slide puts behind it.
    root.draw(&Rectangle::new([(0, 0), (width as i32, height as i32)], PAPER.filled()))?;
    let mut heading = text(14.0, &INK);
    heading.font = heading.font.style(FontStyle::Bold);
    root.draw_text(title, &heading, (px(8.0), px(6.0)))?;
    let (top, rest) = root.split_vertically(px(head));
    let (_, top) = top.split_vertically(px(TITLE));
    let notes = "Filled: limit point; hollow: iterate, no minimum. ★ flattest minimum (hollow: not certified), ⊗ norm-minimal, \
                 dashed line: excess flatness 1, tinted: recovered.";
    let entries: Vec<(Look, String)> =
        (0..study.optimizers.len()).map(|index| (study.look(index), study.shown(index))).collect();
    legend(canvas, &top, &entries, PER_ROW, notes, f64::from(width) / f64::from(px(1.0)))?;
    let (_, grid) = rest.split_horizontally(px(LEFT));
    let (grid, _) = grid.split_vertically(grid.dim_in_pixel().1 as i32 - px(BELOW));
    for (landscape, cell) in all.iter().zip(&grid.split_evenly((rows, columns))) {
        let panel = &study.panels[landscape.panel];
        // What is not measured in the shared unit says so.
        let heading = match landscape.measure {
            Measure::Excess => panel.case.clone(),
            Measure::Trace => format!("{} (tr H)", panel.case),
        };
        draw(canvas, cell, study, landscape, scale, (&heading, ("", "")))?;
    }
    let middle = Pos::new(HPos::Center, VPos::Center);
    let style = text(11.0, &INK).pos(middle);
    root.draw_text("relative error", &style, (width as i32 / 2, height as i32 - px(BELOW / 2.0)))?;
    let mut upright = style;
    upright.font = upright.font.transform(FontTransform::Rotate270);
    let centre = px(head) + px(PANEL.1) * rows as i32 / 2;
    root.draw_text("excess flatness", &upright, (px(LEFT / 2.0 + 2.0), centre))
}

/// Median height of every optimizer over the panels that have a certified flattest minimum.
fn sentence(study: &Study, all: &[&Landscape]) -> String {
    let certified = |l: &&&Landscape| study.panels[l.panel].quality == Some(Quality::Minimum);
    let heights = |optimizer: usize| {
        let panels = all.iter().filter(|l| certified(l) && !study.panels[l.panel].control);
        numbers::median(panels.filter_map(|l| {
            let own = l.points.iter().filter(|p| p.optimizer == optimizer);
            numbers::median(own.filter_map(|p| Some(p.limit?.1)))
        }))
    };
    let mut ends: Vec<(f64, &str)> = study
        .optimizers
        .iter()
        .enumerate()
        .filter_map(|(index, name)| Some((heights(index)?, name.as_str())))
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let words: Vec<String> =
        ends.iter().take(legend::MOST).map(|(h, name)| format!("{name} {}", multiple(*h))).collect();
    let lead = "Every run is a point; lower is flatter, further left is nearer the truth.";
    if words.is_empty() {
        lead.to_owned()
    } else {
        format!(
            "{lead} Median excess flatness over the cases whose flattest minimum is certified: {}.",
            numbers::list(&words)
        )
    }
}
