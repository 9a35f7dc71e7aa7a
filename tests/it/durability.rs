//! An alert's event survives kill -9 of the server one second later. `make durability` tries it a hundred times.

use crate::durability_tries::survived;
use crate::store::place::Place;

const TRIES: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_survive_kill_9_on_sqlite() {
    let place = Place::sqlite();
    let database = [format!("database.path={}", place.settings.path.display())];
    assert_eq!(survived(&database, TRIES, drop).await.expect("tried"), TRIES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_survive_kill_9_on_postgres() {
    let Some(place) = Place::postgres().await else { return };
    let database = [format!("database.url={}", place.settings.url.secret())];
    assert_eq!(survived(&database, TRIES, drop).await.expect("tried"), TRIES);
}
