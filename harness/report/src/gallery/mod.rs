//! The gallery: one page with a card for every optimizer of an archive, and pictures of the problems that can be drawn as a plane.

mod card;

use std::collections::BTreeMap;

use flatbench_records::{Init, Record, Trajectory};
use serde::Serialize;

use crate::figures::{self, Drawing, Plane};
use crate::numbers::{count, unbroken};
use crate::study::Study;
use crate::{Input, data, templates};

/// What a gallery says of an optimizer that no record knows.
#[derive(Clone, Debug, Default)]
pub struct Method {
    /// What it is, in one sentence.
    pub description: String,
    /// Where its code is, as the page links to it.
    pub code: Option<String>,
}

/// A finished gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gallery {
    /// The page: one file, nothing loaded from elsewhere.
    pub html: String,
    /// File name and text of the picture of each plane.
    pub figures: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Page {
    title: String,
    lead: String,
    planes: Vec<View>,
    starts: Vec<&'static str>,
    cards: Vec<card::Card>,
}

/// A drawing in the page.
#[derive(Serialize)]
struct View {
    id: String,
    svg: String,
    sentence: String,
}

impl View {
    fn of(drawing: &Drawing) -> Self {
        let svg = figures::inline(&drawing.id, &drawing.svg);
        View { id: drawing.id.clone(), svg, sentence: unbroken(&drawing.sentence) }
    }
}

/// Makes the page of the runs in `input`, with pictures of `planes` and of the runs on them in `walks`. `methods` are by the name of the
/// optimizer. A pure function.
pub fn gallery(input: &Input, planes: &[Plane], walks: &Input, methods: &BTreeMap<String, Method>) -> Gallery {
    let study = Study::new(input);
    let drawings: Vec<Drawing> = planes.iter().filter_map(|plane| drawing(&study, plane, walks)).collect();
    let cards = card::cards(&study, &data::table(&study), input, methods);
    let suites: Vec<&str> = input.sources.iter().filter_map(|source| source.name.as_deref()).collect();
    let machines: Vec<String> = input
        .sources
        .iter()
        .filter_map(|source| source.environment.as_ref())
        .map(|environment| format!("flatbench {}", environment.flatbench_version))
        .collect();
    let page = Page {
        title: "Gallery".to_owned(),
        lead: format!(
            "{} on {} of {} ({}). In the order of how flat the minima are that they reach from a large start.",
            count(cards.len(), "optimizer", "optimizers"),
            count(study.panels.iter().filter(|panel| panel.init == Init::Large).count(), "case", "cases"),
            suites.join(", "),
            machines.join("; "),
        ),
        planes: drawings.iter().map(View::of).collect(),
        starts: Init::ALL.map(Init::name).to_vec(),
        cards,
    };
    let figures = drawings.into_iter().map(|drawing| (format!("{}.svg", drawing.id), drawing.svg)).collect();
    Gallery { html: templates::gallery(&page), figures }
}

/// Optimizers of the planes have the looks that they have in the rest of the page; those that are on the planes only, further ones.
fn drawing(study: &Study, plane: &Plane, walks: &Input) -> Option<Drawing> {
    let records = walks.sources.iter().flat_map(|source| &source.records).filter(|record| record.case == plane.case);
    let runs: Vec<(&Record, &Trajectory)> =
        records.filter_map(|record| Some((record, walks.trajectories.get(&record.key)?))).collect();
    let mut names = study.optimizers.clone();
    for (record, _) in &runs {
        if !names.contains(&record.optimizer) {
            names.push(record.optimizer.clone());
        }
    }
    figures::plane(plane, &names, &runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    #[test]
    fn every_optimizer_has_a_card_with_its_places_settings_and_path() {
        let input = synthetic::study(3, 3, 7);
        let method = Method { description: "Steps & <slopes>.".to_owned(), code: Some("../../plugins/gd".to_owned()) };
        let methods = BTreeMap::from([("gd".to_owned(), method)]);
        let made = gallery(&input, &[], &Input::default(), &methods);
        assert_eq!(made, gallery(&input, &[], &Input::default(), &methods), "the same bytes again");
        let names: Vec<String> = Study::new(&input).optimizers;
        for name in &names {
            let (_, card) = made.html.split_once(&format!("id=\"{}\"", figures::slug(name))).expect("a card");
            let card = card.split("</article>").next().unwrap_or_default();
            assert!(card.contains(&format!("--optimizer {name}")) && card.contains("start:"), "{name}");
        }
        assert_eq!(made.html.matches("<article").count(), names.len());
        assert!(
            made.html.contains("Steps &amp; &lt;slopes&gt;.")
                && made.html.contains("href=\"..&#x2f;..&#x2f;plugins&#x2f;gd\"")
        );
        let elsewhere = ["src=\"http", "href=\"http", "url(http"];
        assert!(elsewhere.iter().all(|place| !made.html.contains(place)), "nothing is loaded from elsewhere");
        assert!(made.figures.is_empty());
    }
}
