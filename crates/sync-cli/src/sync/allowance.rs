//! Leaving Knack's last requests of the day alone, where that is asked for.

use dashboard::SchoolYear;

use super::{Refresh, Run};
use crate::error::SyncError;

impl Run<'_> {
    /// `Err` where so few requests are left for today that they are to be left alone. What Knack has left, it says with any
    /// answer: it is asked for the count, which a refresh needs anyway, before all else. Returns that.
    pub(super) async fn leave_allowance(
        &self,
        of: &SchoolYear,
        stored_students: Option<u64>,
    ) -> Result<Option<u64>, SyncError> {
        let Refresh {
            request,
            knack,
            stop,
            ..
        } = self.refresh;
        let floor = request.min_daily_allowance;
        if floor == 0 {
            return Ok(None);
        }
        let fetch = self.refresh.fetch_of(of, stored_students);
        let counted = stop.or_read(fetch.ask_for_count()).await?;
        let usage = knack.usage();
        match usage.daily_remaining {
            Some(left) if left < floor => Err(SyncError::AllowanceLow {
                left,
                floor,
                resets_in: usage.daily_resets_in,
            }),
            Some(_) => Ok(counted),
            None => {
                tracing::info!("Knack does not say how many requests are left today");
                Ok(counted)
            }
        }
    }
}
