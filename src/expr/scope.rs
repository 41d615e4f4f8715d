//! What an expression may use, looked up only when it is touched.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Jinja};
use minijinja::{Error, ErrorKind};

use crate::model::value::Value;

/// What an expression may use besides what it writes out.
pub trait Scope {
    /// What stands at a path such as `var`, `x` or `cen`, `backbone`, `id`. It is asked step by
    /// step: for a longer path only where the shorter one is [`Found::Inner`].
    fn look(&self, path: &[String]) -> Found;
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A value.
    Known(Value),
    /// A value that is not known yet.
    Unknown,
    /// Something with members that are looked up one by one, and that is no value itself.
    Inner,
    /// Nothing; the names that there are, for did-you-mean.
    Missing(Vec<String>),
}

/// One evaluation. The engine wants everything that it is given to live for ever, and scopes do
/// not: so it stops at the first question, which is asked outside of it, and begins again with the
/// answer until there is no question left.
#[derive(Debug, Default)]
pub(super) struct Session {
    answers: Mutex<BTreeMap<Vec<String>, Found>>,
    question: Mutex<Option<Vec<String>>>,
    unknown: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// The question that the last run stopped at, if it did.
    pub(super) fn question(&self) -> Option<Vec<String>> {
        locked(&self.question).take()
    }

    pub(super) fn answer(&self, path: Vec<String>, found: Found) {
        locked(&self.answers).insert(path, found);
    }

    /// Whether something was touched that is not known yet.
    pub(super) fn touched_unknown(&self) -> bool {
        self.unknown.load(Ordering::Relaxed)
    }

    /// A value of the engine that stops it as soon as it is touched.
    fn stop() -> Jinja {
        Jinja::from(Error::new(ErrorKind::InvalidOperation, "not known yet"))
    }

    fn touch_unknown(&self) -> Jinja {
        self.unknown.store(true, Ordering::Relaxed);
        Self::stop()
    }

    /// `value` as the engine sees it.
    fn shown(self: &Arc<Self>, value: Value) -> Jinja {
        match value {
            Value::Null => Jinja::from(()),
            Value::Bool(truth) => Jinja::from(truth),
            Value::Int(number) => Jinja::from(number),
            Value::Float(number) => Jinja::from(number),
            Value::Text(text) => Jinja::from(text),
            Value::List(_) | Value::Map(_) => Jinja::from_object(Tree { session: Arc::clone(self), value }),
            Value::Unknown(_) => self.touch_unknown(),
        }
    }
}

/// A namespace: the root of all names, or something in it.
#[derive(Debug)]
pub(super) struct Namespace {
    pub(super) session: Arc<Session>,
    pub(super) path: Vec<String>,
}

impl Object for Namespace {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let mut path = self.path.clone();
        path.push(key.as_str().map_or_else(|| key.to_string(), ToOwned::to_owned));
        let answer = locked(&self.session.answers).get(&path).cloned();
        match answer {
            None => {
                *locked(&self.session.question) = Some(path);
                Some(Session::stop())
            }
            Some(Found::Known(value)) => Some(self.session.shown(value)),
            Some(Found::Unknown) => Some(self.session.touch_unknown()),
            Some(Found::Inner) => Some(Jinja::from_object(Self { session: Arc::clone(&self.session), path })),
            Some(Found::Missing(_)) => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// A list or map whose leaves are shown only when they are touched.
#[derive(Debug)]
pub(super) struct Tree {
    session: Arc<Session>,
    pub(super) value: Value,
}

impl Object for Tree {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.value, Value::List(_)) { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let inner = match &self.value {
            Value::List(items) => items.get(key.as_usize()?)?,
            Value::Map(entries) => entries.get(key.as_str()?)?,
            _ => return None,
        };
        Some(self.session.shown(inner.clone()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.value {
            Value::List(items) => Enumerator::Seq(items.len()),
            Value::Map(entries) => Enumerator::Values(entries.keys().map(|key| Jinja::from(key.as_str())).collect()),
            _ => Enumerator::NonEnumerable,
        }
    }
}
