//! References by name: `cen: backbone`.

use std::str::FromStr as _;

use crate::base::text::{list, nearest, some};
use crate::diagnostics::{Diagnostic, Place, codes};
use crate::model::address::{Address, Kind, is_name};
use crate::model::value::Value;

use super::context::Context;
use super::fields::{problem, wrong_type};
use super::provider::not_known;

/// What cloud ids of referred kinds begin with (cloud-api 10).
const IDS: [&str; 3] = ["cen-", "tr-", "tr-attach-"];

/// The resource of `kind` that `value` names.
pub(super) fn target(
    attribute: &str,
    kind: Kind,
    value: &Value,
    place: &Place,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Address> {
    let name = match value {
        Value::Text(name) => name,
        Value::Unknown(_) => {
            found.push(
                not_known(&format!("Which {} is meant", kind.spoken()), place)
                    .help(format!("Write its bare name, as in {attribute}: NAME, without ${{…}}.")),
            );
            return None;
        }
        other => {
            found.push(wrong_type(attribute, "text", other, place).help(format!("Write the name of {}.", kind.one())));
            return None;
        }
    };
    let (plain, key) = name.split_once('/').map_or((name.as_str(), None), |(name, key)| (name, Some(key.to_owned())));
    let address = Address { key, ..Address::new(kind, plain) };
    if context.is_declared(&address) {
        return Some(address);
    }
    found.push(dangling(attribute, kind, name, context, place));
    None
}

/// What to do where the resource is there, but not as one, or not as an instance with this key.
fn instances(plain: &Address, context: &Context<'_>, written: impl Fn(&Address) -> String) -> Option<String> {
    let keys = context.keys(plain).into_iter();
    let keys = keys.map(|key| written(&Address { key: Some(key), ..plain.clone() })).collect::<Vec<_>>();
    match context.is_declared(plain) {
        true => Some(format!("{plain} has no instances: write {}.", written(plain))),
        false if keys.is_empty() => None,
        false => Some(format!("{plain} has instances: {}.", some(&keys))),
    }
}

fn dangling(attribute: &str, kind: Kind, name: &str, context: &Context<'_>, place: &Place) -> Diagnostic {
    let shown = crate::base::text::printable(name);
    let diagnostic = problem(codes::UNRESOLVED, format!("There is no {} \"{shown}\".", kind.spoken()), place.clone());
    let plain = Address::new(kind, name.split('/').next().unwrap_or_default());
    let bare = |address: &Address| match &address.key {
        Some(key) => format!("{}/{key}", address.name),
        None => address.name.clone(),
    };
    if let Some(help) = instances(&plain, context, bare) {
        return diagnostic.help(help);
    }
    let names = context.names(kind);
    if let Some(near) = nearest(name, names.iter().map(String::as_str)) {
        return diagnostic.help(format!("Did you mean {near}?"));
    }
    if let Ok(address) = Address::from_str(name)
        && context.is_declared(&address)
        && address.kind == kind
    {
        return diagnostic.help(format!("Write the bare name, {attribute}: {}.", address.name));
    }
    if is_name(name) && IDS.iter().any(|prefix| name.starts_with(prefix)) {
        return diagnostic.help(format!(
            "An object that is there already is declared too, with existing: {name} under {}, and referred to by that \
             name.",
            kind.section()
        ));
    }
    let others = context.kinds_of(name).into_iter().map(|kind| format!("{kind}.{name}")).collect::<Vec<_>>();
    if !others.is_empty() {
        return diagnostic.help(format!("There is {}, but {attribute} takes {}.", list(&others), kind.one()));
    }
    diagnostic.help(Context::declared_under(kind, &names))
}

/// A resource by its address, as in `depends_on`.
pub(super) fn by_address(
    value: &Value,
    place: &Place,
    context: &Context<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Address> {
    let Value::Text(text) = value else {
        found.push(wrong_type("An address", "text", value, place));
        return None;
    };
    let address = match Address::from_str(text) {
        Ok(address) => address,
        Err(error) => {
            found.push(problem(codes::UNRESOLVED, format!("{error}."), place.clone()));
            return None;
        }
    };
    if context.is_declared(&address) {
        return Some(address);
    }
    let plain = Address::new(address.kind, address.name.clone());
    let diagnostic = problem(codes::UNRESOLVED, format!("There is no {address}."), place.clone());
    let names = context.names(address.kind);
    found.push(if let Some(help) = instances(&plain, context, Address::to_string) {
        diagnostic.help(help)
    } else if let Some(near) = nearest(&address.name, names.iter().map(String::as_str)) {
        diagnostic.help(format!("Did you mean {}.{near}?", address.kind))
    } else {
        diagnostic.help(Context::declared_under(address.kind, &names))
    });
    None
}
