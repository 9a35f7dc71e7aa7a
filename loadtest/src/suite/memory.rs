//! The server's memory with 500 learners.

use super::{Row, Suite};
use crate::class::Manners;
use crate::profile::Profile;
use crate::run::{self, Plan};

const LEARNERS: usize = 500;
/// MB (10^6 bytes).
const BAR: f64 = 250.0;
/// MB of a MiB.
const MB: f64 = 1.048_576;

impl Suite {
    /// 500 learners at 1 frame/s for a while.
    pub(super) async fn memory(&mut self) -> anyhow::Result<()> {
        let venue = self.venue(&[]).await?;
        let class = self.class(&venue, self.steady.clone(), Manners::PLAIN);
        let plan = Plan {
            name: "500 learners".to_owned(),
            profile: Profile::Constant,
            sockets: LEARNERS,
            from: 0,
            warm_up: self.seconds(4.0),
            length: self.seconds(20.0),
            ramp: 300.0,
            server: Some(venue.server.pid()),
        };
        let record = run::run(class, &plan).await?;
        // The most of the run rather than its end: what was needed once is what a machine must have.
        let most = record.series.iter().filter_map(|second| second.server_rss_mib).fold(0.0, f64::max) * MB;
        self.line.rss_mb_500 = (most > 0.0).then_some(crate::latency::round(most));
        let it = &record.numbers;
        let value = format!("{most:.0} MB ({:.0} frames/s answered, {} lost)", it.answered_per_s, it.lost());
        self.rows.push(Row::barred("memory, 500 learners", value, "< 250 MB", most > 0.0 && most < BAR));
        self.records.push(record);
        Ok(())
    }
}
