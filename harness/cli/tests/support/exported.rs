//! An exported instance, read and evaluated by plain loops.

use serde_json::Value;

use super::{Bench, flatbench, shown};

pub const SUITE: &str = r#"
name = "exports"
budget = 100
seeds = 2

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 6
cols = 4
rank = 1
measurements = 17
condition_number = 3.0

[[case]]
name = "bilinear"
family = "bilinear-sensing"
rows = 5
cols = 6
rank = 1
measurements = 20

[[case]]
name = "completion"
family = "matrix-completion"
rows = 7
cols = 6
rank = 1
sampling_rate = 0.8

[[case]]
name = "robust"
family = "robust-pca"
rows = 6
cols = 7
rank = 1
outlier_fraction = 0.1

[[case]]
name = "covariance"
family = "covariance-estimation"
dimension = 5
rank = 2
measurements = 9

[[case]]
name = "phase"
family = "phase-retrieval"
dimension = 5
measurements = 8

[[case]]
name = "quadratic"
family = "quadratic-network"
dimension = 5
rank_positive = 1
rank_negative = 1
measurements = 12

[[case]]
name = "deep"
family = "deep-matrix-factorization"
rows = 5
cols = 4
rank = 1
factor_rank = 3
depth = 3
measurements = 14

[[case]]
name = "sparse"
family = "deep-sparse-recovery"
dimension = 12
sparsity = 2
depth = 3
measurements = 8

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]
"#;

pub const CASES: [&str; 9] =
    ["sensing", "bilinear", "completion", "robust", "covariance", "phase", "quadratic", "deep", "sparse"];

/// An array of doubles or whole numbers, row-major.
pub struct Array {
    pub shape: Vec<usize>,
    pub numbers: Vec<f64>,
}

/// Reads the simple part of the format that NumPy describes under `numpy.lib.format`.
pub fn read_npy(bytes: &[u8]) -> Array {
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let (length, start) = match bytes[6] {
        1 => (usize::from(u16::from_le_bytes([bytes[8], bytes[9]])), 10),
        _ => (u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize, 12),
    };
    let header = String::from_utf8_lossy(&bytes[start..start + length]).into_owned();
    assert!(header.contains("'fortran_order': False"), "{header}");
    let shape = header.split('(').nth(1).and_then(|rest| rest.split(')').next()).expect("a shape");
    let shape = shape.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let words = bytes[start + length..].chunks_exact(8).map(|word| word.try_into().expect("eight bytes"));
    let numbers = match header.contains("<f8") {
        true => words.map(f64::from_le_bytes).collect(),
        false => words.map(|word| i64::from_le_bytes(word) as f64).collect(),
    };
    Array { shape, numbers }
}

/// An exported instance.
pub struct Exported {
    pub about: Value,
    pub folder: std::path::PathBuf,
}

impl Exported {
    pub fn array(&self, place: &[&str]) -> Array {
        let name = place.iter().fold(&self.about, |value, key| &value[*key]).as_str();
        let file = self.folder.join(name.unwrap_or_else(|| panic!("{place:?} names a file")));
        read_npy(&std::fs::read(file).expect("an exported file"))
    }

    pub fn blocks(&self) -> Vec<String> {
        let names = self.about["factorization"]["blocks"].as_array().expect("a list of factors");
        names.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    }

    /// Factors under `place`, in order.
    pub fn factors(&self, place: &[&str]) -> Vec<Array> {
        self.blocks().iter().map(|name| self.array(&[place, &[name.as_str()]].concat())).collect()
    }

    /// X from factors, by the definition of each kind.
    pub fn product(&self, factors: &[Array]) -> Array {
        match self.about["factorization"]["kind"].as_str().expect("a kind") {
            "left-right" => times(&factors[0], &transposed(&factors[1])),
            "gram" => {
                let signs = self.about["factorization"]["signs"].as_array().expect("a sign for each factor");
                let mut sum: Option<Array> = None;
                for (factor, sign) in factors.iter().zip(signs) {
                    let mut part = times(factor, &transposed(factor));
                    part.numbers.iter_mut().for_each(|x| *x *= sign.as_f64().expect("a sign"));
                    sum = Some(match sum {
                        None => part,
                        Some(mut sum) => {
                            sum.numbers.iter_mut().zip(part.numbers).for_each(|(a, b)| *a += b);
                            sum
                        }
                    });
                }
                sum.expect("a factor")
            }
            "chain" => {
                let mut x = times(&factors[1], &factors[0]);
                for layer in &factors[2..] {
                    x = times(layer, &x);
                }
                x
            }
            "hadamard" => {
                let mut numbers = vec![1.0; factors[0].numbers.len()];
                for factor in factors {
                    numbers.iter_mut().zip(&factor.numbers).for_each(|(x, v)| *x *= v);
                }
                Array { shape: factors[0].shape.clone(), numbers }
            }
            other => panic!("unknown factorization {other}"),
        }
    }

    fn predictions(&self, x: &Array) -> Vec<f64> {
        let (rows, cols) = (x.shape[0], x.shape[1]);
        let at = |i: usize, j: usize| x.numbers[i * cols + j];
        match self.about["measurements"]["kind"].as_str().expect("a kind") {
            "dense" => {
                let a = self.array(&["measurements", "array"]);
                assert_eq!(a.shape[1..], [rows, cols]);
                a.numbers.chunks(rows * cols).map(|a| a.iter().zip(&x.numbers).map(|(a, x)| a * x).sum()).collect()
            }
            "rank-one" => {
                let (a, b) = (self.array(&["measurements", "left"]), self.array(&["measurements", "right"]));
                let pairs = a.numbers.chunks(rows).zip(b.numbers.chunks(cols));
                pairs
                    .map(|(a, b)| (0..rows).map(|i| (0..cols).map(|j| a[i] * at(i, j) * b[j]).sum::<f64>()).sum())
                    .collect()
            }
            "entries" => {
                let amplitude = self.about["measurements"]["amplitude"].as_f64().expect("an amplitude");
                let positions = self.array(&["measurements", "positions"]);
                positions.numbers.chunks(2).map(|p| amplitude * at(p[0] as usize, p[1] as usize)).collect()
            }
            "all-entries" => x.numbers.clone(),
            other => panic!("unknown measurements {other}"),
        }
    }

    pub fn loss(&self, factors: &[Array]) -> f64 {
        let targets = self.array(&["targets"]).numbers;
        let x = self.product(factors);
        let mut residuals: Vec<f64> = self.predictions(&x).iter().zip(&targets).map(|(p, b)| p - b).collect();
        assert_eq!(residuals.len(), targets.len());
        if let Some(radius) = self.about["outlier_radius"].as_f64() {
            let threshold = threshold(&residuals, radius);
            residuals.iter_mut().for_each(|r| *r = r.clamp(-threshold, threshold));
        }
        residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64
    }
}

/// The θ with Σ max(|r_i| − θ, 0) = radius, by bisection.
fn threshold(residuals: &[f64], radius: f64) -> f64 {
    let left = |theta: f64| residuals.iter().map(|r| (r.abs() - theta).max(0.0)).sum::<f64>();
    if left(0.0) <= radius {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, residuals.iter().fold(0.0_f64, |a, r| a.max(r.abs())));
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if left(middle) > radius { low = middle } else { high = middle }
    }
    high
}

fn times(a: &Array, b: &Array) -> Array {
    let (rows, inner, cols) = (a.shape[0], a.shape[1], b.shape[1]);
    assert_eq!(inner, b.shape[0]);
    let entry = |i: usize, j: usize| (0..inner).map(|k| a.numbers[i * inner + k] * b.numbers[k * cols + j]).sum();
    let numbers = (0..rows * cols).map(|place| entry(place / cols, place % cols)).collect();
    Array { shape: vec![rows, cols], numbers }
}

fn transposed(a: &Array) -> Array {
    let (rows, cols) = (a.shape[0], a.shape[1]);
    let numbers = (0..rows * cols).map(|place| a.numbers[place % rows * cols + place / rows]).collect();
    Array { shape: vec![cols, rows], numbers }
}

pub fn export(bench: &Bench, case: &str, arguments: &[&str]) -> Exported {
    let folder = bench.path(&format!("{case}{}", arguments.concat()));
    let output = flatbench()
        .arg("export-instance")
        .arg(bench.path("suite.toml"))
        .args([case, "--out"])
        .arg(&folder)
        .args(arguments)
        .output()
        .expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{case}: {}", shown(&output));
    let text = std::fs::read_to_string(folder.join("instance.json")).expect("instance.json");
    Exported { about: serde_json::from_str(&text).expect("JSON"), folder }
}
