//! References by name: `cen: backbone`.

use std::str::FromStr as _;

use crate::base::text::{list, nearest};
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
    let address = Address::new(kind, name.as_str());
    if context.is_declared(&address) {
        return Some(address);
    }
    found.push(dangling(attribute, kind, name, context, place));
    None
}

fn dangling(attribute: &str, kind: Kind, name: &str, context: &Context<'_>, place: &Place) -> Diagnostic {
    let shown = crate::base::text::printable(name);
    if name.contains('/') {
        let detail = format!("\"{shown}\" names an instance, and instances are not supported yet.");
        return problem(codes::UNRESOLVED, detail, place.clone()).help(format!("Write the name of {}.", kind.one()));
    }
    let diagnostic = problem(codes::UNRESOLVED, format!("There is no {} \"{shown}\".", kind.spoken()), place.clone());
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
    found.push(if context.is_declared(&plain) {
        diagnostic.help(format!("{plain} has no instances: write {plain}."))
    } else if let Some(near) = nearest(&address.name, names.iter().map(String::as_str)) {
        diagnostic.help(format!("Did you mean {}.{near}?", address.kind))
    } else {
        diagnostic.help(Context::declared_under(address.kind, &names))
    });
    None
}
