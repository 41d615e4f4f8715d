//! A life of one run in which nothing goes wrong: what lives that are aimed at something begin from.

use super::story::{Cloud, End, Step, Story};

/// All kinds, and all types of attachments.
pub(super) const STACK: &str = r"
version: 1
provider: { region: cn-hangzhou, settle_window: 10s }
cens: { c: { name: c, description: one, tags: { team: net } } }
transit_routers:
  hz: { cen: c, name: hz, cidrs: [ { cidr: 10.255.0.0/24 } ] }
  sh: { cen: c, name: sh, region: cn-shanghai }
attachments:
  vpc:
    type: vpc
    transit_router: hz
    vpc_id: vpc-bp1h8vbrbcgohcju5abcd
    zone_mappings: [ { zone_id: cn-hangzhou-h, vswitch_id: vsw-bp1h8vbrbcgohcju5abcd } ]
  vbr: { type: vbr, transit_router: hz, vbr_id: vbr-bp1h8vbrbcgohcju5abcd }
  vpn: { type: vpn, transit_router: hz, vpn_id: vco-bp1h8vbrbcgohcju5abcd }
  ecr: { type: ecr, transit_router: hz, ecr_id: ecr-bp1h8vbrbcgohcju5abcd }
  peer: { type: peer, transit_router: hz, peer: sh, bandwidth: 100, bandwidth_type: DataTransfer }
log_projects: { p: { name: netflow-7f3a, tags: { team: net } } }
logstores: { l: { project: p, name: tr-flow, ttl: 7, index: flow_log } }
flow_logs:
  f: { transit_router: hz, attachment: vpc, logstore: l, name: f, interval: 60, tags: { team: net } }
";

/// Objects come about slowly enough for a commit in the middle of the run.
const SETTLE_MS: u64 = 6000;

/// The life; `seed` decides what a disk loses.
pub(super) fn calm(seed: u64) -> Story {
    let step = Step {
        stack: STACK.to_owned(),
        destroy: false,
        faults: Vec::new(),
        end: End::Own,
        power_fails: false,
        restart: false,
        pause_s: 0,
        restart_at: None,
        stranger_at: None,
        beside: None,
    };
    let cloud = Cloud { seed, settle_ms: SETTLE_MS, stale_ms: 0, write_domains: false, page_given: None };
    Story { cloud, steps: vec![step] }
}
