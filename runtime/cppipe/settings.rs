//! Settings of a module by their texts, which changed with the versions of CellProfiler, and what of them was taken.

use super::parse::{CpPipeline, Module};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The settings of a module, which remember those that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub name: String,
    /// Version of the module's settings.
    pub revision: u32,
    settings: Vec<Setting>,
    asked: Rc<RefCell<BTreeSet<String>>>,
}

#[derive(Clone, Debug)]
struct Setting {
    key: String,
    text: String,
    value: String,
}

/// A text without what changes from one version to the next: capitals, signs, spaces.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '#').flat_map(char::to_lowercase).collect()
}

/// The version of CellProfiler that wrote a file: 200, 300, 400. Versions before 3 wrote a date.
pub fn version(from: &CpPipeline) -> u64 {
    match from.date_revision {
        0..=299 => 200,
        revision @ 300..=9999 => revision / 100 * 100,
        _ => 200,
    }
}

/// Texts of former versions, and those that took their place.
const FORMER: &[(&str, &str)] = &[
    (
        "Automatically calculate minimum distance between local maxima?",
        "Automatically calculate minimum allowed distance between local maxima?",
    ),
    (
        "Automatically calculate size of smoothing filter?",
        "Automatically calculate size of smoothing filter for declumping?",
    ),
    ("Calculate distances?", "Calculate child-parent distances?"),
    ("Check for blur?", "Calculate blur metrics?"),
    ("Check for saturation?", "Calculate saturation metrics?"),
    ("Calculate threshold?", "Calculate thresholds?"),
    ("Discard associated primary objects?", "Discard the associated primary objects?"),
    (
        "Discard secondary objects that touch the edge of the image?",
        "Discard secondary objects touching the border of the image?",
    ),
    (
        "Discard secondary objects touching the edge of the image?",
        "Discard secondary objects touching the border of the image?",
    ),
    ("Enter the name of the primary objects to be identified", "Name the primary objects to be identified"),
    ("Filter using classifier rules or measurements?", "Select the filtering mode"),
    ("Filter objects using the classifier rules or measurements?", "Select the filtering mode"),
    ("Height (y) of the final image", "Height of the final image"),
    ("Height of the final image, in pixels", "Height of the final image"),
    ("How do you want to calculate the maximum intensity?", "Method to calculate the maximum intensity"),
    ("How do you want to calculate the minimum intensity?", "Method to calculate the minimum intensity"),
    ("Intensity range from the input image", "Intensity range for the input image"),
    ("Make classification decision based on", "Make each classification decision on how many measurements?"),
    ("Method for filtering objects", "Select the filtering method"),
    ("Minimum separation", "Minimum distance between seeds"),
    ("Name the identified objects", "Name the objects to be identified"),
    ("Name the output binary image", "Name the output image"),
    ("Number of rescalings to perform", "Hidden"),
    ("Objects to filter", "Select the objects to filter"),
    ("Select a measurement to classify by", "Select the measurement to classify by"),
    ("Select the child objects", "Child objects"),
    ("Select the color type", "Select the color format"),
    ("Select the input child objects", "Child objects"),
    ("Select the input parent objects", "Parent objects"),
    ("Select the object to filter", "Select the objects to filter"),
    ("Select the objects to measure", "Select objects to measure"),
    ("Select the parent objects", "Parent objects"),
    ("Select file format to use", "Saved file format"),
    ("Select the file format to use", "Saved file format"),
    ("Select the threshold method", "Thresholding method"),
    ("Select the thresholding method", "Thresholding method"),
    ("Select thresholding method", "Thresholding method"),
    ("Set values less than 0 equal to 0", "Set values less than 0 equal to 0?"),
    ("Width (x) of the final image", "Width of the final image"),
    ("Width of the final image, in pixels", "Width of the final image"),
    ("Window size for blur measurements", "Spatial scale for blur measurements"),
];

/// Settings by module that say where files are or how the screen looks, or that are asked for only where others make them count.
/// The module `*` stands for all.
const SILENT: &[(&str, &[&str])] = &[
    (
        "*",
        &[
            "",
            "# of deviations",
            "Apply threshold to what?",
            "Approximate fraction of image covered by objects?",
            "Assign pixels in the middle intensity class to the foreground or the background?",
            "Averaging method",
            "Color map",
            "Display accepted local maxima?",
            "Log transform before thresholding?",
            "Lower and upper bounds on threshold",
            "Lower outlier fraction",
            "Manual threshold",
            "Masking objects",
            "Method to calculate adaptive window size",
            "Minimize the weighted variance or the entropy?",
            "Name the outline image",
            "Select binary image",
            "Select colormap",
            "Select maxima color",
            "Select maxima size",
            "Select the colormap",
            "Select the measurement to threshold with",
            "Select the smoothing method for thresholding",
            "Size of adaptive window",
            "Threshold correction factor",
            "Threshold setting version",
            "Threshold smoothing scale",
            "Threshold strategy",
            "Thresholding method",
            "Two-class or three-class thresholding?",
            "Upper outlier fraction",
            "Use default parameters?",
            "Variance method",
        ],
    ),
    ("Align", &["Select how the alignment is to be applied"]),
    (
        "ApplyThreshold",
        &[
            "Number of pixels by which to expand the thresholding around those excluded bright pixels",
            "Subtract the threshold value from the remaining pixel intensities?",
            "Set pixels below or above the threshold to zero?",
        ],
    ),
    (
        "CalculateMath",
        &[
            "Enter the lower bound",
            "Enter the upper bound",
            "Enter how many decimal places the value should be rounded to",
            "Multiply the above operand by",
            "Raise the power of above operand by",
        ],
    ),
    (
        "ClassifyObjects",
        &[
            "Enter the bin names separated by commas",
            "Enter the custom thresholds separating the values between bins",
            "Enter the cutoff value",
            "Enter the high-high bin name",
            "Enter the high-low bin name",
            "Enter the image name",
            "Enter the low-high bin name",
            "Enter the low-low bin name",
            "Give each bin a name?",
            "Lower threshold",
            "Method to select the cutoff",
            "Name the output image",
            "Number of bins",
            "Retain an image of the classified objects?",
            "Rules or classifier file name",
            "Save classes as new object sets?",
            "Create object sets from classes?",
            "Select a class",
            "Name the output objects",
            "Select bin spacing",
            "Select the first measurement",
            "Select the location of the classifier model file",
            "Select the measurement to classify by",
            "Select the object name",
            "Select the object to be classified",
            "Select the second measurement",
            "Upper threshold",
            "Use a bin for objects above the threshold?",
            "Use a bin for objects below the threshold?",
            "Use custom names for the bins?",
        ],
    ),
    (
        "ColorToGray",
        &[
            "Channel number",
            "Convert blue to gray?",
            "Convert green to gray?",
            "Convert hue to gray?",
            "Convert red to gray?",
            "Convert saturation to gray?",
            "Convert value to gray?",
            "Image name",
            "Image type",
            "Name the output image",
            "Relative weight of the blue channel",
            "Relative weight of the channel",
            "Relative weight of the green channel",
            "Relative weight of the red channel",
        ],
    ),
    (
        "ConvertImageToObjects",
        &["Convert to boolean image", "Preserve original labels", "Background label", "Connectivity"],
    ),
    ("ConvertObjectsToImage", &["Select the colormap"]),
    (
        "CorrectIlluminationApply",
        &[
            "Set output image values greater than 1 equal to 1?",
            "Set output image values less than 0 equal to 0?",
            "Select the rescaling method",
        ],
    ),
    (
        "CorrectIlluminationCalculate",
        &[
            "Approximate object diameter",
            "Automatically calculate spline parameters?",
            "Background mode",
            "Background threshold",
            "Block size",
            "Dilation radius",
            "Image resampling factor",
            "Maximum number of iterations",
            "Method to calculate smoothing filter size",
            "Name the averaged image",
            "Name the dilated image",
            "Number of spline points",
            "Residual value for convergence",
            "Retain the averaged image?",
            "Retain the dilated image?",
            "Smoothing filter size",
        ],
    ),
    (
        "Crop",
        &[
            "Coordinates of ellipse center",
            "Ellipse radius, X direction",
            "Ellipse radius, Y direction",
            "Left and right rectangle positions",
            "Select the image with a cropping mask",
            "Select the masking image",
            "Select the objects",
            "Top and bottom rectangle positions",
            "Select the cropping method",
            "Apply which cycle's cropping pattern?",
            "Remove empty rows and columns?",
            "Use a plate fix?",
        ],
    ),
    (
        "DefineGrid",
        &[
            "Column number of the first cell",
            "Column number of the second cell",
            "Coordinates of the first cell",
            "Coordinates of the second cell",
            "Name the output image",
            "Row number of the first cell",
            "Row number of the second cell",
            "Select the image on which to display the grid",
            "Select the image to display when drawing",
            "Select the previously identified objects",
            "Select the method to define the grid manually",
            "Use a previous grid if gridding fails?",
            "Define a grid for which cycle?",
        ],
    ),
    (
        "EnhanceEdges",
        &[
            "Absolute threshold",
            "Automatically calculate the threshold?",
            "Calculate Gaussian's sigma automatically?",
            "Calculate value for low threshold automatically?",
            "Gaussian's sigma value",
            "Low threshold value",
            "Select edge direction to enhance",
            "Threshold adjustment factor",
        ],
    ),
    (
        "EnhanceOrSuppressFeatures",
        &[
            "Decay",
            "Enhancement method",
            "Feature size",
            "Feature type",
            "Range of hole sizes",
            "Rescale result image",
            "Shear angle",
            "Smoothing scale",
            "Speed and accuracy",
        ],
    ),
    (
        "ExpandOrShrinkObjects",
        &[
            "Fill holes in objects so that all objects shrink to a single point?",
            "Number of pixels by which to expand or shrink",
            "Expand or shrink measurement",
        ],
    ),
    (
        "FilterObjects",
        &[
            "Allow fuzzy feature matching?",
            "Assign overlapping child to",
            "Class number",
            "Filter using a maximum measurement value?",
            "Filter using a minimum measurement value?",
            "Maximum value",
            "Minimum value",
            "Name the objects removed by the filter",
            "Rules file name",
            "Rules or classifier file name",
            "Select the filtering method",
            "Select the location of the rules or classifier file",
            "Select the measurement to filter by",
            "Select the objects that contain the filtered objects",
            "Rules file location",
            "Use the rules file location?",
        ],
    ),
    (
        "FlagImage",
        &[
            "Allow fuzzy feature matching?",
            "Class number",
            "Flag images based on high values?",
            "Flag images based on low values?",
            "Maximum value",
            "Minimum value",
            "Rules file location",
            "Rules file name",
            "Select the object to be used for flagging",
            "Which measurement?",
            "Ignore flag skips on last cycle?",
        ],
    ),
    (
        "FlipAndRotate",
        &[
            "Calculate rotation",
            "Crop away the rotated edges?",
            "Enter angle of rotation",
            "Enter coordinates of the top or left pixel",
            "Enter the coordinates of the bottom or right pixel",
            "Select how the specified points should be aligned",
        ],
    ),
    (
        "GrayToColor",
        &[
            "Relative weight for the blue image",
            "Relative weight for the brightness image",
            "Relative weight for the cyan image",
            "Relative weight for the green image",
            "Relative weight for the magenta image",
            "Relative weight for the red image",
            "Relative weight for the yellow image",
            "Select the image that determines brightness",
            "Select the image to be colored blue",
            "Select the image to be colored cyan",
            "Select the image to be colored green",
            "Select the image to be colored magenta",
            "Select the image to be colored red",
            "Select the image to be colored yellow",
            "Image name",
            "Color",
            "Weight",
            "Select the input image",
            "Rescale intensity",
            "Rescale each image to its maximum?",
        ],
    ),
    ("Groups", &["Metadata category"]),
    (
        "IdentifyObjectsInGrid",
        &[
            "Circle diameter",
            "Select the guiding objects",
            "Specify the circle diameter automatically?",
            "Name the outline image",
        ],
    ),
    (
        "IdentifyPrimaryObjects",
        &[
            "Automatically calculate minimum allowed distance between local maxima?",
            "Automatically calculate size of smoothing filter for declumping?",
            "Automatically calculate the size of objects for the Laplacian of Gaussian filter?",
            "Automatically calculate the threshold using the Otsu method?",
            "Discard objects outside the diameter range?",
            "Discard objects touching the border of the image?",
            "Enter Laplacian of Gaussian threshold",
            "Enter LoG filter diameter",
            "Handling of objects if excessive number of objects identified",
            "Maximum number of objects",
            "Method to distinguish clumped objects",
            "Method to draw dividing lines between clumped objects",
            "Size of smoothing filter",
            "Speed up by using lower-resolution image to find local maxima?",
            "Suppress local maxima that are closer than this minimum allowed distance",
            "Fill holes in identified objects?",
            "Test mode size",
            "Type of declumping",
        ],
    ),
    (
        "IdentifySecondaryObjects",
        &[
            "Name the new primary objects",
            "Name the new primary object outlines",
            "Number of pixels by which to expand the primary objects",
            "Regularization factor",
            "Retain outlines of the new primary objects?",
            "Select the input image",
            "Fill holes in identified objects?",
        ],
    ),
    (
        "ImageMath",
        &[
            "Add to result",
            "Multiply the result by",
            "Raise the power of the result by",
            "Replace invalid values with 0?",
            "Set values greater than 1 equal to 1?",
            "Set values less than 0 equal to 0?",
            "Measurement",
            "Ignore the image masks?",
        ],
    ),
    ("Images", &["Filter images?", "Select the rule criteria", "Filter based on rules", "How to filter"]),
    (
        "LoadData",
        &[
            "Base image location",
            "Input data file location",
            "Name of the file",
            "Process just a range of rows?",
            "Rows to process",
            "Select metadata tags for grouping",
        ],
    ),
    (
        "LoadImages",
        &[
            "Analyze all subfolders within the selected folder?",
            "Check image sets for unmatched or duplicate files?",
            "Channel count",
            "Channel number",
            "Do you want to exclude certain files?",
            "Exclude certain files?",
            "Extract metadata from where?",
            "Extract metadata from where",
            "File selection method",
            "File type to be loaded",
            "Folder name",
            "Group images by metadata?",
            "Group the movie frames?",
            "Grouping method",
            "How do you want to load these files?",
            "Input image file location",
            "Interleaving",
            "Load the input as images or objects?",
            "Name the outline image",
            "Name this loaded object",
            "Number of channels per group",
            "Number of images in each group?",
            "Position of this image in each group",
            "Retain outlines of loaded objects?",
            "Regular expression that finds metadata in the file name",
            "Regular expression that finds metadata in the subfolder path",
            "Rescale image?",
            "Rescale intensities?",
            "Select subfolders to analyze",
            "Specify metadata fields to group by",
            "Text that the excluded images have in common",
            "Text that these images have in common (case-sensitive)",
            "What type of files are you loading?",
            "What metadata tags do you want to group by?",
            "Type the regular expression that finds metadata in the file name:",
            "Type the regular expression that finds metadata in the subfolder path:",
            "Type the text that the excluded images have in common",
            "Type the text that these images have in common (case-sensitive)",
            "Color intensity scaling",
            "Count images by channel",
        ],
    ),
    ("MakeProjection", &["Frequency"]),
    ("MaskImage", &["Select image for mask", "Select object for mask"]),
    (
        "MaskObjects",
        &[
            "Fraction of object that must overlap",
            "Name the outline image",
            "Select the masking image",
            "Select the masking object",
        ],
    ),
    (
        "MeasureColocalization",
        &[
            "Calculate correlation and slope metrics?",
            "Calculate the Manders coefficients using Costes auto threshold?",
            "Calculate the Manders coefficients?",
            "Calculate the Overlap coefficients?",
            "Calculate the Rank Weighted Colocalization coefficients?",
            "Method for Costes thresholding",
            "Run all metrics?",
            "Select objects to measure",
            "Enable image specific thresholds?",
        ],
    ),
    ("MeasureGranularity", &["Select objects to measure", "Select an object to measure"]),
    (
        "MeasureImageAreaOccupied",
        &[
            "Name the output image",
            "Select a binary image to measure",
            "Select binary images to measure",
            "Select object sets to measure",
            "Select objects to measure",
        ],
    ),
    (
        "MeasureImageIntensity",
        &[
            "Calculate custom percentiles",
            "Calculate percentiles",
            "Select input object sets",
            "Select the input objects",
            "Specify percentiles to measure",
        ],
    ),
    (
        "MeasureImageOverlap",
        &["Maximum # of points", "Maximum distance", "Penalize missing pixels", "Point selection method"],
    ),
    (
        "MeasureImageQuality",
        &[
            "Assign pixels in the middle intensity class to the foreground or the background?",
            "Include local blur metrics?",
            "Include the image rescaling value?",
            "Minimize the weighted variance or the entropy?",
            "Select a thresholding method",
            "Select the images to measure",
            "Spatial scale for blur measurements",
            "Thresholding method",
            "Two-class or three-class thresholding?",
            "Typical fraction of the image covered by objects",
            "Use all thresholding methods?",
            "Calculate blur metrics?",
            "Calculate intensity metrics?",
            "Calculate saturation metrics?",
            "Calculate thresholds?",
        ],
    ),
    (
        "MeasureObjectIntensityDistribution",
        &[
            "Maximum radius",
            "Maximum zernike moment",
            "Number of bins",
            "Object to use as center?",
            "Select objects to use as centers",
            "Color map",
            "Image",
            "Measurement",
            "Objects to display",
            "Output image name",
            "Save display as image?",
        ],
    ),
    ("MeasureObjectNeighbors", &["Name the output image", "Neighbor distance"]),
    (
        "MeasureObjectOverlap",
        &["Maximum # of points", "Maximum distance", "Penalize missing pixels", "Point selection method"],
    ),
    ("MeasureObjectSizeShape", &["Calculate the advanced features?"]),
    (
        "MeasureObjectSkeleton",
        &[
            "Edge file name",
            "File output directory",
            "Intensity image",
            "Maximum hole size",
            "Name the branchpoint image",
            "Vertex file name",
            "Edge graph file name",
            "Vertex graph file name",
        ],
    ),
    (
        "MeasureTexture",
        &["Angles to measure", "Number of angles to compute for Gabor", "Select objects to measure"],
    ),
    (
        "Metadata",
        &[
            "Does cached metadata exist?",
            "Extract metadata from",
            "Match file and image metadata",
            "Metadata data type",
            "Metadata file location",
            "Metadata file name",
            "Metadata source",
            "Metadata types",
            "Metadata extraction method",
            "Regular expression to extract from file name",
            "Regular expression to extract from folder name",
            "Select the filtering criteria",
            "Use case insensitive matching?",
            "Regular expression",
        ],
    ),
    (
        "Morph",
        &[
            "Diameter",
            "Line length",
            "Line angle",
            "Width",
            "Height",
            "Custom",
            "Structuring element",
            "X offset",
            "Y offset",
            "Angle",
            "Scale",
            "Type of structuring element",
            "Number of times to repeat operation",
            "Repetition number",
            "Rescale values from 0 to 1?",
        ],
    ),
    (
        "NamesAndTypes",
        &[
            "Image set matching method",
            "Match metadata",
            "Maximum intensity",
            "Name to assign these images",
            "Name to assign these objects",
            "Relative pixel spacing in X",
            "Relative pixel spacing in Y",
            "Relative pixel spacing in Z",
            "Retain object outlines?",
            "Name the outline image",
            "Select the image type",
            "Select the rule criteria",
            "Set intensity range from",
            "Single image",
            "Single image location",
            "Name to assign this image",
            "Process as 3D?",
            "Image name",
            "Retain outlines of loaded objects?",
            "Assign a name to",
        ],
    ),
    (
        "OverlayOutlines",
        &[
            "Select image on which to display outlines",
            "Select method to determine brightness of outlines",
            "Select outline color",
            "Select outlines to display",
            "Select objects to display",
            "Outline display mode",
            "Select the outline display mode",
            "Width of outlines",
            "Load outlines from an image or objects?",
        ],
    ),
    (
        "RelateObjects",
        &[
            "Calculate distances to other parents?",
            "Name the output object",
            "Parent name",
            "Reassign the children?",
        ],
    ),
    (
        "RescaleIntensity",
        &[
            "Divisor measurement",
            "Divisor value",
            "Intensity range for the input image",
            "Intensity range for the output image",
            "Lower intensity limit for the input image",
            "Lower intensity limit from the input image",
            "Method to calculate the maximum intensity",
            "Method to calculate the minimum intensity",
            "Select image to match in maximum intensity",
            "Upper intensity limit for the input image",
            "Upper intensity limit from the input image",
            "Method to rescale values below the lower limit",
            "Method to rescale values above the upper limit",
            "Custom value for pixels below lower limit",
            "Custom value for pixels above upper limit",
            "What value should pixels below/above be set to?",
        ],
    ),
    (
        "Resize",
        &[
            "# of planes (z) in the final image",
            "Height of the final image",
            "Method to specify the dimensions",
            "Resizing factor",
            "Select the additional image?",
            "Select the additional image",
            "Select the image with the desired dimensions",
            "Width of the final image",
            "X Resizing factor",
            "Y Resizing factor",
            "Z Resizing factor",
            "Name the output image",
            "Interpolation method",
        ],
    ),
    (
        "ResizeObjects",
        &[
            "Factor",
            "Height (Y)",
            "Height",
            "Planes (Z)",
            "Select the image with the desired dimensions",
            "Width (X)",
            "Width",
            "X Factor",
            "Y Factor",
            "Z Factor",
        ],
    ),
    (
        "SaveImages",
        &[
            "Append a suffix to the image file name?",
            "Append a suffix to the input image file name?",
            "Base image folder",
            "Create subfolders in the output folder?",
            "Do you want to add a suffix to the image file name?",
            "Enter file name",
            "Enter single file name",
            "How to save the series",
            "Image bit depth",
            "Number of digits",
            "Output file location",
            "Overwrite existing files without warning?",
            "Overwrite existing files?",
            "Record the file and path information to the saved image?",
            "Rescale the images?",
            "Save as grayscale or color image?",
            "Save with lossless compression?",
            "Saved file format",
            "Select colormap",
            "Select how often to save",
            "Select image name for file prefix",
            "Select method for constructing file names",
            "Select the cropping mask image to save",
            "Select the image to save",
            "Select the module display window to save",
            "Select the objects to save",
            "Store file and path information to the saved image?",
            "Text to append to the image name",
            "Update file names within CellProfiler?",
            "When to save",
            "Select the movie to save",
            "Select the saved image's color map",
            "Single file name",
        ],
    ),
    ("Smooth", &["Clip intensities to 0 and 1?", "Edge intensity difference", "Typical artifact diameter"]),
    (
        "SplitOrMergeObjects",
        &[
            "Fill unconnected holes?",
            "Maximum distance within which to merge objects",
            "Merge using a grayscale image?",
            "Merging method",
            "Method to find object intensity",
            "Minimum intensity fraction",
            "Output object type",
            "Select the grayscale image to guide merging",
            "Select the parent object",
        ],
    ),
    (
        "Tile",
        &[
            "Automatically calculate number of columns?",
            "Automatically calculate number of rows?",
            "Direction to begin tiling",
            "Final number of columns",
            "Final number of rows",
            "Image corner to begin tiling",
            "Select an additional image to tile",
            "Use meander mode?",
        ],
    ),
    (
        "TrackObjects",
        &[
            "Average cell diameter in pixels",
            "Cost of cell to empty matching",
            "Filter objects by lifetime?",
            "Filter using a maximum lifetime?",
            "Filter using a minimum lifetime?",
            "Gap closing cost",
            "Gap cost",
            "Maximum gap displacement, in pixel units",
            "Maximum gap displacement",
            "Maximum lifetime",
            "Maximum merge score",
            "Maximum mitosis distance, in pixel units",
            "Maximum split score",
            "Maximum temporal gap, in frames",
            "Maximum temporal gap",
            "Merge alternative cost",
            "Minimum lifetime",
            "Mitosis alternative cost",
            "Name the output image",
            "Number of standard deviations for search radius",
            "Save color-coded image?",
            "Search radius limit, in pixel units (Min,Max)",
            "Select display option",
            "Select object measurement to use for tracking",
            "Select the movement model",
            "Split alternative cost",
            "Use advanced configuration parameters",
            "Weight of area difference in function matching cost",
            "Maximum mitosis distance",
            "Run the second phase of the LAP algorithm?",
            "Choose a tracking method",
            "Maximum pixel distance to consider matches",
        ],
    ),
    ("UnmixColors", &["Blue absorbance", "Green absorbance", "Red absorbance"]),
    (
        "Watershed",
        &[
            "Compactness",
            "Connectivity",
            "Declump method",
            "Downsample",
            "Footprint",
            "Markers",
            "Mask",
            "Maximum number of seeds",
            "Minimum absolute internal distance",
            "Minimum distance between seeds",
            "Pixels from border to exclude",
            "Reference Image",
            "Segmentation distance transform smoothing factor",
            "Separate watershed labels",
            "Structuring element for seed dilation",
        ],
    ),
];

impl Settings {
    pub fn of(module: &Module) -> Settings {
        let former = |found: &str| {
            let renamed = FORMER.iter().find(|(old, _)| key(old) == found);
            renamed.map_or(found.to_string(), |(_, new)| key(new))
        };
        let settings = module.settings.iter().map(|(text, value)| Setting {
            key: former(&key(text)),
            text: text.clone(),
            value: value.trim().to_string(),
        });
        Settings {
            name: module.name.clone(),
            revision: module.revision,
            settings: settings.collect(),
            ..Settings::default()
        }
    }

    fn ask(&self, text: &str) -> String {
        let key = key(text);
        self.asked.borrow_mut().insert(key.clone());
        key
    }

    /// The settings that were not asked for and that may change the outcome, each once.
    pub fn left(&self) -> Vec<(String, String)> {
        let asked = self.asked.borrow();
        let silent: BTreeSet<String> = SILENT
            .iter()
            .filter(|(module, _)| *module == "*" || *module == self.name)
            .flat_map(|(_, texts)| texts.iter().map(|text| key(text)))
            .collect();
        let mut left: Vec<(String, String)> = Vec::new();
        for Setting { key, text, value } in &self.settings {
            // Numbers of settings of one kind, and settings without a meaning.
            let counted = key.ends_with("count") || key.starts_with("hidden");
            let said = left.iter().any(|(other, _)| other == text);
            if !asked.contains(key) && !silent.contains(key) && !counted && given(value) && !said {
                left.push((text.clone(), value.clone()));
            }
        }
        left
    }

    /// The settings in order with their texts, all taken as asked for.
    pub fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked.borrow_mut().extend(self.settings.iter().map(|s| s.key.clone()));
        self.settings.iter().map(|s| (s.text.as_str(), s.value.as_str()))
    }

    /// The settings whose text has this word, with their values, taken as asked for.
    pub fn asked_for(&self, word: &str) -> Vec<(String, String)> {
        let with: Vec<&Setting> = self.settings.iter().filter(|s| s.text.contains(word)).collect();
        self.asked.borrow_mut().extend(with.iter().map(|s| s.key.clone()));
        with.into_iter().map(|s| (s.text.clone(), s.value.clone())).collect()
    }

    /// Whether the module has a setting with this text.
    pub fn has(&self, text: &str) -> bool {
        self.all(text).next().is_some()
    }

    /// The value of the first setting with this text; empty where there is none.
    pub fn get(&self, text: &str) -> &str {
        self.all(text).next().unwrap_or("")
    }

    /// The value of the first of these settings that the module has: texts changed with the versions.
    pub fn first(&self, texts: &[&str]) -> &str {
        texts.iter().find_map(|text| self.all(text).next()).unwrap_or("")
    }

    pub fn all<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let key = self.ask(text);
        self.settings.iter().filter(move |s| s.key == key).map(|s| s.value.as_str())
    }

    pub fn yes(&self, text: &str) -> bool {
        self.get(text).eq_ignore_ascii_case("yes")
    }

    pub fn number(&self, text: &str) -> Option<f64> {
        number(self.get(text))
    }

    /// Two numbers, such as `8,80`.
    pub fn pair(&self, text: &str) -> Option<(f64, f64)> {
        let (a, b) = self.get(text).trim_matches(['(', ')', '[', ']']).split_once(',')?;
        Some((number(a)?, number(b)?))
    }

    /// Names from settings with one of these texts, each one name or a list with commas.
    pub fn names(&self, texts: &[&str]) -> Vec<String> {
        let keys: Vec<String> = texts.iter().map(|text| self.ask(text)).collect();
        let chosen = self.settings.iter().filter(|s| keys.contains(&s.key));
        let mut names: Vec<String> = Vec::new();
        for name in chosen.flat_map(|s| s.value.split(',')).map(str::trim).filter(|n| given(n)) {
            if !names.iter().any(|n| n == name) {
                names.push(name.into());
            }
        }
        names
    }

    /// The settings from each one with this text to the next: the groups that a module repeats.
    pub fn groups(&self, text: &str) -> Vec<Settings> {
        let key = self.ask(text);
        let mut groups: Vec<Settings> = Vec::new();
        for setting in &self.settings {
            if setting.key == key {
                groups.push(Settings { settings: Vec::new(), ..self.clone() });
            }
            if let Some(group) = groups.last_mut() {
                group.settings.push(setting.clone());
            }
        }
        groups
    }
}

/// A number, or a share as percent.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let found: f64 = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    Some(found).filter(|x| x.is_finite())
}

/// Whether a name is one, and not the word for none.
pub fn given(name: &str) -> bool {
    !["", "None", "Do not use", "Leave this black", "Leave this blank", "Other..."].contains(&name)
}
