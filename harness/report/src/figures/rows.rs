//! A number of every optimizer on every case: from one start: a row for each optimizer, a dot for each case.

use flatbench_records::Init;
use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle};

use super::Figure;
use super::chart::{Drawn, mesh, shorten, text};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::CellValue;
use crate::numbers::{count, short};
use crate::palette::{GRID, INK, MUTED, PAPER};
use crate::statistics::median;
use crate::study::{Study, positive};

/// Sizes in pixels: of a row, above the rows, below them, room for names, the scale of a start, a gap, a dot.
const ROW: f64 = 20.0;
const HEAD: f64 = 30.0;
const FOOT: f64 = 40.0;
const NAMES: f64 = 138.0;
const SCALE: f64 = 310.0;
const GAP: f64 = 12.0;
const DOT: f64 = 3.4;
/// Optimizers in the picture: a longer one is no longer looked at.
const MOST: usize = 60;
/// Smallest and largest number that has a place of its own: beyond, dots stand at the ends.
const ENDS: [f64; 2] = [1e-4, 1e4];

/// What the rows show.
pub(crate) struct Rows<'a> {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) init: Init,
    /// What the axis measures.
    pub(crate) axis: &'static str,
    pub(crate) cells: &'a [CellValue],
    pub(crate) sentence: String,
}

/// `None` where there is nothing to draw. A line stands at 1.
pub(crate) fn rows(study: &Study, rows: &Rows) -> Option<Figure> {
    let order = order(rows.cells);
    if order.is_empty() {
        return None;
    }
    let canvas = Canvas::new(NAMES + SCALE + GAP, HEAD + ROW * order.len() as f64 + FOOT);
    paint(&canvas, study, rows, &order).ok()?;
    let (id, title) = (format!("{}-{}", rows.id, rows.init), format!("{}, from a {} start", rows.title, rows.init));
    let svg = canvas.finish(&id, &title, &rows.sentence, "");
    Some(Figure { svg, id, title, sentence: rows.sentence.clone(), panel: None, optimizer: None, below: None })
}

/// Optimizers by the median of their cells.
fn order(cells: &[CellValue]) -> Vec<usize> {
    let mut all: Vec<(usize, f64)> = Vec::new();
    for cell in cells {
        if all.iter().all(|(optimizer, _)| *optimizer != cell.optimizer) {
            let own: Vec<f64> = cells.iter().filter(|c| c.optimizer == cell.optimizer).map(|c| c.value).collect();
            all.push((cell.optimizer, median(&own).unwrap_or(0.0)));
        }
    }
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all.truncate(MOST);
    all.into_iter().map(|(optimizer, _)| optimizer).collect()
}

fn paint(canvas: &Canvas, study: &Study, rows: &Rows, order: &[usize]) -> Drawn {
    let area = canvas.area();
    let (wide, high) = area.dim_in_pixel();
    area.draw(&Rectangle::new([(0, 0), (wide as i32, high as i32)], PAPER.filled()))?;
    let middle = |row: usize| HEAD + ROW * (row as f64 + 0.5);
    for (row, &optimizer) in order.iter().enumerate() {
        let line = px(middle(row) + ROW / 2.0);
        let path = vec![(px(8.0), line), (wide as i32 - px(8.0), line)];
        area.draw(&PathElement::new(path, GRID.stroke_width(px(1.0) as u32)))?;
        canvas.open(&[("data-o", &optimizer.to_string())]);
        let style = text(11.0, &INK).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw_text(&shorten(&study.shown(optimizer), 22), &style, (px(NAMES - 8.0), px(middle(row))))?;
        canvas.close();
    }
    let values = rows.cells.iter().map(|c| c.value).filter(|v| positive(*v)).map(|v| v.clamp(ENDS[0], ENDS[1]));
    let scale = Axis::logarithmic(values.chain([0.9, 1.2]), f64::MIN_POSITIVE);
    let number = order.len() as f64;
    let mut heading = text(12.0, &INK);
    heading.font = heading.font.style(FontStyle::Bold);
    area.draw_text(&format!("From a {} start", rows.init), &heading, (px(NAMES), px(6.0)))?;
    let plot = area.clone().shrink((px(NAMES), px(HEAD)), (px(SCALE), px(ROW * number + FOOT - 4.0)));
    let mut chart = ChartBuilder::on(&plot)
        .x_label_area_size(px(FOOT - 4.0))
        .build_cartesian_2d(scale.clone(), Axis::between(0.0, number))?;
    canvas.open(&[("class", "mesh")]);
    mesh(&mut chart).disable_y_mesh().disable_y_axis().x_labels(6).x_desc(rows.axis).draw()?;
    canvas.close_tidied();
    canvas.open(&[("class", "guide"), ("stroke-dasharray", "4 3")]);
    let line = vec![(1.0, 0.0), (1.0, number)];
    chart.plotting_area().draw(&PathElement::new(line, MUTED.stroke_width(px(1.2) as u32)))?;
    canvas.close();
    for (row, &optimizer) in order.iter().enumerate() {
        let own = rows.cells.iter().filter(|c| c.optimizer == optimizer);
        canvas.open(&[("class", "series"), ("data-o", &optimizer.to_string())]);
        for cell in own {
            let (across, _) = chart.plotting_area().map_coordinate(&(scale.clamp(cell.value), 0.0));
            let case = &study.panels[cell.panel].case;
            let runs = count(cell.runs, "run", "runs");
            canvas.open(&[("class", "case s-muted"), ("stroke", "#57606a")]);
            canvas.title(&format!("{case}: {} ({runs})", short(cell.value)));
            area.draw(&Circle::new((across, px(middle(row))), px(DOT), PAPER.filled()))?;
            canvas.close();
        }
        canvas.close();
    }
    Ok(())
}
