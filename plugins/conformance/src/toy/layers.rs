//! Relative flatness: Σ over layers and pairs of neurons of ⟨w_s, w_s'⟩ tr H_{s,s'}.

use flatbench_plugin::host::Block;

use super::measurement::{Measurement, dot};
use super::problem::{Problem, add};

/// A factor inside w as a layer.
struct Layer {
    neurons: usize,
    inputs: usize,
    /// Where it begins in w, and how far a neuron and an input are from the next.
    places: [usize; 3],
}

impl Layer {
    /// The weights of a neuron.
    fn neuron(&self, of: &[f64], s: usize) -> Vec<f64> {
        let [offset, stride, step] = self.places;
        (0..self.inputs).map(|t| of[offset + s * stride + t * step]).collect()
    }

    /// Σ_{s,s'} ⟨w_s, w_s'⟩⟨g_s, g_s'⟩.
    fn value(&self, w: &[f64], g: &[f64]) -> f64 {
        let pairs = (0..self.neurons).flat_map(|s| (0..self.neurons).map(move |other| (s, other)));
        let product = |of: &[f64], s, other| dot(&self.neuron(of, s), &self.neuron(of, other));
        pairs.map(|(s, other)| product(w, s, other) * product(g, s, other)).sum()
    }

    /// Adds the derivative of that in w to `out`; with w and g exchanged it is the one in g.
    fn derivative(&self, w: &[f64], g: &[f64], out: &mut [f64]) {
        let [offset, stride, step] = self.places;
        for s in 0..self.neurons {
            for other in 0..self.neurons {
                let product = dot(&self.neuron(g, s), &self.neuron(g, other));
                for (t, x) in self.neuron(w, other).iter().enumerate() {
                    out[offset + s * stride + t * step] += 2.0 * product * x;
                }
            }
        }
    }
}

impl Problem {
    /// The rows of a factor are its neurons, but for R of L Rᵀ, which is a layer by its transpose.
    fn layers(&self) -> Vec<Layer> {
        let product = matches!(self.measurements.first(), Some(Measurement::Bilinear { .. }));
        let mut offset = 0;
        let layer = |(place, block): (usize, &Block)| {
            let (rows, cols) = (block.rows, block.cols);
            let layer = if product && place == 1 {
                Layer { neurons: cols, inputs: rows, places: [offset, 1, cols] }
            } else {
                Layer { neurons: rows, inputs: cols, places: [offset, cols, 1] }
            };
            offset += block.len();
            layer
        };
        self.blocks.iter().enumerate().map(layer).collect()
    }

    /// (2/m) Σ_i over the layers, of the slopes of the predictions: none is curved within a layer.
    pub(super) fn relative_flatness(&self, w: &[f64]) -> f64 {
        let layers = self.layers();
        let of = |slope: Vec<f64>| layers.iter().map(|layer| layer.value(w, &slope)).sum::<f64>();
        2.0 / self.measurements() as f64 * self.measurements.iter().map(|p| of(p.slope(w))).sum::<f64>()
    }

    pub(super) fn relative_flatness_gradient(&self, w: &[f64], out: &mut [f64]) {
        let layers = self.layers();
        let weight = 2.0 / self.measurements() as f64;
        out.fill(0.0);
        for p in &self.measurements {
            let slope = p.slope(w);
            let (mut in_w, mut in_slope) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            for layer in &layers {
                layer.derivative(w, &slope, &mut in_w);
                layer.derivative(&slope, w, &mut in_slope);
            }
            add(out, weight, &in_w);
            add(out, weight, &p.curvature(&in_slope));
        }
    }
}
