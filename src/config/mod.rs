//! YAML text to a [`crate::model::stack::Stack`].
