//! The use cases over real stores.

mod packs;
mod worlds;
