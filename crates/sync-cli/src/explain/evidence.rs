//! The basis of an explanation: the decisions of a refresh, and the data behind them.

use std::collections::{HashMap, HashSet};

use dashboard::SchoolYear;
use sync_protocol::{KnackRecordId, WarningCode};

use crate::domain::Cycles;
use crate::reconcile::{Context, Owners, Plan, PlannedAnswers, RowsMet};
use crate::stored::StoredStudent;
use crate::transform::NotTaken;

/// By-products of a refresh's decisions, kept only where they are to be explained.
#[derive(Default)]
pub(crate) struct Traced {
    /// Records that were not taken, of either object.
    pub(crate) not_taken: HashMap<KnackRecordId, NotTaken>,
    /// Records that could not be read, and what that is reported as.
    pub(crate) left_out: HashMap<KnackRecordId, WarningCode>,
    /// How many they are, with those that did not even say their id.
    pub(crate) unread: u64,
    /// The texts that were mended in a student's record.
    pub(crate) notes: HashMap<KnackRecordId, Vec<WarningCode>>,
    /// Cycles of a student's record that were left out for a score that is none.
    pub(crate) out_of_range: HashMap<KnackRecordId, Cycles>,
    /// Whose the sheets of answers are.
    pub(crate) owners: Owners,
    pub(crate) sheets_out_of_range: HashSet<KnackRecordId>,
}

impl Traced {
    /// A record that could not be read.
    pub(crate) fn leave_out(&mut self, warning: WarningCode, record: Option<KnackRecordId>) {
        self.unread += 1;
        self.left_out.extend(record.map(|record| (record, warning)));
    }
}

/// All that a refresh has decided.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) of: &'a SchoolYear,
    pub(crate) plan: &'a Plan,
    /// Nothing where answers are left out of account.
    pub(crate) answers: Option<&'a PlannedAnswers<'a>>,
    pub(crate) context: Context<'a>,
    pub(crate) traced: &'a Traced,
    pub(crate) stored: &'a [StoredStudent],
    /// The rows outside the school that hold the subject's e-mail.
    pub(crate) met: &'a RowsMet,
}
