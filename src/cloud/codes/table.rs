//! The form of a row, and how a code is found among them.

use super::{attachments, families, flow_logs, gateway, log_service, network};
use crate::cloud::error::{Class, is_store_missing};

/// What is known of a code, or of several that mean the same.
#[derive(Debug)]
pub struct Row {
    /// The codes; one with `*` in it is a family, and `*` stands for any text.
    pub codes: &'static [&'static str],
    /// The HTTP status that the documentation gives it.
    pub status: Option<u16>,
    /// What it means for the caller.
    pub class: Class,
    /// What it means, in plain words.
    pub meaning: &'static str,
    /// What to do next.
    pub next: &'static str,
}

impl Row {
    /// What cenform does about it, in sentences.
    pub fn engine(&self) -> &'static str {
        if self.codes.iter().any(|code| is_store_missing(code)) {
            "A new store shows itself with a delay of seconds: a call that changes something is made again for about a \
             minute. A read takes it for an absence. It is no proof that a flow log is gone: a delete looks."
        } else {
            self.class.engine()
        }
    }
}

/// Rows as `STATUS CLASS CODE | CODE => MEANING, NEXT;`, with `_` for a status that is not documented.
macro_rules! rows {
    ($($status:tt $class:ident $($code:literal)|+ => $meaning:literal, $next:literal;)*) => {
        &[$($crate::cloud::codes::table::Row {
            codes: &[$($code),+],
            status: $crate::cloud::codes::table::rows!(@status $status),
            class: $crate::cloud::error::Class::$class,
            meaning: $meaning,
            next: $next,
        }),*]
    };
    (@status _) => { None };
    (@status $status:literal) => { Some($status) };
}
pub(super) use rows;

/// The rows of every file, with the product whose codes they are.
const TABLES: &[(&str, &[Row])] = &[
    ("the API gateway", gateway::ROWS),
    ("Cloud Enterprise Network", network::ROWS),
    ("Cloud Enterprise Network, attachments", attachments::ROWS),
    ("Cloud Enterprise Network, flow logs", flow_logs::ROWS),
    ("Log Service", log_service::ROWS),
    ("several products", families::ROWS),
];

/// All rows, each with its product.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Row)> {
    TABLES.iter().flat_map(|(product, rows)| rows.iter().map(move |row| (*product, row)))
}

/// The row of a code, with its product; `None` for a code that is of no known family. Letter case does not matter,
/// since the products do not agree with their own documents.
pub fn find(code: &str) -> Option<(&'static str, &'static Row)> {
    let code = code.to_ascii_lowercase();
    all()
        .flat_map(|(product, row)| row.codes.iter().map(move |pattern| (*pattern, (product, row))))
        .filter(|(pattern, _)| matches(&pattern.to_ascii_lowercase(), &code))
        .max_by_key(|(pattern, _)| (!pattern.contains('*'), pattern.len()))
        .map(|(_, found)| found)
}

/// Whether a code is one of a family: up to two `*`, each for any text.
fn matches(pattern: &str, code: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == code };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inside = code.strip_prefix(start).and_then(|code| code.strip_suffix(end));
    inside.is_some_and(|inside| inside.contains(middle))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cloud::error::classify;

    /// Every documented code: section, HTTP status, class, code.
    fn documented() -> impl Iterator<Item = (u16, &'static str, &'static str)> {
        let lines = include_str!("../../../tests/data/error-codes.txt").lines();
        let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        rows.map(|line| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [status, class, code] => (status.parse().unwrap(), *class, *code),
            _ => panic!("{line}"),
        })
    }

    #[test]
    fn every_documented_code_has_a_story_and_the_class_that_the_documentation_gives_it() {
        for (status, class, code) in documented() {
            let (_, row) = find(code).unwrap_or_else(|| panic!("{code} has no row"));
            assert_eq!(format!("{:?}", row.class), class, "{code}");
            for cased in [code.to_owned(), code.to_uppercase(), code.to_lowercase()] {
                assert_eq!(classify(status, &cased), row.class, "{cased}");
            }
        }
    }

    #[test]
    fn documented_codes_stand_for_themselves_and_in_the_service_s_own_spelling() {
        // These are made of the name of what is missing, or differ in the case of their letters only.
        let families = ["MissingAction", "CdtDefaultLinkTypeOnlySupportUnderlaySilver", "Throttling.user", "Logstore"];
        for (status, _, code) in documented() {
            if families.iter().any(|family| code.contains(family)) {
                continue;
            }
            let row = all().map(|(_, row)| row).find(|row| row.codes.contains(&code));
            let row = row.unwrap_or_else(|| panic!("{code} has no row of its own"));
            assert!(row.status.is_none_or(|documented| documented == status), "{code}: {status}");
        }
        let page = include_str!("../../../tests/data/error-codes.txt").split("# 5.4 the page").nth(1).unwrap();
        assert_eq!(page.lines().skip(1).take_while(|line| !line.is_empty()).count(), 24);
    }

    #[test]
    fn texts_are_sentences_and_codes_stand_once() {
        let mut codes = BTreeSet::new();
        for (_, row) in all() {
            for code in row.codes {
                assert!(codes.insert(code.to_lowercase()), "{code} stands twice");
            }
            for text in [row.meaning, row.next] {
                assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{:?}: {text}", row.codes);
                assert!(!text.contains("  "), "{:?}: {text}", row.codes);
            }
        }
    }

    #[test]
    fn a_code_wins_over_its_family_and_a_longer_family_over_a_shorter() {
        let meaning = |code| find(code).unwrap().1.meaning;
        assert!(meaning("INCORRECTSTATUS.FLOWLOG").starts_with("The flow log"));
        assert!(meaning("IncorrectStatus.SomethingNew").starts_with("The object"));
        assert_eq!(find("InvalidApi.NotFound").unwrap().1.class, Class::Invalid);
        assert_eq!(find("InvalidSomethingId.NotFound").unwrap().1.class, Class::NotFound);
        for code in ["InvalidParameter.VpcId.NotFound", "IllegalParam.VpcNotFound", "OperationInvalid.VpcNotExist"] {
            assert_eq!(find(code).unwrap().1.class, Class::NotFound, "{code}");
        }
        assert_eq!(find("InvalidOperation.SomethingStatus").unwrap().1.class, Class::WaitForObject);
        assert!(find("Teapot").is_none() && find("").is_none());
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, code) in [("a*", "a"), ("*c", "abc"), ("a*c", "abc"), ("*b*", "abc"), ("*b*c", "abc"), ("a", "a")]
        {
            assert!(matches(pattern, code), "{pattern} {code}");
        }
        for (pattern, code) in [("a*", "ba"), ("ab*bc", "abc"), ("*x*", "abc"), ("a", "ab")] {
            assert!(!matches(pattern, code), "{pattern} {code}");
        }
    }
}
