//! Links into lectures. What is no http or https address is no link, nor is a host that nobody can have.

use url::Url;

/// The address, if a page may link to it.
pub fn safe(address: &str) -> Option<String> {
    parsed(address).map(String::from)
}

/// The lecture at that second: by the parameter `t` on YouTube, else by a media fragment (W3C Media Fragments URI 1.0).
/// A fragment that the page itself needs stays, and the link opens the lecture's beginning.
pub fn at(address: &str, seconds: u64) -> Option<String> {
    let mut url = parsed(address)?;
    if is_youtube(&url) {
        let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != "t").collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("t", &format!("{seconds}s"));
    } else if url.fragment().is_none() {
        url.set_fragment(Some(&format!("t={seconds}")));
    }
    Some(url.into())
}

/// `.invalid` names no host (RFC 2606): the page at / calls lectures so that are only a file of the learner's.
fn parsed(address: &str) -> Option<Url> {
    let somewhere = |url: &Url| url.host_str().is_some_and(|host| !host.ends_with(".invalid"));
    Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && somewhere(url))
}

fn is_youtube(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "youtu.be" || host == "youtube.com" || host.ends_with(".youtube.com")
}

#[cfg(test)]
mod tests {
    use super::{at, safe};

    #[test]
    fn links_open_the_second() {
        for (address, link) in [
            ("https://www.youtube.com/watch?v=abc&t=5s", "https://www.youtube.com/watch?v=abc&t=83s"),
            ("https://youtu.be/abc", "https://youtu.be/abc?t=83s"),
            ("https://example.com/lecture.mp4?a=1", "https://example.com/lecture.mp4?a=1#t=83"),
            ("https://notyoutube.com/watch?v=abc", "https://notyoutube.com/watch?v=abc#t=83"),
            ("https://example.com/course#/lecture/7", "https://example.com/course#/lecture/7"),
        ] {
            assert_eq!(at(address, 83).as_deref(), Some(link));
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        for address in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "data:text/html,<b>",
            "file:///etc/passwd",
            "https://local.invalid/0123abcd",
            "",
            "x",
        ] {
            assert_eq!((at(address, 1), safe(address)), (None, None), "{address}");
        }
    }
}
