//! Renders problems for people and as JSON.
