//! The requests of this kind and the parsing of their answers.
