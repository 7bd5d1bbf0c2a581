//! Two schools, the people of both, a third school, and a launcher that takes every kind of token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::{Launcher, LauncherBuilder, Stage, token_line};
use sandbox::data::{PUPILS, Staff};
use sandbox::knack::{Fault, Kind, KnackRule, STAFF_VIEW, SUPER_USER_VIEW};
use serde_json::{Value, json};

/// Tokens of the launcher's own.
pub(super) const OF_A: &str = "vsr_of-a-canary";
pub(super) const OF_B: &str = "vsr_of-b-canary";
pub(super) const OF_BOTH: &str = "vsr_of-both-canary";
pub(super) const OF_ALL: &str = "vsr_of-all-canary";

/// People, by their e-mails, and the ids of their records.
pub(super) const ADMIN_OF_A: &str = "Ann.Canary@staff.example.test";
pub(super) const ADMIN_OF_A_ID: &str = "57af00000000000000000001";
pub(super) const ADMIN_OF_B: &str = "bea.canary@staff.example.test";
pub(super) const ADMIN_OF_BOTH: &str = "cyd.canary@staff.example.test";
pub(super) const ADMIN_OF_NONE: &str = "dot.canary@staff.example.test";
pub(super) const SUPER_USER: &str = "eve.canary@staff.example.test";
pub(super) const SUPER_USER_ID: &str = "57af00000000000000000005";

/// What proxies add to requests.
pub(crate) const THROUGH_A_PROXY: [(&str, &str); 10] = [
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "localhost"),
    ("Forwarded", "for=203.0.113.9"),
    ("Via", "1.1 proxy"),
    ("X-Real-IP", "203.0.113.9"),
    ("CF-Connecting-IP", "203.0.113.9"),
    ("True-Client-IP", "203.0.113.9"),
    ("X-Amzn-Trace-Id", "Root=1-canary"),
];

/// Where it all happens. Knack is A's.
pub(super) struct World {
    pub(super) a: Stage,
    pub(super) b: Stage,
    /// A school that nobody here is of.
    pub(super) other: Stage,
}

impl World {
    pub(super) async fn new() -> Self {
        let a = Stage::with_class(1).await;
        let b = Stage::with_pupils([]).await;
        let other = Stage::with_pupils([]).await;
        let schools = [a.knack_id.as_str(), b.knack_id.as_str()];
        let admin = |n: u8, email: &str| Staff::admin(format!("57af{n:020x}"), "Some One", email);
        for staff in [
            admin(1, ADMIN_OF_A).of([schools[0]]),
            admin(2, ADMIN_OF_B).of([schools[1]]),
            admin(3, ADMIN_OF_BOTH).of(schools),
            admin(4, ADMIN_OF_NONE),
            Staff::super_user(SUPER_USER_ID, "Some One", SUPER_USER),
        ] {
            a.knack.put(staff.object(), staff.to_record(&[]));
        }
        Self { a, b, other }
    }

    /// What a user's browser would send as its token.
    pub(super) fn sign_in(&self, email: &str) -> String {
        self.a.knack.sign_in(email).expect("a user of the app")
    }

    /// A token of this app that somebody made up; another for every number.
    pub(super) fn forged(&self, n: usize) -> String {
        let payload = json!({ "application_id": self.a.knack.app_id(), "user_id": ADMIN_OF_A_ID });
        jwt(&json!({ "alg": "HS256" }), &payload, &format!("forged {n}"))
    }

    /// The tokens file that holds all tokens.
    pub(super) fn token_lines(&self) -> String {
        let (a, b) = (&self.a.knack_id, &self.b.id);
        [
            token_line(OF_A, a, "token-of-a"),
            token_line(OF_B, &b.to_string(), "token-of-b"),
            token_line(OF_BOTH, &format!("{a},{b}"), "token-of-both"),
            token_line(OF_ALL, "all", "token-of-all"),
        ]
        .concat()
    }

    /// A launcher that takes tokens and Knack's users, and lets a school be refreshed as often as anybody likes.
    pub(super) fn builder(&self) -> LauncherBuilder {
        self.a
            .launcher()
            .tokens(&self.token_lines())
            .env("LAUNCHER_AUTH", "token,knack-token")
            .env("KNACK_STAFF_VIEW", STAFF_VIEW)
            .env("KNACK_SUPER_USER_VIEW", SUPER_USER_VIEW)
            .env("LAUNCHER_COOLDOWN_SECONDS", "0")
            .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0")
    }

    pub(super) async fn launcher(&self) -> Launcher {
        self.builder().start().await
    }

    /// From now on no refresh ends by itself.
    pub(super) fn hold_refreshes(&self) {
        let pupils = KnackRule::new(Fault::Hang).on(Kind::Page).object(PUPILS);
        self.a.knack.inject(pupils);
    }

    /// From now on every view answers like this.
    pub(super) fn break_views(&self, fault: Fault) {
        self.a.knack.inject(KnackRule::new(fault).on(Kind::View));
    }
}

/// The path of a school's status.
pub(super) fn status_of(school: &str) -> String {
    format!("/api/sync/status?establishmentId={school}")
}

/// The path of a school's overview.
pub(super) fn overview_of(school: &str) -> String {
    format!("/api/establishments/{school}/overview")
}

/// A token in the form of Knack's, with this for its signature.
pub(super) fn jwt(header: &Value, payload: &Value, signature: &str) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let signature = URL_SAFE_NO_PAD.encode(signature);
    format!(
        "{}.{}.{signature}",
        part(header.to_string()),
        part(payload.to_string())
    )
}
