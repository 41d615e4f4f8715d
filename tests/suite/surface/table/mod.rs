//! What each attribute does, by kind: written by hand from cloud-api 5, 8.3, 11 and 15 and from S1 to S4.

mod attachment;
mod flow_log;
mod log_project;
mod logstore;
mod network;
mod subjects;

pub(super) use subjects::{ACCOUNTS, NOT_YET, subjects};
