//! What stands around made-up records: what a catalogue says of their families, and where they were made.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{
    Environment, FORMAT, FactorizationKind, FamilyDescription, Machine, MeasurementAmount, PluginBuild, Reading,
};

use super::{CASES, OPTIMIZERS};

/// What a catalogue says of the families, as far as a report asks.
pub fn families() -> Vec<FamilyDescription> {
    let amount = |parameter: &str, label: &str, harms| {
        Some(MeasurementAmount { parameter: parameter.to_owned(), label: label.to_owned(), harms })
    };
    let names: BTreeSet<&str> = CASES.iter().map(|case| case.1).collect();
    let describe = |name: &str| FamilyDescription {
        name: name.to_owned(),
        description: String::new(),
        loss: String::new(),
        claim: String::new(),
        source: String::new(),
        factorization: FactorizationKind::LeftRight,
        control: name == "covariance-estimation",
        control_unless: None,
        zero_loss_interior: false,
        amount: match name {
            "matrix-completion" => amount("sampling_rate", "sampling rate p", false),
            "robust-pca" => amount("outlier_fraction", "share of outliers", true),
            _ => None,
        },
        parameters: Vec::new(),
    };
    names.into_iter().map(describe).collect()
}

/// Where and with what the made-up runs were made.
pub fn environment() -> Environment {
    let build = |name: &str| PluginBuild {
        library: format!("target/release/lib{}.so", name.replace('-', "_")).into(),
        source: None,
        hash: format!("{:016x}", name.len() * 7919),
        version: "0.1.0".to_owned(),
        interface_version: "0.1".to_owned(),
        python: None,
    };
    Environment {
        format: FORMAT,
        flatbench_version: "0.1.0".to_owned(),
        commit: Some("0123abc".to_owned()),
        dirty: Some(false),
        rustc: Some("rustc 1.95.0".to_owned()),
        profile: "release".to_owned(),
        machine: Machine {
            platform: "linux x86_64".to_owned(),
            cpu: Some("Example CPU".to_owned()),
            cores: 2,
            features: vec!["avx2".to_owned(), "fma".to_owned()],
            memory_bytes: Some(8 << 30),
            allowed_memory_bytes: None,
            limits: Vec::new(),
        },
        plugins: OPTIMIZERS.iter().map(|name| ((*name).to_owned(), build(name))).collect(),
        data: BTreeMap::from([("ratings".to_owned(), reading())]),
        ..Environment::default()
    }
}

/// How the data file of a case was read.
fn reading() -> Reading {
    Reading {
        file: "ratings.csv".to_owned(),
        format: "delimited text".to_owned(),
        layout: "entries by label".to_owned(),
        dtype: "text".to_owned(),
        rows: 4,
        cols: 5,
        known: 15,
        range: Some([1.0, 5.0]),
        header: Some(vec!["user".to_owned(), "item".to_owned(), "<b>rating".to_owned()]),
        ..Reading::default()
    }
}
