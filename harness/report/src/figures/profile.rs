use plotters::element::PathElement;
use plotters::style::Color;

use super::Figure;
use super::chart::{Drawn, chart, describe};
use super::legend::stroke_of;
use super::standalone::Below;
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::Profile;
use crate::numbers::{self, exact};
use crate::study::Study;

/// Size of a figure, pixels.
const SIZE: (f64, f64) = (460.0, 300.0);

/// One figure per target.
pub(crate) fn profiles(study: &Study, profiles: &[Profile]) -> Vec<Figure> {
    profiles.iter().filter_map(|profile| figure(study, profile)).collect()
}

fn figure(study: &Study, profile: &Profile) -> Option<Figure> {
    let id = format!("profile-{}", profile.target.name());
    let title = format!("Performance profile: cost to {}", profile.target.name());
    let sentence = sentence(study, profile);
    let canvas = Canvas::new(SIZE.0, SIZE.1);
    let axes = draw(&canvas, study, profile, &title).ok()?;
    Some(Figure {
        svg: canvas.finish(&id, &title, &sentence, &axes),
        id,
        title,
        sentence,
        panel: None,
        optimizer: None,
        below: Some(Below { size: SIZE, notes: "" }),
    })
}

fn draw(canvas: &Canvas, study: &Study, profile: &Profile, title: &str) -> Drawn<String> {
    let x = Axis::logarithmic(profile.curves.iter().flat_map(|c| c.1.iter().copied()).chain([1.0, 10.0]), 1.0);
    let y = Axis::between(0.0, 1.02);
    let area = canvas.area();
    let x_name = "cost over the least cost of any optimizer";
    let chart = chart(canvas, &area, title, (x.clone(), x_name), (y.clone(), "share of problems"))?;
    for (optimizer, factors) in &profile.curves {
        let look = study.look(*optimizer);
        let share = |solved: usize| solved as f64 / profile.solvable as f64;
        let all: Vec<String> = factors.iter().map(|f| exact(Some(*f))).collect();
        canvas.open(&[
            ("class", &format!("series {}", stroke_of(look).1)),
            ("data-o", &optimizer.to_string()),
            ("data-optimizer", &study.optimizers[*optimizer]),
            ("stroke-dasharray", look.dash()),
            ("stroke-opacity", look.strength()),
            ("data-v", &format!("solved={};of={};cost_factors={}", factors.len(), profile.solvable, all.join(" "))),
        ]);
        canvas.title(&format!("{}: {} of {} problems", &study.optimizers[*optimizer], factors.len(), profile.solvable));
        let mut steps = vec![(x.clamp(0.0), 0.0)];
        for (solved, factor) in factors.iter().enumerate() {
            steps.push((x.clamp(*factor), share(solved)));
            steps.push((x.clamp(*factor), share(solved + 1)));
        }
        steps.push((x.clamp(f64::MAX), share(factors.len())));
        chart.plotting_area().draw(&PathElement::new(steps, look.line().stroke_width(px(1.8) as u32)))?;
        canvas.close();
    }
    Ok(describe(&chart, &x, &y))
}

fn sentence(study: &Study, profile: &Profile) -> String {
    let names = |of: &dyn Fn(&[f64]) -> usize| {
        let most = profile.curves.iter().map(|(_, f)| of(f)).max().unwrap_or(0);
        let best: Vec<&str> = profile
            .curves
            .iter()
            .filter(|(_, f)| of(f) == most)
            .map(|(o, _)| study.optimizers[*o].as_str())
            .take(3)
            .collect();
        (numbers::list(&best), most)
    };
    let (fastest, wins) = names(&|factors| factors.iter().filter(|f| **f <= 1.0).count());
    let (surest, solved) = names(&|factors| factors.len());
    format!(
        "Of {} problems that some optimizer solved (out of {}), {fastest} solved {wins} at the least cost, and {surest} \
         the most, {solved}; solved means {}.",
        profile.solvable,
        profile.problems,
        profile.target.meaning()
    )
}
