//! What is done to a state by hand, and what stops it.

use super::*;
use crate::state::edit;

fn backups(fs: &SimFs) -> Vec<(String, String)> {
    let folder = format!("{OWN}/backups");
    let names = fs.list(Path::new(&folder)).unwrap();
    names.into_iter().map(|name| (name.clone(), text(fs, &format!("{folder}/{name}")))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_push_keeps_what_was_there_and_is_the_way_back_from_damage() {
    let (fs, backend) = simulated(1);
    let held = lock(&backend, "a").await;
    held.commit(&state(1), 0, &[], &[]).await.unwrap();
    held.append(&[entry("a")]).await.unwrap();
    held.push(&state(1)).await.unwrap();
    let kept = backups(&fs);
    let folded = file::decode(kept[0].1.as_bytes(), "").unwrap();
    assert_eq!((kept.len(), folded.resources.len()), (1, 1), "the journal is folded onto what is kept");
    drop(held);

    for damaged in [STATE, "/stack/.cenform/cenform.state.json/journal"] {
        let held = lock(&backend, "b").await;
        held.append(&[begin(held.load().await.unwrap().state.serial), entry("b")]).await.unwrap();
        held.append(&[entry("c")]).await.unwrap();
        drop(held);
        let was = text(&fs, damaged);
        put(&fs, damaged, was.replacen("\"serial\"", "", 1).as_bytes());
        let refused = backend.load().await.unwrap_err();
        let whole = match &refused {
            StateError::Damaged { whole: Some(whole), .. } => whole.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(whole == STATE, damaged != STATE, "{whole}");
        let remains = backend.remains().await.unwrap();
        assert!(remains.damage.is_some() && remains.resources.len() >= usize::from(damaged == STATE), "{remains:?}");

        let held = lock(&backend, "c").await;
        let serial = held.push(&file::decode(text(&fs, &whole).as_bytes(), "").unwrap()).await.unwrap();
        assert_eq!(held.load().await.unwrap().state.serial, serial);
        let kept = backups(&fs);
        assert!(kept.iter().any(|(name, _)| name.ends_with("-state.damaged")), "{kept:?}");
        assert!(kept.iter().any(|(name, _)| name.ends_with("-journal.damaged")), "{kept:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_that_is_stopped_anywhere_loses_nothing_and_can_be_pushed_again() {
    for lineage in ["lineage", "other"] {
        for stop in 1.. {
            let (fs, backend) = simulated(stop);
            let held = lock(&backend, "a").await;
            held.commit(&state(1), 0, &[], &[]).await.unwrap();
            held.append(&[entry("a")]).await.unwrap();
            fs.fail(stop, Fault::Stop);
            let pushed = State { lineage: lineage.to_owned(), ..state(1) };
            let finished = held.push(&pushed).await.is_ok();
            fs.crash();
            let at = format!("{lineage}, {stop}");
            let found = backend.load().await;
            let is_old = found.as_ref().is_ok_and(|loaded| names(loaded) == ["a"]);
            let kept = backups(&fs)
                .iter()
                .any(|(_, text)| file::decode(text.as_bytes(), "").is_ok_and(|state| state.resources.len() == 1));
            assert!(is_old || kept, "{at}: {found:?}");
            let held = lock(&backend, "b").await;
            held.push(&pushed).await.unwrap();
            let loaded = held.load().await.unwrap();
            assert_eq!((loaded.state.lineage.as_str(), names(&loaded)), (lineage, vec![]), "{at}");
            if finished {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_by_hand_is_whole_or_not_at_all_wherever_it_is_stopped() {
    let (mut before, mut after) = (0, 0);
    for stop in 1.. {
        let (fs, backend) = simulated(stop);
        let held = lock(&backend, "a").await;
        held.commit(&state(1), 0, &[], &[]).await.unwrap();
        held.append(&[entry("a"), entry("b"), Record::Intent(samples::intent(1))]).await.unwrap();
        let mut loaded = held.load().await.unwrap();
        edit::rename(&mut loaded, &samples::address("cen.a"), &samples::address("cen.c")).unwrap();
        fs.fail(stop, Fault::Stop);
        let finished = edit::write(&*held, loaded).await.is_ok();
        fs.crash();
        let found = backend.load().await.unwrap_or_else(|error| panic!("{stop}: {error}"));
        assert_eq!(found.open, [samples::intent(1)], "{stop}");
        match names(&found).as_slice() {
            ["a", "b"] => before += 1,
            ["b", "c"] => after += 1,
            other => panic!("{stop}: {other:?}"),
        }
        if finished {
            break;
        }
    }
    assert!(before > 0 && after > 1, "{before}, {after}");
}
