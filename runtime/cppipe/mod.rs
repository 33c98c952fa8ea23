//! Pipelines of CellProfiler as pipelines of Rotifer: steps that do the same, and beside them what does not.
//!
//! A module that needs a function asks the registry for it, so that the same file imports better once there are more.

mod convert;
mod former;
mod identify;
mod illumination;
mod image;
mod images;
mod measure;
mod objects;
mod parse;
mod rare;
mod settings;
mod silent;
mod tables;
mod threshold;
mod worms;

pub use convert::{Imported, Report, Verdict, convert};
pub use parse::{CpPipeline, Module, read};

use convert::{Conversion, Result};
use settings::Settings;

type Converter = fn(&mut Conversion, &Settings) -> Result<()>;

/// The modules that are known, by their names and former names.
const MODULES: &[(&str, Converter)] = &[
    ("Images", images::files),
    ("Metadata", images::files),
    ("Groups", images::groups),
    ("NamesAndTypes", images::names_and_types),
    ("LoadImages", images::load_images),
    ("LoadSingleImage", images::load_images),
    ("LoadTiffStacks", images::load_images),
    ("LoadData", images::load_data),
    ("LoadText", images::load_data),
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
    ("CropImage", image::crop),
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
    ("IdentifyPrimAutomatic", identify::primary),
    ("IdentifySecondaryObjects", identify::secondary),
    ("IdentifySecondary", identify::secondary),
    ("IdentifyTertiaryObjects", identify::tertiary),
    ("IdentifyTertiarySubregion", identify::tertiary),
    ("FilterObjects", objects::filter),
    ("FilterByObjectMeasurement", objects::filter),
    ("RelateObjects", objects::relate),
    ("ExpandOrShrinkObjects", objects::expand_or_shrink),
    ("MaskObjects", objects::mask),
    ("ConvertObjectsToImage", objects::to_image),
    ("ConvertImageToObjects", objects::from_image),
    ("ResizeObjects", objects::resize),
    ("UntangleWorms", worms::untangle),
    ("StraightenWorms", worms::straighten),
    ("DefineGrid", objects::grid),
    ("IdentifyObjectsInGrid", objects::in_grid),
    ("MeasureObjectSizeShape", measure::shape),
    ("MeasureObjectAreaShape", measure::shape),
    ("MeasureObjectIntensity", measure::intensity),
    ("MeasureObjectIntensityMultichannel", measure::intensity),
    ("MeasureTexture", measure::texture),
    ("EnhancedMeasureTexture", measure::texture),
    ("MeasureGranularity", measure::granularity),
    ("MeasureObjectIntensityDistribution", measure::distribution),
    ("MeasureObjectRadialDistribution", measure::distribution),
    ("MeasureColocalization", measure::colocalization),
    ("MeasureCorrelation", measure::colocalization),
    ("MeasureObjectNeighbors", measure::neighbors),
    ("MeasureObjectSkeleton", measure::skeleton),
    ("MeasureNeurons", measure::skeleton),
    ("MeasureImageIntensity", measure::image_intensity),
    ("MeasureImageIntensityMultichannel", measure::image_intensity),
    ("MeasureImageQuality", measure::image_quality),
    ("MeasureImageAreaOccupied", measure::area_occupied),
    ("CalculateMath", tables::calculate),
    ("ClassifyObjects", tables::classify),
    ("FlagImage", tables::flag),
    ("ExportToSpreadsheet", tables::export),
    ("ExportToDatabase", tables::export),
    ("ExportToExcel", tables::export),
    ("ExportVarCsv", tables::export),
    ("SaveImages", images::save),
    ("OverlayOutlines", images::outlines),
    ("DisplayDataOnImage", images::display),
    ("Morph", rare::morph),
    ("Tile", rare::tile),
    ("MakeProjection", rare::projection),
    ("Watershed", rare::watershed),
    ("TrackObjects", rare::track),
    ("DilateObjects", rare::dilate_objects),
    ("ErodeObjects", rare::erode_objects),
    ("FillObjects", rare::fill_objects),
    ("SplitOrMergeObjects", rare::split_or_merge),
    ("ReassignObjectNumbers", rare::split_or_merge),
    ("RelabelObjects", rare::split_or_merge),
    ("CombineObjects", rare::combine),
    ("ShrinkToObjectCenters", rare::shrink_to_centers),
    ("OverlayObjects", rare::overlay_objects),
    ("FlipAndRotate", rare::flip_and_rotate),
    ("ReduceNoise", rare::simple),
    ("HistogramEqualization", rare::simple),
    ("DistanceTransform", rare::simple),
    ("MedialAxis", rare::simple),
    ("FindMaxima", rare::simple),
    ("MeasureObjectOverlap", rare::overlap),
    ("MeasureImageOverlap", rare::overlap),
    ("MeasureImageSkeleton", rare::image_skeleton),
    ("RunCellpose", rare::labels_of_others),
    ("RunStarDist", rare::labels_of_others),
    ("EditObjectsManually", rare::labels_of_others),
    ("IdentifyObjectsManually", rare::labels_of_others),
    ("IdentifyYeastCells", rare::labels_of_others),
    ("IdentifyDeadWorms", rare::labels_of_others),
    ("ClassifyPixels", rare::images_of_others),
    ("Predict", rare::images_of_others),
    ("DisplayHistogram", rare::shown),
    ("DisplayScatterPlot", rare::shown),
    ("DisplayDensityPlot", rare::shown),
    ("DisplayPlatemap", rare::shown),
    ("CreateBatchFiles", images::not_needed),
    ("ConserveMemory", images::not_needed),
];
