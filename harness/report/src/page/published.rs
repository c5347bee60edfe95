//! What papers give beside what was found here.

use flatbench_records::METRICS;
use serde::Serialize;

use crate::data::Replication;
use crate::numbers::{NONE, count, optional, short};

/// A table of published numbers; empty where the suite repeats no paper.
#[derive(Serialize)]
pub(super) struct Table {
    /// How many agree.
    lead: String,
    rows: Vec<Row>,
}

/// A line of the table.
#[derive(Serialize)]
struct Row {
    what: String,
    source: String,
    /// Case, start, optimizer and metric.
    of: String,
    published: String,
    /// Where numbers agree.
    range: String,
    found: String,
    /// Least and greatest, and of how many runs.
    spread: String,
    agrees: &'static str,
    remark: String,
}

pub(super) fn table(all: &[Replication]) -> Table {
    let agree = all.iter().filter(|one| one.agrees() == Some(true)).count();
    let lead = format!(
        "What this suite repeats was published: {} beside what was found here, {agree} in agreement. Numbers are medians over instances, with the \
         least and the greatest one; a share of runs has its 95 % interval. Where they agree was written into the suite, as was why they may not.",
        count(all.len(), "number", "numbers")
    );
    Table { lead, rows: all.iter().map(row).collect() }
}

fn row(one: &Replication) -> Row {
    let published = &one.published;
    let symbol = METRICS.iter().find(|metric| metric.name == published.metric).map(|metric| metric.symbol);
    let symbol = symbol.unwrap_or("share of runs that recovered the truth");
    let over = published.over.iter().map(|other| format!(" over that of {other}")).collect::<String>();
    let start = published.init.iter().map(|init| format!(", {init} start")).collect::<String>();
    let [from, to] = published.range;
    Row {
        what: published.what.clone(),
        source: published.source.clone(),
        of: format!("{symbol} of {}{over} at the {}, {}{start}", published.optimizer, published.at, published.case),
        published: optional(published.value),
        range: format!("{} to {}", short(from), short(to)),
        found: optional(one.found),
        spread: one.spread.map_or_else(
            || NONE.to_owned(),
            |[least, greatest]| format!("{} to {} ({})", short(least), short(greatest), count(one.runs, "run", "runs")),
        ),
        agrees: match one.agrees() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        },
        remark: published.remark.clone(),
    }
}

/// The same as a table in Markdown, without the column of what was measured.
pub(super) fn markdown(all: &[Replication]) -> String {
    let mut text =
        "| what | source | published | agrees from, to | here | least to greatest | agrees | remark |\n".to_owned();
    text.push_str("| :-- | :-- | :-: | :-: | :-: | :-: | :-: | :-- |\n");
    for row in all.iter().map(row) {
        let cells = [
            row.what.as_str(),
            &row.source,
            &row.published,
            &row.range,
            &row.found,
            &row.spread,
            row.agrees,
            &row.remark,
        ];
        text.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    text
}
