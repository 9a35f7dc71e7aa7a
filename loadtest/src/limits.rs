//! Open files: each socket is one.

use anyhow::Context as _;

/// Files beside the sockets.
const SPARE: u64 = 200;

/// Raises this process' limit of open files, so that so many sockets are possible.
///
/// # Errors
/// When the system's hard limit is too low, with what to do about it.
pub fn raise_open_files(sockets: usize) -> anyhow::Result<()> {
    let wanted = sockets as u64 + SPARE;
    let reached = rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of open files")?;
    anyhow::ensure!(
        reached >= wanted,
        "{sockets} sockets need {wanted} open files, and the hard limit is {reached}: raise it (as root: `ulimit -Hn {wanted}` \
         before starting, LimitNOFILE= in a systemd unit, --ulimit nofile={wanted}:{wanted} with Docker), or take fewer sockets"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_possible_is_taken_and_what_is_not_is_explained() {
        raise_open_files(10).expect("a few are always possible");
        let (soft, hard) = rlimit::Resource::NOFILE.get().expect("readable");
        assert_eq!(soft, hard);
        let error = raise_open_files(usize::MAX / 4).expect_err("nobody has so many").to_string();
        assert!(error.contains("ulimit") && error.contains(&hard.to_string()), "{error}");
    }
}
