//! The long text of each diagnostic code, for `cenform explain`.

use super::codes;

/// What is to be said about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Story {
    /// The code.
    pub code: &'static str,
    /// What it means and what to do, in sentences; a line break begins a new paragraph.
    pub text: &'static str,
    /// A stack that has the problem, without the line `version: 1` unless that is the point; empty if none shows it.
    pub wrong: &'static str,
    /// The same without the problem.
    pub right: &'static str,
}

/// The story of a code.
pub fn of(code: &str) -> Option<&'static Story> {
    STORIES.iter().find(|story| story.code == code)
}

macro_rules! stories {
    ($($code:ident: $text:literal $(, wrong $wrong:literal, right $right:literal)?;)*) => {
        &[$(Story { code: codes::$code, text: $text, wrong: concat!($($wrong)?), right: concat!($($right)?) }),*]
    };
}

/// Every code in the order of [`codes::ALL`].
const STORIES: &[Story] = stories! {
    FILE:
        "A file or folder that the command needs is not there, or its rights or its size do not allow it to be read. \
         A stack is one YAML file, or a folder whose .yaml and .yml files are merged; a file may hold 16 MiB at most.\n\
         Check the path as the message shows it, and from which folder the command is run.";
    YAML:
        "YAML tells structure by indentation and by a few signs, and here it cannot be told: most often a line is \
         indented with a tab or by one space too many, a quote is not closed, or a text with a colon in it stands \
         without quotes.",
        wrong r#"cens:
  backbone: { name: [backbone }
"#,
        right r#"cens:
  backbone: { name: backbone }
"#;
    DUPLICATE_KEY:
        "A key stands twice in the same map. YAML readers disagree about which of the two counts, so neither does. \
         Keep the one that is meant.",
        wrong r#"cens:
  backbone: { name: one, name: two }
"#,
        right r#"cens:
  backbone: { name: two }
"#;
    NOT_A_STACK:
        "A YAML file in the folder of a stack does not begin with version: 1, so it is not taken for a part of the \
         stack. A file that belongs to something else is left alone once its name stands on a line of .cenformignore \
         in the same folder; files of variables are named *.vars.yaml.";
    VERSION:
        "Each file of a stack says which version of the language it is written in. There is one so far.",
        wrong r#"version: 2
cens: { backbone: {} }
"#,
        right r#"version: 1
cens: { backbone: {} }
"#;
    DUPLICATE_NAME:
        "Two resources of a kind have the same name, perhaps in two files of the stack. Names are what everything \
         else refers to, so each can stand only once in a stack. Rename one of them; if both are meant to be the same \
         object, keep one.";
    UNKNOWN_KEY:
        "A key is not known at this place: it is misspelled, it belongs one level further in or out, or it belongs to \
         another kind or type of attachment. cenform explain KIND lists the attributes of a kind.",
        wrong r#"cens:
  backbone: { nmae: backbone }
"#,
        right r#"cens:
  backbone: { name: backbone }
"#;
    WRONG_TYPE:
        "A value is of another type than the attribute holds: a number where text is wanted, text where true or false \
         is wanted, a map where a list is wanted. Numbers are not quietly made into text, because 1.10 would become \
         1.1.",
        wrong r#"cens:
  backbone: { name: 7 }
"#,
        right r#"cens:
  backbone: { name: "7" }
"#;
    MISSING:
        "An attribute that the kind requires is not there. null is the same as leaving it out. cenform explain KIND \
         says which attributes are required.",
        wrong r#"transit_routers:
  hz: { region: cn-hangzhou }
"#,
        right r#"cens:
  backbone: {}
transit_routers:
  hz: { cen: backbone, region: cn-hangzhou }
"#;
    NOT_ALLOWED:
        "A value is of the right type, but the service does not take it: a number is out of its range, a word is not \
         one of those that are known, a text is too long or has characters that are not allowed. The rules are those \
         of the API's documentation.",
        wrong r#"cens:
  backbone: { protection_level: FULL }
"#,
        right r#"cens:
  backbone: { protection_level: REDUCED }
"#;
    BAD_NAME:
        "Names of resources, variables, local values and outputs begin with a lower-case letter and go on with \
         lower-case letters, digits, hyphens and underscores, 63 characters at most. They are names inside the stack; \
         what the console shows is the attribute name.",
        wrong r#"cens:
  Backbone: {}
"#,
        right r#"cens:
  backbone: { name: Backbone }
"#;
    NOT_TOGETHER:
        "Each attribute is right by itself, and together they are not: two exclude each other, one needs another, or \
         one belongs to another type. The message names the attributes and the rule.",
        wrong r#"provider: { region: cn-hangzhou }
cens: { backbone: {} }
transit_routers: { hz: { cen: backbone } }
log_projects: { netflow: { name: netflow-7f3a } }
logstores: { tr: { project: netflow, name: tr-flow, ttl: 180 } }
flow_logs:
  hz:
    transit_router: hz
    logstore: tr
    destination: { project: other-7f3a, logstore: tr-flow }
"#,
        right r#"provider: { region: cn-hangzhou }
cens: { backbone: {} }
transit_routers: { hz: { cen: backbone } }
log_projects: { netflow: { name: netflow-7f3a } }
logstores: { tr: { project: netflow, name: tr-flow, ttl: 180 } }
flow_logs:
  hz: { transit_router: hz, logstore: tr }
"#;
    SAME_OBJECT:
        "Two resources of the stack describe one object of the cloud: the same project name, two routers of one CEN \
         in one region, two flow logs of one attachment at one router. The service refuses the second, so nothing is \
         begun. Keep one of the two.",
        wrong r#"provider: { region: cn-hangzhou }
cens: { backbone: {} }
transit_routers:
  hz: { cen: backbone }
  core: { cen: backbone }
"#,
        right r#"provider: { region: cn-hangzhou }
cens: { backbone: {} }
transit_routers:
  hz: { cen: backbone }
"#;
    UNRESOLVED:
        "A reference is the bare name of a resource of the right kind, declared in this stack. Here no resource of \
         that kind has the name. What somebody else manages is declared too, with existing: and its id.",
        wrong r#"provider: { region: cn-hangzhou }
transit_routers:
  hz: { cen: backbone }
"#,
        right r#"provider: { region: cn-hangzhou }
cens:
  backbone: { existing: cen-7qthudw0ll6jmcabcd }
transit_routers:
  hz: { cen: backbone }
"#;
    CYCLE:
        "Resources, local values or variables need each other in a circle, so none of them can be first. The message \
         names the circle. Take one of the references, or one depends_on, out.",
        wrong r#"cens:
  one: { name: "${cen.two.id}" }
  two: { name: "${cen.one.id}" }
"#,
        right r#"cens:
  one: { name: one }
  two: { name: "${cen.one.id}" }
"#;
    NOT_KNOWN_AT_PLAN:
        "Some values decide what the plan is: regions, types, which objects exist, the provider's settings. They \
         cannot come from a resource that is not there yet. Use variables and local values.";
    MOVED:
        "moved says where what was declared under another address is now, removed what is forgotten rather than \
         destroyed, imports which objects that are there declared resources take over. Here an entry contradicts \
         another one or what is declared: an address moves to itself, twice, in a circle, or to another kind; what has \
         moved or is removed is still declared; or an object is imported twice. Correct the entry, or take it out.",
        wrong r#"cens:
  backbone: { name: backbone }
moved:
  - { from: cen.backbone, to: cen.core }
"#,
        right r#"cens:
  core: { name: backbone }
moved:
  - { from: cen.backbone, to: cen.core }
"#;
    EXPRESSION:
        "What stands in ${…} is an expression in Jinja's syntax, and this one is malformed: a quote or a bracket is \
         not closed, or an operator has nothing on one side. $${ is a plain ${.",
        wrong r#"cens:
  backbone: { name: "${ 'a' ~ }" }
"#,
        right r#"cens:
  backbone: { name: "${ 'a' ~ 'b' }" }
"#;
    UNDEFINED:
        "An expression uses a variable, a local value, a resource or an attribute that is not there. What may be \
         missing is given another value with the filter default.",
        wrong r#"variables: { env: { default: prod } }
cens:
  backbone: { name: "${var.evn}" }
"#,
        right r#"variables: { env: { default: prod } }
cens:
  backbone: { name: "${var.env}" }
"#;
    EVALUATION:
        "An expression is well-formed, and its value cannot be found: a filter gets something that it cannot work on, \
         a number is divided by nought, or the value stays unknown because what it depends on was not made in this \
         run.";
    FLOW_STYLE:
        "In YAML's flow style, between { and }, an unquoted ${ begins a map of its own. Put the value in double \
         quotes.",
        wrong r#"variables: { env: { default: prod } }
cens:
  backbone: { name: ${var.env} }
"#,
        right r#"variables: { env: { default: prod } }
cens:
  backbone: { name: "${var.env}" }
"#;
    VARIABLE:
        "A variable has no value, or one of another type, or one that allowed does not list. Its value is that of \
         --var, else of --var-file, else of CENFORM_VAR_<name>, else its default.",
        wrong r#"variables: { env: { type: string } }
"#,
        right r#"variables: { env: { type: string, default: prod } }
"#;
    SENSITIVE:
        "Values of resources and outputs are kept in the state and shown in plans, so a sensitive variable may not \
         get there. It may feed the credentials of accounts only.",
        wrong r#"variables: { secret: { sensitive: true, default: x } }
cens:
  backbone: { description: "${var.secret}" }
"#,
        right r#"variables: { note: { default: x } }
cens:
  backbone: { description: "${var.note}" }
"#;
    SETTING:
        "An option of the command, or an environment variable CENFORM_<OPTION> that stands for one, has a value that \
         it cannot have, or does not go together with another. cenform COMMAND --help lists the options.";
    CREDENTIALS:
        "No credentials were found, or they are not complete. Set ALIBABA_CLOUD_ACCESS_KEY_ID and \
         ALIBABA_CLOUD_ACCESS_KEY_SECRET, and ALIBABA_CLOUD_SECURITY_TOKEN if the key is temporary. With --emulator \
         none are needed.";
    STATE:
        "The state file cannot be read or written, is damaged, or was written by a later version of cenform. It is \
         left as it is. The previous ten states are in .cenform/<name of the state file>/backups beside it; \
         cenform state push puts one of them in its place.\n\
         If neither it nor the journal could be written during an apply, what was done is in a temporary file that \
         the message names: copy it to the place of the state before anything else.";
    LOCKED:
        "Another run works on this state, and two at once would undo each other's records. Wait for it, or let \
         cenform wait with --lock-timeout 5m. The message says who holds the lock, since when, and how \
         far they are.\n\
         The lock of a process that has ended is in nobody's way. If its holder is stuck, or is on a machine that \
         cannot be reached, cenform unlock ID takes the right to write from it. The message names the ID. Should that \
         holder still be alive, it can write neither journal nor state any more and stops; what it has begun is in \
         the journal, and the next apply goes on from there. (exit code 4)";
    ACCOUNT:
        "A state or a saved plan remembers the account that it belongs to, and whether it is for an emulator. With \
         other credentials, or in the other world, its ids mean nothing or something else, so nothing is done. Use \
         the credentials and the endpoint that it was made with, or another state with --state. (exit code 5)";
    STALE_PLAN:
        "A saved plan says exactly what will be done, and that is no longer what was reviewed: the state or the cloud \
         has moved since, or the digest is not the expected one. Plan again and review what is new. (exit code 5)";
    JOURNAL:
        "The journal holds what was begun and is not in the state file yet. A journal without its state file, or of \
         another lineage, could be applied to the wrong objects, so it is refused. Put the state file back. If \
         it is lost, cenform state push FILE goes on from one of backups, and says first what the journal holds that \
         FILE does not.";
    EDIT:
        "The commands that change a state by hand never touch the cloud, and refuse what would make the state wrong: \
         an address that is taken or of another kind, an object that it has already, a state of another lineage or an \
         older one, and anything about a call of an interrupted apply whose outcome is not known yet. Nothing was \
         changed.";
    EXISTING:
        "A resource that is declared with existing: is managed by someone else: it is read and never changed. Here it \
         is not there, is not the only one of its name, or differs from what stands beside it, which is an \
         expectation. Correct the id, the name or the expectation.";
    GATE:
        "The plan is right, and it would lose something that nobody said may be lost: the logs in a store, an object with \
         lifecycle.prevent_destroy, or more objects than gates: allows. Nothing is done, and no plan is saved. The \
         message names everything that is in the way and what would let the plan through. (exit code 6)\n\
         The logs in a store: destroy is the word that they may go, and so is --allow-data-loss with plan and apply. \
         prevent_destroy is kept in the state: it comes off when the stack is applied with prevent_destroy: false, and \
         not by the plan that destroys.\n\
         gates: { max_destroy: N, max_replace: N } stands in the stack. max_destroy counts what goes without a successor, \
         also in a destroy, so that a stack with max_destroy: 0 is destroyed only with --max-destroy N on the command \
         line, which counts instead. max_replace counts replacements.";
    ORDER:
        "Creates follow what they need, deletes run the other way round. Here that gives a circle, which one apply \
         cannot walk: the message shows it. Make the change in two steps.";
    CANNOT_REPLACE:
        "A change can only be made by deleting the object and making a new one, and here that does not work in the \
         wanted way: both would need the same name or place at once, the old one keeps its name in the recycle bin, \
         or what the new one needs is missing. Nothing was deleted.";
    NOT_READY:
        "Before the first call that changes something, cenform looks with a few cheap calls whether the plan can be \
         done at all: whether the transit router service is activated, the region is known to CEN, a router is of the \
         Enterprise edition, and the names of new log projects can be had. Here something stands in the way. Nothing \
         was changed.";
    TAKEN:
        "The plan would create an object whose place is taken: the service allows one log project of a name, one \
         router of a CEN in a region, one flow log of an attachment at a router. Something that is not in the state \
         is there already. Nothing was changed.\n\
         To use it as it is, declare the resource with existing: ID. To manage it here, take it into the state with an \
         entry under imports: { to: ADDRESS, id: ID }.";
    ADOPT:
        "An object cannot come under the address that moved or imports names: another object is there already, the \
         object is in the state under another address, or what is to be imported is not there, is not the only one of \
         its kind, or cannot be looked up yet. Nothing was changed. Correct the entry; an import may name the object \
         with id: ID.";
    VANISHED:
        "A plan would make again what it does not find, so it does not believe at once that much has gone: a CEN, a \
         transit router or a log project that the state manages, or at least three objects and more than half of what \
         there is of a kind in one account and region. Each was looked for by its id. Most often the credentials, the \
         region or the endpoint are not the right ones. If it was deleted on purpose, say so for each with \
         --accept-gone ADDR, which also covers what lived in it: the routers of a CEN, the attachments and flow logs \
         of a router, the logstores of a project and the flow logs into them. (exit code 6)";
    CLOUD:
        "The service answered a call with an error. The message has the service's own code and text, what they mean, \
         and the RequestId by which support can find the call. cenform explain CODE tells of the service's code what \
         cenform does about it.";
    NETWORK:
        "A call got no answer. If it changed something, nobody knows whether it was done; the journal remembers it, \
         and the next apply finds out before it does anything else. Check the network, a proxy, and --endpoint.";
    TIMEOUT:
        "An object did not settle within its time. It is not given up: it stays in the state as it is, and the next \
         apply goes on waiting. The attribute timeouts: { create: 60m } of a resource sets its time.";
    OUTCOME_UNKNOWN:
        "A call that creates something got no answer, and what is there now could be its result or somebody else's. \
         cenform neither takes it over nor makes a second one without being told. Or the call was sent again, and the \
         service had forgotten the first: then one of the two is in the state. The message names the candidates, and \
         what to write for each answer. (exit code 3)";
    INTERRUPTED:
        "The run was interrupted. Calls that were under way have been finished or are in the journal, and what was still \
         being made or deleted is in the state as such; the state is exact. Run the same command again: it goes on \
         from there, and goes on waiting. (exit code 130)";
    NO_SUCH:
        "A name on the command line is not that of anything: an output, a resource in the state, a stack, or a word \
         that can be explained. The message lists what is there, or what is near.";
    INTERNAL:
        "This is a mistake in cenform, not in the stack. The state and the journal are as they were. Please report it \
         with the text that was printed.";
    UNKNOWN_FIELD:
        "A field of log_format is not among the documented ones. The service may know more than its documentation, so \
         this is a warning; if it does not, it refuses the flow log with InvalidParameter.LogFormatString.";
    UNDECLARED_VARIABLE:
        "The environment has a CENFORM_VAR_<name>, and the stack declares no variable of that name. The value is not \
         used. Check the spelling, or unset it.";
    MAY_BE_REFUSED:
        "What cenform could look up before the plan is done does not stand in its way, but may: the service will \
         decide. The message says what to prepare.";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_story() {
        let told: Vec<_> = STORIES.iter().map(|story| story.code).collect();
        let codes: Vec<_> = codes::ALL.iter().map(|row| row.code).collect();
        assert_eq!(told, codes);
        for story in STORIES {
            assert!(story.text.ends_with(['.', ')']) && story.text.len() > 80, "{}", story.code);
            assert_eq!(story.wrong.is_empty(), story.right.is_empty(), "{}", story.code);
            assert!(story.wrong.is_empty() || story.wrong != story.right, "{}", story.code);
        }
    }
}
