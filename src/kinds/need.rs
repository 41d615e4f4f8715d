//! What a create needs beside the objects it refers to, found out by a cheap call before anything is changed.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::cloud::Api;
use crate::cloud::error::CloudError;
use crate::diagnostics::Diagnostic;
use crate::model::region::Region;
use crate::model::value::{Attributes, Value};

/// Something that creates need. A need that several kinds share is looked at once an account.
#[async_trait]
pub trait Need: Send + Sync {
    /// What it is called: two with the same name are the same need.
    fn name(&self) -> &'static str;

    /// Looks whether it is there for all these objects, with as few calls as possible. An error means that it cannot
    /// be told, which stands in nobody's way: the create itself will find out.
    async fn look(&self, api: &dyn Api, wanted: &[Wanted<'_>]) -> Result<Looked, CloudError>;
}

/// An object that is to be created.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Its region.
    pub region: Option<&'a Region>,
    /// Its attributes; some may be unknown yet.
    pub attributes: &'a Attributes,
    /// The attributes of the objects that it refers to, by reference attribute, as far as they are there.
    pub parents: BTreeMap<&'static str, &'a Attributes>,
    /// Whether the plan itself removes what stands in its place, or it was just removed: nothing there is in the way.
    pub makes_room: bool,
}

impl Wanted<'_> {
    /// The text of an attribute; empty if it has none or it is not known yet.
    pub fn text(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_text).unwrap_or_default()
    }
}

/// What a look has shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looked {
    /// What is wrong, or may be (a warning), with the position of the object that it is about if it is about one.
    pub problems: Vec<(Option<usize>, Diagnostic)>,
    /// The positions of the objects whose natural key was seen to be free (S25).
    pub free: Vec<usize>,
}

impl Looked {
    /// One problem that is about all objects.
    pub(super) fn problem(problem: Diagnostic) -> Self {
        Self { problems: vec![(None, problem)], free: Vec::new() }
    }
}
