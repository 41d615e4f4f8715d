//! What an emulator is started with.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use crate::base::secret::Secret;
use crate::base::text;

/// The account that everything belongs to unless said otherwise.
pub const DEFAULT_ACCOUNT: &str = "1000000000000001";

/// What an emulator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The access keys that it knows.
    pub keys: Vec<AccessKey>,
    /// How long creating, changing and deleting take.
    pub settle: Duration,
    /// How long every answer is held back.
    pub latency: Duration,
    /// The time that signatures are checked against, if it is not the clock's.
    pub fixed_clock: Option<Timestamp>,
    /// What ids and `RequestIds` are made from.
    pub seed: u64,
    /// What the documentation leaves open.
    pub settings: Settings,
    /// The file that the world is kept in; in memory only if there is none.
    pub data: Option<PathBuf>,
    /// The world (JSON) to start from while there is no data file.
    pub initial: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: vec![AccessKey::new("emulator", "emulator", DEFAULT_ACCOUNT, None)],
            settle: Duration::from_millis(200),
            latency: Duration::ZERO,
            fixed_clock: None,
            seed: 0,
            settings: Settings::default(),
            data: None,
            initial: None,
        }
    }
}

/// An access key that the emulator knows. Its text form is `ID:SECRET[:ACCOUNT[:STS_TOKEN]]`.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// The `AccessKeyId`.
    pub id: String,
    /// The secret that signs.
    pub secret: Secret,
    /// The account that calls signed with it act for.
    pub account: String,
    /// The security token that must come along, for temporary credentials.
    pub token: Option<Secret>,
}

impl AccessKey {
    /// A key from its parts.
    pub fn new(id: &str, secret: &str, account: &str, token: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            account: account.to_owned(),
            token: token.map(|token| Secret::new(token.to_owned())),
        }
    }
}

/// Why a text is no access key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessKeyError {
    /// The id or the secret is missing.
    #[error("An access key is written ID:SECRET, ID:SECRET:ACCOUNT or ID:SECRET:ACCOUNT:STS_TOKEN.")]
    Form,
    /// The account is not an account id.
    #[error("The account id {0} is not a number of 16 digits.")]
    Account(String),
}

impl FromStr for AccessKey {
    type Err = AccessKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(4, ':');
        let (Some(id), Some(secret)) = (parts.next(), parts.next()) else { return Err(AccessKeyError::Form) };
        if id.is_empty() || secret.is_empty() {
            return Err(AccessKeyError::Form);
        }
        let account = parts.next().filter(|account| !account.is_empty()).unwrap_or(DEFAULT_ACCOUNT);
        if !is_account(account) {
            return Err(AccessKeyError::Account(account.to_owned()));
        }
        Ok(Self::new(id, secret, account, parts.next().filter(|token| !token.is_empty())))
    }
}

/// Whether `text` is an account id: 16 digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
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
        impl $name {
            const WORDS: &[&str] = &[$first_word, $($rest_word),+];

            fn parse(word: &str) -> Option<Self> {
                match word {
                    $first_word => Some(Self::$first),
                    $($rest_word => Some(Self::$rest),)+
                    _ => None,
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

/// What the documentation of the real service leaves open, each with the default that the emulator takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What changing an Inactive flow log does.
    pub modify_inactive: ModifyInactive,
    /// The `LogFormatString` of a flow log made without one.
    pub describe_default_format: DefaultFormat,
    /// How many flow logs an account may have (QuotaExceeded.FlowlogCount).
    pub flow_log_quota: usize,
    /// Whether a router's flow log may stand beside its attachments' (OperationInvalid.IncompatibleFlowlogExist).
    pub router_and_attachment_logs: Permission,
    /// Whether CreateFlowlog makes a project and a logstore that are missing (`ProjectOrLogstoreNotExist`).
    pub store_creation: Permission,
    /// Whether a flow log can be deleted after its project or logstore (`SourceProjectNotExist`).
    pub delete_without_store: Permission,
    /// Whether the service role for flow logs may be made (NoPermission.AliyunServiceRoleForTRFlowLog).
    pub flow_log_role: Permission,
    /// What a ClientToken remembers of a refusal (HTTP 4xx).
    pub refusals_per_token: Refusals,
    /// Whether Simple Log Service is activated (OperationFailed.InvalidLogInfo).
    pub log_service: Service,
    /// Whether the transit router service is activated (Forbbiden.TransitRouterServiceNotOpen).
    pub transit_router_service: Service,
    /// How many flow logs an attachment can have (Flowlog.AlreayExist).
    pub attachment_logs: AttachmentLogs,
    /// How many VPCs a router can have (QuotaExceeded.CenQuotaVpcAttachPerTransitRouter).
    pub vpc_attachment_quota: usize,
    /// Whether a VPN needs an address block of its router (OperationFailed.AllocateCidrFailed).
    pub vpn_router_cidr: VpnCidr,
    /// Which names a VPN attachment can have (IllegalParam.TransitRouterAttachmentName).
    pub vpn_names: VpnNames,
    /// Whether bandwidth packages are associated with the CEN (InvalidOperation.BwpNotAssociated).
    pub bandwidth_packages: BandwidthPackages,
    /// The `BandwidthType` of a peer attachment made without one.
    pub peer_bandwidth_type: PeerBandwidth,
    /// Whether a grant can be revoked while it is used (InvalidOperation.AttachedChildInstanceExist).
    pub grants_in_use: GrantsInUse,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            modify_inactive: ModifyInactive::default(),
            describe_default_format: DefaultFormat::default(),
            flow_log_quota: 1000,
            router_and_attachment_logs: Permission::default(),
            store_creation: Permission::default(),
            delete_without_store: Permission::default(),
            flow_log_role: Permission::default(),
            refusals_per_token: Refusals::default(),
            log_service: Service::default(),
            transit_router_service: Service::default(),
            attachment_logs: AttachmentLogs::default(),
            vpc_attachment_quota: 1000,
            vpn_router_cidr: VpnCidr::default(),
            vpn_names: VpnNames::default(),
            bandwidth_packages: BandwidthPackages::default(),
            peer_bandwidth_type: PeerBandwidth::default(),
            grants_in_use: GrantsInUse::default(),
        }
    }
}

/// One setting as people see it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// Its values, the default first; none when it is a number.
    pub values: &'static [&'static str],
    /// What it decides.
    pub doc: &'static str,
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = if self.values.is_empty() { "NUMBER".to_owned() } else { self.values.join("|") };
        write!(formatter, "{}={values}", self.key)
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
        /// `; did you mean …?`, or empty.
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
    /// Every setting, for help texts.
    pub const ALL: &[Setting] = &[
        Setting {
            key: "modify_inactive",
            values: ModifyInactive::WORDS,
            doc: "what ModifyFlowLogAttribute does to an Inactive flow log",
        },
        Setting {
            key: "describe_default_format",
            values: DefaultFormat::WORDS,
            doc: "the LogFormatString of a flow log that was made without one",
        },
        Setting { key: "flow_log_quota", values: &[], doc: "how many flow logs an account may have (1000)" },
        Setting {
            key: "router_and_attachment_logs",
            values: Permission::WORDS,
            doc: "a router's flow log beside its attachments'",
        },
        Setting {
            key: "store_creation",
            values: Permission::WORDS,
            doc: "CreateFlowlog making a missing project and logstore",
        },
        Setting {
            key: "delete_without_store",
            values: Permission::WORDS,
            doc: "deleting a flow log whose project or logstore is gone",
        },
        Setting { key: "flow_log_role", values: Permission::WORDS, doc: "making the service role for flow logs" },
        Setting {
            key: "refusals_per_token",
            values: Refusals::WORDS,
            doc: "whether a ClientToken repeats a refusal (HTTP 4xx)",
        },
        Setting { key: "log_service", values: Service::WORDS, doc: "whether Simple Log Service is activated" },
        Setting {
            key: "transit_router_service",
            values: Service::WORDS,
            doc: "whether the transit router service is activated",
        },
        Setting {
            key: "attachment_logs",
            values: AttachmentLogs::WORDS,
            doc: "how many flow logs a peer attachment, which has two routers, can have",
        },
        Setting { key: "vpc_attachment_quota", values: &[], doc: "how many VPCs a router can have (1000)" },
        Setting {
            key: "vpn_router_cidr",
            values: VpnCidr::WORDS,
            doc: "a router's address block before a VPN is attached",
        },
        Setting { key: "vpn_names", values: VpnNames::WORDS, doc: "the rule for names of VPN attachments" },
        Setting {
            key: "bandwidth_packages",
            values: BandwidthPackages::WORDS,
            doc: "whether bandwidth packages are associated with the CEN",
        },
        Setting {
            key: "peer_bandwidth_type",
            values: PeerBandwidth::WORDS,
            doc: "the BandwidthType of a peer attachment made without one",
        },
        Setting {
            key: "grants_in_use",
            values: GrantsInUse::WORDS,
            doc: "revoking the grant of a network that is attached",
        },
    ];

    /// Takes one `KEY=VALUE`.
    pub fn set(&mut self, assignment: &str) -> Result<(), SettingError> {
        let Some((key, value)) = assignment.split_once('=') else {
            return Err(SettingError::Form(assignment.to_owned()));
        };
        let Some(setting) = Self::ALL.iter().find(|setting| setting.key == key) else {
            let hint = text::nearest(key, Self::ALL.iter().map(|setting| setting.key));
            return Err(SettingError::Key {
                key: key.to_owned(),
                hint: hint.map(|near| format!("; did you mean {near}?")).unwrap_or_default(),
                known: text::list(&Self::ALL.iter().map(ToString::to_string).collect::<Vec<_>>()),
            });
        };
        let taken = match setting.key {
            "modify_inactive" => assign(&mut self.modify_inactive, ModifyInactive::parse(value)),
            "describe_default_format" => assign(&mut self.describe_default_format, DefaultFormat::parse(value)),
            "flow_log_quota" => assign(&mut self.flow_log_quota, value.parse().ok()),
            "router_and_attachment_logs" => assign(&mut self.router_and_attachment_logs, Permission::parse(value)),
            "store_creation" => assign(&mut self.store_creation, Permission::parse(value)),
            "delete_without_store" => assign(&mut self.delete_without_store, Permission::parse(value)),
            "flow_log_role" => assign(&mut self.flow_log_role, Permission::parse(value)),
            "refusals_per_token" => assign(&mut self.refusals_per_token, Refusals::parse(value)),
            "log_service" => assign(&mut self.log_service, Service::parse(value)),
            "transit_router_service" => assign(&mut self.transit_router_service, Service::parse(value)),
            "attachment_logs" => assign(&mut self.attachment_logs, AttachmentLogs::parse(value)),
            "vpc_attachment_quota" => assign(&mut self.vpc_attachment_quota, value.parse().ok()),
            "vpn_router_cidr" => assign(&mut self.vpn_router_cidr, VpnCidr::parse(value)),
            "vpn_names" => assign(&mut self.vpn_names, VpnNames::parse(value)),
            "bandwidth_packages" => assign(&mut self.bandwidth_packages, BandwidthPackages::parse(value)),
            "peer_bandwidth_type" => assign(&mut self.peer_bandwidth_type, PeerBandwidth::parse(value)),
            "grants_in_use" => assign(&mut self.grants_in_use, GrantsInUse::parse(value)),
            _ => false,
        };
        if taken {
            return Ok(());
        }
        let known = if setting.values.is_empty() { "a whole number".to_owned() } else { setting.values.join(" or ") };
        Err(SettingError::Value { key: setting.key, value: value.to_owned(), known })
    }
}

fn assign<T>(target: &mut T, value: Option<T>) -> bool {
    let Some(value) = value else { return false };
    *target = value;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_set_to_each_of_its_values() {
        for setting in Settings::ALL {
            for value in setting.values.iter().copied().chain(setting.values.is_empty().then_some("7")) {
                let mut settings = Settings::default();
                settings.set(&format!("{}={value}", setting.key)).unwrap();
                assert_eq!(settings == Settings::default(), setting.values.first() == Some(&value), "{setting}");
            }
        }
    }

    #[test]
    fn a_wrong_setting_names_what_is_known() {
        let mut settings = Settings::default();
        let unknown = settings.set("modify_inactiv=keeps").unwrap_err().to_string();
        assert!(unknown.contains("did you mean modify_inactive?") && unknown.contains("flow_log_quota=NUMBER"));
        let value = settings.set("modify_inactive=maybe").unwrap_err().to_string();
        assert_eq!(value, "The setting modify_inactive cannot be \"maybe\"; it is keeps or activates or refuses.");
        assert!(settings.set("flow_log_quota=-1").is_err());
        assert!(settings.set("flow_log_quota").is_err());
    }

    #[test]
    fn an_access_key_is_read_from_its_parts() {
        let key: AccessKey = "id:secret".parse().unwrap();
        assert_eq!((key.id.as_str(), key.account.as_str()), ("id", DEFAULT_ACCOUNT));
        let key: AccessKey = "id:secret:2000000000000002:to:ken".parse().unwrap();
        assert_eq!(key.account, "2000000000000002");
        assert_eq!(key.token.unwrap().expose(), "to:ken");
        for wrong in ["", "id", ":secret", "id:", "id:secret:12"] {
            assert!(wrong.parse::<AccessKey>().is_err(), "{wrong}");
        }
    }
}
