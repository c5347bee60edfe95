//! The gallery: one page with a card for every optimizer of an archive, and pictures of the problems that can be drawn as a plane.

mod card;
mod markdown;
mod place;

use std::collections::BTreeMap;

use flatbench_records::{Init, Record, Trajectory};
use serde::Serialize;

use crate::figures::{self, Drawing, Plane};
use crate::numbers::{count, unbroken};
use crate::study::Study;
use crate::{Input, data, palette, templates};

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
    /// Its table, for a README.
    pub markdown: String,
}

#[derive(Serialize)]
struct Page {
    title: String,
    lead: String,
    planes: Vec<View>,
    starts: Vec<&'static str>,
    /// Whether any case has that start.
    has: [bool; card::STARTS],
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
    let markdown = markdown::markdown(&cards);
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
        has: Init::ALL.map(|init| study.panels.iter().any(|panel| panel.init == init)),
        cards,
    };
    let figures = drawings.into_iter().map(|drawing| (format!("{}.svg", drawing.id), drawing.svg)).collect();
    Gallery { html: templates::gallery(&page), figures, markdown }
}

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
    let looks = palette::looks(names.iter().map(|name| (name.as_str(), None)));
    figures::plane(plane, &names.iter().cloned().zip(looks).collect::<Vec<_>>(), &runs)
}

#[cfg(test)]
mod tests {
    use flatbench_records::{Outcome, Rule, Trial, TrialRung};

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

    /// A search whose trials of `name` score 1, 2, 4 and 8 times the best from both starts.
    fn trials(name: &str, best: f64) -> Vec<Trial> {
        let trial = |(init, number): (Init, u32)| Trial {
            format: 1,
            suite: "default".to_owned(),
            optimizer: name.to_owned(),
            plugin: name.to_owned(),
            init,
            trial: number + 1,
            hyperparameters: [("step_size".to_owned(), f64::from(number).into())].into(),
            rule: Rule::Validation,
            rungs: vec![TrialRung {
                rung: 1,
                share: 1.0,
                scores: [("a".to_owned(), Some(best * 2f64.powi(3 - number as i32)))].into(),
                overall: None,
                without: 0,
            }],
            chosen: number == 3,
        };
        Init::STANDARD.into_iter().flat_map(|init| (0..4).map(move |number| (init, number))).map(trial).collect()
    }

    #[test]
    fn a_card_shows_how_much_settings_matter_from_each_start() {
        let mut input = synthetic::study(3, 3, 7);
        let without = gallery(&input, &[], &Input::default(), &BTreeMap::new());
        assert!(!without.html.contains("aria-labelledby=\"settings-"));
        input.sources[0].trials = [trials("gd", 1.0), trials("sgd", 2.0)].concat();
        let made = gallery(&input, &[], &Input::default(), &BTreeMap::new());
        assert_eq!(made.html.matches("aria-labelledby=\"settings-").count(), 2, "two optimizers were searched");
        let (_, drawn) = made.html.split_once("aria-labelledby=\"settings-sgd").expect("a drawing");
        let drawn = drawn.split("</figure>").next().unwrap_or_default();
        let expected = "4 trials from a large start: best 2.00×, median 4.00×, worst 16.0× (default 16.0×) and 4 trials from a small start";
        assert!(drawn.contains(expected), "{drawn}");
        for (class, number) in [("setting", 8), ("best", 2), ("median", 2), ("worst", 2), ("default", 2), ("chosen", 2)]
        {
            assert_eq!(drawn.matches(&format!("class=\"{class}\"")).count(), number, "{class}");
        }
        let report = crate::render(&input);
        for start in ["large", "small"] {
            let is_it = |(name, _): &&(String, String)| *name == format!("sensitivity-{start}.svg");
            let (_, svg) = report.figures.iter().find(is_it).expect("the report shows them together");
            assert!(svg.contains("data-optimizer=\"sgd\"") && svg.contains("class=\"chosen\""), "{start}");
        }
    }

    #[test]
    fn one_table_has_every_optimizer_and_case_in_the_page_and_as_markdown() {
        let mut input = synthetic::study(3, 3, 7);
        let first = input.sources[0].records[0].clone();
        let is_first =
            |own: &&mut Record| (&own.optimizer, &own.case, own.init) == (&first.optimizer, &first.case, first.init);
        for record in input.sources[0].records.iter_mut().filter(is_first) {
            (record.result.outcome, record.result.outcome_detail) = (Outcome::Skipped, Some("it | cannot".to_owned()));
            (record.result.limit, record.result.iterate) = (None, None);
        }
        let made = gallery(&input, &[], &Input::default(), &BTreeMap::new());
        let study = Study::new(&input);
        let (_, table) = made.html.split_once("id=\"overview-h\"").expect("a table");
        let table = table.split("</section>").next().unwrap_or_default();
        for name in &study.optimizers {
            let link = format!("<a href=\"#{}\">{name}</a>", figures::slug(name));
            assert_eq!(table.matches(&link).count(), 2, "{name}: a row for each start");
        }
        let of = |init: Init| study.panels.iter().filter(|panel| panel.init == init).count();
        assert_eq!(table.matches("<td").count(), study.optimizers.len() * study.panels.len());

        let blocks: Vec<&str> = made.markdown.split("\n\n").collect();
        for (init, block) in Init::STANDARD.into_iter().zip([blocks[1], blocks[3]]) {
            let rows: Vec<&str> = block.lines().collect();
            assert_eq!(rows.len(), 2 + study.optimizers.len(), "{block}");
            let cells = |row: &str| row.replace("\\|", "").matches('|').count();
            assert!(rows.iter().all(|row| cells(row) == of(init) + 2), "{block}");
        }
        let row = |name: &str| blocks[1].lines().find(|row| row.starts_with(&format!("| {name} |"))).expect("a row");
        assert!(row(&first.optimizer).contains("–\u{a0}<sup>"), "{}", made.markdown);
        assert!(made.markdown.contains("</sup> not run: it \\| cannot"), "{}", made.markdown);
        let other = row("sgd").split(" | ").nth(1).expect("a cell");
        let (numbers, interval) = other.split_once("<br>").expect("an interval of three instances");
        assert!(numbers.contains("\u{a0}·\u{a0}") && numbers.contains("/3"), "{other}");
        assert!(interval.starts_with('[') && interval.ends_with(']'), "{other}");
    }
}
