//! Hostile input, and what must hold whatever it is. Shared by the fuzz targets and by crates/engine/tests/hostile.rs.

pub mod checks;
pub mod edits;
pub mod packs;
pub mod smallest;
