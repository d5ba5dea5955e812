//! What analysis made: each product says which decision it is to influence and for whom, and later what effect was observed (SG-121).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_escalation::estimative::Claim;
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::parts::{Part, Placed, enter, open_case, reach, room_for, trace, visible};
use super::{Case, Shared};
use crate::acting::{Caller, as_read};
use crate::people::agency::{checked_text, checked_words};
use crate::{Register, RegisterError};

/// Days after which a product without an observed effect is stale.
const STALE_DAYS: i64 = 90;

/// What was observed after a product was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// What came of it, also where it is nothing.
    pub observed: String,
    /// Whether the decision was made that it was to influence.
    pub decided: bool,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A product of analysis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    /// Where it belongs.
    pub placed: Placed,
    /// What it is called.
    pub title: String,
    /// The decision that it is to influence.
    pub decision: String,
    /// Who is to decide: an office, no name.
    pub recipient: String,
    /// Stale from then on, without an effect.
    pub stale_from: Timestamp,
    /// What was observed.
    pub effect: Option<Effect>,
}

impl Record for Product {
    const KIND: &'static str = "product";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        if self.effect.is_some() { "observed" } else { "open" }
    }

    fn due(&self) -> Option<Timestamp> {
        self.effect.is_none().then_some(self.stale_from)
    }
}

impl Part for Product {
    const WORD: &'static str = "case";

    fn placed(&self) -> &Placed {
        &self.placed
    }
}

/// What entering a product takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// What it is called; no name of a person.
    pub title: String,
    /// The decision that it is to influence.
    pub decision: String,
    /// Who is to decide: an office, no name.
    pub recipient: String,
    /// Which agencies of a joint case see it.
    #[serde(default)]
    pub shared: Shared,
}

impl Register {
    /// Enters a product: without the decision it is to influence and its recipient there is none, and its words keep to the table (SG-123).
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with what to mend and where.
    pub async fn add_product(&self, caller: &Caller, case: &str, new: NewProduct, at: Timestamp) -> Result<Stored<Product>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (_, placed) = enter(&mut acting, case, Action::CaseUpdate, new.shared).await?;
        room_for::<Product>(&mut acting, case).await?;
        let product = Product {
            placed,
            title: checked_words("title", &new.title, 120, Claim::Text)?,
            decision: checked_words("decision", &new.decision, 500, Claim::Text)?,
            recipient: checked_text("recipient", &new.recipient, 120)?,
            stale_from: Timestamp(at.0 + STALE_DAYS * MICROS_PER_DAY),
            effect: None,
        };
        let id = acting.tx()?.new_id();
        let product = acting.tx()?.add(&id, product).await?;
        let note = trace(self, &acting, "product.added", case, &product);
        acting.done(Notes::one(note)).await?;
        Ok(product)
    }

    /// Records the effect of a product.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn observe_effect(
        &self,
        caller: &Caller,
        id: &str,
        observed: &str,
        decided: bool,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<Product>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut product, case) = reach::<Product>(&mut acting, id, Action::CaseUpdate).await?;
        as_read(&product, version)?;
        let observed = checked_words("observed", observed, 2_000, Claim::Text)?;
        product.body.effect = Some(Effect { observed, decided, by: acting.who().to_owned(), at });
        acting.tx()?.put(&mut product).await?;
        let note = trace(self, &acting, "product.effect_observed", &case.id, &product);
        acting.done(Notes::one(note)).await?;
        Ok(product)
    }

    /// The products of a case that the caller may see.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn products(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<Product>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let products = visible::<Product>(&mut acting, &file, Action::CaseRead).await?;
        let note = acting.note_on("product.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(products)
    }

    /// Products of the caller's cases whose effect nobody has observed after 90 days (SG-121).
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn stale_products(&self, caller: &Caller, at: Timestamp) -> Result<Vec<Stored<Product>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let who = acting.who().to_owned();
        let cases = acting.tx()?.list::<Case>(Find::Key("member", &who), &Page::first(1_000)).await?;
        let mut stale = Vec::new();
        for case in cases.iter().filter(|case| case.body.is_open()) {
            let products = visible::<Product>(&mut acting, case, Action::CaseRead).await?;
            stale.extend(products.into_iter().filter(|product| product.body.due().is_some_and(|due| due <= at)));
        }
        let note = acting.note("product.stale_listed");
        acting.done(Notes::one(note)).await?;
        Ok(stale)
    }
}
