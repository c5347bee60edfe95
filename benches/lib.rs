//! Benches of flatbench: `oracles` (operators and inner loops), `roofline` (how near the peaks of a core they come), `optimizers`
//! (a step of each), `overhead` (what the harness adds to a step), `growth` (by runs, size, measurements and cores), `measuring`
//! (what happens around a run) and `records` (what happens after it). See `README.md` here.
