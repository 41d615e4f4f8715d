use super::*;

const PATH: &str = "/a/file";

fn disk(seed: u64) -> SimFs {
    let fs = SimFs::new(seed);
    fs.create_dir_all(Path::new("/a")).unwrap();
    fs
}

fn contents(fs: &SimFs) -> Option<Vec<u8>> {
    fs.read(Path::new(PATH), 1000).ok()
}

#[test]
fn a_replacement_is_whole_wherever_the_machine_stops() {
    let mut seen = BTreeSet::new();
    for seed in 0..40 {
        for stop in 1..7 {
            let fs = disk(seed);
            fs.replace(Path::new(PATH), b"old", Access::Owner).unwrap();
            fs.fail(stop, Fault::Stop);
            let done = fs.replace(Path::new(PATH), b"new", Access::Owner).is_ok();
            fs.crash();
            let found = contents(&fs).unwrap();
            assert!(found == b"new" || (found == b"old" && !done), "seed {seed}, stop {stop}: {found:?}");
            seen.insert((done, found));
        }
    }
    assert_eq!(seen.len(), 3, "both outcomes of an interrupted replacement have been seen");
}

#[test]
fn what_was_not_synced_may_be_lost_or_torn_or_kept() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let fs = disk(seed);
        fs.replace(Path::new(PATH), b"ab", Access::Owner).unwrap();
        let mut file = fs.open(Path::new(PATH)).unwrap();
        file.write(b"cd").unwrap();
        file.write(b"ef").unwrap();
        fs.crash();
        file.write(b"from before").unwrap_err();
        seen.insert(contents(&fs).unwrap());
    }
    for expected in [&b"ab"[..], b"abc", b"abcdef", b"ab\0\0ef"] {
        assert!(seen.contains(expected), "{expected:?}");
    }
    assert!(seen.iter().all(|found| found.starts_with(b"ab")));
}

#[test]
fn names_are_durable_only_with_their_folder() {
    let kept = (0..40).filter(|seed| {
        let fs = disk(*seed);
        let (temporary, mut file) = fs.temporary(Path::new(PATH), Access::Owner).unwrap();
        file.write(b"x").unwrap();
        file.sync().unwrap();
        fs.rename(&temporary, Path::new(PATH)).unwrap();
        fs.crash();
        contents(&fs).is_some()
    });
    let kept = kept.count();
    assert!((1..40).contains(&kept), "{kept}");
}

#[test]
fn a_failed_sync_is_final() {
    let lost = (0..20).any(|seed| {
        let fs = disk(seed);
        fs.replace(Path::new(PATH), b"a", Access::Owner).unwrap();
        let mut file = fs.open(Path::new(PATH)).unwrap();
        file.write(b"b").unwrap();
        fs.fail(1, Fault::DiskFull);
        assert_eq!(file.sync().unwrap_err().kind(), io::ErrorKind::StorageFull);
        file.sync().unwrap();
        fs.crash();
        contents(&fs).unwrap() == b"a"
    });
    assert!(lost, "a later success makes nothing durable");
}

#[test]
fn a_failed_sync_of_a_folder_is_final() {
    let (fs, path) = (disk(1), Path::new(PATH));
    let (temporary, mut file) = fs.temporary(path, Access::Owner).unwrap();
    file.write(b"x").unwrap();
    file.sync().unwrap();
    fs.rename(&temporary, path).unwrap();
    fs.fail(1, Fault::Denied);
    fs.sync_dir(folder_of(path)).unwrap_err();
    fs.sync_dir(folder_of(path)).unwrap();
    assert!(contents(&fs).is_some());
    fs.crash();
    assert_eq!(contents(&fs), None);
}

#[test]
fn a_folder_whose_name_could_not_be_made_durable_is_made_anew() {
    for seed in 0..20 {
        let (fs, folder) = (SimFs::new(seed), Path::new("/a/b"));
        for step in [2, 4] {
            fs.fail(step, Fault::Denied);
            fs.create_dir_all(folder).unwrap_err();
        }
        fs.create_dir_all(folder).unwrap();
        fs.replace(&folder.join("file"), b"x", Access::Owner).unwrap();
        assert_eq!(fs.remove_dir(folder).unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
        fs.crash();
        assert!(fs.exists(&folder.join("file")).unwrap(), "seed {seed}");
    }
}

#[test]
fn a_killed_process_loses_its_handles_and_nothing_else() {
    let mut seen = BTreeSet::new();
    for seed in 0..40 {
        let (fs, path) = (disk(seed), Path::new(PATH));
        fs.replace(path, b"a", Access::Owner).unwrap();
        let mut file = fs.open(path).unwrap();
        let held = fs.try_lock(Path::new("/a/lock")).unwrap().unwrap();
        file.write(b"b").unwrap();
        fs.stop();
        assert!(fs.has_stopped() && file.sync().is_err() && fs.read(path, 10).is_err());
        fs.kill();
        assert_eq!(contents(&fs).unwrap(), b"ab");
        file.write(b"from before").unwrap_err();
        drop(held);
        assert!(fs.try_lock(Path::new("/a/lock")).unwrap().is_some());
        fs.crash();
        seen.insert(contents(&fs).unwrap());
    }
    assert_eq!(seen.len(), 3, "what was not synced is as little durable as before: {seen:?}");
}

#[test]
fn what_ends_a_process_ends_no_other() {
    let (first, lock) = (disk(1), Path::new("/a/lock"));
    let second = first.beside();
    first.replace(Path::new(PATH), b"a", Access::Owner).unwrap();
    let mut file = second.open(Path::new(PATH)).unwrap();
    let held = first.try_lock(lock).unwrap().unwrap();
    assert!(second.try_lock(lock).unwrap().is_none());
    first.fail(1, Fault::DiskFull);
    file.write(b"b").unwrap();
    first.remove(Path::new(PATH)).unwrap_err();
    first.stop();
    assert!(first.has_stopped() && !second.has_stopped() && second.operations() == 3);
    assert!(second.try_lock(lock).unwrap().is_none(), "a process that has stopped may still be there");
    first.kill();
    let taken = second.try_lock(lock).unwrap().unwrap();
    drop(held);
    assert!(first.try_lock(lock).unwrap().is_none(), "a dead handle releases nothing");
    file.write(b"c").unwrap();
    assert_eq!(contents(&first).unwrap(), b"abc");
    second.crash();
    file.write(b"d").unwrap_err();
    drop(taken);
    assert!(first.try_lock(lock).unwrap().is_some());
}

#[test]
fn who_is_robbed_of_a_lock_does_not_give_it_back() {
    let (first, path) = (disk(1), Path::new(PATH));
    let second = first.beside();
    let held = first.try_lock(path).unwrap().unwrap();
    second.rob();
    let stolen = second.try_lock(path).unwrap().unwrap();
    drop(held);
    assert!(first.try_lock(path).unwrap().is_none());
    drop(stolen);
    assert!(first.try_lock(path).unwrap().is_some());
}

#[test]
fn a_full_disk_takes_half_of_a_write() {
    let fs = disk(1);
    fs.replace(Path::new(PATH), b"a", Access::Owner).unwrap();
    fs.fail(2, Fault::DiskFull);
    let mut file = fs.open(Path::new(PATH)).unwrap();
    file.write(b"bbbb").unwrap_err();
    assert_eq!(contents(&fs).unwrap(), b"abb");
    fs.fail(1, Fault::ReadOnly);
    assert_eq!(fs.remove(Path::new(PATH)).unwrap_err().kind(), io::ErrorKind::ReadOnlyFilesystem);
    fs.fail(1, Fault::Denied);
    assert_eq!(fs.create_dir(Path::new("/b")).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
}

#[test]
fn a_link_keeps_what_its_first_name_had() {
    let (fs, second) = (disk(1), Path::new("/a/second"));
    fs.replace(Path::new(PATH), b"old", Access::Owner).unwrap();
    fs.link(Path::new(PATH), second).unwrap();
    fs.link(Path::new(PATH), second).unwrap_err();
    fs.sync_dir(Path::new("/a")).unwrap();
    fs.replace(Path::new(PATH), b"new", Access::Owner).unwrap();
    fs.crash();
    assert_eq!((contents(&fs).unwrap(), fs.read(second, 10).unwrap()), (b"new".to_vec(), b"old".to_vec()));
}

#[test]
fn locks_end_with_their_handle_or_a_crash() {
    let fs = disk(1);
    let path = Path::new(PATH);
    let held = fs.try_lock(path).unwrap().unwrap();
    assert!(fs.try_lock(path).unwrap().is_none());
    fs.crash();
    let again = fs.try_lock(path).unwrap().unwrap();
    drop(held);
    assert!(fs.try_lock(path).unwrap().is_none(), "a dead handle releases nothing");
    drop(again);
    let held = fs.try_lock(path).unwrap();
    fs.remove(path).unwrap();
    assert!(held.is_some() && fs.try_lock(path).unwrap().is_some(), "the lock is on the file, not on the path");
}
