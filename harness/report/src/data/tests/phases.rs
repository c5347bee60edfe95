//! Over sizes: phase diagrams, maps, and loss levels.

use flatbench_records::{Crossing, Init};

use super::super::*;
use crate::study::Study;
use crate::synthetic;

#[test]
fn a_phase_diagram_needs_one_series_of_cases() {
    let mut input = synthetic::study(1, 4, 2);
    let base = input.sources[0].records.clone();
    for (index, m) in [90, 110, 130].into_iter().enumerate() {
        for record in &base {
            let mut record = record.clone();
            record.case = format!("sensing-m{m}");
            record.key = format!("{}m{m}", record.key);
            if let Some(d) = &mut record.dimensions {
                d.measurements = m;
            }
            if let Some(limit) = &mut record.result.limit {
                limit.metrics.relative_error = Some(if record.repetition as usize <= index { 1e-9 } else { 1.0 });
            }
            if let Some(flat) = &mut record.result.reference.flat {
                (flat.certified, flat.relative_error) =
                    (record.repetition > 0, Some(if index == 0 { 0.1 } else { 1e-9 }));
            }
            input.sources[0].records.push(record);
        }
    }
    let study = Study::new(&input);
    let phases = phases(&study);
    // Two starts; the case of another name is not part of the series.
    assert_eq!(phases.len(), 2);
    let shares: Vec<f64> = phases[0].curves[0].1.iter().map(|p| p.success.estimate).collect();
    assert_eq!(shares, [0.25, 0.5, 0.75]);
    // Each certified instance counts once, however many optimizers met it.
    let flattest: Vec<_> = phases[0].flattest.iter().map(|p| (p.amount, p.recovered, p.trials)).collect();
    assert_eq!(flattest, [(90.0, 0, 3), (110.0, 3, 3), (130.0, 3, 3)]);
}

#[test]
fn a_phase_diagram_may_be_over_the_size_of_the_start() {
    let mut input = synthetic::study(1, 2, 2);
    let base = std::mem::take(&mut input.sources[0].records);
    let from_large = base.iter().filter(|record| record.init == Init::Large);
    for record in from_large {
        for scale in ["1e-6", "0.01", "1"] {
            let mut record = record.clone();
            record.key = format!("{}-{scale}", record.key);
            record.case = format!("sensing-init_scale={scale}");
            (record.init, record.init_scale) = (Init::Scaled, scale.parse().ok());
            input.sources[0].records.push(record);
        }
    }
    let study = Study::new(&input);
    let phases = phases(&study);
    assert_eq!(phases.len(), 1);
    assert!(phases[0].logarithmic && phases[0].amount.ends_with("init_scale"), "{}", phases[0].amount);
    let sizes: Vec<f64> = phases[0].curves[0].1.iter().map(|p| p.amount).collect();
    assert_eq!(sizes, [1e-6, 0.01, 1.0]);
    assert_eq!(crate::figures::phases(&study, &phases).len(), 1);
}

#[test]
fn runs_are_compared_where_their_loss_first_fell_to_a_level() {
    let mut input = synthetic::study(1, 3, 2);
    assert!(descents(&Study::new(&input)).is_empty(), "no record speaks of levels");
    for record in input.sources[0].records.iter_mut().filter(|record| record.optimizer == "gd") {
        // The last of the three draws does not come to the lower level.
        let levels: &[f64] = if record.repetition == 2 { &[1e-2] } else { &[1e-2, 1e-4] };
        record.result.crossings = levels
            .iter()
            .map(|&level| Crossing {
                level,
                step: 1,
                gradient_equivalents: 1.0,
                train_loss: level,
                relative_error: Some(f64::from(record.repetition + 1)),
                hessian_trace: Some(50.0),
                excess_flatness: Some(5.0),
            })
            .collect();
    }
    let study = Study::new(&input);
    let all = descents(&study);
    assert_eq!(all.len(), 2 * study.panels.len(), "error and flatness");
    let errors = all.iter().find(|descent| descent.of == AtLevel::Error).expect("it is measured");
    assert_eq!(errors.curves.len(), 1);
    assert_eq!(study.optimizers[errors.curves[0].0], "gd");
    let points: Vec<_> = errors.curves[0].1.iter().map(|p| (p.level, p.median, p.reached, p.runs)).collect();
    assert_eq!(points, [(1e-2, 2.0, 3, 3), (1e-4, 1.5, 2, 3)]);
    let figures = crate::figures::descents(&study, &all);
    assert_eq!(figures.len(), all.len());
    assert!(
        figures[0].sentence.contains("1e-4 of that at the start") && figures[0].sentence.contains("gd 1.50"),
        "{}",
        figures[0].sentence
    );
}

#[test]
fn a_phase_diagram_of_drawn_measurements_is_over_their_rate() {
    let mut input = synthetic::study(1, 2, 2);
    let base = std::mem::take(&mut input.sources[0].records);
    for (index, rate) in [0.5, 0.6, 0.7].into_iter().enumerate() {
        for (n, record) in base.iter().enumerate() {
            let mut record = record.clone();
            record.key = format!("{}-{rate}", record.key);
            record.case = format!("completion-sampling_rate={rate}");
            record.family = "matrix-completion".to_owned();
            record.family_parameters.insert("sampling_rate".to_owned(), flatbench_records::Value::Real(rate));
            let measurements = 10 * index + n;
            record.dimensions = record.dimensions.map(|d| flatbench_records::Dimensions { measurements, ..d });
            input.sources[0].records.push(record);
        }
    }
    let phases = phases(&Study::new(&input));
    assert_eq!(phases.len(), 2, "two starts");
    assert_eq!(phases[0].amount, "sampling rate p");
    let amounts: Vec<f64> = phases[0].curves[0].1.iter().map(|p| p.amount).collect();
    assert_eq!(amounts, [0.5, 0.6, 0.7]);
}

#[test]
fn a_map_of_measurements_and_rank_counts_successes() {
    let mut input = synthetic::study(1, 2, 5);
    let base = std::mem::take(&mut input.sources[0].records);
    for (rank, measurements) in [(1, 60), (1, 90), (2, 90), (2, 120)] {
        for record in &base {
            let mut record = record.clone();
            record.key = format!("{}-{rank}-{measurements}", record.key);
            record.case = format!("sensing-r{rank}-m{measurements}");
            record.dimensions =
                record.dimensions.map(|d| flatbench_records::Dimensions { rank: Some(rank), measurements, ..d });
            input.sources[0].records.push(record);
        }
    }
    let study = Study::new(&input);
    let maps = maps(&study);
    assert_eq!(maps.len(), 10, "five optimizers, two starts");
    let penalty = maps.iter().find(|m| study.optimizers[m.optimizer] == "trace-penalty").expect("it was run");
    assert_eq!((penalty.x.values.as_slice(), penalty.y.values.as_slice()), (&[60.0, 90.0, 120.0][..], &[1.0, 2.0][..]));
    assert_eq!((penalty.x.label.as_str(), penalty.y.label.as_str()), ("measurements m", "rank r"));
    let counts = |map: &Map| -> Vec<_> {
        map.cells.iter().map(|cell| (cell.column, cell.row, cell.recovered, cell.trials)).collect()
    };
    assert_eq!(counts(penalty), [(0, 0, Some(2), 2), (1, 0, Some(2), 2), (1, 1, Some(2), 2), (2, 1, Some(2), 2)]);
    let gd = maps.iter().find(|m| study.optimizers[m.optimizer] == "gd" && m.init == Init::Large).expect("it was run");
    assert!(counts(gd).iter().all(|cell| (cell.2, cell.3) == (Some(0), 2)));
}
