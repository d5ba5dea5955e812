//! Kinds of identifier, and which of them name one party for certain.

/// Kind of an identifier in `sightings`, `parties` and `posts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    /// E.164 number.
    Phone,
    /// Mail address.
    Email,
    /// Handset or browser.
    Device,
    /// Network address.
    Ip,
    /// Postal address.
    Address,
    /// Identity or travel document.
    Document,
    /// Vehicle plate or hull.
    Vehicle,
    /// Handle on a platform.
    Handle,
    /// Wallet address.
    Wallet,
}

impl IdentifierKind {
    /// All kinds, in the order of the contract.
    pub const ALL: [Self; 9] =
        [Self::Phone, Self::Email, Self::Device, Self::Ip, Self::Address, Self::Document, Self::Vehicle, Self::Handle, Self::Wallet];

    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Device => "device",
            Self::Ip => "ip",
            Self::Address => "address",
            Self::Document => "document",
            Self::Vehicle => "vehicle",
            Self::Handle => "handle",
            Self::Wallet => "wallet",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
