//! Tokens that somebody made up, one after the other or fifty a second: they keep out nobody who was let in before, and take
//! nothing of Knack that a refresh needs.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use e2e::{Asker, Launcher, until, until_asked};
use reqwest::Method;
use sandbox::knack::Fault;
use tokio::task::{JoinHandle, JoinSet};

use super::world::{ADMIN_OF_A, ADMIN_OF_B, OF_ALL, World, status_of};

/// A place for a stranger's request opens so often (knack-client/src/budget.rs).
const WINDOW: Duration = Duration::from_millis(1_100);
/// Requests about somebody who is logged in: for the session and for each view.
const REQUESTS: u64 = 3;
/// Requests about a token that was made up: it has no session.
const OF_A_FORGED: usize = 1;
/// Look-ups of one address, before it has to wait (access/strangers.rs).
const OF_ONE_ADDRESS: usize = 3;
const A_FIFTIETH_OF_A_SECOND: Duration = Duration::from_millis(20);
/// How many come before the flood is at its height, and how many more before it ends.
const MANY: usize = 200;

/// Fifty forged tokens a second, all different, until this is stopped.
struct Flood {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    sending: JoinHandle<JoinSet<reqwest::Result<u16>>>,
}

impl Flood {
    /// From these addresses in turn.
    fn start(world: &World, launcher: &Launcher, addresses: &[Ipv4Addr]) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicUsize::new(0));
        let path = status_of(&world.a.knack_id);
        let askers: Vec<_> = addresses
            .iter()
            .map(|address| launcher.from_address(IpAddr::V4(*address)))
            .map(|asker| asker.request(Method::GET, &path))
            .collect();
        // No more than can be sent before any test is over.
        let tokens: Vec<String> = (0..10_000).map(|n| world.forged(n)).collect();
        let (over, count) = (Arc::clone(&is_over), Arc::clone(&answered));
        let sending = tokio::spawn(async move {
            let mut requests = JoinSet::new();
            let mut ticks = tokio::time::interval(A_FIFTIETH_OF_A_SECOND);
            for (token, request) in tokens.iter().zip(askers.iter().cycle()) {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                ticks.tick().await;
                let request = request.try_clone().expect("it has no body");
                let (request, count) = (request.bearer_auth(token), Arc::clone(&count));
                requests.spawn(async move {
                    let status = request.send().await?.status().as_u16();
                    count.fetch_add(1, Ordering::Relaxed);
                    Ok(status)
                });
            }
            requests
        });
        Self {
            is_over,
            answered,
            sending,
        }
    }

    /// Waits until so many more were answered.
    async fn goes_on(&self, more: usize) {
        let before = self.answered.load(Ordering::Relaxed);
        until("more of the flood is answered", || {
            self.answered.load(Ordering::Relaxed) >= before + more
        })
        .await;
    }

    /// Ends it, and asserts that all of it was refused.
    async fn stop(self) {
        self.is_over.store(true, Ordering::Relaxed);
        let requests = self.sending.await.expect("it goes well");
        for status in requests.join_all().await {
            let status = status.expect("the launcher answers");
            assert!(matches!(status, 401 | 503), "{status}");
        }
    }
}

#[tokio::test]
async fn a_flood_of_forged_tokens_from_one_address_keeps_out_nobody_else() {
    let scene = Flooded::by(&[Ipv4Addr::new(127, 9, 9, 9)]).await;

    let new = scene.world.sign_in(ADMIN_OF_B);
    let status = status_of(&scene.world.b.knack_id);
    let new = scene.launcher.with_token(&new).get(&status).await;
    new.expect_status(200);

    scene.known_users_are_served_and_knack_is_spared().await;
}

#[tokio::test]
async fn a_flood_of_forged_tokens_from_many_addresses_keeps_out_nobody_who_was_good_before() {
    let many: Vec<Ipv4Addr> = (1..=150).map(|n| Ipv4Addr::new(127, 9, 8, n)).collect();
    let scene = Flooded::by(&many).await;
    scene.known_users_are_served_and_knack_is_spared().await;
}

/// A launcher in a flood, and somebody who was let in before it came.
struct Flooded {
    flood: Flood,
    launcher: Launcher,
    world: World,
    known: String,
    since: Instant,
}

impl Flooded {
    async fn by(addresses: &[Ipv4Addr]) -> Self {
        let world = World::new().await;
        let launcher = forgetful(&world).await;
        let known = world.sign_in(ADMIN_OF_A);
        let user = launcher.with_token(&known);
        let status = user.get(&status_of(&world.a.knack_id)).await;
        status.expect_status(200);
        let since = Instant::now();
        let flood = Flood::start(&world, &launcher, addresses);
        flood.goes_on(MANY).await;
        Self {
            flood,
            launcher,
            world,
            known,
            since,
        }
    }

    async fn known_users_are_served_and_knack_is_spared(self) {
        let user = self.launcher.with_token(&self.known);
        let operator = self.launcher.with_token(OF_ALL);
        for _ in 0..3 {
            self.flood.goes_on(MANY / 4).await;
            // What is known of them has run out by now: they are looked up again each time.
            let own = user.get(&status_of(&self.world.a.knack_id)).await;
            own.expect_status(200);
            let refreshed = operator.refresh(&self.world.a.knack_id).await;
            let knack = &refreshed.expect_status(200)["summary"]["knack"];
            assert_eq!(knack["retries"], 0, "{knack}");
        }
        self.flood.stop().await;

        let known = lookups(&self.launcher, "known", "found").await;
        assert!(known >= 3, "{known}");
        let limited = lookups(&self.launcher, "stranger", "limited").await;
        assert!(limited > MANY as u64, "{limited}");
        let seen = self.world.a.knack.seen();
        let of_users = ["/views/", "/session/"];
        let asked = seen
            .iter()
            .filter(|it| of_users.iter().any(|part| it.path.contains(part)));
        let strangers = asked.count() as u64 - REQUESTS * known;
        // Those of the user who was let in before came a little earlier.
        let windows = self.since.elapsed().as_millis() / WINDOW.as_millis();
        let most = REQUESTS + 1 + u64::try_from(windows).expect("a test is short");
        assert!((REQUESTS + 1..=most).contains(&strangers), "{strangers}");
        assert!(seen.iter().all(|it| it.status != Some(429)));
        let busiest = self.world.a.knack.busiest_second();
        assert!(busiest <= 10, "{busiest}");
        let log = self.launcher.whole_log().await;
        for word in ["127.9.", "127.1.", "forged", "eyJ", "staff.example"] {
            assert!(!log.contains(word), "{word}: {log}");
        }
    }
}

#[tokio::test]
async fn an_address_with_too_many_new_tokens_is_told_when_to_come_back() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let path = status_of(&world.a.knack_id);
    let from = |n: u8| launcher.from_address([127, 9, 7, n]);
    for n in 0..OF_ONE_ADDRESS {
        let forged = from(1).bearer(&world.forged(n)).get(&path).await;
        forged.expect_problem(401, "unauthenticated");
    }
    let asked = world.a.knack.seen().len();

    let own = world.sign_in(ADMIN_OF_A);
    let too_many = from(1).bearer(&own).get(&path).await;

    let problem = too_many.expect_problem(503, "auth_unavailable");
    let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
    assert!((1..=11).contains(&seconds), "{seconds}");
    assert_eq!(world.a.knack.seen().len(), asked);
    from(2).bearer(&own).get(&path).await.expect_status(200);
    // Now it is known, wherever it comes from.
    from(1).bearer(&own).get(&path).await.expect_status(200);
}

#[tokio::test]
async fn the_same_forged_token_again_and_again_costs_one_look_up() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let asker = launcher.with_token(&world.forged(0));
    for _ in 0..20 {
        let refused = asker.start_refresh(&world.a.knack_id).await;
        refused.expect_problem(401, "unauthenticated");
    }
    assert_eq!(world.a.knack.seen().len(), OF_A_FORGED);
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn a_token_that_was_good_is_one_of_ours_until_knack_refuses_it() {
    let world = World::new().await;
    let launcher = forgetful(&world).await;
    let token = world.sign_in(ADMIN_OF_A);
    let user = launcher.with_token(&token);
    let path = status_of(&world.a.knack_id);
    user.get(&path).await.expect_status(200);

    // While Knack fails, that it was good before does not give permission.
    world.break_views(Fault::DailyCapReached);
    until_answered(&user, &path, 503).await;
    assert_eq!(lookups(&launcher, "known", "failed").await, 1);
    world.a.knack.clear_faults();
    user.get(&path).await.expect_status(200);
    assert_eq!(lookups(&launcher, "stranger", "found").await, 1);

    world.a.knack.expire_session(&token);
    until_answered(&user, &path, 401).await;
    assert_eq!(lookups(&launcher, "known", "refused").await, 1);
    until_asked("it is a stranger's", async || {
        user.get(&path).await.expect_status(401);
        lookups(&launcher, "stranger", "refused").await == 1
    })
    .await;
    assert_eq!(lookups(&launcher, "known", "refused").await, 1);
}

/// A launcher that asks Knack about somebody again as soon as it may.
async fn forgetful(world: &World) -> Launcher {
    let builder = world.builder().env("LAUNCHER_PERMISSION_SECONDS", "0.1");
    builder.start().await
}

async fn until_answered(asker: &Asker<'_>, path: &str, status: u16) {
    until_asked("it is answered otherwise", async || {
        asker.get(path).await.status == status
    })
    .await;
}

/// How many look-ups of that lane had that outcome.
async fn lookups(launcher: &Launcher, lane: &str, outcome: &str) -> u64 {
    let name = format!("user_lookups_total{{lane=\"{lane}\",outcome=\"{outcome}\"}} ");
    let metrics = launcher.get("/metrics").await;
    let count = metrics
        .text
        .lines()
        .find_map(|line| line.strip_prefix(&name)?.parse().ok());
    count.unwrap_or(0)
}
