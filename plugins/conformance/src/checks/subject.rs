use std::collections::BTreeSet;
use std::path::PathBuf;

use flatbench_plugin::Block;
use flatbench_plugin::host::{Library, PluginError, Value};

use crate::Check;
use crate::settings::{Settings, Variant, defaults, variants};
use crate::toy::Problem;
use crate::trial::{Plan, Trial};

/// The first check: without it there are no others.
pub(super) const LOADS: &str = "loads";
pub(super) const USABLE: &str = "made from its defaults";

/// A loaded plugin and the problems that it is run on.
pub(super) struct Subject {
    pub(super) library: Library,
    /// What loading it changed in this process.
    pub(super) changed_on_load: Vec<String>,
    /// Files with code in the process before it was loaded, where the system tells.
    pub(super) files_before: Option<BTreeSet<PathBuf>>,
    overrides: Vec<(String, Value)>,
    pub(super) convex: Problem,
    pub(super) factorization: Problem,
    /// From one entry per factor to factors that are wider than the matrix.
    pub(super) shapes: Vec<Problem>,
}

impl Subject {
    pub(super) fn new(
        library: Library,
        changed_on_load: Vec<String>,
        files_before: Option<BTreeSet<PathBuf>>,
        overrides: &[(String, Value)],
    ) -> Self {
        let layers = || vec![Block::new("W1", 3, 2), Block::new("W2", 2, 2), Block::new("W3", 2, 1)];
        Subject {
            library,
            changed_on_load,
            files_before,
            overrides: overrides.to_vec(),
            convex: Problem::convex("a convex problem", vec![Block::new("A", 3, 2), Block::new("B", 2, 2)], 40),
            factorization: Problem::factorization("a 4×5 factorization", 4, 5, 2, 40),
            shapes: vec![
                Problem::factorization("1×1 factors", 1, 1, 1, 3),
                Problem::factorization("a row times a column", 1, 6, 1, 12),
                Problem::factorization("tall factors", 7, 2, 1, 20),
                Problem::factorization("factors wider than the matrix", 2, 3, 5, 12),
                Problem::convex("three factors", layers(), 24),
                Problem::convex("one vector", vec![Block::new("v1", 5, 1)], 10),
            ],
        }
    }

    /// Default settings for a problem.
    pub(super) fn settings(&self, problem: &Problem) -> Settings {
        self.overridden(defaults(&self.library.description().hyperparameters, problem.lambda_max()))
    }

    /// Default and other settings for a problem; what is overridden stays.
    pub(super) fn variants(&self, problem: &Problem) -> Vec<Variant> {
        let hyperparameters = &self.library.description().hyperparameters;
        let mut all = variants(hyperparameters, problem.lambda_max());
        all.iter_mut().for_each(|variant| variant.settings = self.overridden(std::mem::take(&mut variant.settings)));
        let base = all[0].settings.clone();
        all.retain(|variant| variant.label.is_empty() || variant.settings != base);
        all
    }

    fn overridden(&self, mut settings: Settings) -> Settings {
        for (name, value) in &self.overrides {
            match settings.iter_mut().find(|(known, _)| known == name) {
                Some(setting) => setting.1 = value.clone(),
                // The plugin's schema refuses it with a message.
                None => settings.push((name.clone(), value.clone())),
            }
        }
        settings
    }

    /// A trial at default settings from the problem's own start.
    pub(super) fn trial<'a>(&self, problem: &'a Problem, budget: f64, max_steps: usize) -> Trial<'a> {
        self.trial_from(problem, &problem.start, budget, max_steps)
    }

    pub(super) fn trial_from<'a>(
        &self,
        problem: &'a Problem,
        start: &[f64],
        budget: f64,
        max_steps: usize,
    ) -> Trial<'a> {
        let settings = self.settings(problem);
        // Only the problem is kept by the trial.
        let plan = Plan { problem, settings: &settings, start, seed: 1, budget, max_steps };
        Trial::new(&self.library, &plan)
    }

    /// The check that fails if no optimizer can be made from the settings.
    pub(super) fn usable(&self) -> Check {
        let problem = &self.factorization;
        let make = || self.library.create(&self.settings(problem), &problem.blocks, 1).map(drop);
        // SAFETY: the settings are plain data; what is made is dropped at once.
        let made = unsafe { self.library.seat().hold(make) };
        match made.unwrap_or_else(|error| Err(PluginError::Failed(format!("no memory for its stack: {error}")))) {
            Ok(()) => Check::passed(USABLE, "an optimizer is made"),
            Err(PluginError::NotSupported(reason)) => {
                Check::skipped(USABLE, format!("{} is not supported: {reason}", problem.label))
            }
            Err(error) => Check::failed(
                USABLE,
                format!("no optimizer could be made: {error}"),
                "make the defaults obey the schema, and do nothing in the constructor that can fail for them",
            ),
        }
    }
}

/// What the library says of itself, now that it is open.
pub(super) fn loads(library: &Library) -> Check {
    let plugin = library.description();
    Check::passed(LOADS, format!("{} {}, interface {}", plugin.name, plugin.version, plugin.interface_version))
}
