//! Reports over data whose truth nobody knows.

use flatbench_records::{Dimensions, Init, Limit, LimitState, Metrics, Outcome};
use flatbench_report::{Input, render};

use crate::synthetic;

const REASON: &str = "900 measurements contradict each other in general where there are 800 parameters";

/// Four optimizers on two cases from both starts, none at zero loss; held-out errors in the units of the file where `rmse` says so.
fn study(rmse: bool) -> Input {
    let mut input = synthetic::study(2, 3, 4);
    input.trajectories.values_mut().flat_map(|t| &mut t.checkpoints).for_each(|c| c.relative_error = None);
    for r in &mut input.sources[0].records {
        r.dimensions = r.dimensions.map(|d| Dimensions { rank: None, oversampling: None, ..d });
        r.result.reference = Default::default();
        r.result.reference.missing = Some("flattest: more measurements than parameters".to_owned());
        r.result.limit = Some(Limit {
            state: LimitState::NotReached,
            reason: Some(REASON.to_owned()),
            distance_moved: None,
            metrics: Metrics::default(),
        });
        for m in [r.result.iterate.as_mut(), r.result.start.as_mut()].into_iter().flatten() {
            (m.relative_error, m.excess_flatness, m.model_gap) = (None, None, None);
            m.test_loss = Some(if r.optimizer == "sam" { 0.125 } else { 0.5 });
            m.test_rmse = m.test_loss.filter(|_| rmse).map(|loss| 8.0 * loss.sqrt());
        }
    }
    input
}

/// The text of a page before its scripts, without marks.
fn text(html: &str) -> String {
    let body = html.split("<main>").nth(1).and_then(|rest| rest.split("<script").next()).expect("a page");
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_held_out_error_leads_in_the_units_of_the_file() {
    let html = crate::without_terms(&render(&study(true)).html);
    let headline =
        html.split("<p class=\"headline").nth(1).and_then(|rest| rest.split("</p>").next()).expect("a headline");
    assert!(headline.contains("root mean square error on held-out data in the units of the file"), "{headline}");
    assert!(headline.contains(": <b>sam</b> 2.83 (0.125), <b>"), "{headline}");
    // In the first table too, with flatness called by where it is.
    let first = html.split("<table").nth(1).and_then(|rest| rest.split("</table>").next()).expect("a table");
    assert!(first.starts_with(" class=\"glance\"") && first.contains(">RMSE 2.83</b>"), "{first}");
    let cells = || first.split("<td ").skip(1);
    assert!(
        cells().count() == 16
            && cells().all(|cell| cell.contains("at the iterate<") && cell.contains("held-out error 0."))
    );
    assert!(
        cells().all(|cell| cell.contains("class=\"q0\"") == cell.contains("RMSE 2.83")),
        "the least error is green"
    );
    let heads = html.split("id=\"full-table\"").nth(1).and_then(|rest| rest.split("</thead>").next()).expect("a table");
    let heads: Vec<&str> =
        heads.split("<th scope=\"col\">").skip(1).map(|head| head.split('<').next().unwrap_or("")).collect();
    let expected =
        ["case", "optimizer", "held-out RMSE", "held-out error", "tr H at the iterate", "balance gap at the iterate"];
    assert_eq!(heads[..6], expected, "{heads:?}");
    assert!(!heads.iter().any(|head| ["excess flatness", "model gap", "relative error"].contains(head)), "{heads:?}");
    assert!(html.contains("squared and relative") && html.contains("<dt>Held-out error</dt>"));
}

#[test]
fn what_has_nothing_to_say_is_left_out() {
    for rmse in [true, false] {
        let rendered = render(&study(rmse));
        let html = &rendered.html;
        for id in ["flatness-section", "phases-section", "sharpness-section", "recovery-section", "failures"] {
            assert!(!html.contains(&format!("id=\"{id}\"")) && !html.contains(&format!("href=\"#{id}\"")), "{id}");
        }
        for word in ["recovered", "Recovered", "recoveries", "recovers"] {
            let place = html.find(word).unwrap_or(0);
            assert!(!html.contains(word), "{}", &html[place.saturating_sub(200)..][..400]);
            assert!(rendered.figures.iter().all(|(_, svg)| !svg.contains(word)));
        }
        let text = text(html);
        for idle in [
            "no flatness can be compared",
            "Excess flatness",
            "Wilcoxon",
            "→",
            "where gradient flow from there ends",
            "ground truth is the",
        ] {
            assert!(!text.contains(idle), "{idle}");
        }
        assert!(html.contains("<label hidden>Show"), "there are no limits to choose");
        assert!(text.contains("No run reached a zero-loss point (900 measurements contradict each other"), "{text}");
        assert!(
            html.contains("id=\"trajectories-section\"")
                && text.contains("Measurements are the known entries of a file")
        );
        assert!(text.contains("Singular values of the end-to-end matrix") && !text.contains("the truth has"));
    }
}

#[test]
fn records_without_units_are_led_by_the_relative_error() {
    let html = render(&study(false)).html;
    let headline = html.split("<p class=\"headline").nth(1).and_then(|rest| rest.split("</p>").next());
    let words = "median squared error on held-out data: <b>sam</b> 0.125";
    assert!(headline.is_some_and(|headline| headline.contains(words)), "{headline:?}");
    assert!(html.contains(">held-out error 0.125</b>") && !html.contains("RMSE"));
}

#[test]
fn failures_and_minima_are_said_where_there_are_some() {
    let mut input = study(true);
    let records = &mut input.sources[0].records;
    records[0].result.outcome = Outcome::Panicked;
    let case = records[0].case.clone();
    let reached = synthetic::study(2, 3, 4).sources[0].records[0].result.limit.clone();
    for r in records.iter_mut().filter(|r| r.case != case && r.init == Init::Large) {
        r.result.limit = reached.clone();
        r.family_parameters.insert("center".to_owned(), "both".into());
        r.family_parameters.insert("scale".to_owned(), "columns".into());
    }
    let html = render(&input).html;
    assert!(html.contains("id=\"failures\"") && html.contains("1 compared run failed; see Failures."));
    assert!(!html.contains("<label hidden>Show") && html.contains("<dt>Limit</dt>"));
    assert!(
        html.contains("centred by rows and columns, scaled by columns"),
        "how the data were changed stands with the sizes"
    );
    let first =
        html.split("<table class=\"glance\"").nth(1).and_then(|rest| rest.split("</table>").next()).expect("a table");
    let at_iterates =
        first.split("<tr data-p=").filter(|row| row.split("<td ").skip(1).all(|c| c.contains("at the iterate</span>")));
    assert!(at_iterates.count() >= 3, "{first}");
}
