//! Images of a group as planes that lie on each other.

use rotifer_registry::{Code, Error, VolumeMeta};

/// An image of a group as one plane, its own planes below each other.
pub fn layer(image: &VolumeMeta) -> VolumeMeta {
    let [z, y, x] = image.shape;
    VolumeMeta { shape: [1, z * y, x], ndim: 3, ..image.clone() }
}

/// The image that a step made of such planes, in the shape of those of the group.
pub fn unlayered(made: &VolumeMeta, image: &VolumeMeta) -> Result<VolumeMeta, Error> {
    if made.shape != layer(image).shape {
        return Err(Error::new(Code::Shape, "a step over several images makes one of them")
            .argument("over")
            .value(made.shape_text())
            .help("they lie on each other along z: project along it, as mean_projection does"));
    }
    Ok(VolumeMeta { shape: image.shape, ndim: image.ndim, ..made.clone() })
}
