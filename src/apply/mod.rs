//! Walks the operations of a plan.
