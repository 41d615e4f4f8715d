//! The journal as bytes: frames, one a line, `LENGTH CHECKSUM [RECORD, …]`.
//!
//! A frame is what one sync made durable, so a crash can tear only the last. `LENGTH` counts the
//! bytes of the JSON list, `CHECKSUM` is the first 16 hexadecimal digits of its SHA-256.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::backend::{Part, StateError};
use super::file::known;
use super::journal::{Begin, Record, VERSION};
use crate::base::text::count;

/// A journal as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Journal {
    /// Its first record.
    pub(super) begin: Begin,
    /// The others.
    pub(super) records: Vec<Record>,
}

/// The bytes of one frame.
pub(super) fn encode(records: &[Record]) -> serde_json::Result<Vec<u8>> {
    let json = serde_json::to_vec(records)?;
    let mut frame = format!("{} {} ", json.len(), checksum(&json)).into_bytes();
    frame.extend_from_slice(&json);
    frame.push(b'\n');
    Ok(frame)
}

/// The beginning of the journal in `bytes`, if that much of it can be read.
pub(super) fn begin(bytes: &[u8]) -> Option<Begin> {
    let (json, _) = frame(bytes)?;
    match serde_json::from_slice::<Vec<Record>>(json).ok()?.into_iter().next()? {
        Record::Begin(begin) => Some(begin),
        _ => None,
    }
}

/// The format that the first record of a journal names, whatever else is in it.
fn version(bytes: &[u8]) -> Option<u64> {
    let (json, _) = frame(bytes)?;
    serde_json::from_slice::<Vec<serde_json::Value>>(json).ok()?.first()?.get("version")?.as_u64()
}

/// Reads a journal. `path` is for the messages only. A torn frame at its end is left out: its sync never
/// succeeded, so nothing that was said to be durable is in it.
///
/// [`StateError::Newer`] for a format of a later version; [`StateError::Damaged`] unless it is a beginning and whole frames, followed by at most one torn one.
pub(super) fn decode(bytes: &[u8], path: &str) -> Result<Journal, StateError> {
    let damaged = |problem| StateError::Damaged { part: Part::Journal, path: path.to_owned(), problem, whole: None };
    if let Some(found) = version(bytes).filter(|found| *found > VERSION) {
        return Err(StateError::Newer { path: path.to_owned(), found, known: VERSION });
    }
    let mut records: Vec<Record> = Vec::new();
    let mut rest = bytes;
    let mut line = 1;
    while let Some((json, after)) = frame(rest) {
        match serde_json::from_slice::<Vec<Record>>(json) {
            Ok(framed) => {
                for record in framed {
                    if let Record::Entry(entry) = &record {
                        known(entry, path)?;
                    }
                    records.push(record);
                }
            }
            Err(error) => {
                let before = count(records.len(), "readable record");
                return Err(damaged(format!("line {line}, after {before}, is not understood: {error}")));
            }
        }
        rest = after;
        line += 1;
    }
    // A torn frame is the last line, whole or not: its JSON holds no line break.
    let follows = rest.iter().rev().skip(1).any(|byte| *byte == b'\n');
    if follows || head(rest).is_some_and(|head| rest.len() > head.end) {
        let before = count(records.len(), "readable record");
        return Err(damaged(format!("line {line}, after {before}, cannot be read, and it is not the last")));
    }
    let mut records = records.into_iter();
    let Some(Record::Begin(begin)) = records.next() else {
        return Err(damaged("it does not say which state it continues".to_owned()));
    };
    let records: Vec<_> = records.collect();
    if let Some(at) = records.iter().position(|record| matches!(record, Record::Begin(_))) {
        return Err(damaged(format!("it begins again after {}", count(at + 1, "readable record"))));
    }
    Ok(Journal { begin, records })
}

/// The records of all whole lines of a damaged journal, in their order.
pub(super) fn salvage(bytes: &[u8]) -> Vec<Record> {
    let whole = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(frame);
    let framed = whole.filter_map(|(json, _)| serde_json::from_slice::<Vec<serde_json::Value>>(json).ok());
    framed.flatten().filter_map(|record| serde_json::from_value(record).ok()).collect()
}

/// What stands before the JSON of a frame, and where that JSON and the whole frame end.
struct Head<'a> {
    checksum: &'a [u8],
    json: Range<usize>,
    end: usize,
}

/// The head of the frame that `bytes` begin with, if it can be read. The rest need not be there.
fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let at = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&bytes[..at]).ok()?.parse().ok()?;
    let checksum = bytes.get(at + 1..at + 17)?;
    let start = at + 18;
    let end = start.checked_add(length)?;
    Some(Head { checksum, json: start..end, end: end.checked_add(1)? })
}

/// The JSON of the frame that `bytes` begin with, if it is whole, and what follows it.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let Head { checksum: sum, json, end } = head(bytes)?;
    let intact = bytes.get(json.start - 1) == Some(&b' ') && bytes.get(json.end) == Some(&b'\n');
    let json = bytes.get(json)?;
    (intact && sum == checksum(json).as_bytes()).then(|| (json, &bytes[end..]))
}

fn checksum(json: &[u8]) -> String {
    let sum = Sha256::digest(json).iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::state::samples;

    fn begin() -> Record {
        Record::Begin(Begin::of(&samples::state()))
    }

    fn journal(frames: &[&[Record]]) -> Vec<u8> {
        frames.iter().flat_map(|records| encode(records).unwrap()).collect()
    }

    fn refused(bytes: &[u8]) -> String {
        decode(bytes, "journal").unwrap_err().to_string()
    }

    #[test]
    fn a_frame_is_a_readable_line() {
        let text = String::from_utf8(encode(&[begin()]).unwrap()).unwrap();
        let json = "[{\"record\":\"begin\",\"version\":1,\"lineage\":\"6b5e5a52-9f0a-4b3f-8f06-2f8a54a3c0de\",\"serial\":7,\
                    \"account_id\":\"1000000000000001\",\"emulator\":true}]";
        assert_eq!(text, format!("140 6a7c53b5f57200c9 {json}\n"));
    }

    #[test]
    fn a_torn_tail_is_cut_wherever_it_tears() {
        let kept = journal(&[&[begin(), Record::Intent(samples::intent(1))], &[samples::outcome(1)]]);
        let last = encode(&[Record::Intent(samples::intent(2)), Record::Intent(samples::intent(3))]).unwrap();
        for length in 0..last.len() {
            let whole = decode(&[kept.as_slice(), &last[..length]].concat(), "journal").unwrap();
            assert_eq!(whole.records, [Record::Intent(samples::intent(1)), samples::outcome(1)], "{length}");
            let mut holed = last.clone();
            holed[..=length].fill(0);
            let holed = decode(&[kept.as_slice(), &holed].concat(), "journal").unwrap();
            assert_eq!(holed, whole);
        }
        assert_eq!(decode(&[kept, last].concat(), "journal").unwrap().records.len(), 4);
    }

    #[test]
    fn a_damaged_middle_is_refused() {
        let frames = journal(&[&[begin()], &[Record::Intent(samples::intent(1))], &[samples::outcome(1)]]);
        let second = encode(&[begin()]).unwrap().len() + 30;
        let mut damaged = frames.clone();
        damaged[second] ^= 1;
        let mut joined = frames.clone();
        joined[frames.len() - encode(&[samples::outcome(1)]).unwrap().len() - 1] = b' ';
        assert_eq!(refused(&joined), refused(&damaged), "a lost line break does not make two frames one torn one");
        assert_eq!(
            refused(&damaged),
            "journal is damaged: line 2, after 1 readable record, cannot be read, and it is not the last"
        );
        for (bytes, expected) in [
            (vec![], "does not say which state it continues"),
            (b"not a journal".to_vec(), "does not say which state it continues"),
            (journal(&[&[samples::outcome(1)]]), "does not say which state it continues"),
            (journal(&[&[begin()], &[begin()]]), "begins again after 1 readable record"),
        ] {
            assert!(refused(&bytes).contains(expected), "{}", refused(&bytes));
        }
        let json = b"[{\"record\":\"dream\"}]";
        let unknown = format!("{} {} {}\n", json.len(), checksum(json), String::from_utf8_lossy(json));
        let problem = refused(&[journal(&[&[begin()]]), unknown.into_bytes()].concat());
        assert!(problem.contains("line 2, after 1 readable record,") && problem.contains("`dream`"), "{problem}");
    }

    #[test]
    fn what_stands_around_the_damage_is_saved() {
        let (first, last) = (vec![begin(), Record::Intent(samples::intent(1))], vec![samples::outcome(1)]);
        let mut bytes = journal(&[&first, &[Record::Intent(samples::intent(2))], &last]);
        assert_eq!(salvage(&bytes).len(), 4);
        let line = encode(&first).unwrap().len();
        bytes[line + 30] ^= 1;
        assert_eq!(salvage(&bytes), [first, last].concat());
        assert_eq!(salvage(b"\0\0\n12 no"), []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn records_round_trip(records in proptest::collection::vec(samples::records(), 0..6)) {
            let bytes = journal(&[&[begin()], &records]);
            let read = decode(&bytes, "x").unwrap();
            prop_assert_eq!(read.records, records);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes, "x").is_err());
        }

        #[test]
        fn no_changed_byte_is_believed(at in 0_usize..500, byte: u8) {
            let mut bytes = journal(&[&[begin()], &[Record::Intent(samples::intent(1))], &[samples::outcome(1)]]);
            let at = at % bytes.len();
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            let last = encode(&[samples::outcome(1)]).unwrap().len();
            match decode(&bytes, "x") {
                Err(_) => {}
                Ok(read) => {
                    prop_assert!(at >= bytes.len() - last);
                    prop_assert_eq!(read.records, vec![Record::Intent(samples::intent(1))]);
                }
            }
        }
    }
}
