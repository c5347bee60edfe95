//! Gradient flow by an explicit method that shares nothing with the one in use but the gradient.

use flatbench_problems::Problem;

/// The pair of Dormand and Prince: stages, and the fifth order less the fourth.
const STAGES: [&[f64]; 6] = [
    &[0.2],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
const DIFFERENCE: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];

/// Where ẇ = −∇f(w) from `start` is once f ≤ `loss`, each step within `tolerance`·‖w‖; `None` after `most` gradients.
pub fn explicit_flow(problem: &dyn Problem, start: &[f64], loss: f64, tolerance: f64, most: usize) -> Option<Vec<f64>> {
    let mut evaluator = problem.evaluator();
    let mut slope = |w: &[f64], out: &mut Vec<f64>| {
        let loss = evaluator.gradient(w, out);
        out.iter_mut().for_each(|x| *x = -*x);
        loss
    };
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut w = start.to_vec();
    let mut slopes = vec![vec![0.0; w.len()]; 7];
    let mut here = slope(&w, &mut slopes[0]);
    let mut time = 1e-2 * norm(&w) / norm(&slopes[0]);
    let mut gradients = 1;
    while here > loss {
        if gradients > most {
            return None;
        }
        let mut next = w.clone();
        let mut there = f64::NAN;
        for (stage, weights) in STAGES.iter().enumerate() {
            next.copy_from_slice(&w);
            for (weight, slope) in weights.iter().zip(&slopes) {
                next.iter_mut().zip(slope).for_each(|(w, k)| *w += time * weight * k);
            }
            there = slope(&next, &mut slopes[stage + 1]);
            gradients += 1;
        }
        let difference: Vec<f64> =
            (0..w.len()).map(|i| time * DIFFERENCE.iter().zip(&slopes).map(|(c, k)| c * k[i]).sum::<f64>()).collect();
        let error = norm(&difference) / (tolerance * norm(&w));
        if error <= 1.0 {
            (w, here) = (next, there);
            slopes.swap(0, 6);
        }
        time *= if error.is_finite() { (0.9 * error.powf(-0.2)).clamp(0.2, 5.0) } else { 0.1 };
    }
    Some(w)
}
