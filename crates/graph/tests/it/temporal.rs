//! Columns, windows, append and as-of, against filters over all rows.

use proptest::prelude::*;
use tributary_graph::{ContactColumns, ContactGraph, GraphError, Interner, TransferColumns, TransferGraph, reference};

const NODES: u32 = 6;

fn columns() -> impl Strategy<Value = TransferColumns> {
    proptest::collection::vec((0..NODES, 0..NODES, 0i64..20, 0u32..9), 0..40).prop_map(|rows| {
        let mut columns = TransferColumns::default();
        for (i, (from, to, at, value)) in rows.into_iter().enumerate() {
            columns.push(from, to, at, f64::from(value), 0, i as u32);
        }
        columns
    })
}

proptest! {
    #[test]
    fn windows_equal_filters(columns in columns(), node in 0..NODES, from in 0i64..20, length in 0i64..20) {
        let graph = TransferGraph::new(NODES, columns.clone()).unwrap();
        let to = from + length;
        let paid: Vec<(i64, u32)> = graph.paid_between(node, from, to).iter().map(|e| (graph.at()[*e as usize], graph.row()[*e as usize])).collect();
        prop_assert_eq!(paid, reference::paid_between(&columns, node, from, to));
        prop_assert_eq!(graph.payers_between(node, from, to), reference::payers_between(&columns, node, from, to));
        let turned = TransferColumns { from: columns.to.clone(), to: columns.from.clone(), ..columns.clone() };
        prop_assert_eq!(graph.payees_between(node, from, to), reference::payers_between(&turned, node, from, to));
        let slice = graph.slice(from, to);
        prop_assert_eq!(slice.len(), columns.at.iter().filter(|at| (from..=to).contains(at)).count());
        prop_assert_eq!(slice.paid_by(node).len(), graph.paid_between(node, from, to).len());
        prop_assert_eq!(graph.as_of(to), graph.slice(i64::MIN, to));
    }

    #[test]
    fn append_equals_all_at_once(columns in columns(), cut in 0usize..40) {
        let cut = cut.min(columns.len());
        let part = |range: std::ops::Range<usize>| {
            let mut part = TransferColumns::default();
            for i in range {
                part.push(columns.from[i], columns.to[i], columns.at[i], columns.value[i], columns.currency[i], columns.row[i]);
            }
            part
        };
        let mut grown = TransferGraph::new(NODES, part(0..cut)).unwrap();
        grown.append(NODES, part(cut..columns.len())).unwrap();
        prop_assert_eq!(grown, TransferGraph::new(NODES, columns.clone()).unwrap());
        let contacts = |range: std::ops::Range<usize>| {
            let mut part = ContactColumns::default();
            for i in range {
                part.push(columns.from[i], columns.to[i], columns.at[i], columns.row[i]);
            }
            part
        };
        let mut grown = ContactGraph::new(2, ContactColumns::default()).unwrap();
        grown.append(NODES, contacts(0..cut)).unwrap();
        grown.append(1, contacts(cut..columns.len())).unwrap();
        prop_assert_eq!(grown, ContactGraph::new(NODES, contacts(0..columns.len())).unwrap());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut columns = TransferColumns::default();
    columns.push(0, 3, 0, 1.0, 0, 0);
    assert_eq!(TransferGraph::new(3, columns.clone()), Err(GraphError::Node { row: 0, node: 3, n_nodes: 3 }));
    columns.value.push(2.0);
    assert_eq!(TransferGraph::new(9, columns), Err(GraphError::Ragged { expected: 1, found: 2 }));
    let graph = TransferGraph::new(0, TransferColumns::default()).unwrap();
    assert!(graph.paid_by(0).is_empty() && graph.received_by(u32::MAX).is_empty());
}

#[test]
fn names_are_numbered_in_the_order_they_came() {
    let mut interner = Interner::new();
    let numbers: Vec<_> = ["b", "a", "b", "c"].iter().map(|name| interner.intern(name)).collect();
    assert_eq!(numbers, [Some(0), Some(1), Some(0), Some(2)]);
    assert_eq!(interner.names().collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!((interner.get("c"), interner.get("d"), interner.name(1), interner.name(9)), (Some(2), None, Some("a"), None));
}
