//! The life of one stack: edits, applies that are killed, and times at which everything must be as it should.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use cenform::base::fs::{Access, Fs as _, OsFs};
use cenform::cloud::Api as _;
use cenform::cloud::request::{Product, Rpc};
use regex::Regex;
use serde_json::{Value as Json, json};

use super::fleet::Fleet;
use super::process::{Moment, Process, Ran};
use crate::suite::server::Server;
use crate::suite::shell::{self, flat};
use crate::suite::sim::dice::Dice;

/// What the kills of a life hit, and what it came to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Kills of a run that had not begun to change anything.
    pub(super) before: usize,
    /// Kills of a run that had begun something and not ended all.
    pub(super) during: usize,
    /// Kills of a run that had ended all and was writing its state.
    pub(super) after: usize,
    /// Calls whose outcome was unknown after a kill.
    pub(super) unknown: usize,
    /// Deeds that were ended.
    pub(super) deeds: usize,
    /// Kills with another apply at the door.
    pub(super) pairs: usize,
    /// Objects that a person was asked about.
    pub(super) questions: usize,
    /// How often the world was held against the state.
    pub(super) rests: usize,
}

impl Tally {
    pub(super) fn kills(&self) -> usize {
        self.before + self.during + self.after
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.before += other.before;
        self.during += other.during;
        self.after += other.after;
        self.unknown += other.unknown;
        self.deeds += other.deeds;
        self.pairs += other.pairs;
        self.questions += other.questions;
        self.rests += other.rests;
    }
}

/// How a cloud is unkind.
struct Weather {
    stale: bool,
    domains: bool,
    faults: bool,
}

/// A stack, its folder and its cloud.
pub(super) struct Life<'a> {
    dice: Dice,
    server: Server,
    folder: &'a Path,
    weather: Weather,
    fleet: Fleet,
    /// What the stack declares now.
    declared: BTreeSet<String>,
    /// Whether the stack is to be destroyed.
    destroying: bool,
    pub(super) tally: Tally,
    /// What happened, a line a step.
    pub(super) log: Vec<String>,
}

impl<'a> Life<'a> {
    pub(super) fn new(seed: u64, folder: &'a Path) -> Self {
        let dice = Dice::new(seed);
        let weather = Weather { stale: dice.chance(0.25), domains: dice.chance(0.15), faults: dice.chance(0.3) };
        let mut options = vec!["--settle", dice.one_of(&["20ms", "20ms", "200ms"]), "--latency", "1ms"];
        if weather.stale {
            options.extend(["--stale", "300ms"]);
        }
        if weather.domains {
            options.push("--write-domains");
        }
        // One change at a time takes its time.
        let spokes = 22 + dice.below(if weather.domains { 10 } else { 70 });
        let fleet = Fleet::new(spokes, dice.chance(0.5), if weather.stale { "1s" } else { "0s" });
        let server = Server::start(&options);
        let log = vec![format!("{options:?}, faults: {}, {spokes} spokes", weather.faults)];
        let (declared, tally) = (BTreeSet::new(), Tally::default());
        Self { dice, server, folder, weather, fleet, declared, destroying: false, tally, log }
    }

    /// Lives on until as many runs have been killed, and comes to rest.
    pub(super) fn live(&mut self, kills: usize) -> anyhow::Result<()> {
        self.edit();
        for _ in 0..4 * kills {
            if self.tally.kills() >= kills {
                break;
            }
            self.step()?;
            if self.dice.chance(0.15) {
                self.rest()?;
            }
        }
        ensure!(self.tally.kills() >= kills, "so many runs have ended before they could be killed");
        self.rest()?;
        self.destroying = false;
        self.rest()
    }

    fn edit(&mut self) {
        self.fleet.edit(&self.dice);
        let (yaml, declared) = self.fleet.write(&self.dice);
        self.declared = declared;
        OsFs.replace(&self.folder.join("cenform.yaml"), yaml.as_bytes(), Access::Umask).unwrap();
        self.log.push(format!("edited: {} resources", self.declared.len()));
    }

    fn line(&self, command: &str) -> String {
        format!("cenform {command} --endpoint {}", self.server.url())
    }

    /// The command that makes of the world what it should be.
    fn command(&self) -> &'static str {
        if self.destroying { "destroy --auto-approve" } else { "apply --auto-approve --allow-data-loss" }
    }

    /// One run that is killed, if it does not end before.
    fn step(&mut self) -> anyhow::Result<()> {
        if self.dice.chance(0.6) {
            self.edit();
        }
        self.destroying = self.dice.chance(if self.destroying { 0.6 } else { 0.1 });
        let mut wanted = self.planned()?;
        // A run that has nothing to do is killed, too, but not often.
        if wanted == 0 && self.dice.chance(0.8) {
            self.destroying = false;
            self.edit();
            wanted = self.planned()?;
        }
        let then = Duration::from_micros(self.dice.below(20_000));
        let moment = match self.dice.below(8) {
            0 => Moment { said: 0, then: then * 4 },
            1 => Moment { said: 2 * wanted, then: then / 2 },
            _ => Moment { said: usize::try_from(self.dice.below(2 * wanted as u64 + 1))?, then },
        };
        if self.weather.faults {
            self.server.faults(&json!([
                { "action": "*", "probability": self.dice.up_to(0.03), "then": "drop_reply" },
                { "action": "*", "probability": self.dice.up_to(0.03), "then": "drop_request" },
                { "action": "*", "probability": self.dice.up_to(0.02), "then": { "throttle": true } },
                { "action": "*", "probability": self.dice.up_to(0.02), "then": { "error": "InternalError", "http": 500 } },
            ]));
        }
        let command = format!("{} --parallelism {}", self.command(), self.dice.one_of(&[10, 40, 100]));
        let run = Process::start(&self.line(&command), self.folder);
        let other = self.dice.chance(0.15).then(|| {
            let patience = self.dice.one_of(&["0s", "1m"]);
            Process::start(&self.line(&format!("{command} --lock-timeout {patience}")), self.folder)
        });
        let ran = run.kill_at(moment);
        self.log.push(format!("{command}: {wanted} wanted, {} begun, {} ended, {moment:?}", ran.begun, ran.ended));
        match &ran {
            Ran { code: Some(_), .. } => {}
            Ran { begun: 0, .. } => self.tally.before += 1,
            Ran { ended, .. } if *ended >= wanted => self.tally.after += 1,
            _ => self.tally.during += 1,
        }
        self.tally.pairs += usize::from(ran.code.is_none() && other.is_some());
        self.judge(&ran)?;
        if let Some(other) = other {
            self.judge(&other.wait())?;
        }
        self.server.faults(&json!([]));
        self.state().map(drop)
    }

    /// How many deeds a plan has. It can be made whatever a killed run has left.
    fn planned(&mut self) -> anyhow::Result<usize> {
        let command = if self.destroying { "plan --destroy" } else { "plan --allow-data-loss" };
        let text = self.run(command)?;
        let unknown = Regex::new(r"(\d+) outcomes? unknown")?;
        if let Some(found) = unknown.captures(&text) {
            self.tally.unknown += found[1].parse::<usize>()?;
        }
        let summary = Regex::new(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")?;
        let Some(found) = summary.captures(&text) else { return Ok(0) };
        (1..=3).map(|group| Ok(found[group].parse::<usize>()?)).sum()
    }

    /// What a command says that must succeed.
    fn run(&self, command: &str) -> anyhow::Result<String> {
        let ended = shell::run(&self.line(command), self.folder);
        ensure!(ended.code == 0, "{command} ended with {}:\n{}", ended.code, ended.text);
        Ok(ended.text)
    }

    /// Whether a run that was not killed may end so: done, or kept from it by somebody else's lock, by a question, or by a
    /// cloud that answers nothing for too long.
    fn judge(&mut self, ran: &Ran) -> anyhow::Result<()> {
        self.tally.deeds += ran.ended;
        let Some(code) = ran.code else { return Ok(()) };
        self.log.push(format!("ended with {code}"));
        let may = code == 0
            || code == 4
            || code == 3 && is_question(&ran.said)
            || self.weather.faults && matches!(code, 1 | 3);
        ensure!(may, "a run ended with {code}:\n{}", ran.said);
        Ok(())
    }

    /// The state with its journal, which can be read whenever.
    fn state(&self) -> anyhow::Result<Json> {
        let text = shell::run("cenform show --json", self.folder);
        ensure!(text.code == 0, "the state cannot be read:\n{}", text.text);
        Ok(serde_json::from_str(&text.text)?)
    }

    /// Goes on to the end, as a person would who answers what is asked, and holds the world against the state.
    fn rest(&mut self) -> anyhow::Result<()> {
        let command = format!("{} --parallelism 100", self.command());
        let mut asked = 0;
        loop {
            let ran = Process::start(&self.line(&command), self.folder).wait();
            self.tally.deeds += ran.ended;
            match ran.code {
                Some(0) => break,
                Some(3) if is_question(&ran.said) && asked < 3 => self.answer(&ran.said)?,
                code => bail!("{command} ended with {code:?} and nothing in its way:\n{}", ran.said),
            }
            asked += 1;
        }
        self.tally.rests += 1;
        self.log.push("at rest".to_owned());
        self.compare()?;
        if self.destroying {
            return Ok(());
        }
        let plan = shell::run(&self.line("plan --detailed-exitcode"), self.folder);
        ensure!(plan.code == 0, "a plan after a whole apply ended with {}:\n{}", plan.code, plan.text);
        Ok(())
    }

    /// Deletes the objects that are asked about, as the question says.
    fn answer(&mut self, question: &str) -> anyhow::Result<()> {
        let ids = Regex::new("cen-[0-9a-z]{18}")?;
        let ids: BTreeSet<&str> = ids.find_iter(question).map(|found| found.as_str()).collect();
        ensure!(!ids.is_empty(), "a question that is not about a CEN:\n{question}");
        let runtime = tokio::runtime::Runtime::new()?;
        for id in ids {
            self.log.push(format!("asked about {id}"));
            self.tally.questions += 1;
            let delete = Rpc::write(Product::Cbn, "DeleteCen").param("CenId", id);
            let client = self.server.client();
            runtime.block_on(client.call(&delete.into())).with_context(|| format!("the delete of {id}"))?;
        }
        std::thread::sleep(Duration::from_millis(500));
        Ok(())
    }

    /// What is declared, what the state has and what is in the world are the same, each once.
    fn compare(&self) -> anyhow::Result<()> {
        let state = self.state()?;
        let resources = state["resources"].as_array().context("resources")?;
        let text = |item: &Json, field: &str| item[field].as_str().unwrap_or_default().to_owned();
        let addresses: BTreeSet<String> = resources.iter().map(|entry| text(entry, "address")).collect();
        let declared = if self.destroying { BTreeSet::new() } else { self.declared.clone() };
        ensure!(addresses == declared, "the state has {addresses:?}\nand declared are {declared:?}");
        for entry in resources {
            ensure!(entry["status"] == "settled" && entry["deposed"] == json!([]), "not settled: {entry}");
        }
        let mut known: Vec<String> = resources.iter().map(|entry| text(entry, "id")).collect();
        let world = self.server.ask("world");
        let list = |of: &Json, list: &str| of[list].as_array().cloned().unwrap_or_default();
        let mut there = Vec::new();
        for (name, field) in [
            ("Cens", "CenId"),
            ("TransitRouters", "TransitRouterId"),
            ("TransitRouterAttachments", "TransitRouterAttachmentId"),
            ("FlowLogs", "FlowLogId"),
        ] {
            there.extend(list(&world, name).iter().map(|item| text(item, field)));
        }
        for project in list(&world, "Projects") {
            let name = text(&project, "projectName");
            there.extend(
                list(&project, "logstores").iter().map(|store| format!("{name}/{}", text(store, "logstoreName"))),
            );
            there.push(name);
        }
        known.sort();
        there.sort();
        let only = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|id| !those.contains(id)).cloned().collect()
        };
        ensure!(
            known == there,
            "only in the state: {:?}\nonly in the world: {:?}",
            only(&known, &there),
            only(&there, &known)
        );
        let left = OsFs.list(self.folder)?;
        ensure!(left.iter().all(|name| !name.contains(".tmp-")), "{left:?}");
        Ok(())
    }
}

fn is_question(said: &str) -> bool {
    flat(said).contains("Nobody knows what became of a create")
}
