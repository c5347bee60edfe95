//! Writes a report of made-up records, to look at: `cargo run -p flatbench-report --example made-up -- DIR [large]`.
//! `large` makes ten thousand records.
#![expect(clippy::print_stdout, reason = "an example")]

#[path = "../tests/report/synthetic.rs"]
mod synthetic;

use std::path::PathBuf;
use std::time::Instant;

use flatbench_report::render;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder to write to")?);
    let input = match arguments.next().as_deref() {
        Some("large") => synthetic::study(25, 25, 8),
        _ => synthetic::with_tuning(synthetic::study(10, 5, 5)),
    };
    let begin = Instant::now();
    let rendered = render(&input);
    println!("{} bytes and {} figures in {:?}", rendered.html.len(), rendered.figures.len(), begin.elapsed());
    std::fs::create_dir_all(folder.join("figures"))?;
    std::fs::write(folder.join("index.html"), &rendered.html)?;
    for (name, svg) in &rendered.figures {
        std::fs::write(folder.join("figures").join(name), svg)?;
    }
    Ok(())
}
