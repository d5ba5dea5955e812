//! Sketches and groups of adverts.
