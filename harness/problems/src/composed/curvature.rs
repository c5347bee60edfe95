use crate::factorization::Factorization;
use crate::model::Model;

/// Writes ∇(vᵀ∇²f(w)v), which is d²/dt² ∇f(w + t·v) at t = 0: (2/m)(J̈ᵀρ + 2 J̇ᵀρ̇ + Jᵀρ̈) with derivatives along v.
///
/// Predictions are polynomials of degree p along a line, and entries of J of degree p − 1, so that a central difference with p/2 pairs
/// of points is exact, whatever its step; that of the size of w over that of v keeps rounding apart from the result. With p = 2,
/// J̈ is zero. What has no second derivative in it is not differenced.
pub(super) fn curvature_gradient<M: Model>(model: &M, targets: &[f64], w: &[f64], v: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let (size, length) = (norm(w), norm(v));
    if length == 0.0 {
        return;
    }
    let step = if size > 0.0 { size / length } else { length.recip() };
    let (degree, m) = (model.factors().degree(), targets.len());
    let scale = 2.0 / m as f64;
    let at = |t: f64| w.iter().zip(v).map(|(w, v)| w + t * v).collect::<Vec<_>>();
    let mut s = model.scratch();
    let (mut rho, mut rho_dot, mut rho_ddot) = (vec![0.0; m], vec![0.0; m], vec![0.0; m]);
    for (t, weight) in second_difference(degree, step) {
        let point = at(t);
        model.prepare(&point, &mut s);
        model.predict(&point, &mut rho, &mut s);
        rho_ddot.iter_mut().zip(&rho).for_each(|(sum, p)| *sum += weight * p);
    }
    model.prepare(w, &mut s);
    model.predict(w, &mut rho, &mut s);
    rho.iter_mut().zip(targets).for_each(|(rho, target)| *rho -= target);
    let mut term = vec![0.0; w.len()];
    for (t, weight) in second_difference(degree - 1, step) {
        let point = at(t);
        model.prepare(&point, &mut s);
        model.pull(&point, &rho, scale * weight, &mut term, &mut s);
        out.iter_mut().zip(&term).for_each(|(out, x)| *out += x);
    }
    model.prepare(w, &mut s);
    model.predict_tangent(w, v, &mut rho_dot, &mut s);
    rho_dot.iter_mut().for_each(|x| *x *= 2.0);
    model.pull_tangent(w, v, &rho_dot, &rho_ddot, scale, &mut term, &mut s);
    out.iter_mut().zip(&term).for_each(|(out, x)| *out += x);
}

/// Points t and weights whose sum over values at t is the second derivative at 0 of any polynomial of this degree (Fornberg 1988):
/// n = degree/2 pairs at t = ±k·step with 2(−1)^{k+1} n!² / (k² (n−k)! (n+k)! step²), and 0 with what makes the weights sum to zero.
fn second_difference(degree: usize, step: f64) -> Vec<(f64, f64)> {
    let n = degree / 2;
    let (mut nodes, mut sum, mut ratio) = (Vec::new(), 0.0, 1.0);
    for k in 1..=n {
        // n!² / ((n−k)! (n+k)!), from that of k − 1.
        ratio *= (n + 1 - k) as f64 / (n + k) as f64;
        let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
        let weight = 2.0 * sign * ratio / (k as f64 * step).powi(2);
        nodes.extend([(k as f64 * step, weight), (-(k as f64) * step, weight)]);
        sum += 2.0 * weight;
    }
    if n > 0 {
        nodes.push((0.0, -sum));
    }
    nodes
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::second_difference;

    #[test]
    fn second_differences_are_exact_for_polynomials() {
        for degree in 0..=9 {
            for power in 0..=degree {
                let found: f64 = second_difference(degree, 0.7).iter().map(|(t, c)| c * t.powi(power as i32)).sum();
                let expected = if power == 2 { 2.0 } else { 0.0 };
                assert!((found - expected).abs() <= 1e-9, "degree {degree}, t^{power}: {found}");
            }
        }
    }
}
