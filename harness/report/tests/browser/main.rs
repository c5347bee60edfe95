//! The page in a real browser: Chromium, driven through its DevTools protocol.
//!
//! Where no browser is found, a local run says so aloud and passes; where `CI` is set, it fails. `CHROMIUM` names the
//! program, `AXE` the file `axe.min.js` of the npm package axe-core.

mod chromium;
mod page;
#[path = "../report/synthetic.rs"]
mod synthetic;
