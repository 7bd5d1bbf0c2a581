//! One school, refreshed: the stages in their order. Each stage's rules are in the module it calls.

mod allowance;
mod answers;
mod changed_fields;
mod checks;
mod closing;
mod explain;
mod met;
mod narrate;
mod records;
mod rehearse;
mod request;
mod stored_side;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::anyhow;
use dashboard::establishments::{self, Counted};
use dashboard::sync_logs::RunLog;
use dashboard::{OptionalColumns, SchoolYear, today};
use futures_util::FutureExt;
use jiff::civil::Date;
use knack_client::KnackClient;
use supabase_client::SupabaseClient;
use sync_protocol::{AcademicYear, Calendar, Phase, ProgressEvent, Summary, WarningCode};

use crate::changed_rows::ChangedRows;
use crate::clock::Clock;
use crate::clock_skew::Comparison;
use crate::error::{During, SyncError};
use crate::explain::Traced;
use crate::fetch::{Fetch, Fetched, Plan as FetchPlan};
use crate::field_check::FieldFaults;
use crate::ledger::Ledger;
use crate::progress::Progress;
use crate::reconcile::{Context, Leftovers, People, Plan, PlannedAnswers, reconcile};
use crate::save::Save;
use crate::service::Service;
use crate::stop::Stop;
use crate::stored::{StoredStudent, StoredStudents};
use checks::{Suspicion, academic_year, same_year};
pub(crate) use request::{RefreshRequest, ReportChanges};
use stored_side::{StoredAnswersSide, read_with_students};

/// How long the log row may take to be written, at the beginning and at the end; after a stop it has less (see stop.rs).
const LOG_PATIENCE: Duration = Duration::from_secs(5);

/// A refresh, and what it reads from, writes to and listens to.
pub(crate) struct Refresh<'a> {
    pub(crate) request: &'a RefreshRequest,
    pub(crate) knack: &'a KnackClient,
    pub(crate) supabase: &'a SupabaseClient,
    pub(crate) progress: &'a Progress,
    pub(crate) stop: &'a Stop,
    pub(crate) clock: &'a Clock,
}

/// A refresh under way.
struct Run<'a> {
    refresh: &'a Refresh<'a>,
    ledger: Ledger,
    /// Which of them this database lacks.
    columns: OptionalColumns,
    /// The row to close, whether it could be opened or not.
    log: Option<RunLog>,
    /// Whose rows are changed, where that is reported.
    changed: Option<ChangedRows>,
    /// By-products of decisions, where they are to be explained.
    traced: Option<Traced>,
    /// Fields of Knack that nothing may be written from.
    fields: FieldFaults,
}

/// The data of both sides.
struct Read {
    stored: Vec<StoredStudent>,
    /// `None` where answers are left alone.
    stored_answers: Option<StoredAnswersSide>,
    fetched: Fetched,
}

impl Refresh<'_> {
    /// Refreshes the school. However that ends, with a bug too, the log row is closed and the ledger says what was done.
    pub(crate) async fn run(&self) -> (Ledger, Result<(), SyncError>) {
        let mut run = Run {
            refresh: self,
            ledger: self.request.ledger(),
            columns: OptionalColumns::default(),
            log: None,
            changed: self.request.changes.collected(),
            traced: self.request.question.as_ref().map(|_| Traced::default()),
            fields: FieldFaults::default(),
        };
        let stages = AssertUnwindSafe(Box::pin(run.stages()));
        let outcome = stages
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(SyncError::Internal(panic())));
        run.ledger.usage = self.knack.usage();
        if self.knack.was_limited_alone() {
            run.ledger.findings.warn_once(WarningCode::LimitNotShared);
        }
        for column in run.columns.unusable() {
            run.ledger.findings.warn_column(column);
        }
        run.close_log(&outcome).await;
        // Only now, so that they are not even at hand where the log row is written.
        run.report_changes();
        self.progress.finish();
        (run.ledger, outcome)
    }
}

impl Run<'_> {
    async fn stages(&mut self) -> Result<(), SyncError> {
        self.phase(Phase::FindingSchool);
        let (school_year, stored_students) = self.find().await?;

        self.phase(Phase::Fetching);
        narrate::found(&school_year, stored_students);
        let counted = self.leave_allowance(&school_year, stored_students).await?;
        let read = self
            .read_and_fetch(&school_year, stored_students, counted)
            .await?;
        narrate::read(&read.fetched, read.stored.len(), self.refresh.knack.usage());
        let Read {
            stored,
            stored_answers,
            fetched,
        } = read;
        let clocks = self.compare_clocks();
        if self.refresh.request.academic_year.is_none() {
            same_year(&clocks, school_year.school.calendar)?;
        }
        self.heed_fields(fetched.fields)?;

        self.phase(Phase::Comparing);
        self.ledger.not_completed = fetched.not_completed;
        let received = fetched.records.received();
        let (students, skipped) = self.transform(fetched.records);
        let met = self.rows_of_families(&students, &stored, &school_year);
        let met = met.await?;
        let rows: Vec<&StoredStudent> = stored.iter().chain(&met).collect();
        let people = People::of(students, skipped, &rows);
        if let Some(suspicion) = Suspicion::of(received, people.emails(), stored.len()) {
            self.ledger.findings.warn_run(suspicion.of_students());
        }
        let sides = stored_answers.zip(fetched.answers);
        let mut answers = self.know_answers(sides, &people, &rows);
        let leftovers = self.find_leftovers(&people, &school_year).await?;
        let findings = &mut self.ledger.findings;
        let (students, whose) = people.choose(&rows, &leftovers, answers.known.as_ref(), findings);
        self.leave_answers_of(&students, &mut answers);
        let today = self.today(school_year.school.calendar);
        let context = Context {
            leftovers: &leftovers,
            whose: &whose,
            answers: answers.known.as_ref(),
            today,
            kept: self.fields.kept(),
        };
        let plan = reconcile(students, &stored, context, &mut self.ledger.findings);
        self.ledger.only_in_supabase = plan.only_in_supabase;
        let answers = self.plan_answers(&plan, context, &answers);
        narrate::planned(&plan, answers.as_ref(), &self.ledger);

        if let Some(question) = &self.refresh.request.question {
            let explained =
                Box::pin(self.explain(question, (plan, answers), &school_year, &stored, context));
            self.ledger.explanation = Some(explained.await?);
            return Ok(());
        }
        if self.refresh.request.dry_run {
            return Box::pin(self.rehearse((plan, answers), &school_year, context)).await;
        }
        self.phase(Phase::Writing);
        self.save(plan, answers, &school_year, &stored, context)
            .await?;
        narrate::saved(&self.ledger);
        Ok(())
    }

    /// The school, the year to refresh, and how many students to expect.
    async fn find(&mut self) -> Result<(SchoolYear, Option<u64>), SyncError> {
        let Refresh { request, stop, .. } = self.refresh;
        let years = match request.academic_year {
            Some(year) => vec![year],
            // The calendar is known only with the school; its other label counts nothing.
            None => [Calendar::AugustToJuly, Calendar::JanuaryToDecember]
                .map(|calendar| AcademicYear::containing(self.today(calendar), calendar))
                .to_vec(),
        };
        let supabase = self.refresh.supabase;
        let found =
            establishments::find_counted(supabase, request.establishment, &years, &self.columns);
        let found = stop.or_read(found).await?.during("reading the school")?;
        let Some(Counted {
            school,
            stored_students,
        }) = found
        else {
            let any = establishments::any_is_visible(supabase);
            let any_is_visible = stop.or_read(any).await?.during("reading the schools")?;
            return Err(if any_is_visible {
                SyncError::EstablishmentNotFound
            } else {
                SyncError::NoSchoolVisible
            });
        };
        let today = self.today(school.calendar);
        let year = academic_year(request.academic_year, school.calendar, today);
        let clocks = self.compare_clocks();
        // A year that was asked for depends on the clock only where it is said not to have begun.
        if request.academic_year.is_none() || year.is_err() {
            same_year(&clocks, school.calendar)?;
        }
        let year = year?;
        let school_year = SchoolYear { school, year };
        self.refresh.progress.event(&ProgressEvent::Started {
            run_id: request.run_id,
            establishment_id: school_year.school.knack_id,
            establishment_name: school_year.school.name.clone(),
            academic_year: year,
        });
        self.ledger.school_year = Some(school_year.clone());
        Ok((school_year, stored_students))
    }

    /// Our clock beside those of the services that have answered so far. Warns of it if it is off.
    fn compare_clocks(&mut self) -> Vec<(Service, Comparison)> {
        let Refresh {
            knack,
            supabase,
            clock,
            ..
        } = self.refresh;
        let dates = [
            (Service::Supabase, supabase.last_date()),
            (Service::Knack, knack.last_date()),
        ];
        let compared: Vec<_> = dates
            .into_iter()
            .filter_map(|(service, date)| {
                let (date, came) = date?;
                let compared = Comparison::of(date.to_str().ok()?, clock.at(came))?;
                Some((service, compared))
            })
            .collect();
        if compared.iter().any(|(_, clocks)| clocks.is_skewed()) {
            self.ledger.findings.warn_once(WarningCode::ClockSkew);
        }
        compared
    }

    /// Reads Supabase, fetches from Knack and opens the log row, all at the same time. The row must not hold up the others,
    /// and one that could not be opened costs nothing: its end writes all of it.
    async fn read_and_fetch(
        &mut self,
        of: &SchoolYear,
        stored_students: Option<u64>,
        counted: Option<u64>,
    ) -> Result<Read, SyncError> {
        let Refresh {
            request,
            supabase,
            stop,
            ..
        } = self.refresh;
        let fetch = Fetch {
            counted,
            ..self.refresh.fetch_of(of, stored_students)
        };
        let students = StoredStudents {
            supabase,
            columns: &self.columns,
        };
        let mut both_sides = Box::pin(async {
            let stored = read_with_students(students, of, request.pages.with_answers);
            let both = async { tokio::try_join!(Box::pin(stored), Box::pin(fetch.run())) };
            let both = stop.or_read(both).await.map_err(SyncError::from).flatten();
            let ((stored, stored_answers), fetched) = both?;
            Ok(Read {
                stored,
                stored_answers,
                fetched,
            })
        });
        self.log = self.refresh.log_row(of);
        let Some(row) = &self.log else {
            return both_sides.await;
        };
        tokio::select! {
            read = &mut both_sides => read,
            opened = stop.or_write(row.begin(supabase, LOG_PATIENCE)) => {
                if let Ok(Err(error)) = opened {
                    tracing::info!(%error, "the beginning could not be written to sync_logs");
                }
                both_sides.await
            }
        }
    }

    /// Last year's rows are read only when a cycle looks like theirs.
    async fn find_leftovers(
        &self,
        people: &People,
        of: &SchoolYear,
    ) -> Result<Leftovers, SyncError> {
        if Leftovers::suspects(people.students()).next().is_none() {
            return Ok(Leftovers::default());
        }
        let last_year = of.previous();
        let stored = StoredStudents {
            supabase: self.refresh.supabase,
            columns: &self.columns,
        };
        let last_year = self
            .refresh
            .stop
            .or_read(stored.of_school(&last_year))
            .await?;
        let last_year = last_year.during("reading last year's students")?;
        Ok(Leftovers::find(people.students(), &last_year))
    }

    async fn save(
        &mut self,
        plan: Plan,
        answers: Option<PlannedAnswers<'_>>,
        of: &SchoolYear,
        stored: &[StoredStudent],
        context: Context<'_>,
    ) -> Result<(), SyncError> {
        let students = StoredStudents {
            supabase: self.refresh.supabase,
            columns: &self.columns,
        };
        let refresh = self.refresh;
        let save = refresh.save_of(students, of, stored, context, self.changed.as_ref());
        save.run(plan, answers, &mut self.ledger).await
    }

    /// The day of this run, for a school with this calendar.
    fn today(&self, calendar: Calendar) -> Date {
        today(self.refresh.clock.started_at(), calendar)
    }

    fn phase(&self, phase: Phase) {
        self.refresh.progress.phase(phase);
    }
}

impl<'a> Refresh<'a> {
    /// Reading Knack, with as many students as are stored.
    fn fetch_of<'f>(&'f self, of: &'f SchoolYear, stored_students: Option<u64>) -> Fetch<'f> {
        Fetch {
            knack: self.knack,
            of,
            plan: FetchPlan::of(stored_students, self.request.pages),
            progress: self.progress,
            end: self.clock.after(self.request.timeout),
            counted: None,
        }
    }

    fn save_of<'s>(
        &'s self,
        students: StoredStudents<'s>,
        of: &'s SchoolYear,
        stored: &[StoredStudent],
        context: Context<'s>,
        changed: Option<&'s ChangedRows>,
    ) -> Save<'s>
    where
        'a: 's,
    {
        let services = (self.stop, self.clock);
        let listeners = (self.progress, changed);
        Save::new(students, of, stored, context, services, listeners)
    }

    /// Nothing, where nothing is to be written.
    fn log_row(&self, of: &SchoolYear) -> Option<RunLog> {
        let RefreshRequest {
            run_id,
            started_by,
            fence,
            ..
        } = self.request;
        let begun = self.clock.started_at();
        let row = || RunLog::new(*run_id, of, started_by.clone(), *fence, begun);
        (!self.request.dry_run).then(row)
    }

    fn summary(&self, ledger: &Ledger, outcome: &Result<(), SyncError>) -> Summary {
        ledger.summary(outcome, self.clock.elapsed(), self.clock.now())
    }
}

fn panic() -> anyhow::Error {
    let place = logging::panicked_at().unwrap_or("an unknown place");
    anyhow!("panicked at {place}")
}
