use plotters::chart::ChartBuilder;
use plotters::element::{Circle, EmptyElement, PathElement};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::chart::{Chart, Drawn, mesh, shorten, text};
use super::legend::stroke_of;
use super::marker::marker;
use super::{Drawing, Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{Sensitivity, Spread, Trial};
use crate::numbers::{count, exact, list, multiple};
use crate::palette::{GRID, INK, Look, MUTED, PAPER};
use crate::study::Study;

/// Width of the figure and height of a row, pixels.
const WIDTH: f64 = 620.0;
const ROW: f64 = 24.0;
/// Room for names, pixels, and characters in it.
const NAMES: (f64, usize) = (130.0, 22);
/// Width of the small drawing of one optimizer, and its height without its rows, pixels.
const SMALL: (f64, f64) = (330.0, 56.0);
/// Optimizers in a figure: a longer one is no longer looked at.
const MOST: usize = 60;
/// Optimizers that a sentence names.
const NAMED: usize = 3;

/// What the tuned settings of every optimizer score, one figure for each start.
pub(crate) fn sensitivities(study: &Study, all: &[Sensitivity]) -> Vec<Figure> {
    let by_rule = |own: &Sensitivity| all.iter().filter(|other| other.init == own.init).count() > 1;
    all.iter().filter_map(|own| figure(study, own, by_rule(own))).collect()
}

fn figure(study: &Study, own: &Sensitivity, by_rule: bool) -> Option<Figure> {
    let (start, rule) = (own.init.name(), own.rule.name());
    let title = format!("What every tuned setting scores, from a {start} start");
    let id = format!("sensitivity-{start}{}", if by_rule { format!("-{rule}") } else { String::new() });
    let sentence = sentence(study, own);
    let rows: Vec<(String, &Spread)> =
        own.rows.iter().take(MOST).map(|row| (study.names[row.optimizer].to_owned(), row)).collect();
    let canvas = Canvas::new(WIDTH, 62.0 + ROW * rows.len() as f64);
    let axis = format!("score by “{rule}” over that of the best setting of any optimizer (1: the best)");
    draw(&canvas, study, &rows, NAMES, &axis).ok()?;
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

/// The trials of one optimizer, small, with a row for each start. `None` where none were tried.
pub(crate) fn settings(study: &Study, optimizer: usize, all: &[Sensitivity]) -> Option<Drawing> {
    let name = study.names[optimizer];
    let of = |own: &Sensitivity| -> Option<Sensitivity> {
        let row = own.rows.iter().find(|row| study.names[row.optimizer] == name)?.clone();
        Some(Sensitivity { rows: vec![row], ..own.clone() })
    };
    let own: Vec<Sensitivity> = all.iter().filter_map(of).collect();
    let rows: Vec<(String, &Spread)> = own.iter().map(|own| (format!("{} start", own.init), &own.rows[0])).collect();
    let rule = own.first()?.rule;
    let canvas = Canvas::new(SMALL.0, SMALL.1 + 1.5 * ROW * rows.len() as f64);
    let axis = format!("{rule} score over the best of any optimizer");
    draw(&canvas, study, &rows, (64.0, 14), &axis).ok()?;
    let id = format!("settings-{}", slug(&study.optimizers[optimizer]));
    let said: Vec<String> = own.iter().map(marks).collect();
    let sentence = format!("{}{}", list(&said), meaning(&own));
    Some(Drawing { svg: canvas.finish(&id, &format!("Settings of {name}"), &sentence, ""), id, sentence })
}

/// Best, median and worst, the default and the chosen setting from a start, in words.
fn marks(own: &Sensitivity) -> String {
    let row = &own.rows[0];
    let number = |trial: &Trial| trial.ratio.map_or_else(|| "no score".to_owned(), multiple);
    let [best, median, worst] = row.marks();
    let trials = count(row.trials.len(), "trial", "trials");
    let default = row.trials.iter().find(|trial| trial.default);
    format!(
        "{trials} from a {} start{}: best {}, median {}, worst {}{}",
        own.init,
        at_budget(own),
        number(best),
        number(median),
        number(worst),
        default.map_or_else(String::new, |trial| format!(" (default {})", number(trial)))
    )
}

fn at_budget(own: &Sensitivity) -> String {
    if own.share < 1.0 { format!(" at 1/{} of the budget", (1.0 / own.share).round()) } else { String::new() }
}

/// What the marks of default and choice mean, where there are any.
fn meaning(all: &[Sensitivity]) -> &'static str {
    let mut trials = all.iter().flat_map(|own| &own.rows).flat_map(|row| &row.trials);
    match trials.any(|trial| trial.default || trial.chosen) {
        true => ". Cross: the default; ring: the setting that was chosen.",
        false => ".",
    }
}

/// Rows with what is written beside them. `names` are the room for that in pixels, and the characters in it.
fn draw(canvas: &Canvas, study: &Study, rows: &[(String, &Spread)], names: (f64, usize), axis: &str) -> Drawn {
    let trials = || rows.iter().flat_map(|(_, row)| &row.trials);
    let ratios = || trials().filter_map(|trial| trial.ratio);
    let highest = ratios().fold(1.0, f64::max);
    // Settings without a score have a column of their own at the right.
    let nowhere = trials().any(|trial| trial.ratio.is_none());
    let beyond = highest * highest.powf(0.06).max(1.4);
    let x = Axis::logarithmic(ratios().chain([1.0]).chain(nowhere.then_some(beyond)), f64::MIN_POSITIVE);
    let area = canvas.area();
    let height = rows.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .margin_top(px(16.0))
        .margin_right(px(26.0))
        .x_label_area_size(px(38.0))
        .y_label_area_size(px(names.0))
        .build_cartesian_2d(x, Axis::between(0.0, height))?;
    canvas.open(&[("class", "mesh")]);
    mesh(&mut chart).disable_y_mesh().disable_y_axis().x_labels(8).x_desc(axis).draw()?;
    canvas.close_tidied();
    if nowhere {
        let (across, down) = chart.plotting_area().map_coordinate(&(beyond, height));
        let style = text(9.5, &MUTED).pos(Pos::new(HPos::Center, VPos::Bottom));
        area.draw_text("no score", &style, (across, down - px(3.0)))?;
    }
    for (index, (beside, row)) in rows.iter().enumerate() {
        let y = height - index as f64 - 0.5;
        let (_, down) = chart.plotting_area().map_coordinate(&(1.0, y));
        let style = text(11.0, &INK).pos(Pos::new(HPos::Right, VPos::Center));
        let look = study.look(row.optimizer);
        let (stroke, class) = stroke_of(look);
        let name = study.names[row.optimizer];
        let values = row.trials.iter().map(|trial| exact(trial.ratio)).collect::<Vec<_>>().join(" ");
        // Outside of the group, whose outline would be that of the letters.
        canvas.open(&[("data-o", &row.optimizer.to_string())]);
        area.draw_text(&shorten(beside, names.1), &style, (px(names.0 - 8.0), down))?;
        canvas.close();
        canvas.open(&[
            ("class", &format!("series {class}")),
            ("data-o", &row.optimizer.to_string()),
            ("data-optimizer", name),
            ("stroke", &stroke),
            ("data-v", &format!("trials={};ratios={values}", row.trials.len())),
        ]);
        spread(canvas, &chart, row, look, |ratio| (ratio.unwrap_or(beyond), y))?;
        canvas.close();
    }
    Ok(())
}

/// A line from the best to the worst, a dot for every setting, and marks at best, median and worst.
fn spread(
    canvas: &Canvas,
    chart: &Chart,
    row: &Spread,
    look: Look,
    place: impl Fn(Option<f64>) -> (f64, f64),
) -> Drawn {
    let plot = chart.plotting_area();
    let at = |trial: &Trial| place(trial.ratio);
    let [best, median, worst] = row.marks();
    plot.draw(&PathElement::new(vec![at(best), at(worst)], GRID.stroke_width(px(3.0) as u32)))?;
    for trial in &row.trials {
        canvas.open(&[("class", "setting")]);
        canvas.title(&format!("{}: {}", trial.label, said(trial.ratio)));
        match trial.ratio {
            Some(_) => plot.draw(&Circle::new(at(trial), px(2.6), look.fill().mix(0.55).filled()))?,
            None => marker(chart, at(trial), look.shape(), 2.6, PAPER)?,
        }
        canvas.close();
    }
    let (x, y) = at(median);
    canvas.open(&[("class", "median")]);
    canvas.title(&format!("median: {}", said(median.ratio)));
    plot.draw(&PathElement::new(vec![(x, y - 0.36), (x, y + 0.36)], look.line().stroke_width(px(2.2) as u32)))?;
    canvas.close();
    canvas.open(&[("class", "worst")]);
    canvas.title(&format!("worst, {}: {}", worst.label, said(worst.ratio)));
    let (x, y) = at(worst);
    plot.draw(&PathElement::new(vec![(x, y - 0.2), (x, y + 0.2)], MUTED.stroke_width(px(1.4) as u32)))?;
    canvas.close();
    canvas.open(&[("class", "best")]);
    canvas.title(&format!("best, {}: {}", best.label, said(best.ratio)));
    marker(chart, at(best), look.shape(), 4.6, look.fill())?;
    canvas.close();
    for trial in &row.trials {
        if trial.default {
            named(canvas, "default", trial, || cross(chart, at(trial)))?;
        }
        if trial.chosen {
            named(canvas, "chosen", trial, || {
                plot.draw(&Circle::new(at(trial), px(7.0), INK.stroke_width(px(1.2) as u32)))
            })?;
        }
    }
    Ok(())
}

/// A mark of a setting, in a group of that class.
fn named(canvas: &Canvas, class: &str, trial: &Trial, mark: impl FnOnce() -> Drawn) -> Drawn {
    canvas.open(&[("class", class)]);
    canvas.title(&format!("{class}, {}: {}", trial.label, said(trial.ratio)));
    mark()?;
    canvas.close();
    Ok(())
}

fn cross(chart: &Chart, at: (f64, f64)) -> Drawn {
    let (d, style) = (px(4.0), INK.stroke_width(px(1.4) as u32));
    let plot = chart.plotting_area();
    plot.draw(&(EmptyElement::at(at) + PathElement::new(vec![(-d, -d), (d, d)], style)))?;
    plot.draw(&(EmptyElement::at(at) + PathElement::new(vec![(-d, d), (d, -d)], style)))
}

fn said(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "no score on some case".to_owned(), |ratio| format!("{} the best", multiple(ratio)))
}

/// Who depends on its settings the most and the least, by the median over the best.
fn sentence(study: &Study, own: &Sensitivity) -> String {
    let over_best = |row: &Spread| {
        let [best, median, _] = row.marks();
        best.ratio.map(|best| median.ratio.map_or(f64::INFINITY, |median| median / best))
    };
    let mut ordered: Vec<(f64, &str)> =
        own.rows.iter().filter_map(|row| Some((over_best(row)?, study.names[row.optimizer]))).collect();
    ordered.sort_by(|a, b| b.0.total_cmp(&a.0));
    let chosen: Vec<(f64, &str)> = match ordered.as_slice() {
        [] => return String::new(),
        [.., last] if ordered.len() > NAMED => ordered.iter().take(NAMED - 1).chain([last]).copied().collect(),
        all => all.to_vec(),
    };
    let word = |(place, (ratio, name)): (usize, &(f64, &str))| match (ratio.is_finite(), place) {
        (true, 0) => format!("{} the best for {name}", multiple(*ratio)),
        (true, _) => format!("{} for {name}", multiple(*ratio)),
        (false, _) => format!("no score at all for {name}"),
    };
    format!(
        "The further the bar (the median setting) is from the marker (the best one), the more it matters to tune: over {}{} the median \
         is {}{}",
        count(own.cases, "case", "cases"),
        at_budget(own),
        list(&chosen.iter().enumerate().map(word).collect::<Vec<_>>()),
        meaning(std::slice::from_ref(own))
    )
}
