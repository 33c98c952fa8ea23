//! Pipelines of CellProfiler as pipelines of Rotifer: steps that do the same, and beside them what does not.
//!
//! A module that needs a function asks the registry for it, so that the same file imports better once there are more.

mod convert;
mod identify;
mod illumination;
mod image;
mod images;
mod measure;
mod objects;
mod parse;
mod tables;
mod threshold;

pub use convert::{Imported, Report, Verdict, convert};
pub use parse::{CpPipeline, Module, read};

use convert::{Conversion, Result};

type Converter = fn(&mut Conversion, &Module) -> Result<()>;

/// The modules that are known, by their names and former names.
const MODULES: &[(&str, Converter)] = &[
    ("Images", images::files),
    ("Metadata", images::files),
    ("Groups", images::groups),
    ("NamesAndTypes", images::names_and_types),
    ("LoadImages", images::load_images),
    ("LoadSingleImage", images::load_images),
    ("LoadData", images::load_data),
    ("CorrectIlluminationCalculate", illumination::calculate),
    ("CorrectIlluminationApply", illumination::apply),
    ("ColorToGray", image::color_to_gray),
    ("GrayToColor", image::gray_to_color),
    ("ImageMath", image::math),
    ("RescaleIntensity", image::rescale),
    ("Resize", image::resize),
    ("Smooth", image::smooth),
    ("GaussianFilter", image::smooth),
    ("MedianFilter", image::smooth),
    ("EnhanceOrSuppressFeatures", image::enhance),
    ("EnhanceEdges", image::edges),
    ("Crop", image::crop),
    ("MaskImage", image::mask),
    ("Align", image::align),
    ("Closing", image::morphology),
    ("Opening", image::morphology),
    ("Erosion", image::morphology),
    ("ErodeImage", image::morphology),
    ("Dilation", image::morphology),
    ("DilateImage", image::morphology),
    ("MorphologicalSkeleton", image::skeleton),
    ("RemoveHoles", image::remove_holes),
    ("Threshold", threshold::module),
    ("ApplyThreshold", threshold::module),
    ("IdentifyPrimaryObjects", identify::primary),
    ("IdentifySecondaryObjects", identify::secondary),
    ("IdentifyTertiaryObjects", identify::tertiary),
    ("FilterObjects", objects::filter),
    ("RelateObjects", objects::relate),
    ("ExpandOrShrinkObjects", objects::expand_or_shrink),
    ("MaskObjects", objects::mask),
    ("ConvertObjectsToImage", objects::to_image),
    ("ConvertImageToObjects", objects::from_image),
    ("ResizeObjects", objects::resize),
    ("UntangleWorms", objects::untangle_worms),
    ("StraightenWorms", objects::straighten_worms),
    ("DefineGrid", objects::grid),
    ("IdentifyObjectsInGrid", objects::in_grid),
    ("MeasureObjectSizeShape", measure::shape),
    ("MeasureObjectIntensity", measure::intensity),
    ("MeasureTexture", measure::texture),
    ("MeasureGranularity", measure::granularity),
    ("MeasureObjectIntensityDistribution", measure::distribution),
    ("MeasureColocalization", measure::colocalization),
    ("MeasureCorrelation", measure::colocalization),
    ("MeasureObjectNeighbors", measure::neighbors),
    ("MeasureObjectSkeleton", measure::skeleton),
    ("MeasureNeurons", measure::skeleton),
    ("MeasureImageIntensity", measure::image_intensity),
    ("MeasureImageQuality", measure::image_quality),
    ("MeasureImageAreaOccupied", measure::area_occupied),
    ("CalculateMath", tables::calculate),
    ("ClassifyObjects", tables::classify),
    ("FlagImage", tables::flag),
    ("ExportToSpreadsheet", tables::export),
    ("ExportToDatabase", tables::export),
    ("SaveImages", images::save),
    ("OverlayOutlines", images::outlines),
    ("DisplayDataOnImage", images::display),
    ("CreateBatchFiles", images::not_needed),
    ("ConserveMemory", images::not_needed),
];
