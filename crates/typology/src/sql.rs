//! What a pack's SQL reads: parsed, never run.

use sqlparser::ast::{Expr, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement, TableFactor, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The enriched tables a pack may read, with the observation tables each rests on (rule R9). Reference tables rest on none.
pub const TABLES: [(&str, &[&str]); 22] = [
    ("entities", &["parties"]),
    ("parties", &["parties"]),
    ("accounts", &["accounts"]),
    ("transfers", &["transfers"]),
    ("onward", &["transfers"]),
    ("account_activity", &["transfers"]),
    ("contacts", &["contacts"]),
    ("posts", &["posts"]),
    ("post_contacts", &["posts"]),
    ("sightings", &["sightings"]),
    ("identifier_use", &["sightings"]),
    ("movements", &["movements"]),
    ("case_records", &["case_records"]),
    ("pattern_hits", &["transfers"]),
    ("pattern_members", &["transfers"]),
    ("account_areas", &["accounts"]),
    ("place_areas", &[]),
    ("places", &[]),
    ("areas", &[]),
    ("thresholds", &[]),
    ("calendar", &[]),
    ("fx", &[]),
];

/// Tables whose rows are people: their descriptive columns may not be read (rule R2).
const PERSON_TABLES: [&str; 2] = ["parties", "entities"];
/// Columns of those tables that describe the person and not a relation.
const PERSON_COLUMNS: [&str; 7] = ["name", "birth_date", "gender", "nationality", "address", "country", "admin1"];
/// Words that would make a result depend on the day, the machine or chance, or reach outside the tables.
const REFUSED_WORDS: [&str; 12] = [
    "now",
    "current_date",
    "current_time",
    "current_timestamp",
    "today",
    "random",
    "uuid",
    "information_schema",
    "pg_catalog",
    "read_csv",
    "read_parquet",
    "recursive",
];

/// What a statement reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Enriched tables read.
    pub tables: BTreeSet<String>,
    /// All words: keywords, names, aliases; lower-case.
    pub words: BTreeSet<String>,
    /// All text literals.
    pub literals: BTreeSet<String>,
    /// Descriptive columns of people that are read, as written.
    pub person_columns: BTreeSet<String>,
    /// Columns that the statement returns, lower-case; those without a name of their own are left out.
    pub returns: BTreeSet<String>,
}

/// Why a statement is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The offending text.
    pub found: String,
    /// What is wrong and the remedy.
    pub problem: &'static str,
}

fn refused(found: impl Into<String>, problem: &'static str) -> Refused {
    Refused { found: found.into(), problem }
}

/// Analyses a rendered statement.
///
/// # Errors
/// It does not parse, is not one `SELECT`, reads a table that is not offered, or uses a word whose value is not in the data.
pub fn analyse(sql: &str) -> Result<Analysis, Refused> {
    let statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|error| refused(error.to_string(), "write SQL that parses"))?;
    let [Statement::Query(query)] = statements.as_slice() else {
        return Err(refused(sql.chars().take(40).collect::<String>(), "write one SELECT and nothing else"));
    };
    if matches!(query.body.as_ref(), SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)) {
        return Err(refused("INSERT", "write one SELECT and nothing else"));
    }
    let (words, literals) = tokens(sql)?;
    if let Some(word) = REFUSED_WORDS.iter().find(|word| words.contains(**word)) {
        return Err(refused(*word, "a rule may depend on the data alone: remove it, and use :as_of for the day of the run"));
    }
    let mut reader = Reader::default();
    if let ControlFlow::Break(problem) = query.visit(&mut reader) {
        return Err(*problem);
    }
    let person_columns = reader.person_columns();
    let tables = reader.relations.difference(&reader.ctes).cloned().collect::<BTreeSet<_>>();
    if let Some(table) = tables.iter().find(|table| !TABLES.iter().any(|(name, _)| name == table)) {
        return Err(refused(table.as_str(), "no such table is offered to packs: see ARCHITECTURE.md, enriched tables"));
    }
    if let Some(name) = reader.ctes.iter().find(|name| TABLES.iter().any(|(table, _)| table == name)) {
        return Err(refused(name.as_str(), "a common table expression hides the table of that name: rename it"));
    }
    Ok(Analysis { tables, words, literals, person_columns, returns: returned(&query.body) })
}

/// The names of what the outermost `SELECT` returns; of the first one where several are united.
fn returned(body: &SetExpr) -> BTreeSet<String> {
    match body {
        SetExpr::Select(select) => select.projection.iter().filter_map(item_name).collect(),
        SetExpr::Query(query) => returned(&query.body),
        SetExpr::SetOperation { left, .. } => returned(left),
        _ => BTreeSet::new(),
    }
}

fn item_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(ident.value.to_lowercase()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|ident| ident.value.to_lowercase()),
        _ => None,
    }
}

fn tokens(sql: &str) -> Result<(BTreeSet<String>, BTreeSet<String>), Refused> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().map_err(|error| refused(error.to_string(), "write SQL that parses"))?;
    let (mut words, mut literals) = (BTreeSet::new(), BTreeSet::new());
    for token in tokens {
        match token {
            Token::Word(word) => {
                words.insert(word.value.to_lowercase());
            }
            Token::SingleQuotedString(text)
            | Token::DoubleQuotedString(text)
            | Token::NationalStringLiteral(text)
            | Token::EscapedStringLiteral(text) => {
                literals.insert(text);
            }
            _ => {}
        }
    }
    Ok((words, literals))
}

#[derive(Default)]
struct Reader {
    relations: BTreeSet<String>,
    ctes: BTreeSet<String>,
    /// Alias or table name to the tables it stands for anywhere in the statement.
    aliases: BTreeMap<String, BTreeSet<String>>,
    /// Columns named with an alias.
    qualified: BTreeSet<(String, String)>,
    /// Columns named without one.
    bare: BTreeSet<String>,
    /// `alias.*`.
    qualified_wildcards: BTreeSet<String>,
    /// A `*` over a list of tables.
    wildcards: Vec<BTreeSet<String>>,
}

impl Reader {
    /// Any reading of a describing column of a person table. An alias counts if it stands for a person table anywhere in the
    /// statement, and a bare column counts if any person table is read: the author must make it plain.
    fn person_columns(&self) -> BTreeSet<String> {
        let is_person = |alias: &str| self.aliases.get(alias).is_some_and(|tables| tables.iter().any(|t| PERSON_TABLES.contains(&t.as_str())));
        let any_person = self.relations.iter().any(|table| PERSON_TABLES.contains(&table.as_str()));
        let qualified = self.qualified.iter().filter(|(alias, column)| PERSON_COLUMNS.contains(&column.as_str()) && is_person(alias));
        let mut found: BTreeSet<String> = qualified.map(|(alias, column)| format!("{alias}.{column}")).collect();
        if any_person {
            found.extend(self.bare.iter().filter(|column| PERSON_COLUMNS.contains(&column.as_str())).cloned());
        }
        found.extend(self.qualified_wildcards.iter().filter(|alias| is_person(alias)).map(|alias| format!("{alias}.*")));
        if self.wildcards.iter().any(|aliases| aliases.iter().any(|alias| is_person(alias))) {
            found.insert("*".to_owned());
        }
        found
    }

    fn stop(found: impl Into<String>, problem: &'static str) -> ControlFlow<Box<Refused>> {
        ControlFlow::Break(Box::new(refused(found, problem)))
    }
}

fn last_part(name: &ObjectName) -> Option<String> {
    match name.0.as_slice() {
        [part] => part.as_ident().map(|ident| ident.value.to_lowercase()),
        _ => None,
    }
}

fn table_alias(factor: &TableFactor) -> Option<String> {
    match factor {
        TableFactor::Table { name, alias, .. } => alias.as_ref().map(|alias| alias.name.value.to_lowercase()).or_else(|| last_part(name)),
        _ => None,
    }
}

impl Visitor for Reader {
    type Break = Box<Refused>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        if let Some(with) = &query.with {
            self.ctes.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.to_lowercase()));
        }
        if query.locks.is_empty() { ControlFlow::Continue(()) } else { Self::stop("FOR", "a rule only reads") }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        if select.into.is_some() {
            return Self::stop("INTO", "a rule only reads");
        }
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => {
                    let factors =
                        select.from.iter().flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
                    self.wildcards.push(factors.filter_map(table_alias).collect());
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    self.qualified_wildcards.extend(last_part(name));
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let Some(table) = last_part(name) else {
                    return Self::stop(name.to_string(), "name a table without schema or catalogue");
                };
                if args.is_some() {
                    return Self::stop(table, "table functions are not offered to packs");
                }
                let alias = alias.as_ref().map_or_else(|| table.clone(), |alias| alias.name.value.to_lowercase());
                self.aliases.entry(alias).or_default().insert(table.clone());
                self.relations.insert(table);
                ControlFlow::Continue(())
            }
            TableFactor::Derived { .. } | TableFactor::UNNEST { .. } | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => Self::stop(other.to_string(), "only tables, sub-selects and UNNEST are offered to packs"),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Identifier(ident) => {
                self.bare.insert(ident.value.to_lowercase());
            }
            Expr::CompoundIdentifier(parts) => {
                if let [.., alias, column] = parts.as_slice() {
                    self.qualified.insert((alias.value.to_lowercase(), column.value.to_lowercase()));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
