use std::collections::BTreeMap;

use super::convert::DEEPEST;
use super::error::{ExprError, ExprErrorKind};
use super::scope::{Found, Scope};
use super::template::{Evaluated, Template};
use crate::model::address::{Address, Kind};
use crate::model::value::{Expression, Value};

/// The resources that an expression can ask for.
pub trait Resources {
    /// An attribute of a resource; `id` and `status` are attributes too.
    fn attribute(&self, address: &Address, attribute: &str) -> Looked;
}

/// What was found of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Looked {
    /// The attribute's value; [`Value::Null`] where the object has none.
    Known(Value),
    /// It will be known once the resource has been applied.
    Unknown,
    /// There is no such resource.
    NoSuchResource,
    /// The resource has no such attribute.
    NoSuchAttribute,
}

/// Works out an unknown value with what is known by now. What is still unknown stays
/// [`Value::Unknown`], with the expression as it was.
pub fn evaluate(expression: &Expression, resources: &dyn Resources) -> Result<Value, ExprError> {
    evaluate_at(expression, resources, 0)
}

/// Works out every unknown leaf of a value with what is known by now.
pub fn resolve(value: &Value, resources: &dyn Resources) -> Result<Value, ExprError> {
    resolve_at(value, resources, 0)
}

fn evaluate_at(expression: &Expression, resources: &dyn Resources, depth: usize) -> Result<Value, ExprError> {
    if depth > DEEPEST {
        let message = "The expression uses local values that use others, more than 64 deep.";
        return Err(ExprError::new(ExprErrorKind::Evaluation, message, 0, expression.source.len()));
    }
    let bindings = expression
        .bindings
        .iter()
        .map(|(name, value)| Ok((name.clone(), resolve_at(value, resources, depth + 1)?)))
        .collect::<Result<BTreeMap<_, _>, ExprError>>()?;
    let scope = Applied { bindings, resources };
    match Template::parse(&expression.source)?.evaluate(&scope)? {
        Evaluated::Known(value) => Ok(value),
        Evaluated::Unknown => Ok(Value::Unknown(expression.clone())),
    }
}

fn resolve_at(value: &Value, resources: &dyn Resources, depth: usize) -> Result<Value, ExprError> {
    match value {
        Value::Unknown(expression) => evaluate_at(expression, resources, depth),
        Value::List(items) => {
            items.iter().map(|item| resolve_at(item, resources, depth)).collect::<Result<_, _>>().map(Value::List)
        }
        Value::Map(entries) => entries
            .iter()
            .map(|(key, inner)| Ok((key.clone(), resolve_at(inner, resources, depth)?)))
            .collect::<Result<_, _>>()
            .map(Value::Map),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => Ok(value.clone()),
    }
}

/// The bindings of an expression, and the resources as they are now.
struct Applied<'a> {
    bindings: BTreeMap<String, Value>,
    resources: &'a dyn Resources,
}

impl Scope for Applied<'_> {
    fn look(&self, path: &[String]) -> Found {
        let [root, name, rest @ ..] = path else { return Found::Inner };
        let Some(kind) = Kind::from_word(root) else {
            let entries = self.bindings.get(root).and_then(Value::as_map);
            return match entries.and_then(|entries| entries.get(name)) {
                Some(Value::Unknown(_)) => Found::Unknown,
                Some(value) => Found::Known(value.clone()),
                None => Found::Missing(entries.map(|entries| entries.keys().cloned().collect()).unwrap_or_default()),
            };
        };
        let plain = Address::new(kind, name.clone());
        let instance = |key: &str| Address { key: Some(key.to_owned()), ..plain.clone() };
        let looked = match rest {
            [] => return Found::Inner,
            [first] => match self.resources.attribute(&plain, first) {
                Looked::NoSuchResource => match self.resources.attribute(&instance(first), "id") {
                    Looked::NoSuchResource => Looked::NoSuchResource,
                    _ => return Found::Inner,
                },
                looked => looked,
            },
            [key, attribute, ..] => self.resources.attribute(&instance(key), attribute),
        };
        match looked {
            Looked::Known(value) => Found::Known(value),
            Looked::Unknown => Found::Unknown,
            Looked::NoSuchResource | Looked::NoSuchAttribute => Found::Missing(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World;

    impl Resources for World {
        fn attribute(&self, address: &Address, attribute: &str) -> Looked {
            match (address.to_string().as_str(), attribute) {
                ("cen.a-b", "id") => Looked::Known("cen-1".into()),
                ("cen.late", "id") => Looked::Unknown,
                ("flow_log.mesh[\"here\"]", "id") => Looked::Known("flowlog-1".into()),
                ("cen.a-b", _) => Looked::NoSuchAttribute,
                _ => Looked::NoSuchResource,
            }
        }
    }

    fn expression(source: &str, bindings: &[(&str, &str, Value)]) -> Expression {
        let mut bound = BTreeMap::new();
        for (root, name, value) in bindings {
            let Value::Map(entries) = bound.entry((*root).to_owned()).or_insert_with(|| Value::Map(BTreeMap::new()))
            else {
                continue;
            };
            entries.insert((*name).to_owned(), value.clone());
        }
        Expression { source: source.to_owned(), bindings: bound }
    }

    #[test]
    fn what_is_known_by_now_is_worked_out() {
        let inner = Value::Unknown(expression("${cen['a-b'].id}-${var.env}", &[("var", "env", "prod".into())]));
        let outer = expression("x-${local.inner}", &[("local", "inner", inner)]);
        assert_eq!(evaluate(&outer, &World), Ok("x-cen-1-prod".into()));
        let late = expression("${cen.late.id}", &[]);
        assert_eq!(evaluate(&late, &World), Ok(Value::Unknown(late.clone())));
        let list =
            Value::List(vec![Value::Unknown(late.clone()), Value::reference(&Address::new(Kind::Cen, "a-b"), "id")]);
        assert_eq!(resolve(&list, &World), Ok(Value::List(vec![Value::Unknown(late), "cen-1".into()])));
    }

    #[test]
    fn instances_are_reached_by_their_keys() {
        let mesh = Address { key: Some("here".to_owned()), ..Address::new(Kind::FlowLog, "mesh") };
        for source in ["${flow_log.mesh[\"here\"].id}", "${flow_log.mesh.here.id}"] {
            assert_eq!(evaluate(&expression(source, &[]), &World), Ok("flowlog-1".into()), "{source}");
        }
        assert_eq!(resolve(&Value::reference(&mesh, "id"), &World), Ok("flowlog-1".into()));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        for source in ["${flow_log.mesh.there.id}", "${cen.gone.id}", "${cen['a-b'].nope}", "${var.x}"] {
            assert_eq!(
                evaluate(&expression(source, &[]), &World).unwrap_err().kind,
                ExprErrorKind::Undefined,
                "{source}"
            );
        }
        let deep = (0..100).fold(expression("${cen.late.id}", &[]), |inner, _| {
            expression("${local.x}", &[("local", "x", Value::Unknown(inner))])
        });
        assert_eq!(evaluate(&deep, &World).unwrap_err().kind, ExprErrorKind::Evaluation);
    }
}
