//! What papers give beside what was found here.

use flatbench_records::{Compared, Point, Published, Quantity, Solution};
use serde::Serialize;

use crate::data::Replication;
use crate::numbers::{NONE, count, short};

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
    /// Metric, optimizer, point, case and start.
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
    let [from, to] = published.range;
    Row {
        what: published.what.clone(),
        source: published.source.clone(),
        of: measured(published),
        published: published.value.map_or_else(|| NONE.to_owned(), reached),
        range: format!("{} to {}", reached(from), reached(to)),
        found: one.found.map_or_else(|| NONE.to_owned(), reached),
        spread: one.spread.map_or_else(
            || NONE.to_owned(),
            |[least, greatest]| format!("{} to {} ({})", reached(least), reached(greatest), made_of(one)),
        ),
        agrees: match one.agrees() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        },
        remark: published.remark.clone(),
    }
}

/// A number, what little it differs from one, or that what it counts never came.
fn reached(value: f64) -> String {
    let above = value - 1.0;
    match above.abs() {
        infinite if infinite.is_infinite() => "never".to_owned(),
        little if little < 1e-12 => "1".to_owned(),
        little if little < 5e-3 => format!("1 {} {little:.1e}", if above > 0.0 { '+' } else { '−' }),
        _ => short(value),
    }
}

/// Of how many runs a number is made, or of how many instances that of a solution.
fn made_of(one: &Replication) -> String {
    match one.published.reference {
        Some(_) => count(one.runs, "instance", "instances"),
        None => count(one.runs, "run", "runs"),
    }
}

/// What a number is of, in words.
fn measured(published: &Published) -> String {
    let what = match published.compared() {
        Some(Compared::Metric(metric)) => metric.symbol.to_owned(),
        Some(Compared::Quantity(quantity)) => quantity_words(quantity, published).to_owned(),
        None => published.metric.clone(),
    };
    let within = published.within.map(|error| format!(" within {}", short(error))).unwrap_or_default();
    let whose = published.optimizer.as_deref().or(published.reference.map(solution)).unwrap_or(NONE);
    let of_point =
        !matches!(published.compared(), Some(Compared::Quantity(quantity)) if quantity != Quantity::Recovered);
    let place = match published.at_loss {
        Some(level) => format!(" where the loss first is {} of its start", short(level)),
        None if of_point && published.optimizer.is_some() => {
            format!(" at the {}", published.at.unwrap_or(Point::Limit))
        }
        None => String::new(),
    };
    let case = |case: &str| match case == published.case {
        true => String::new(),
        false => format!(" on {case}"),
    };
    let over = match (&published.over, &published.over_case) {
        (None, None) => {
            published.over_reference.map(|other| format!(", over that of {}", solution(other))).unwrap_or_default()
        }
        (Some(other), None) => format!(", over that of {other}"),
        (None, Some(other)) => format!(", over that{}", case(other)),
        (Some(name), Some(other)) => format!(", over that of {name}{}", case(other)),
    };
    let start = published.init.iter().map(|init| format!(", {init} start")).collect::<String>();
    format!("{what}{within} of {whose}{place} on {}{over}{start}", published.case)
}

fn solution(solution: Solution) -> &'static str {
    match solution {
        Solution::Flattest => "the flattest zero-loss point",
        Solution::NormMinimal => "the zero-loss point of least norm",
    }
}

fn quantity_words(quantity: Quantity, published: &Published) -> &'static str {
    match quantity {
        Quantity::Recovered if published.reference.is_some() => "share of instances with the truth recovered",
        Quantity::Recovered => "share of runs with the truth recovered",
        Quantity::Steps => "steps",
        Quantity::GradientEquivalents => "cost in full gradients",
        Quantity::EdgeOfStability => "η λ_max / 2 at the iterate",
        Quantity::PathOverDistance => "path over distance",
        Quantity::DistanceOverNearest => "distance over that of the nearest zero-loss point",
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
        text.push_str(&format!(
            "| {} |\n",
            cells.map(|cell| cell.replace('|', "\\|").replace(['\n', '\r'], " ")).join(" | ")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_one_says_by_how_much() {
        let said = [1.0, 1.000_02, 0.997, 1.05, f64::INFINITY, 0.0].map(reached);
        assert_eq!(said, ["1", "1 + 2.0e-5", "1 − 3.0e-3", "1.05", "never", "0"]);
    }
}
