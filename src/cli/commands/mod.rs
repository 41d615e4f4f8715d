//! One file a command: `Args` and `exec`.

pub(super) mod apply;
pub(super) mod completions;
pub(super) mod destroy;
mod dispatch;
pub(super) mod emulator;
pub(super) mod explain;
pub(super) mod graph;
pub(super) mod import;
pub(super) mod init;
pub(super) mod output;
pub(super) mod plan;
pub(super) mod schema;
pub(super) mod show;
pub(super) mod state;
mod state_edit;
mod state_push;
pub(super) mod unlock;
pub(super) mod validate;
pub(super) mod version;

pub(super) use dispatch::exec;
