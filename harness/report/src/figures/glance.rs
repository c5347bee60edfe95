//! Who reached the flattest minimum and recovered, in one picture: a row for every optimizer, a dot for every case.

use std::collections::BTreeSet;
use std::ops::Range;

use flatbench_records::Init;
use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor};

use super::Figure;
use super::chart::{Area, Drawn, mesh, shorten, text};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{CaseStanding, Standing, ranked};
use crate::numbers::{count, list, share};
use crate::palette::{GRID, INK, MUTED, PAPER, PARTLY, RECOVERS};
use crate::study::{Measure, RECOVERED, Study};

/// Height of a row, of what stands above the rows and below them, and room for names, pixels.
const ROW: f64 = 22.0;
const HEAD: f64 = 50.0;
const FOOT: f64 = 64.0;
const NAMES: f64 = 138.0;
/// Width of the scale of a start, and from dot to dot where they stand side by side, pixels.
const SCALE: f64 = 200.0;
const STEP: f64 = 10.0;
/// Excess flatness beyond which it no longer matters by how much.
const FULL: f64 = 50.0;
/// Radius of a dot, and by how much those of one row are apart in height on the scale, pixels.
const DOT: f64 = 4.0;
const LANE: f64 = 1.5;
/// Optimizers in the picture: a longer one is no longer looked at.
const MOST: usize = 60;
/// Optimizers that the sentence names.
const NAMED: usize = 8;

/// The standings of one start, by optimizer, with the room that they take.
struct Column<'a> {
    init: Init,
    standings: &'a [Standing<'a>],
    /// The panels of all its cases, in their order.
    panels: Vec<usize>,
    /// Whether there are cases on which no run reached a minimum.
    nowhere: bool,
    left: f64,
}

impl<'a> Column<'a> {
    fn new(init: Init, standings: &'a [Standing<'a>], left: f64) -> Self {
        let cases = || standings.iter().flat_map(|s| &s.cases);
        let panels: BTreeSet<usize> = cases().map(|case| case.panel).collect();
        let nowhere = cases().any(|case| case.excess.is_empty());
        Column { init, standings, panels: panels.into_iter().collect(), nowhere, left }
    }

    /// Width of dots side by side.
    fn side(&self) -> f64 {
        (STEP * self.panels.len() as f64 + 8.0).max(86.0)
    }

    fn width(&self) -> f64 {
        self.side() + SCALE + if self.nowhere { self.side() } else { 0.0 } + 14.0
    }
}

/// `None` where no claim can be made about any case.
pub(crate) fn glance(study: &Study, all: &[(Init, Vec<Standing>)]) -> Option<Figure> {
    let mut left = NAMES;
    let mut columns = Vec::new();
    for (init, standings) in all.iter().filter(|(_, standings)| !standings.is_empty()) {
        let column = Column::new(*init, standings, left);
        left += column.width();
        columns.push(column);
    }
    let groups = study.groups();
    // Many settings of one optimizer are a row, where the best of them stands.
    let mut order: Vec<Range<usize>> = Vec::new();
    for entry in ranked(columns.iter().flat_map(|column| column.standings)) {
        order.extend(groups.iter().find(|group| group.contains(&entry) && !order.contains(group)).cloned());
    }
    order.truncate(MOST);
    if order.is_empty() {
        return None;
    }
    let grouped = order.iter().any(|group| group.len() > 1);
    let below = if grouped { 14.0 } else { 0.0 };
    let canvas = Canvas::new(left, HEAD + ROW * order.len() as f64 + FOOT + below);
    paint(&canvas, study, &columns, &order).ok()?;
    let (id, title) = ("glance".to_owned(), "Who reached the flattest minimum, and recovered".to_owned());
    let sentence = sentence(study, &columns);
    let svg = canvas.finish(&id, &title, &sentence, "");
    Some(Figure { svg, id, title, sentence, panel: None, optimizer: None, below: None })
}

fn paint(canvas: &Canvas, study: &Study, columns: &[Column], order: &[Range<usize>]) -> Drawn {
    let area = canvas.area();
    let (wide, high) = area.dim_in_pixel();
    area.draw(&Rectangle::new([(0, 0), (wide as i32, high as i32)], PAPER.filled()))?;
    let middle = |row: usize| HEAD + ROW * (row as f64 + 0.5);
    for (row, group) in order.iter().enumerate() {
        let line = px(middle(row) + ROW / 2.0);
        let path = vec![(px(8.0), line), (wide as i32 - px(8.0), line)];
        area.draw(&PathElement::new(path, GRID.stroke_width(px(1.0) as u32)))?;
        canvas.open(&[("data-o", &entry_of(group))]);
        // What was run here stands out among what is archived.
        let archived = study.is_archived(group.start);
        let mut style = text(11.0, if archived { &MUTED } else { &INK }).pos(Pos::new(HPos::Right, VPos::Center));
        if study.has_archived() && !archived {
            style.font = style.font.style(FontStyle::Bold);
        }
        let name = match group.len() {
            1 if archived => shorten(&study.optimizers[group.start], 22),
            1 => shorten(&study.shown(group.start), 22),
            settings => format!("{}, best of {settings}", shorten(study.names[group.start], 13)),
        };
        area.draw_text(&name, &style, (px(NAMES - 8.0), px(middle(row))))?;
        canvas.close();
    }
    let heights = columns.iter().flat_map(|c| c.standings).flat_map(|s| &s.cases).filter_map(height);
    let beyond = heights.clone().any(|height| height > FULL);
    let scale = Axis::logarithmic(heights.map(|height| height.clamp(1.0, FULL)).chain([1.0, 8.0]), f64::MIN_POSITIVE);
    let axis =
        if beyond { format!("excess flatness, {FULL} and more at the end") } else { "excess flatness".to_owned() };
    for column in columns {
        paint_column(canvas, &area, study, column, order, (&scale, &axis))?;
    }
    let grouped = order.iter().any(|group| group.len() > 1);
    legend(canvas, &area, px(HEAD + ROW * order.len() as f64 + FOOT - 12.0), grouped)
}

/// The entry that toggles a row; empty where it is of many.
fn entry_of(group: &Range<usize>) -> String {
    if group.len() == 1 { group.start.to_string() } else { String::new() }
}

/// On one case, the flattest of the settings of a group and how far the least flat one is above the flattest there is.
fn best_and_worst<'s, 'a>(own: &[&'s CaseStanding<'a>]) -> Option<(&'s CaseStanding<'a>, f64)> {
    let key = |case: &CaseStanding| (!case.is_reached(), height(case).unwrap_or(f64::INFINITY));
    let best = own.iter().copied().min_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    let worst = own.iter().filter_map(|case| height(case)).fold(1.0, f64::max);
    Some((best, worst))
}

/// Excess flatness at which a case is drawn.
fn height(case: &CaseStanding) -> Option<f64> {
    case.median()?.height()
}

fn paint_column(
    canvas: &Canvas,
    area: &Area,
    study: &Study,
    column: &Column,
    order: &[Range<usize>],
    (scale, axis): (&Axis, &str),
) -> Drawn {
    let rows = order.len() as f64;
    let left = column.left;
    let scale_left = left + column.side();
    let heading = |words: &str, at: f64, top: f64, bold: bool| {
        let mut style = text(if bold { 12.0 } else { 9.5 }, if bold { &INK } else { &MUTED });
        if bold {
            style.font = style.font.style(FontStyle::Bold);
        }
        area.draw_text(words, &style, (px(at), px(top)))
    };
    heading(&format!("From a {} start", column.init), left, 6.0, true)?;
    heading("at the flattest", left, 30.0, false)?;
    heading("how far above it", scale_left + 8.0, 30.0, false)?;
    if column.nowhere {
        heading("no minimum", scale_left + SCALE + 8.0, 30.0, false)?;
    }
    let plot = area.clone().shrink((px(scale_left), px(HEAD)), (px(SCALE), px(ROW * rows + 38.0)));
    let mut chart = ChartBuilder::on(&plot)
        .x_label_area_size(px(38.0))
        .build_cartesian_2d(scale.clone(), Axis::between(0.0, rows))?;
    canvas.open(&[("class", "mesh")]);
    mesh(&mut chart).disable_y_mesh().disable_y_axis().x_labels(6).x_desc(axis).draw()?;
    canvas.close_tidied();
    for (row, group) in order.iter().enumerate() {
        let standings: Vec<&Standing> = column.standings.iter().filter(|s| group.contains(&s.optimizer)).collect();
        if standings.is_empty() {
            continue;
        }
        let middle = HEAD + ROW * (row as f64 + 0.5);
        canvas.open(&[("class", "series"), ("data-o", &entry_of(group)), ("data-optimizer", study.names[group.start])]);
        for (place, panel) in column.panels.iter().enumerate() {
            let own: Vec<&CaseStanding> =
                standings.iter().flat_map(|s| &s.cases).filter(|case| case.panel == *panel).collect();
            let Some((case, worst)) = best_and_worst(&own) else { continue };
            let place = place as f64;
            let side = STEP * (place + 0.5);
            let lane = LANE * (place - (column.panels.len() as f64 - 1.0) / 2.0);
            let across = |height: f64| chart.plotting_area().map_coordinate(&(scale.clamp(height), 0.0)).0;
            let at = match height(case) {
                _ if case.is_reached() => (px(left + side), px(middle)),
                Some(height) => (across(height), px(middle + lane)),
                None => (px(scale_left + SCALE + 8.0 + side), px(middle)),
            };
            if group.len() > 1 && worst > 1.0 {
                let begin = if case.is_reached() { across(1.0) } else { at.0 };
                let line = vec![(begin, px(middle + lane)), (across(worst), px(middle + lane))];
                area.draw(&PathElement::new(line, MUTED.mix(0.5).stroke_width(px(0.8) as u32)))?;
            }
            dot(canvas, area, at, case)?;
        }
        canvas.close();
    }
    Ok(())
}

/// Green where every run recovered, orange where some did, hollow where none.
fn dot(canvas: &Canvas, area: &Area, at: (i32, i32), case: &CaseStanding) -> Drawn {
    let (recovered, runs) = (case.recovered(RECOVERED), case.runs.len());
    let name = case.runs.first().map_or("", |run| run.case.as_str());
    let excess = case.median().map_or_else(|| "no minimum".to_owned(), |excess| excess.cell(Measure::Excess));
    canvas.open(&[("class", "case s-muted"), ("stroke", "#57606a")]);
    canvas.title(&format!("{name}: {excess}, {}", share(recovered, runs, "run recovered", "runs recovered")));
    area.draw(&Circle::new(at, px(DOT), shade(recovered, runs).filled()))?;
    canvas.close();
    Ok(())
}

fn shade(recovered: usize, runs: usize) -> RGBColor {
    match recovered {
        0 => PAPER,
        some if some == runs => RECOVERS,
        _ => PARTLY,
    }
}

fn legend(canvas: &Canvas, area: &Area, down: i32, grouped: bool) -> Drawn {
    let mut left = 12.0;
    let style = text(10.0, &MUTED).pos(Pos::new(HPos::Left, VPos::Center));
    let marks = [(2, "a case, every run recovered the truth"), (1, "some runs did"), (0, "none did")];
    for (recovered, words) in marks {
        canvas.open(&[("class", "s-muted"), ("stroke", "#57606a")]);
        area.draw(&Circle::new((px(left), down), px(DOT), shade(recovered, 2).filled()))?;
        canvas.close();
        area.draw_text(words, &style, (px(left + 9.0), down))?;
        left += 28.0 + 5.2 * words.len() as f64;
    }
    if grouped {
        let words =
            "“best of”: on each case the flattest of all settings, by this very result; a line to the least flat";
        area.draw_text(words, &style, (px(8.0), down + px(14.0)))?;
    }
    Ok(())
}

/// Who was at the flattest minimum, and at the truth, on every case.
fn sentence(study: &Study, columns: &[Column]) -> String {
    let mut said = Vec::new();
    for column in columns {
        let whole = |s: &&Standing| {
            s.reached() == s.cases.len() && s.cases.iter().all(|case| case.recovered(RECOVERED) == case.runs.len())
        };
        let names: Vec<String> = column.standings.iter().filter(whole).map(|s| study.shown(s.optimizer)).collect();
        let more = names.len().saturating_sub(NAMED);
        let mut named: Vec<String> = names.into_iter().take(NAMED).collect();
        if more > 0 {
            named.push(format!("{more} more"));
        }
        let who = if named.is_empty() {
            "no optimizer did both on every case".to_owned()
        } else {
            format!("{} did both on every case", list(&named))
        };
        said.push(format!("from a {} start {who}", column.init));
    }
    let cases = columns.iter().map(|column| column.panels.len()).max().unwrap_or(0);
    format!(
        "A dot is a case whose flattest minimum is the truth ({}). Dots at the left: every run ended within 1 % of the flattest minimum; green: \
         every run recovered the truth; {}.",
        count(cases, "case", "cases"),
        said.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data, synthetic};

    #[test]
    fn every_case_of_every_optimizer_is_a_dot_that_says_what_came_of_it() {
        let input = synthetic::study(3, 4, 5);
        let study = Study::new(&input);
        let all = Init::ALL.map(|init| (init, data::standings(&study, init)));
        let cases = || all.iter().flat_map(|(_, standings)| standings).flat_map(|standing| &standing.cases);
        let figure = glance(&study, &all).expect("the flattest minima are the truth");
        let dots: Vec<&str> = figure.svg.split("<g class=\"case").skip(1).collect();
        assert_eq!(dots.len(), cases().count());
        let count = |colour: RGBColor| {
            let fill = format!("fill=\"#{:02x}{:02x}{:02x}\"", colour.0, colour.1, colour.2);
            dots.iter().filter(|dot| dot.split("</g>").next().is_some_and(|own| own.contains(&fill))).count()
        };
        let with = |keep: fn(usize, usize) -> bool| {
            cases().filter(|case| keep(case.recovered(RECOVERED), case.runs.len())).count()
        };
        assert_eq!(count(RECOVERS), with(|recovered, runs| recovered == runs));
        assert_eq!(count(PARTLY), with(|recovered, runs| recovered > 0 && recovered < runs));
        assert_eq!(count(PAPER), with(|recovered, _| recovered == 0));
        assert!(count(RECOVERS) > 0 && count(PAPER) > 0);
        // At the left of the scale, and nowhere else, stand the cases on which every run is at the flattest minimum.
        let across = |dot: &&str| dot.split("cx=\"").nth(1)?.split('"').next()?.parse::<f64>().ok();
        let sides: f64 = NAMES + STEP * 3.0 + 8.0;
        let left = dots.iter().filter_map(across).filter(|x| *x < sides).count();
        let reached = all[0].1.iter().flat_map(|standing| &standing.cases).filter(|case| case.is_reached()).count();
        assert_eq!(left, reached);
        assert!(figure.sentence.contains("trace-penalty"), "{}", figure.sentence);
    }

    #[test]
    fn there_is_no_picture_where_no_claim_can_be_made() {
        let input = synthetic::study(2, 2, 3);
        assert!(glance(&Study::new(&input), &[(Init::Large, Vec::new())]).is_none());
    }
}
