//! What the documentation lists is what the tables say. With `FLATBENCH_WRITE_DOCS=1` the sections between markers such as
//! `<!-- metrics -->` and `<!-- /metrics -->` are written anew.

use std::path::Path;

use flatbench_records::METRICS;

/// Holds the text between the markers of `section` in a file of `harness/docs` against `expected`.
fn check(file: &str, section: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    let text = std::fs::read_to_string(&path).expect("the documentation is there");
    let (begin, end) = (format!("<!-- {section} -->\n"), format!("<!-- /{section} -->\n"));
    let (before, rest) = text.split_once(&begin).expect("the section begins");
    let (found, after) = rest.split_once(&end).expect("the section ends");
    if std::env::var_os("FLATBENCH_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).expect("a writable file");
    } else {
        assert_eq!(found, expected, "{file} differs from the table: run this test once with FLATBENCH_WRITE_DOCS=1");
    }
}

#[test]
fn the_metrics_are_documented_as_they_are_defined() {
    let mut text = "| field | in reports | formula | unit | remark |\n|---|---|---|---|---|\n".to_owned();
    for metric in &METRICS {
        let remark = if metric.remark.is_empty() { String::new() } else { format!("{} ", metric.remark) };
        text +=
            &format!("| `{}` | {} | {} | {} | {remark}|\n", metric.name, metric.symbol, metric.formula, metric.unit);
    }
    let measures: Vec<String> =
        METRICS.iter().filter(|metric| metric.sharpness).map(|metric| format!("`{}`", metric.name)).collect();
    text += "\nMeasures of sharpness, whose rank correlation with the relative error the report shows:\n";
    text += &format!("{}.\n", measures.join(",\n"));
    check("METRICS.md", "metrics", &text);
}
