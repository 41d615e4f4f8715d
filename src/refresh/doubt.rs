//! Reads that contradict what was acknowledged a moment ago are not believed at once (S6).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::batch::{self, Scope};
use crate::cloud::error::CloudError;
use crate::kinds::clouds::Clouds;
use crate::kinds::compare::{differing, without_ignored};
use crate::kinds::registry;
use crate::kinds::schema::Type;
use crate::model::address::Kind;
use crate::model::event::{Event, Lag};
use crate::model::object::Object;
use crate::model::stack::{IgnoreTags, Provider};
use crate::model::value::{Attributes, Value};
use crate::state::journal::Wrote;
use crate::state::{EntryStatus, Loaded};

/// The pause before an object is looked at again.
pub const AGAIN: Duration = Duration::from_secs(1);

/// The pause until the next look at what does not show itself yet: half of what has been waited (S6).
pub fn growing(waited: Duration) -> Duration {
    (waited / 2).clamp(AGAIN, AGAIN * 10)
}

/// A wait for what does not show itself yet, which is spoken of once if it takes longer than a moment.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    since: Instant,
    tell: &'a (dyn Fn(Event) + Sync),
    told: bool,
}

impl<'a> Patience<'a> {
    /// A wait that has begun at `since`.
    pub fn since(since: Instant, tell: &'a (dyn Fn(Event) + Sync)) -> Self {
        Self { since, tell, told: false }
    }

    /// The pause until the next look, where the wait ends `left` from now.
    pub fn pause(&mut self, left: Duration, lag: impl FnOnce() -> Lag) -> Duration {
        let waited = self.since.elapsed();
        if !self.told && waited >= AGAIN && left > AGAIN {
            self.told = true;
            let at_most = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
            (self.tell)(Event::LookingAgain { lag: lag(), at_most });
        }
        left.min(growing(waited))
    }
}

/// What was acknowledged within `provider.settle_window`, and until when reads that contradict it are doubted.
#[derive(Clone)]
pub struct Doubts<'a> {
    written: BTreeMap<(Kind, String), Written>,
    /// What calls were sent about whose outcome is not known, or what was written is not: how a list shows it tells
    /// nothing of them.
    unknown: BTreeSet<(Kind, String)>,
    ignore_tags: IgnoreTags,
    tell: &'a (dyn Fn(Event) + Sync),
}

/// All that was written of one object.
#[derive(Debug, Clone)]
struct Written {
    until: Instant,
    gone: bool,
    attributes: Attributes,
}

impl<'a> Doubts<'a> {
    /// What the writes of `loaded`, in their order, leave to doubt at `now`. `tell` hears of what is waited for.
    pub fn new(loaded: &Loaded, now: Timestamp, provider: &Provider, tell: &'a (dyn Fn(Event) + Sync)) -> Self {
        let window = provider.settle_window(loaded.state.emulator);
        let going = loaded.state.resources.values().flat_map(|entry| {
            let itself = (entry.status == EntryStatus::Deleting).then_some(&entry.id);
            let old = entry.deposed.iter().filter(|old| old.deleting).map(|old| &old.id);
            itself.into_iter().chain(old).map(|id| (entry.kind, id.clone()))
        });
        let open = loaded.open.iter().filter_map(|intent| Some((intent.address.kind, intent.id.clone()?)));
        let mut doubts = Self::of_writes(&loaded.recent, now, window, tell);
        doubts.unknown.extend(going.chain(open));
        doubts.ignore_tags = provider.ignore_tags.clone();
        doubts
    }

    /// The same for a run's own writes, whose tags nobody asks about.
    pub fn of_writes(recent: &[Wrote], now: Timestamp, window: Duration, tell: &'a (dyn Fn(Event) + Sync)) -> Self {
        let begun = Instant::now();
        let mut doubts =
            Self { written: BTreeMap::new(), unknown: BTreeSet::new(), ignore_tags: IgnoreTags::default(), tell };
        for wrote in recent.iter().filter(|wrote| !wrote.left(window, now).is_zero()) {
            let fresh = || Written { until: begun, gone: wrote.gone, attributes: Attributes::new() };
            let written = doubts.written.entry((wrote.address.kind, wrote.id.clone())).or_insert_with(fresh);
            // A name that was given up may have been taken again.
            if written.gone != wrote.gone {
                written.attributes.clear();
            }
            written.gone = wrote.gone;
            written.until = begun + wrote.left(window, now);
            if !wrote.gone && wrote.attributes.is_empty() {
                doubts.unknown.insert((wrote.address.kind, wrote.id.clone()));
            }
            written.attributes.extend(wrote.attributes.clone());
        }
        doubts
    }

    /// Looks again, by exact id and with growing pauses, at all objects of a scope at once whose reads contradict what
    /// was written, until each agrees or its window ends; and once at those with a call whose outcome is not known.
    /// `known` is what is known of their attributes; what is not in it is known as it is shown.
    pub async fn confirm(
        &self,
        clouds: &Clouds,
        scope: &Scope,
        known: &BTreeMap<&str, &Attributes>,
        mut shown: BTreeMap<String, Option<Object>>,
    ) -> Result<BTreeMap<String, Option<Object>>, CloudError> {
        let none = Attributes::new();
        let untold: Vec<(String, Attributes)> = shown
            .iter()
            .filter(|(id, _)| self.unknown.contains(&(scope.kind, (*id).clone())))
            .filter_map(|(id, object)| {
                let at_rest = object.as_ref().filter(|object| object.settled)?;
                Some((id.clone(), known.get(id.as_str()).copied().unwrap_or(&at_rest.attributes).clone()))
            })
            .collect();
        let wanted = untold.iter().map(|(id, attributes)| (id.as_str(), attributes));
        shown.extend(batch::read_each(clouds, scope, wanted).await?);
        let mut patience = Patience::since(Instant::now(), self.tell);
        // A list may show as on its way what has come to rest since.
        let mut doubtful: BTreeMap<String, (&Written, Attributes)> = shown
            .iter()
            .filter_map(|(id, object)| {
                let written = self.of(scope.kind, id)?;
                let restless = object.as_ref().is_some_and(|object| !object.settled);
                (restless || self.contradicts(scope.kind, written, object.as_ref())).then(|| {
                    let shown = object.as_ref().map_or(&none, |object| &object.attributes);
                    (id.clone(), (written, known.get(id.as_str()).copied().unwrap_or(shown).clone()))
                })
            })
            .collect();
        while !doubtful.is_empty() {
            let wanted = doubtful.iter().map(|(id, (_, attributes))| (id.as_str(), attributes));
            let read = batch::read_each(clouds, scope, wanted).await?;
            shown.extend(read);
            let now = Instant::now();
            doubtful.retain(|id, (written, _)| {
                let object = shown.get(id).and_then(Option::as_ref);
                now < written.until && self.contradicts(scope.kind, written, object)
            });
            if let Some(last) = doubtful.values().map(|(written, _)| written.until).max() {
                let lag = || Lag::Written { kind: scope.kind, count: doubtful.len() };
                sleep(patience.pause(last.saturating_duration_since(now), lag)).await;
            }
        }
        Ok(shown)
    }

    /// The objects without those that were deleted a moment ago, if a look by exact id agrees.
    pub async fn without_gone(
        &self,
        clouds: &Clouds,
        scope: &Scope,
        mut found: Vec<Object>,
    ) -> Result<Vec<Object>, CloudError> {
        let gone = |object: &&Object| self.of(scope.kind, &object.id).is_some_and(|written| written.gone);
        let shown: BTreeMap<_, _> =
            found.iter().filter(gone).map(|object| (object.id.clone(), Some(object.clone()))).collect();
        if !shown.is_empty() {
            let shown = self.confirm(clouds, scope, &BTreeMap::new(), shown).await?;
            found.retain(|object| !matches!(shown.get(&object.id), Some(None)));
        }
        Ok(found)
    }

    /// The natural keys of what was deleted.
    pub(super) fn left(&self) -> Vec<(Kind, Attributes)> {
        let gone = self.written.iter().filter(|(_, written)| written.gone);
        gone.map(|((kind, _), written)| (*kind, written.attributes.clone())).collect()
    }

    /// What was written of an object, while its window lasts.
    fn of(&self, kind: Kind, id: &str) -> Option<&Written> {
        self.written.get(&(kind, id.to_owned())).filter(|written| Instant::now() < written.until)
    }

    /// Whether an object is shown otherwise than it was written. One on its way is neither old nor new.
    fn contradicts(&self, kind: Kind, written: &Written, shown: Option<&Object>) -> bool {
        let Some(object) = shown else { return !written.gone };
        if !object.settled || written.gone {
            return object.settled;
        }
        let tags = |attributes: &Attributes| {
            without_ignored(attributes.get("tags").unwrap_or(&Value::Null), &self.ignore_tags)
        };
        let is_other = |ty: &Type| !matches!(ty, Type::Tags) || tags(&written.attributes) != tags(&object.attributes);
        differing(registry::schema(kind), &written.attributes, &object.attributes)
            .any(|attribute| is_other(&attribute.ty))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::sync::Mutex;

    use super::*;
    use crate::kinds::clouds::testing::all_answered;
    use crate::state::samples::wrote;

    const WINDOW: Duration = Duration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn object(id: &str, settled: bool, name: &str) -> Object {
        Object {
            id: id.to_owned(),
            status: String::new(),
            settled,
            attributes: Attributes::from([("name".to_owned(), Value::from(name))]),
            created: String::new(),
        }
    }

    /// Whether this is doubted for the CEN of the samples 20 seconds after the writes.
    fn is_doubted(recent: &[Wrote], shown: Option<&Object>) -> bool {
        let doubts = Doubts::of_writes(recent, at("2026-11-22T10:15:20Z"), WINDOW, &|_| {});
        let id = &recent[0].id;
        doubts.of(Kind::Cen, id).is_some_and(|written| doubts.contradicts(Kind::Cen, written, shown))
    }

    /// S6.
    #[tokio::test(start_paused = true)]
    async fn only_what_contradicts_the_last_write_is_doubted() {
        let gone = Wrote { gone: true, attributes: Attributes::new(), ..wrote(0) };
        let [old, new, passing] = [("name-1", true), ("name-2", true), ("name-1", false)]
            .map(|(name, settled)| object(&wrote(0).id, settled, name));
        for (recent, shown, doubted) in [
            (vec![wrote(2)], Some(&old), true),
            (vec![wrote(2)], Some(&new), false),
            (vec![wrote(2)], Some(&passing), false),
            (vec![wrote(2)], None, true),
            (vec![wrote(2), wrote(1)], Some(&old), false),
            (vec![wrote(1), gone.clone()], Some(&old), true),
            (vec![wrote(1), gone.clone()], Some(&passing), false),
            (vec![wrote(1), gone.clone()], None, false),
            (vec![gone, wrote(1)], Some(&old), false),
            (vec![Wrote { at: "2026-11-22T10:14:19Z".to_owned(), ..wrote(2) }], Some(&old), false),
            (vec![Wrote { at: "2026-11-22T10:15:40Z".to_owned(), ..wrote(2) }], Some(&old), true),
        ] {
            assert_eq!(is_doubted(&recent, shown), doubted, "{recent:?} {shown:?}");
        }
        assert_eq!(wrote(1).left(WINDOW, at("2026-11-22T10:15:20Z")), Duration::from_secs(40));
        assert_eq!(wrote(1).left(Duration::ZERO, at("2026-11-22T10:15:00Z")), Duration::ZERO);
    }

    /// S6: and by exact id.
    #[tokio::test(start_paused = true)]
    async fn an_absence_is_believed_when_the_window_ends_and_all_are_waited_for_at_once() {
        let clouds = all_answered(json!({ "Cens": { "Cen": [] }, "TotalCount": 0 }));
        let recent: Vec<Wrote> = (0..30).map(|number| Wrote { id: format!("cen-{number}"), ..wrote(1) }).collect();
        let told = Mutex::default();
        let tell = |event: Event| Vec::push(&mut told.lock().unwrap(), event);
        let doubts = Doubts::of_writes(&recent, at("2026-11-22T10:15:20Z"), WINDOW, &tell);
        let shown = recent.iter().map(|wrote| (wrote.id.clone(), None)).collect();
        let scope = Scope { kind: Kind::Cen, account: None, region: None };
        let begun = Instant::now();
        let shown = doubts.confirm(&clouds, &scope, &BTreeMap::new(), shown).await.unwrap();
        assert!(shown.len() == 30 && shown.values().all(Option::is_none));
        assert_eq!(begun.elapsed(), Duration::from_secs(40));
        // It is said once, after a moment.
        let lag = Lag::Written { kind: Kind::Cen, count: 30 };
        assert_eq!(*told.lock().unwrap(), [Event::LookingAgain { lag, at_most: Duration::from_secs(39) }]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_wait_is_not_spoken_of() {
        let spoken = Mutex::new(0);
        let tell = |_| *spoken.lock().unwrap() += 1;
        let (begun, lag) = (Instant::now(), || Lag::Written { kind: Kind::Cen, count: 1 });
        let mut patience = Patience::since(begun, &tell);
        while begun.elapsed() < AGAIN * 2 {
            sleep(patience.pause((AGAIN * 2).saturating_sub(begun.elapsed()), lag)).await;
        }
        assert_eq!((*spoken.lock().unwrap(), begun.elapsed()), (0, AGAIN * 2));
    }
}
