use flatbench_records::{Case, Init};
use toml::Spanned;
use toml::de::DeValue;

use super::section::{Found, Section, describe, real};
use super::value;

/// Where the runs of a case start.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// At least one regime.
    pub(super) inits: Vec<Init>,
    /// What their points are multiplied by.
    pub(super) scale: Option<f64>,
}

/// Reads `init` and `init_scale` of a case, whose `start` takes their place.
pub(super) fn read_start(section: &mut Section<'_, '_>, found: &Found) -> Option<Start> {
    let scale = section.get("init_scale");
    let given = section.get("start");
    let place = section.get("init").map(Spanned::span);
    let inits = match place {
        Some(_) => Some(read_inits(section, found)?),
        None => None,
    };
    if let Some(given) = given {
        if scale.is_some() || inits.as_ref().is_some_and(|inits| *inits != [Init::Given]) {
            let title = "`start` gives the point, and `init` or `init_scale` another one";
            found.add(
                given.span(),
                title,
                "",
                "leave `init` and `init_scale` out, or make cases of their own for other starts",
            );
            return None;
        }
        return Some(Start { inits: vec![Init::Given], scale: None });
    }
    if inits.as_ref().is_some_and(|inits| inits.contains(&Init::Given)) {
        let help = "`start = { run = \"DIR\", optimizer = \"gd\", point = \"limit\" }` or `start = { file = \"w.npz\" }` says which";
        found.add(place.unwrap_or_default(), "`init` is \"given\" without `start`", "", help);
        return None;
    }
    let Some(given) = scale else {
        if let Some(inits) = &inits
            && inits.contains(&Init::Scaled)
        {
            let help = "`init_scale = 1e-3` says how large; \"large\" and \"small\" need none";
            found.add(place.unwrap_or_default(), "`init` is \"scaled\" without `init_scale`", "", help);
            return None;
        }
        return Some(Start { inits: inits.unwrap_or_else(|| Init::STANDARD.to_vec()), scale: None });
    };
    let (least, most) = (Case::SCALES.start(), Case::SCALES.end());
    let allowed = format!("a number from {least:e} to {most}");
    let scale = match real(given.get_ref()) {
        Some(scale) if Case::SCALES.contains(&scale) => scale,
        Some(scale) => {
            found.add(given.span(), format!("`init_scale` is {scale}"), allowed, "");
            return None;
        }
        None => return section.wrong_type("init_scale", given, &allowed),
    };
    match inits.as_deref() {
        None | Some([Init::Large | Init::Scaled]) => Some(Start { inits: vec![Init::Scaled], scale: Some(scale) }),
        Some([Init::Spectral]) => Some(Start { inits: vec![Init::Spectral], scale: Some(scale) }),
        Some(_) => {
            let title = "`init` and `init_scale` contradict each other";
            let help = "`init_scale` multiplies one start: make cases of their own for others";
            let allowed = "with `init_scale`, `init` is left out, \"large\" or \"spectral\"";
            found.add(place.unwrap_or_default(), title, allowed, help);
            None
        }
    }
}

fn read_inits(section: &mut Section<'_, '_>, found: &Found) -> Option<Vec<Init>> {
    let value = section.get("init")?;
    let items: Vec<_> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        DeValue::String(_) => vec![value],
        _ => return section.wrong_type("init", value, "\"large\", \"small\", \"spectral\" or an array of some"),
    };
    let mut inits = Vec::new();
    for item in items {
        let DeValue::String(text) = item.get_ref() else {
            let title = format!("`init` contains {}", describe(item.get_ref()));
            found.add(item.span(), title, "expected \"large\", \"small\" or \"spectral\"", "");
            return None;
        };
        let init = value::word(&Spanned::new(item.span(), text.to_string()), "init", &Init::ALL, found)?;
        if inits.contains(&init) {
            found.add(item.span(), format!("`init` names {text:?} twice"), "", "");
            return None;
        }
        inits.push(init);
    }
    if inits.is_empty() {
        found.add(value.span(), "`init` is empty", "at least one of \"large\", \"small\", \"spectral\"", "");
        return None;
    }
    Some(inits)
}
