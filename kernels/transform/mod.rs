//! Transforms: resizing, rotating, warping.

pub mod affine_transform;
pub mod concatenate;
pub mod downscale_local_mean;
pub mod moved;
pub mod placed;
pub mod reindexed;
pub mod resize;
pub mod resize_labels;
pub mod reslice_radial;
pub mod stitching;
pub mod straighten_objects;

#[cfg(test)]
mod tests {
    use rotifer_registry::{DatumMeta, Dtype, Kind, Metas, Spacing, SpacingSource, Value, VolumeMeta, get};

    /// The output's metadata is that of what was done to pixels: shape and size follow.
    #[test]
    fn pixel_sizes_follow() {
        let spacing = Some(Spacing { um: [0.6, 0.2, 0.3], source: SpacingSource::Given });
        let image = VolumeMeta { kind: Kind::Mask, dtype: Dtype::U8, shape: [6, 20, 30], ndim: 3, spacing };
        let text = |t: &str| Value::Text(t.into());
        for (id, args, shape, um) in [
            ("flip", vec![], [6, 20, 30], [0.6, 0.2, 0.3]),
            ("transpose", vec![("axes", text("zx"))], [30, 20, 6], [0.3, 0.2, 0.6]),
            ("crop", vec![("before", Value::Int(2))], [4, 18, 28], [0.6, 0.2, 0.3]),
            ("concatenate", vec![("axis", text("z"))], [12, 20, 30], [0.6, 0.2, 0.3]),
            ("rescale", vec![("scale", Value::Float(0.5))], [3, 10, 15], [1.2, 0.4, 0.6]),
            ("make_isotropic", vec![], [18, 20, 45], [0.2, 0.2, 0.2]),
            ("downscale_local_mean", vec![], [3, 10, 15], [1.2, 0.4, 0.6]),
            ("deskew", vec![], [6, 33, 30], [0.3, 0.2, 0.3]),
        ] {
            let args = args.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
            let op = get(id).unwrap().build(&args).unwrap();
            let metas = vec![Some(DatumMeta::Volume(image.clone())); op.spec().inputs.len()];
            let mut outputs = [op.spec().outputs[0].kind.meta(&image)];
            op.infer(&Metas::new(op.spec().inputs, &metas), &mut outputs).unwrap();
            let made = outputs[0].volume().unwrap();
            assert_eq!(made.shape, shape, "{id}");
            let near = |(a, b): (f64, f64)| (a - b).abs() < 1e-9;
            assert!(made.spacing.unwrap().um.into_iter().zip(um).all(near), "{id}: {:?}", made.spacing);
            assert_eq!(made.kind == Kind::Mask, id != "downscale_local_mean", "{id}");
        }
    }
}
