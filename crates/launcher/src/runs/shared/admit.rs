//! The admission of a run: one question to Redis, which is asked to its end even if whoever wanted it has gone.

use std::sync::Arc;
use std::time::Instant;

use dashboard::School;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::Shared;
use super::backlog::KEPT;
use super::known::About;
use super::link::millis;
use super::own::{Own, guard};
use super::scripts::{ADMIT, Admitted, Looked};
use crate::cooldown::LoggedEnd;
use crate::runs::{Admission, Refused, Run, Turn};

/// How often a school may change while it is looked at.
const ATTEMPTS: usize = 5;

/// An admission that somebody waits for. If they do not wait any longer, it is taken back.
struct Awaited {
    answer: oneshot::Receiver<Result<Option<Admission>, Refused>>,
    shared: Arc<Shared>,
}

impl Shared {
    pub(in crate::runs) async fn admit(
        self: &Arc<Self>,
        school: &Arc<School>,
        started_by: &str,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Result<Admission, Refused> {
        for _ in 0..ATTEMPTS {
            if let Some(run) = self.own_of(school) {
                return Ok(Admission::Joined(run));
            }
            let looked = self.look(school).await?;
            if let Some(run) = looked.run {
                return self.join(run).await;
            }
            let (remembered, after) = super::ends_of(&looked);
            if let Some(wait) = self.cooldown.wait(logged, &remembered, now) {
                return Err(Refused::CoolingDown { wait, after });
            }
            if self.state.lock().closed {
                return Err(Refused::ShuttingDown);
            }
            if let Some(admission) = self.ask(school, started_by, &looked).await? {
                return Ok(admission);
            }
        }
        Err(Refused::Unreachable)
    }

    /// `None` if the school has changed since it was looked at.
    async fn ask(
        self: &Arc<Self>,
        school: &Arc<School>,
        started_by: &str,
        looked: &Looked,
    ) -> Result<Option<Admission>, Refused> {
        let (tell, answer) = oneshot::channel();
        let mut awaited = Awaited {
            answer,
            shared: Arc::clone(self),
        };
        let id = Uuid::new_v4();
        let run = Run::new(id, Arc::clone(school), started_by.to_owned());
        let seen = [
            looked.ended.clone(),
            looked.cancelled.first().cloned().unwrap_or_default(),
        ];
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            let answer = shared.decide(run, seen).await;
            if let Err(Ok(Some(Admission::New { run, .. }))) = tell.send(answer) {
                shared.withdraw(&run);
            }
        });
        let answered = (&mut awaited.answer).await;
        answered.unwrap_or(Err(Refused::Unreachable))
    }

    async fn decide(
        self: &Arc<Self>,
        run: Run,
        [ended, cancelled]: [String; 2],
    ) -> Result<Option<Admission>, Refused> {
        let (school, id) = (run.school.id, run.id);
        let about = About::of(&run);
        let [school_text, run_text] = [school, id].map(|id| id.to_string());
        let (lease, kept) = (millis(self.lease), millis(KEPT));
        let running = self.limits.running.to_string();
        let queued = self.limits.queued.to_string();
        let arguments = [
            &*school_text,
            &*run_text,
            &*self.instance,
            &*lease,
            &*running,
            &*queued,
            &*ended,
            &*cancelled,
            &*about,
            &*kept,
        ];
        let sent = Instant::now();
        let Ok(admitted) = self.link.call::<Admitted>(ADMIT, &arguments).await else {
            // It may have been admitted all the same, or will be.
            self.take_back(school, id);
            return Err(Refused::Unreachable);
        };
        match admitted {
            Admitted {
                joined: Some(run), ..
            } => self.join(run).await.map(Some),
            Admitted {
                settling: Some(left),
                ..
            } => Err(Refused::Settling {
                seconds: left.div_ceil(1_000),
            }),
            Admitted { busy: true, .. } => Err(Refused::Busy),
            Admitted {
                fence: Some(fence),
                position,
                ..
            } => {
                let run = Arc::new(run.with_fence(fence));
                Ok(Some(self.begin(run, fence, position, about, sent)))
            }
            Admitted { .. } => Ok(None),
        }
    }

    fn begin(
        self: &Arc<Self>,
        run: Arc<Run>,
        fence: u64,
        position: Option<usize>,
        about: String,
        sent: Instant,
    ) -> Admission {
        let (go, turn) = oneshot::channel();
        let proven = Arc::new(Mutex::new(sent));
        if let Some(position) = position {
            run.queued(position);
        }
        let own = Own {
            run: Arc::clone(&run),
            fence,
            about,
            proven: Arc::clone(&proven),
            go: position.is_some().then_some(go),
            position,
            published: 0,
        };
        self.state.lock().own.insert(run.id, own);
        self.runtime
            .spawn(guard(Arc::clone(&run), proven, self.lease));
        self.wake.notify_one();
        let turn = if position.is_some() {
            Turn::After(turn)
        } else {
            Turn::Now
        };
        Admission::New { run, turn }
    }

    async fn join(&self, run: Uuid) -> Result<Admission, Refused> {
        let run = self.find(run).await?;
        run.map(Admission::Joined).ok_or(Refused::Unreachable)
    }

    /// A run that nobody will carry out.
    fn withdraw(&self, run: &Run) {
        self.state.lock().own.remove(&run.id);
        self.take_back(run.school.id, run.id);
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.answer.close();
        if let Ok(Ok(Some(Admission::New { run, .. }))) = self.answer.try_recv() {
            self.shared.withdraw(&run);
        }
    }
}
