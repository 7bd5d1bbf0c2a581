//! A row that another student has left: its answers are cleared before it gets its new name.
//!
//! Whoever's answers cannot be cleared keeps the row: better missing and named than one pupil's answers under another's name.

use std::collections::HashSet;

use sync_protocol::{KnackRecordId, WarningCode};

use super::Lane;
use crate::error::{SavedRows, SyncError};
use crate::ledger::Ledger;
use crate::reconcile::{BothSides, Compared};
use crate::save::ANSWERS;
use crate::save::Save;
use crate::save::pending::{Change, Pending};
use crate::save::rows::{AnswerRow, UndatedAnswerRow};
use crate::stored::answers::ByStudent;

impl Save<'_> {
    /// Of these students, whose rows hold no answers of another's any more. (Where what is stored could not be read, no row is
    /// taken over in the first place.)
    pub(in crate::save) async fn clear_answers(
        &self,
        taken: &[(KnackRecordId, Compared)],
        read: &ByStudent,
        ledger: &mut Ledger,
    ) -> Result<HashSet<KnackRecordId>, SyncError> {
        let mut clear: HashSet<KnackRecordId> = taken.iter().map(|(record, _)| *record).collect();
        let Some(known) = self.context.answers else {
            return Ok(clear);
        };
        let both = BothSides {
            known,
            others: read,
        };
        let mut lane = Lane::new(self.target(ANSWERS.0, ANSWERS.1));
        for (record, compared) in taken {
            self.add_cleared(&mut lane, *record, compared, &both);
        }
        if lane.updates.is_empty() && lane.undated.is_empty() {
            return Ok(clear);
        }
        let records = taken
            .iter()
            .map(|(record, compared)| (compared.id, *record));
        let answers = self.answers(&both, records);
        let outcome = self.write_lane(&mut lane, &answers).await;

        let may_have = matches!(&outcome, Err(error) if error.may_have_saved());
        if may_have || lane.written.iter().any(|it| it.changes.synced() > 0) {
            ledger.saved = SavedRows::Some;
        }
        for written in &lane.written {
            written.name_left(ledger);
        }
        match lane.table.close(outcome, ledger) {
            Err(error) if error.costs_everything() => return Err(error),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "answers of other students could not be cleared");
                for record in clear.drain() {
                    ledger.findings.warn(WarningCode::RowRefused, record);
                }
            }
            Ok(()) => clear.retain(|record| {
                let is_left = lane.written.iter().any(|it| it.is_left(*record));
                !is_left && !lane.table.tally.is_refused(*record)
            }),
        }
        let ids = taken.iter().map(|(_, compared)| compared.id);
        self.cleared.borrow_mut().extend(ids);
        Ok(clear)
    }

    fn add_cleared(
        &self,
        lane: &mut Lane<'_>,
        record: KnackRecordId,
        compared: &Compared,
        both: &BothSides<'_>,
    ) {
        let stored = both.stored(compared.id);
        let has_answers = stored.places().next().is_some();
        lane.table.tally.expect(usize::from(has_answers));
        for place in stored.places() {
            let row = AnswerRow::cleared(compared.id, place, self.of.year);
            match stored.undated(place.0, place.1) {
                None => lane.updates.push(Pending::new(record, Change::Update, row)),
                Some(id) => {
                    let row = UndatedAnswerRow { id, row };
                    lane.undated.push(Pending::new(record, Change::Update, row));
                }
            }
        }
    }
}
