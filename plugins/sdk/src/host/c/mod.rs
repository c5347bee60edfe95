//! Plugins of other languages, through [`crate::c_interface`].

mod context;
mod instance;
mod module;
mod questions;
mod reading;

pub(super) use instance::CInstance;
pub(super) use module::CModule;

#[cfg(test)]
mod tests {
    use super::{instance::MAX_SCALARS, module::MAX_HYPERPARAMETERS, reading::MAX_CHOICES, reading::MAX_TEXT};

    /// The header of a version stays as it is, so its readers are told elsewhere what is checked.
    #[test]
    fn the_limits_are_told_to_authors() {
        let readme = include_str!("../../../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        for limit in [
            format!("at most {MAX_HYPERPARAMETERS} hyper-parameters"),
            format!("{MAX_CHOICES} words of a choice"),
            format!("a zero byte within {} KiB", MAX_TEXT / 1024),
            format!("room for {MAX_SCALARS} scalars"),
        ] {
            assert!(readme.contains(&limit), "plugins/README.md does not say `{limit}`");
        }
    }
}
