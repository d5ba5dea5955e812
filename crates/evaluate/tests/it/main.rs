//! Figures against hand-made truths, and against whole small worlds.
mod figures;
