//! Trials that are programs of their own; each ends with a line of JSON.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::process::Command;

use super::{Torture, repository};

/// None may take longer.
const PATIENCE: Duration = Duration::from_secs(600);

impl Torture {
    /// The Autobahn test suite against the server's own stack.
    pub(super) async fn autobahn(&mut self) -> anyhow::Result<()> {
        let found = last_line("tests/autobahn/run.py", &[]).await?;
        let count = |key: &str| found[key].as_u64();
        (self.line.autobahn_cases, self.line.autobahn_failed) = (count("autobahn_cases"), count("autobahn_failed"));
        let (cases, failed) = (count("autobahn_cases").unwrap_or(0), count("autobahn_failed").unwrap_or(0));
        let value = format!("{failed} of {cases} cases failed");
        self.row("WebSocket conformance (Autobahn)", value, "0", cases > 0 && failed == 0);
        Ok(())
    }

    /// Every target for so many seconds.
    pub(super) async fn fuzz(&mut self, seconds: u32) -> anyhow::Result<()> {
        let found = last_line("fuzz/run.py", &[("FUZZ_SECONDS", seconds.to_string())]).await?;
        let count = |key: &str| found[key].as_u64();
        self.line.fuzz_targets = count("fuzz_targets");
        self.line.fuzz_executions = count("fuzz_executions");
        self.line.fuzz_crashes = count("fuzz_crashes");
        let crashes = count("fuzz_crashes").unwrap_or(0);
        let (targets, executions) = (count("fuzz_targets").unwrap_or(0), count("fuzz_executions").unwrap_or(0));
        let value = format!("{crashes} crashes in {executions} executions of {targets} targets, {seconds} s each");
        self.row("fuzzing", value, "0", targets > 0 && crashes == 0);
        Ok(())
    }

    /// Two releases behind a proxy, 200 learners.
    pub(super) async fn deploy(&mut self) -> anyhow::Result<()> {
        let found = last_line("deploy/rehearse.py", &[]).await?;
        let count = |key: &str| found[key].as_u64();
        self.line.deploy_lost_sessions = count("deploy_lost_sessions");
        self.line.deploy_lost_alerts = count("deploy_lost_alerts");
        let lost = ["deploy_lost_sessions", "deploy_lost_alerts", "deploy_lost_verdicts"].map(count);
        let [sessions, alerts, verdicts] = lost.map(|it| it.map_or("?".to_owned(), |it| it.to_string()));
        let back = found["rollback_ok"] == Value::Bool(true);
        let value = format!(
            "lost: {sessions} watch sessions, {alerts} alerts, {verdicts} verdicts; a broken release {}",
            if back { "was rolled back" } else { "was NOT rolled back" }
        );
        self.row("deployment under 200 learners", value, "0, 0, 0", back && lost.iter().all(|it| *it == Some(0)));
        Ok(())
    }
}

/// Runs a script of the repository; what it says goes to stderr, and its last line is read.
async fn last_line(script: &str, variables: &[(&str, String)]) -> anyhow::Result<Value> {
    let folder = repository();
    let path = folder.join(script);
    ensure!(path.is_file(), "there is no {}: run this in the repository", path.display());
    eprintln!("torture: {script}");
    let child = Command::new(path.canonicalize().context("no path")?)
        .current_dir(&folder)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {script}"))?;
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .with_context(|| format!("{script} took longer than {} s", PATIENCE.as_secs()))??;
    let text = String::from_utf8_lossy(&output.stdout);
    eprint!("{text}");
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    serde_json::from_str(last)
        .with_context(|| format!("{script} ended with {} and without its line of JSON: {last}", output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_script_that_is_not_there_is_said() {
        let error = last_line("no/such/script", &[]).await.expect_err("there is none");
        assert!(error.to_string().contains("no/such/script"), "{error}");
    }
}
