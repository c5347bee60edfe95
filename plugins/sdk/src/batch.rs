use std::ops::Deref;
use std::rc::Rc;

use crate::Stream;
use crate::pool::Shared;

/// Indices of measurements, drawn by [`Oracle::sample_batch`](crate::Oracle::sample_batch). Dereferences to `[usize]`.
#[derive(Debug)]
pub struct Batch {
    indices: Vec<usize>,
    whole: bool,
    shared: Rc<Shared>,
}

impl Batch {
    /// Whether the batch is every measurement once: then the full gradient is the batch's gradient.
    pub fn is_whole(&self) -> bool {
        self.whole
    }
}

impl Deref for Batch {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.indices
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.shared.batches.put(std::mem::take(&mut self.indices));
    }
}

/// Draws batches; remembers how far the present epoch has come.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    /// A permutation of the measurements. Those before `used` are drawn in this epoch.
    order: Vec<usize>,
    used: usize,
}

impl Sampler {
    /// See [`Oracle::sample_batch`](crate::Oracle::sample_batch) for the rules.
    pub(crate) fn draw(
        &mut self,
        size: usize,
        replacement: bool,
        measurements: usize,
        stream: &mut Stream,
        shared: &Rc<Shared>,
    ) -> Batch {
        let whole = size == 0 || (size >= measurements && !replacement);
        let mut indices = shared.batches.take();
        indices.clear();
        if whole {
            indices.extend(0..measurements);
        } else if replacement {
            indices.extend((0..size.min(measurements)).map(|_| stream.index(measurements)));
        } else {
            self.extend_without_replacement(&mut indices, size, measurements, stream);
        }
        Batch { indices, whole, shared: Rc::clone(shared) }
    }

    /// Takes the next `size` entries of a permutation that is shuffled as it is used, so no step pays for a whole epoch.
    fn extend_without_replacement(
        &mut self,
        indices: &mut Vec<usize>,
        size: usize,
        measurements: usize,
        stream: &mut Stream,
    ) {
        if self.order.len() != measurements {
            self.order = (0..measurements).collect();
            self.used = 0;
        }
        if self.used == measurements {
            self.used = 0;
        }
        for _ in 0..size.min(measurements - self.used) {
            let next = self.used + stream.index(measurements - self.used);
            self.order.swap(self.used, next);
            indices.push(self.order[self.used]);
            self.used += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(sampler: &mut Sampler, stream: &mut Stream, size: usize, replacement: bool, m: usize) -> Batch {
        sampler.draw(size, replacement, m, stream, &Shared::new(Vec::new()))
    }

    #[test]
    fn an_epoch_without_replacement_meets_every_measurement_once() {
        let (mut sampler, mut stream) = (Sampler::default(), Stream::new(5));
        let mut orders = Vec::new();
        for _ in 0..3 {
            let batches: Vec<Batch> = (0..3).map(|_| draw(&mut sampler, &mut stream, 4, false, 10)).collect();
            assert_eq!(batches.iter().map(|b| b.len()).collect::<Vec<_>>(), [4, 4, 2]);
            let order: Vec<usize> = batches.iter().flat_map(|b| b.iter().copied()).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
            orders.push(order);
        }
        assert_ne!(orders[0], orders[1]);
        assert_ne!(orders[1], orders[2]);
    }

    #[test]
    fn zero_and_sizes_past_the_end_mean_all() {
        let (mut sampler, mut stream) = (Sampler::default(), Stream::new(5));
        for (size, replacement) in [(0, false), (0, true), (6, false), (9, false)] {
            let batch = draw(&mut sampler, &mut stream, size, replacement, 6);
            assert!(batch.is_whole());
            assert_eq!(*batch, [0, 1, 2, 3, 4, 5]);
        }
        let batch = draw(&mut sampler, &mut stream, 9, true, 6);
        assert!(!batch.is_whole());
        assert_eq!(batch.len(), 6);
    }
}
