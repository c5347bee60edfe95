//! After a run: writing its record, and rendering a report of many.

#[path = "../harness/report/tests/report/synthetic.rs"]
#[expect(dead_code, reason = "shared with the report's tests, which use more of it")]
mod synthetic;

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn writing(c: &mut Criterion) {
    let input = synthetic::study(1, 1, 5);
    let record = &input.sources[0].records[0];
    let path = std::env::temp_dir().join(format!("flatbench-bench-{}.jsonl", std::process::id()));
    let mut file = File::create(&path).expect("a writable temporary folder");
    let mut group = c.benchmark_group("record");
    group.bench_function("to-json", |b| b.iter(|| serde_json::to_vec(black_box(record)).expect("plain data")));
    group.bench_function("write", |b| {
        b.iter(|| {
            let mut line = serde_json::to_vec(black_box(record)).expect("plain data");
            line.push(b'\n');
            file.write_all(&line).expect("room on the disk");
        })
    });
    group.bench_function("write-and-sync", |b| {
        b.iter(|| {
            let mut line = serde_json::to_vec(black_box(record)).expect("plain data");
            line.push(b'\n');
            file.write_all(&line).and_then(|()| file.sync_data()).expect("room on the disk");
        })
    });
    group.finish();
    drop(std::fs::remove_file(&path));
}

fn rendering(c: &mut Criterion) {
    let mut group = c.benchmark_group("report");
    // The last makes ten thousand records.
    for repetitions in [1, 10, 100] {
        let input = synthetic::study(10, repetitions, 5);
        let records = input.sources[0].records.len();
        group.bench_function(BenchmarkId::new("render", records), |b| {
            b.iter(|| flatbench_report::render(black_box(&input)))
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = writing, rendering
}
criterion_main!(benches);
