//! From the database to the client, one part at a time, and not for ever when the client takes nothing.

use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use futures::{StreamExt as _, stream};
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::mpsc::{self, Sender};

use super::Parts;

/// How long a part waits for its client, as messages do by `session.slow_reader_ms`: 64 KiB in that time are 3 KiB/s.
const PATIENCE: Duration = Duration::from_secs(20);

/// The task that reads, and what it gives to the client. It holds `place` until all has been read, and ends when the client
/// takes nothing for [`PATIENCE`] or is gone. What is not whole ends with an error, so that nobody takes it for all.
pub(super) fn hand_over<P: Send + 'static>(
    parts: Parts,
    place: P,
) -> (impl Future<Output = ()> + Send + 'static, Parts) {
    // One part waits here while the next one is written.
    let (client, taken) = mpsc::channel::<Option<Bytes>>(1);
    let taken = stream::try_unfold(taken, |mut taken| async move {
        match taken.recv().await {
            Some(part) => Ok(part.map(|it| (it, taken))),
            None => Err(BoxError::from("the export broke off")),
        }
    });
    (read(parts, place, client), taken.boxed())
}

/// None tells the client that this was all.
async fn read<P>(mut parts: Parts, place: P, client: Sender<Option<Bytes>>) {
    while let Some(part) = parts.next().await {
        let part = match part {
            Ok(part) => part,
            // The answer has begun by then: that it breaks off is all that the client can be told.
            Err(error) => return tracing::error!(%error, "an export broke off"),
        };
        match client.send_timeout(Some(part), PATIENCE).await {
            Ok(()) => {}
            Err(SendTimeoutError::Timeout(_)) => return tracing::debug!("an export's client took nothing"),
            Err(SendTimeoutError::Closed(_)) => return tracing::debug!("an export's client has gone"),
        }
    }
    // Before the client knows that it has everything: it may ask for the next one at once.
    drop((parts, place));
    let _ = client.send_timeout(None, PATIENCE).await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{sleep, timeout};

    use super::*;

    fn endless() -> Parts {
        stream::repeat_with(|| Ok(Bytes::from_static(b"part"))).boxed()
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_cut_off_and_who_is_slow_is_not() {
        let place = Arc::new(());
        let (reading, mut parts) = hand_over(endless(), place.clone());
        let reading = tokio::spawn(reading);
        for _ in 0..5 {
            sleep(PATIENCE - Duration::from_secs(1)).await;
            assert!(matches!(parts.next().await, Some(Ok(_))));
        }
        assert_eq!(Arc::strong_count(&place), 2);
        timeout(2 * PATIENCE, reading).await.expect("given up").expect("no panic");
        assert_eq!(Arc::strong_count(&place), 1, "its place is free, though its client is there still");
        assert!(matches!(parts.next().await, Some(Ok(_))), "what had been read");
        assert!(matches!(parts.next().await, Some(Err(_))), "it does not look whole");
        assert!(parts.next().await.is_none());
    }

    #[tokio::test]
    async fn all_of_it_comes_and_then_the_place_is_free() {
        let place = Arc::new(());
        let few = ["a", "b", "c"].map(|it| Ok(Bytes::from_static(it.as_bytes())));
        let (reading, parts) = hand_over(stream::iter(few).boxed(), place.clone());
        let reading = tokio::spawn(reading);
        let taken: Vec<Bytes> = parts.map(|it| it.expect("no error")).collect().await;
        assert_eq!((taken.concat().as_slice(), Arc::strong_count(&place)), (&b"abc"[..], 1));
        reading.await.expect("no panic");
    }

    #[tokio::test]
    async fn what_breaks_off_says_so() {
        let broken = [Ok(Bytes::from_static(b"a")), Err(BoxError::from("the database is away"))];
        let (reading, parts) = hand_over(stream::iter(broken).boxed(), ());
        tokio::spawn(reading);
        let taken: Vec<bool> = parts.map(|it| it.is_ok()).collect().await;
        assert_eq!(taken, [true, false]);
    }

    #[tokio::test]
    async fn who_is_gone_is_not_read_for() {
        let (reading, parts) = hand_over(endless(), ());
        let reading = tokio::spawn(reading);
        drop(parts);
        timeout(PATIENCE / 2, reading).await.expect("ended").expect("no panic");
    }
}
