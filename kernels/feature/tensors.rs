use crate::common::tensor::{Greatest, Local, OfTensor, Tensor};
use crate::filters::sobel::Axis;
use rotifer_registry::*;

choice! {
    /// One of the eigenvalues of a matrix.
    pub enum Eigenvalue {
        Largest = "largest",
        /// The second of three; of two axes, the smallest.
        Middle = "middle",
        Smallest = "smallest",
    }
}

op! {
    /// Gives an element of the structure tensor: the product of the slopes along two axes, blurred by a Gaussian.
    ///
    /// Slopes are those of Sobel's weights, not divided: −1, 0, 1 along the axis, 1, 2, 1 along each other one.
    pub struct StructureTensor {
        /// The axis of the first slope.
        axis: Axis = Axis::X;
        /// The axis of the second slope.
        other_axis: Axis = Axis::X;
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        ..Border(edge, constant);
    }
    id: "structure_tensor", revision: 1, family: Feature,
    kernel: element(Tensor::Structure, axis, other_axis, sigma, edge, constant),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.feature.structure_tensor 0.26",
    python: "
i, j = sorted(image.ndim - 1 - 'xyz'.index(a) for a in (axis, other_axis))
all = ski.feature.structure_tensor(f64(image), sigma, mode=edge, cval=constant)
result = all[i * image.ndim - i * (i + 1) // 2 + j]",
    examples: ["axis = \"y\"", "axis = \"y\"\nsigma = 2.5\nedge = \"nearest\"\nother_axis = \"y\"", "sigma = 0.7\nedge = \"constant\"\nconstant = 9", "axis = \"z\"\nother_axis = \"y\""],
}

op! {
    /// Gives an eigenvalue of the structure tensor: how much the image changes along its direction of most, or least, change.
    ///
    /// The largest is high at edges and corners, the smallest at corners alone. The tensor is that of `structure_tensor`.
    pub struct StructureTensorEigenvalues {
        /// Which of the eigenvalues.
        eigenvalue: Eigenvalue = Eigenvalue::Largest;
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.0, 256.0);
        ..Border(edge, constant);
    }
    id: "structure_tensor_eigenvalues", revision: 1, family: Feature,
    kernel: eigenvalue_of(Tensor::Structure, eigenvalue, sigma, edge, constant),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.feature.structure_tensor_eigenvalues 0.26",
    python: "
all = ski.feature.structure_tensor(f64(image), sigma, mode=edge, cval=constant)
result = ski.feature.structure_tensor_eigenvalues(all)[{'largest': 0, 'middle': 1, 'smallest': -1}[eigenvalue]]",
    examples: ["eigenvalue = \"smallest\"", "eigenvalue = \"middle\"\nsigma = 2", "edge = \"constant\"\nconstant = 9"],
}

op! {
    /// Gives an element of the Hessian matrix: the second derivative of the blurred image along two axes.
    ///
    /// The image is derived twice, each time by the derivative of a Gaussian of σ/√2, which ends at 8 standard deviations, at
    /// 100 where σ is 1 or less along any axis: together that is σ.
    pub struct HessianMatrix {
        /// The axis of the first derivative.
        axis: Axis = Axis::X;
        /// The axis of the second derivative.
        other_axis: Axis = Axis::X;
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.1, 128.0);
        ..Border(edge, constant);
    }
    id: "hessian_matrix", revision: 1, family: Feature,
    kernel: element(Tensor::Hessian, axis, other_axis, sigma, edge, constant),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.feature.hessian_matrix 0.26",
    python: "
i, j = sorted(image.ndim - 1 - 'xyz'.index(a) for a in (axis, other_axis))
all = ski.feature.hessian_matrix(f64(image), sigma, mode=edge, cval=constant, use_gaussian_derivatives=True)
result = all[i * image.ndim - i * (i + 1) // 2 + j]",
    examples: ["axis = \"y\"\nsigma = 2", "axis = \"y\"\nsigma = 2.5\nedge = \"nearest\"\nother_axis = \"y\"", "sigma = 1.7\nedge = \"constant\"\nconstant = 9", "axis = \"z\"\nsigma = 1.5\nother_axis = \"y\""],
}

op! {
    /// Gives an eigenvalue of the Hessian matrix: the curvature of the blurred image where it is largest, or smallest.
    ///
    /// Bright lines have a smallest one far below 0, dark lines a largest one far above. The matrix is that of
    /// `hessian_matrix`.
    pub struct HessianEigenvalues {
        /// Which of the eigenvalues.
        eigenvalue: Eigenvalue = Eigenvalue::Largest;
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.1, 128.0);
        ..Border(edge, constant);
    }
    id: "hessian_eigenvalues", revision: 1, family: Feature,
    kernel: eigenvalue_of(Tensor::Hessian, eigenvalue, sigma, edge, constant),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Relative(1e-6), follows: "skimage.feature.hessian_matrix_eigvals 0.26",
    python: "
all = ski.feature.hessian_matrix(f64(image), sigma, mode=edge, cval=constant, use_gaussian_derivatives=True)
result = ski.feature.hessian_matrix_eigvals(all)[{'largest': 0, 'middle': 1, 'smallest': -1}[eigenvalue]]",
    examples: ["eigenvalue = \"smallest\"\nsigma = 2", "eigenvalue = \"middle\"\nsigma = 1.5", "sigma = 3\nedge = \"constant\"\nconstant = 9"],
}

op! {
    /// Tells the shape of the brightness around a pixel: from a cup, −1, over a rut, a saddle, 0, and a ridge to a cap, 1.
    ///
    /// 2/π · arctan((λ₂ + λ₁) / (λ₂ − λ₁)) with the largest eigenvalue λ₁ and the smallest one λ₂ of the matrix of `hessian_matrix` (Koenderink
    /// and van Doorn, 1992). NaN where neither is farther from 0 than 10⁻⁶ of the farthest in the image: it is flat there.
    /// (scikit-image takes differences of a blurred image as derivatives.)
    pub struct ShapeIndex {
        /// Standard deviation of the Gaussian along z, y, x.
        sigma: PerAxis<Length> = px(1.0), range(0.1, 128.0);
        /// Values of the image beyond its border.
        edge: Edge = Edge::Reflect;
        /// The value beyond the border where `edge` is constant.
        constant: f64 = 0.0;
    }
    id: "shape_index", revision: 1, family: Feature,
    kernel: shape_index(sigma, edge, constant),
    inputs: { image: Image },
    outputs: { image: Image(F32) },
    agrees: Absolute(1e-4), follows: "skimage.feature.shape_index 0.26",
    python: "
h = ski.feature.hessian_matrix(f64(image), sigma, mode=edge, cval=constant, use_gaussian_derivatives=True)
values = ski.feature.hessian_matrix_eigvals(h)
first, last = values[0], values[-1]
far = np.maximum(np.abs(first), np.abs(last))
result = np.where(far > 1e-6 * far.max(), 2 / np.pi * np.arctan((last + first) / (last - first)), np.nan)",
    examples: ["sigma = 2", "sigma = 1.5\nedge = \"nearest\""],
}

/// The shape index of curvatures that are not flat.
fn shape_index(sigma: PerAxis<Length>, edge: Edge, constant: f64) -> impl Kernel + use<> {
    let farthest = |values: &[f64]| values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let greatest = Greatest::OfEach(Box::new(farthest));
    OfTensor::new(Tensor::Hessian, vec![sigma], (edge, constant), move |at: &Local| {
        let values = at.eigenvalues();
        let (first, last) = (values[0], values[at.ndim - 1]);
        if first.abs().max(last.abs()) > 1e-6 * at.greatest {
            std::f64::consts::FRAC_2_PI * ((last + first) / (last - first)).atan()
        } else {
            f64::NAN
        }
    })
    .with_greatest(greatest)
}

/// One element of a matrix.
fn element(
    tensor: Tensor,
    axis: Axis,
    other: Axis,
    sigma: PerAxis<Length>,
    edge: Edge,
    constant: f64,
) -> impl Kernel + use<> {
    OfTensor::new(tensor, vec![sigma], (edge, constant), |at: &Local| at.elements[0])
        .with_element(axis, other)
}

/// One eigenvalue of a matrix.
fn eigenvalue_of(
    tensor: Tensor,
    which: Eigenvalue,
    sigma: PerAxis<Length>,
    edge: Edge,
    constant: f64,
) -> impl Kernel + use<> {
    OfTensor::new(tensor, vec![sigma], (edge, constant), move |at: &Local| {
        let values = at.eigenvalues();
        match which {
            Eigenvalue::Largest => values[0],
            Eigenvalue::Middle => values[1],
            Eigenvalue::Smallest => values[at.ndim - 1],
        }
    })
}
