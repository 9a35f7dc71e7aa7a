//! Lines such as `00:00:01.000 --> 00:00:04.000 align:start`.

/// Seconds of a cue's start and end; None when it is no such line. An end that cannot be read is NaN.
pub(super) fn line(line: &str) -> Option<(f64, f64)> {
    let (start, rest) = line.split_once("-->")?;
    let start = seconds(start)?;
    let rest = rest.trim_start();
    let end = rest.split(|c: char| !matches!(c, '0'..='9' | ':' | '.' | ',')).next().and_then(seconds);
    Some((start, end.unwrap_or(f64::NAN)))
}

/// `1:02:03.5`, `02:03,500`, `00:00:01`; hours may have up to four digits, minutes up to three where there are no hours.
fn seconds(time: &str) -> Option<f64> {
    let time = time.trim();
    let (whole, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let mut fields = whole.rsplit(':').map(str::trim);
    let second = field(fields.next()?, 2)?;
    let minute = field(fields.next()?, 3)?;
    let hour = fields.next().map_or(Some(0), |hour| field(hour, 4))?;
    let hours = whole.matches(':').count() == 2;
    let good = second < 60 && (!hours || minute < 60) && fields.next().is_none();
    let whole = f64::from(hour * 3600 + minute * 60 + second);
    good.then_some(whole + part(fraction.trim())?)
}

fn field(digits: &str, most: usize) -> Option<u32> {
    let good = (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good { digits.parse().ok() } else { None }
}

/// `5` is half a second, `500` too.
fn part(digits: &str) -> Option<f64> {
    if digits.is_empty() {
        return Some(0.0);
    }
    let number = field(digits, 9)?;
    Some(f64::from(number) / 10_f64.powi(digits.len() as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_all_their_forms() {
        for (text, expected) in [
            ("00:00:01.000 --> 00:00:04.500", (1.0, 4.5)),
            ("00:00:01,000 --> 00:00:04,500 X1:100 Y1:5", (1.0, 4.5)),
            ("01:02.250-->01:03.000 align:start position:0%", (62.25, 63.0)),
            ("1:00:00 --> 1:00:01,5", (3600.0, 3601.5)),
            (" 00 : 00 : 02 , 000 --> 00:00:03,000", (2.0, 3.0)),
            ("75:30.0 --> 76:00.0", (4530.0, 4560.0)),
            ("0100:00:00.000 --> 0100:00:01.000", (360_000.0, 360_001.0)),
        ] {
            assert_eq!(line(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_lines_are_not_times() {
        for text in [
            "",
            "-->",
            "a --> b",
            "p->next",
            "00:61:00.0 --> 00:62:00.0",
            "-00:00:01,000 --> 00:00:02,000",
            "1 --> 2",
            "99999:00:00 -->",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
        let (start, end) = line("00:00:01,000 --> 00:xx").expect("a start");
        assert!(start == 1.0 && end.is_nan());
    }
}
