//! The binary message: one camera frame.

use bytes::{Buf, Bytes};

/// The first bytes of a frame with a header.
pub const MAGIC: [u8; 4] = *b"LOA1";
/// Bytes before the picture.
pub const HEADER: usize = 16;

/// A binary message taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Sequence and capture time (ms of the client's monotonic clock); `None` for a bare JPEG.
    pub header: Option<Header>,
    /// The picture's bytes, not copied.
    pub jpeg: Bytes,
}

/// What the client says of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Chosen by the client, growing.
    pub seq: u32,
    /// Milliseconds of the client's monotonic clock.
    pub captured_ms: u64,
}

impl Frame {
    /// Splits the header off, if there is a whole one.
    pub fn parse(mut message: Bytes) -> Self {
        if message.len() < HEADER || !message.starts_with(&MAGIC) {
            return Self { header: None, jpeg: message };
        }
        message.advance(MAGIC.len());
        let header = Header { seq: message.get_u32_le(), captured_ms: message.get_u64_le() };
        Self { header: Some(header), jpeg: message }
    }

    /// The message's bytes, as a client sends them.
    pub fn encode(header: Header, jpeg: &[u8]) -> Bytes {
        let mut message = Vec::with_capacity(HEADER + jpeg.len());
        message.extend_from_slice(&MAGIC);
        message.extend_from_slice(&header.seq.to_le_bytes());
        message.extend_from_slice(&header.captured_ms.to_le_bytes());
        message.extend_from_slice(jpeg);
        message.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_header_s_bytes_are_as_documented() {
        let message = Frame::encode(Header { seq: 0x0403_0201, captured_ms: 0x0807_0605_0403_0201 }, &[0xff, 0xd8]);
        assert_eq!(&message[..], b"LOA1\x01\x02\x03\x04\x01\x02\x03\x04\x05\x06\x07\x08\xff\xd8");
    }

    #[test]
    fn a_bare_picture_and_a_cut_header_are_taken_whole() {
        for bytes in [&b"\xff\xd8\xff"[..], b"LOA1\x01\x02", b""] {
            let frame = Frame::parse(Bytes::copy_from_slice(bytes));
            assert_eq!((frame.header, &frame.jpeg[..]), (None, bytes));
        }
    }

    proptest! {
        #[test]
        fn encoding_and_parsing_are_inverse(seq: u32, captured_ms: u64, jpeg: Vec<u8>) {
            let header = Header { seq, captured_ms };
            let frame = Frame::parse(Frame::encode(header, &jpeg));
            prop_assert_eq!(frame, Frame { header: Some(header), jpeg: jpeg.into() });
        }
    }
}
