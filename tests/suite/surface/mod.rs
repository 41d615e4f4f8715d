//! Every attribute of every kind, through its whole life.
//!
//! `table` says, attribute by attribute, what the API shows of a value, what changing and unsetting it plans, and how
//! somebody else changes it. It is written by hand from the reference of the two APIs and from the rules of the
//! language, and knows nothing of the code. `walker` takes a row through the engine; `language` sees that no attribute
//! is without one.
//!
//! `lives` gives the stacks of all rows to other tests.
//!
//! To add an attribute, write its row in the table of its kind and its name in `language`.

mod language;
pub(super) mod lives;
mod outside;
mod row;
mod table;
mod walker;
mod wider;
