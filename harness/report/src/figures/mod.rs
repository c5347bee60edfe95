//! Figures: figure data drawn through plotters, one kind a file.

mod chart;
mod contour;
mod course;
mod crossing;
mod flatness;
mod glance;
mod inline;
mod legend;
mod line;
mod map;
mod marker;
mod overview;
mod path;
mod phase;
mod plane;
mod profile;
mod recovery;
mod response;
mod rows;
mod sensitivity;
mod sharpness;
mod spectrum;
mod standalone;
mod sweep;
mod trajectory;

pub(crate) use course::{Course, CourseCurve, course};
pub(crate) use crossing::descents;
pub(crate) use flatness::landscapes;
pub(crate) use glance::glance;
pub(crate) use inline::inline;
pub(crate) use legend::swatch;
pub(crate) use map::{Shown, is_uncertified, maps};
pub(crate) use overview::overviews;
pub(crate) use path::path;
pub(crate) use phase::phases;
pub(crate) use plane::plane;
pub use plane::{Plane, ValleyPoint};
pub(crate) use profile::profiles;
pub(crate) use recovery::{hinge, recoveries};
pub(crate) use response::responses;
pub(crate) use rows::{Rows, rows};
pub(crate) use sensitivity::{sensitivities, settings};
pub(crate) use sharpness::sharpness;
pub(crate) use spectrum::{drawn as drawn_singular_values, spectra};
pub(crate) use standalone::standalone;
pub(crate) use sweep::sweeps;
pub(crate) use trajectory::trajectories;

/// A drawn figure, as a page holds it.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Anchor in the page and name of the file, unique and made of `a-z0-9-`.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) svg: String,
    /// What to see in it, in one sentence.
    pub(crate) sentence: String,
    /// Panel that it shows, if it is one only.
    pub(crate) panel: Option<usize>,
    /// Optimizer that it shows, if it is one only.
    pub(crate) optimizer: Option<usize>,
    /// What is added below where it stands alone; nothing where it says all itself.
    below: Option<standalone::Below>,
}

/// A drawn figure of the gallery.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    /// Name of its file, unique and made of `a-z0-9-`.
    pub(crate) id: String,
    pub(crate) svg: String,
    /// What to see in it, in one sentence.
    pub(crate) sentence: String,
}

/// Panels that get figures of their own; beyond that a page is no longer looked at but searched.
pub(crate) const MOST_PANELS: usize = 400;

/// `text` as part of an id or a file name: lower-case letters, digits and hyphens.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= 48 {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}
