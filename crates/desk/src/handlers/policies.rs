//! Policies as released data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use tributary_register::release::PolicySet;

use super::{Read, Shown};
use crate::asked::{Body, Path};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposal {
    schema: String,
    files: BTreeMap<String, String>,
    tests: String,
    reason: String,
}

acts! {
    propose [r, who, now] (Body(new) => Body<Proposal>) -> Shown<PolicySet> {
        r.propose_policies(&who, new.schema, new.files, new.tests, &new.reason, now).await?.into()
    }
    approve [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<PolicySet> {
        r.approve_policies(&who, &id, read.version, now).await?.into()
    }
}
