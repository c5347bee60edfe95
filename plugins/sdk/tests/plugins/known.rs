//! The first ten iterates of the plugins against those that the scripts in `known` computed with NumPy.
//!
//! Those of AdamW, RMSprop and Adafactor are PyTorch's too: `python known/adaptive.py pytorch` compares them.

use std::path::Path;

use crate::libraries::library;
use crate::sensing::{MEASUREMENTS, Sensing};
use flatbench_plugin::Stream;
use flatbench_plugin::host::{Status, Value};

/// Seed of the optimizers, and of the numbers in the files of chance.
const SEED: u64 = 7;

fn value(text: &str) -> Value {
    if let Ok(b) = text.parse() {
        Value::Bool(b)
    } else if let Ok(n) = text.parse() {
        Value::Integer(n)
    } else {
        Value::Real(text.parse().expect("a value is true, false, a whole or a real number"))
    }
}

/// Holds the plugins against a text of `settings` headers, ten iterates below each.
#[track_caller]
fn assert_iterates(text: &str, settings: usize) {
    let mut lines = text.lines();
    let mut seen = 0;
    while let Some(header) = lines.next() {
        let mut words = header.split_whitespace();
        let name = words.next().expect("a header names the method");
        let given: Vec<_> = words.map(|word| word.split_once('=').expect("a setting has a value")).collect();
        let library = library(&format!("flatbench-{name}"));
        let schema = &library.description().hyperparameters;
        assert!(given.iter().all(|(name, _)| schema.iter().any(|entry| entry.name == *name)), "{header}");
        let settings: Vec<_> = schema
            .iter()
            .map(|entry| {
                let text = given.iter().find(|(name, _)| *name == entry.name).map(|(_, text)| *text);
                (entry.name.clone(), text.map_or(entry.default.clone(), value))
            })
            .collect();
        let mut optimizer = library.create(&settings, &Sensing::blocks(), SEED).expect("the values fit");
        let (mut sensing, mut w) = (Sensing::new(), Sensing::start());
        let mut point = w.clone();
        optimizer.initialize(&mut w, &mut sensing).expect("the instance suits every method");
        for step in 1..=10 {
            let line = lines.next().expect("ten lines follow a header");
            let expected: Vec<f64> = line.split_whitespace().map(|x| x.parse().expect("a number")).collect();
            assert_eq!(optimizer.step(&mut w, &mut sensing), Ok(Status::Continue), "{header}");
            optimizer.evaluation_point(&w, &mut point).expect("the lengths fit");
            let close = point.iter().zip(&expected).all(|(x, y)| (x - y).abs() <= 1e-12 * (1.0 + y.abs()));
            assert!(close && expected.len() == w.len(), "{header}, step {step}: {point:?} instead of {expected:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, settings);
}

#[test]
fn ten_iterates_are_those_of_the_formulas() {
    assert_iterates(include_str!("known/trajectories.txt"), 27);
}

#[test]
fn those_of_adaptive_methods_too() {
    assert_iterates(include_str!("known/adaptive.txt"), 7);
}

#[test]
fn those_of_methods_that_take_factors_as_matrices_too() {
    assert_iterates(include_str!("known/factors.txt"), 9);
}

#[test]
fn those_of_methods_that_look_around_too() {
    assert_iterates(include_str!("known/neighbourhoods.txt"), 6);
}

/// Holds a file of chance against the stream.
#[track_caller]
fn assert_drawn(file: &str, lines: impl Iterator<Item = String>) {
    let drawn: String = lines.map(|line| line + "\n").collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugins/known").join(file);
    if std::env::var_os("FLATBENCH_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, &drawn).expect("the file can be written to");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it is beside this file"), drawn);
}

fn words(numbers: &[impl std::fmt::Debug]) -> String {
    numbers.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_normal_numbers_are_those_of_the_stream() {
    let mut stream = Stream::new(SEED);
    assert_drawn("normals.txt", (0..20 * Sensing::start().len()).map(|_| words(&[stream.normal()])));
}

#[test]
fn the_batches_are_those_of_the_stream() {
    let mut stream = Stream::new(SEED);
    let mut order: Vec<usize> = (0..MEASUREMENTS).collect();
    let batches = (0..10).map(|step| {
        // The permutation of an epoch is shuffled as it is used, and shuffled on from there in the next.
        let begun = step % 2 * 4;
        for place in begun..begun + 4 {
            order.swap(place, place + stream.index(MEASUREMENTS - place));
        }
        words(&order[begun..begun + 4])
    });
    assert_drawn("batches.txt", batches);

    let mut stream = Stream::new(SEED);
    let noisy = (0..10).map(|_| {
        let batch = [0; 3].map(|_| stream.index(MEASUREMENTS));
        words(&batch) + " " + &words(&[0.0; 3].map(|_| stream.normal()))
    });
    assert_drawn("noisy-batches.txt", noisy);
}
