//! Pixel sizes that take the place of a file's own.

use rotifer_registry::{Code, Error, Image, Spacing, SpacingSource, VolumeMeta};

/// The pixel size that is given for an image, at the place that its file says.
pub fn spacing(um: &[f64], image: &VolumeMeta) -> Result<Option<Spacing>, Error> {
    let um = match um {
        [] => return Ok(None),
        &[all] => [all; 3],
        &[y, x] if image.ndim == 2 => [1.0, y, x],
        &[z, y, x] => [z, y, x],
        _ => {
            return Err(Error::new(Code::Shape, "two pixel sizes for an image of three spatial axes")
                .argument("spacing")
                .allowed("one size, or three for z, y, x"));
        }
    };
    Ok(Some(Spacing::new(um, SpacingSource::Given).at_place_of(image.spacing)))
}

/// The image with this pixel size, or with its own where none is given.
pub fn spaced(image: Image, um: &[f64]) -> Result<Image, Error> {
    let Some(spacing) = spacing(um, &image.meta().volume)? else { return Ok(image) };
    let axes = image.axes().clone();
    let volumes = image.into_volumes().into_iter().map(|v| v.with_spacing(Some(spacing))).collect();
    Image::over(volumes, axes)
}
