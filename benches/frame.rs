//! What one frame costs on one thread: the stages and the whole, at batches of 1, 4 and 8.
//!
//! Run by `make bench`. The batches take turns, round by round, so that a slow moment of the machine hits all alike;
//! medians over the rounds are printed. The last line is one JSON object with the figures of batch 8.

use std::path::Path;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::imageops;
use loa::config::Config;
use loa::inference::pipeline::SharedWeights;
use loa::inference::{Frame, Look, ModelFiles, OnnxRuntime, Pipeline, Presence};

const BATCHES: [usize; 3] = [1, 4, 8];
const ROUNDS: usize = 60;
/// Faces as a webcam sends them; all 320x240.
const FRAMES: [&str; 6] = ["open", "closed", "half_closed", "mirrored", "roll_plus20", "yawn"];

/// Nobody is in them; all 320x240.
const ROOMS: [&str; 5] = ["study", "evening", "window", "bright_wall", "dark"];

/// One frame's share of its batch.
#[derive(Debug, Clone, Copy)]
struct Sample {
    decode: Duration,
    detect: Duration,
    landmarks: Duration,
}

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::load(None, &[])?;
    let runtime = OnnxRuntime::load(&config.inference.onnxruntime)?;
    let files = ModelFiles::read(&root.join("models"))?;
    let mut pipeline = Pipeline::open(&runtime, &files, &SharedWeights::new(&runtime), config.pipeline())?;
    let read = |name: String| std::fs::read(root.join("tests/fixtures").join(name));
    let frames: Vec<Vec<u8>> =
        FRAMES.iter().map(|name| read(format!("faces/{name}_320x240.jpg"))).collect::<Result<_, _>>()?;
    let rooms: Vec<Vec<u8>> = ROOMS.iter().map(|name| read(format!("rooms/{name}.jpg"))).collect::<Result<_, _>>()?;

    let moved: Vec<Vec<u8>> = frames.iter().map(|frame| moved(frame)).collect::<Result<_, _>>()?;
    let mut samples: [Vec<Sample>; BATCHES.len()] = Default::default();
    let (mut empty, mut glances) = (Vec::new(), Vec::new());
    let full = pipeline.analyze(&frames.iter().map(|frame| Frame::from(frame.as_slice())).collect::<Vec<_>>());
    let memories: Vec<_> = full
        .into_iter()
        .map(|analysis| match analysis.map(|it| it.look) {
            Ok(Look::Full(memory)) => memory,
            other => panic!("a fixture is not what it was: {other:?}"),
        })
        .collect();
    let mut glanced = 0;
    for round in 0..=ROUNDS {
        let nobody = measure(&mut pipeline, &rooms, round, BATCHES[BATCHES.len() - 1]);
        if round > 0 {
            empty.extend(nobody);
        }
        for (jpeg, memory) in moved.iter().zip(&memories) {
            let analysis = pipeline.analyze(&[Frame { jpeg, memory: memory.as_deref() }]).remove(0)?;
            if round > 0 {
                glanced += usize::from(analysis.look == Look::Glance);
                let times = analysis.times;
                glances.push(Sample { decode: times.decode, detect: times.detect, landmarks: times.landmarks });
            }
        }
        for (batch, samples) in BATCHES.into_iter().zip(&mut samples) {
            let measured = measure(&mut pipeline, &frames, round, batch);
            // The first round warms up caches and the runtime's memory.
            if round > 0 {
                samples.extend(measured);
            }
        }
    }

    println!("one thread, 320x240 JPEG, ms per frame (median of {ROUNDS} rounds)");
    println!("batch   decode   detect   landmarks   frame");
    let mut last = String::new();
    for (batch, samples) in BATCHES.into_iter().zip(&samples) {
        let decode = median(samples, |it| it.decode);
        let detect = median(samples, |it| it.detect);
        let landmarks = median(samples, |it| it.landmarks);
        let frame = median(samples, |it| it.decode + it.detect + it.landmarks);
        println!("{batch:5} {decode:8.3} {detect:8.3} {landmarks:11.3} {frame:7.3}");
        last = format!(
            r#"{{"frame_ms":{frame:.3},"decode_ms":{decode:.3},"detect_ms":{detect:.3},"landmarks_ms":{landmarks:.3}}}"#
        );
    }
    let nobody = median(&empty, |it| it.decode + it.detect + it.landmarks);
    println!("nobody in the picture, batch 8: {nobody:.3}");
    let glance = median(&glances, |it| it.decode + it.detect + it.landmarks);
    println!(
        "the same learner moved by two pixels: {glance:.3}; a glance was enough for {glanced} of {}",
        glances.len()
    );
    println!("{last}");
    Ok(())
}

/// Every frame once, in batches; one sample per batch.
fn measure(pipeline: &mut Pipeline, frames: &[Vec<u8>], round: usize, batch: usize) -> Vec<Sample> {
    let order: Vec<Frame<'_>> =
        frames.iter().cycle().skip(round).take(24).map(|frame| Frame::from(frame.as_slice())).collect();
    let batches = order.chunks_exact(batch);
    batches
        .map(|batch| {
            let analyses = pipeline.analyze(batch);
            let times: Vec<_> = analyses
                .iter()
                .map(|analysis| match analysis {
                    Ok(analysis) if matches!(analysis.presence, Presence::Face(_) | Presence::Nobody(_)) => {
                        analysis.times
                    }
                    other => panic!("a fixture is not what it was: {other:?}"),
                })
                .collect();
            let mean =
                |stage: &dyn Fn(usize) -> Duration| (0..times.len()).map(stage).sum::<Duration>() / times.len() as u32;
            Sample {
                decode: mean(&|i| times[i].decode),
                detect: mean(&|i| times[i].detect),
                landmarks: mean(&|i| times[i].landmarks),
            }
        })
        .collect()
}

/// The next frame of somebody who sits still: two pixels further, a little brighter, compressed anew.
fn moved(jpeg: &[u8]) -> image::ImageResult<Vec<u8>> {
    let picture = image::load_from_memory(jpeg)?.into_rgb8();
    let mut next = imageops::brighten(&picture, 5);
    imageops::replace(&mut next, &imageops::brighten(&picture, 5), 2, 1);
    let mut bytes = Vec::new();
    next.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80))?;
    Ok(bytes)
}

fn median(samples: &[Sample], value: impl Fn(&Sample) -> Duration) -> f64 {
    let mut values: Vec<Duration> = samples.iter().map(value).collect();
    values.sort_unstable();
    values.get(values.len() / 2).map_or(0.0, |it| it.as_secs_f64() * 1000.0)
}
