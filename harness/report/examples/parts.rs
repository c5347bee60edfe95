//! Writes the run directories of a large study in many parts, of made-up records:
//! `cargo run --release -p flatbench-report --example parts -- RUN_DIR DIR RUNS PARTS [CASES]`.
//!
//! Each record is one of RUN_DIR, a real one, as a further repetition of its run, or of one of CASES copies of its case; its numbers are
//! a little different. The trajectories are few files with many names. What comes of it is `DIR/parts/I-of-PARTS`.
#![expect(clippy::print_stdout, reason = "an example")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flatbench_records::directory::{Contents, RECORDS, TRAJECTORIES};
use flatbench_records::{Environment, Metrics, Part, PlanSize, Planned, QueueJob, Record, Split};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Machines that the parts ran on.
const HOSTS: usize = 40;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target, runs, parts, rest @ ..] = arguments.as_slice() else {
        return Err("RUN_DIR DIR RUNS PARTS [CASES]".into());
    };
    let (source, target) = (Path::new(source), PathBuf::from(target));
    let (runs, parts): (usize, usize) = (runs.parse()?, parts.parse()?);
    let cases: usize = rest.first().map_or(Ok(1), |text| text.parse())?;
    let templates = Contents::read(&source.join(RECORDS), None)?.records;
    let environment: Environment = serde_json::from_slice(&fs::read(source.join("environment.json"))?)?;
    let suite = fs::read_to_string(source.join("suite.toml"))?;
    let all = || (0..runs).map(|number| &templates[number % templates.len()]);
    let tuning = all().filter(|record| record.split == Split::Tuning).count();
    let whole = PlanSize { tuning, evaluation: runs - tuning };
    let shared = target.join("parts/.shared");
    fs::create_dir_all(&shared)?;
    for template in &templates {
        let curve = r#"{"step":100,"gradient_equivalents":100.0,"seconds":0.1,"train_loss":0.001}"#;
        let curve = vec![curve; 50].join(",");
        let text = format!(r#"{{"format":1,"key":"{}","checkpoints":[{curve}]}}"#, template.key);
        fs::write(shared.join(&template.key), text)?;
    }
    let mut bytes = 0;
    for part in 1..=parts {
        let name = format!("{part}-of-{parts}");
        let directory = target.join("parts").join(&name);
        fs::create_dir_all(directory.join(TRAJECTORIES))?;
        fs::write(directory.join("suite.toml"), &suite)?;
        let mut file = BufWriter::new(File::create(directory.join(RECORDS))?);
        let mut own = PlanSize::default();
        for number in (part - 1..runs).step_by(parts) {
            let template = &templates[number % templates.len()];
            let record = vary(template, number, number / templates.len(), cases);
            let line = serde_json::to_vec(&record)?;
            bytes += line.len() + 1;
            file.write_all(&line)?;
            file.write_all(b"\n")?;
            match record.split {
                Split::Tuning => own.tuning += 1,
                Split::Evaluation => own.evaluation += 1,
            }
            fs::hard_link(
                shared.join(&template.key),
                directory.join(TRAJECTORIES).join(format!("{}.json", record.key)),
            )?;
        }
        file.flush()?;
        let planned = Some(Planned { shard: Some(format!("{part}/{parts}")), own, whole });
        let task = Some(part.to_string());
        let job = Some(QueueJob { engine: "slurm".to_owned(), id: "1".to_owned(), task, restarts: 0, node: None });
        let host = Some(format!("node-{}", part % HOSTS));
        let parts: Vec<Part> = Vec::new();
        let own = Environment { host, job, planned, parts, ..environment.clone() };
        fs::write(directory.join("environment.json"), serde_json::to_vec_pretty(&own)?)?;
    }
    println!("{runs} records in {parts} parts, {:.2} GB", bytes as f64 / 1e9);
    Ok(())
}

/// A record of another repetition, or another copy of the case.
fn vary(template: &Record, number: usize, copy: usize, cases: usize) -> Record {
    let mut record = template.clone();
    // Spread like a hash, and never the same twice.
    let mixed = (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    record.key = format!("{mixed:032x}");
    if cases > 1 {
        record.case = format!("{}-{}", record.case, copy % cases);
    }
    let repetition = (copy / cases) as u32;
    record.repetition += 100 * repetition;
    record.instance_seed = (record.instance_seed + 7919 * copy as u64) % (1 << 53);
    let factor = 1.0 + (mixed as u64 as f64 / u64::MAX as f64 - 0.5) * 0.02;
    let result = &mut record.result;
    let scale = |metrics: &mut Metrics| {
        metrics.hessian_trace = metrics.hessian_trace.map(|trace| trace * factor);
        metrics.relative_error = metrics.relative_error.map(|error| error * factor);
    };
    result.iterate.iter_mut().for_each(scale);
    result.limit.iter_mut().map(|limit| &mut limit.metrics).for_each(scale);
    record
}
