//! Reports over a loss without second derivatives: recovery leads.

use flatbench_records::{Limit, LimitState, Metrics};
use flatbench_report::{Input, render};

use crate::synthetic;

/// Two cases from both starts of which nothing is known that is made of second derivatives; sam alone recovers.
fn study() -> Input {
    let mut input = synthetic::study(2, 3, 4);
    for checkpoint in input.trajectories.values_mut().flat_map(|t| &mut t.checkpoints) {
        (checkpoint.hessian_trace, checkpoint.lambda_max) = (None, None);
    }
    for r in &mut input.sources[0].records {
        r.result.reference = Default::default();
        r.result.reference.missing = Some("flattest: the loss is a mean of absolute values".to_owned());
        r.result.limit = Some(Limit {
            state: LimitState::NotReached,
            reason: Some("the loss is a mean of absolute values".to_owned()),
            distance_moved: None,
            metrics: Metrics::default(),
        });
        let error = if r.optimizer == "sam" { 1e-12 } else { 0.25 };
        for m in [r.result.iterate.as_mut(), r.result.start.as_mut()].into_iter().flatten() {
            *m = Metrics {
                train_loss: m.train_loss,
                test_loss: m.test_loss,
                relative_error: Some(error),
                nuclear_norm: m.nuclear_norm,
                singular_values: m.singular_values.clone(),
                ..Metrics::default()
            };
        }
    }
    input
}

#[test]
fn recovery_leads_where_there_is_no_flatness() {
    let html = crate::without_terms(&render(&study()).html);
    let headline =
        html.split("<p class=\"headline").nth(1).and_then(|rest| rest.split("</p>").next()).expect("a headline");
    assert!(headline.contains("whose loss has no second derivatives"), "{headline}");
    assert!(headline.contains("runs that recovered the truth: <b>sam</b> all 3 runs"), "{headline}");
    assert!(headline.contains(", <b>gd</b> 0 of 3 runs"), "{headline}");
    // Where flatness is known nothing of the kind is said.
    assert!(!render(&synthetic::study(2, 3, 4)).html.contains("no second derivatives"));
}
