//! Known answers, properties and phase transitions of the reference solvers.

mod analytic;
mod anisotropic;
mod depth;
mod draws;
mod duality;
mod ill_posed;
mod larger;
mod outliers;
mod phase_transitions;
mod semidefinite;
