//! Words that a reader who has not read the documentation may not know, each explained in one sentence where it stands.

use std::collections::BTreeSet;

use minijinja::{HtmlEscape, Value};
use serde::Serialize;

/// A word and what it means.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Term {
    /// As the list of terms has it.
    pub(crate) name: &'static str,
    /// As it stands in sentences and headings; the longest of all terms that fits a place wins.
    #[serde(skip)]
    forms: &'static [&'static str],
    /// In one sentence.
    pub(crate) says: &'static str,
    /// Where it is defined in the documentation.
    pub(crate) page: &'static str,
    /// Whether it says nothing where no truth is known, or no run reached a minimum.
    #[serde(skip)]
    needs: Needs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    Truth,
    Minima,
}

/// Those that a page has something to say of.
pub(crate) fn terms(truth: bool, minima: bool) -> impl Iterator<Item = Term> {
    TERMS.into_iter().filter(move |term| match term.needs {
        Needs::Nothing => true,
        Needs::Truth => truth,
        Needs::Minima => minima,
    })
}

const fn term(
    name: &'static str,
    forms: &'static [&'static str],
    (page, needs): (&'static str, Needs),
    says: &'static str,
) -> Term {
    Term { name, forms, says, page, needs }
}

static TERMS: [Term; 15] = [
    term(
        "tr H",
        &["tr H"],
        ("METRICS.md", Needs::Nothing),
        "The trace of the Hessian of the training loss, the sum of all its curvatures: the smaller, the flatter.",
    ),
    term(
        "λ_max",
        &["λ_max"],
        ("METRICS.md", Needs::Nothing),
        "The largest eigenvalue of the Hessian of the training loss: the curvature in the sharpest direction.",
    ),
    term(
        "Excess flatness",
        &["excess flatness"],
        ("METRICS.md", Needs::Minima),
        "tr H over the smallest tr H of any zero-loss point: 1 is the flattest minimum that exists, 7 is seven times as sharp.",
    ),
    term(
        "Floor",
        &["floor(X)"],
        ("METRICS.md", Needs::Nothing),
        "The smallest tr H of any factors with the same product X.",
    ),
    term(
        "Balance gap",
        &["balance gap"],
        ("METRICS.md", Needs::Minima),
        "tr H over the smallest tr H of any factors with the same product: 1 means that the factors are as balanced as they can be.",
    ),
    term(
        "Model gap",
        &["model gap"],
        ("METRICS.md", Needs::Minima),
        "What excess flatness owes to the product of the factors itself, whose flattest factors may still be sharper than the flattest minimum.",
    ),
    term(
        "Scaled trace",
        &["scaled trace"],
        ("METRICS.md", Needs::Nothing),
        "tr H with the block of each factor divided by its number of rows, so that long and short factors count alike.",
    ),
    term(
        "Limit",
        &["limit points", "limit point", "limits", "limit"],
        ("METRICS.md", Needs::Minima),
        "The zero-loss point where gradient flow ends from where the optimizer stopped: it makes optimizers comparable that stop at different losses.",
    ),
    term("Iterate", &["iterates", "iterate"], ("METRICS.md", Needs::Nothing), "The point that the optimizer returned."),
    term(
        "Interpolates",
        &["interpolated", "interpolates"],
        ("METRICS.md", Needs::Nothing),
        "Has a training loss of at most a millionth of that at the start.",
    ),
    term(
        "Recovered",
        &["truth recovered", "recovered", "recovers"],
        ("METRICS.md", Needs::Truth),
        "The relative error to the truth, ‖X − X*‖ / ‖X*‖, is at most 1e-3.",
    ),
    term(
        "Start",
        &["large start", "small start"],
        ("METHODOLOGY.md", Needs::Truth),
        "A large start has entries of the size at which the first product is as large as the truth; a small one is a hundredth of it, from which gradient descent finds low rank by itself.",
    ),
    term(
        "Control",
        &["controls", "control"],
        ("METHODOLOGY.md", Needs::Minima),
        "A case on which all zero-loss points have the same tr H, so that no difference in flatness may be found.",
    ),
    term(
        "Certified",
        &["certified"],
        ("METHODOLOGY.md", Needs::Minima),
        "Proven to be the minimum: a lower bound of every zero-loss point meets it to one part in a hundred million.",
    ),
    term(
        "Gradient equivalents",
        &["gradient equivalents", "gradient equivalent"],
        ("METHODOLOGY.md", Needs::Nothing),
        "What a run has spent, counted in full gradients; other oracle calls are charged by the price list under Methods.",
    ),
];

/// `text` escaped, with the first place of every term carrying its explanation.
pub(crate) fn explained(text: &str) -> Value {
    Value::from_safe_string(marked(text, &mut BTreeSet::new()))
}

/// The same of a sentence in pieces: (whether it is a name, text).
pub(crate) fn said(pieces: &[(bool, String)]) -> Value {
    let mut seen = BTreeSet::new();
    let mut piece = |(strong, text): &(bool, String)| match strong {
        true => format!("<b>{}</b>", escaped(text)),
        false => marked(text, &mut seen),
    };
    Value::from_safe_string(pieces.iter().map(&mut piece).collect())
}

/// `text` escaped, with the first place of every term that is not in `seen` carrying its explanation.
fn marked(text: &str, seen: &mut BTreeSet<&'static str>) -> String {
    let lower = text.to_lowercase();
    // Where lower case has other lengths, places are not the same.
    let searched = if lower.len() == text.len() { lower.as_str() } else { text };
    let mut found: Vec<(usize, usize, &'static Term)> = Vec::new();
    for term in TERMS.iter().filter(|term| !seen.contains(term.name)) {
        let places = term.forms.iter().filter_map(|form| Some((word(searched, &form.to_lowercase())?, form.len())));
        // The first of them, and of two at one place the longer.
        let first = places.min_by_key(|(place, length)| (*place, std::cmp::Reverse(*length)));
        found.extend(first.map(|(place, length)| (place, length, term)));
    }
    found.sort_by_key(|(place, length, _)| (*place, std::cmp::Reverse(*length)));
    let (mut out, mut at) = (String::new(), 0);
    for (place, length, term) in found.into_iter().filter(|(place, length, _)| text.is_char_boundary(place + length)) {
        if place < at {
            continue;
        }
        seen.insert(term.name);
        out.push_str(&escaped(&text[at..place]));
        out.push_str(&format!(
            "<abbr title=\"{}\">{}</abbr>",
            escaped(term.says),
            escaped(&text[place..place + length])
        ));
        at = place + length;
    }
    out + &escaped(&text[at..])
}

/// Where `form` first stands as a word of its own.
fn word(text: &str, form: &str) -> Option<usize> {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(form).map(|(place, _)| place).find(|place| {
        !is_letter(text[..*place].chars().next_back()) && !is_letter(text[place + form.len()..].chars().next())
    })
}

fn escaped(text: &str) -> String {
    HtmlEscape(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_of_every_term_is_explained_and_the_rest_is_escaped() {
        let text = explained("Excess flatness <1> at the limit points; the limit, unlimited: tr H & excess flatness");
        let says = |name: &str| escaped(TERMS.iter().find(|term| term.name == name).expect("a term").says);
        let expected = format!(
            "<abbr title=\"{}\">Excess flatness</abbr> &lt;1&gt; at the <abbr title=\"{}\">limit points</abbr>; the limit, unlimited: \
             <abbr title=\"{}\">tr H</abbr> &amp; excess flatness",
            says("Excess flatness"),
            says("Limit"),
            says("tr H")
        );
        assert_eq!(text.to_string(), expected);
        let pieces = [(false, "The limit of "), (true, "a limit <b>"), (false, " is no other limit.")];
        let sentence = said(&pieces.map(|(strong, text)| (strong, text.to_owned()))).to_string();
        assert_eq!(sentence.matches("<abbr").count(), 1, "{sentence}");
        assert!(sentence.ends_with("</abbr> of <b>a limit &lt;b&gt;</b> is no other limit."), "{sentence}");
    }

    #[test]
    fn letters_of_other_lengths_move_nothing() {
        assert!(explained("İ limit").to_string().ends_with(">limit</abbr>"));
        assert_eq!(explained("delimiter, recoveredness").to_string(), "delimiter, recoveredness");
    }
}
