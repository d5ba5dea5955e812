//! What a request holds and what its answer is, read from the type of the handler that takes it.

use axum::extract::State;
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Desk;
use crate::answer::Answer;
use crate::asked::{Bare, Body, Path, Query, Token, Who, from_query, read};

/// What is asked of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Session {
    /// Nothing: it is open.
    #[default]
    None,
    /// A session's token.
    Token,
    /// The token and a purpose; no second factor yet.
    Bare,
    /// The token, a purpose, and a second factor.
    Full,
}

/// Reads a text as a handler does, and says what is wrong with it.
type Takes = fn(&str) -> Result<(), String>;

/// What one handler takes and gives.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub(crate) session: Session,
    /// Whether the path has a part that varies.
    pub(crate) path: bool,
    pub(crate) query: Option<Value>,
    pub(crate) body: Option<Value>,
    pub(crate) answer: Value,
    pub(crate) takes_body: Option<Takes>,
    pub(crate) takes_query: Option<Takes>,
}

/// Types that were met: those that are read and those that are written differ where a field may be left out.
pub(crate) struct Schemas {
    pub(crate) asked: SchemaGenerator,
    pub(crate) given: SchemaGenerator,
}

/// Where types stand in the document.
pub(crate) const PLACE: &str = "#/components/schemas/";

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self { asked: settings().for_deserialize().into_generator(), given: settings().for_serialize().into_generator() }
    }
}

/// A part of a request.
pub(crate) trait Input {
    fn enter(shape: &mut Shape, schemas: &mut Schemas);
}

impl Input for State<Desk> {
    fn enter(_: &mut Shape, _: &mut Schemas) {}
}

impl Input for Token {
    fn enter(shape: &mut Shape, _: &mut Schemas) {
        shape.session = Session::Token;
    }
}

impl Input for Bare {
    fn enter(shape: &mut Shape, _: &mut Schemas) {
        shape.session = Session::Bare;
    }
}

impl Input for Who {
    fn enter(shape: &mut Shape, _: &mut Schemas) {
        shape.session = Session::Full;
    }
}

impl Input for Path<String> {
    fn enter(shape: &mut Shape, _: &mut Schemas) {
        shape.path = true;
    }
}

impl<T: JsonSchema + DeserializeOwned> Input for Query<T> {
    fn enter(shape: &mut Shape, schemas: &mut Schemas) {
        shape.query = Some(T::json_schema(&mut schemas.asked).to_value());
        shape.takes_query = Some(|text| from_query::<T>(text).map(drop));
    }
}

impl<T: JsonSchema + DeserializeOwned> Input for Body<T> {
    fn enter(shape: &mut Shape, schemas: &mut Schemas) {
        shape.body = Some(schemas.asked.subschema_for::<T>().to_value());
        shape.takes_body = Some(|text| read::<T>(text.as_bytes()).map(drop).map_err(|error| error.to_string()));
    }
}

/// What a handler gives.
pub(crate) trait Output {
    fn enter(shape: &mut Shape, schemas: &mut Schemas);
}

impl<T: JsonSchema + Serialize> Output for Answer<T> {
    fn enter(shape: &mut Shape, schemas: &mut Schemas) {
        shape.answer = schemas.given.subschema_for::<T>().to_value();
    }
}

/// A handler whose parts say what they are.
pub(crate) trait Described<Parts> {
    fn shape(schemas: &mut Schemas) -> Shape;
}

macro_rules! described {
    ($($part:ident)*) => {
        impl<F, Fut, Out, $($part),*> Described<($($part,)*)> for F
        where
            F: Fn($($part),*) -> Fut,
            Fut: Future<Output = Out>,
            Out: Output,
            $($part: Input,)*
        {
            fn shape(schemas: &mut Schemas) -> Shape {
                let mut shape = Shape::default();
                $($part::enter(&mut shape, schemas);)*
                Out::enter(&mut shape, schemas);
                shape
            }
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);

/// The shape of a handler.
pub(crate) fn of<Parts, H: Described<Parts>>(_handler: H, schemas: &mut Schemas) -> Shape {
    H::shape(schemas)
}
