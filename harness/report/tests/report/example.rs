use crate::synthetic;
#[test]
fn example() {
    let Ok(dir) = std::env::var("EXAMPLE") else { return };
    let dir = std::path::Path::new(&dir);
    std::fs::create_dir_all(dir.join("figures")).unwrap();
    let t = std::time::Instant::now();
    let input = match std::env::var("BIG") { Ok(_) => synthetic::study(25, 25, 8), _ => synthetic::with_tuning(synthetic::study(10, 5, 5)) };
    eprintln!("made {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let r = flatbench_report::render(&input);
    eprintln!("rendered {:?}, {} bytes, {} figures", t.elapsed(), r.html.len(), r.figures.len());
    std::fs::write(dir.join("index.html"), &r.html).unwrap();
    for (n, s) in &r.figures { std::fs::write(dir.join("figures").join(n), s).unwrap(); }
}
