//! An event of a run, as it is sent. Each carries the whole state, so a reader that misses some loses nothing.

use std::sync::Arc;

use uuid::Uuid;

use super::view::RunView;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventName {
    /// The state when following began.
    Snapshot,
    /// It was queued, started, or asked to stop.
    State,
    /// A new phase began.
    Phase,
    /// It has got further.
    Progress,
    /// It waits for Knack or Supabase.
    Waiting,
    /// It has ended; no event follows.
    End,
}

impl EventName {
    /// The name of an event that another launcher has told.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Snapshot,
            Self::State,
            Self::Phase,
            Self::Progress,
            Self::Waiting,
            Self::End,
        ];
        all.into_iter().find(|known| known.as_str() == name)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::State => "state",
            Self::Phase => "phase",
            Self::Progress => "progress",
            Self::Waiting => "waiting",
            Self::End => "end",
        }
    }
}

/// One event. Ids count from 1 within a run.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    run_id: Uuid,
    pub(crate) id: u64,
    name: EventName,
    data: Arc<str>,
}

impl Event {
    pub(crate) fn new(id: u64, name: EventName, state: &RunView) -> Self {
        let data = serde_json::to_string(state).expect("states always serialise");
        Self {
            run_id: state.run_id,
            id,
            name,
            data: data.into(),
        }
    }

    /// An event of another launcher's, as that one has sent it to its own followers.
    pub(super) fn received(run_id: Uuid, id: u64, name: EventName, data: &str) -> Self {
        Self {
            run_id,
            id,
            name,
            data: data.into(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name.as_str()
    }

    pub(super) fn data(&self) -> &str {
        &self.data
    }

    pub(crate) fn is_end(&self) -> bool {
        self.name == EventName::End
    }

    /// Which event of `run` a `Last-Event-ID` names; `None` if it is another run's, or not an event id.
    pub(crate) fn number(last_event_id: &str, run: Uuid) -> Option<u64> {
        let (of_run, number) = last_event_id.rsplit_once('-')?;
        (of_run.parse() == Ok(run)).then(|| number.parse().ok())?
    }

    /// In the format of server-sent events.
    pub(crate) fn to_wire(&self) -> String {
        format!(
            "id: {}-{}\nevent: {}\ndata: {}\n\n",
            self.run_id,
            self.id,
            self.name.as_str(),
            self.data
        )
    }
}
