//! The kinds of resource. Each folder has a `schema` (attributes, rules, identity; pure) and `calls`
//! (its requests and the parsing of their answers).
//!
//! # Adding a kind
//! Write a folder with `schema` and `calls`, and add its two lines to [`registry`]. `wire` builds requests,
//! `answer` reads answers,
//! `listing` walks the lists of the CEN API, `logs` calls the log service. Another type of attachment is one row of
//! `attachment::rows`. What creates need beside what they refer to is a [`need::Need`] that the driver names.

mod answer;
pub mod attachment;
pub mod cen;
pub mod check;
pub mod clouds;
pub mod compare;
pub mod driver;
pub mod flow_log;
mod listing;
pub mod log_format;
pub mod log_index;
pub mod log_project;
mod logs;
pub mod logstore;
pub mod need;
pub mod registry;
pub mod schema;
pub mod text;
pub mod transit_router;
mod wire;

#[cfg(test)]
mod testing;
