//! What is measured along runs and where they end.

use super::super::*;
use crate::study::Study;
use crate::synthetic;

/// A run of the made-up records with a trajectory of its own.
fn along<'a>(study: &Study<'a>, checkpoints: &'a [flatbench_records::Checkpoint]) -> RunTrajectory<'a> {
    RunTrajectory { run: study.runs[0], checkpoints }
}

#[test]
fn flatness_along_the_way_is_that_of_the_flattest_minimum_and_knows_where_the_loss_is_zero() {
    let input = synthetic::study(1, 1, 1);
    let study = Study::new(&input);
    let unit = study.runs[0].record.result.reference.flat.as_ref().expect("known").hessian_trace;
    let checkpoints: Vec<flatbench_records::Checkpoint> = [(1.0, 5.0), (1.1e-6, 3.0), (1e-6, 2.0), (0.5, 4.0)]
        .map(|(loss, excess)| flatbench_records::Checkpoint {
            train_loss: Some(loss),
            hessian_trace: Some(excess * unit),
            ..Default::default()
        })
        .to_vec();
    let panel = &study.panels[study.runs[0].panel];
    let moments = along(&study, &checkpoints).moments(Quantity::Trace, panel);
    let values: Vec<f64> = moments.iter().map(|moment| (1e9 * moment.value).round() / 1e9).collect();
    assert_eq!(values, [5.0, 3.0, 2.0, 4.0]);
    assert_eq!(moments.iter().map(|m| m.interpolates).collect::<Vec<_>>(), [false, false, true, false]);
    let losses = along(&study, &checkpoints).moments(Quantity::Loss, panel);
    assert_eq!(losses[1].value, 1.1e-6, "only flatness has a unit");
}

#[test]
fn modes_that_grow_one_after_another_are_told_from_those_that_grow_together() {
    let input = synthetic::study(1, 1, 1);
    let study = Study::new(&input);
    // σ_i(t) = end · e^{rate_i (t − t_i)}/(1 + …): logistic, half of the end at t_i, which is what has to be found.
    let logistic = |t: f64, at: f64, rate: f64| 1.0 / (1.0 + (-rate * (t - at)).exp());
    let course = |times: [f64; 2]| -> Vec<flatbench_records::Checkpoint> {
        (0..=400)
            .map(|t| flatbench_records::Checkpoint {
                gradient_equivalents: f64::from(t),
                singular_values: vec![
                    logistic(f64::from(t), times[0], 0.3),
                    0.5 * logistic(f64::from(t), times[1], 0.3),
                    1e-9,
                ],
                ..Default::default()
            })
            .collect()
    };
    let apart = course([50.0, 150.0]);
    let found = modes(&along(&study, &apart)).expect("two modes are learned");
    assert!((found.times[0] - 50.0).abs() < 0.1 && (found.times[1] - 150.0).abs() < 0.1, "{found:?}");
    assert!((found.ratio - 3.0).abs() < 0.01 && found.share < 1e-6, "{found:?}");
    let together = course([80.0, 80.0]);
    let found = modes(&along(&study, &together)).expect("two modes are learned");
    assert!((found.ratio - 1.0).abs() < 1e-9 && (found.share - 0.5).abs() < 0.01, "{found:?}");
    // What is there from the start on was not learned.
    assert_eq!(modes(&along(&study, &course([-50.0, 100.0]))), None);
}

#[test]
fn the_edge_is_half_the_step_size_times_the_sharpness() {
    let mut input = synthetic::study(1, 1, 1);
    let record = &mut input.sources[0].records[0];
    let resolved = flatbench_records::Value::Real(0.1);
    record.result.resolved.insert("step_size".to_owned(), resolved);
    let study = Study::new(&input);
    // At the edge, λ = 20, from step 40 to 100, and at half of it before.
    let checkpoints: Vec<flatbench_records::Checkpoint> = (0..=10)
        .map(|i| flatbench_records::Checkpoint {
            step: 10 * i,
            lambda_max: Some(if i < 4 { 10.0 } else { 20.0 + 0.1 * i as f64 }),
            ..Default::default()
        })
        .collect();
    let edges = edges(&[along(&study, &checkpoints)]);
    let stay = edges[0].stay();
    assert!((stay.share - 0.6).abs() < 1e-12, "{stay:?}");
    assert!((stay.range.0 - 1.02).abs() < 1e-12 && (stay.range.1 - 1.05).abs() < 1e-12, "{stay:?}");
    // What an optimizer reports goes before its setting.
    let mut reporting = checkpoints.clone();
    for checkpoint in &mut reporting {
        checkpoint.reported.insert("step_size".to_owned(), 0.01);
    }
    let edges = super::edges(&[along(&study, &reporting)]);
    assert_eq!((edges[0].stay().share, edges[0].points[0].1), (0.0, 0.05));
}

#[test]
fn singular_values_of_the_truth_are_those_of_who_recovered_it() {
    let input = synthetic::study(1, 3, 5);
    let study = Study::new(&input);
    let panel = ends(&study, 0).expect("there are singular values");
    let penalty = panel.entries.iter().find(|e| study.optimizers[e.optimizer] == "trace-penalty").expect("it ran");
    assert_eq!((penalty.rank, &panel.truth), (2.0, &penalty.values[..2].to_vec()));
    let gd = panel.entries.iter().find(|e| study.optimizers[e.optimizer] == "gd").expect("it ran");
    assert!(gd.rank > 2.0 && gd.at_least, "{gd:?}");
    // Where nobody recovered, the truth is not known.
    let input = synthetic::study(1, 3, 2);
    assert!(ends(&Study::new(&input), 0).expect("there are singular values").truth.is_empty());
}

#[test]
fn what_is_left_of_the_balance_is_that_of_the_iterate_over_the_start() {
    let mut input = synthetic::study(1, 1, 1);
    let result = &mut input.sources[0].records[0].result;
    result.start.as_mut().expect("it began").balancedness = Some(4.0);
    result.iterate.as_mut().expect("it ended").balancedness = Some(1.0);
    assert_eq!(balance_kept(&Study::new(&input).runs[0]), Some(0.25));
    // Of a balanced start the rounding would be followed.
    input.sources[0].records[0].result.start.as_mut().expect("it began").balancedness = Some(1e-17);
    assert_eq!(balance_kept(&Study::new(&input).runs[0]), None);
}
