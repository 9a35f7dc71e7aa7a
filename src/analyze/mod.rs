//! `loa analyze`: pictures in, a table of what the server would say of them.

mod annotate;
mod labels;
mod report;

use std::collections::HashSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, bail, ensure};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageReader, Limits, RgbaImage};
use indicatif::{ProgressBar, ProgressStyle};
use walkdir::WalkDir;

use crate::config::Config;
use crate::inference::pipeline::SharedWeights;
use crate::inference::{Analysis, ModelFiles, OnnxRuntime, Pipeline, Presence};
use crate::outln;
use crate::session::Wording;
use crate::vision::{FrameError, JpegLimits, Picture, jpeg};

/// What is taken for a picture.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// Larger pictures are shrunk to this many pixels along the longer side before the pipeline sees them: it samples without
/// smoothing, as it must for camera frames of the usual sizes.
const LONGEST_SIDE: u32 = 1280;
/// Photographs of cameras and telephones fit in here.
const LARGEST: JpegLimits = JpegLimits { side: 20_000, pixels: 100_000_000 };
/// Pictures a worker takes at once.
const BATCH: usize = 8;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pictures and folders.
    pub paths: Vec<PathBuf>,
    /// Print one JSON object instead of a table.
    pub json: bool,
    /// With `json`: list the face's points too.
    pub landmarks: bool,
    /// Where to write pictures with the findings drawn in.
    pub annotate: Option<PathBuf>,
    /// A manifest with labels to score against.
    pub labels: Option<PathBuf>,
}

/// One picture's result.
pub(crate) struct Outcome {
    /// As given or found.
    pub path: PathBuf,
    /// What it shows, or why that cannot be said.
    pub result: Result<Analysis, String>,
}

/// Runs the command and prints its findings.
///
/// # Errors
/// When nothing can be analysed at all; a single bad picture is a line of the table.
pub fn run(config: &Config, options: &Options) -> anyhow::Result<()> {
    let manifest = options.labels.as_deref().map(labels::Manifest::read).transpose()?;
    let mut paths = find_pictures(&options.paths)?;
    if let (true, Some(manifest)) = (options.paths.is_empty(), &manifest) {
        paths = manifest.files();
    }
    if paths.is_empty() {
        bail!("no pictures: name .jpg, .png or .webp files or folders that hold some");
    }
    if let Some(folder) = &options.annotate {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let start = Instant::now();
    let targets = options.annotate.as_deref().map(|folder| annotate::targets(folder, &paths));
    let outcomes = analyze_all(config, &paths, targets.as_deref())?;
    let elapsed = start.elapsed();
    let threshold = config.vision.closed_threshold;
    match (&manifest, options.json) {
        (Some(manifest), json) => manifest.score(&outcomes, threshold).print(json),
        (None, true) => {
            outln!("{}", report::json(&outcomes, Wording { closed_threshold: threshold, landmarks: options.landmarks }))
        }
        (None, false) => report::print_table(&outcomes, threshold, elapsed),
    }
    ensure!(outcomes.iter().any(|it| it.result.is_ok()), "none of the pictures could be read");
    Ok(())
}

fn find_pictures(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for path in paths {
        let meta = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if meta.is_file() {
            pictures.push(path.clone());
            continue;
        }
        let entries = WalkDir::new(path).sort_by_file_name().into_iter().filter_map(Result::ok);
        pictures.extend(entries.map(walkdir::DirEntry::into_path).filter(|path| path.is_file() && is_picture(path)));
    }
    let mut seen = HashSet::new();
    pictures.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(pictures)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

fn analyze_all(config: &Config, paths: &[PathBuf], targets: Option<&[PathBuf]>) -> anyhow::Result<Vec<Outcome>> {
    let runtime = OnnxRuntime::load(&config.inference.onnxruntime)?.on(config.inference.provider)?;
    let files = ModelFiles::read(&config.models.dir)?;
    let weights = SharedWeights::new(&runtime);
    let workers = config.engine().workers.min(paths.len().div_ceil(BATCH));
    let pipelines: Vec<Pipeline> = (0..workers)
        .map(|_| Pipeline::open(&runtime, &files, &weights, config.pipeline()))
        .collect::<Result<_, _>>()?;
    let progress = progress_bar(paths.len());
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::with_capacity(paths.len()));
    thread::scope(|scope| {
        for mut pipeline in pipelines {
            let (next, outcomes, progress) = (&next, &outcomes, &progress);
            scope.spawn(move || {
                loop {
                    let first = next.fetch_add(BATCH, Ordering::Relaxed);
                    let Some(part) = paths.get(first..paths.len().min(first + BATCH)).filter(|it| !it.is_empty())
                    else {
                        return;
                    };
                    let targets = targets.map(|targets| &targets[first..first + part.len()]);
                    let results = analyze_batch(&mut pipeline, part, targets);
                    let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                    outcomes.extend((first..).zip(results));
                    progress.inc(part.len() as u64);
                }
            });
        }
    });
    progress.finish_and_clear();
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn progress_bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} pictures, {per_sec}, {eta} left");
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn analyze_batch(pipeline: &mut Pipeline, paths: &[PathBuf], targets: Option<&[PathBuf]>) -> Vec<Outcome> {
    let opened: Vec<_> = paths.iter().map(|path| open(pipeline, path)).collect();
    let kept: Vec<Option<Picture>> =
        opened.iter().map(|it| targets.and(it.as_ref().ok().map(|(picture, _)| picture.clone()))).collect();
    let reasons: Vec<Option<String>> = opened.iter().map(|it| it.as_ref().err().cloned()).collect();
    let decoded = opened.into_iter().map(|it| it.map_err(FrameError::Invalid)).collect();
    let results = pipeline.analyze_pictures(decoded);
    let mut outcomes = Vec::with_capacity(paths.len());
    for (index, ((result, reason), picture)) in results.into_iter().zip(reasons).zip(kept).enumerate() {
        let mut result = result.map_err(|error| reason.unwrap_or_else(|| error.to_string()));
        if let (Some(targets), Some(picture), Ok(analysis)) = (targets, picture, &result)
            && let Err(error) = annotate::write(&targets[index], picture, analysis)
        {
            result = Err(error);
        }
        outcomes.push(Outcome { path: paths[index].clone(), result });
    }
    outcomes
}

/// A JPEG goes the server's way, only that it may be larger; other kinds go through the image crate.
fn open(pipeline: &mut Pipeline, path: &Path) -> Result<(Picture, Duration), String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let start = Instant::now();
    let picture = match pipeline.decode(&bytes) {
        Ok(decoded) => return Ok(decoded),
        Err(FrameError::NotJpeg(_)) => open_any(&bytes)?,
        Err(FrameError::Dimensions { .. }) => {
            shrink(jpeg::decode(&bytes, LARGEST, Vec::new()).map_err(|error| error.to_string())?)
        }
        Err(error) => return Err(error.to_string()),
    };
    Ok((picture, start.elapsed()))
}

fn open_any(bytes: &[u8]) -> Result<Picture, String> {
    let open = || -> image::ImageResult<DynamicImage> {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        let mut decoder = reader.into_decoder()?;
        let orientation = decoder.orientation()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(LARGEST.side as u32);
        limits.max_image_height = Some(LARGEST.side as u32);
        limits.max_alloc = Some(LARGEST.pixels as u64 * 4);
        decoder.set_limits(limits)?;
        let mut picture = DynamicImage::from_decoder(decoder)?;
        picture.apply_orientation(orientation);
        Ok(on_white(picture))
    };
    let picture = open().map_err(|error| match error {
        ImageError::Unsupported(_) => "no picture that can be read: JPEG, PNG or WebP".to_owned(),
        error => error.to_string(),
    });
    Ok(shrink(Picture::from(picture?)))
}

/// What shows through is white, as on the page of a browser.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let mut buffer = picture.into_rgba8();
    for pixel in buffer.pixels_mut() {
        let alpha = u32::from(pixel.0[3]);
        pixel.0 = pixel.0.map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8);
    }
    DynamicImage::ImageRgba8(buffer)
}

fn shrink(picture: Picture) -> Picture {
    let (width, height) = (picture.width as u32, picture.height as u32);
    if width.max(height) <= LONGEST_SIDE {
        return picture;
    }
    match RgbaImage::from_raw(width, height, picture.rgba) {
        Some(buffer) => {
            DynamicImage::ImageRgba8(buffer).resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::Triangle).into()
        }
        None => Picture::default(),
    }
}

/// The face of an analysis, if it shows one.
pub(crate) fn face(analysis: &Analysis) -> Option<&crate::inference::Face> {
    match &analysis.presence {
        Presence::Face(face) => Some(face),
        _ => None,
    }
}
