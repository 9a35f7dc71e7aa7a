//! A walk over a JPEG file's markers before it is decoded: is it whole, and of a kind that the decoder gets right?
//!
//! The decoder fills up what is missing: after an unexpected marker it goes on with zero bits, so a picture that was cut and
//! closed by an end marker decodes to a grey rest, which looks like an empty chair. It also repeats scans without limit, and
//! gets pictures wrong whose components come in separate sequential scans (zune-jpeg 0.5.15). All of this can be seen from
//! the markers alone (ITU-T T.81, annex B).

use memchr::memchr;

/// Progressive files may hold any number of scans over the whole picture, so a small file could cost seconds.
/// Encoders write about 10 (libjpeg's standard script).
const MAX_SCANS: usize = 32;
const COEFFICIENTS: usize = 64;
const MAX_COMPONENTS: usize = 4;
/// Of blocks in a unit, along each side (table B.2). Zero of them would be a division by zero.
const MAX_SAMPLING: usize = 4;

/// What is wrong with a file's markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Something is missing.
    Cut,
    /// Something is not as it should be, or not supported.
    Odd(&'static str),
}

/// A file that is whole as far as its markers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole<'a> {
    /// Width as the header states it.
    pub width: usize,
    /// Height as the header states it.
    pub height: usize,
    /// What the decoder shall see. A sequential file ends before its end marker, so that the decoder runs out of bytes when
    /// bits are missing instead of making them up.
    pub bytes: &'a [u8],
}

/// The frame header.
#[derive(Debug, Clone, Copy)]
struct Frame {
    progressive: bool,
    width: usize,
    height: usize,
    components: usize,
    identifiers: [u8; MAX_COMPONENTS],
    sampling: [(usize, usize); MAX_COMPONENTS],
}

/// Walks the file up to its end marker.
///
/// # Errors
/// [`Flaw`]; sizes are not judged here.
pub fn check(bytes: &[u8]) -> Result<Whole<'_>, Flaw> {
    let mut walk = Walk { bytes, at: 2, frame: None, restart_interval: 0 };
    while let Some(marker) = walk.next_segment()? {
        if marker == SOS {
            let frame = walk.frame.ok_or(Flaw::Odd("a scan comes before the frame header"))?;
            return if frame.progressive { walk.progressive(&frame) } else { walk.sequential(&frame) };
        }
    }
    Err(Flaw::Odd("it ends without a picture"))
}

const SOS: u8 = 0xda;
const EOI: u8 = 0xd9;
const DRI: u8 = 0xdd;

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    frame: Option<Frame>,
    restart_interval: usize,
}

impl<'a> Walk<'a> {
    /// Steps over the next marker segment, reading frame header and restart interval on the way. Stops on a scan header
    /// (left unread) and returns `None` at the end marker.
    fn next_segment(&mut self) -> Result<Option<u8>, Flaw> {
        let marker = self.marker()?;
        match marker {
            SOS => return Ok(Some(SOS)),
            EOI => return Ok(None),
            0x01 | 0xd0..=0xd8 => return Err(Flaw::Odd("a marker stands where it has no meaning")),
            _ => {}
        }
        let body = self.segment()?;
        match marker {
            0xc0..=0xc2 if self.frame.is_some() => return Err(Flaw::Odd("it has two frame headers")),
            0xc0..=0xc2 => self.frame = Some(read_frame(body, marker == 0xc2)?),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(Flaw::Odd("only baseline and progressive Huffman coding are supported"));
            }
            DRI => self.restart_interval = usize::from(u16_at(body, 0).ok_or(Flaw::Cut)?),
            _ => {}
        }
        Ok(Some(marker))
    }

    /// The next marker's second byte; fill bytes are passed over.
    fn marker(&mut self) -> Result<u8, Flaw> {
        if *self.bytes.get(self.at).ok_or(Flaw::Cut)? != 0xff {
            return Err(Flaw::Odd("a marker was expected"));
        }
        while *self.bytes.get(self.at).ok_or(Flaw::Cut)? == 0xff {
            self.at += 1;
        }
        self.at += 1;
        Ok(self.bytes[self.at - 1])
    }

    /// The body of the segment that starts here.
    fn segment(&mut self) -> Result<&'a [u8], Flaw> {
        let length = usize::from(u16_at(self.bytes, self.at).ok_or(Flaw::Cut)?);
        if length < 2 {
            return Err(Flaw::Odd("a segment is shorter than its length"));
        }
        let body = self.bytes.get(self.at + 2..self.at + length).ok_or(Flaw::Cut)?;
        self.at += length;
        Ok(body)
    }

    /// One scan with all components, complete, then the end marker.
    fn sequential(&mut self, frame: &Frame) -> Result<Whole<'a>, Flaw> {
        let header = self.segment()?;
        if usize::from(*header.first().ok_or(Flaw::Cut)?) != frame.components {
            return Err(Flaw::Odd("components in separate scans are not supported in sequential files"));
        }
        let (end, restarts) = self.entropy()?;
        let expected = frame.intervals(self.restart_interval).saturating_sub(1);
        if restarts < expected {
            return Err(Flaw::Cut);
        }
        if restarts > expected {
            return Err(Flaw::Odd("it has more restart markers than intervals"));
        }
        if self.bytes[self.at - 1] != EOI {
            return Err(Flaw::Odd("something other than the end follows its only scan"));
        }
        Ok(Whole { width: frame.width, height: frame.height, bytes: &self.bytes[..end] })
    }

    /// Scans until the end marker; all coefficients of all components must have arrived to the last bit.
    fn progressive(&mut self, frame: &Frame) -> Result<Whole<'a>, Flaw> {
        let mut arrived = [[false; COEFFICIENTS]; MAX_COMPONENTS];
        for _ in 0..MAX_SCANS {
            let header = self.segment()?;
            note_scan(header, frame, &mut arrived)?;
            self.entropy()?;
            self.at -= 2;
            while let Some(marker) = self.next_segment()? {
                if marker == SOS {
                    break;
                }
            }
            if self.bytes[self.at - 1] == EOI {
                let complete = arrived[..frame.components].iter().flatten().all(|it| *it);
                let whole = Whole { width: frame.width, height: frame.height, bytes: &self.bytes[..self.at] };
                return if complete { Ok(whole) } else { Err(Flaw::Cut) };
            }
        }
        Err(Flaw::Odd("it has more than 32 scans"))
    }

    /// Steps over a scan's data and the marker behind it; where the data end, and how many restart markers they hold.
    fn entropy(&mut self) -> Result<(usize, usize), Flaw> {
        let mut restarts = 0;
        loop {
            let rest = self.bytes.get(self.at..).ok_or(Flaw::Cut)?;
            let end = self.at + memchr(0xff, rest).ok_or(Flaw::Cut)?;
            self.at = end;
            // A stuffed zero is no marker.
            if *self.bytes.get(end + 1).ok_or(Flaw::Cut)? == 0 {
                self.at += 2;
                continue;
            }
            match self.marker()? {
                marker @ 0xd0..=0xd7 => {
                    if self.restart_interval == 0 || usize::from(marker - 0xd0) != restarts % 8 {
                        return Err(Flaw::Odd("its restart markers are out of order"));
                    }
                    restarts += 1;
                }
                _ => return Ok((end, restarts)),
            }
        }
    }
}

impl Frame {
    /// Restart intervals of an interleaved scan; 1 without restarts.
    fn intervals(&self, restart_interval: usize) -> usize {
        if restart_interval == 0 {
            return 1;
        }
        let sampling = &self.sampling[..self.components];
        let (across, down) = match sampling {
            // A scan of one component has units of one block whatever its sampling says.
            [_] => (8, 8),
            _ => (
                8 * sampling.iter().map(|it| it.0).max().unwrap_or(1),
                8 * sampling.iter().map(|it| it.1).max().unwrap_or(1),
            ),
        };
        (self.width.div_ceil(across) * self.height.div_ceil(down)).div_ceil(restart_interval)
    }
}

fn read_frame(body: &[u8], progressive: bool) -> Result<Frame, Flaw> {
    let [precision, _, _, _, _, components, specs @ ..] = body else { return Err(Flaw::Cut) };
    let components = usize::from(*components);
    if *precision != 8 {
        return Err(Flaw::Odd("only 8 bits a sample are supported"));
    }
    if ![1, 3, MAX_COMPONENTS].contains(&components) || specs.len() < 3 * components {
        return Err(Flaw::Odd("it must have 1, 3 or 4 components"));
    }
    let mut frame = Frame {
        progressive,
        height: usize::from(u16_at(body, 1).ok_or(Flaw::Cut)?),
        width: usize::from(u16_at(body, 3).ok_or(Flaw::Cut)?),
        components,
        identifiers: [0; MAX_COMPONENTS],
        sampling: [(1, 1); MAX_COMPONENTS],
    };
    for (index, spec) in specs.as_chunks::<3>().0.iter().take(components).enumerate() {
        frame.identifiers[index] = spec[0];
        frame.sampling[index] = (usize::from(spec[1] >> 4), usize::from(spec[1] & 15));
    }
    let possible = |it: &(usize, usize)| (1..=MAX_SAMPLING).contains(&it.0) && (1..=MAX_SAMPLING).contains(&it.1);
    if !frame.sampling[..components].iter().all(possible) {
        return Err(Flaw::Odd("its sampling factors must be 1 to 4"));
    }
    let (luma, rest) = (frame.sampling[0], &frame.sampling[1..components]);
    if rest.iter().any(|it| it.0 > luma.0 || it.1 > luma.1) {
        return Err(Flaw::Odd("colour sampled finer than brightness is not supported"));
    }
    Ok(frame)
}

/// Notes which coefficients a progressive scan completes.
fn note_scan(header: &[u8], frame: &Frame, arrived: &mut [[bool; COEFFICIENTS]; MAX_COMPONENTS]) -> Result<(), Flaw> {
    let count = usize::from(*header.first().ok_or(Flaw::Cut)?);
    let (Some(specs), Some(&[first, last, bits])) =
        (header.get(1..1 + 2 * count), header.get(1 + 2 * count..).and_then(|rest| rest.first_chunk::<3>()))
    else {
        return Err(Flaw::Cut);
    };
    let (first, last, low_bit) = (usize::from(first), usize::from(last), bits & 15);
    if first > last || last >= COEFFICIENTS {
        return Err(Flaw::Odd("a scan names coefficients that do not exist"));
    }
    for spec in specs.as_chunks::<2>().0 {
        let component = frame.identifiers[..frame.components].iter().position(|it| *it == spec[0]);
        let component = component.ok_or(Flaw::Odd("a scan names a component that does not exist"))?;
        if low_bit == 0 {
            arrived[component][first..=last].fill(true);
        }
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}
