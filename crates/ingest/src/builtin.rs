//! Mappings and importers that come with the program.

use crate::mapping::Importer;

/// Mapping files, compiled in.
pub(crate) const MAPPINGS: [(&str, &str); 3] = [
    ("amlgentex", include_str!("../../../examples/mappings/amlgentex.toml")),
    ("amlsim", include_str!("../../../examples/mappings/amlsim.toml")),
    ("amlworld", include_str!("../../../examples/mappings/amlworld.toml")),
];

/// Importers.
pub(crate) const IMPORTERS: [(&str, Importer); 3] =
    [("ofac-sdn", Importer::OfacSdn), ("un-consolidated", Importer::UnConsolidated), ("followthemoney", Importer::FollowTheMoney)];
