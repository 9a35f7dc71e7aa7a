//! A server's body, taken apart while it comes: server-sent events, or one JSON object where the server does not stream.

use memchr::memchr;
use serde_json::Value;

use super::error::Failure;
use super::piece::Piece;

/// Bytes of a body for each byte of the reply's text: a token of four bytes comes in an event of some 250.
pub(super) const FRAMING: usize = 64;
/// Bytes of one event, or of a whole JSON body, for each byte of the reply's text: escapes, and reasoning beside it.
const ESCAPING: usize = 4;
/// And so many more, for what stands around the text.
const AROUND: usize = 64 * 1024;

/// What the first byte shows. The content type is not asked: it is often wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    Events,
    Json,
}

/// Holds one event at most, never more than `ESCAPING * reply_bytes + AROUND` bytes.
#[derive(Debug)]
pub(super) struct Body {
    kind: Kind,
    reply_bytes: usize,
    read: usize,
    /// Of the line, or of the JSON body.
    begun: Vec<u8>,
    /// Of the event.
    data: Vec<u8>,
    done: bool,
}

impl Body {
    pub(super) fn new(reply_bytes: usize) -> Self {
        Self { kind: Kind::Unknown, reply_bytes, read: 0, begun: Vec::new(), data: Vec::new(), done: false }
    }

    /// The next bytes of the body.
    ///
    /// # Errors
    /// Too much of it, or nothing that can be read.
    pub(super) fn feed(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        self.read = self.read.saturating_add(bytes.len());
        if self.read > self.reply_bytes.saturating_mul(FRAMING).saturating_add(AROUND) {
            return Err(Failure::TooLarge);
        }
        let bytes = if self.kind == Kind::Unknown { self.recognise(bytes)? } else { bytes };
        match self.kind {
            Kind::Unknown => Ok(()),
            Kind::Json => self.begin(bytes),
            Kind::Events => self.lines(bytes, pieces),
        }
    }

    /// There are no more bytes.
    ///
    /// # Errors
    /// What is left cannot be read.
    pub(super) fn end(mut self, pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        match self.kind {
            Kind::Unknown => Ok(()),
            Kind::Json => read(&self.begun).map(|piece| pieces.push(piece)),
            Kind::Events => {
                self.line()?;
                self.event(pieces)
            }
        }
    }

    fn recognise<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Failure> {
        let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF);
        let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
        let bytes = bytes.get(start..).unwrap_or_default();
        self.kind = match bytes.first() {
            None => Kind::Unknown,
            Some(b'{') => Kind::Json,
            Some(b'<') => return Err(Failure::Page),
            Some(_) => Kind::Events,
        };
        Ok(bytes)
    }

    fn lines(&mut self, mut bytes: &[u8], pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        while let Some((line, rest)) = memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end)) {
            self.begin(line)?;
            if self.line()? {
                self.event(pieces)?;
            }
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.begin(bytes)
    }

    fn begin(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.begun.len() + self.data.len() + bytes.len()
            > self.reply_bytes.saturating_mul(ESCAPING).saturating_add(AROUND)
        {
            return Err(Failure::TooLarge);
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }

    /// True for the empty line that ends an event. Of all fields only the data matters.
    fn line(&mut self) -> Result<bool, Failure> {
        let line = self.begun.strip_suffix(b"\r").unwrap_or(&self.begun);
        let ends = line.is_empty();
        if let Some(data) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        }
        self.begun.clear();
        Ok(ends)
    }

    fn event(&mut self, pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        self.done |= self.data == b"[DONE]";
        if !self.done && !self.data.is_empty() {
            pieces.push(read(&self.data)?);
        }
        self.data.clear();
        Ok(())
    }
}

fn read(json: &[u8]) -> Result<Piece, Failure> {
    let event: Value = serde_json::from_slice(json).map_err(|_| Failure::Broken)?;
    Ok(Piece::read(&event))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REPLY: usize = 1000;

    fn all(chunks: &[&[u8]]) -> Result<String, Failure> {
        let mut body = Body::new(REPLY);
        let mut pieces = Vec::new();
        for chunk in chunks {
            body.feed(chunk, &mut pieces)?;
        }
        body.end(&mut pieces)?;
        Ok(pieces.into_iter().map(|piece| piece.text).collect())
    }

    fn event(text: &str) -> String {
        format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {"content": text}}]}))
    }

    #[test]
    fn events_in_any_pieces() {
        let body = format!(
            ": ping\r\n\r\nevent: x\nid: 1\n{}{}data: [DONE]\n\n{}",
            event("안녕"),
            event("하세요"),
            event("!")
        );
        let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
        assert_eq!(all(&bytes), Ok("안녕하세요".to_owned()));
        assert_eq!(all(&[body.replace('\n', "\r\n").as_bytes()]), Ok("안녕하세요".to_owned()));
        assert_eq!(all(&[event("x").trim_end().as_bytes()]), Ok("x".to_owned()), "without its empty line");
    }

    #[test]
    fn data_in_several_lines_is_one_event() {
        assert_eq!(all(&[b"data: {\"choices\":\ndata:[{\"delta\":{\"content\":\"a\"}}]}\n\n"]), Ok("a".to_owned()));
    }

    #[test]
    fn one_json_object_is_no_stream() {
        let body = "\u{feff}\n{\"choices\":\n[{\"message\":{\"content\":\"all\"}}]}";
        assert_eq!(all(&[body.as_bytes()]), Ok("all".to_owned()));
    }

    #[test]
    fn what_is_no_reply() {
        assert_eq!(all(&[b"\n<!DOCTYPE html>"]), Err(Failure::Page));
        assert_eq!(all(&[b"{\"choices\":"]), Err(Failure::Broken));
        assert_eq!(all(&[b"data: {]\n\n"]), Err(Failure::Broken));
        assert_eq!(all(&[b"data: ", "[".repeat(500).as_bytes(), b"\n\n"]), Err(Failure::Broken));
        assert_eq!(all(&[b"OK"]), Ok(String::new()));
        assert_eq!(all(&[]), Ok(String::new()));
    }

    #[test]
    fn bodies_lines_and_events_have_an_end() {
        let large = vec![b'x'; 10_000];
        let endless = |begin: &[u8], each: &[u8]| {
            let mut body = Body::new(REPLY);
            let mut pieces = Vec::new();
            body.feed(begin, &mut pieces).expect("a beginning");
            let fed = (0..1000).position(|_| body.feed(each, &mut pieces).is_err());
            assert!(body.begun.capacity() + body.data.capacity() < 4 * (AROUND + ESCAPING * REPLY));
            fed.expect("an end")
        };
        assert!(endless(b"{", &large) < 10, "one JSON body");
        assert!(endless(b"data: ", &large) < 10, "one line");
        assert!(
            endless(
                b"data: a\n",
                b"data: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
            ) < 1000
        );
        assert!(endless(b": ping\n", &[large.as_slice(), b"\n"].concat()) < 20, "all lines");
    }

    proptest! {
        #[test]
        fn any_bytes_end_well(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20)) {
            let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            let _ = all(&chunks);
        }

        #[test]
        fn where_a_body_is_cut_does_not_matter(text in ".{0,50}", at in 0_usize..200) {
            let body = event(&text);
            let (first, second) = body.as_bytes().split_at(at.min(body.len()));
            prop_assert_eq!(all(&[first, second]), Ok(text));
        }
    }
}
