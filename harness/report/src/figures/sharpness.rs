use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Figure;
use super::chart::{Drawn, mesh, text};
use super::marker::marker;
use crate::axis::Axis;
use crate::canvas::{Canvas, px};
use crate::data::Sharpness;
use crate::numbers::{exact, short};
use crate::palette::{INK, Look, MUTED, PAPER, Shape};
use crate::study::Study;

/// One row per measure of sharpness: its correlation with the relative error.
pub(crate) fn sharpness(study: &Study, measures: &[Sharpness]) -> Option<Figure> {
    let first = measures.first()?;
    let title = "Which sharpness measure predicts recovery?";
    let canvas = Canvas::new(560.0, 74.0 + 26.0 * measures.len() as f64);
    draw(&canvas, study, measures).ok()?;
    let last = &measures[measures.len() - 1];
    let mut sentence = format!(
        "Inside a case, {} goes with the relative error most closely (rank correlation {}, {} to {}), {} least ({}).",
        first.name,
        short(first.in_cases.correlation.estimate),
        short(first.in_cases.correlation.low),
        short(first.in_cases.correlation.high),
        last.name,
        short(last.in_cases.correlation.estimate)
    );
    let reversed: Vec<&str> = measures.iter().filter(|m| m.reverses()).map(|m| m.name).collect();
    if !reversed.is_empty() {
        sentence.push_str(&format!(
            " Warning: for {} the sign turns around when cases are mixed.",
            crate::numbers::list(&reversed)
        ));
    }
    Some(Figure {
        svg: canvas.finish("sharpness", title, &sentence, ""),
        id: "sharpness".to_owned(),
        title: title.to_owned(),
        sentence,
        panel: None,
        optimizer: None,
        below: None,
    })
}

fn draw(canvas: &Canvas, study: &Study, measures: &[Sharpness]) -> Drawn {
    let area = canvas.area();
    let rows = measures.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .margin(px(8.0))
        .x_label_area_size(px(40.0))
        .y_label_area_size(px(140.0))
        .build_cartesian_2d(Axis::between(-1.0, 1.0), Axis::between(0.0, rows))?;
    canvas.open(&[("class", "mesh")]);
    mesh(&mut chart)
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(9)
        .x_desc("rank correlation with the relative error (1: sharper means worse)")
        .draw()?;
    canvas.close_tidied();
    let plot = chart.plotting_area();
    plot.draw(&PathElement::new(vec![(0.0, 0.0), (0.0, rows)], MUTED.stroke_width(px(1.0) as u32)))?;
    let (accent, second) = (Look::of(0, false), Look::of(1, false));
    for (index, measure) in measures.iter().enumerate() {
        let y = rows - index as f64 - 0.5;
        let (_, down) = plot.map_coordinate(&(0.0, y));
        let style = text(11.0, &INK).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw_text(measure.name, &style, (px(140.0), down))?;
        for (panel, rho) in &measure.by_panel {
            canvas.open(&[("data-p", &panel.to_string())]);
            canvas.title(&format!("{}: {} within {}", measure.name, short(*rho), study.panels[*panel].title));
            plot.draw(&Circle::new((*rho, y - 0.3), px(2.0), MUTED.mix(0.55).filled()))?;
            canvas.close();
        }
        let within = &measure.in_cases;
        let own = measure.in_optimizers.map(|within| within.correlation);
        let values = format!(
            "measure={};within={};low={};high={};p={};optimizer={};optimizer_low={};optimizer_high={};kendall={};mixed={}",
            measure.name,
            exact(Some(within.correlation.estimate)),
            exact(Some(within.correlation.low)),
            exact(Some(within.correlation.high)),
            exact(Some(within.p)),
            exact(own.map(|c| c.estimate)),
            exact(own.map(|c| c.low)),
            exact(own.map(|c| c.high)),
            exact(measure.kendall),
            exact(measure.pooled)
        );
        canvas.open(&[("class", "estimate s-l0"), ("stroke", "#006caa"), ("data-v", &values)]);
        canvas.title(&format!(
            "{}: {} ({} to {}), permutation p {}",
            measure.name,
            short(within.correlation.estimate),
            short(within.correlation.low),
            short(within.correlation.high),
            short(within.p)
        ));
        let ends = vec![(within.correlation.low, y + 0.14), (within.correlation.high, y + 0.14)];
        plot.draw(&PathElement::new(ends, accent.line().stroke_width(px(2.0) as u32)))?;
        marker(&chart, (within.correlation.estimate, y + 0.14), Shape::Circle, 4.0, accent.fill())?;
        canvas.close();
        if let Some(own) = own {
            canvas.open(&[("class", "estimate s-l1"), ("stroke", "#c85800")]);
            let (estimate, low, high) = (short(own.estimate), short(own.low), short(own.high));
            canvas.title(&format!("{}: {estimate} ({low} to {high}) among the runs of one optimizer", measure.name));
            let ends = vec![(own.low, y - 0.08), (own.high, y - 0.08)];
            plot.draw(&PathElement::new(ends, second.line().stroke_width(px(1.4) as u32)))?;
            marker(&chart, (own.estimate, y - 0.08), Shape::Square, 3.2, second.fill())?;
            canvas.close();
        }
        if let Some(pooled) = measure.pooled {
            canvas.open(&[("class", "pooled s-ink"), ("stroke", "#1b1f24")]);
            canvas.title(&format!("{}: {} with all cases mixed", measure.name, short(pooled)));
            marker(&chart, (pooled, y + 0.14), Shape::Diamond, 3.4, PAPER)?;
            canvas.close();
        }
    }
    Ok(())
}
