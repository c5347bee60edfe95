use flatbench_plugin::host::{Block, HostOracle, OracleError, Question};

/// f(u, v) = ½ Σ_i (a_i u v − b_i)² with a = (1, 2), b = (1, 3): the smallest problem with two factors.
///
/// tr ∇²f = 5 (u² + v²).
pub struct Toy {
    /// Full-gradient equivalents allowed and spent.
    pub budget: f64,
    pub spent: f64,
    /// Batches and noise of the calls so far.
    pub batches: Vec<Vec<usize>>,
    pub noises: Vec<Vec<f64>>,
    /// Whether the next gradient panics.
    pub broken: bool,
    /// Whether traces are refused.
    pub without_trace: bool,
}

const A: [f64; 2] = [1.0, 2.0];
const B: [f64; 2] = [1.0, 3.0];

/// The factors L (u) and R (v).
pub fn blocks() -> Vec<Block> {
    vec![Block::new("L", 1, 1), Block::new("R", 1, 1)]
}

impl Toy {
    pub fn new(budget: f64) -> Self {
        Toy { budget, spent: 0.0, batches: Vec::new(), noises: Vec::new(), broken: false, without_trace: false }
    }

    fn charge(&mut self, price: f64) -> Result<(), OracleError> {
        if self.spent + price > self.budget {
            return Err(OracleError::Budget);
        }
        self.spent += price;
        Ok(())
    }

    fn loss(w: &[f64]) -> f64 {
        0.5 * (0..2).map(|i| (A[i] * w[0] * w[1] - B[i]).powi(2)).sum::<f64>()
    }

    fn write_gradient(w: &[f64], batch: &[usize], noise: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (&i, z) in batch.iter().zip(noise) {
            let slope = 2.0 / batch.len() as f64 * (A[i] * w[0] * w[1] - (B[i] + z)) * A[i];
            out[0] += slope * w[1];
            out[1] += slope * w[0];
        }
    }
}

impl HostOracle for Toy {
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        match question {
            Question::Loss => {
                self.charge(0.5)?;
                return Ok(Self::loss(w));
            }
            Question::Gradient => {
                assert!(!self.broken, "the toy is broken");
                self.charge(1.0)?;
                Self::write_gradient(w, &[0, 1], &[0.0; 2], out);
                return Ok(Self::loss(w));
            }
            Question::MinibatchGradient { batch, noise } => {
                self.charge(batch.len() as f64 / 2.0)?;
                self.batches.push(batch.to_vec());
                let noise = noise.map_or(vec![0.0; batch.len()], <[f64]>::to_vec);
                Self::write_gradient(w, batch, &noise, out);
                self.noises.push(noise);
            }
            Question::PerturbedGradient(noise) => {
                self.charge(1.0)?;
                self.noises.push(noise.to_vec());
                Self::write_gradient(w, &[0, 1], noise, out);
            }
            Question::Trace => return Ok(5.0 * (w[0] * w[0] + w[1] * w[1])),
            Question::TraceGradient => {
                if self.without_trace {
                    return Err(OracleError::NotSupported("no traces in this toy".into()));
                }
                self.charge(1.0)?;
                out.copy_from_slice(&[10.0 * w[0], 10.0 * w[1]]);
            }
            _ => return Err(OracleError::NotSupported("no Hessian in this toy".into())),
        }
        Ok(f64::NAN)
    }

    fn progress(&self) -> f64 {
        self.spent / self.budget
    }

    fn remaining(&self) -> f64 {
        self.budget - self.spent
    }

    fn measurements(&self) -> usize {
        2
    }
}
