//! Records that leave something out, or say something mad, still make a report.

use crate::synthetic;

use flatbench_records::{Init, LimitState, Metrics, Outcome};
use flatbench_report::{Input, Source, render};

fn report(change: impl Fn(&mut flatbench_records::Record)) -> String {
    let mut input = synthetic::study(2, 2, 3);
    input.sources[0].records.iter_mut().for_each(change);
    render(&input).html
}

#[test]
fn no_records() {
    let rendered = render(&Input { sources: vec![Source::default()], ..Input::default() });
    assert!(rendered.html.contains("There are no records yet"));
    assert!(rendered.figures.is_empty());
    assert!(!rendered.html.contains("<figure"));
}

#[test]
fn no_directories() {
    assert!(render(&Input::default()).html.contains("no records"));
}

#[test]
fn only_failures() {
    let html = report(|r| {
        r.result.outcome = Outcome::Panicked;
        r.result.outcome_detail = Some("index out of bounds".to_owned());
        (r.result.iterate, r.result.limit, r.result.start, r.dimensions) = (None, None, None, None);
        r.result.reference = Default::default();
    });
    assert!(html.contains("index out of bounds") && html.contains("panicked"));
    let section =
        html.split("id=\"failures\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("it is there");
    let (rows, runs) = (section.matches("<tr data-o=").count(), section.matches("href=\"#run-").count());
    assert!(rows > 1 && runs >= 3 * rows, "a row for what all runs of an optimizer have: {rows} rows, {runs} runs");
    assert!(html.contains("so no flatness can be compared"));
    assert!(!html.contains("class=\"board\""), "no instance is known, so there is no scoreboard");
    assert!(html.contains("There is no run with both a relative error and a trace"));
}

#[test]
fn one_run() {
    let mut input = synthetic::study(1, 1, 1);
    input.sources[0].records.truncate(1);
    let html = render(&input).html;
    assert!(html.contains("a comparison needs a second optimizer"));
    assert!(html.contains("Only gd"));
}

#[test]
fn numbers_that_are_none() {
    let html = report(|r| {
        if let Some(m) = &mut r.result.iterate {
            *m = Metrics::default();
        }
        r.result.limit = None;
    });
    // References are still drawn.
    assert!(html.contains("No run has a place here"));
}

#[test]
fn numbers_that_are_not_finite() {
    for mad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, f64::MAX, f64::MIN_POSITIVE] {
        let mut input = synthetic::study(2, 2, 3);
        for r in &mut input.sources[0].records {
            r.result.gradient_equivalents = mad;
            r.result.optimizer_seconds = mad;
            r.budget = mad;
            for m in
                [r.result.iterate.as_mut(), r.result.limit.as_mut().map(|l| &mut l.metrics), r.result.start.as_mut()]
                    .into_iter()
                    .flatten()
            {
                (m.relative_error, m.hessian_trace, m.train_loss, m.lambda_max) =
                    (Some(mad), Some(mad), Some(mad), Some(mad));
                m.excess_flatness = None;
            }
            for reference in [&mut r.result.reference.flat, &mut r.result.reference.norm_minimal].into_iter().flatten()
            {
                (reference.hessian_trace, reference.relative_error) = (mad, Some(mad));
            }
        }
        for trajectory in input.trajectories.values_mut() {
            for c in &mut trajectory.checkpoints {
                (c.gradient_equivalents, c.train_loss, c.hessian_trace) = (mad, Some(mad), Some(mad));
                c.singular_values = vec![mad; 3];
            }
        }
        let rendered = render(&input);
        for (name, svg) in &rendered.figures {
            assert!(!svg.contains("NaN") && !svg.contains("\"inf"), "{name} with {mad}");
        }
    }
}

#[test]
fn runs_that_reached_no_limit() {
    let mut input = synthetic::study(2, 3, 5);
    for r in input.sources[0].records.iter_mut().filter(|r| r.optimizer == "sgd" && r.init == Init::Small) {
        if let (Some(limit), Some(iterate)) = (&mut r.result.limit, &mut r.result.iterate) {
            (limit.state, limit.reason) = (LimitState::NotReached, Some("a saddle".to_owned()));
            (iterate.excess_flatness, iterate.hessian_trace, iterate.relative_error) =
                (Some(1e-7), Some(1e-5), Some(1.0));
        }
    }
    let html = crate::without_terms(&render(&input).html);
    assert!(html.contains("No minimum was reached by sgd (hollow marks only)"));
    assert!(!html.contains("Flattest: sgd"));
    assert!(html.contains("6 runs reached no zero-loss point: <b>sgd</b> from a small start (a saddle: 6 of 6 runs)"));
    assert!(html.contains("<b data-other=\"1.0e-7× at the iterate\">no minimum</b>"));
    // Their errors are those of the iterate, and say so.
    assert!(html.contains("<td data-other=\"1.00\">1.00*</td>"));
    assert!(html.contains("* some run reached no minimum, and counts with where it stopped."));
    // Nor do they squeeze the minima into a corner of the picture.
    let places = html.split("id=\"flatness-2-").nth(1).and_then(|svg| svg.split("data-axes=\"").nth(1));
    let lowest = places.and_then(|axes| axes.split('|').nth(2)?.split(' ').next()?.parse::<f64>().ok());
    assert!(lowest.is_some_and(|low| (0.3..0.5).contains(&low)), "{lowest:?}");
}

#[test]
fn references_that_are_missing() {
    let html = report(|r| {
        r.result.reference = Default::default();
        r.result.reference.missing = Some("row 3 was never observed".to_owned());
        for m in [r.result.iterate.as_mut(), r.result.limit.as_mut().map(|l| &mut l.metrics)].into_iter().flatten() {
            m.excess_flatness = None;
        }
    });
    assert!(html.contains("No flattest minimum is known here"));
    assert!(html.contains("row 3 was never observed"));
}

#[test]
fn thousands_of_optimizers() {
    let mut input = synthetic::study(1, 1, 3000);
    input.trajectories.clear();
    let rendered = render(&input);
    assert!(rendered.html.contains("the tables have 2990 more"), "the verdict names a few");
    assert!(rendered.html.contains("2900 more optimizers are in the tables below"));
    assert!(rendered.html.contains("method-2999"));
    assert!(rendered.html.contains("method-999"));
    assert!(rendered.html.len() < 20_000_000, "{}", rendered.html.len());
}

#[test]
fn where_instances_come_from_is_said_of_every_kind_of_case() {
    let drawn = "Ground truth and measurements are drawn from a seed.";
    let read = "The ground truth is read from a file, and measurements are drawn from a seed.";
    let unknown = "Measurements are the known entries of a file";
    let mut input = synthetic::study(3, 2, 3);
    let html = render(&input).html;
    assert!(html.contains(drawn) && !html.contains(read) && !html.contains(unknown));
    let cases: Vec<String> = input.sources[0].cases.clone();
    let environment = input.sources[0].environment.as_mut().expect("it has one");
    environment.data.insert(cases[0].clone(), flatbench_records::Reading::default());
    for record in input.sources[0].records.iter_mut().filter(|record| record.case == cases[1]) {
        for metrics in record.result.start.iter_mut().chain(&mut record.result.iterate) {
            metrics.relative_error = None;
        }
    }
    let html = render(&input).html;
    assert!(html.contains(drawn) && html.contains(read) && html.contains(unknown));
}
