//! The images that a command line names.

use super::{args, exit};
use crate::cli::report::Failure;
use crate::io::{self, Group};
use clap::{Arg, ArgMatches};
use rotifer_registry::{Error, Image, ImageMeta};

pub fn inputs_arg() -> Arg {
    Arg::new("input")
        .required(true)
        .num_args(1..)
        .value_name("INPUT")
        .help("Files, folders or patterns such as 'plate/*.tif'")
}

/// The images that the inputs mean: files, or the files of one field of view together as its channels.
pub fn groups(matches: &ArgMatches) -> Result<Vec<Group>, Failure> {
    let inputs: Vec<String> = matches.get_many::<String>("input").into_iter().flatten().cloned().collect();
    let wrong = |errors| Failure { exit: exit::INPUT, errors, source: None };
    io::group(&io::expand(&inputs).map_err(wrong)?, None).map_err(wrong)
}

/// Reads an image; the pixel size is that of the command line where it gives one.
pub fn read(group: &Group, matches: &ArgMatches) -> Result<Image, Error> {
    spaced(group.read()?, matches)
}

/// What [`read`] would give, without decoding pixels where one file is all there is.
pub fn meta(group: &Group, matches: &ArgMatches) -> Result<ImageMeta, Error> {
    let [file] = group.files() else { return Ok(read(group, matches)?.meta()) };
    let mut meta = io::read_meta(file)?;
    if meta.c == 1 && group.channels.len() == 1 {
        meta.channels = group.channels.clone();
    }
    if let Some(spacing) = args::spacing(matches, meta.volume.ndim)? {
        meta.volume.spacing = Some(spacing);
    }
    Ok(meta)
}

/// The image with the pixel size of the command line, or with its own where none is given.
pub fn spaced(image: Image, matches: &ArgMatches) -> Result<Image, Error> {
    let Some(spacing) = args::spacing(matches, image.meta().volume.ndim)? else { return Ok(image) };
    let (t, c) = (image.has_t().then_some(image.t()), image.has_c().then_some(image.c()));
    let channels = image.channels().to_vec();
    let volumes = image.into_volumes().into_iter().map(|v| v.with_spacing(Some(spacing))).collect();
    Ok(Image::new(volumes, t, c)?.with_channels(channels))
}
