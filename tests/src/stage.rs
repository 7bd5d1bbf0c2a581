//! A school of a test's own, on both sides.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sandbox::data::{Pupil, School};
use sandbox::knack::{Knack, Options};
use sandbox::postgres::{self, Cluster};
use sandbox::proxy::Proxy;
use sandbox::supabase::{Driver, EstablishmentSeed, Supabase, SupabaseOptions};
use serde_json::{Value, json};
use sync_protocol::{AcademicYear, Calendar};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{Database, Refresh, Run};

/// One school, its Knack, and the way to Supabase.
pub struct Stage {
    /// Knack, holding this school (and those added).
    pub knack: Knack,
    /// What is in front of Supabase.
    pub proxy: Proxy,
    /// The database behind Supabase.
    pub db: Database,
    /// The school's Knack id.
    pub knack_id: String,
    /// The school's Supabase id.
    pub id: Uuid,
    /// The day of the test.
    pub today: Date,
    /// The academic year refreshed: the school's current one unless the stage was set for the one before.
    pub year: AcademicYear,
    asks_for_year: bool,
    number: u64,
    secret_key: String,
    publishable_key: String,
    folder: TempDir,
    /// Kept only where it is the test's own.
    _supabase: Option<Supabase>,
}

/// How a stage is set.
pub struct StageBuilder {
    is_australian: Option<bool>,
    use_standard_year: Option<bool>,
    max_rows: Option<u32>,
    own_database: bool,
    last_year: bool,
    school: Option<School>,
    change: Box<dyn FnOnce(&mut Options)>,
}

/// The Supabase that all tests share: its address and secret key.
struct Shared {
    database: postgres::Database,
    supabase: Supabase,
}

async fn shared() -> &'static Shared {
    static SHARED: OnceCell<Shared> = OnceCell::const_new();
    SHARED
        .get_or_init(|| async {
            let cluster = Cluster::shared().await.expect("PostgreSQL starts");
            let database = cluster.database("e2e").await.expect("a database is made");
            let supabase = start_supabase(&database, 1_000).await;
            Shared { database, supabase }
        })
        .await
}

async fn start_supabase(database: &postgres::Database, max_rows: u32) -> Supabase {
    let url = database.url().to_owned();
    let options = SupabaseOptions::new(Driver::Postgres { url }).max_rows(max_rows);
    Supabase::start(options).await.expect("Supabase starts")
}

impl StageBuilder {
    /// Sets the school's flags.
    #[must_use]
    pub fn flags(mut self, is_australian: Option<bool>, use_standard_year: Option<bool>) -> Self {
        self.is_australian = is_australian;
        self.use_standard_year = use_standard_year;
        self
    }

    /// Uses a Supabase of the test's own that reads at most so many rows at once.
    #[must_use]
    pub fn max_rows(mut self, max_rows: u32) -> Self {
        self.max_rows = Some(max_rows);
        self
    }

    /// Uses a database of the test's own, for what concerns all schools.
    #[must_use]
    pub fn own_database(mut self) -> Self {
        self.own_database = true;
        self
    }

    /// Refreshes the academic year before the current one, whose days are all past, whatever the day of the test.
    #[must_use]
    pub fn last_year(mut self) -> Self {
        self.last_year = true;
        self
    }

    /// Uses this school as it is, its pupils' e-mails too: only one test of the process may use it.
    #[must_use]
    pub fn school(mut self, school: School) -> Self {
        self.school = Some(school);
        self
    }

    /// Changes how Knack behaves.
    #[must_use]
    pub fn knack(mut self, change: impl FnOnce(&mut Options) + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Sets the stage for a school with these pupils. Their e-mails are made the test's own: see [`Stage::email`].
    pub async fn start(self, pupils: impl IntoIterator<Item = Pupil>) -> Stage {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        sandbox::time_limit::watch();
        // Fails only where another test was first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let shared = shared().await;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let own_database = if self.own_database {
            let cluster = Cluster::shared().await.expect("PostgreSQL runs");
            let database = cluster.database(&format!("own_{number}")).await;
            Some(database.expect("a database is made"))
        } else {
            None
        };
        let database = own_database.as_ref().unwrap_or(&shared.database);
        // The schema comes with its Supabase.
        let own_supabase = if own_database.is_some() || self.max_rows.is_some() {
            Some(start_supabase(database, self.max_rows.unwrap_or(1_000)).await)
        } else {
            None
        };
        let client = database.connect().await.expect("PostgreSQL answers");
        let db = Database::new(client);

        let school = self.school.unwrap_or_else(|| {
            let knack_id = format!("{:024x}", 0xabc0_0000_0000 + number);
            let pupils = pupils.into_iter().map(|pupil| own(pupil, number));
            let school = School::new(&knack_id, &format!("School {number}")).with_pupils(pupils);
            School {
                is_australian: self.is_australian,
                use_standard_year: self.use_standard_year,
                ..school
            }
        });
        let seed = EstablishmentSeed {
            knack_id: school.knack_id.clone(),
            name: school.name.clone(),
            is_australian: school.is_australian,
            use_standard_year: school.use_standard_year,
        };
        let id = db
            .insert(
                "establishments",
                &json!({
                    "id": seed.id(), "knack_id": seed.knack_id, "name": seed.name,
                    "is_australian": seed.is_australian, "use_standard_year": seed.use_standard_year,
                }),
            )
            .await;
        let calendar = Calendar::from_flags(seed.is_australian, seed.use_standard_year);
        let today = today(calendar);
        let mut options = Options::new(today, vec![school]);
        (self.change)(&mut options);

        let supabase = own_supabase.as_ref().unwrap_or(&shared.supabase);
        let current = AcademicYear::containing(today, calendar);
        Stage {
            knack: Knack::start(options).expect("Knack starts"),
            proxy: Proxy::start(supabase.url()).expect("the proxy starts"),
            secret_key: supabase.secret_key().to_owned(),
            publishable_key: supabase.publishable_key().to_owned(),
            _supabase: own_supabase,
            db,
            knack_id: seed.knack_id,
            id,
            today,
            year: if self.last_year {
                current.previous()
            } else {
                current
            },
            asks_for_year: self.last_year,
            number,
            folder: TempDir::new().expect("a folder can be made"),
        }
    }
}

impl Stage {
    /// A UK school; see [`StageBuilder`] for what can be changed.
    pub fn builder() -> StageBuilder {
        StageBuilder {
            is_australian: Some(false),
            use_standard_year: None,
            max_rows: None,
            own_database: false,
            last_year: false,
            school: None,
            change: Box::new(|_| {}),
        }
    }

    /// A UK school with these pupils.
    pub async fn with_pupils(pupils: impl IntoIterator<Item = Pupil>) -> Self {
        Self::builder().start(pupils).await
    }

    /// The command line for this school and year in this world.
    pub fn refresh(&self) -> Refresh {
        let refresh = self.refresh_of(&self.knack_id);
        if self.asks_for_year {
            refresh.args(["--academic-year", &self.year.to_string()])
        } else {
            refresh
        }
    }

    /// The command line for any school in this world.
    pub fn refresh_of(&self, establishment: &str) -> Refresh {
        let refresh = Refresh::bare().args(["--establishment-id", establishment]);
        self.environment()
            .into_iter()
            .fold(refresh, |refresh, (name, value)| refresh.env(name, value))
    }

    /// What a program needs to live in this world.
    pub fn environment(&self) -> [(&'static str, String); 7] {
        let budget = self.folder.path().join("knack.budget");
        [
            ("KNACK_API_URL", self.knack.url()),
            ("KNACK_APP_ID", self.knack.app_id().to_owned()),
            ("KNACK_API_KEY", self.knack.api_key().to_owned()),
            ("KNACK_BUDGET", format!("file:{}", budget.display())),
            ("SUPABASE_URL", self.proxy.url().to_owned()),
            ("SUPABASE_KEY", self.secret_key.clone()),
            // Tests of outages that do not end should end all the same.
            ("SYNC_OUTAGE_PATIENCE_SECONDS", "2".to_owned()),
        ]
    }

    /// The key to Supabase.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// The key that any visitor may have.
    pub fn publishable_key(&self) -> &str {
        &self.publishable_key
    }

    /// Refreshes this school.
    pub async fn run(&self) -> Run {
        self.refresh().run().await
    }

    /// A pupil's e-mail as this test's stages make it their own: `ann` becomes `ann@t7.example.test`.
    pub fn email(&self, local: &str) -> String {
        own_email(local, self.number)
    }

    /// The record of a pupil of this school, as Knack holds it, with its e-mail made the test's own.
    pub fn record(&self, pupil: Pupil) -> Value {
        let school = School::new(&self.knack_id, &format!("School {}", self.number));
        own(pupil, self.number).to_record(&school)
    }

    /// The log rows of this school, oldest first.
    pub async fn logs(&self) -> Vec<Value> {
        let query = "select id, sync_type, status, records_processed, error_message, started_at, completed_at, metadata \
                     from sync_logs where metadata->>'establishment_id' = $1 order by started_at";
        self.db.json(query, &self.id.to_string()).await
    }

    /// Stores a student of this school and year; `columns` adds to or replaces the usual ones. Returns its id.
    pub async fn store_student(&self, email: &str, columns: Value) -> Uuid {
        let mut row = json!({
            "knack_id": "0000000000000000000000aa", "email": email, "name": "Stored Name",
            "establishment_id": self.id, "academic_year": self.year,
        });
        merge(&mut row, columns);
        self.db.insert("students", &row).await
    }

    /// Stores a score row of a student for this year, with the student's e-mail.
    pub async fn store_scores(
        &self,
        student: Uuid,
        cycle: i64,
        scores: [i64; 6],
        date: Option<Date>,
    ) -> Uuid {
        let [vision, effort, systems, practice, attitude, overall] = scores;
        let row = json!({
            "student_id": student, "cycle": cycle, "academic_year": self.year, "vision": vision, "effort": effort,
            "systems": systems, "practice": practice, "attitude": attitude, "overall": overall,
            "completion_date": date,
        });
        let id = self.db.insert("vespa_scores", &row).await;
        let named = "update vespa_scores set student_email = (select email from students where id = student_id) \
                     where id::text = $1";
        self.db.execute(named, &id.to_string()).await;
        id
    }

    /// Stores a comment of a student.
    pub async fn store_comment(&self, student: Uuid, cycle: i64, kind: &str, text: &str) -> Uuid {
        let row = json!({
            "student_id": student, "cycle": cycle, "comment_type": kind, "comment_text": text,
            "academic_year": self.year,
        });
        self.db.insert("student_comments", &row).await
    }
}

/// The day where a school with this calendar is, as the program under test takes it.
#[expect(
    clippy::disallowed_methods,
    reason = "the program under test reads the same clock"
)]
fn today(calendar: Calendar) -> Date {
    let zone = match calendar {
        Calendar::AugustToJuly => "Europe/London",
        Calendar::JanuaryToDecember => "Australia/Sydney",
    };
    let zone = TimeZone::get(zone).expect("time zones are bundled");
    zone.to_datetime(jiff::Timestamp::now()).date()
}

fn own_email(local: &str, number: u64) -> String {
    format!("{local}@t{number}.example.test")
}

/// E-mails are unique in a year across all schools, and all tests share one database.
fn own(mut pupil: Pupil, number: u64) -> Pupil {
    if let Some(email) = &pupil.email {
        let local = email.split('@').next().unwrap_or(email);
        pupil.email = Some(own_email(local, number));
    }
    pupil
}

fn merge(row: &mut Value, columns: Value) {
    let (Value::Object(row), Value::Object(columns)) = (row, columns) else {
        panic!("rows are objects");
    };
    row.extend(columns);
}
