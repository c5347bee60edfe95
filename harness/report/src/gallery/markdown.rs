//! The table of the gallery as markdown, for a README: a row for every optimizer, a column for every case.

use flatbench_records::Init;

use super::card::{Card, Row};
use crate::numbers::NONE;

/// What the numbers are. Lines of a cell break at `<br>` alone, so that columns are as narrow as their numbers.
const LEGEND: &str = "Median excess flatness: tr H at the limit points over that of the flattest minimum, 1 being the flattest that \
                      exists (≥, ≤ and “to” where that is known between bounds only) · runs that recovered the truth (relative error at \
                      most 1e-3) of those that were run; below, a 95 % bootstrap interval over instances where there are three at \
                      least. On a control nothing can differ. –: no run reached a minimum, or the truth is not known; the small \
                      number says why runs reached none.";

/// One table for each start, and the legend.
pub(super) fn markdown(cards: &[Card]) -> String {
    let mut notes = Vec::new();
    let tables: Vec<String> = (0..Init::ALL.len()).filter_map(|start| table(cards, start, &mut notes)).collect();
    let mut out = tables.concat() + LEGEND + "\n";
    for (place, note) in notes.iter().enumerate() {
        out += &format!("{}<sup>{}</sup> {}", if place == 0 { "\n" } else { "<br>\n" }, place + 1, escaped(note));
    }
    if !notes.is_empty() {
        out.push('\n');
    }
    out
}

fn table(cards: &[Card], start: usize, notes: &mut Vec<String>) -> Option<String> {
    let columns: Vec<&Row> = cards.first()?.rows.iter().filter(|row| row.has[start]).collect();
    if columns.is_empty() {
        return None;
    }
    let heads: String = columns.iter().map(|row| format!(" {} |", head(row))).collect();
    let rule = " :-: |".repeat(columns.len());
    let mut out = format!("**From a {} start**\n\n| optimizer |{heads}\n| :-- |{rule}\n", Init::ALL[start].name());
    for card in cards {
        let mut cell = |row: &Row| format!(" {} |", cell(row, start, notes));
        let cells: String = card.rows.iter().filter(|row| row.has[start]).map(&mut cell).collect();
        out += &format!("| {} |{cells}\n", escaped(&card.name));
    }
    Some(out + "\n")
}

/// The case; its family where that has another name, and that it is a control.
fn head(row: &Row) -> String {
    let mut out = escaped(&row.case);
    if row.family != row.case {
        out += &format!("<br>({})", escaped(&row.family));
    }
    if row.control {
        out += "<br>(control)";
    }
    out
}

fn cell(row: &Row, start: usize, notes: &mut Vec<String>) -> String {
    let Some(brief) = row.places[start].as_ref().map(|place| &place.brief) else { return NONE.to_owned() };
    let mut numbers: Vec<String> = Vec::new();
    for note in &brief.notes {
        let place = notes.iter().position(|known| known == note).unwrap_or_else(|| {
            notes.push(note.clone());
            notes.len() - 1
        });
        numbers.push((place + 1).to_string());
    }
    let mut out = match (brief.flatness.as_str(), brief.recovered.as_str()) {
        (NONE, NONE) => NONE.to_owned(),
        (flatness, recovered) => format!("{flatness} · {recovered}"),
    };
    if !numbers.is_empty() {
        out += &format!(" <sup>{}</sup>", numbers.join(","));
    }
    if !brief.interval.is_empty() {
        out += &format!("<br>{}", brief.interval);
    }
    out.replace(' ', "\u{a0}")
}

/// Text as it stands in a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace(['\n', '\r'], " ")
}
