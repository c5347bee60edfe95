use flatbench_records::CaseMistake;

use super::parameters::CaseParameters;

/// Layers or vectors whose random products stay inside the range of numbers.
const MOST_FACTORS: usize = 64;

/// Mistakes and warnings collected over a case.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) mistakes: Vec<CaseMistake>,
    pub(crate) warnings: Vec<String>,
}

impl Findings {
    /// Records a mistake in a parameter.
    pub(crate) fn mistake(&mut self, parameter: &str, message: impl Into<String>) {
        self.mistakes.push(CaseMistake::of(parameter, message));
    }

    /// Records a warning.
    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// A mistake unless the parameter is given.
    pub(crate) fn require(&mut self, p: &CaseParameters, names: &[&str], unless: &str) {
        for name in names {
            if !p.0.contains_key(*name) {
                self.mistake(name, format!("missing (give it, or {unless})"));
            }
        }
    }

    /// A mistake where `small` > `large`, both given.
    pub(crate) fn at_most(&mut self, p: &CaseParameters, small: &str, large: &str) {
        if let (Some(a), Some(b)) = (p.size_if(small), p.size_if(large))
            && a > b
        {
            self.mistake(small, format!("{a} is above `{large}` = {b} (choose at most {b})"));
        }
    }

    /// A size that a file decides: filled in, or a mistake where another value is given.
    pub(crate) fn settle(&mut self, p: &mut CaseParameters, name: &str, value: usize, file: &str) {
        match p.size_if(name) {
            Some(given) if given != value => {
                self.mistake(name, format!("{given} is given but `{file}` has {value} (leave `{name}` out)"));
            }
            _ => p.derive(name, value),
        }
    }

    /// A mistake where `depth` is so large that random products overflow or vanish; `factors` says what is multiplied.
    pub(crate) fn depth(&mut self, p: &CaseParameters, factors: &str, products_of: &str) {
        if p.size_if("depth").is_some_and(|depth| depth > MOST_FACTORS) {
            let reason = format!("products of that many random {products_of} leave the range of numbers");
            self.mistake("depth", format!("more than {MOST_FACTORS} {factors} ({reason})"));
        }
    }
}
