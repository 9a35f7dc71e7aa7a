//! A server in this process.

use std::net::SocketAddr;

use loa::config::Config;
use loa::server::Server;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Running {
    pub address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let server = Server::open(config).await?;
        let address = server.address()?;
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(server.run(shutdown.clone()));
        Ok(Self { address, shutdown, task })
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        Ok(self.task.await?)
    }
}
