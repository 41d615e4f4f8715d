//! The stacks that take each attribute through its life.

use super::language::ON_EVERY;
use super::outside::yaml;
use super::row::{Subject, Then};
use super::table::{ACCOUNTS, NOT_YET, subjects};
use super::walker::{Written, written};

/// The life of one attribute.
pub(in crate::suite) struct Life {
    /// The kind, the type where there are several, and the attribute.
    pub(in crate::suite) name: String,
    /// The stack with one value, with another one, and without it, as far as there are such stacks.
    pub(in crate::suite) stacks: Vec<String>,
}

/// The lives of the attributes that can be written, by kind or type.
pub(in crate::suite) fn lives() -> Vec<Vec<Life>> {
    let of_subject = |subject: &Subject| {
        let rows = subject.rows.iter().filter(|row| !row.computed);
        rows.map(|row| {
            // A stack that stops to name an owner still has to have its account, to revoke what it has granted.
            let stack = |which| {
                let mut stack = yaml(&written(subject, row, which));
                stack["accounts"] = yaml(ACCOUNTS);
                serde_yaml::to_string(&stack).unwrap()
            };
            let mut stacks = vec![stack(Written::First)];
            if row.values[0] != row.values[1] {
                stacks.push(stack(Written::Second));
            }
            if !matches!(row.unset, Then::Refused(_)) {
                stacks.push(stack(Written::Not));
            }
            Life { name: format!("{}.{}", subject.name, row.attribute), stacks }
        })
        .collect()
    };
    subjects().iter().map(of_subject).collect()
}

/// What every resource can have besides.
pub(in crate::suite) fn on_every() -> impl Iterator<Item = &'static str> {
    ON_EVERY.split_whitespace().filter(|key| !NOT_YET.contains(key))
}
