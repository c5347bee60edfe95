use flatbench_plugin::host::{Block, HostOracle, OracleError};

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
    fn loss(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge(0.5)?;
        Ok(0.5 * (0..2).map(|i| (A[i] * w[0] * w[1] - B[i]).powi(2)).sum::<f64>())
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        assert!(!self.broken, "the toy is broken");
        self.charge(1.0)?;
        Self::write_gradient(w, &[0, 1], &[0.0; 2], out);
        Ok(f64::NAN)
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        self.charge(batch.len() as f64 / 2.0)?;
        self.batches.push(batch.to_vec());
        let noise = noise.map_or(vec![0.0; batch.len()], <[f64]>::to_vec);
        Self::write_gradient(w, batch, &noise, out);
        self.noises.push(noise);
        Ok(())
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(1.0)?;
        self.noises.push(noise.to_vec());
        Self::write_gradient(w, &[0, 1], noise, out);
        Ok(())
    }

    fn hessian_vector(&mut self, _w: &[f64], _v: &[f64], _out: &mut [f64]) -> Result<(), OracleError> {
        Err(OracleError::NotSupported("no Hessian in this toy".into()))
    }

    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        Ok(5.0 * (w[0] * w[0] + w[1] * w[1]))
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        if self.without_trace {
            return Err(OracleError::NotSupported("no traces in this toy".into()));
        }
        self.charge(1.0)?;
        out.copy_from_slice(&[10.0 * w[0], 10.0 * w[1]]);
        Ok(())
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
