//! `${…}` expressions: Jinja's expression syntax, compiled once, evaluated with given values.
