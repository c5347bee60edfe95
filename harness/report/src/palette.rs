//! Colours, shapes and dashes: the same for an optimizer in every figure and table.

use std::collections::{BTreeMap, BTreeSet};

use plotters::style::RGBColor;

/// Text and axes.
pub(crate) const INK: RGBColor = RGBColor(27, 31, 36);
/// Secondary text and reference marks.
pub(crate) const MUTED: RGBColor = RGBColor(87, 96, 106);
/// Grid lines.
pub(crate) const GRID: RGBColor = RGBColor(228, 231, 235);
/// Behind a figure.
pub(crate) const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Tint of the region where a run counts as recovered.
pub(crate) const GOOD: RGBColor = RGBColor(233, 244, 240);

/// A case on which every run recovered the truth, and one on which some did.
pub(crate) const RECOVERS: RGBColor = FILLS[2];
pub(crate) const PARTLY: RGBColor = FILLS[4];

/// Okabe and Ito, "Color Universal Design" (2008), in the order that keeps the first ones furthest apart.
const FILLS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(240, 228, 66),
];

/// The same hues, darkened where a thin line on white would fall below a contrast of 3 to 1.
const LINES: [RGBColor; 8] = [
    RGBColor(0, 108, 170),
    RGBColor(200, 88, 0),
    RGBColor(0, 128, 93),
    RGBColor(176, 88, 138),
    RGBColor(165, 113, 0),
    RGBColor(36, 128, 182),
    RGBColor(45, 45, 45),
    RGBColor(133, 124, 0),
];

/// Multiples of the least flatness at which a shade changes.
const STEPS: [f64; 4] = [1.01, 1.5, 3.0, 10.0];

/// Shades from at the flattest to far above it.
pub(crate) const SHADES: usize = STEPS.len() + 1;

/// The shade, below [`SHADES`], of a flatness that is `height` times the least.
pub(crate) fn shade(height: f64) -> usize {
    STEPS.iter().filter(|step| height > **step).count()
}

/// Lengths of dash and gap in pixels; empty is solid.
const DASHES: [&str; 5] = ["", "6 3", "2 2", "8 3 2 3", "10 4"];

/// How an optimizer is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    colour: usize,
    shape: usize,
    dash: usize,
    archived: bool,
}

/// Optimizers that ship, in the order in which they take looks: those that stand together in suites have colours of their own.
const KNOWN: [&str; 39] = [
    "gd",
    "label-noise-sgd",
    "trace-penalty",
    "sam-batch-1",
    "trace-flow",
    "sam",
    "weight-decay",
    "muon",
    // The colours begin anew, with other shapes and dashes.
    "sgd",
    "adam",
    "adamw",
    "momentum",
    "scaled-gd",
    "lambda-max-penalty",
    "normalized-gd",
    "fam",
    "swa",
    "sam-annealed",
    "asam",
    "rmsprop",
    "lion",
    "muon-polar",
    "sign-gd",
    "shampoo",
    "soap",
    "adafactor",
    "polyak-gd",
    "alternating-scaled-gd",
    "alt-min",
    "l-bfgs",
    "levenberg-marquardt",
    "langevin",
    "entropy-sgd",
    "gradient-norm-penalty",
    "norm-matched-gd",
    "weight-noise-gd",
    "lookahead",
    "momentum-c",
    "sgd-python",
];

/// Looks that differ in colour, shape or dash.
const LOOKS: usize = FILLS.len() * DASHES.len();

/// Looks of the entries of a report, each a label and the archive that it is from: what ships has the same look in every report, anything
/// else one by its label, or the next that is free. What is archived looks like what it is a record of, but paler.
pub(crate) fn looks<'a>(entries: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Vec<Look> {
    let own = |label: &'a str, archive: Option<&str>| {
        archive.and_then(|archive| label.strip_suffix(&format!(" ({archive})"))).unwrap_or(label)
    };
    let entries: Vec<(&str, bool)> = entries.map(|(label, from)| (own(label, from), from.is_some())).collect();
    let known = KNOWN.into_iter().enumerate().map(|(place, label)| (label, place));
    let mut places: BTreeMap<&str, usize> = known.collect();
    let mut taken: BTreeSet<usize> = entries.iter().filter_map(|(label, _)| places.get(label)).copied().collect();
    // In the order of labels, so that the order of a report plays no part.
    for label in entries.iter().map(|(label, _)| *label).collect::<BTreeSet<_>>() {
        if !places.contains_key(label) {
            let first = hash(label) % LOOKS;
            let free = (0..LOOKS).map(|step| (first + step) % LOOKS).find(|place| !taken.contains(place));
            let place = free.unwrap_or(first);
            taken.insert(place);
            places.insert(label, place);
        }
    }
    entries.into_iter().map(|(label, archived)| Look::of(places[label], archived)).collect()
}

/// FNV-1a, which is the same on every machine and in every version.
fn hash(label: &str) -> usize {
    let hash = label
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash >> 32) as usize
}

impl Look {
    /// The look at `index`: the first eight differ in colour and in shape, the first forty in colour, shape or dash; beyond
    /// that looks repeat and hover text tells them apart.
    pub(crate) fn of(index: usize, archived: bool) -> Self {
        let round = index / FILLS.len();
        Look {
            colour: index % FILLS.len(),
            shape: (index + round) % Shape::ALL.len(),
            dash: (index + round) % DASHES.len(),
            archived,
        }
    }

    /// Inside of a marker.
    pub(crate) fn fill(self) -> RGBColor {
        FILLS[self.colour]
    }

    /// Value for `fill-opacity`: nothing for what was run here, and a tint for what is archived.
    pub(crate) fn opacity(self) -> &'static str {
        if self.archived { "0.25" } else { "" }
    }

    /// Value for `stroke-opacity` of a curve: nothing for what was run here, and less for what is archived.
    pub(crate) fn strength(self) -> &'static str {
        if self.archived { "0.5" } else { "" }
    }

    /// Curves, and the outline of a marker.
    pub(crate) fn line(self) -> RGBColor {
        LINES[self.colour]
    }

    /// Class that paints text or a swatch like the line.
    pub(crate) fn number(self) -> usize {
        self.colour
    }

    /// Value for `stroke-dasharray`.
    pub(crate) fn dash(self) -> &'static str {
        DASHES[self.dash]
    }

    /// Marker.
    pub(crate) fn shape(self) -> Shape {
        Shape::ALL[self.shape]
    }
}

/// Outline of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    TriangleDown,
    Pentagon,
    Cross,
    Hourglass,
}

impl Shape {
    const ALL: [Shape; 8] = [
        Shape::Circle,
        Shape::Square,
        Shape::Triangle,
        Shape::Diamond,
        Shape::TriangleDown,
        Shape::Pentagon,
        Shape::Cross,
        Shape::Hourglass,
    ];

    /// Corners for a marker of about the area of a circle of radius 1, centred; none for the circle.
    pub(crate) fn corners(self) -> Vec<(f64, f64)> {
        let regular = |n: usize, radius: f64, turn: f64| -> Vec<(f64, f64)> {
            (0..n)
                .map(|i| {
                    let angle = std::f64::consts::TAU * (i as f64 / n as f64 + turn);
                    (radius * angle.sin(), -radius * angle.cos())
                })
                .collect()
        };
        match self {
            Shape::Circle => Vec::new(),
            Shape::Square => regular(4, 1.25, 0.125),
            Shape::Triangle => regular(3, 1.4, 0.0),
            Shape::TriangleDown => regular(3, 1.4, 0.5),
            Shape::Diamond => regular(4, 1.3, 0.0),
            Shape::Pentagon => regular(5, 1.2, 0.0),
            Shape::Cross => {
                let (w, l) = (0.42, 1.25);
                let quarter = [(-w, -l), (w, -l), (w, -w)];
                (0..4)
                    .flat_map(|turn| {
                        quarter.map(|(x, y)| match turn {
                            0 => (x, y),
                            1 => (-y, x),
                            2 => (-x, -y),
                            _ => (y, -x),
                        })
                    })
                    .collect()
            }
            Shape::Hourglass => vec![(-1.05, -1.15), (1.05, -1.15), (-1.05, 1.15), (1.05, 1.15)],
        }
    }
}

/// Class of a colour of this palette, without the letter for fill or stroke.
pub(crate) fn class_of(rgb: (u8, u8, u8)) -> Option<&'static str> {
    const FILL_CLASSES: [&str; 8] = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];
    const LINE_CLASSES: [&str; 8] = ["l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7"];
    let is = |c: &RGBColor| (c.0, c.1, c.2) == rgb;
    let named = [(INK, "ink"), (MUTED, "muted"), (GRID, "grid"), (PAPER, "paper"), (GOOD, "good")];
    named
        .iter()
        .find(|(c, _)| is(c))
        .map(|(_, class)| *class)
        .or_else(|| FILLS.iter().position(is).map(|i| FILL_CLASSES[i]))
        .or_else(|| LINES.iter().position(is).map(|i| LINE_CLASSES[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: RGBColor) -> f64 {
        let channel = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(c.0) + 0.7152 * channel(c.1) + 0.0722 * channel(c.2)
    }

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn lines_and_text_stand_out_on_paper() {
        for line in LINES {
            assert!(contrast(line, PAPER) >= 3.0, "{line:?}: {}", contrast(line, PAPER));
        }
        assert!(contrast(INK, PAPER) >= 7.0);
        assert!(contrast(MUTED, PAPER) >= 4.5);
    }

    #[test]
    fn an_optimizer_looks_the_same_in_every_report() {
        let entry = |label| (label, None);
        let few = looks(["gd", "mine", "sam radius=0.1"].map(entry).into_iter());
        let many = looks(["sam radius=0.1", "zebra", "mine", "sam", "trace-penalty", "gd"].map(entry).into_iter());
        assert_eq!([few[0], few[1], few[2]], [many[5], many[2], many[0]]);
        let all: BTreeSet<&str> = KNOWN.into_iter().collect();
        assert_eq!(all.len(), KNOWN.len());
        let beside = looks([("gd", None), ("gd (zoo)", Some("zoo")), ("lion", Some("zoo"))].into_iter());
        assert_eq!(beside[1], Look { archived: true, ..beside[0] });
        // One that is not known takes what is left.
        let full = looks(KNOWN.into_iter().chain(["mine"]).map(entry));
        assert!(!full[..KNOWN.len()].contains(&full[KNOWN.len()]));
    }

    #[test]
    fn what_stands_together_in_suites_has_colours_of_its_own() {
        let colours = |labels: &[&'static str]| {
            looks(labels.iter().map(|label| (*label, None)))
                .iter()
                .map(|look| look.colour)
                .collect::<BTreeSet<_>>()
                .len()
        };
        for together in [
            &["gd", "sam", "label-noise-sgd", "trace-penalty"][..],
            &["gd", "sam", "sam-batch-1", "label-noise-sgd"],
            &["gd", "sgd", "sam-batch-1", "trace-penalty", "trace-flow"],
        ] {
            let expected = if together.contains(&"sgd") { together.len() - 1 } else { together.len() };
            assert_eq!(colours(together), expected, "{together:?}");
        }
    }

    #[test]
    fn the_first_forty_looks_differ() {
        let looks: Vec<Look> = (0..40).map(|index| Look::of(index, false)).collect();
        for (i, a) in looks.iter().enumerate() {
            for b in &looks[i + 1..] {
                assert_ne!(a, b);
            }
        }
    }
}
