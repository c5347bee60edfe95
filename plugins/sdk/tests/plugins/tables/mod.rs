//! Optimizers of arbitrary bytes behind the C interface: the body of the fuzz target, on random bytes.

mod body;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[test]
fn any_optimizer_behind_the_c_interface_is_refused_or_makes_sense() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let rounds = 20_000;
    let mut taken = 0;
    for round in 0..rounds {
        let mut bytes = vec![0; 40 + round % 400];
        random.fill_bytes(&mut bytes);
        taken += usize::from(body::table(&bytes));
    }
    assert!(taken > 100 && taken < rounds - 100, "{taken} of {rounds} taken: one side is hardly tried");
}
