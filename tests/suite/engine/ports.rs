//! A place between a process and its ports, for who looks on there or gets in the way.

use std::sync::Arc;

use cenform::base::fs::Fs;
use cenform::cloud::transport::Transport;
use cenform::state::Lock;

/// Puts something before the ports of a process. Each process is built through it.
pub(in crate::suite) trait Ports: Send + Sync {
    /// The disk.
    fn fs(&self, fs: Arc<dyn Fs>) -> Arc<dyn Fs> {
        fs
    }

    /// The lock on the state, each time it has been taken.
    fn lock(&self, lock: Box<dyn Lock>) -> Box<dyn Lock> {
        lock
    }

    /// The network.
    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        transport
    }
}

/// The ports as they are.
pub(in crate::suite) struct Plain;

impl Ports for Plain {}
