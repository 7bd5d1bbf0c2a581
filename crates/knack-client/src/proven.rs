//! Remembers what Knack has accepted in this run: the app's key, and the address. A refusal that blames one of these is
//! wrong, unless it concerns one object alone. Requests that were sent together may be answered in any order, so a
//! refusal waits for the others' answers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use transport::Silence;

use crate::KnackError;
use crate::refusal::{Blamed, blamed};

#[derive(Debug, Default)]
pub(crate) struct Proven {
    /// By path: some for each object.
    addresses: Mutex<HashMap<String, Address>>,
    /// Told of the end of each request.
    ended: Notify,
}

/// The results of the requests to one address.
#[derive(Debug, Default)]
struct Address {
    under_way: usize,
    was_served: bool,
    /// Whether the last answer was what was asked for.
    is_served: bool,
}

/// A request under way; tells of its end, however it ends.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    proven: &'a Proven,
    path: &'a str,
}

impl Proven {
    pub(crate) fn under_way<'a>(&'a self, path: &'a str) -> UnderWay<'a> {
        let mut addresses = self.addresses();
        addresses.entry(path.to_owned()).or_default().under_way += 1;
        UnderWay { proven: self, path }
    }

    /// The app's key was given what is at this path, or it was not.
    pub(crate) fn answered(&self, path: &str, is_served: bool) {
        let mut addresses = self.addresses();
        let entry = addresses.entry(path.to_owned()).or_default();
        entry.is_served = is_served;
        entry.was_served |= is_served;
    }

    /// Judges a refusal of `object` by the answers before it, and by those that are still to come.
    pub(crate) async fn judge(
        &self,
        error: KnackError,
        path: &str,
        object: &'static str,
        silence: &Silence,
    ) -> KnackError {
        let Some(blamed) = blamed(&error) else {
            return error;
        };
        loop {
            let ended = self.ended.notified();
            match meaning(&self.addresses(), path, blamed, silence.since().is_some()) {
                Some(Meaning::AsItSays) => return error,
                Some(Meaning::NoLongerServed) => return error.no_longer_served(),
                Some(Meaning::OfThisObject) => return error.of_one_object(object),
                None => {}
            }
            ended.await;
        }
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<String, Address>> {
        self.addresses.lock().expect("no holder panics")
    }
}

/// The meaning of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The part that it blames has never worked.
    AsItSays,
    /// The part that it blames has worked before.
    NoLongerServed,
    /// The same key is given what is elsewhere, and was never given this.
    OfThisObject,
}

/// `None` if answers that are still to come may tell.
fn meaning(
    addresses: &HashMap<String, Address>,
    path: &str,
    blamed: Blamed,
    may_others_tell: bool,
) -> Option<Meaning> {
    let this = addresses.get(path);
    if this.is_some_and(|this| this.was_served) {
        return Some(Meaning::NoLongerServed);
    }
    if blamed == Blamed::App {
        let is_last_of_this = this.is_none_or(|this| this.under_way == 0);
        if is_last_of_this && addresses.values().any(|other| other.is_served) {
            return Some(Meaning::OfThisObject);
        }
        if !may_others_tell && addresses.values().any(|other| other.was_served) {
            return Some(Meaning::NoLongerServed);
        }
    }
    (!may_others_tell).then_some(Meaning::AsItSays)
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(address) = self.proven.addresses().get_mut(self.path) {
            address.under_way -= 1;
        }
        self.proven.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: (bool, bool) = (false, false);
    const SERVED: (bool, bool) = (true, true);
    const SERVED_ONCE: (bool, bool) = (true, false);

    /// What a refusal of `a` means where `under_way` others of it are still to be answered; `a` and `b` were served ever, and the
    /// last time.
    fn refusal_of_a(
        blamed: Blamed,
        [a, b]: [(bool, bool); 2],
        under_way: usize,
        may_others_tell: bool,
    ) -> Option<Meaning> {
        let address = |(was_served, is_served), under_way| Address {
            under_way,
            was_served,
            is_served,
        };
        let addresses = HashMap::from([
            ("a".to_owned(), address(a, under_way)),
            ("b".to_owned(), address(b, 0)),
        ]);
        meaning(&addresses, "a", blamed, may_others_tell)
    }

    #[test]
    fn a_refusal_means_what_the_other_answers_leave_of_it() {
        use Blamed::{Address, App};
        use Meaning::{AsItSays, NoLongerServed, OfThisObject};
        for (blamed, served, under_way, may_others_tell, expected) in [
            (App, [NEVER, NEVER], 0, false, Some(AsItSays)),
            (App, [NEVER, NEVER], 0, true, None),
            (App, [SERVED_ONCE, NEVER], 0, false, Some(NoLongerServed)),
            (App, [SERVED_ONCE, SERVED], 1, true, Some(NoLongerServed)),
            (App, [NEVER, SERVED], 0, true, Some(OfThisObject)),
            (App, [NEVER, SERVED], 1, true, None),
            (App, [NEVER, SERVED_ONCE], 0, true, None),
            (App, [NEVER, SERVED_ONCE], 0, false, Some(NoLongerServed)),
            (Address, [NEVER, SERVED], 0, false, Some(AsItSays)),
            (Address, [NEVER, SERVED], 0, true, None),
            (Address, [SERVED_ONCE, NEVER], 0, true, Some(NoLongerServed)),
        ] {
            let meant = refusal_of_a(blamed, served, under_way, may_others_tell);
            let case = (blamed, served, under_way, may_others_tell);
            assert_eq!(meant, expected, "{case:?}");
        }
    }
}
