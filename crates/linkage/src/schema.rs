//! A configuration from the columns' names and contents: one default for each schema, tuned to no set of data.

use crate::config::{Comparison, Config, Measure, Part, TextLevel};
use crate::table::Table;
use crate::{LinkageError, date};

/// What a column holds, as far as its name and values tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Forename,
    Surname,
    Date,
    City,
    Postcode,
    Street,
    StreetNumber,
    Region,
    Email,
    Number,
    Text,
    Ignored,
}

fn by_name(name: &str) -> Option<Role> {
    let name = name.to_lowercase().replace([' ', '-', '.'], "_");
    let has = |words: &[&str]| words.iter().any(|w| name == *w);
    Some(if has(&["first_name", "given_name", "forename", "firstname", "givenname", "fname", "first"]) {
        Role::Forename
    } else if has(&["surname", "last_name", "family_name", "lastname", "familyname", "lname", "last"]) {
        Role::Surname
    } else if has(&["dob", "date_of_birth", "birth_date", "birthdate", "born"]) {
        Role::Date
    } else if has(&["city", "town", "suburb", "village", "locality", "place", "birth_place"]) {
        Role::City
    } else if has(&["postcode", "post_code", "zip", "zip_code", "zipcode", "postal_code", "postcode_fake"]) {
        Role::Postcode
    } else if has(&["street_number", "house_number", "number"]) {
        Role::StreetNumber
    } else if has(&["address", "address_1", "address_2", "street", "full_address"]) {
        Role::Street
    } else if has(&["state", "region", "province", "county", "district", "country", "admin1"]) {
        Role::Region
    } else if has(&["email", "e_mail", "mail"]) {
        Role::Email
    } else if has(&["phone", "telephone", "mobile", "soc_sec_id", "ssn", "id_no", "national_id", "cnic", "passport", "document", "phone_number"]) {
        Role::Number
    } else if has(&["id", "unique_id", "rec_id", "record_id", "row_id", "uuid", "cluster", "cluster_id", "label", "entity_id", "true_id"])
        || has(&["gender", "sex", "religion", "ethnicity", "tribe", "nationality", "sect", "caste"])
    {
        Role::Ignored
    } else {
        return None;
    })
}

fn by_content(table: &Table, at: usize) -> Role {
    let Some(column) = table.columns().get(at) else { return Role::Ignored };
    let filled = column.filled();
    let distinct = column.dictionary().len();
    if distinct < 2 || filled == 0 || (distinct == filled && filled == table.rows() && filled > 20) {
        return Role::Ignored;
    }
    let sample: Vec<&str> = (0..distinct.min(200) as u32).map(|c| column.dictionary().value(c)).collect();
    let share = |test: &dyn Fn(&str) -> bool| sample.iter().filter(|v| test(v)).count() * 10 >= sample.len() * 8;
    if share(&|v| v.len() >= 8 && date::read(v).is_some()) {
        Role::Date
    } else if share(&|v| v.contains('@')) {
        Role::Email
    } else if share(&|v| v.len() >= 7 && v.bytes().filter(u8::is_ascii_digit).count() >= 6) {
        Role::Number
    } else if share(&|v| v.bytes().any(|b| b.is_ascii_digit()) && v.len() <= 10) {
        Role::Postcode
    } else {
        Role::Text
    }
}

/// The role of each column, by name and else by content.
pub(crate) fn roles(table: &Table) -> Vec<(String, Role)> {
    let columns = table.columns().iter().enumerate();
    columns
        .map(|(at, c)| {
            let role = by_name(c.name()).unwrap_or_else(|| by_content(table, at));
            (c.name().to_owned(), if c.dictionary().len() < 2 { Role::Ignored } else { role })
        })
        .collect()
}

fn names() -> Measure {
    Measure::Text(vec![
        TextLevel::OneEdit(6),
        TextLevel::Initial,
        TextLevel::JaroWinkler(0.92),
        TextLevel::OneEdit(4),
        TextLevel::JaroWinkler(0.85),
        TextLevel::OneEdit(1),
        TextLevel::JaroWinkler(0.75),
    ])
}

fn part(column: &str, role: Role) -> Part {
    let (measure, term_frequency) = match role {
        Role::Forename | Role::Surname => (names(), true),
        Role::Date => (Measure::Date, true),
        Role::City => (Measure::Text(vec![TextLevel::OneEdit(1), TextLevel::JaroWinkler(0.88)]), true),
        Role::Postcode | Role::StreetNumber => (Measure::Text(vec![TextLevel::OneEdit(1)]), true),
        Role::Region => (Measure::Text(vec![TextLevel::OneEdit(3)]), true),
        Role::Email => (Measure::Text(vec![TextLevel::OneEdit(1), TextLevel::User, TextLevel::JaroWinkler(0.9)]), true),
        Role::Number => (Measure::Text(vec![TextLevel::OneEdit(1), TextLevel::Edits(2)]), true),
        Role::Street | Role::Text | Role::Ignored => {
            (Measure::Text(vec![TextLevel::OneEdit(5), TextLevel::JaroWinkler(0.92), TextLevel::JaroWinkler(0.8)]), true)
        }
    };
    Part { column: column.to_owned(), measure, term_frequency }
}

/// Comparisons and bounds for `table`, from its columns' names and contents.
///
/// Columns that identify a row, are constant or hold a protected trait are left out.
///
/// # Errors
/// No column is left to compare.
pub fn detect(table: &Table) -> Result<Config, LinkageError> {
    let roles = roles(table);
    let first = |role: Role| roles.iter().find(|(_, r)| *r == role).map(|(n, _)| n.as_str());
    let mut comparisons = Vec::new();
    let joined = first(Role::City).zip(first(Role::Postcode));
    for (name, role) in &roles {
        if *role == Role::Ignored || joined.is_some_and(|(c, _)| c == name) {
            continue;
        }
        let mut parts = vec![part(name, *role)];
        let mut called = name.clone();
        if let Some((city, postcode)) = joined
            && postcode == name
        {
            parts.push(part(city, Role::City));
            called = format!("{city} and {postcode}");
        }
        let household = matches!(role, Role::Surname | Role::City | Role::Postcode | Role::Street | Role::StreetNumber | Role::Region);
        comparisons.push(Comparison { name: called, parts, household });
    }
    comparisons.truncate(crate::COMPARISONS_MAX);
    if comparisons.is_empty() {
        return Err(LinkageError::NothingToCompare);
    }
    let mut config = Config::new(comparisons);
    config.swapped = first(Role::Forename).zip(first(Role::Surname)).map(|(a, b)| (a.to_owned(), b.to_owned()));
    Ok(config)
}
