//! Every diagnostic code. A code, once published, keeps its meaning.

/// A row of the table: a code and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: &'static str,
    /// What it stands for, in a few words.
    pub title: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*
        /// All codes in order.
        pub const ALL: &[Code] = &[$(Code { code: $code, title: $title }),*];
    };
}

codes! {
    FILE = "E0101", "A file cannot be read";
    YAML = "E0102", "A file is not well-formed YAML";
    DUPLICATE_KEY = "E0103", "A key stands twice";
    NOT_A_STACK = "E0104", "A YAML file is not part of a stack";
    VERSION = "E0105", "The version of the stack language is missing or unknown";
    DUPLICATE_NAME = "E0106", "A name is declared twice";
    UNKNOWN_KEY = "E0201", "A key is not known here";
    WRONG_TYPE = "E0202", "A value has the wrong type";
    MISSING = "E0203", "A required attribute is missing";
    NOT_ALLOWED = "E0204", "A value is not allowed";
    BAD_NAME = "E0205", "A name is not allowed";
    NOT_TOGETHER = "E0206", "Attributes do not fit together";
    SAME_OBJECT = "E0207", "Two resources describe the same object";
    UNRESOLVED = "E0301", "A reference names nothing";
    CYCLE = "E0302", "References form a circle";
    NOT_KNOWN_AT_PLAN = "E0303", "A value must be known when planning";
    MOVED = "E0304", "A move, a removal or an import does not fit";
    EXPRESSION = "E0401", "An expression is malformed";
    UNDEFINED = "E0402", "An expression uses something that is not defined";
    EVALUATION = "E0403", "An expression cannot be evaluated";
    FLOW_STYLE = "E0404", "An expression in flow style must be quoted";
    VARIABLE = "E0501", "A variable has no value or a wrong one";
    SENSITIVE = "E0502", "A sensitive variable is used where it would be shown";
    SETTING = "E0601", "A setting of the command is wrong";
    CREDENTIALS = "E0602", "There are no usable credentials";
    STATE = "E0701", "The state cannot be used";
    LOCKED = "E0702", "The state is locked";
    ACCOUNT = "E0703", "The state belongs to another account or world";
    STALE_PLAN = "E0704", "The saved plan is stale";
    JOURNAL = "E0705", "The journal cannot be used";
    EDIT = "E0706", "The state cannot be changed this way";
    EXISTING = "E0801", "An existing object is not as expected";
    GATE = "E0802", "A gate refused the plan";
    ORDER = "E0803", "The operations cannot be put in order";
    CANNOT_REPLACE = "E0804", "A replacement cannot be made this way";
    NOT_READY = "E0805", "The cloud is not ready for the plan";
    TAKEN = "E0806", "The place of a new object is taken";
    ADOPT = "E0807", "An object cannot be moved or imported";
    VANISHED = "E0808", "What the state manages has vanished";
    CLOUD = "E0901", "The cloud refused a request";
    NETWORK = "E0902", "The cloud could not be reached";
    TIMEOUT = "E0903", "Something took too long";
    OUTCOME_UNKNOWN = "E0904", "The outcome of a request is not known";
    INTERRUPTED = "E0905", "The run was interrupted";
    NO_SUCH = "E1001", "There is nothing with this name";
    INTERNAL = "E1999", "A mistake in cenform itself";
    UNKNOWN_FIELD = "W0201", "A log field is not documented";
    UNDECLARED_VARIABLE = "W0501", "A value is given for a variable that is not declared";
    MAY_BE_REFUSED = "W0801", "The cloud may refuse a part of the plan";
}
