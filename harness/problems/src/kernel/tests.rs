//! Every instruction set of this machine against plain loops, at sizes around the edges of blocks and tiles.

use super::{Blocking, Buffer, Columns, Entries, InstructionSet, Kernel, Matrix, Pair, Part, Rows, padded};
use crate::randomness::gaussians;

fn kernels() -> impl Iterator<Item = Kernel> {
    [InstructionSet::Avx512, InstructionSet::Avx2, InstructionSet::Portable].into_iter().filter_map(Kernel::new)
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= 1e-12 * (1.0 + e.abs()), "{f} against {e}");
    }
}

#[test]
fn sensing_agrees_with_loops() {
    for (m, n) in [(1, 1), (7, 8), (8, 9), (17, 20), (33, 40), (9, 65)] {
        let stride = padded(n);
        let mut a = gaussians(1, "a", m * stride, 1.0);
        let mut x = gaussians(2, "x", stride, 1.0);
        a.chunks_mut(stride).for_each(|row| row[n..].fill(0.0));
        x[n..].fill(0.0);
        let (b, noise) = (gaussians(3, "b", m, 1.0), gaussians(4, "noise", m + 3, 1.0));
        let batch: Vec<usize> = (0..m + 3).map(|i| i * 7 % m).collect();
        let dot = |i: usize| -> f64 { a[i * stride..][..n].iter().zip(&x).map(|(a, x)| a * x).sum() };
        let rho: Vec<f64> = (0..m).map(|i| dot(i) - b[i]).collect();
        let batch_rho: Vec<f64> = batch.iter().zip(&noise).map(|(&i, e)| dot(i) - b[i] - e).collect();
        let back = |rows: &[usize], weights: &[f64]| -> Vec<f64> {
            (0..stride).map(|j| rows.iter().zip(weights).map(|(i, w)| w * a[i * stride + j]).sum()).collect()
        };
        let all: Vec<usize> = (0..m).collect();
        for kernel in kernels() {
            let (mut found, mut g) = (vec![f64::NAN; m], vec![f64::NAN; stride]);
            kernel.residuals(&a, &x, Rows::all(&b), &mut found, Some(&mut g));
            close(&found, &rho);
            close(&g, &back(&all, &rho));
            let mut alone = vec![f64::NAN; stride];
            kernel.adjoint(&a, &found, &mut alone);
            assert_eq!(g, alone, "the fused adjoint has the bits of the adjoint");
            let mut found = vec![f64::NAN; m + 3];
            let rows = Rows { batch: Some(&batch), targets: Some(&b), noise: Some(&noise) };
            kernel.residuals(&a, &x, rows, &mut found, Some(&mut g));
            close(&found, &batch_rho);
            close(&g, &back(&batch, &batch_rho));
        }
    }
}

/// Rows too short for a block to leave the nearest cache, and too long; the sums are the same ones.
#[test]
fn a_pass_has_the_bits_of_its_halves() {
    for (m, length) in [(1, 8), (15, 400), (16, 1024), (17, 1032), (33, 2000)] {
        let (a, x) = (gaussians(1, "a", m * length, 1.0), gaussians(2, "x", length, 1.0));
        for kernel in kernels() {
            let (mut rho, mut g) = (vec![f64::NAN; m], vec![f64::NAN; length]);
            kernel.residuals(&a, &x, Rows::products(), &mut rho, Some(&mut g));
            let (mut forward, mut back) = (vec![f64::NAN; m], vec![f64::NAN; length]);
            kernel.residuals(&a, &x, Rows::products(), &mut forward, None);
            kernel.adjoint(&a, &forward, &mut back);
            assert_eq!((rho, g), (forward, back), "{kernel:?}, {m} × {length}");
        }
    }
}

/// The wider instruction sets sum in the order of the portable path and differ from it in the rounding of products only.
#[test]
fn instruction_sets_agree() {
    let portable = Kernel::new(InstructionSet::Portable).expect("it is everywhere");
    for m in 1..20 {
        for n in (1..50).chain([399, 400, 401]) {
            let length = padded(n);
            let mut a = gaussians(1, "a", m * length, 1.0);
            a.chunks_mut(length).for_each(|row| row[n..].fill(0.0));
            let x = gaussians(2, "x", length, 1.0);
            let pass = |kernel: Kernel| {
                let (mut rho, mut g) = (vec![f64::NAN; m], vec![f64::NAN; length]);
                kernel.residuals(&a, &x, Rows::products(), &mut rho, Some(&mut g));
                let mut product = vec![f64::NAN; m * n];
                kernel.product(
                    Matrix::new(&a[..m * 5], m, 5),
                    &gaussians(3, "b", 5 * n, 1.0),
                    0.5,
                    &mut product,
                    false,
                );
                (rho, g, product)
            };
            let expected = pass(portable);
            for kernel in kernels() {
                let found = pass(kernel);
                close(&found.0, &expected.0);
                close(&found.1, &expected.1);
                close(&found.2, &expected.2);
            }
        }
    }
}

#[test]
fn products_agree_with_loops() {
    for (rows, inner, cols) in [
        (1, 1, 1),
        (8, 3, 8),
        (9, 20, 25),
        (20, 20, 20),
        (3, 7, 17),
        (11, 5, 49),
        (7, 4, 100),
        (33, 2, 8),
        (9, 600, 17),
        (300, 5, 9),
    ] {
        let (a, b) = (gaussians(1, "a", rows * inner, 1.0), gaussians(2, "b", inner * cols, 1.0));
        let start = gaussians(3, "c", rows * cols, 1.0);
        let mut expected = start.clone();
        for i in 0..rows {
            for j in 0..cols {
                expected[i * cols + j] += 0.5 * (0..inner).map(|p| a[i * inner + p] * b[p * cols + j]).sum::<f64>();
            }
        }
        for kernel in kernels() {
            let mut transposed = vec![f64::NAN; a.len()];
            kernel.transpose(&a, rows, inner, &mut transposed);
            for i in 0..rows {
                assert!((0..inner).all(|p| transposed[p * rows + i] == a[i * inner + p]), "{kernel:?}, row {i}");
            }
            let mut c = start.clone();
            kernel.product(Matrix::new(&a, rows, inner), &b, 0.5, &mut c, true);
            close(&c, &expected);
            let mut again = start.clone();
            kernel.product(Matrix::new(&transposed, inner, rows).t(), &b, 0.5, &mut again, true);
            assert_eq!(c, again, "the same sums through a transposed view");
            let mut fresh = vec![f64::NAN; rows * cols];
            kernel.product(Matrix::new(&a, rows, inner), &b, 0.5, &mut fresh, false);
            let difference: Vec<f64> = expected.iter().zip(&start).map(|(e, s)| e - s).collect();
            close(&fresh, &difference);
        }
    }
}

/// What triangles leave out changes no bit of what they keep.
#[test]
fn parts_of_products_have_the_bits_of_the_whole() {
    for (rows, inner, n) in [(1, 1, 1), (7, 20, 20), (64, 33, 33), (20, 9, 20), (100, 300, 100), (33, 5, 30)] {
        let a = gaussians(1, "a", rows * inner, 1.0);
        let mut b = gaussians(2, "b", inner * n, 1.0);
        for kernel in kernels() {
            for accumulate in [false, true] {
                let a = Matrix::new(&a, rows, inner);
                let (mut whole, mut part) = (vec![1.0; rows * n], vec![1.0; rows * n]);
                kernel.product(a, &b, 0.5, &mut whole, accumulate);
                kernel.product_part(a, &b, 0.5, &mut part, accumulate, Part::UpperProduct);
                for i in 0..rows {
                    assert_eq!(part[i * n..][i.min(n)..n], whole[i * n..][i.min(n)..n], "{kernel:?}, row {i}");
                }
                (0..inner).for_each(|p| b[p * n..][..p.min(n)].fill(0.0));
                kernel.product(a, &b, 0.5, &mut whole, accumulate);
                part.clone_from(&whole);
                if accumulate {
                    kernel.product(a, &b, 0.5, &mut whole, true);
                }
                kernel.product_part(a, &b, 0.5, &mut part, accumulate, Part::UpperFactor);
                assert_eq!(part, whole, "{kernel:?}, {rows} × {inner} × {n}");
            }
        }
    }
}

#[test]
fn sampled_entries_agree_with_loops() {
    for width in [1, 5, 8, 20, 100, 104, 105] {
        let (left, right) = (gaussians(1, "l", 4 * width, 1.0), gaussians(2, "r", 3 * width, 1.0));
        let (rows, cols) = ([0, 3, 3, 1], [2, 0, 2, 1]);
        let (entries, pair) =
            (Entries { rows: &rows, cols: &cols, amplitude: 3.0 }, Pair { left: &left, right: &right, width });
        let targets = [0.5, -1.0, 2.0, 0.0];
        let row = |factor: &[f64], i: u32| factor[i as usize * width..][..width].to_vec();
        let rho: Vec<f64> = (0..4)
            .map(|e| {
                3.0 * row(&left, rows[e]).iter().zip(row(&right, cols[e])).map(|(l, r)| l * r).sum::<f64>() - targets[e]
            })
            .collect();
        let (mut gl, mut gr) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        for e in 0..4 {
            for c in 0..width {
                gl[rows[e] as usize * width + c] += 1.5 * rho[e] * row(&right, cols[e])[c];
                gr[cols[e] as usize * width + c] += 1.5 * rho[e] * row(&left, rows[e])[c];
            }
        }
        for kernel in kernels() {
            let (mut found, mut fl, mut fr) = (vec![0.0; 4], vec![0.0; left.len()], vec![0.0; right.len()]);
            kernel.residual_pull_entries(entries, pair, Rows::all(&targets), &mut found, 0.5, &mut fl, &mut fr);
            close(&found, &rho);
            close(&fl, &gl);
            close(&fr, &gr);
        }
    }
}

#[test]
fn a_group_has_the_bits_of_its_members() {
    let whole = [(1, 1), (7, 8), (8, 9), (97, 40), (100, 65), (25, 1000), (130, 400)];
    // One more of everything than a tile has, and one less.
    let edges = (5..=7).flat_map(|m| [39, 41, 47, 49, 57].map(|n| (m, n)));
    for (m, n) in whole.into_iter().chain(edges) {
        let length = padded(n);
        let mut a = gaussians(1, "a", m * length, 1.0);
        a.chunks_mut(length).for_each(|row| row[n..].fill(0.0));
        let (targets, noise) = (gaussians(3, "b", m, 1.0), gaussians(4, "noise", m, 1.0));
        for count in [1, 2, 3, 4, 5, 7, 16, 17] {
            let stride = length + 8;
            let x = gaussians(2, "x", count * stride, 1.0);
            let rows: Vec<Rows<'_>> = (0..count)
                .map(|c| match c % 3 {
                    0 => Rows::all(&targets),
                    1 => Rows::products(),
                    _ => Rows { noise: Some(&noise), ..Rows::all(&targets) },
                })
                .collect();
            for kernel in kernels() {
                let alone: Vec<_> = (0..count)
                    .map(|c| {
                        let (mut alone, mut back) = (vec![f64::NAN; m], vec![f64::NAN; length]);
                        kernel.residuals(&a, &x[c * stride..][..length], rows[c], &mut alone, Some(&mut back));
                        (alone, back)
                    })
                    .collect();
                for blocking in
                    [Blocking::new(length, count), Blocking { rows: 12, width: 16 }, Blocking { rows: 24, width: 40 }]
                {
                    let (mut rho, mut g) = (vec![f64::NAN; count * m], vec![f64::NAN; count * stride]);
                    let mut partial = Buffer::zeros(blocking.partial_sums(count));
                    partial.fill(f64::NAN);
                    let columns = Columns { x: &x, stride, rows: &rows };
                    kernel.group_residuals(&a, length, columns, blocking, &mut rho, &mut g, &mut partial);
                    for (c, (alone, back)) in alone.iter().enumerate() {
                        let what = format!("{kernel:?}, {blocking:?}, column {c} of {count}, {m} × {n}");
                        assert_eq!(&rho[c * m..][..m], alone, "residuals, {what}");
                        assert_eq!(&g[c * stride..][..length], back, "adjoint, {what}");
                    }
                }
            }
        }
    }
}

#[test]
fn outer_products_have_the_bits_of_one_product_after_another() {
    for (count, height, n) in [(1, 1, 1), (3, 8, 8), (16, 20, 20), (5, 17, 9), (2, 7, 33)] {
        let (v, t) = (gaussians(1, "v", count * height, 1.0), gaussians(2, "t", count * n, 1.0));
        let weights = gaussians(3, "weights", count, 1.0);
        for kernel in kernels() {
            for begun in [false, true] {
                let mut c = gaussians(4, "c", height * n, 1.0);
                let mut expected = if begun { c.clone() } else { vec![0.0; height * n] };
                for b in 0..count {
                    let column = Matrix::new(&v[b * height..][..height], height, 1);
                    kernel.product(column, &t[b * n..][..n], weights[b], &mut expected, true);
                }
                kernel.outer_products(&v, &t, &weights, &mut c, begun);
                assert_eq!(c, expected, "{kernel:?}, {count} of {height} × {n}");
            }
        }
    }
}
