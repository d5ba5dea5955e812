//! What is read, and what is said of what is not.
use std::io::{BufReader, Read};

use tributary_wallets::{Bad, ReadError, ReadLimits, read_moves, read_tags, read_utxo};

const HEADER: &str = "txid,at,side,index,address,amount\n";

/// Rows, and bad ones.
type Counted = Result<(u64, u64), ReadError>;
/// Row, column, problem.
type Told = (u64, &'static str, String);

/// Reads transactions; gives (row, column, problem) of bad rows, ids in order, and the result.
fn utxo(rows: &str) -> (Vec<Told>, Vec<String>, Counted) {
    let text = format!("{HEADER}{rows}");
    let mut bad: Vec<Bad> = Vec::new();
    let read = read_utxo(BufReader::with_capacity(7, text.as_bytes()), ReadLimits::default(), &mut |row| bad.push(row));
    assert!(bad.iter().all(|bad| !bad.remedy.is_empty()));
    let told = bad.iter().map(|bad| (bad.row, bad.column, bad.problem.clone())).collect();
    match read {
        Ok((chain, counts)) => {
            (told, chain.iter().map(|one| format!("{} {}>{}", one.id, one.inputs.len(), one.outputs.len())).collect(), Ok((counts.rows, counts.bad)))
        }
        Err(error) => (told, Vec::new(), Err(error)),
    }
}

const GOOD: &str = "a,1600000000,in,0,1x,1\na,1600000000,out,0,1y,0.4\na,1600000000,out,1,,0\nb,2020-01-01T00:00:00Z,in,0,coinbase,\nb,2020-01-01T00:00:00Z,out,0,1z,6.25\n";

#[test]
fn transactions_come_in_the_order_of_time() {
    let (told, ids, counts) = utxo(GOOD);
    assert_eq!((told, ids), (vec![], vec!["b 0>1".to_owned(), "a 1>2".to_owned()]));
    assert_eq!(counts.unwrap(), (5, 0));
    // Quotes, blanks, other line ends, more columns in another order.
    let text = "\u{feff}note,\"amount\",address,index,side,at,txid\r\n\"x, y\", 1 ,\"1a\",0,out,1600000000,q\r\n";
    let (chain, counts) = read_utxo(text.as_bytes(), ReadLimits::default(), &mut |_| ()).unwrap();
    assert_eq!((chain.addresses.name(0), counts.rows, counts.bad), (Some("1a"), 1, 0));
}

#[test]
fn a_bad_row_is_told_with_its_transaction_and_the_rest_is_read() {
    let cases = [
        ("c,1600000000,both,0,1x,1", 2, "side"),
        ("c,1600000000,in,x,1x,1", 3, "index"),
        ("c,yesterday,in,0,1x,1", 1, "at"),
        ("c,4102444800,in,0,1x,1", 1, "at"),
        ("c,1600000000,in,0,1x,-1", 5, "amount"),
        ("c,1600000000,in,0,1x,1e5", 5, "amount"),
        ("c,1600000000,in,0,1x,99999999999", 5, "amount"),
        ("c,1600000000,in,0", 4, "address"),
        (",1600000000,in,0,1x,1", 0, "txid"),
    ];
    for (row, _, column) in cases {
        let (told, ids, counts) = utxo(&format!("{GOOD}c,1600000000,out,1,1q,1\n{row}\n\nd,1600000000,out,0,1r,1\n"));
        assert_eq!(ids, ["b 0>1", "a 1>2", "d 0>1"], "{row}");
        let columns: Vec<&str> = told.iter().map(|told| told.1).collect();
        assert!(columns.contains(&column) && told.iter().any(|told| told.0 == 7), "{row}: {told:?}");
        // The good row of the same transaction is told too.
        assert!(told.iter().any(|told| told.0 == 6), "{row}: {told:?}");
        assert_eq!(counts.unwrap(), (8, 2), "{row}");
    }
}

#[test]
fn a_transaction_stands_in_one_place_with_one_time_and_each_index_once() {
    let (told, ids, _) = utxo(&format!("{GOOD}a,1600000000,out,7,1y,1\n"));
    assert_eq!((told[0].1, ids.len()), ("txid", 2));
    let (told, ids, _) = utxo(&format!("{GOOD}c,1600000000,out,0,1y,1\nc,1600000001,out,1,1y,1\n"));
    assert_eq!((told.len(), told[0].1, ids.len()), (2, "at", 2));
    let (told, ids, _) = utxo(&format!("{GOOD}c,1600000000,out,0,1y,1\nc,1600000000,out,0,1w,1\n"));
    assert_eq!((told.len(), ids.len()), (2, 2));
}

#[test]
fn files_that_are_something_else_are_refused() {
    assert!(matches!(read_utxo("tx,at\n".as_bytes(), ReadLimits::default(), &mut |_| ()), Err(ReadError::Header { column: "txid", .. })));
    assert!(matches!(utxo("a,b,c,d,e,f\ng,h,i,j,k,l\n").2, Err(ReadError::MostlyBad { bad: 2, rows: 2 })));
    let limits = ReadLimits { rows_max: 3, ..ReadLimits::default() };
    assert!(matches!(read_utxo(format!("{HEADER}{GOOD}").as_bytes(), limits, &mut |_| ()), Err(ReadError::Rows { max: 3 })));
    let limits = ReadLimits { legs_max: 2, ..ReadLimits::default() };
    let mut bad = Vec::new();
    read_utxo(format!("{HEADER}{GOOD}d,1600000000,out,0,1r,1\n").as_bytes(), limits, &mut |row| bad.push(row.row)).unwrap();
    assert_eq!(bad, [3, 1, 2]);
}

/// A line without an end is read to its end in bounded memory, and is one bad row.
#[test]
fn a_line_without_end_is_one_bad_row() {
    let endless = std::io::repeat(b'x').take(10_000_000);
    let text = format!("{HEADER}{GOOD}\"");
    let after = "\nd,1600000000,out,0,1r,1\n";
    let mut bad = Vec::new();
    let input = BufReader::new(text.as_bytes().chain(endless).chain(after.as_bytes()));
    let (chain, counts) = read_utxo(input, ReadLimits::default(), &mut |row| bad.push(row)).unwrap();
    assert_eq!((chain.len(), counts.rows, counts.bad), (2, 7, 2));
    assert!(bad[0].problem.contains("longer than 4096 bytes"), "{bad:?}");
}

#[test]
fn movements_and_tags() {
    let text = "tx,at,from,to,amount,token\n0x2,1600000100,u,d,1.5,ETH\n0x1,1600000000,d,h,1.5,eth\n0x6,1600000000,d,h,1.5,ETH\n0x3,1600000000,d,,1,ETH\n0x4,1600000000,d,h,0.0000000001,ETH\n0x5,1600000000,d,h,1,0xdac17f958d2ee523\n";
    let mut bad = Vec::new();
    let (moves, counts) = read_moves(text.as_bytes(), ReadLimits::default(), &mut |row| bad.push((row.row, row.column, row.value.clone()))).unwrap();
    assert_eq!(moves.iter().map(|(id, _)| id.to_owned()).collect::<Vec<_>>(), ["0x1", "0x6", "0x2"]);
    assert_eq!(
        (bad, counts.bad),
        (vec![(4, "to", String::new()), (5, "amount", "0.0000000001".to_owned()), (6, "token", "0xdac17f958d2ee523".to_owned())], 3)
    );
    let (tags, counts) =
        read_tags("address,entity,kind\nh,House,Exchange\nh,Other,exchange\nx,,exchange\n".as_bytes(), ReadLimits::default(), &mut |_| ()).unwrap();
    assert_eq!((tags.of("h").count(), tags.of("h").next().map(|tag| tag.kind.as_str()), counts.bad), (2, Some("exchange"), 1));
}
