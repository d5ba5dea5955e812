//! The query session: empty views, read-only questions, limits.

use std::time::Duration;

use tributary_lake::{LakeError, Session, SessionOptions};
use tributary_model::Table;

use crate::support::Place;

#[test]
fn a_table_without_batches_is_an_empty_view_with_its_schema() {
    let place = Place::new();
    let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
    for table in Table::ALL {
        let schema = session.schema_of(&format!("SELECT * FROM {table}")).unwrap();
        for column in table.columns() {
            assert_eq!(schema.field_with_name(column.name).is_ok(), !column.protected, "{table}.{}", column.name);
        }
        for extra in ["obs", "source", "attributes"] {
            assert!(schema.field_with_name(extra).is_ok(), "{table}.{extra}");
        }
        let rows: usize = session.query(&format!("SELECT * FROM {table}")).unwrap().iter().map(|batch| batch.num_rows()).sum();
        assert_eq!(rows, 0);
    }
}

#[test]
fn an_analyst_can_only_ask() {
    let place = Place::new();
    let file = place.file("x.csv", b"a\n1\n");
    let session = Session::over(&place.lake, &place.lake.snapshot().unwrap(), &SessionOptions::default()).unwrap();
    let refused = [
        "CREATE TABLE x AS SELECT 1".to_owned(),
        "CREATE VIEW x AS SELECT 1".to_owned(),
        format!("CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '{}'", file.display()),
        "DROP TABLE transfers".to_owned(),
        "INSERT INTO transfers SELECT * FROM transfers".to_owned(),
        format!("COPY (SELECT 1) TO '{}/out.csv'", place.folder.path().display()),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        format!("SELECT * FROM '{}'", file.display()),
        "SELECT 1; SELECT 2".to_owned(),
    ];
    for sql in refused {
        assert!(session.query_read_only(&sql, 10).is_err(), "{sql}");
    }
    let (_, answer) = session.query_read_only("SELECT count(*) AS n FROM transfers", 10).unwrap();
    assert_eq!(answer[0].num_rows(), 1);
    let many = "SELECT * FROM generate_series(1, 100)";
    assert!(matches!(session.query_read_only(many, 10), Err(LakeError::RowLimit { rows_max: 10 })));
}

#[test]
fn a_query_that_takes_too_long_is_stopped() {
    let options = SessionOptions { time_limit: Some(Duration::from_millis(50)), ..SessionOptions::default() };
    let session = Session::new(&options).unwrap();
    let endless = "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) AS a CROSS JOIN generate_series(1, 1000000) AS b";
    assert!(matches!(session.query(endless), Err(LakeError::TimeLimit { .. })));
}
