use rotifer_registry::*;

op! {
    /// Gives the columns of a measurement the names that CellProfiler has for them.
    ///
    /// A table with the same rows. What a column is called hangs on the `module` that measures it in CellProfiler; in names
    /// `{image}`, `{other}`, `{scale}`, `{levels}`, `{bins}` and `{parent}` are the arguments. In tables of objects `label` becomes
    /// `ObjectNumber`. Columns that CellProfiler does not have keep their names, such as `t`, `feret_angle` or those in micrometres.
    /// Values stay as they are: an `orientation` of `regionprops_table`, for one, is in radians, while `shape_per_object` has degrees.
    ///
    /// | module | function | names |
    /// |---|---|---|
    /// | MeasureObjectSizeShape | shape_per_object, regionprops_table, zernike_moments, feret_diameter | AreaShape_Area, AreaShape_Zernike_4_2 |
    /// | MeasureObjectIntensity | intensity_per_object, regionprops_table | Intensity_MeanIntensity_{image}, Location_MaxIntensity_X_{image} |
    /// | MeasureTexture | haralick_texture_per_object | Texture_Contrast_{image}_{scale}_00_{levels} |
    /// | MeasureObjectIntensityDistribution | radial_distribution, zernike_moments | RadialDistribution_FracAtD_{image}_1of{bins} |
    /// | MeasureGranularity | granularity_spectrum | Granularity_1_{image} |
    /// | MeasureColocalization | colocalization_per_object | Correlation_Correlation_{image}_{other}, Correlation_K_{other}_{image} |
    /// | MeasureObjectNeighbors | neighbor_statistics_table | Neighbors_NumberOfNeighbors_{scale} |
    /// | MeasureObjectSkeleton | skeleton_branch_analysis | ObjectSkeleton_NumberBranchEnds_{image} |
    /// | MeasureImageQuality | image_quality_metrics | ImageQuality_FocusScore_{image}, ImageQuality_Correlation_{image}_{scale} |
    /// | TrackObjects | track_objects | TrackObjects_Label_{scale}, TrackObjects_Displacement_{scale} |
    /// | RelateObjects | relate_labels | Parent_{parent}, Children_{image}_Count |
    pub struct CellprofilerNames {
        /// CellProfiler's module.
        module: Module;
        /// Name of the image, or of the child objects of RelateObjects.
        image: String = "Image".to_string();
        /// Name of the second image of MeasureColocalization.
        other: String = "Other".to_string();
        /// Scale or distance in names: of textures and image quality, of neighbours (`Adjacent` and `Expanded`, too), of tracks.
        scale: String = "3".to_string();
        /// Grey levels of textures.
        levels: u32 = 256, range(2, 256);
        /// Number of rings.
        bins: u32 = 4, range(1, 1000);
        /// Name of the parent objects.
        parent: String = "Parent".to_string();
    }
    id: "cellprofiler_names", revision: 1, family: Table,
    memory: host,
    inputs: { table: Table },
    outputs: { table: Table },
    agrees: Exact, follows: "cellprofiler.modules 4.2",
    python: "{{'label': 'ObjectNumber', 'area': 'AreaShape_Area' if module == 'MeasureObjectSizeShape' else 'area'}[n]: v for n, v in table.items()}",
    examples: ["module = \"MeasureObjectSizeShape\"", "module = \"MeasureTexture\"\nimage = \"DNA\"\nscale = \"5\""],
}

choice! {
    /// CellProfiler's modules of measurements.
    pub enum Module {
        SizeShape = "MeasureObjectSizeShape",
        Intensity = "MeasureObjectIntensity",
        Texture = "MeasureTexture",
        Distribution = "MeasureObjectIntensityDistribution",
        Granularity = "MeasureGranularity",
        Colocalization = "MeasureColocalization",
        Neighbors = "MeasureObjectNeighbors",
        Skeleton = "MeasureObjectSkeleton",
        Quality = "MeasureImageQuality",
        Tracks = "TrackObjects",
        Relations = "RelateObjects",
    }
}

/// Our columns and CellProfiler's, by module, the first that fits. `*` at the end is any text, which stands at `*` there, at `^` in
/// capitals.
const NAMES: &[(Module, &[(&str, &str)])] = {
    use Module::*;
    &[
        (
            SizeShape,
            &[
                ("center_*", "AreaShape_Center_^"),
                ("bounding_box_minimum_*", "AreaShape_BoundingBoxMinimum_^"),
                ("bounding_box_maximum_*", "AreaShape_BoundingBoxMaximum_^"),
                ("axis_major_length", "AreaShape_MajorAxisLength"),
                ("axis_minor_length", "AreaShape_MinorAxisLength"),
                ("equivalent_diameter_area", "AreaShape_EquivalentDiameter"),
                ("feret_diameter_max", "AreaShape_MaxFeretDiameter"),
                ("feret_diameter_min", "AreaShape_MinFeretDiameter"),
                ("spatial_moment_*", "AreaShape_SpatialMoment_*"),
                ("central_moment_*", "AreaShape_CentralMoment_*"),
                ("normalized_moment_*", "AreaShape_NormalizedMoment_*"),
                ("hu_moment_*", "AreaShape_HuMoment_*"),
                ("inertia_tensor_eigenvalues_*", "AreaShape_InertiaTensorEigenvalues_*"),
                ("inertia_tensor_*", "AreaShape_InertiaTensor_*"),
                ("zernike_*", "AreaShape_Zernike_*"),
                ("area", "AreaShape_Area"),
                ("volume", "AreaShape_Volume"),
                ("bounding_box_area", "AreaShape_BoundingBoxArea"),
                ("bounding_box_volume", "AreaShape_BoundingBoxVolume"),
                ("equivalent_diameter", "AreaShape_EquivalentDiameter"),
                ("major_axis_length", "AreaShape_MajorAxisLength"),
                ("minor_axis_length", "AreaShape_MinorAxisLength"),
                ("extent", "AreaShape_Extent"),
                ("euler_number", "AreaShape_EulerNumber"),
                ("maximum_radius", "AreaShape_MaximumRadius"),
                ("mean_radius", "AreaShape_MeanRadius"),
                ("median_radius", "AreaShape_MedianRadius"),
                ("perimeter", "AreaShape_Perimeter"),
                ("surface_area", "AreaShape_SurfaceArea"),
                ("convex_area", "AreaShape_ConvexArea"),
                ("solidity", "AreaShape_Solidity"),
                ("eccentricity", "AreaShape_Eccentricity"),
                ("orientation", "AreaShape_Orientation"),
                ("form_factor", "AreaShape_FormFactor"),
                ("compactness", "AreaShape_Compactness"),
                ("min_feret_diameter", "AreaShape_MinFeretDiameter"),
                ("max_feret_diameter", "AreaShape_MaxFeretDiameter"),
            ],
        ),
        (
            Intensity,
            &[
                ("integrated_intensity", "Intensity_IntegratedIntensity_{image}"),
                ("mean_intensity", "Intensity_MeanIntensity_{image}"),
                ("std_intensity", "Intensity_StdIntensity_{image}"),
                ("min_intensity", "Intensity_MinIntensity_{image}"),
                ("max_intensity", "Intensity_MaxIntensity_{image}"),
                ("integrated_intensity_edge", "Intensity_IntegratedIntensityEdge_{image}"),
                ("mean_intensity_edge", "Intensity_MeanIntensityEdge_{image}"),
                ("std_intensity_edge", "Intensity_StdIntensityEdge_{image}"),
                ("min_intensity_edge", "Intensity_MinIntensityEdge_{image}"),
                ("max_intensity_edge", "Intensity_MaxIntensityEdge_{image}"),
                ("mass_displacement", "Intensity_MassDisplacement_{image}"),
                ("lower_quartile_intensity", "Intensity_LowerQuartileIntensity_{image}"),
                ("median_intensity", "Intensity_MedianIntensity_{image}"),
                ("mad_intensity", "Intensity_MADIntensity_{image}"),
                ("upper_quartile_intensity", "Intensity_UpperQuartileIntensity_{image}"),
                ("center_mass_intensity_*", "Location_CenterMassIntensity_^_{image}"),
                ("max_intensity_*", "Location_MaxIntensity_^_{image}"),
                ("intensity_mean", "Intensity_MeanIntensity_{image}"),
                ("intensity_min", "Intensity_MinIntensity_{image}"),
                ("intensity_max", "Intensity_MaxIntensity_{image}"),
                ("intensity_std", "Intensity_StdIntensity_{image}"),
            ],
        ),
        (
            Texture,
            &[
                ("angular_second_moment_*", "Texture_AngularSecondMoment_{image}_{scale}_*_{levels}"),
                ("contrast_*", "Texture_Contrast_{image}_{scale}_*_{levels}"),
                ("correlation_*", "Texture_Correlation_{image}_{scale}_*_{levels}"),
                ("variance_*", "Texture_Variance_{image}_{scale}_*_{levels}"),
                ("inverse_difference_moment_*", "Texture_InverseDifferenceMoment_{image}_{scale}_*_{levels}"),
                ("sum_average_*", "Texture_SumAverage_{image}_{scale}_*_{levels}"),
                ("sum_variance_*", "Texture_SumVariance_{image}_{scale}_*_{levels}"),
                ("sum_entropy_*", "Texture_SumEntropy_{image}_{scale}_*_{levels}"),
                ("entropy_*", "Texture_Entropy_{image}_{scale}_*_{levels}"),
                ("difference_variance_*", "Texture_DifferenceVariance_{image}_{scale}_*_{levels}"),
                ("difference_entropy_*", "Texture_DifferenceEntropy_{image}_{scale}_*_{levels}"),
                ("info_meas1_*", "Texture_InfoMeas1_{image}_{scale}_*_{levels}"),
                ("info_meas2_*", "Texture_InfoMeas2_{image}_{scale}_*_{levels}"),
            ],
        ),
        (
            Distribution,
            &[
                ("frac_at_d_overflow", "RadialDistribution_FracAtD_{image}_Overflow"),
                ("mean_frac_overflow", "RadialDistribution_MeanFrac_{image}_Overflow"),
                ("radial_cv_overflow", "RadialDistribution_RadialCV_{image}_Overflow"),
                ("frac_at_d_*", "RadialDistribution_FracAtD_{image}_*of{bins}"),
                ("mean_frac_*", "RadialDistribution_MeanFrac_{image}_*of{bins}"),
                ("radial_cv_*", "RadialDistribution_RadialCV_{image}_*of{bins}"),
                ("zernike_magnitude_*", "RadialDistribution_ZernikeMagnitude_{image}_*"),
                ("zernike_phase_*", "RadialDistribution_ZernikePhase_{image}_*"),
            ],
        ),
        (Granularity, &[("granularity_*", "Granularity_*_{image}")]),
        (
            Colocalization,
            &[
                ("pearson", "Correlation_Correlation_{image}_{other}"),
                ("slope", "Correlation_Slope_{image}_{other}"),
                ("overlap", "Correlation_Overlap_{image}_{other}"),
                ("k1", "Correlation_K_{image}_{other}"),
                ("k2", "Correlation_K_{other}_{image}"),
                ("manders1", "Correlation_Manders_{image}_{other}"),
                ("manders2", "Correlation_Manders_{other}_{image}"),
                ("rwc1", "Correlation_RWC_{image}_{other}"),
                ("rwc2", "Correlation_RWC_{other}_{image}"),
                ("costes1", "Correlation_Costes_{image}_{other}"),
                ("costes2", "Correlation_Costes_{other}_{image}"),
            ],
        ),
        (
            Neighbors,
            &[
                ("number_of_neighbors", "Neighbors_NumberOfNeighbors_{scale}"),
                ("percent_touching", "Neighbors_PercentTouching_{scale}"),
                ("first_closest_label", "Neighbors_FirstClosestObjectNumber_{scale}"),
                ("first_closest_distance", "Neighbors_FirstClosestDistance_{scale}"),
                ("second_closest_label", "Neighbors_SecondClosestObjectNumber_{scale}"),
                ("second_closest_distance", "Neighbors_SecondClosestDistance_{scale}"),
                ("angle_between_neighbors", "Neighbors_AngleBetweenNeighbors_{scale}"),
            ],
        ),
        (
            Skeleton,
            &[
                ("end_points", "ObjectSkeleton_NumberBranchEnds_{image}"),
                ("total_length", "ObjectSkeleton_TotalObjectSkeletonLength_{image}"),
            ],
        ),
        (
            Quality,
            &[
                ("focus_score", "ImageQuality_FocusScore_{image}"),
                ("local_focus_score", "ImageQuality_LocalFocusScore_{image}_{scale}"),
                ("correlation", "ImageQuality_Correlation_{image}_{scale}"),
                ("power_log_log_slope", "ImageQuality_PowerLogLogSlope_{image}"),
                ("percent_maximal", "ImageQuality_PercentMaximal_{image}"),
                ("percent_minimal", "ImageQuality_PercentMinimal_{image}"),
                ("total_area", "ImageQuality_TotalArea_{image}"),
                ("total_intensity", "ImageQuality_TotalIntensity_{image}"),
                ("mean_intensity", "ImageQuality_MeanIntensity_{image}"),
                ("median_intensity", "ImageQuality_MedianIntensity_{image}"),
                ("std_intensity", "ImageQuality_StdIntensity_{image}"),
                ("mad_intensity", "ImageQuality_MADIntensity_{image}"),
                ("min_intensity", "ImageQuality_MinIntensity_{image}"),
                ("max_intensity", "ImageQuality_MaxIntensity_{image}"),
            ],
        ),
        (
            Tracks,
            &[
                ("track", "TrackObjects_Label_{scale}"),
                ("lifetime", "TrackObjects_Lifetime_{scale}"),
                ("distance_traveled", "TrackObjects_DistanceTraveled_{scale}"),
                ("integrated_distance", "TrackObjects_IntegratedDistance_{scale}"),
                ("displacement", "TrackObjects_Displacement_{scale}"),
                ("linearity", "TrackObjects_Linearity_{scale}"),
            ],
        ),
        (Relations, &[("parent", "Parent_{parent}"), ("children", "Children_{image}_Count")]),
    ]
};

/// The names that a module has for our columns.
fn names(module: Module) -> &'static [(&'static str, &'static str)] {
    NAMES.iter().find(|(of, _)| *of == module).map_or(&[], |(_, names)| names)
}

/// The text in place of `*` in a name, if the name is of this kind.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.strip_prefix(prefix).filter(|rest| !rest.is_empty()),
        None => (pattern == name).then_some(""),
    }
}

impl CellprofilerNames {
    /// CellProfiler's name of a column.
    fn name(&self, column: &str) -> String {
        if column == "label" && self.module != Module::Quality {
            return "ObjectNumber".into();
        }
        let found =
            names(self.module).iter().find_map(|(ours, theirs)| Some((matched(ours, column)?, theirs)));
        let Some((rest, theirs)) = found else { return column.into() };
        let levels = self.levels.to_string();
        let bins = self.bins.to_string();
        let named = theirs.replace('*', rest).replace('^', &rest.to_uppercase());
        [
            ("{image}", &self.image),
            ("{other}", &self.other),
            ("{scale}", &self.scale),
            ("{levels}", &levels),
            ("{bins}", &bins),
            ("{parent}", &self.parent),
        ]
        .into_iter()
        .fold(named, |named, (key, value)| named.replace(key, value))
    }

    fn renamed(&self, table: &Table) -> Result<Table, Error> {
        let mut renamed = Table::new();
        for column in table.columns() {
            renamed.push(self.name(&column.name), column.values.clone()).map_err(|e| {
                e.argument("module")
                    .value(&column.name)
                    .help("rename the tables of both functions one by one")
            })?;
        }
        Ok(renamed)
    }
}

impl Host for CellprofilerNames {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.renamed(inputs.table("table")?)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let renamed = || {
            let mut renamed = Table::new();
            for column in inputs.table("table")?.columns() {
                renamed.push(self.name(&column.name), column.values.clone())?;
            }
            Ok(vec![Plain::Table(renamed)])
        };
        Some(renamed())
    }
}
