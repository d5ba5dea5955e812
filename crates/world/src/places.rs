//! The corridor: places, currencies and what the world assumes of countries. Coordinates are those of well-known towns to
//! two decimals, from general knowledge; subdivisions are ISO 3166-2.

/// One place.
pub(crate) struct Place {
    pub(crate) id: &'static str,
    pub(crate) country: &'static str,
    pub(crate) admin1: &'static str,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) kind: &'static str,
    /// Share of households that live there; 0 for crossings, ports and places without residents of ours.
    pub(crate) households: f64,
    /// Share of migrant workers that live there.
    pub(crate) migrants: f64,
}

/// Index into [`PLACES`].
pub(crate) type PlaceNo = u8;

const fn town(id: &'static str, country: &'static str, admin1: &'static str, lat: f64, lon: f64, households: f64) -> Place {
    Place { id, country, admin1, lat, lon, kind: "city", households, migrants: 0.0 }
}
const fn abroad(id: &'static str, country: &'static str, admin1: &'static str, lat: f64, lon: f64, migrants: f64) -> Place {
    Place { id, country, admin1, lat, lon, kind: "city", households: 0.0, migrants }
}
const fn point(id: &'static str, country: &'static str, admin1: &'static str, lat: f64, lon: f64, kind: &'static str) -> Place {
    Place { id, country, admin1, lat, lon, kind, households: 0.0, migrants: 0.0 }
}

/// All places of a world.
pub(crate) static PLACES: &[Place] = &[
    town("Quetta", "PK", "PK-BA", 30.18, 66.98, 11.0),
    town("Chaman", "PK", "PK-BA", 30.92, 66.45, 3.0),
    town("Gwadar", "PK", "PK-BA", 25.13, 62.33, 2.0),
    town("Turbat", "PK", "PK-BA", 26.00, 63.05, 2.5),
    town("Khuzdar", "PK", "PK-BA", 27.81, 66.61, 2.0),
    town("Taftan", "PK", "PK-BA", 28.97, 61.57, 0.8),
    town("Peshawar", "PK", "PK-KP", 34.01, 71.58, 10.0),
    town("Mardan", "PK", "PK-KP", 34.20, 72.05, 4.0),
    town("Swat", "PK", "PK-KP", 34.77, 72.36, 3.0),
    town("Dera Ismail Khan", "PK", "PK-KP", 31.83, 70.90, 2.5),
    town("Karachi", "PK", "PK-SD", 24.86, 67.01, 16.0),
    town("Hyderabad", "PK", "PK-SD", 25.39, 68.37, 3.0),
    town("Sukkur", "PK", "PK-SD", 27.71, 68.86, 2.0),
    town("Lahore", "PK", "PK-PB", 31.55, 74.34, 9.0),
    town("Faisalabad", "PK", "PK-PB", 31.42, 73.08, 4.0),
    town("Gujrat", "PK", "PK-PB", 32.57, 74.08, 3.0),
    town("Multan", "PK", "PK-PB", 30.20, 71.47, 3.5),
    town("Islamabad", "PK", "PK-IS", 33.69, 73.06, 3.0),
    town("Kandahar", "AF", "AF-KAN", 31.61, 65.71, 4.0),
    town("Spin Boldak", "AF", "AF-KAN", 31.01, 66.40, 1.2),
    town("Kabul", "AF", "AF-KAB", 34.53, 69.17, 7.0),
    town("Jalalabad", "AF", "AF-NAN", 34.43, 70.45, 3.0),
    town("Herat", "AF", "AF-HER", 34.35, 62.20, 2.0),
    town("Zaranj", "AF", "AF-NIM", 30.96, 61.86, 0.8),
    town("Zahedan", "IR", "IR-11", 29.50, 60.86, 2.0),
    town("Mashhad", "IR", "IR-09", 36.30, 59.61, 1.0),
    abroad("Tehran", "IR", "IR-23", 35.69, 51.39, 6.0),
    abroad("Dubai", "AE", "AE-DU", 25.20, 55.27, 26.0),
    abroad("Sharjah", "AE", "AE-SH", 25.35, 55.42, 10.0),
    abroad("Abu Dhabi", "AE", "AE-AZ", 24.45, 54.38, 8.0),
    abroad("Muscat", "OM", "OM-MA", 23.59, 58.41, 9.0),
    abroad("Riyadh", "SA", "SA-01", 24.71, 46.68, 16.0),
    abroad("Jeddah", "SA", "SA-02", 21.49, 39.19, 9.0),
    abroad("Doha", "QA", "QA-DA", 25.29, 51.53, 7.0),
    abroad("Istanbul", "TR", "TR-34", 41.01, 28.98, 5.0),
    abroad("Van", "TR", "TR-65", 38.50, 43.38, 0.6),
    abroad("Athens", "GR", "GR-I", 37.98, 23.73, 1.5),
    abroad("Milan", "IT", "IT-25", 45.46, 9.19, 1.5),
    abroad("Birmingham", "GB", "GB-BIR", 52.48, -1.90, 2.5),
    abroad("Frankfurt", "DE", "DE-HE", 50.11, 8.68, 1.2),
    point("Bangkok", "TH", "TH-10", 13.76, 100.50, "city"),
    point("Sihanoukville", "KH", "KH-18", 10.61, 103.53, "city"),
    point("Chaman Crossing", "PK", "PK-BA", 30.93, 66.44, "crossing"),
    point("Torkham Crossing", "PK", "PK-KP", 34.12, 71.09, "crossing"),
    point("Taftan Crossing", "PK", "PK-BA", 28.98, 61.56, "crossing"),
    point("Gabd Crossing", "PK", "PK-BA", 25.26, 61.58, "crossing"),
    point("Islam Qala Crossing", "AF", "AF-HER", 34.66, 61.06, "crossing"),
    point("Gwadar Port", "PK", "PK-BA", 25.11, 62.34, "port"),
    point("Karachi Port", "PK", "PK-SD", 24.84, 66.98, "port"),
    point("Karachi Airport", "PK", "PK-SD", 24.91, 67.16, "airport"),
    point("Islamabad Airport", "PK", "PK-PB", 33.55, 72.83, "airport"),
    point("Peshawar Airport", "PK", "PK-KP", 33.99, 71.51, "airport"),
    point("Kabul Airport", "AF", "AF-KAB", 34.57, 69.21, "airport"),
    point("Jalozai Camp", "PK", "PK-KP", 33.93, 71.85, "camp"),
    point("Surkhab Camp", "PK", "PK-BA", 30.55, 66.90, "camp"),
];

/// The place of that id. The ids used in this crate are all in the table, which a test holds.
pub(crate) fn place(id: &str) -> PlaceNo {
    PLACES.iter().position(|p| p.id == id).unwrap_or(0) as PlaceNo
}

/// What a place is.
pub(crate) fn at(place: PlaceNo) -> &'static Place {
    &PLACES[usize::from(place)]
}

/// A currency with its rate.
pub(crate) struct Currency {
    pub(crate) code: &'static str,
    /// Units of it for one US dollar: a fixed rate of early 2025, rounded.
    pub(crate) per_usd: f64,
    /// People pay in multiples of this.
    pub(crate) step: f64,
}

/// Currencies; the index is stored with accounts and transfers.
pub(crate) static CURRENCIES: &[Currency] = &[
    Currency { code: "PKR", per_usd: 280.0, step: 50.0 },
    Currency { code: "AFN", per_usd: 71.0, step: 10.0 },
    Currency { code: "IRR", per_usd: 600_000.0, step: 50_000.0 },
    Currency { code: "AED", per_usd: 3.67, step: 5.0 },
    Currency { code: "OMR", per_usd: 0.385, step: 1.0 },
    Currency { code: "SAR", per_usd: 3.75, step: 5.0 },
    Currency { code: "QAR", per_usd: 3.64, step: 5.0 },
    Currency { code: "TRY", per_usd: 36.0, step: 10.0 },
    Currency { code: "EUR", per_usd: 0.95, step: 1.0 },
    Currency { code: "GBP", per_usd: 0.79, step: 1.0 },
    Currency { code: "USD", per_usd: 1.0, step: 1.0 },
    Currency { code: "USDT", per_usd: 1.0, step: 0.01 },
];

/// US dollars.
pub(crate) const USD: u8 = 10;
/// The stablecoin.
pub(crate) const USDT: u8 = 11;

/// The currency of a country.
pub(crate) fn currency_of(country: &str) -> u8 {
    match country {
        "PK" => 0,
        "AF" => 1,
        "IR" => 2,
        "AE" => 3,
        "OM" => 4,
        "SA" => 5,
        "QA" => 6,
        "TR" => 7,
        "GR" | "IT" | "DE" => 8,
        "GB" => 9,
        _ => USD,
    }
}

/// The prefix of mobile numbers of a country and how many digits follow.
pub(crate) fn mobile_prefix(country: &str) -> (&'static str, u32) {
    match country {
        "PK" => ("+923", 9),
        "AF" => ("+937", 8),
        "IR" => ("+989", 9),
        "AE" => ("+9715", 8),
        "OM" => ("+9689", 7),
        "SA" => ("+9665", 8),
        "QA" => ("+9743", 7),
        "TR" => ("+905", 9),
        "GR" => ("+3069", 8),
        "IT" => ("+393", 9),
        "DE" => ("+4915", 9),
        "GB" => ("+447", 9),
        _ => ("+668", 8),
    }
}

/// The border point one passes on the way between two places of different countries, if any is usual.
pub(crate) fn crossing_between(from: PlaceNo, to: PlaceNo) -> Option<PlaceNo> {
    let (a, b) = (at(from), at(to));
    let pair = if a.country < b.country { (a, b) } else { (b, a) };
    match (pair.0.country, pair.1.country) {
        ("AF", "PK") => {
            let east = matches!(pair.0.admin1, "AF-KAB" | "AF-NAN");
            Some(place(if east { "Torkham Crossing" } else { "Chaman Crossing" }))
        }
        ("IR", "PK") => Some(place(if matches!(pair.1.id, "Gwadar" | "Turbat") { "Gabd Crossing" } else { "Taftan Crossing" })),
        ("AF", "IR") => Some(place("Islam Qala Crossing")),
        (first, second) if first != second => Some(place(match (a.admin1, a.country) {
            ("PK-KP", _) => "Peshawar Airport",
            ("PK-SD" | "PK-BA", _) => "Karachi Airport",
            (_, "AF") => "Kabul Airport",
            _ => "Islamabad Airport",
        })),
        _ => None,
    }
}
