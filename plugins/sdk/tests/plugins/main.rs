//! The plugins of this repository as real libraries, loaded as a harness loads them.

mod iterates;
mod libraries;
mod loading;
mod misbehaviour;
mod process;
mod toy;
