use flatbench_records::METRICS;

use crate::page::Page;

#[test]
fn metrics() {
    let mut table = "| field | in reports | formula | unit | remark |\n|---|---|---|---|---|\n".to_owned();
    for metric in &METRICS {
        let remark = if metric.remark.is_empty() { String::new() } else { format!("{} ", metric.remark) };
        table +=
            &format!("| `{}` | {} | {} | {} | {remark}|\n", metric.name, metric.symbol, metric.formula, metric.unit);
    }
    let measures: Vec<String> =
        METRICS.iter().filter(|metric| metric.sharpness).map(|metric| format!("`{}`", metric.name)).collect();
    table += "\nMeasures of sharpness, whose rank correlation with the relative error the report shows:\n";
    table += &format!("{}.\n", measures.join(",\n"));
    Page::open("METRICS.md").between_marks("metrics", &table);
}
