use plotters::element::{Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::chart::{Drawn, PANEL, chart, describe, text};
use super::{Figure, slug};
use crate::axis::Axis;
use crate::canvas::Canvas;
use crate::data::Heat;
use crate::numbers::{self, count, short};
use crate::palette::INK;
use crate::study::Study;

/// Strongest tint: numbers stay legible on it.
const TINT: f64 = 0.55;

/// Share recovered by measurements and rank, one figure per optimizer and series of cases.
pub(crate) fn heats(study: &Study, heats: &[Heat]) -> Vec<Figure> {
    heats.iter().enumerate().filter_map(|(index, heat)| figure(study, index, heat)).collect()
}

fn figure(study: &Study, index: usize, heat: &Heat) -> Option<Figure> {
    let name = &study.optimizers[heat.optimizer];
    let title = format!("{name} · {} · {} init", heat.family, heat.init.name());
    let id = format!("heat-{}-{}", index + 1, slug(&title));
    let sentence = sentence(heat);
    let canvas = Canvas::new(PANEL.0, PANEL.1);
    let axes = draw(&canvas, study, heat, &title).ok()?;
    let long = format!("Share recovered by {} and rank: {title} ({})", heat.amount, heat.sizes);
    let svg = canvas.finish(&id, &long, &sentence, &axes);
    Some(Figure { svg, id, title, sentence, panel: None, optimizer: Some(heat.optimizer), below: None })
}

fn draw(canvas: &Canvas, study: &Study, heat: &Heat, title: &str) -> Drawn<String> {
    // Equal cells, whatever the steps between the amounts; each carries its own words.
    let x = Axis::named(heat.amounts.iter().map(|a| said(*a)).collect());
    let y = Axis::named(heat.ranks.iter().map(usize::to_string).collect());
    let area = canvas.area();
    let chart = chart(canvas, &area, title, (x.clone(), heat.amount), (y.clone(), "rank r"))?;
    let plot = chart.plotting_area();
    let look = study.look(heat.optimizer);
    let style = text(10.0, &INK).pos(Pos::new(HPos::Center, VPos::Center));
    canvas.open(&[
        ("class", "series"),
        ("data-o", &heat.optimizer.to_string()),
        ("data-optimizer", &study.optimizers[heat.optimizer]),
    ]);
    for &(column, row, recovered, trials) in &heat.cells {
        let (amount, rank) = (said(heat.amounts[column]), heat.ranks[row]);
        let values = format!("amount={amount};rank={rank};recovered={recovered};trials={trials}");
        canvas.open(&[("class", "trial"), ("data-v", &values)]);
        canvas.title(&format!("{} {amount}, rank {rank}: {recovered} of {trials} recovered", heat.amount));
        let (c, r) = (column as f64, row as f64);
        let share = recovered as f64 / trials.max(1) as f64;
        plot.draw(&Rectangle::new(
            [(c - 0.48, r + 0.48), (c + 0.48, r - 0.48)],
            look.fill().mix(0.04 + (TINT - 0.04) * share).filled(),
        ))?;
        plot.draw(&Text::new(format!("{recovered}/{trials}"), (c, r), style.clone()))?;
        canvas.close();
    }
    canvas.close();
    Ok(describe(&chart, &x, &y))
}

/// A count in full, a share in three digits.
fn said(amount: f64) -> String {
    if amount.fract() == 0.0 && amount.abs() < 1e9 { format!("{amount}") } else { short(amount) }
}

fn sentence(heat: &Heat) -> String {
    let from = |row: usize| {
        let mut cells: Vec<_> = heat.cells.iter().filter(|c| c.1 == row).collect();
        cells.sort_by_key(|c| c.0);
        let first = cells.iter().find(|c| 2 * c.2 >= c.3.max(1));
        let rank = heat.ranks[row];
        match first {
            Some(cell) => format!("rank {rank} from {}", said(heat.amounts[cell.0])),
            None => format!("rank {rank} nowhere"),
        }
    };
    let rows: Vec<String> = (0..heat.ranks.len().min(6)).map(from).collect();
    let more = match heat.ranks.len() {
        0..=6 => String::new(),
        n => format!(" ({} more)", count(n - 6, "rank", "ranks")),
    };
    format!("Recovered in at least half of the runs, by {}: {}{more}.", heat.amount, numbers::list(&rows))
}
