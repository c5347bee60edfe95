//! The plugins of this repository as real libraries, loaded as a harness loads them.

mod answers;
mod c_header;
mod c_plugins;
mod compile_errors;
mod iterates;
mod known;
mod libraries;
mod loading;
mod misbehaviour;
mod process;
mod sensing;
mod tables;
mod toy;
