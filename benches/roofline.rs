//! Kernels as fractions of what the core can do, peaks and kernels measured in turns in one process.
//!
//! Operations counted: those that a gradient needs, 4·m·d² for residual and adjoint over the measurements and 6·d³ for X(w) and
//! the way back to the factors (k = d). A run alone is bound by reading, a group by multiply-adds. Times are those that the
//! thread had a core. Prints a table, of the sizes d given as arguments or of all; with `--test` one small size, once.
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod cases;
mod clock;
mod peaks;

use cases::square;
use flatbench_problems::{GroupRequest, Pass, instruction_set};
use flatbench_records::Init;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let test = arguments.iter().any(|argument| argument == "--test");
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let sizes: &[(usize, usize)] =
        if test { &[(20, 240)] } else { &[(20, 240), (30, 500), (50, 1000), (50, 1500), (100, 4000)] };
    let asked: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let far = if test { 1 << 24 } else { 1 << 29 };
    let (mut flops, mut bytes, near) = (peaks::multiply_add(), peaks::read(far), peaks::read(1 << 20));
    println!(
        "roofline ({}): multiply-add {:.1} Gflop/s, read {:.1} GB/s from memory, {:.1} GB/s of 1 MiB",
        instruction_set().name(),
        flops / 1e9,
        bytes / 1e9,
        near / 1e9
    );
    println!(
        "{:>4} {:>5} {:>5} {:>12} {:>9} {:>8} {:>9} {:>7}",
        "d", "m", "runs", "us per run", "Gflop/s", "of peak", "GB/s", "of read"
    );
    for &(d, m) in sizes.iter().filter(|(d, _)| asked.is_empty() || asked.contains(d)) {
        let problem = square("matrix-sensing", d, m);
        for size in [1, 4, 8, 16, 24] {
            let points: Vec<_> = (0..size).map(|seed| problem.initial_point(Init::Large, seed)).collect();
            let mut outs = points.clone();
            let mut group = problem.group_evaluator(size as usize).expect("dense measurements");
            let mut evaluator = problem.evaluator();
            let operations = ((4 * m * d * d + 6 * d * d * d) * size as usize) as f64;
            // Windows short enough to fit between two interruptions, where one call is.
            let repeats = (4e7 / operations).ceil() as usize;
            let windows = if test { 1 } else { (8e9 / operations / repeats as f64).clamp(15.0, 100.0) as usize };
            let rate = if size == 1 {
                clock::best(windows, operations * repeats as f64, || {
                    for _ in 0..repeats {
                        evaluator.gradient(&points[0], &mut outs[0]);
                    }
                })
            } else {
                let mut requests: Vec<GroupRequest<'_>> = points
                    .iter()
                    .zip(&mut outs)
                    .map(|(w, out)| GroupRequest { w, pass: Pass::Gradient, out, loss: 0.0 })
                    .collect();
                clock::best(windows, operations * repeats as f64, || {
                    for _ in 0..repeats {
                        group.serve(&mut requests);
                    }
                })
            };
            // The machine may have sped up since: a fraction above one would be no fraction.
            flops = flops.max(peaks::multiply_add());
            bytes = if test { bytes } else { bytes.max(peaks::read(1 << 26)) };
            let read = rate / operations * (8 * m * d * d) as f64;
            println!(
                "{d:>4} {m:>5} {size:>5} {:>12.1} {:>9.1} {:>7.0}% {:>9.1} {:>6.0}%",
                1e6 * operations / rate / size as f64,
                rate / 1e9,
                100.0 * rate / flops,
                read / 1e9,
                100.0 * read / bytes
            );
        }
    }
}
