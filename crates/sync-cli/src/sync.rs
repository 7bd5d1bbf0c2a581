//! One school, refreshed: the steps in their order. Each step's rules are in the module it calls.

use std::time::Duration;

use dashboard::establishments::{self, Counted};
use dashboard::sync_logs::{RunLog, Status};
use dashboard::{School, today};
use jiff::Timestamp;
use jiff::civil::Date;
use knack_client::KnackClient;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::{
    AcademicYear, Calendar, EstablishmentId, Phase, ProgressEvent, Summary, WarningCode,
};

use crate::account::Account;
use crate::domain::Student;
use crate::error::{SyncError, While};
use crate::fetch::{Fetch, Fetched, Wave};
use crate::findings::Findings;
use crate::progress::Progress;
use crate::reconcile::{Context, Leftovers, deduplicate, reconcile};
use crate::save::{Save, pretend};
use crate::stop::{Reason, Stop};
use crate::stored::{StoredStudent, read_school};

/// Fewer stored students than this may well all have left.
const FEW_STUDENTS: usize = 10;

/// How long the log row may take to close: after a stop, less than a supervisor leaves between TERM and KILL.
const LOG_PATIENCE: Duration = Duration::from_secs(15);
const LOG_PATIENCE_WHEN_STOPPED: Duration = Duration::from_secs(2);

/// What to refresh, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// The school.
    pub establishment: EstablishmentId,
    /// The year; the current one when `None`.
    pub academic_year: Option<AcademicYear>,
    /// Write nothing.
    pub dry_run: bool,
    /// Pages in flight at once.
    pub max_in_flight: u64,
    /// Rows in a page; chosen by the school's size when `None`.
    pub rows_per_page: Option<u64>,
    /// Who asked, for the log: a token's name or a staff record's id.
    pub started_by: Option<String>,
    /// When the run began.
    pub started_at: Timestamp,
}

/// The world a run acts on.
pub struct World<'a> {
    /// Where the answers are.
    pub knack: &'a KnackClient,
    /// Where the dashboard reads.
    pub supabase: &'a SupabaseClient,
    /// Who hears of it.
    pub progress: &'a Progress,
    /// Who may stop it.
    pub stop: &'a Stop,
}

impl World<'_> {
    /// Refreshes a school. `account` holds what was done, on failure too; `log` the row to close with [`Self::close_log`].
    pub async fn sync(
        &self,
        order: &Order,
        account: &mut Account,
        log: &mut Option<RunLog>,
    ) -> Result<(), SyncError> {
        let today = today(order.started_at);

        self.progress.phase(Phase::FindingSchool);
        let Counted {
            school,
            stored_students,
        } = self.find_school(order, today).await?;
        account.school = Some(school.clone());
        let year = academic_year(order.academic_year, school.calendar, today)?;
        account.year = Some(year);
        self.progress.event(&ProgressEvent::Started {
            run_id: account.run_id,
            establishment_id: school.knack_id,
            establishment_name: school.name.clone(),
            academic_year: year,
        });

        self.progress.phase(Phase::Fetching);
        let (stored, fetched) = self
            .read_both_sides(order, &school, stored_students, year, account, log)
            .await?;

        self.progress.phase(Phase::Comparing);
        account.records = fetched.records.len() as u64;
        account.not_completed = fetched.not_completed;
        let students = students(fetched, &stored, &mut account.findings);
        let leftovers = self.find_leftovers(&students, &school, year).await?;
        let context = Context {
            leftovers: &leftovers,
            today,
        };
        let plan = reconcile(students, &stored, context, &mut account.findings);
        account.only_in_supabase = plan.only_in_supabase;

        if order.dry_run {
            pretend(plan, context, account);
            return Ok(());
        }
        self.progress.phase(Phase::Writing);
        Save::new(
            self.supabase,
            school.id,
            year,
            context,
            self.stop,
            self.progress,
        )
        .run(plan, account)
        .await
    }

    async fn find_school(&self, order: &Order, today: Date) -> Result<Counted, SyncError> {
        let years = match order.academic_year {
            Some(year) => vec![year],
            // The calendar is known only with the school; its other label counts nothing.
            None => [Calendar::AugustToJuly, Calendar::JanuaryToDecember]
                .map(|calendar| AcademicYear::containing(today, calendar))
                .to_vec(),
        };
        let found = establishments::find_counted(self.supabase, order.establishment, &years);
        let found = self
            .stop
            .or_read(found)
            .await?
            .while_doing("reading the school")?;
        found.ok_or(SyncError::EstablishmentNotFound)
    }

    /// Reads Supabase and Knack and opens the log row, all at the same time.
    async fn read_both_sides(
        &self,
        order: &Order,
        school: &School,
        stored_students: Option<u64>,
        year: AcademicYear,
        account: &mut Account,
        log: &mut Option<RunLog>,
    ) -> Result<(Vec<StoredStudent>, Fetched), SyncError> {
        let fetch = Fetch {
            knack: self.knack,
            school: school.knack_id,
            year,
            stored_students,
            wave: Wave::plan(stored_students, order.max_in_flight, order.rows_per_page),
            progress: self.progress,
        };
        let run_id = account.run_id;
        let started_by = order.started_by.clone();
        let row = RunLog::new(run_id, school, year, started_by, order.started_at);
        let open_log = async {
            if order.dry_run {
                return Ok(None);
            }
            row.begin(self.supabase).await.map(|()| Some(row.clone()))
        };
        let mut while_fetching = Findings::default();
        let read = async {
            let stored = async {
                let stored = read_school(self.supabase, school.id, year).await;
                stored.while_doing("reading the stored students")
            };
            let both = async { tokio::try_join!(stored, Box::pin(fetch.run(&mut while_fetching))) };
            self.stop
                .or_read(both)
                .await
                .map_err(SyncError::from)
                .flatten()
        };
        // The row is not given up when reading fails: it is to be closed as failed.
        let (opened, read) = tokio::join!(self.stop.or_write(open_log), read);
        account.findings = while_fetching;
        match opened {
            Ok(Ok(row)) => *log = row,
            Ok(Err(error)) => log_not_written(&error, account),
            // It may have been written all the same; closing one that was not changes nothing.
            Err(_stopped) => *log = Some(row),
        }
        read
    }

    /// Last year's rows are read only when a cycle looks like theirs.
    async fn find_leftovers(
        &self,
        students: &[Student],
        school: &School,
        year: AcademicYear,
    ) -> Result<Leftovers, SyncError> {
        if Leftovers::suspects(students).next().is_none() {
            return Ok(Leftovers::default());
        }
        let last_year = read_school(self.supabase, school.id, year.previous());
        let last_year = self.stop.or_read(last_year).await?;
        let last_year = last_year.while_doing("reading last year's students")?;
        Ok(Leftovers::find(students, &last_year))
    }

    /// Closes the log row, if there is one. A failure is one more warning for the summary.
    pub async fn close_log(
        &self,
        log: RunLog,
        outcome: &Result<(), SyncError>,
        summary: &Summary,
        account: &mut Account,
    ) {
        self.progress.phase(Phase::Finishing);
        let status = match outcome {
            Ok(()) => Status::Completed,
            Err(SyncError::Stopped(Reason::Cancelled(_))) => Status::Cancelled,
            Err(_) => Status::Failed,
        };
        let patience = match self.stop.check() {
            Ok(()) => LOG_PATIENCE,
            Err(_stopped) => LOG_PATIENCE_WHEN_STOPPED,
        };
        if let Err(error) = log.end(self.supabase, status, summary, patience).await {
            log_not_written(&error, account);
        }
    }
}

fn log_not_written(error: &SupabaseError, account: &mut Account) {
    tracing::warn!(%error, "the run could not be written to sync_logs");
    account.findings.warn_run(WarningCode::LogNotWritten);
}

/// The year to refresh: the current one, or the one asked for if this school has or had it.
fn academic_year(
    asked: Option<AcademicYear>,
    calendar: Calendar,
    today: Date,
) -> Result<AcademicYear, SyncError> {
    let current = AcademicYear::containing(today, calendar);
    let Some(asked) = asked else {
        return Ok(current);
    };
    if asked.calendar() != calendar {
        return Err(SyncError::Usage(format!(
            "--academic-year: this school has no year {asked}; its current year is {current}."
        )));
    }
    if asked.first_day() > today {
        return Err(SyncError::Usage(format!(
            "--academic-year: {asked} has not begun; this school's current year is {current}."
        )));
    }
    Ok(asked)
}

/// The students among the records, each e-mail once; what is no student is booked.
fn students(fetched: Fetched, stored: &[StoredStudent], findings: &mut Findings) -> Vec<Student> {
    if fetched.records.is_empty() && stored.len() > FEW_STUDENTS {
        findings.warn_run(WarningCode::SuspiciouslyEmpty);
    }
    let mut records: Vec<_> = fetched.records.into_iter().collect();
    records.sort_by_key(|(id, _)| *id);
    let mut students = Vec::with_capacity(records.len());
    for (id, outcome) in records {
        match outcome {
            Ok(transformed) => {
                for note in transformed.notes {
                    findings.warn(note, id);
                }
                students.push(transformed.student);
            }
            Err(reason) => findings.skip(reason, id),
        }
    }
    deduplicate(students, findings)
}
