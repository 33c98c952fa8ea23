use crate::common::points::with_places;
use rotifer_registry::*;

op! {
    /// Makes a graph of the pixels of a mask: its points, and the edges between neighbours.
    ///
    /// `points` has a row for each pixel of the mask in raster order: `label`, from 1, (`z`,) `y` and `x`. `edges` has one for each two neighbours,
    /// by the first and then the second: `source` and `target`, the labels, source being the smaller, and `distance`, 1, √2 or √3.
    /// Both serve `graph_centrality`, `central_pixel` and the like.
    pub struct PixelGraph {
        /// How many coordinates of neighbours differ at most, each by 1.
        connectivity: u32 = 1, range(1, 3);
    }
    id: "pixel_graph", revision: 1, family: Graph,
    memory: host,
    inputs: { mask: Mask },
    outputs: { points: Table, edges: Table },
    agrees: Relative(1e-12), follows: "skimage.graph.pixel_graph 0.26",
    python: "
places = np.argwhere(mask)
points = {'label': np.arange(len(places)) + 1, **{a: places[:, i] for i, a in enumerate('zyx'[-mask.ndim:])}}
if len(places) > 1:
    graph, nodes = ski.graph.pixel_graph(mask, mask=mask, connectivity=min(connectivity, mask.ndim))
    graph = scipy.sparse.triu(graph, 1).tocsr().sorted_indices().tocoo()
    edges = {'source': graph.row + 1, 'target': graph.col + 1, 'distance': graph.data}
else:
    edges = {'source': np.zeros(0, int), 'target': np.zeros(0, int), 'distance': np.zeros(0)}
result = points, edges",
    examples: ["connectivity = 2", "connectivity = 3"],
}

impl PixelGraph {
    /// Steps to the neighbours after a pixel in raster order, in that order, with their lengths.
    fn steps(&self, ndim: usize) -> Vec<([isize; 3], f64)> {
        let steps = (0..27).map(|i| [i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1]).skip(14);
        let counted = steps.map(|s: [isize; 3]| (s, s.iter().filter(|d| **d != 0).count()));
        let kept = counted.filter(|(s, n)| *n <= self.connectivity as usize && (ndim == 3 || s[0] == 0));
        kept.map(|(s, n)| (s, (n as f64).sqrt())).collect()
    }

    fn tables(
        &self,
        mask: &Volume,
        number: impl Fn(&[[usize; 3]], [usize; 3]) -> Option<usize>,
    ) -> Result<[Table; 2], Error> {
        let [nz, ny, nx] = mask.shape();
        let pixels = mask.mask_slice()?;
        let inside = (0..pixels.len()).filter(|i| pixels[*i] != 0);
        let places: Vec<[usize; 3]> = inside.map(|i| [i / (ny * nx), i / nx % ny, i % nx]).collect();
        let (mut source, mut target, mut far) = (Vec::new(), Vec::new(), Vec::new());
        let steps = self.steps(mask.ndim());
        for (i, place) in places.iter().enumerate() {
            for (step, length) in &steps {
                let to: [Option<usize>; 3] = [0, 1, 2].map(|a| place[a].checked_add_signed(step[a]));
                let [Some(z), Some(y), Some(x)] = to else { continue };
                if z >= nz || y >= ny || x >= nx || pixels[(z * ny + y) * nx + x] == 0 {
                    continue;
                }
                if let Some(j) = number(&places, [z, y, x]) {
                    source.push(i as i64 + 1);
                    target.push(j as i64 + 1);
                    far.push(*length);
                }
            }
        }
        let labels = Values::Int((1..=places.len() as i64).collect());
        let points = with_places(Table::new().with("label", labels)?, mask.meta().axes(), &places)?;
        let edges = Table::new().with("source", Values::Int(source))?.with("target", Values::Int(target))?;
        Ok([points, edges.with("distance", Values::Float(far))?])
    }
}

impl Host for PixelGraph {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        // Places are sorted.
        let tables = self.tables(inputs.volume("mask")?, |places, p| places.binary_search(&p).ok())?;
        Ok(tables.map(Datum::Table).into())
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let tables = || {
            let find = |places: &[[usize; 3]], p: [usize; 3]| places.iter().position(|q| *q == p);
            Ok(self.tables(inputs.volume("mask")?, find)?.map(Plain::Table).into())
        };
        Some(tables())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |v| v.len().saturating_mul(v.len()) / 4)
    }
}
