//! What an operation costs on the disk: as much in a large stack as in a small one.
//!
//! `CENFORM_RESOURCES` says how many resources the large one has.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cenform::base::env::Environment;
use cenform::base::fs::{Access, File, FileLock, Fs};
use cenform::base::sim_fs::SimFs;
use cenform::emulator::options::Options;

use super::engine::bench::{Bench, Ended, Ports};

/// The resources of the small stack, and those of the large one where nothing is said.
const RESOURCES: (u64, u64) = (100, 2000);

/// What was written and made durable so far.
#[derive(Default)]
struct Meter {
    bytes: AtomicU64,
    syncs: AtomicU64,
}

impl Ports for Arc<Meter> {
    fn fs(&self, fs: Arc<dyn Fs>) -> Arc<dyn Fs> {
        Arc::new(Metered { fs, meter: self.clone() })
    }
}

/// Files that are counted.
struct Metered<T> {
    fs: T,
    meter: Arc<Meter>,
}

impl Metered<Arc<dyn Fs>> {
    fn metered(&self, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(Metered { fs: file, meter: self.meter.clone() })
    }
}

impl File for Metered<Box<dyn File>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.meter.bytes.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        self.fs.write(bytes)
    }

    // Nothing is lost here, so nothing need be kept: a simulated disk copies what it keeps.
    fn sync(&mut self) -> io::Result<()> {
        self.meter.syncs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Fs for Metered<Arc<dyn Fs>> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.fs.read(path, limit)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.fs.exists(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.fs.list(folder)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.fs.real(path)
    }

    fn create_dir(&self, folder: &Path) -> io::Result<()> {
        self.fs.create_dir(folder)
    }

    fn temporary(&self, beside: &Path, access: Access) -> io::Result<(PathBuf, Box<dyn File>)> {
        self.fs.temporary(beside, access).map(|(path, file)| (path, self.metered(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.fs.open(path).map(|file| self.metered(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.fs.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.fs.remove(path)
    }

    fn remove_dir(&self, folder: &Path) -> io::Result<()> {
        self.fs.remove_dir(folder)
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        self.meter.syncs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        self.fs.try_lock(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.fs.link(from, to)
    }
}

/// What the operations of a plan cost.
struct Cost {
    operations: u64,
    bytes: u64,
    syncs: u64,
}

impl Cost {
    /// Whether each operation costs at most 1.2 times what it costs there.
    fn is_near(&self, other: &Self) -> bool {
        let near = |here: u64, there: u64| 10 * here * other.operations <= 12 * there * self.operations;
        near(self.bytes, other.bytes) && near(self.syncs, other.syncs)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, bytes, syncs } = self;
        let hundredths = 100 * syncs / operations;
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        write!(f, "{operations} operations, {} bytes and {whole}.{rest:02} syncs each", bytes / operations)
    }
}

/// A router with attachments, each of them logged: as many resources as asked for, which is an even number. What was
/// written is remembered as long as on a real account (S6).
fn stack(resources: u64, interval: u64) -> String {
    let (mut attachments, mut logs) = (String::new(), String::new());
    for number in 0..resources / 2 - 2 {
        let id = format!("bp1h8vbrbcgohc{number:06}");
        let zone = format!("{{ zone_id: cn-hangzhou-h, vswitch_id: vsw-{id} }}");
        writeln!(
            attachments,
            "  a{number:06}: {{ type: vpc, transit_router: hz, vpc_id: vpc-{id}, zone_mappings: [ {zone} ] }}"
        )
        .unwrap();
        writeln!(logs, "  a{number:06}: {{ attachment: a{number:06}, logstore: tr, interval: {interval} }}").unwrap();
    }
    format!(
        "version: 1\nprovider: {{ region: cn-hangzhou, settle_window: 60s }}\ncens: {{ backbone: {{}} }}\n\
         transit_routers: {{ hz: {{ cen: backbone }} }}\nattachments:\n{attachments}\
         log_projects: {{ netflow: {{ name: netflow-7f3a }} }}\n\
         logstores: {{ tr: {{ project: netflow, name: tr-flow, ttl: 180 }} }}\nflow_logs:\n{logs}"
    )
}

/// What creating, changing and deleting a stack costs.
async fn costs(resources: u64) -> [Cost; 3] {
    let mut options = Options::default();
    for quota in ["flow_log_quota=1000000", "vpc_attachment_quota=1000000"] {
        options.settings.set(quota).unwrap();
    }
    let meter = Arc::new(Meter::default());
    let bench = Bench::on_disk(&options, SimFs::new(1), Arc::new(meter.clone()));
    let cost = |ended: Ended| Cost {
        operations: ended.complete().operations.len() as u64,
        bytes: meter.bytes.swap(0, Ordering::SeqCst),
        syncs: meter.syncs.swap(0, Ordering::SeqCst),
    };
    [
        cost(bench.apply(&stack(resources, 60)).await),
        cost(bench.apply(&stack(resources, 600)).await),
        cost(bench.destroy(&stack(resources, 600)).await),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_operation_costs_as_much_in_a_large_stack_as_in_a_small_one() {
    let said = Environment::of_process().get("CENFORM_RESOURCES").map(|text| text.parse().unwrap());
    let (few, many) = (RESOURCES.0, said.unwrap_or(RESOURCES.1));
    let (small, large) = (costs(few).await, costs(many).await);
    for (what, (small, large)) in ["creating", "changing", "deleting"].into_iter().zip(small.iter().zip(&large)) {
        println!("{what} of {few} resources: {small}; of {many}: {large}");
        assert!(small.operations > 40 && large.is_near(small), "{what} costs {small}, and {large}");
    }
}
