//! What is asked about the Hessian beyond products with it. A prediction is linear or has a constant second derivative K with a
//! zero diagonal, so that its slope is K w.

use super::measurement::dot;
use super::problem::{Problem, add};

impl Problem {
    /// The second derivatives of single parameters: no prediction is curved in one alone.
    pub(super) fn hessian_diagonal(&self, w: &[f64]) -> Vec<f64> {
        let mut diagonal = vec![0.0; w.len()];
        for slope in self.measurements.iter().map(|p| p.slope(w)) {
            let weight = 2.0 / self.measurements() as f64;
            diagonal.iter_mut().zip(&slope).for_each(|(d, s)| *d += weight * s * s);
        }
        diagonal
    }

    /// The largest eigenvalue of the Hessian at w, its unit eigenvector written into `out`: power iteration on the Hessian plus a
    /// multiple of the identity that makes it positive.
    pub(super) fn leading_eigenpair(&self, w: &[f64], out: &mut [f64]) -> f64 {
        let mut image = vec![0.0; w.len()];
        let mut shift = 0.0_f64;
        for i in 0..w.len() {
            out.fill(0.0);
            out[i] = 1.0;
            self.hessian_vector(w, out, &mut image);
            shift = shift.max(image.iter().map(|x| x.abs()).sum());
        }
        out.fill((w.len() as f64).sqrt().recip());
        for _ in 0..1000 {
            self.hessian_vector(w, out, &mut image);
            add(&mut image, shift, out);
            let length = dot(&image, &image).sqrt();
            if length == 0.0 {
                break;
            }
            out.iter_mut().zip(&image).for_each(|(v, y)| *v = y / length);
        }
        self.hessian_vector(w, out, &mut image);
        dot(out, &image)
    }

    pub(super) fn hessian_trace_gradient(&self, w: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for p in &self.measurements {
            add(out, 4.0 / self.measurements() as f64, &p.curvature(&p.slope(w)));
        }
    }

    /// ∇ Σ_b c_b tr H_bb = (4/m) Σ_i K_i (c ⊙ slope_i).
    pub(super) fn weighted_trace_gradient(&self, w: &[f64], weights: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let of_entries: Vec<f64> =
            self.blocks.iter().zip(weights).flat_map(|(block, weight)| vec![*weight; block.len()]).collect();
        for p in &self.measurements {
            let weighted: Vec<f64> = p.slope(w).iter().zip(&of_entries).map(|(slope, weight)| slope * weight).collect();
            add(out, 4.0 / self.measurements() as f64, &p.curvature(&weighted));
        }
    }

    /// ∇(vᵀ∇²f(w)v) = (2/m) Σ_i (2 (slope_i·v) K_i v + (vᵀK_i v) slope_i).
    pub(super) fn curvature_gradient(&self, w: &[f64], v: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let weight = 2.0 / self.measurements() as f64;
        for p in &self.measurements {
            let (slope, bent) = (p.slope(w), p.curvature(v));
            add(out, 2.0 * weight * dot(&slope, v), &bent);
            add(out, weight * dot(v, &bent), &slope);
        }
    }
}
