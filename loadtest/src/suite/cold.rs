//! From starting the server to its first verdict.

use std::time::Duration;

use anyhow::Context as _;

use super::{Row, Suite};
use crate::behaviour::Shown;
use crate::connect::Target;
use crate::server::Server;
use crate::sign_in;
use crate::visitor::Visitor;

/// Seconds.
const BAR: f64 = 1.5;
/// The median of so many starts; the first one may find the files not in memory.
const STARTS: usize = 3;

impl Suite {
    /// Starts servers and asks each for one verdict.
    pub(super) async fn cold_start(&mut self) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let server = Server::start(&self.binary, &self.settings).await?;
            let target = Target::resolve(&server.url, Duration::from_secs(10)).await?;
            let tokens = sign_in::guests(&target, 1).await?;
            let visitor = Visitor::join(&target, &tokens[0], 0).await;
            let mut visitor = visitor.map_err(|why| anyhow::anyhow!("{why}")).context("cannot connect")?;
            let frame = self.steady.next(&mut self.steady.stream(0), Shown::Attentive).0;
            visitor.look(&frame).await?;
            times.push(server.began.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let median = times[STARTS / 2];
        let value = format!("{median:.2} s ({:.2} to {:.2}, {STARTS} starts)", times[0], times[STARTS - 1]);
        self.rows.push(Row::barred("start to first verdict", value, "< 1.5 s", median < BAR));
        Ok(())
    }
}
