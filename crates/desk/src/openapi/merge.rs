//! One list of types out of two: what is read and what is written. A type that is the same in both stands once.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::shape::PLACE;

/// What the written form of a type is called where the read form is another one.
fn written(name: &str) -> String {
    format!("{name}-given")
}

/// All types by name, and those whose written form has a name of its own.
pub(super) fn merge(asked: Map<String, Value>, given: Map<String, Value>) -> (Map<String, Value>, BTreeSet<String>) {
    let mut apart: BTreeSet<String> =
        given.iter().filter(|(name, one)| asked.get(*name).is_some_and(|other| other != *one)).map(|(name, _)| name.clone()).collect();
    // A type that rests on one with two forms has two forms itself.
    loop {
        let more: Vec<String> = given
            .iter()
            .filter(|(name, one)| asked.contains_key(*name) && !apart.contains(*name) && rests_on(one, &apart))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        apart.extend(more);
    }
    let mut all = std::collections::BTreeMap::new();
    for (name, one) in asked {
        all.insert(name, one);
    }
    for (name, mut one) in given {
        rename(&mut one, &apart);
        let name = if apart.contains(&name) { written(&name) } else { name };
        all.insert(name, one);
    }
    (all.into_iter().collect(), apart)
}

fn rests_on(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| target(key, value).is_some_and(|name| names.contains(name)) || rests_on(value, names))
        }
        Value::Array(all) => all.iter().any(|one| rests_on(one, names)),
        _ => false,
    }
}

/// The type that a field of a schema points to.
fn target<'a>(key: &str, value: &'a Value) -> Option<&'a str> {
    if key == "$ref" { value.as_str()?.strip_prefix(PLACE) } else { None }
}

/// Points to the written forms.
pub(super) fn rename(schema: &mut Value, apart: &BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                match target(key, value).filter(|name| apart.contains(*name)).map(written) {
                    Some(name) => *value = format!("{PLACE}{name}").into(),
                    None => rename(value, apart),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| rename(one, apart)),
        _ => {}
    }
}
