//! What a row of the table says.

/// A kind, or a type of attachment.
pub(super) struct Subject {
    /// Its name in the tables: the kind, and the type in brackets where there are several.
    pub(super) name: &'static str,
    /// The kind.
    pub(super) kind: &'static str,
    /// The stack (YAML) with one of it that has what is required and no more. Its name is `x`.
    pub(super) stack: &'static str,
    /// The section that it stands in.
    pub(super) section: &'static str,
    /// The calls of which one shows it, each with the place in its answer (a JSON pointer).
    pub(super) shown: &'static [(&'static str, &'static str)],
    /// Where the emulator keeps it: lists with the field that holds the id, one inside the other.
    pub(super) kept: &'static [(&'static str, &'static str)],
    /// An attribute whose change replaces the object and leaves the old one its place (S13).
    pub(super) moves: Option<&'static str>,
    /// An attribute whose change replaces the object in the very place of the old one (S13).
    pub(super) stands: Option<&'static str>,
    /// The rows.
    pub(super) rows: Vec<Row>,
}

/// What a plan does to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Updates it in place.
    Update,
    /// Replaces it.
    Replace,
    /// Switches its protection on or off in the state, and nothing else.
    Protect,
    /// Nothing.
    Nothing,
    /// Nothing, and it says this.
    Note(&'static str),
    /// There is no plan, because of this.
    Refused(&'static str),
    /// Exactly these operations.
    Does(&'static [&'static str]),
}

/// How an attribute is changed without the engine.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outside {
    /// Nobody can: no call does.
    Never,
    /// By these calls, as another tool makes them. `$id` stands for the object's id.
    Calls(&'static [&'static str]),
    /// No documented call does, so the world is edited: the field (a JSON pointer) and its new value.
    Edited(&'static str, &'static str),
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its name; inside another one, `outer.inner`.
    pub(super) attribute: &'static str,
    /// Whether the YAML cannot write it.
    pub(super) computed: bool,
    /// What stands beside it in the stack (a YAML map; `null` takes out).
    pub(super) beside: &'static str,
    /// Two values in YAML. Inside another attribute, values of the outer one.
    pub(super) values: [&'static str; 2],
    /// What else stands beside the second.
    pub(super) beside_second: &'static str,
    /// Where the API shows it (a JSON pointer); empty: nowhere.
    pub(super) at: &'static str,
    /// The two values there, in YAML.
    pub(super) shown: [&'static str; 2],
    /// Whether there is no object without it to begin with, so that it cannot be never owned.
    pub(super) at_birth: bool,
    /// What going from the first value to the second plans.
    pub(super) change: Then,
    /// The outer attribute without it; empty: the attribute itself is taken out.
    pub(super) without: &'static str,
    /// What unsetting the second value plans.
    pub(super) unset: Then,
    /// What the API shows after that.
    pub(super) shown_unset: Option<&'static str>,
    /// How somebody else changes it.
    pub(super) outside: Outside,
    /// The same where it was never owned, if that is another way.
    pub(super) outside_unowned: Option<Outside>,
    /// What that plans where it is owned.
    pub(super) drift: Then,
    /// What that plans where it was never owned.
    pub(super) unowned: Then,
}

/// What a plan says of an attribute that it lets go.
const LET_GO: Then = Then::Note("is no longer managed and stays");

impl Row {
    /// An attribute that is written with the one value, then with the other.
    pub(super) const fn of(attribute: &'static str, first: &'static str, second: &'static str) -> Self {
        Self {
            attribute,
            computed: false,
            beside: "{}",
            values: [first, second],
            beside_second: "{}",
            at: "",
            shown: [first, second],
            at_birth: false,
            change: Then::Update,
            without: "",
            unset: LET_GO,
            shown_unset: None,
            outside: Outside::Never,
            outside_unowned: None,
            drift: Then::Update,
            unowned: Then::Nothing,
        }
    }

    /// An attribute that the service tells.
    pub(super) const fn told(attribute: &'static str, at: &'static str) -> Self {
        Self { computed: true, at, ..Self::of(attribute, "", "") }
    }

    /// The API shows it here.
    pub(super) const fn at(mut self, at: &'static str) -> Self {
        self.at = at;
        self
    }

    /// The API shows the values like this.
    pub(super) const fn shown(mut self, first: &'static str, second: &'static str) -> Self {
        self.shown = [first, second];
        self
    }

    /// This stands beside it.
    pub(super) const fn beside(mut self, beside: &'static str) -> Self {
        self.beside = beside;
        self
    }

    /// This stands beside the second value besides.
    pub(super) const fn beside_second(mut self, beside: &'static str) -> Self {
        self.beside_second = beside;
        self
    }

    /// No object is made without it.
    pub(super) const fn at_birth(mut self) -> Self {
        self.at_birth = true;
        self
    }

    /// Changing it does this, and drift of it the same.
    pub(super) const fn change(mut self, then: Then) -> Self {
        self.change = then;
        self.drift = then;
        self
    }

    /// Changing it replaces the object, and so does drift of it.
    pub(super) const fn replaces(self) -> Self {
        self.change(Then::Replace)
    }

    /// Left out, it goes back to this, as the API shows it (S1).
    pub(super) const fn back_to(mut self, shown: &'static str) -> Self {
        self.unset = Then::Update;
        self.shown_unset = Some(shown);
        self
    }

    /// Leaving it out does this.
    pub(super) const fn unset(mut self, then: Then) -> Self {
        self.unset = then;
        self
    }

    /// Leaving it out replaces the object by one that the API shows like this.
    pub(super) const fn moves_to(mut self, shown: &'static str) -> Self {
        self.unset = Then::Replace;
        self.shown_unset = Some(shown);
        self
    }

    /// It is left out by giving the outer attribute like this.
    pub(super) const fn without(mut self, outer: &'static str) -> Self {
        self.without = outer;
        self
    }

    /// It must be there: without it there is no plan, which names it.
    pub(super) const fn required(self) -> Self {
        self.unset(Then::Refused(self.leaf()))
    }

    /// Others change it by these calls.
    pub(super) const fn calls(mut self, calls: &'static [&'static str]) -> Self {
        self.outside = Outside::Calls(calls);
        self
    }

    /// No call changes it; it is found to be different all the same.
    pub(super) const fn edited(mut self, field: &'static str, value: &'static str) -> Self {
        self.outside = Outside::Edited(field, value);
        self
    }

    /// Where it was never owned, others change it by these calls.
    pub(super) const fn unowned_calls(self, calls: &'static [&'static str]) -> Self {
        self.unowned(calls, Then::Nothing)
    }

    /// Where it was never owned, it is found to be like this.
    pub(super) const fn unowned_edited(mut self, field: &'static str, value: &'static str) -> Self {
        self.outside_unowned = Some(Outside::Edited(field, value));
        self
    }

    /// Where it was never owned, others change it by these calls, and that plans this.
    pub(super) const fn unowned(mut self, calls: &'static [&'static str], then: Then) -> Self {
        self.outside_unowned = Some(Outside::Calls(calls));
        self.unowned = then;
        self
    }

    /// The attribute of the resource that it is or stands in.
    pub(super) fn root(&self) -> &'static str {
        self.attribute.split('.').next().unwrap_or(self.attribute)
    }

    const fn leaf(&self) -> &'static str {
        let bytes = self.attribute.as_bytes();
        let mut at = bytes.len();
        while at > 0 && bytes[at - 1] != b'.' {
            at -= 1;
        }
        self.attribute.split_at(at).1
    }
}
