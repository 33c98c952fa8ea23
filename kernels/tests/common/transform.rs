use rotifer_registry::{DatumMeta, Dtype, Kind, Metas, Spacing, SpacingSource, Value, VolumeMeta, get};

/// The output's metadata is that of what was done to pixels: shape and size follow.
#[test]
fn pixel_sizes_and_places_follow() {
    const PLACE: [f64; 3] = [10.0, 20.0, 30.0];
    let spacing = Some(Spacing { origin: PLACE, ..Spacing::new([0.6, 0.2, 0.3], SpacingSource::Given) });
    let image = VolumeMeta { kind: Kind::Mask, dtype: Dtype::U8, shape: [6, 20, 30], ndim: 3, spacing };
    let text = |t: &str| Value::Text(t.into());
    for (id, args, shape, um, origin) in [
        ("flip", vec![], [6, 20, 30], [0.6, 0.2, 0.3], PLACE),
        ("transpose", vec![("axes", text("zx"))], [30, 20, 6], [0.3, 0.2, 0.6], [30.0, 20.0, 10.0]),
        ("crop", vec![("before", Value::Int(2))], [4, 18, 28], [0.6, 0.2, 0.3], [11.2, 20.4, 30.6]),
        ("pad", vec![("before", Value::Int(1))], [7, 21, 31], [0.6, 0.2, 0.3], [9.4, 19.8, 29.7]),
        ("concatenate", vec![("axis", text("z"))], [12, 20, 30], [0.6, 0.2, 0.3], PLACE),
        ("rescale", vec![("scale", Value::Float(0.5))], [3, 10, 15], [1.2, 0.4, 0.6], [10.3, 20.1, 30.15]),
        ("make_isotropic", vec![], [18, 20, 45], [0.2, 0.2, 0.2], [9.8, 20.0, 29.95]),
        ("downscale_local_mean", vec![], [3, 10, 15], [1.2, 0.4, 0.6], [10.3, 20.1, 30.15]),
        ("deskew", vec![], [6, 33, 30], [0.3, 0.2, 0.3], [0.0; 3]),
    ] {
        let args = args.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        let op = get(id).unwrap().build(&args).unwrap();
        let metas = vec![Some(DatumMeta::Volume(image.clone())); op.spec().inputs.len()];
        let mut outputs = [op.spec().outputs[0].kind.meta(&image)];
        op.infer(&Metas::new(op.spec().inputs, &metas), &mut outputs).unwrap();
        let made = outputs[0].volume().unwrap();
        assert_eq!(made.shape, shape, "{id}");
        let near = |(a, b): (f64, f64)| (a - b).abs() < 1e-9;
        let found = made.spacing.unwrap();
        assert!(found.um.into_iter().zip(um).all(near), "{id}: {found:?}");
        assert!(found.origin.into_iter().zip(origin).all(near), "{id}: {found:?}");
        assert_eq!(made.kind == Kind::Mask, id != "downscale_local_mean", "{id}");
    }
}
