//! What the documentation of the real service leaves open: each question is a setting with the answer that the emulator
//! takes for it unless told otherwise.
//!
//! # Adding a setting
//! Give it a row in `settings!` (its text is what `--help` shows) and, if its answers are words, a `choice!`.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::SignedDuration;

use crate::base::text;

/// What a setting can be set to.
trait Value: Sized {
    /// Its words, the default first, or what stands for a number.
    const FORM: &'static str;

    /// Reads what `--set` was given.
    fn parse(word: &str) -> Option<Self>;

    /// The word that [`Self::parse`] reads.
    fn shown(&self) -> String;
}

impl Value for usize {
    const FORM: &'static str = "NUMBER";

    fn parse(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Value for NonZeroUsize {
    const FORM: &'static str = "NUMBER";

    fn parse(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Value for Duration {
    const FORM: &'static str = "DURATION";

    fn parse(word: &str) -> Option<Self> {
        Self::try_from(word.parse::<SignedDuration>().ok()?).ok()
    }

    fn shown(&self) -> String {
        SignedDuration::try_from(*self).map(|duration| format!("{duration:#}")).unwrap_or_default()
    }
}

/// The HTTP status of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorStatus(pub(super) u16);

impl Value for ErrorStatus {
    const FORM: &'static str = "HTTP_STATUS";

    fn parse(word: &str) -> Option<Self> {
        word.parse().ok().filter(|status| (400..600).contains(status)).map(Self)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// One choice: an enum whose first variant is the default.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident: $(#[$first_doc:meta])* $first:ident = $first_word:literal, $($(#[$rest_doc:meta])* $rest:ident = $rest_word:literal),+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])* #[default] $first,
            $($(#[$rest_doc])* $rest),+
        }

        impl Value for $name {
            const FORM: &'static str = concat!($first_word, $("|", $rest_word),+);

            fn parse(word: &str) -> Option<Self> {
                match word {
                    $first_word => Some(Self::$first),
                    $($rest_word => Some(Self::$rest),)+
                    _ => None,
                }
            }

            fn shown(&self) -> String {
                match self {
                    Self::$first => $first_word.to_owned(),
                    $(Self::$rest => $rest_word.to_owned()),+
                }
            }
        }
    };
}

choice! {
    /// What `ModifyFlowLogAttribute` does to a flow log that is Inactive.
    ModifyInactive:
    /// It ends Inactive again.
    Keeps = "keeps",
    /// It ends Active.
    Activates = "activates",
    /// It is refused with IncorrectStatus.flowlog.
    Refuses = "refuses"
}
choice! {
    /// What DescribeFlowlogs gives as `LogFormatString` of a flow log that was made without one.
    DefaultFormat:
    /// Empty text.
    Empty = "empty",
    /// All fields that are known.
    DefaultFields = "default_fields"
}
choice! {
    /// Whether something is let through.
    Permission:
    /// It is.
    Allowed = "allowed",
    /// It is refused.
    Refused = "refused"
}
choice! {
    /// Whether flow logs can be made and changed.
    FlowLogs:
    /// They can.
    Allowed = "allowed",
    /// The service does not offer them here.
    Unsupported = "unsupported",
    /// The caller has no right to.
    Unauthorized = "unauthorized"
}
choice! {
    /// How many flow logs one CEN can have.
    PerCen:
    /// As many as there are routers and attachments.
    Many = "many",
    /// One, as before there were flow logs of transit routers.
    One = "one"
}
choice! {
    /// Whether a router's flow log may stand beside those of its attachments.
    Overlap:
    /// It may.
    Allowed = "allowed",
    /// It is refused.
    Refused = "refused",
    /// It may, but not with the same logstore.
    NotInOneStore = "not_in_one_store"
}
choice! {
    /// What becomes of a project that was made for a flow log, when the flow log is deleted.
    MadeProjects:
    /// It stays.
    Stay = "stay",
    /// It is deleted too.
    Go = "go"
}
choice! {
    /// Whether the answer to a refused call is repeated when its ClientToken comes again.
    Refusals:
    /// It is repeated.
    Remembered = "remembered",
    /// The call is tried again.
    Forgotten = "forgotten"
}
choice! {
    /// Whether a service has been activated.
    Service:
    /// It has.
    Open = "open",
    /// It has not.
    Closed = "closed"
}
choice! {
    /// Why a CEN that still has routers is not deleted.
    CenInUse:
    /// With the code of a CEN that is not Active.
    Status = "status",
    /// With the code of a router that has attachments.
    Children = "children"
}
choice! {
    /// What a list of an unknown CEN is.
    UnknownCen:
    /// Empty.
    Empty = "empty",
    /// Refused.
    Refused = "refused"
}
choice! {
    /// How particular the codes are that refuse tags.
    TagCodes:
    /// Each rule has its own.
    Particular = "particular",
    /// All are `InvalidParameter`.
    Plain = "plain"
}

choice! {
    /// How many flow logs an attachment can have.
    AttachmentLogs:
    /// One at each of its routers: two for a peer attachment.
    OneARouter = "one_a_router",
    /// One.
    OneAnAttachment = "one_an_attachment"
}
choice! {
    /// Whether a router must have an address block before a VPN is attached to it.
    VpnCidr:
    /// It must.
    Needed = "needed",
    /// It need not.
    NotNeeded = "not_needed"
}
choice! {
    /// Which names and descriptions a VPN attachment can have.
    VpnNames:
    /// At least 2 characters, a letter first; in names letters, digits, `_` and `-` only.
    Narrow = "narrow",
    /// Those that all others can have.
    Wide = "wide"
}
choice! {
    /// Whether bandwidth packages are associated with the CEN that wants to use them.
    BandwidthPackages:
    /// Any of them is.
    Associated = "associated",
    /// None is.
    Unassociated = "unassociated"
}
choice! {
    /// Where the bandwidth of a peer attachment comes from when nothing says.
    PeerBandwidth:
    /// A package.
    BandwidthPackage = "BandwidthPackage",
    /// It is paid by traffic.
    DataTransfer = "DataTransfer"
}
choice! {
    /// Whether the grant of a network can be revoked while the network is attached.
    GrantsInUse:
    /// It cannot.
    Kept = "kept",
    /// It can.
    Revocable = "revocable"
}

/// Makes the settings, their defaults and their table out of one row each.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr;)+) => {
        /// What the documentation of the real service leaves open, each with the default that the emulator takes.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $key: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        impl Settings {
            /// Every setting, for help texts.
            pub const ALL: &[Setting] = &[$(Setting {
                key: stringify!($key),
                form: <$type as Value>::FORM,
                doc: concat!($($doc),+),
                take: |settings, word| <$type as Value>::parse(word).map(|value| settings.$key = value).is_some(),
                shown: |settings| settings.$key.shown(),
            }),+];
        }
    };
}

settings! {
    /// What `ModifyFlowLogAttribute` does to an Inactive flow log: it ends Inactive again, ends Active, or
    /// stays as it is and the call is refused with `IncorrectStatus.flowlog`.
    modify_inactive: ModifyInactive = ModifyInactive::Keeps;
    /// What `DescribeFlowlogs` gives as `LogFormatString` of a flow log that was made without one.
    describe_default_format: DefaultFormat = DefaultFormat::Empty;
    /// Fields in a `LogFormatString` that no document names (`InvalidParameter.LogFormatString`).
    unknown_log_fields: Permission = Permission::Allowed;
    /// Making and changing flow logs: unsupported as in a region without them (`OperationUnsupported.action`),
    /// unauthorized as for an `AccessKey` without the right (Unauthorized).
    flow_logs: FlowLogs = FlowLogs::Allowed;
    /// How many flow logs an account may have (`QuotaExceeded.FlowlogCount`).
    flow_log_quota: usize = 1000;
    /// How many flow logs a CEN may have: one is the rule of before there were transit routers
    /// (`InvalidFlowlogId.exist`).
    flow_logs_per_cen: PerCen = PerCen::Many;
    /// A router's flow log beside those of its attachments: refused with
    /// `OperationInvalid.IncompatibleFlowlogExist`, or only when both write to one logstore (`RuleExist`).
    router_and_attachment_logs: Overlap = Overlap::Allowed;
    /// Flow logs of different interval or format in one logstore (`OperationInvalid.IncompatibleFlowlogExist`).
    mixed_logs_in_store: Permission = Permission::Allowed;
    /// The largest `PageSize` of `DescribeFlowlogs` (`InvalidParameter`).
    flow_log_page_max: usize = 50;
    /// The largest `MaxResults` of the lists of attachments (`IllegalParam.MaxResults`); that of peer attachments takes 100
    /// in any case.
    attachment_page_max: usize = 100;
    /// `CreateFlowlog` making a missing project and logstore (`ProjectOrLogstoreNotExist`).
    store_creation: Permission = Permission::Allowed;
    /// How many projects an account may have (`ProjectQuotaExceed`; `OperationFailed.InvalidLogInfo` where `CreateFlowlog`
    /// would make one more).
    project_quota: usize = 1000;
    /// How many tags one answer of Simple Log Service's `ListTagResources` has at most.
    log_tag_page: usize = 100;
    /// The most that a page of a list in CEN gives, however many were asked for: nothing says that a service never gives
    /// less.
    page_given: NonZeroUsize = NonZeroUsize::MAX;
    /// How long a new project or logstore is not found by its name, neither by Simple Log Service nor by `CreateFlowlog`
    /// (`ProjectNotExist`, `LogStoreNotExist`, `ProjectOrLogstoreNotExist`).
    new_store_delay: Duration = Duration::ZERO;
    /// What becomes of a project that `CreateFlowlog` made, once the flow log is deleted.
    made_projects: MadeProjects = MadeProjects::Stay;
    /// Deleting a flow log whose project or logstore is gone (`SourceProjectNotExist`).
    delete_without_store: Permission = Permission::Allowed;
    /// Making the service role for flow logs (`NoPermission.AliyunServiceRoleForTRFlowLog`).
    flow_log_role: Permission = Permission::Allowed;
    /// Whether Simple Log Service is activated (`OperationFailed.InvalidLogInfo`).
    log_service: Service = Service::Open;
    /// Whether the transit router service is activated (`Forbbiden.TransitRouterServiceNotOpen`).
    transit_router_service: Service = Service::Open;
    /// How long a `ClientToken` is known: with the same parameters it gives the same answer, with others
    /// `IdempotentParameterMismatch`.
    token_memory: Duration = Duration::from_mins(10);
    /// Whether a `ClientToken` repeats a refusal (HTTP 4xx) too.
    refusals_per_token: Refusals = Refusals::Remembered;
    /// The refusal to delete a CEN that has routers: `InvalidOperation.CenInstanceStatus` (409) or
    /// `InvalidOperation.AttachedChildInstanceExist` (400).
    cen_with_children: CenInUse = CenInUse::Status;
    /// What `DescribeCens` and `ListTransitRouters` answer where the call names a CEN that is not there: an empty list, or
    /// `ParameterCenInstanceId`.
    unknown_cen: UnknownCen = UnknownCen::Empty;
    /// The codes that refuse tags in CEN: `IllegalParam.TagKey` and its like, or `InvalidParameter` for all.
    tag_codes: TagCodes = TagCodes::Particular;
    /// The HTTP status of `Throttling.User`.
    throttling_status: ErrorStatus = ErrorStatus(400);
    /// The HTTP status of `DryRunOperation`.
    dry_run_status: ErrorStatus = ErrorStatus(400);
    /// The HTTP status of `InvalidFlowlogId.NotFound`.
    unknown_flow_log_status: ErrorStatus = ErrorStatus(400);
    /// The HTTP status of `LogStoreAlreadyExist`.
    logstore_exists_status: ErrorStatus = ErrorStatus(400);
    /// The HTTP status of `IndexConfigNotExist`.
    index_missing_status: ErrorStatus = ErrorStatus(404);
    /// How many flow logs a peer attachment, which has two routers, can have.
    attachment_logs: AttachmentLogs = AttachmentLogs::OneARouter;
    /// How many VPCs a router can have (`QuotaExceeded.CenQuotaVpcAttachPerTransitRouter`).
    vpc_attachment_quota: usize = 1000;
    /// A router's address block before a VPN is attached (`OperationFailed.AllocateCidrFailed`).
    vpn_router_cidr: VpnCidr = VpnCidr::Needed;
    /// The rule for names of VPN attachments.
    vpn_names: VpnNames = VpnNames::Narrow;
    /// Whether bandwidth packages are associated with the CEN (`InvalidOperation.BwpNotAssociated`).
    bandwidth_packages: BandwidthPackages = BandwidthPackages::Associated;
    /// The `BandwidthType` of a peer attachment made without one.
    peer_bandwidth_type: PeerBandwidth = PeerBandwidth::BandwidthPackage;
    /// Revoking the grant of a network that is attached.
    grants_in_use: GrantsInUse = GrantsInUse::Kept;
}

/// One setting as people see it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// Its words, the default first, with `|` between them; or what stands for a number.
    pub form: &'static str,
    doc: &'static str,
    take: fn(&mut Settings, &str) -> bool,
    shown: fn(&Settings) -> String,
}

impl Setting {
    /// What it decides, in a sentence.
    pub fn doc(&self) -> String {
        self.doc.trim().replace('`', "")
    }

    /// What it is unless told otherwise.
    pub fn default(&self) -> String {
        (self.shown)(&Settings::default())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.key, self.form)
    }
}

/// Why a setting was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no `=`.
    #[error("A setting is written KEY=VALUE, and {0:?} has no =.")]
    Form(String),
    /// There is no such setting.
    #[error("There is no setting {key:?}{hint}. Known are {known}.")]
    Key {
        /// What was asked for.
        key: String,
        /// ` (did you mean …?)`, or empty.
        hint: String,
        /// All keys with their values.
        known: String,
    },
    /// The setting has no such value.
    #[error("The setting {key} cannot be {value:?}; it is {known}.")]
    Value {
        /// The setting.
        key: &'static str,
        /// What was asked for.
        value: String,
        /// What it can be.
        known: String,
    },
}

impl Settings {
    /// Takes one `KEY=VALUE`.
    pub fn set(&mut self, assignment: &str) -> Result<(), SettingError> {
        let Some((key, value)) = assignment.split_once('=') else {
            return Err(SettingError::Form(assignment.to_owned()));
        };
        let Some(setting) = Self::ALL.iter().find(|setting| setting.key == key) else {
            let hint = text::nearest(key, Self::ALL.iter().map(|setting| setting.key));
            return Err(SettingError::Key {
                key: key.to_owned(),
                hint: hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default(),
                known: text::list(&Self::ALL.iter().map(ToString::to_string).collect::<Vec<_>>()),
            });
        };
        if (setting.take)(self, value) {
            return Ok(());
        }
        let known = match setting.form {
            "NUMBER" => "a whole number".to_owned(),
            "DURATION" => "a duration such as 30s or 10m".to_owned(),
            "HTTP_STATUS" => "an HTTP status from 400 to 599".to_owned(),
            words => words.replace('|', " or "),
        };
        Err(SettingError::Value { key: setting.key, value: value.to_owned(), known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_set_to_each_of_its_values() {
        for setting in Settings::ALL {
            let mut values: Vec<&str> = match setting.form {
                "NUMBER" => vec!["7"],
                "DURATION" => vec!["7s"],
                "HTTP_STATUS" => vec!["599"],
                words => words.split('|').collect(),
            };
            let default = setting.default();
            if !values.contains(&default.as_str()) {
                values.push(&default);
            }
            for value in values {
                let mut settings = Settings::default();
                settings.set(&format!("{}={value}", setting.key)).unwrap();
                assert_eq!(settings == Settings::default(), value == default, "{setting}");
            }
            assert!(setting.doc().ends_with('.'), "{setting}");
        }
    }

    #[test]
    fn the_first_word_is_the_default() {
        for setting in Settings::ALL.iter().filter(|setting| setting.form.contains('|')) {
            assert!(setting.form.starts_with(&format!("{}|", setting.default())), "{setting}");
        }
    }

    #[test]
    fn a_wrong_setting_names_what_is_known() {
        let mut settings = Settings::default();
        let unknown = settings.set("modify_inactiv=keeps").unwrap_err().to_string();
        assert!(unknown.contains("did you mean modify_inactive?") && unknown.contains("flow_log_quota=NUMBER"));
        for (wrong, known) in [
            ("modify_inactive=maybe", "keeps or activates or refuses"),
            ("flow_log_quota=-1", "a whole number"),
            ("token_memory=-1s", "a duration such as 30s or 10m"),
            ("token_memory=10", "a duration such as 30s or 10m"),
            ("throttling_status=200", "an HTTP status from 400 to 599"),
        ] {
            let (key, value) = wrong.split_once('=').unwrap();
            let problem = settings.set(wrong).unwrap_err().to_string();
            assert_eq!(problem, format!("The setting {key} cannot be {value:?}; it is {known}."));
        }
        assert!(settings.set("flow_log_quota").is_err());
        assert_eq!(settings, Settings::default());
    }
}
