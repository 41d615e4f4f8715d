//! A small cloud for tests: calls in a line, and time that passes when told to.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::Params;
use super::sls::call::Call as SlsCall;
use super::state::{Rules, World};
use crate::emulator::message::Refusal;
use crate::emulator::options::{DEFAULT_ACCOUNT, Settings};

/// A world, a caller and a clock.
pub(super) struct Cloud {
    pub(super) world: World,
    account: String,
    now: Timestamp,
}

impl Cloud {
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(super) fn with(settings: Settings) -> Self {
        Self::of(Rules { settle: Duration::from_millis(200), seed: 7, settings, ..Rules::default() })
    }

    pub(super) fn of(rules: Rules) -> Self {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        Self { world: World::new(rules), account: DEFAULT_ACCOUNT.to_owned(), now }
    }

    pub(super) fn as_account(&mut self, account: &str) {
        account.clone_into(&mut self.account);
    }

    /// Lets everything settle.
    pub(super) fn wait(&mut self) {
        self.pass(Duration::from_millis(200));
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    pub(super) fn call(&mut self, action: &str, params: &[(&str, &str)]) -> Result<Map<String, Json>, Refusal> {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.world.rpc(&self.account, action, &Params::new(params), self.now)
    }

    #[track_caller]
    pub(super) fn ok(&mut self, action: &str, params: &[(&str, &str)]) -> Json {
        Json::Object(self.call(action, params).unwrap_or_else(|refusal| panic!("{action}: {refusal:?}")))
    }

    #[track_caller]
    pub(super) fn refused(&mut self, action: &str, params: &[(&str, &str)]) -> (u16, String) {
        match self.call(action, params) {
            Ok(answer) => panic!("{action} {params:?} was not refused: {answer:?}"),
            Err(refusal) => (refusal.status, refusal.code.into_owned()),
        }
    }

    #[track_caller]
    pub(super) fn code(&mut self, action: &str, params: &[(&str, &str)]) -> String {
        self.refused(action, params).1
    }

    #[track_caller]
    pub(super) fn ok_owned(&mut self, action: &str, params: &[(&str, String)]) -> Json {
        self.ok(action, &params.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    }

    #[track_caller]
    pub(super) fn code_owned(&mut self, action: &str, params: &[(&str, String)]) -> String {
        self.code(action, &params.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    }

    /// An SLS call in cn-hangzhou: status, and the body as JSON.
    pub(super) fn sls(&mut self, project: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
        self.sls_in("cn-hangzhou", project, method, path, body)
    }

    pub(super) fn sls_in(&mut self, region: &str, project: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = query.split('&').filter_map(|part| part.split_once('='));
        let call = SlsCall {
            account: &self.account,
            now: self.now,
            region: Some(region),
            project: Some(project).filter(|project| !project.is_empty()),
            method,
            path,
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: &if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        match self.world.sls_as_listed(&call) {
            Ok(body) => (200, body.unwrap_or_default()),
            Err(refusal) => (refusal.status, json!(refusal.code)),
        }
    }

    /// An Active CEN.
    pub(super) fn cen(&mut self) -> String {
        let id = self.ok("CreateCen", &[])["CenId"].as_str().unwrap().to_owned();
        self.wait();
        id
    }

    /// An Active router in cn-hangzhou: CEN, router.
    pub(super) fn router(&mut self) -> (String, String) {
        let cen = self.cen();
        let id = self.router_in(&cen, "cn-hangzhou");
        (cen, id)
    }

    /// Another Active router, with an address block.
    pub(super) fn router_in(&mut self, cen: &str, region: &str) -> String {
        let params = [("CenId", cen), ("RegionId", region), ("TransitRouterCidrList", r#"[{"Cidr": "10.0.0.0/24"}]"#)];
        let id = self.ok("CreateTransitRouter", &params)["TransitRouterId"].as_str().unwrap().to_owned();
        self.wait();
        id
    }

    /// Two Active routers and what joins them: CEN, router in cn-hangzhou, router in cn-shanghai, attachment.
    pub(super) fn peers(&mut self) -> [String; 4] {
        let (cen, here) = self.router();
        let there = self.router_in(&cen, "cn-shanghai");
        let line = [("BandwidthType", "DataTransfer"), ("Bandwidth", "100")];
        let params = [("TransitRouterId", here.as_str()), ("PeerTransitRouterId", there.as_str()), line[0], line[1]];
        let made = self.ok("CreateTransitRouterPeerAttachment", &params);
        self.wait();
        [cen, here, there, made["TransitRouterAttachmentId"].as_str().unwrap().to_owned()]
    }

    /// An Attached VPC (vpc-app): CEN, router, attachment.
    pub(super) fn attachment(&mut self) -> (String, String, String) {
        let (cen, router) = self.router();
        let id = self.attach(&router, "vpc-app");
        (cen, router, id)
    }

    /// Another Attached VPC.
    pub(super) fn attach(&mut self, router: &str, vpc: &str) -> String {
        let zone = [("ZoneMappings.1.ZoneId", "cn-hangzhou-h"), ("ZoneMappings.1.VSwitchId", "vsw-app")];
        let params = [("TransitRouterId", router), ("VpcId", vpc), zone[0], zone[1]];
        let answer = self.ok("CreateTransitRouterVpcAttachment", &params);
        self.wait();
        answer["TransitRouterAttachmentId"].as_str().unwrap().to_owned()
    }

    /// An Active flow log in the one CEN that there is.
    pub(super) fn flow_log(&mut self, params: &[(&str, &str)]) -> String {
        let cen = self.world.cens.keys().next().unwrap().clone();
        let base = [("RegionId", "cn-hangzhou"), ("CenId", cen.as_str())];
        let params: Vec<_> = base.iter().chain(params).copied().collect();
        let id = self.ok("CreateFlowlog", &params)["FlowLogId"].as_str().unwrap().to_owned();
        self.wait();
        id
    }

    pub(super) fn router_status(&mut self, id: &str) -> Option<String> {
        let listed = self.ok("ListTransitRouters", &[("TransitRouterId", id)]);
        listed["TransitRouters"][0]["Status"].as_str().map(str::to_owned)
    }
}
