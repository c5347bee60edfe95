//! Tests of the report on made-up records.

mod beside;
mod degenerate;
mod directory;
mod page;
mod places;
mod synthetic;
mod unknown_truth;
mod without_flatness;

/// A page without the explanations of its terms.
fn without_terms(html: &str) -> String {
    let mut parts = html.split("<abbr title=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once("\">").map_or(part, |(_, shown)| shown));
    rest.fold(first, |text, part| text + part).replace("</abbr>", "")
}
