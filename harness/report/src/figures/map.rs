use flatbench_records::Quality;
use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::chart::{Drawn, PANEL, chart, describe, text};
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::{Map, MapCell, Scale};
use crate::numbers::{self, count, short};
use crate::palette::{INK, MUTED};
use crate::study::Study;

/// Strongest and weakest tint: numbers stay legible on it.
const TINTS: (f64, f64) = (0.04, 0.55);
/// Excess flatness whose tint is the weakest.
const FULL: f64 = 10.0;
/// Least room for a cell with its number, pixels, and columns beyond which cells have none.
const CELL: (f64, f64) = (34.0, 21.0);
const NUMBERED: usize = 16;
/// What stands beside the cells, and above and below them, pixels.
const BESIDE: f64 = 64.0;
const AROUND: f64 = 60.0;
/// Largest map, pixels.
const LARGEST: (f64, f64) = (640.0, 640.0);
/// Rows that the sentence names.
const NAMED: usize = 8;

/// What is shown of each cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Share of runs that recovered the truth.
    Recovered,
    /// Median excess flatness at the limit points.
    Excess,
}

impl Shown {
    fn name(self) -> &'static str {
        match self {
            Shown::Recovered => "Share recovered",
            Shown::Excess => "Excess flatness",
        }
    }
}

/// One figure per map that has what is to be shown.
pub(crate) fn maps(study: &Study, maps: &[&Map], shown: Shown) -> Vec<Figure> {
    let has = |cell: &MapCell| match shown {
        Shown::Recovered => cell.recovered.is_some(),
        Shown::Excess => cell.excess.is_some(),
    };
    let drawn = maps.iter().enumerate().filter(|(_, map)| map.cells.iter().any(has));
    drawn.filter_map(|(index, map)| figure(study, index, map, shown)).collect()
}

/// An optimizer as it is called where all its settings are meant.
fn name<'a>(study: &'a Study, map: &Map) -> &'a str {
    if study.is_several(map.optimizer) { study.names[map.optimizer] } else { &study.optimizers[map.optimizer] }
}

fn figure(study: &Study, index: usize, map: &Map, shown: Shown) -> Option<Figure> {
    let stem = map.stem.split('-').next().filter(|stem| !stem.is_empty()).unwrap_or(&map.family);
    let facet = if map.facet.is_empty() { String::new() } else { format!(" · {}", map.facet) };
    let title = format!("{} · {stem} · {} init{facet}", name(study, map), map.init.name());
    let what = if shown == Shown::Recovered { "heat" } else { "heat-flatness" };
    let id = format!("{what}-{}-{}", index + 1, slug(&format!("{title} {} {}", map.x.label, map.y.label)));
    let sentence = sentence(map, shown);
    let size = size(map);
    let canvas = Canvas::new(size.0, size.1);
    let axes = draw(&canvas, study, map, shown, &title).ok()?;
    let long =
        format!("{} by {} and {}: {title} ({}, {})", shown.name(), map.x.label, map.y.label, map.family, map.sizes);
    let svg = canvas.finish(&id, &long, &sentence, &axes);
    let optimizer = (!study.is_several(map.optimizer)).then_some(map.optimizer);
    Some(Figure { svg, id, title, sentence, panel: None, optimizer, below: None })
}

fn size(map: &Map) -> (f64, f64) {
    let [columns, rows] = [&map.x, &map.y].map(|axis| axis.values.len() as f64);
    ((BESIDE + CELL.0 * columns).clamp(PANEL.0, LARGEST.0), (AROUND + CELL.1 * rows).clamp(PANEL.1, LARGEST.1))
}

fn draw(canvas: &Canvas, study: &Study, map: &Map, shown: Shown, title: &str) -> Drawn<String> {
    // Equal cells, whatever the steps between the values; each carries its own words.
    let [x, y] = [&map.x, &map.y].map(|axis| Axis::named(axis.names()));
    let area = canvas.area();
    let chart = chart(canvas, &area, title, (x.clone(), &map.x.label), (y.clone(), &map.y.label))?;
    let plot = chart.plotting_area();
    let look = study.look(map.optimizer);
    let style = text(10.0, &INK).pos(Pos::new(HPos::Center, VPos::Center));
    let numbered = map.x.values.len() <= NUMBERED;
    // What is of many entries goes with none of them.
    let entry = if study.is_several(map.optimizer) { String::new() } else { map.optimizer.to_string() };
    canvas.open(&[("class", "series"), ("data-o", &entry), ("data-optimizer", name(study, map))]);
    for cell in &map.cells {
        canvas.open(&[("class", "trial"), ("data-v", &values(map, cell))]);
        canvas.title(&said(map, cell));
        let (c, r) = (cell.column as f64, cell.row as f64);
        let corners = [(c - 0.48, r + 0.48), (c + 0.48, r - 0.48)];
        if let Some(strength) = strength(cell, shown) {
            let tint = TINTS.0 + (TINTS.1 - TINTS.0) * strength;
            plot.draw(&Rectangle::new(corners, look.fill().mix(tint).filled()))?;
        } else {
            plot.draw(&Rectangle::new(corners, MUTED.mix(0.06).filled()))?;
        }
        if numbered {
            plot.draw(&Text::new(number(cell, shown), (c, r), style.clone()))?;
        }
        if cell.lost() > 0 {
            cross(canvas, plot, (c, r), cell.lost() == cell.trials)?;
        }
        canvas.close();
    }
    canvas.close();
    Ok(describe(&chart, &x, &y))
}

impl MapCell {
    /// Runs that failed or diverged.
    fn lost(&self) -> usize {
        (self.failed + self.diverged).min(self.trials)
    }
}

/// How strongly a cell is tinted, in [0, 1]: the nearer to what is wanted, the more.
fn strength(cell: &MapCell, shown: Shown) -> Option<f64> {
    match shown {
        Shown::Recovered => Some(cell.recovered? as f64 / cell.trials.max(1) as f64),
        // The few that reached a minimum do not speak for the others.
        Shown::Excess if 2 * cell.limits < cell.trials => None,
        Shown::Excess => Some(1.0 - (cell.excess?.height()?.max(1.0).ln() / FULL.ln()).min(1.0)),
    }
}

/// What a cell says.
fn number(cell: &MapCell, shown: Shown) -> String {
    match shown {
        Shown::Recovered => {
            cell.recovered.map_or_else(|| numbers::NONE.to_owned(), |own| format!("{own}/{}", cell.trials))
        }
        Shown::Excess => match cell.excess.and_then(|excess| excess.height()) {
            Some(height) if cell.limits < cell.trials => format!("{}*", numbers::compact(height)),
            Some(height) => numbers::compact(height),
            None => numbers::NONE.to_owned(),
        },
    }
}

/// In the upper right corner where some runs failed or diverged, over the whole cell where all did.
fn cross(
    canvas: &Canvas,
    plot: &plotters::drawing::DrawingArea<crate::canvas::Backend, plotters::coord::cartesian::Cartesian2d<Axis, Axis>>,
    (c, r): (f64, f64),
    all: bool,
) -> Drawn {
    let (left, right, bottom, top) =
        if all { (c - 0.4, c + 0.4, r - 0.4, r + 0.4) } else { (c + 0.28, c + 0.44, r + 0.2, r + 0.44) };
    canvas.open(&[("class", "lost")]);
    let stroke = INK.stroke_width(px(if all { 0.8 } else { 1.1 }) as u32);
    plot.draw(&PathElement::new(vec![(left, bottom), (right, top)], stroke))?;
    plot.draw(&PathElement::new(vec![(left, top), (right, bottom)], stroke))?;
    canvas.close();
    Ok(())
}

/// For scripts.
fn values(map: &Map, cell: &MapCell) -> String {
    let at = |axis: &Scale, place: usize| numbers::exact(axis.values.get(place).copied());
    let share = cell.success.map(|share| [share.low, share.high]);
    let known = |value: Option<usize>| value.map(|own| own.to_string()).unwrap_or_default();
    format!(
        "{}={};{}={};recovered={};trials={};low={};high={};excess_flatness={};limits={};failed={};diverged={}",
        key(&map.x),
        at(&map.x, cell.column),
        key(&map.y),
        at(&map.y, cell.row),
        known(cell.recovered),
        cell.trials,
        numbers::exact(share.map(|share| share[0])),
        numbers::exact(share.map(|share| share[1])),
        numbers::exact(cell.excess.and_then(|excess| excess.height())),
        cell.limits,
        cell.failed,
        cell.diverged
    )
}

/// An axis as a column of data.
fn key(axis: &Scale) -> String {
    axis.label.replace(['=', ';', ','], "").replace(' ', "_")
}

/// What hovering says.
fn said(map: &Map, cell: &MapCell) -> String {
    let at = |axis: &Scale, place: usize| format!("{} {}", axis.label, axis.names().swap_remove(place));
    let mut parts = Vec::new();
    if let (Some(recovered), Some(share)) = (cell.recovered, cell.success) {
        parts.push(format!("{recovered} of {} recovered ({} to {})", cell.trials, short(share.low), short(share.high)));
    }
    let limits = count(cell.limits, "minimum", "minima");
    parts.push(match cell.excess {
        Some(excess) => format!("median excess flatness {} of {limits}", excess.words()),
        None if cell.limits > 0 => format!("{limits}, none with a known flattest one"),
        None => "no minimum was reached".to_owned(),
    });
    parts.extend((cell.failed > 0).then(|| format!("{} failed", cell.failed)));
    parts.extend((cell.diverged > 0).then(|| format!("{} diverged", cell.diverged)));
    format!("{}, {}: {}", at(&map.x, cell.column), at(&map.y, cell.row), parts.join("; "))
}

fn sentence(map: &Map, shown: Shown) -> String {
    let lost: usize = map.cells.iter().map(MapCell::lost).sum();
    let trials: usize = map.cells.iter().map(|cell| cell.trials).sum();
    let lost = if lost > 0 {
        format!(" × {} of {} failed or diverged.", lost, count(trials, "run", "runs"))
    } else {
        String::new()
    };
    let said = match shown {
        Shown::Recovered => where_recovered(map),
        Shown::Excess => flattest(map),
    };
    said + &lost
}

/// By row, the columns in which at least half of the runs recovered.
fn where_recovered(map: &Map) -> String {
    let (columns, rows) = (map.x.names(), map.y.names());
    let of = |row: usize| {
        let half = |cell: &&MapCell| cell.row == row && 2 * cell.recovered.unwrap_or(0) >= cell.trials.max(1);
        let mut places: Vec<usize> = map.cells.iter().filter(half).map(|cell| cell.column).collect();
        places.sort_unstable();
        let last = map.cells.iter().filter(|cell| cell.row == row).map(|cell| cell.column).max();
        let at = &rows[row];
        match places.as_slice() {
            [] => at.clone(),
            [one] if Some(*one) != last => format!("{at} at {}", columns[*one]),
            [first, ..] if places.last() == last.as_ref() && places.len() == last.unwrap_or(0) - first + 1 => {
                format!("{at} from {}", columns[*first])
            }
            many => {
                let [first, last] = [many.first(), many.last()].map(|place| place.map_or("", |p| columns[*p].as_str()));
                let gaps = if many.len() == many[many.len() - 1] - many[0] + 1 { "" } else { ", with gaps" };
                format!("{at} from {first} to {last}{gaps}")
            }
        }
    };
    let some = |row: &usize| {
        map.cells.iter().any(|cell| cell.row == *row && 2 * cell.recovered.unwrap_or(0) >= cell.trials.max(1))
    };
    let all: Vec<usize> = (0..rows.len()).filter(some).collect();
    let lead = format!("Recovered in at least half of the runs, {} by {}:", map.y.label, map.x.label);
    let mut found: Vec<String> = all.iter().take(NAMED).map(|row| of(*row)).collect();
    match (all.len(), rows.len() - all.len()) {
        (0, _) => return format!("Nowhere did half of the runs recover, {} by {}.", map.y.label, map.x.label),
        (_, 0) if all.len() <= NAMED => {}
        (_, 0) => found.push(count(all.len() - NAMED, "more row", "more rows")),
        _ if all.len() <= NAMED => found.push("the others nowhere".to_owned()),
        _ => found.push("others in the map".to_owned()),
    }
    format!("{lead} {}.", numbers::list(&found))
}

/// The flattest and the least flat cell.
fn flattest(map: &Map) -> String {
    let mut known: Vec<(f64, &MapCell)> =
        map.cells.iter().filter_map(|cell| Some((cell.excess?.height()?, cell))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some((least, at)), Some((most, least_flat))) = (known.first(), known.last()) else { return String::new() };
    let (columns, rows) = (map.x.names(), map.y.names());
    let place =
        |cell: &MapCell| format!("{} {}, {} {}", map.x.label, columns[cell.column], map.y.label, rows[cell.row]);
    let partly = map.cells.iter().any(|cell| cell.excess.is_some() && cell.limits < cell.trials);
    let partly = if partly { " * some runs reached no minimum; without a tint: most." } else { "" };
    let without = match map.cells.len() - known.len() {
        0 => partly.to_owned(),
        n => format!("{partly} – no minimum, or none whose flattest is known: {}.", count(n, "cell", "cells")),
    };
    format!(
        "Median excess flatness from {} ({}) to {} ({}).{without}",
        numbers::multiple(*least),
        place(at),
        numbers::multiple(*most),
        place(least_flat)
    )
}

/// Whether any map rests on a flattest minimum that is not certified.
pub(crate) fn is_uncertified(study: &Study) -> bool {
    study.panels.iter().any(|panel| !panel.control && panel.quality.is_some_and(|quality| quality != Quality::Minimum))
}
