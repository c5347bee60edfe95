use std::ops::{Deref, DerefMut};

/// Entries on either side.
const ZONE: usize = 64;

/// A NaN that arithmetic does not produce.
const CANARY: u64 = 0x7ff8_5eed_cafe_f00d;

/// A vector between two zones that no one may write to: what is lent to a plugin, which may not keep to its bounds.
#[derive(Clone, Debug)]
pub struct Guarded {
    memory: Vec<f64>,
    length: usize,
}

impl Guarded {
    /// A copy of `start`.
    pub fn new(start: &[f64]) -> Self {
        let mut memory = vec![f64::from_bits(CANARY); start.len() + 2 * ZONE];
        memory[ZONE..ZONE + start.len()].copy_from_slice(start);
        Guarded { memory, length: start.len() }
    }

    /// Whether the zones are as they were. A plugin that writes beyond them is not found out.
    pub fn is_intact(&self) -> bool {
        let outside = self.memory[..ZONE].iter().chain(&self.memory[ZONE + self.length..]);
        outside.map(|x| x.to_bits()).all(|bits| bits == CANARY)
    }
}

impl Deref for Guarded {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.memory[ZONE..ZONE + self.length]
    }
}

impl DerefMut for Guarded {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.memory[ZONE..ZONE + self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_inside_is_fine_and_outside_is_seen() {
        let mut guarded = Guarded::new(&[1.0, 2.0, 3.0]);
        guarded[2] = 4.0;
        assert!(guarded.is_intact() && *guarded == [1.0, 2.0, 4.0]);
        for place in [ZONE - 1, ZONE + 3] {
            let mut guarded = guarded.clone();
            guarded.memory[place] = 0.0;
            assert!(!guarded.is_intact());
        }
    }
}
